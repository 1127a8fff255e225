"""Convolutions in a program: options that are kept, kinds of input, and errors that help."""

import numpy as np
import pytest

from minidl import Sequential, config, constraints
from minidl.base.configurable import from_data, to_data
from minidl.layers import (
    Conv1D,
    Conv2D,
    Conv2DTranspose,
    Cropping2D,
    DepthwiseConv2D,
    Flatten,
    MaxPooling2D,
    UpSampling2D,
    ZeroPadding2D,
)

RNG = np.random.default_rng(0)
KINDS = {
    "conv2d": lambda **options: Conv2D(4, 3, padding="same", groups=2, **options),
    "conv1d": lambda **options: Conv1D(4, 3, padding="causal", groups=2, **options),
    "depthwise_conv2d": lambda **options: DepthwiseConv2D(3, 2, depth_multiplier=2, **options),
    "conv2d_transpose": lambda **options: Conv2DTranspose(3, 3, 2, **options),
}


def _batch(layer, N=3, dtype="f4"):
    shape = (N, 6, 4) if isinstance(layer, Conv1D) else (N, 6, 5, 4)
    return RNG.standard_normal(shape).astype(dtype)


# ---------------------------------------------------------------------------------- options


@pytest.mark.parametrize("kind", KINDS)
def test_names_layouts_and_options_are_those_of_keras(kind):
    of_kernel = "depthwise" if kind == "depthwise_conv2d" else "kernel"
    options = {
        f"{of_kernel}_initializer": "he_normal",
        f"{of_kernel}_regularizer": "l2",
        f"{of_kernel}_constraint": constraints.MaxNorm(0.5, axis=(0, 1)),
        "bias_initializer": "ones",
        "bias_regularizer": "l1",
        "bias_constraint": "non_neg",
        "activity_regularizer": "l1",
        "activation": "relu",
    }
    layer = KINDS[kind](**options)
    twin = from_data(to_data(layer))
    assert to_data(twin) == to_data(layer) and layer.name == kind
    x = _batch(twin)
    twin(x)
    w, b = twin.weights
    assert (
        w.value.shape
        == {
            "conv2d": (3, 3, 2, 4),
            "conv1d": (3, 2, 4),
            "depthwise_conv2d": (3, 3, 4, 2),
            "conv2d_transpose": (3, 3, 3, 4),
        }[kind]
    )
    assert type(w.regularizer).__name__ == "L2" and type(b.regularizer).__name__ == "L1"
    assert w.constraint.max_value == 0.5 and type(b.constraint).__name__ == "NonNeg"
    assert (b.value == 1).all() and 0.5 < w.value.std() * np.sqrt(w.value[..., 0].size / 2) < 1.5
    y, cache = twin.forward(x)
    assert y.min() == 0 and twin.penalty(cache) == pytest.approx(0.01 * y.sum() / 3, rel=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_a_constraint_and_a_regularizer_act_in_training(kind):
    of_kernel = "depthwise" if kind == "depthwise_conv2d" else "kernel"
    options = {f"{of_kernel}_constraint": "non_neg", f"{of_kernel}_regularizer": "l2"}
    model = Sequential([KINDS[kind](**options), Flatten()])
    model.compile("sgd", "mse")
    x = _batch(model.layers[0])
    y = model.predict(x)
    penalty = 0.01 * np.square(model.layers[0].w.value).sum()
    assert model.evaluate(x, y) == pytest.approx(penalty, rel=1e-4)
    assert model.layers[0].w.value.min() < 0
    model.train_on_batch(x, y)
    assert model.layers[0].w.value.min() == 0


# ----------------------------------------------------------------------------- kinds of input


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", KINDS)
def test_strided_and_read_only_arrays_give_the_same_numbers(kind, dtype, backend):
    layer = KINDS[kind](activation="tanh")
    x = _batch(layer, dtype=dtype)
    layer.prepare(x.shape[1:])
    layer.astype(dtype)

    def run(x, make_dy):
        layer.zero_grad()
        y, cache = layer.forward(x)
        dx = layer.backward(make_dy(y.shape), cache)
        return [y, dx, *(p.grad.copy() for p in layer.params().values())]

    def dy(shape):
        return np.random.default_rng(1).standard_normal(shape).astype(dtype)

    def awkward(array):
        array = np.repeat(array, 2, axis=-1)[..., ::2]
        array.flags.writeable = False
        return array

    plain, strided = run(x, dy), run(awkward(x), lambda shape: awkward(dy(shape)))
    for a, b in zip(plain, strided):
        assert a.dtype == dtype
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-5 if dtype == "float32" else 1e-13)


@pytest.mark.parametrize("dtype", ["i8", "u1", "f2", "f8", "?"])
@pytest.mark.parametrize("kind", KINDS)
def test_other_dtypes_are_cast_to_that_of_the_weights(kind, dtype, backend):
    layer = KINDS[kind]()
    x = (_batch(layer) > 0).astype("f4")
    layer.prepare(x.shape[1:])
    y, cache = layer.forward(x.astype(dtype))
    assert y.dtype == layer.backward(y, cache).dtype == config.floatx()
    assert np.array_equal(y, layer.forward(x)[0])


