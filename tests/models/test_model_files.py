"""Whole models as files: everything comes back, and what cannot be kept is refused by name."""

import numpy as np
import pytest
from gradient_table import LAYERS

import minidl
from minidl import Input, Sequential, callbacks, layers, models, optimizers
from minidl.base import configurable, structure
from minidl.layers import BatchNormalization, Dense, Dropout

RNG = np.random.default_rng(0)
X = RNG.standard_normal((40, 3)).astype("f4")
Y = (X.sum(axis=1) > 0).astype("i8")
LOSS = "sparse_categorical_crossentropy"


def _model(seed=0):
    row = [Dense(8, "relu", kernel_regularizer="l2"), BatchNormalization(), Dropout(0.3), Dense(2)]
    return Sequential([Input((3,)), *row, layers.Activation("softmax")], seed=seed)


def _trained(optimizer="adam"):
    model = _model()
    model.compile(optimizer, LOSS, metrics=["acc", minidl.metrics.sparse_categorical_accuracy])
    model.fit(X, Y, batch_size=7, epochs=2, verbose=0)
    return model


def _same(model, other):
    assert list(model.tensors()) == list(other.tensors())
    for a, b in zip(model.get_weights(), other.get_weights()):
        assert a.dtype == b.dtype and np.array_equal(a, b)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.npz"


@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_comes_back_with_its_options_weights_and_random_draws(name, path):
    case = LAYERS[name]
    model = Sequential([case.make(), layers.Linear()])
    model.prepare(case.sample_shape())
    for tensor in model.weights:
        tensor.value += RNG.uniform(0, 0.5, tensor.value.shape).astype(tensor.value.dtype)
    model.save(path)
    loaded = models.load_model(path)
    _same(model, loaded)
    assert configurable.to_data(model) == configurable.to_data(loaded)
    x = structure.mapped(lambda part: part.astype("f4"), case.inputs(RNG))
    for training in (False, True, True):
        for a, b in zip(structure.parts(model(x, training)), structure.parts(loaded(x, training))):
            assert np.array_equal(a, b)


@pytest.mark.parametrize(
    "optimizer",
    [
        optimizers.SGD(0.1, momentum=0.9, nesterov=True),
        optimizers.Adam(amsgrad=True, weight_decay=0.01, clipnorm=1.0),
        optimizers.RMSprop(optimizers.schedules.ExponentialDecay(0.01, 5, 0.8)),
    ],
    ids=lambda optimizer: type(optimizer).__name__,
)
def test_training_goes_on_exactly_where_it_was(optimizer, path):
    model = _trained(optimizer)
    if optimizer._schedule is None:
        model.optimizer.learning_rate = 0.02  # as a callback would, after compile
    model.save(path)
    loaded = models.load_model(path)
    assert loaded.evaluate(X, Y, return_dict=True) == model.evaluate(X, Y, return_dict=True)
    assert list(loaded.metrics) == ["acc", "sparse_categorical_accuracy"]
    assert loaded.optimizer.learning_rate == model.optimizer.learning_rate
    more = {"batch_size": 7, "epochs": 3, "verbose": 0}
    assert model.fit(X, Y, **more).history == loaded.fit(X, Y, **more).history
    _same(model, loaded)


def test_the_file_knows_what_was_added_removed_named_and_frozen(path):
    shared = Dense(4, "tanh", name="shared")
    model = Sequential([shared, shared, Dense(4), Dense(4)], name="mine")
    model.prepare((4,))
    model.pop()
    model.add(Sequential([Dense(3), Dense(2, trainable=False)], name="inner"))
    model.trainable = False
    model.layers[2].trainable = True
    model.get_layer("inner").layers[1].trainable = True
    model.save(path)
    loaded = models.load_model(path)
    _same(model, loaded)
    assert loaded.name == "mine" and loaded.input_shape == (4,)
    assert list(loaded.sublayers()) == ["shared", "dense", "inner"] and len(loaded.layers) == 4
    assert loaded.layers[0] is loaded.layers[1] and not loaded.trainable
    loaded._trainable = model._trainable = True
    assert (
        list(loaded.trainable_params()) == list(model.trainable_params()) == ["dense/W", "dense/b"]
    )
    loaded.add(Dense(1))  # names go on where they were
    assert loaded.layers[-1].name == "dense_1"


def test_a_model_that_is_not_compiled_and_one_that_shall_not_be(path):
    plain = _model()
    plain.save(path)
    assert not models.load_model(path).compiled
    _trained().save(path)
    assert not models.load_model(path, compile=False).compiled
    np.testing.assert_array_equal(models.load_model(path).predict(X), _trained().predict(X))


def test_a_clone_has_the_architecture_and_weights_of_its_own():
    model = Sequential([Dense(3, "relu", trainable=False), Dropout(0.2), Dense(1, name="end")])
    model.prepare((2,))
    model.layers[0].trainable, model.layers[2].trainable = True, False
    twin = models.clone_model(model)
    assert twin.get_config() == model.get_config() and twin.layers[0] is not model.layers[0]
    assert list(twin.trainable_params()) == ["dense/W", "dense/b"] and twin.input_shape == (2,)
    assert not np.array_equal(twin.layers[0].W.value, model.layers[0].W.value)
    assert Sequential.from_config(model.get_config()).count_params() == model.count_params()


