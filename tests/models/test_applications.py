"""VGG16: built as in Keras, a part of other models, and what they refuse."""

import numpy as np
import pytest

from minidl import Input, Model, Sequential, applications
from minidl.applications import VGG16
from minidl.layers import Dense, Dropout, Flatten, GlobalAveragePooling2D, RandomFlip
from minidl.models import clone_model

SHAPE = (32, 32, 3)
COUNT = 14_714_688  # as Keras's summary says, without the top


@pytest.fixture(scope="module")
def base():
    return VGG16(weights=None, include_top=False, input_shape=SHAPE)


def test_the_number_of_parameters():
    model = VGG16(weights=None, include_top=False)
    assert model.count_params() == COUNT
    assert model.input_shape == (None, None, 3)
    assert model.output_shape[:2] == (None, None)
    assert model.name == "vgg16"


def test_the_names_of_the_layers(base):
    names = [layer.name for layer in base.layers]
    assert names[1:5] == ["block1_conv1", "block1_conv2", "block1_pool", "block2_conv1"]
    assert names[-4:] == ["block5_conv1", "block5_conv2", "block5_conv3", "block5_pool"]
    assert len(names) == 19  # as in Keras, where programs freeze layers[:15]


def test_the_top():
    model = VGG16(weights=None, input_shape=SHAPE, classes=7, classifier_activation=None)
    assert [layer.name for layer in model.layers[-4:]] == ["flatten", "fc1", "fc2", "predictions"]
    assert model.count_params() == COUNT + 513 * 4096 + 4097 * 4096 + 4097 * 7
    y = model.predict(np.full((1, *SHAPE), 50.0))
    assert y.shape == (1, 7) and y.min() < 0


@pytest.mark.parametrize(("pooling", "reduced"), [("avg", np.mean), ("max", np.max)])
def test_pooling(pooling, reduced):
    model = VGG16(weights=None, include_top=False, pooling=pooling)
    x = np.random.default_rng(0).normal(0, 60, (2, 64, 96, 3))
    blocks = Model(model.input, model.get_layer("block5_pool").output).predict(x)
    assert blocks.shape == (2, 2, 3, 512)
    np.testing.assert_allclose(model.predict(x), reduced(blocks, axis=(1, 2)), rtol=1e-5)


def test_a_base_at_the_beginning_of_a_row(base):
    model = Sequential()
    model.add(base)
    model.add(Flatten())
    model.add(Dense(8, activation="relu"))
    model.add(Dropout(0.5))
    model.add(Dense(3, activation="softmax"))
    assert model.output_shape == (3,)
    assert model.predict(np.zeros((2, *SHAPE))).shape == (2, 3)
    assert [layer.name for layer in model.layers][:2] == ["vgg16", "flatten"]


def test_the_layers_one_by_one_into_a_row():
    base = VGG16(weights=None, include_top=False, input_shape=SHAPE)
    model = Sequential()
    for layer in base.layers:
        model.add(layer)
    model.add(Flatten())
    x = np.random.default_rng(0).normal(0, 60, (2, *SHAPE))
    np.testing.assert_array_equal(model.predict(x), base.predict(x).reshape(2, 512))
    model.add(Dense(2, "softmax"))
    assert model.output_shape == (2,) and len(model.layers) == 20


def test_a_graph_that_goes_on_from_a_base(base):
    features = GlobalAveragePooling2D()(base.output)
    model = Model(inputs=base.input, outputs=Dense(10, "softmax")(features))
    assert model.output_shape == (10,)
    assert model.get_layer("block3_conv2") is base.get_layer("block3_conv2")
    direct = Model(base.input, Dense(10)(Flatten()(base.output)))
    assert direct.output_shape == (10,)


def test_a_base_that_is_called_on_an_input():
    base = VGG16(weights=None, include_top=False, pooling="avg")  # of any size
    inputs = Input((40, 33, 3))
    x = applications.vgg16.preprocess_input(RandomFlip("horizontal")(inputs))
    model = Model(inputs, Dense(4, "softmax")(base(x, training=False)))
    images = np.random.default_rng(0).integers(0, 256, (2, 40, 33, 3))
    expected = base.predict(applications.vgg16.preprocess_input(images))
    inside = Model(inputs, model.layers[-1].input)
    np.testing.assert_allclose(inside.predict(images), expected, rtol=1e-4, atol=1e-5)


