"""Convolutions, upsampling and padding in both libraries, over random geometry.

Keras's "same" may put one zero more after than before, which PyTorch's convolutions cannot: there
the image is padded first. Its transposed convolution has no "same" at all: the border is cut off.
"""

import numpy as np
import pytest
from comparing import BACKENDS, DTYPES, SEEDS, layer_against, several
from hypothesis import given
from hypothesis import strategies as st

from minidl import layers
from minidl.initializers import RandomUniform

torch = pytest.importorskip("torch", reason="parity needs PyTorch: pip install torch==2.13.0")
F = torch.nn.functional

SPREAD = RandomUniform(-1, 1)


def _pairs(low, high):
    return st.tuples(st.integers(low, high), st.integers(low, high))


GEOMETRY = {
    "N": st.integers(1, 3),
    "size": _pairs(1, 9),
    "taps": _pairs(1, 5),
    "strides": _pairs(1, 4),
    "dilation": _pairs(1, 3),
    "padding": st.sampled_from(["valid", "same"]),
    "dtype": DTYPES,
    "backend": BACKENDS,
    "seed": SEEDS,
}
GROUPS = st.sampled_from(
    [(1, 1, 1), (1, 3, 2), (1, 16, 8), (2, 4, 6), (3, 6, 3), (4, 4, 4)]
)  # G, C, M


def _draw(shape, dtype, seed):
    return np.random.default_rng(10_000 + seed).standard_normal(shape).astype(dtype)


def _spans(taps, dilation):
    return [(R - 1) * d + 1 for R, d in zip(taps, dilation)]


def _large_enough(size, taps, dilation, padding):
    if padding == "same":
        return size
    return tuple(max(H, R) for H, R in zip(size, _spans(taps, dilation)))


