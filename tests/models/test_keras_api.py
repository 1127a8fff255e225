"""Names and habits of Keras: what is there, and how an answer sounds where it is not."""

import importlib

import numpy as np
import pytest

from minidl import Sequential, callbacks, layers, losses, models, optimizers
from minidl.layers import Dense, Dropout

X = np.random.default_rng(0).standard_normal((8, 2)).astype("f4")


@pytest.mark.parametrize(
    ("module", "names"),
    [
        ("minidl", "Sequential Model Input"),
        ("minidl.models", "Sequential Model load_model clone_model"),
        ("minidl.layers", "Dense Activation Dropout Flatten Reshape Input BatchNormalization ReLU"),
        ("minidl.optimizers", "SGD Adagrad RMSprop Adam AdamW schedules"),
        ("minidl.optimizers.schedules", "ExponentialDecay CosineDecay"),
        ("minidl.losses", "MeanSquaredError BinaryCrossentropy CategoricalCrossentropy"),
        ("minidl.metrics", "binary_accuracy categorical_accuracy mean_absolute_error"),
        ("minidl.callbacks", "Callback History EarlyStopping ModelCheckpoint CSVLogger"),
        ("minidl.callbacks", "BackupAndRestore LambdaCallback LearningRateScheduler"),
        ("minidl.callbacks", "ReduceLROnPlateau TerminateOnNaN"),
        ("minidl.utils", "to_categorical set_random_seed"),
        ("minidl.initializers", "HeNormal GlorotUniform Constant"),
        ("minidl.regularizers", "l1 l2 l1_l2 L2"),
        ("minidl.constraints", "MaxNorm"),
        ("minidl.datasets.mnist", "load_data"),
    ],
)
def test_names_stand_where_keras_has_them(module, names):
    place = importlib.import_module(module)
    assert [name for name in names.split() if not hasattr(place, name)] == []


def test_a_model_or_a_layer_is_called_like_a_function():
    model = Sequential([Dense(3), Dropout(0.5)], seed=0)
    assert np.array_equal(model(X), model.predict(X))  # the first call builds it
    assert (model(X, training=True) == 0).any() and model([[1, 2]]).dtype == np.float32
    assert Dense(4)(X).shape == (8, 4)


def test_weights_can_be_listed_by_what_trains():
    model = Sequential([Dense(3, input_shape=(2,)), layers.BatchNormalization(), Dense(1)])
    first, norm, last = model.layers
    assert model.weights == [*first.weights, *norm.weights, *last.weights]
    assert [len(layer.trainable_weights) for layer in model.layers] == [2, 2, 2]
    assert norm.non_trainable_weights == [norm.moving_mean, norm.moving_variance]
    first.trainable = False
    assert model.trainable_weights == [*norm.trainable_weights, last.W, last.b]
    assert model.non_trainable_weights == [first.W, first.b, *norm.non_trainable_weights]


def test_a_layer_gives_and_takes_its_weights():
    layer = Dense(2, input_shape=(3,))
    Sequential([layer])
    W, b = layer.get_weights()
    layer.set_weights([W + 1, b + 2])
    assert np.array_equal(layer.W.value, W + 1) and np.array_equal(layer.b.value, b + 2)
    with pytest.raises(ValueError, match="'dense' has 2 arrays of weights; got 1"):
        layer.set_weights([W])


def test_after_pop_a_model_is_compiled_again():
    model = _compiled()
    model.add(Dense(2))
    assert model.pop().units == 2 and model.output_shape == (1,)
    with pytest.raises(RuntimeError, match="fit needs a compiled model"):
        model.fit(X, X[:, 0])
    model.compile("sgd", "mse")
    assert len(model.fit(X, X[:, 0], verbose=0).epoch) == 1
    model.pop()
    with pytest.raises(ValueError, match="has no layers"):
        model.predict(X)


def test_no_batch_size_is_32():
    x = np.tile(X, (9, 1))  # 72 samples
    batches = []
    count = callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: batches.append(batch))
    model = _compiled()
    model.fit(x, x[:, 0], batch_size=None, callbacks=count, verbose=0)
    assert batches == [0, 1, 2]
    assert model.evaluate(x, x[:, 0], batch_size=None) == model.evaluate(x, x[:, 0], batch_size=32)
    assert np.array_equal(model.predict(x, batch_size=None), model.predict(x))


def test_the_rate_is_read_and_set():
    model = _compiled()
    model.optimizer.learning_rate = 0.5
    assert float(model.optimizer.learning_rate) == 0.5


def test_verbose_auto_shows_a_line_an_epoch(capsys):
    _compiled().fit(X, X[:, 0], epochs=2, verbose="auto")
    assert capsys.readouterr().out.count("\n") == 2
    assert _compiled().fit(X, X[:, 0], epochs=2, initial_epoch=2).epoch == []  # nothing is left


class _Twin(Sequential):
    """A model class with arguments of its own, which adds its layers itself."""

    def __init__(self, width, **options):
        super().__init__([Dense(width, "relu"), Dense(width)], **options)


def test_a_model_class_of_your_own_is_saved_by_its_own_arguments(tmp_path):
    model = _Twin(3, name="twin")
    model.predict(X)
    model.layers[0].trainable = False
    model.save(tmp_path / "twin.npz")
    loaded = models.load_model(tmp_path / "twin.npz")
    assert type(loaded) is _Twin and loaded.name == "twin"
    assert np.array_equal(loaded.predict(X), model.predict(X))
    assert list(loaded.trainable_params()) == ["dense_1/W", "dense_1/b"]
    assert models.clone_model(model).layers[0].units == 3


# ------------------------------------------------------------------ what minidl does not have


def _compiled():
    model = Sequential([layers.Dense(1, input_shape=(2,))])
    model.compile("sgd", "mse")
    return model


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda: _compiled().compile("adam", "mse", auto_scale_loss=True), "auto_scale_loss"),
        (lambda: _compiled().fit([[1, 2]], [1], validation_freq=2), "validation_freq"),
        (lambda: _compiled().predict([[1, 2]], workers=2), "workers"),
        (lambda: layers.Dense(3, lora_rank=4), "lora_rank"),
        (lambda: layers.Dropout(0.5, noise_shape=(3,)), "noise_shape"),
        (lambda: layers.ReLU(max_value=6), "max_value"),
        (lambda: Sequential([], dtype="float16"), "dtype"),
        (lambda: optimizers.Adam(lr=0.1), "lr"),
        (lambda: optimizers.SGD(use_ema=True), "use_ema"),
        (lambda: losses.CategoricalCrossentropy(axis=1), "axis"),
        (lambda: callbacks.ModelCheckpoint("a.npz", period=9), "period"),
    ],
)
def test_an_argument_that_keras_has_and_minidl_has_not_is_named(call, argument):
    with pytest.raises(TypeError, match=f"argument '{argument}'"):
        call()