def test_input_tensor(base):
    inputs = Input(SHAPE)
    model = VGG16(
        weights=None, include_top=False, input_tensor=applications.vgg16.preprocess_input(inputs)
    )
    assert model.input is inputs and model.output_shape == base.output_shape
    model.set_weights(base.get_weights())
    x = np.random.default_rng(0).integers(0, 256, (2, *SHAPE))
    expected = base.predict(applications.vgg16.preprocess_input(x))
    np.testing.assert_allclose(model.predict(x), expected, rtol=1e-5, atol=1e-6)
    both = VGG16(False, None, input_tensor=inputs, input_shape=np.array(SHAPE).tolist())
    assert both.input is inputs


def test_only_what_is_not_frozen_learns(base):
    for layer in base.layers[:15]:
        layer.trainable = False
    model = Sequential([base, Flatten(), Dense(2, "softmax")], seed=0)
    model.compile("sgd", "sparse_categorical_crossentropy")
    before = {name: layer.get_weights() for name, layer in base.sublayers().items()}
    x = np.random.default_rng(0).normal(0, 60, (4, *SHAPE))
    model.fit(x, np.array([0, 1, 0, 1]), verbose=0)
    changed = [
        name
        for name, layer in base.sublayers().items()
        if any((a != b).any() for a, b in zip(before[name], layer.get_weights()))
    ]
    assert changed == ["block5_conv1", "block5_conv2", "block5_conv3"]
    base.trainable = True


def test_a_base_is_saved_and_cloned_as_any_model(base, tmp_path):
    assert clone_model(base).count_params() == COUNT
    base.save_weights(tmp_path / "mine.npz")
    again = VGG16(weights=str(tmp_path / "mine.npz"), include_top=False, input_shape=SHAPE)
    x = np.random.default_rng(0).normal(0, 60, (1, *SHAPE))
    np.testing.assert_array_equal(again.predict(x), base.predict(x))


REFUSED = {
    "no file": ({"weights": "imagnet"}, "path of a file; there is no file 'imagnet'"),
    "other classes": ({"weights": "imagenet", "classes": 10}, "1000 classes apart; got classes=10"),
    "another size": (
        {"weights": "imagenet", "input_shape": (96, 96, 3)},
        r"for images of shape \(224, 224, 3\); got input_shape=\(96, 96, 3\)",
    ),
    "grey": (
        {"weights": "imagenet", "include_top": False, "input_shape": (96, 96, 1)},
        "three channels",
    ),
    "another activation": (
        {"weights": "imagenet", "classifier_activation": "sigmoid"},
        "'softmax', or None .* got 'sigmoid'",
    ),
    "small": ({"include_top": False, "input_shape": (31, 64, 3)}, "at least 32 x 32 pixels"),
    "no channels": ({"include_top": False, "input_shape": (64, 64)}, r"\(H, W, 3\), without the b"),
    "with a batch": ({"input_shape": (None, 64, 64, 3)}, "without the batch axis"),
    "channels first": ({"input_shape": (3, 64, 64)}, r"images \(H, W, 3\) must have at least 32"),
    "a number": ({"input_shape": 64}, r"that of one image.*got \(64,\)"),
    "words": ({"input_shape": ("a", 64, 3)}, "without the batch axis"),
    "any length": ({"input_shape": (None, 64, 3)}, "every length of input_shape must be known"),
    "pooling": ({"include_top": False, "pooling": "mean"}, "None, 'avg' or 'max'; got 'mean'"),
    "two shapes": (
        {"include_top": False, "input_tensor": Input((64, 64, 3)), "input_shape": (96, 96, 3)},
        r"input_tensor has shape \(64, 64, 3\), and input_shape=\(96, 96, 3\)",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(case, monkeypatch):
    options, said = REFUSED[case]
    monkeypatch.setattr(applications.building, "fetch_path", None)  # nothing is looked for before
    with pytest.raises(ValueError, match=said):
        VGG16(**{"weights": None} | options)


def test_an_array_is_no_input_tensor():
    with pytest.raises(TypeError, match=r"input_tensor is what Input.*Got ndarray"):
        VGG16(weights=None, include_top=False, input_tensor=np.zeros((1, 64, 64, 3)))


def test_an_odd_number_of_channels_is_pointed_out():
    with pytest.warns(UserWarning, match=r"1 or 3 channels, and come last") as caught:
        VGG16(weights=None, include_top=False, input_shape=(32, 32, 4))
    assert caught[0].filename == __file__
