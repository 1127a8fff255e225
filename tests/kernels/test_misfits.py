"""Kernels called by hand with sizes that do not fit: a ValueError, and no loop runs at all."""

import numpy as np
import pytest

from minidl import kernels

OPS = kernels.load("numba")
PLAIN, NONE = ((1, 1), ((1, 1), (1, 1)), (1, 1)), ((0, 0), (0, 0))


def ones(*shape):
    return np.ones(shape, "float32")


def conv2d(
    x=(2, 5, 5, 3), w=(3, 3, 3, 4), stride=(1, 1), padding=PLAIN[1], dilation=(1, 1), groups=1
):
    """Each of the three functions in turn, with gradients of the size that would be right."""
    options = stride, padding, dilation, groups
    y = (x[0], x[1], x[2], w[-1])
    return (
        lambda: OPS.conv2d.forward(ones(*x), ones(*w), *options),
        lambda: OPS.conv2d.input_gradient(ones(*y), ones(*w), x[1:3], *options),
        lambda: OPS.conv2d.kernel_gradient(ones(*x), ones(*y), w[:2], *options),
    )


CONVOLUTIONS = {
    "negative padding": {"padding": ((-1, 1), (-1, 1))},
    "padding that is negative, of many": {
        "x": (4, 8, 8, 8),
        "w": (3, 3, 8, 8),
        "padding": ((-1, 1), (0, 0)),
    },
    "stride 0": {"stride": (0, 1)},
    "dilation 0": {"dilation": (0, 2)},
    "groups 0": {"groups": 0},
    "groups that do not divide": {"w": (3, 3, 1, 4), "groups": 3},
    "a kernel beyond the image": {"x": (2, 2, 2, 3), "padding": NONE},
}


@pytest.mark.parametrize("changed", CONVOLUTIONS.values(), ids=CONVOLUTIONS)
@pytest.mark.parametrize("which", range(3), ids=["forward", "input_gradient", "kernel_gradient"])
def test_a_convolution(changed, which):
    with pytest.raises(ValueError, match=r"at least|fit|smaller|was expected"):
        conv2d(**changed)[which]()


@pytest.mark.parametrize("x", [(1, 2, 5, 5, 3), (5, 5, 3), (2, 5, 5, 7)], ids=str)
def test_a_convolution_of_other_images(x):
    with pytest.raises(ValueError, match=r"four axes|does not fit"):
        OPS.conv2d.forward(ones(*x), ones(3, 3, 3, 4), *PLAIN, 1)


POOLS = {
    "no size": ((0, 2), (1, 1), NONE),
    "stride 0": ((2, 2), (0, 1), NONE),
    "negative padding": ((2, 2), (1, 1), ((-1, 0), (0, 0))),
    "padding as large as the window": ((2, 2), (1, 1), ((2, 0), (0, 0))),
    "a window beyond the image": ((6, 2), (1, 1), NONE),
}


@pytest.mark.parametrize("options", POOLS.values(), ids=POOLS)
def test_a_pool(options):
    x, y, index = ones(2, 4, 4, 3), ones(2, 3, 3, 3), np.zeros((2, 3, 3, 3), np.uint8)
    for call in (
        lambda: OPS.pool2d.max_forward(x, *options),
        lambda: OPS.pool2d.mean_forward(x, *options),
        lambda: OPS.pool2d.max_backward(y, index, (4, 4), *options),
        lambda: OPS.pool2d.mean_backward(y, (4, 4), *options),
    ):
        with pytest.raises(ValueError, match=r"at least|do not fit|was expected"):
            call()
    with pytest.raises(ValueError, match=r"index has shape"):
        OPS.pool2d.max_backward(y, index[:1], (4, 4), (2, 2), (1, 1), NONE)


def sequences(kernel, G, changed):
    """Call a recurrent kernel, N = 2, T = 3, D = 4, H = 5, with some arguments of another shape."""
    b = (2, 15) if kernel == "gru" else (5 * G,)
    shapes = {"x": (2, 3, 4), "W": (4, 5 * G), "U": (5, 5 * G), "b": b, "h0": (2, 5)}
    shapes |= {"c0": (2, 5)} if kernel == "lstm" else {}
    given = {name: ones(*shape) for name, shape in (shapes | changed).items()}
    given |= {"mask": np.ones(changed.get("mask", (2, 3)), bool)}
    given |= {"drop": ones(*changed.get("drop", (2, 5)))}
    tail = {"activation": "tanh"} if kernel == "rnn" else {}
    return getattr(OPS, kernel).forward(**given, **tail)


