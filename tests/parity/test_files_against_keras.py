"""Files that Keras itself writes, read here: the same predictions for the same inputs."""

import json

import numpy as np
import pytest

import minidl.models  # noqa: F401  (makes Sequential known)
from minidl.models import keras_files

pytest.importorskip("h5py", reason="Keras's files are HDF5: pip install h5py")
keras = pytest.importorskip("keras", reason="needs Keras: pip install keras==3.15.1")
L = keras.layers
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning:keras")


def sequence_row():
    return [
        keras.Input((8, 5)),
        L.Bidirectional(L.LSTM(4, return_sequences=True), merge_mode="sum"),
        L.TimeDistributed(L.Dense(3, "relu")),
        L.GRU(3, return_sequences=True),
        L.SimpleRNN(6, return_sequences=True, go_backwards=True),
        L.LayerNormalization(),
        L.RMSNormalization(),
        L.LSTM(6, return_sequences=True, use_bias=False),
        L.Conv1D(3, 2, padding="causal"),
        keras.Sequential([L.Dense(4, kernel_regularizer="l2"), L.BatchNormalization(), L.Dense(4)]),
        L.MaxPooling1D(2),
        L.SpatialDropout1D(0.1),
        L.Bidirectional(L.GRU(3)),
        L.Dropout(0.2),
        L.Dense(2, "softmax", kernel_constraint="max_norm"),
    ]


def image_row():
    return [
        keras.Input((9, 10, 2)),
        L.RandomFlip("horizontal"),
        L.Conv2D(4, 3, strides=2, padding="same", activation="gelu"),
        L.BatchNormalization(scale=False, momentum=0.9),
        L.DepthwiseConv2D(3, depth_multiplier=2, padding="same"),
        L.LeakyReLU(0.1),
        L.Conv2DTranspose(3, (2, 3), strides=2, padding="same", activation="elu"),
        L.Conv2D(6, 1, groups=3, dilation_rate=2, kernel_initializer="he_normal"),
        L.ZeroPadding2D(((1, 0), (0, 2))),
        L.UpSampling2D(2, interpolation="bilinear"),
        L.Cropping2D(1),
        L.AveragePooling2D(2, padding="same"),
        L.GaussianNoise(0.1),
        L.Activation("silu"),
        L.ReLU(),
        L.BatchNormalization(center=False),
        L.Reshape((-1, 6)),
        L.GlobalAveragePooling1D(),
        L.Dense(3, "hard_sigmoid"),
    ]


def token_row():
    return [
        keras.Input((7,)),
        L.Embedding(20, 5, mask_zero=True),
        L.LSTM(4),
        L.RepeatVector(3),
        L.Flatten(),
        L.Dense(3),
        L.Softmax(),
    ]


def inputs(model):
    rng = np.random.default_rng(1)
    shape = (4, *model.input_shape[1:])
    tokens = isinstance(model.layers[0], L.Embedding)
    return rng.integers(0, 20, shape) if tokens else rng.normal(size=shape).astype("float32")


@pytest.fixture(params=[sequence_row, image_row, token_row])
def theirs(request):
    """A model of Keras's whose every array holds random numbers."""
    model = keras.Sequential(request.param())
    rng = np.random.default_rng(2)
    for w in model.weights:
        numbers = rng.normal(0, 0.4, w.shape)
        w.assign(np.abs(numbers) + 0.1 if w.name == "moving_variance" else numbers)
    return model


def compare(theirs, ours):
    x = inputs(theirs)
    expected = theirs.predict(x, verbose=0)
    assert np.ptp(expected) > 1e-4
    np.testing.assert_allclose(ours.predict(x), expected, rtol=1e-5, atol=1e-5)


def rebuilt(theirs):
    """The same layers here, with weights of their own."""
    return keras_files.model_from_json(theirs.to_json())


@pytest.mark.parametrize("name", ["x.weights.h5", "x.keras", "x.h5"])
def test_weights(theirs, tmp_path, name):
    (theirs.save_weights if "weights" in name else theirs.save)(tmp_path / name)
    ours = rebuilt(theirs)
    keras_files.load_weights(ours, tmp_path / name)
    compare(theirs, ours)


