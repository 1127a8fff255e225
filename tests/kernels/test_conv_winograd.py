"""Winograd's 3x3 convolution: when it is taken, what it costs in accuracy, where NaN goes."""

import many_threads
import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from test_conv_kernels import all_three, arrays, geometries

from minidl import config
from minidl.kernels.conv2d import cpu, im2col, reference, winograd

SAME = ((1, 1), (1, 1))
VGG = (32, 16, 16, 1, 64, 128, 3, 3, (1, 1), SAME, (1, 1))

# Errors against float64, as a share of the largest number in the result. Measured: at most
# 2e-6 for Winograd and 4e-7 for the plain sum, for 8 to 256 channels.
WINOGRAD_ERROR, PLAIN_ERROR = 5e-6, 1e-6


def relative_errors(found, expected):
    return [np.abs(a - b).max() / np.abs(b).max() for a, b in zip(found, expected, strict=True)]


def in_float64(x, w, dy, options):
    return all_three(reference, *(a.astype("float64") for a in (x, w, dy)), options)


@pytest.fixture
def taken(monkeypatch):
    """Names of the ways that were really taken, in order."""
    names = []

    def spy(module, name):
        real = getattr(module, name)
        way = module.__name__.rpartition(".")[2]
        monkeypatch.setattr(module, name, lambda *a: names.append(way) or real(*a))

    for module, functions in [
        (winograd, ("correlate", "kernel_gradient")),
        (im2col, ("forward", "input_gradient", "kernel_gradient")),
        (cpu.depthwise, ("forward", "input_gradient", "kernel_gradient")),
    ]:
        for name in functions:
            spy(module, name)
    return names


# ---------------------------------------------------------------------------- the rule


def chosen(N=32, P=16, Q=16, M=64, D=64, kernel=(3, 3), stride=(1, 1), padding=SAME, **other):
    y = np.empty((N, P, Q, M), other.get("dtype", "float32"))
    dilation, groups = other.get("dilation", (1, 1)), other.get("groups", 1)
    return cpu.method(y, (*kernel, D, M), stride, padding, dilation, groups)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, "winograd"),
        ({"stride": (1, 2)}, "im2col"),
        ({"dilation": (2, 1)}, "im2col"),
        ({"kernel": (3, 2)}, "im2col"),
        ({"kernel": (5, 5)}, "im2col"),
        ({"groups": 2, "D": 32}, "im2col"),
        ({"dtype": "float64"}, "im2col"),
        ({"padding": ((2, 5), (2, 5))}, "winograd"),
        ({"padding": ((3, 0), (0, 0))}, "im2col"),
        ({"padding": ((0, 0), (3, 0))}, "im2col"),
        ({"D": 32, "M": 32}, "winograd"),
        ({"D": 31, "M": 32}, "im2col"),
        ({"D": 22}, "winograd"),
        ({"D": 21}, "im2col"),
        ({"M": 21}, "im2col"),
        ({"P": 3, "Q": 3}, "winograd"),
        ({"P": 5, "Q": 5}, "im2col"),  # 4 tiles for 25 outputs: 144 products against 225
        ({"P": 1, "Q": 64}, "im2col"),
        ({"N": 1}, "winograd"),
        ({"N": 1, "P": 12}, "im2col"),  # 12 tiles do not pay for the kernel's transform
        ({"kernel": (1, 1), "padding": ((0, 0), (0, 0))}, "pointwise"),
        ({"kernel": (1, 1), "padding": ((0, 0), (0, 0)), "stride": (2, 2)}, "pointwise"),
        ({"kernel": (1, 1)}, "im2col"),
        ({"kernel": (1, 1), "padding": ((0, 0), (0, 0)), "groups": 2, "D": 32}, "im2col"),
        ({"D": 1, "groups": 64}, "depthwise"),
        ({"D": 1, "M": 1}, "im2col"),
    ],
)
def test_the_rule_takes_the_way_that_is_written_down(change, expected):
    assert chosen(**change) == expected


def test_the_user_can_ask_for_exactness():
    config.set_convolution("exact")
    assert chosen() == "im2col"