def test_classes_of_your_own_come_back_and_never_replace_those_of_minidl(path, monkeypatch):
    monkeypatch.setattr(configurable, "_CLASSES", dict(configurable._CLASSES))

    class Dense(layers.Dense):
        def forward(self, x, training=False):
            y, cache = super().forward(x, training)
            return 2 * y, cache

    model = Sequential([layers.Dense(2, input_shape=(3,)), Dense(2, name="double")])
    model.save(path)
    loaded = models.load_model(path)
    assert [type(layer) for layer in loaded.layers] == [layers.Dense, Dense]
    assert np.array_equal(loaded(X), model(X))
    configurable._CLASSES.pop("custom.Dense")
    with pytest.raises(ValueError, match=r"model\.npz: no class 'custom\.Dense' is known here"):
        models.load_model(path)


class _Pair(layers.Layer):
    """A layer that makes its own layers: their flags and generators are not in its arguments."""

    def __init__(self, units, **options):
        super().__init__(**options)
        self.left, self.right = Dense(units), Dropout(0.5)

    def build(self, shape, rng):
        return self.right.prepare(
            self.left.prepare(shape, self.ops, rng), self.ops, rng.spawn(1)[0]
        )

    def forward(self, x, training=False):
        return self.right.forward(self.left.forward(x)[0], training)[0], None


def test_layers_inside_a_layer_of_your_own_keep_flags_and_generators(path):
    model = Sequential([_Pair(4, input_shape=(3,))])
    model.layers[0].left.trainable = False
    model(X, training=True)
    model.save(path)
    loaded = models.load_model(path)
    assert loaded.trainable_params() == {} and loaded.layers[0].right.trainable
    assert np.array_equal(loaded(X, training=True), model(X, training=True))


def closeness(y_true, y_pred):
    return 1.0


@pytest.mark.parametrize("metric", [lambda y_true, y_pred: 1.0, closeness])
def test_a_metric_of_your_own_is_refused_by_name(metric, path):
    model = _model()
    model.compile("sgd", LOSS, metrics=["accuracy", metric])
    with pytest.raises(TypeError, match=f"the metric '{metric.__name__}' is a function of yours"):
        model.save(path)
    assert not path.exists()


def test_a_function_inside_a_layer_is_refused_by_place(path):
    start = lambda shape, rng: np.ones(shape, "f4")  # noqa: E731
    model = Sequential([Dense(2, kernel_initializer=start, input_shape=(3,))])
    with pytest.raises(
        TypeError, match=r"Dense\(kernel_initializer=\.\.\.\): <function.*plain data"
    ):
        model.save(path)


def test_one_array_in_two_models_is_refused(path):
    shared = Dense(3)
    model = Sequential([shared, Sequential([shared])])
    model.prepare((3,))
    with pytest.raises(ValueError, match="sequential/dense/W and dense/W are one array"):
        model.save(path)


def test_each_kind_of_file_names_its_own_reader(path, tmp_path):
    model = _trained()
    model.save_weights(path)
    with pytest.raises(ValueError, match=r"weights without a model.*load_weights"):
        models.load_model(path)
    model.save(path)
    with pytest.raises(ValueError, match=r"a whole model: read it with minidl\.models\.load_model"):
        model.load_weights(path)
    keep = callbacks.BackupAndRestore(tmp_path)
    keep.model = model
    keep.on_epoch_end(0, {})
    for read in (model.load_weights, models.load_model):
        with pytest.raises(ValueError, match=r"backup of a training.*BackupAndRestore"):
            read(tmp_path / "backup.npz")


@pytest.mark.parametrize("name", ["model.keras", "model.h5", "model"])
def test_names_of_other_formats_are_refused(name, tmp_path):
    for use in (_model().save, callbacks.ModelCheckpoint):
        with pytest.raises(ValueError, match=rf"kept in \.npz files.*'{name}'.*'model.npz'"):
            use(tmp_path / name)


def test_a_model_without_a_shape_cannot_be_saved(path):
    with pytest.raises(RuntimeError, match="save needs to know the input's shape"):
        Sequential([Dense(2)]).save(path)


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_a_truncated_model_is_refused(share, path):
    _trained().save(path)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(ValueError, match="damaged or not a file of minidl"):
        models.load_model(path)


def test_an_altered_architecture_is_noticed(path):
    _trained().save(path)
    with np.load(path) as file:
        arrays = dict(file)
    text = arrays["minidl.json"].tobytes().replace(b'"rate": 0.3', b'"rate": 0.4')
    np.savez(path, **{**arrays, "minidl.json": np.frombuffer(text, "u1")})
    with pytest.raises(ValueError, match="altered after it was written"):
        models.load_model(path)


def test_another_float_type_is_named(path):
    _trained().save(path)
    minidl.config.set_floatx("float64")
    with pytest.raises(ValueError, match=r"holds float32 weights.*set_floatx\('float32'\) first"):
        models.load_model(path)


def test_an_output_may_be_called_class(path):
    x = Input((3,))
    outputs = [Dense(2, "softmax", name="class")(x), Dense(1, name="box")(x)]
    model = models.Model(x, outputs)
    weights = {"class": 2.0, "box": 1.0}
    model.compile(
        "sgd", {"class": LOSS, "box": "mse"}, loss_weights=weights, metrics={"class": ["acc"]}
    )
    y = {"class": Y, "box": X[:, :1]}
    model.fit(X, y, verbose=0)
    model.save(path)
    loaded = models.load_model(path)
    assert loaded.evaluate(X, y) == model.evaluate(X, y)


def test_a_metric_may_be_given_as_a_class(path):
    model = Sequential([Dense(1, "sigmoid", input_shape=(3,))])
    model.compile("sgd", "mse", metrics=[minidl.metrics.AUC])
    model.save(path)
    assert models.load_model(path).metrics_names == model.metrics_names == ["loss", "auc"]


def test_by_name_is_refused_where_names_do_not_count(path):
    model = _model()
    model.save_weights(path)
    with pytest.raises(ValueError, match="by_name is for files of Keras's"):
        model.load_weights(path, by_name=True)
