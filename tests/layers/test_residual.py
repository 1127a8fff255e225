"""Residual: two paths from x to y, as a layer among others: named, saved, frozen, cloned."""

import numpy as np
import pytest

from minidl import Input, Sequential, models
from minidl.base.configurable import from_data, to_data
from minidl.initializers import Zeros
from minidl.layers import (
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    Layer,
    ReLU,
    Residual,
)

RNG = np.random.default_rng(0)
X = RNG.standard_normal((12, 6, 6, 2)).astype("f4")
Y = np.arange(12) % 3


def _block(M, stride=1):
    """The block of He et al. (2016), figure 2."""
    row = [Conv2D(M, 3, stride, "same", use_bias=False), BatchNormalization(), ReLU()]
    row += [Conv2D(M, 3, padding="same", use_bias=False), BatchNormalization()]
    return Residual(row, Conv2D(M, 1, stride) if stride > 1 else None)


def _resnet():
    row = [Conv2D(4, 3, padding="same"), _block(4), ReLU(), _block(8, 2), ReLU()]
    tail = [GlobalAveragePooling2D(), Dense(3, "softmax")]
    model = Sequential([Input(X.shape[1:]), *row, *tail], seed=0)
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def test_the_sum_of_both_paths_by_hand():
    block, projection = Dense(3, "relu"), Dense(3)
    layer = Residual(block, projection)
    x = RNG.standard_normal((4, 2)).astype("f4")
    assert np.array_equal(layer(x), block(x) + projection(x))
    block = [Dense(5, "tanh"), Dense(2)]
    layer = Residual(block)
    assert np.array_equal(layer(x), block[1](block[0](x)) + x)


def test_a_block_of_zeros_lets_values_and_gradients_through_unchanged():
    layers = [Residual(Dense(6, kernel_initializer=Zeros())) for _ in range(50)]
    model = Sequential(layers)
    x, dy = RNG.standard_normal((2, 4, 6)).astype("f4")
    model.prepare((6,))
    y, cache = model.forward(x)
    assert np.array_equal(y, x) and np.array_equal(model.backward(dy, cache), dy)


def test_names_are_numbered_inside_and_paths_lead_there():
    model = _resnet()
    assert list(model.sublayers())[1:5] == ["residual", "relu", "residual_1", "relu_1"]
    inside = "conv2d batch_normalization relu conv2d_1 batch_normalization_1 projection"
    assert list(model.get_layer("residual_1").sublayers()) == inside.split()
    assert "residual_1/conv2d_1/w" in model.params()
    assert model.params()["residual_1/projection/w"].value.shape == (1, 1, 4, 8)
    assert not any("projection" in path for path in model.get_layer("residual").tensors())


def test_a_user_s_names_must_differ():
    with pytest.raises(ValueError, match="two layers are called 'a'; names must differ"):
        Residual([Dense(2, name="a"), Dense(2, name="a")])
    with pytest.raises(ValueError, match="two layers are called 'projection'"):
        Residual([Dense(2, name="projection")])


def test_one_layer_twice_needs_a_sequential_which_can_save_it():
    shared = Dense(3)
    with pytest.raises(ValueError, match=r"twice in a Residual: give it Sequential\(\[...\]\)"):
        Residual([shared, shared])
    layer = Residual(Sequential([shared, shared]))
    assert layer.prepare((3,)) == (3,) and len(layer.params()) == 2


def test_a_model_with_residuals_is_saved_with_its_training(tmp_path):
    model = _resnet()
    model.fit(X, Y, batch_size=5, epochs=2, verbose=0)
    model.layers[1].layers[0].trainable = False
    model.compile(model.optimizer, model.loss)
    model.save(tmp_path / "m.npz")
    loaded = models.load_model(tmp_path / "m.npz")
    assert np.array_equal(loaded.predict(X), model.predict(X))
    assert loaded.trainable_params().keys() == model.trainable_params().keys()
    more = {"batch_size": 5, "epochs": 2, "verbose": 0}
    assert loaded.fit(X, Y, **more).history == model.fit(X, Y, **more).history
    twin = models.clone_model(model)
    assert to_data(twin) == to_data(model) and twin.count_params() == model.count_params()
    assert twin.layers[1].layers[0] is not model.layers[1].layers[0]