def test_value_and_both_gradients_go_the_way_that_the_rule_names(taken):
    case = arrays(VGG, "float32")
    all_three(cpu, *case)
    assert taken == ["winograd"] * 3
    config.set_convolution("exact")
    all_three(cpu, *case)
    assert taken[3:] == ["im2col"] * 3
    depthwise = (2, 9, 9, 8, 1, 16, 3, 3, (1, 1), SAME, (1, 1))
    all_three(cpu, *arrays(depthwise, "float32"))
    assert taken[6:] == ["depthwise"] * 3


# ------------------------------------------------------------------------ its accuracy


@settings(max_examples=60, deadline=None, phases=[Phase.generate])  # shrinking takes minutes
@given(geometry=geometries(winograd=True), seed=st.integers(0, 99))
def test_winograd_equals_the_reference_at_any_size(geometry, seed):
    """Straight to the functions: the rule would leave small and awkward sizes to im2col."""
    x, w, dy, options = arrays(geometry, "float32", seed)
    _, ((top, _), (left, _)), _, _ = options
    found = np.full_like(dy, np.nan), np.full_like(x, np.nan), np.full_like(w, np.nan)
    flipped = np.ascontiguousarray(w[::-1, ::-1].transpose(0, 1, 3, 2))
    winograd.correlate(x, w, found[0], top, left)
    winograd.correlate(dy, flipped, found[1], 2 - top, 2 - left)
    winograd.kernel_gradient(x, dy, found[2], top, left)
    assert max(relative_errors(found, in_float64(x, w, dy, options))) < WINOGRAD_ERROR


@pytest.mark.parametrize("channels", [32, 64, 256])
def test_the_error_of_each_way_is_as_stated(channels, taken):
    geometry = (4, 12, 12, 1, channels, channels, 3, 3, (1, 1), SAME, (1, 1))
    case = arrays(geometry, "float32")
    expected = in_float64(*case)
    fast = relative_errors(all_three(cpu, *case), expected)
    config.set_convolution("exact")
    exact = relative_errors(all_three(cpu, *case), expected)
    assert taken == ["winograd"] * 3 + ["im2col"] * 3
    assert max(fast) < WINOGRAD_ERROR and max(exact) < PLAIN_ERROR
    assert np.mean(exact) < np.mean(fast), "the plain sum is the more exact of the two"


def test_many_blocks_give_what_one_block_gives(monkeypatch):
    """Scratch for one strip at a time: each thread goes round many times."""
    case = arrays((5, 15, 13, 1, 48, 32, 3, 3, (1, 1), SAME, (1, 1)), "float32")
    whole = all_three(cpu, *case)
    monkeypatch.setattr(winograd, "_SCRATCH", 1)
    assert max(relative_errors(all_three(cpu, *case), whole)) < WINOGRAD_ERROR
    monkeypatch.setattr(im2col, "_SCRATCH", 1)
    config.set_convolution("exact")
    assert max(relative_errors(all_three(cpu, *case), whole)) < WINOGRAD_ERROR


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("way", ["fast", "exact"])
def test_two_runs_are_equal_to_the_last_bit(threads, way, monkeypatch):
    pool = many_threads.use(monkeypatch, threads)
    config.set_convolution(way)
    case = arrays((3, 14, 11, 1, 32, 48, 3, 3, (1, 1), SAME, (1, 1)), "float32")
    first, second = all_three(cpu, *case), all_three(cpu, *case)
    assert all(map(np.array_equal, first, second)) and bool(pool.given) == (threads > 1)
    assert max(relative_errors(first, in_float64(*case))) < WINOGRAD_ERROR


# ---------------------------------------------------------------------------------- NaN


@pytest.mark.parametrize("way", ["fast", "exact"])
def test_nan_passes_on(way):
    config.set_convolution(way)
    x, w, dy, options = arrays(VGG, "float32")
    x[1, 4, 5, 6] = dy[1, 4, 5, 6] = np.nan
    y, dx, dw = all_three(cpu, x, w, dy, options)
    assert np.isnan(y[1, 3:6, 4:7]).all() and np.isnan(dx[1, 3:6, 4:7]).all()
    assert np.isfinite(y[0]).all() and np.isfinite(dx[2:]).all()
    assert np.isnan(dw[:, :, 6]).all() and np.isnan(dw[..., 6]).all()
    w[1, 1, 2, 3] = np.nan
    assert np.isnan(cpu.forward(x, w, *options)[..., 3]).all()