@pytest.mark.parametrize("name", ["x.keras", "x.h5"])
def test_a_whole_model(theirs, tmp_path, name):
    theirs.compile("adam", "mse")
    theirs.save(tmp_path / name)
    ours = keras_files.load_model(tmp_path / name)
    assert not ours.compiled
    assert [layer.name for layer in ours.layers] == [layer.name for layer in theirs.layers]
    assert ours.count_params() == theirs.count_params()
    compare(theirs, ours)


def test_frozen_layers_stay_frozen(tmp_path):
    base = keras.Sequential([keras.Input((3,)), L.Dense(4), L.BatchNormalization(), L.Dense(4)])
    base.layers[0].trainable = False
    whole = keras.Sequential([L.Dense(3)])
    theirs = keras.Sequential([keras.Input((3,)), base, whole, L.Dense(2), L.Dense(2)])
    whole.trainable = theirs.layers[2].trainable = False
    theirs.save(tmp_path / "x.h5")
    ours = keras_files.load_model(tmp_path / "x.h5")
    assert [w.shape for w in theirs.trainable_weights] == [
        w.value.shape for w in ours.trainable_weights
    ]
    for one, other in zip(theirs.layers, ours.layers):
        assert one.trainable == other.trainable
    compare(theirs, ours)


def test_an_initializer_that_does_not_exist_here_does_no_harm(tmp_path):
    theirs = keras.Sequential([keras.Input((3,)), L.Dense(4, kernel_initializer="TruncatedNormal")])
    theirs.save(tmp_path / "x.keras")
    compare(theirs, keras_files.load_model(tmp_path / "x.keras"))


@pytest.mark.parametrize("name", ["x.weights.h5", "x.h5"])
def test_by_name(tmp_path, name):
    theirs = keras.Sequential([keras.Input((3,)), L.Dense(4, name="a"), L.Dense(2, name="b")])
    (theirs.save_weights if "weights" in name else theirs.save)(tmp_path / name)
    row = [{"class": "Dense", "units": 4, "name": n} for n in ("new", "a")]
    row[1]["units"], row[0]["units"] = 4, 3
    data = {"class": "Sequential", "layers": row, "input_shape": [3]}
    ours = keras_files.model_from_json(json.dumps(data))
    before = ours.get_layer("new").W.numpy()
    keras_files.load_weights(ours, tmp_path / name, by_name=True)
    np.testing.assert_array_equal(ours.get_layer("a").W.numpy(), theirs.layers[0].get_weights()[0])
    np.testing.assert_array_equal(ours.get_layer("new").W.numpy(), before)
    with pytest.raises(ValueError, match="no layer that is called"):
        other = keras_files.model_from_json(rebuilt_text(data))
        keras_files.load_weights(other, tmp_path / name, by_name=True)


def rebuilt_text(data):
    return json.dumps(data).replace('"a"', '"c"')


def test_a_graph_of_layers_is_refused(tmp_path):
    x = keras.Input((3,))
    keras.Model(x, L.Dense(2)(x)).save(tmp_path / "x.keras")
    with pytest.raises(ValueError, match=r"x\.keras: it is a Functional model.*load_weights"):
        keras_files.load_model(tmp_path / "x.keras")


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        (lambda: L.Lambda(lambda x: x), "Lambda layer, which is code"),
        (lambda: L.ReLU(max_value=6), "max_value"),
        (lambda: L.Conv2D(2, 1, data_format="channels_last", dtype="float16"), "float16"),
        (lambda: L.Bidirectional(L.LSTM(2), backward_layer=L.LSTM(3, go_backwards=True)), "of its"),
    ],
)
def test_what_does_not_exist_here_is_refused_by_name(layer, said):
    text = json.dumps(
        {
            "class_name": "Sequential",
            "config": {"name": "m", "layers": [keras.saving.serialize_keras_object(layer())]},
        }
    )
    with pytest.raises(ValueError, match=said):
        keras_files.model_from_json(text)