SEQUENCES = [
    {"x": (2, 3, 7)},
    {"x": (3, 3, 4)},
    {"x": (2, 4, 4)},
    {"W": (9, 1)},
    {"U": (10, 20)},
    {"h0": (1, 5)},
    {"h0": (2, 9)},
    {"mask": (2, 2)},
    {"mask": (3,)},
    {"drop": (2, 1)},
    {"b": (1,)},
    {"b": (1, 15)},
]


@pytest.mark.parametrize("changed", SEQUENCES, ids=str)
@pytest.mark.parametrize("kernel", ["lstm", "gru", "rnn"])
def test_a_recurrent_kernel(kernel, changed):
    G = {"lstm": 4, "gru": 3, "rnn": 1}[kernel]
    sequences(kernel, G, {})
    with pytest.raises(ValueError, match="was expected"):
        sequences(kernel, G, changed)


ATTENTION = [
    {"k": (2, 7, 4, 5)},
    {"k": (2, 6, 4, 3)},
    {"k": (1, 6, 4, 5)},
    {"v": (2, 6, 3, 5)},
    {"k": (2, 6, 3, 5), "v": (2, 6, 3, 5)},
    {"mask": (2, 1, 5)},
    {"mask": (3, 3, 6)},
    {"mask": (2, 2, 6)},
    {"mask": (6,)},
]


@pytest.mark.parametrize("changed", ATTENTION, ids=str)
def test_attention(changed):
    def run(changed):
        shapes = {"q": (2, 3, 4, 5), "k": (2, 6, 4, 5), "v": (2, 6, 4, 5)} | changed
        mask = np.ones(shapes.pop("mask", (2, 1, 6)), bool)
        given = {name: ones(*shape) for name, shape in shapes.items()}
        return given, mask, OPS.attention.forward(**given, scale=1.0, mask=mask)

    given, mask, (y, log_sum) = run({})
    with pytest.raises(ValueError, match="was expected"):
        run(changed)
    for wrong in ({"log_sum": log_sum[:, :-1]}, {"y": y[:1]}, {"mask": mask[..., :-1]}):
        options = {"y": y, "log_sum": log_sum, "mask": mask} | wrong
        with pytest.raises(ValueError, match="was expected"):
            OPS.attention.backward(y, **given, **options, scale=1.0)


@pytest.mark.parametrize("wrong", [(4, 2), (3,), (3, 3)], ids=str)
def test_rotations_and_swiglu(wrong):
    right = ones(3, 2)
    for cos, sin in ((ones(*wrong), right), (right, ones(*wrong))):
        with pytest.raises(ValueError, match="was expected"):
            OPS.attention.rotate(ones(2, 3, 1, 4), cos, sin)
    for names in ({"z": right, "u": ones(*wrong)}, {"z": ones(*wrong), "u": right}):
        with pytest.raises(ValueError, match="was expected"):
            OPS.swiglu.forward(**names)
    with pytest.raises(ValueError, match="was expected"):
        OPS.swiglu.backward(ones(*wrong), right, right)


@pytest.mark.parametrize("kernel", ["batchnorm", "layernorm"])
@pytest.mark.parametrize("wrong", [(2,), (1, 3), ()], ids=str)
def test_a_normalization(kernel, wrong):
    one, x, right = getattr(OPS, kernel), ones(4, 3), ones(3)
    y, m, *_, s = one.forward(x, right, right, 1e-3)
    given = {"gamma": right, "m": m, "s": s}
    one.backward(y, x, **given)
    with pytest.raises(ValueError, match="was expected"):
        one.forward(x, ones(*wrong), right, 1e-3)
    with pytest.raises(ValueError, match="was expected"):
        one.forward(x, right, ones(*wrong), 1e-3)
    for name in given:
        with pytest.raises(ValueError, match="was expected"):
            one.backward(y, x, **given | {name: ones(*wrong)})