def _around(size, taps, strides, dilation, padding):
    """Zeros for F.pad, which starts with the last axis: [left, right, top, bottom]."""
    if padding == "valid":
        return [0, 0, 0, 0]
    spans = _spans(taps, dilation)
    totals = [max(R - s if H % s == 0 else R - H % s, 0) for H, R, s in zip(size, spans, strides)]
    return [n for total in reversed(totals) for n in (total // 2, total - total // 2)]


@several
@given(groups=GROUPS, bias=st.booleans(), **GEOMETRY)
def test_conv2d(N, size, taps, strides, dilation, padding, groups, bias, dtype, backend, seed):
    G, C, M = groups
    size = _large_enough(size, taps, dilation, padding)
    layer = layers.Conv2D(
        M, taps, strides, padding, None, dilation, G, use_bias=bias, bias_initializer=SPREAD
    )

    def theirs(x, w, b=None):
        x = F.pad(x.movedim(-1, 1), _around(size, taps, strides, dilation, padding))
        w = w.permute(3, 2, 0, 1)  # (R, S, C/G, M) -> (M, C/G, R, S)
        return F.conv2d(x, w, b, strides, 0, dilation, G).movedim(1, -1)

    x = _draw((N, *size, C), dtype, seed)
    layer_against(layer, theirs, x, backend, {"w", "b"} if bias else {"w"})


@several
@given(multiplier=st.integers(1, 3), C=st.integers(1, 20), **GEOMETRY)
def test_depthwise_conv2d(
    N, size, taps, strides, dilation, padding, multiplier, C, dtype, backend, seed
):
    size = _large_enough(size, taps, dilation, padding)
    layer = layers.DepthwiseConv2D(
        taps, strides, padding, multiplier, dilation_rate=dilation, bias_initializer=SPREAD
    )

    def theirs(x, w, b):
        x = F.pad(x.movedim(-1, 1), _around(size, taps, strides, dilation, padding))
        w = w.permute(2, 3, 0, 1).reshape(-1, 1, *taps)  # (R, S, C, D) -> (C D, 1, R, S)
        return F.conv2d(x, w, b, strides, 0, dilation, C).movedim(1, -1)

    layer_against(layer, theirs, _draw((N, *size, C), dtype, seed), backend, {"w", "b"})


@several
@given(groups=GROUPS, **GEOMETRY | {"padding": st.sampled_from(["valid", "same", "causal"])})
def test_conv1d(N, size, taps, strides, dilation, padding, groups, dtype, backend, seed):
    (T, _), (S, _), (stride, _), (d, _), (G, C, M) = size, taps, strides, dilation, groups
    span = (S - 1) * d + 1
    T = max(T, span) if padding == "valid" else T
    layer = layers.Conv1D(M, S, stride, padding, None, d, G, bias_initializer=SPREAD)
    around = (span - 1, 0) if padding == "causal" else _around([T], [S], [stride], [d], padding)[:2]

    def theirs(x, w, b):
        x = F.pad(x.movedim(-1, 1), around)
        return F.conv1d(x, w.permute(2, 1, 0), b, stride, 0, d, G).movedim(1, -1)

    layer_against(layer, theirs, _draw((N, T, C), dtype, seed), backend, {"w", "b"})


@several
@given(groups=GROUPS, extra=_pairs(0, 3), **GEOMETRY)
def test_conv2d_transpose(
    N, size, taps, strides, dilation, padding, groups, extra, dtype, backend, seed
):
    G, C, M = groups
    output_padding = tuple(min(a, s - 1) for a, s in zip(extra, strides))
    if padding == "same":
        output_padding = None
    options = {"dilation_rate": dilation, "groups": G, "bias_initializer": SPREAD}
    layer = layers.Conv2DTranspose(M, taps, strides, padding, output_padding, **options)

    def theirs(x, w, b):
        w = w.permute(3, 2, 0, 1)  # (R, S, M/G, C) -> (C, M/G, R, S)
        x = x.movedim(-1, 1)
        if padding == "valid":
            # torch wants its output_padding below the stride or the dilation: so it always is
            full = F.conv_transpose2d(x, w, b, strides, 0, output_padding, G, dilation)
            return full.movedim(1, -1)
        full = F.conv_transpose2d(x, w, None, strides, 0, 0, G, dilation)
        wanted = [H * s for H, s in zip(size, strides)]
        left, _, top, _ = _around(wanted, taps, strides, dilation, padding)
        missing = [max(a - b, 0) for a, b in zip(wanted, full.shape[2:])]
        full = F.pad(full, [0, missing[1], 0, missing[0]])  # a stride above the window leaves gaps
        full = full[:, :, top : top + wanted[0], left : left + wanted[1]]
        return full.movedim(1, -1) + b

    layer_against(layer, theirs, _draw((N, *size, C), dtype, seed), backend, {"w", "b"})


@several
@given(
    N=st.integers(1, 3),
    size=_pairs(1, 6),
    C=st.integers(1, 5),
    scale=_pairs(1, 4),
    mode=st.sampled_from(["nearest", "bilinear"]),
    dtype=DTYPES,
    seed=SEEDS,
)
def test_upsampling(N, size, C, scale, mode, dtype, seed):
    layer = layers.UpSampling2D(scale, interpolation=mode)

    def theirs(x):
        return F.interpolate(x.movedim(-1, 1), scale_factor=scale, mode=mode).movedim(1, -1)

    layer_against(layer, theirs, _draw((N, *size, C), dtype, seed), "numpy", set())


@several
@given(size=_pairs(1, 5), border=st.tuples(_pairs(0, 3), _pairs(0, 3)), dtype=DTYPES, seed=SEEDS)
def test_zero_padding_and_cropping(size, border, dtype, seed):
    around = [*border[1], *border[0]]  # torch starts with the last axis

    def pad(x, sign=1):
        return F.pad(x.movedim(-1, 1), [sign * n for n in around]).movedim(1, -1)

    x = _draw((2, *size, 3), dtype, seed)
    layer_against(layers.ZeroPadding2D(border), pad, x, "numpy", set())
    large = _draw((2, size[0] + sum(border[0]), size[1] + sum(border[1]), 3), dtype, seed)
    layer_against(layers.Cropping2D(border), lambda x: pad(x, -1), large, "numpy", set())