# ------------------------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("layer", "shape", "message"),
    [
        (Conv2D(4, 5), (4, 9, 1), r"'conv2d': windows of 5 x 5 do not fit into inputs of 4 x 9"),
        (Conv2D(4, 2, dilation_rate=4), (9, 4, 1), r"windows of 5 x 5 do not .* 9 x 4 .*rate"),
        (Conv2D(4, 5), (None, 4, 1), r"5 x 5 do not fit into inputs of None x 4"),
        (Conv1D(4, 3), (2, 1), r"'conv1d': windows of 3 do not fit into inputs of 2 .*same"),
        (DepthwiseConv2D((1, 4)), (3, 3, 1), "windows of 1 x 4 do not fit into inputs of 3 x 3"),
        (Conv2D(4, 3), (28, 28), r"\(Conv2D\) needs .* \(H, W, C\).*got \(28, 28\).*None"),
        (Conv1D(4, 3), (28, 28, 1), r"\(Conv1D\) needs samples of shape \(T, C\).*\(28, 28, 1\)"),
        (DepthwiseConv2D(3), (8, 8), r"\(DepthwiseConv2D\) needs samples of shape \(H, W, C\)"),
        (Conv2D(4, 3), (8, 8, None), r"\(H, W, a known C\); got"),
        (DepthwiseConv2D(3), (8, 8, None), r"\(H, W, a known C\); got"),
        (Conv2D(4, 3, groups=2), (8, 8, 3), "groups=2 must divide both the 3 chan.* 4 filters"),
        (Conv2D(4, 3, groups=3), (8, 8, 3), "groups=3 must divide both the 3 chan.* 4 filters"),
        (
            Conv2DTranspose(4, 3, 2, output_padding=2),
            (4, 4, 1),
            "output_padding=.2, 2. does not fit.*output of length 11.*length of 5 and not 4.*below",
        ),
        (Conv2DTranspose(4, 2, 2, "same", 0), (4, 4, 1), "above 0 for an even kernel"),
        (Cropping2D(2), (4, 9, 1), r"leaves nothing of samples of size \(4, 9\)"),
        (UpSampling2D(), (4, 9), r"\(UpSampling2D\) needs .* \(H, W, C\); got \(4, 9\)"),
    ],
)  # fmt: skip
def test_a_shape_that_does_not_fit_is_explained(layer, shape, message):
    with pytest.raises(ValueError, match=message):
        layer.prepare(shape)


def test_a_model_that_shrinks_to_nothing_names_the_layer():
    row = [Conv2D(2, 3), MaxPooling2D(), Conv2D(2, 3, name="too_deep")]
    with pytest.raises(ValueError, match=r"'too_deep': windows of 3 x 3 do not fit .* of 2 x 2"):
        Sequential(row).prepare((6, 6, 1))


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_that_does_not_fit_is_explained(kind):
    layer = KINDS[kind]()
    x = _batch(layer)
    layer.prepare(x.shape[1:])
    with pytest.raises(ValueError, match=rf"'{kind}' has a kernel .*, 4\); got .*3\)"):
        layer.forward(x[..., :3])
    with pytest.raises(ValueError, match=rf"'{kind}' .* needs samples of shape"):
        layer.forward(x[0])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Conv2D(0, 3), "filters must be an integer of at least 1; got 0"),
        (lambda: Conv2D(4, 0), "kernel_size must be an integer of at least 1, or 2 of them; got 0"),
        (lambda: Conv2D(4, (3, 3, 3)), r"kernel_size must be .* got \(3, 3, 3\)"),
        (lambda: Conv2D(4, 2.5), "kernel_size must be .* got 2.5"),
        (lambda: Conv2D(4, 3, 0), "strides must be .* got 0"),
        (lambda: Conv2D(4, 3, (1, -1)), r"strides must be .* got \(1, -1\)"),
        (lambda: Conv2D(4, 3, dilation_rate=0), "dilation_rate must be .* got 0"),
        (lambda: Conv2D(4, 3, groups=0), "groups must be an integer of at least 1; got 0"),
        (lambda: Conv2D(4, 3, padding="full"), 'padding must be "valid" or "same"; got \'full\''),
        (lambda: Conv2D(4, 3, padding="causal"), 'padding must be "valid" or "same"'),
        (lambda: Conv2D(4, 3, activation="rellu"), "unknown activation 'rellu'"),
        (lambda: DepthwiseConv2D(3, depth_multiplier=0), "depth_multiplier must be an integer"),
        (lambda: Conv2DTranspose(4, 3, 2, output_padding=-1), "output_padding .* at least 0.*-1"),
        (lambda: UpSampling2D(0), "size must be an integer of at least 1, or 2 of them; got 0"),
        (lambda: UpSampling2D(interpolation="cubic"), 'be "nearest" or "bilinear"; got \'cubic\''),
        (lambda: ZeroPadding2D(-1), "padding must be an integer of at least 0, or 2 .* got -1"),
        (lambda: ZeroPadding2D((1, 2, 3)), r"padding must be .* got \(1, 2, 3\)"),
        (lambda: Cropping2D(((1, 2), (3, 4), (5, 6))), "cropping must be"),
    ],
)  # fmt: skip
def test_an_argument_without_meaning_is_explained(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    "kind", [*KINDS.values(), ZeroPadding2D, Cropping2D, UpSampling2D], ids=lambda kind: ""
)
def test_channels_first_is_answered_with_how_to_move_the_axis(kind):
    with pytest.raises(ValueError, match=r"channels come last.*np\.moveaxis\(x, 1, -1\)"):
        kind(data_format="channels_first")
    kind(data_format="channels_last")


@pytest.mark.parametrize("argument", ["groups", "filters", "kernel_initializer"])
def test_depthwise_has_no_argument_that_its_channels_decide(argument):
    with pytest.raises(TypeError, match=argument):
        DepthwiseConv2D(3, **{argument: 2})