def test_the_summary_counts_everything_inside(capsys):
    _resnet().summary()
    inside = 2 * 3 * 3 * 4 * 4 + 2 * 4 * 4  # two kernels and two normalizations
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert f"residual (Residual) (None, 6, 6, 4) {inside}" in lines


def test_freezing_reaches_the_layers_inside():
    layer = _block(2)
    frozen = from_data(to_data(layer) | {"trainable": False})
    for residual in (layer, frozen):
        residual.prepare(X.shape[1:])
    layer.trainable = False
    for residual in (layer, frozen):
        assert residual.trainable_params() == {}
        before = residual.get_weights()
        residual.forward(X, training=True)  # a frozen normalization does not follow the batch
        assert all(np.array_equal(a, b) for a, b in zip(before, residual.get_weights()))


def test_training_reaches_the_layers_inside_and_a_cache_belongs_to_its_call():
    layer = Residual([Dense(6, "relu"), Dropout(0.5), Dense(6)])
    layer.prepare((6,))
    x = RNG.standard_normal((4, 6)).astype("f4")
    assert not np.array_equal(layer.forward(x, True)[0], layer.forward(x, True)[0])
    assert np.array_equal(layer.forward(x)[0], layer.forward(x)[0])
    y, cache = layer.forward(x)
    first = layer.backward(y, cache)
    layer.forward(-x)
    assert np.array_equal(layer.backward(y, cache), first)


def test_both_paths_are_told_which_steps_are_padding():
    class Real(Layer):
        takes_mask = True

        def forward(self, x, training=False, mask=None):
            return x * mask[..., None], None

    layer = Residual([Real(), Dense(3, use_bias=False), Real()], Real())
    x = RNG.standard_normal((2, 4, 3)).astype("f4")
    layer.prepare(x.shape[1:])
    mask = np.array([[True, True, False, False], [True] * 4])
    y, _, passed_on = layer.forward_with_mask(x, mask=mask)
    assert np.array_equal((y == 0).all(axis=-1), ~mask) and passed_on is mask


def test_residuals_in_residuals_and_models_in_residuals(tmp_path):
    inner = Residual(Sequential([Dense(4, "tanh"), Dense(3)]))
    model = Sequential([Input((3,)), Residual([inner, Dense(3)]), Flatten()])
    assert "residual/residual/sequential/dense/W" in model.params()
    model.save(tmp_path / "m.npz")
    x = RNG.standard_normal((2, 3))
    assert np.array_equal(models.load_model(tmp_path / "m.npz")(x), model(x))


def test_a_gradient_survives_a_deep_stack_that_kills_it_without_the_sum():
    x, dy = RNG.standard_normal((2, 16, 8)).astype("f4")

    def survival(layer):
        model = Sequential([layer() for _ in range(30)], seed=0)
        model.prepare((8,))
        return np.linalg.norm(model.backward(dy, model.forward(x)[1])) / np.linalg.norm(dy)

    assert survival(lambda: Dense(8, "sigmoid")) < 1e-6
    assert survival(lambda: Residual(Dense(8, "sigmoid"))) > 0.5


@pytest.mark.parametrize(
    ("make", "shape", "error", "message"),
    [
        (
            lambda: Residual(Conv2D(8, 3, 2, "same")),
            (6, 6, 2),
            ValueError,
            r"'residual' cannot add .* \(3, 3, 8\) to \(6, 6, 2\).*projection, such as Conv2D",
        ),
        (
            lambda: Residual(Dense(4), Dense(5)),
            (3,),
            ValueError,
            r"cannot add the block's output of shape \(4,\) to \(5,\)",
        ),
        (lambda: Residual(["relu"]), None, TypeError, "Residual is made of layers; got 'relu'"),
        (lambda: Residual(Dense(3), "same"), None, TypeError, "made of layers; got 'same'"),
    ],
)
def test_what_cannot_be_added_is_explained(make, shape, error, message):
    with pytest.raises(error, match=message):
        make().prepare(shape)
