"""Pooling in both libraries, over random geometry; the images hold ties."""

import numpy as np
import pytest
from comparing import BACKENDS, DTYPES, SEEDS, layer_against, several
from hypothesis import given
from hypothesis import strategies as st

from minidl import layers
from minidl.layers import spatial

torch = pytest.importorskip("torch", reason="parity needs PyTorch: pip install torch==2.13.0")
F = torch.nn.functional

SIDES = st.tuples(st.integers(1, 9), st.integers(1, 9))
CASE = {
    "size": SIDES,
    "pool_size": st.tuples(st.integers(1, 5), st.integers(1, 5)),
    "strides": st.none() | st.tuples(st.integers(1, 5), st.integers(1, 5)),
    "padding": st.sampled_from(["valid", "same"]),
    "N": st.integers(1, 3),
    "C": st.integers(1, 20),
    "dtype": DTYPES,
    "backend": BACKENDS,
    "seed": SEEDS,
}


def _draw(shape, dtype, seed):
    return np.random.default_rng(seed).integers(-3, 4, shape).astype(dtype)


def _padded(x, layer, value):
    """x (N, C, H, W) with the layer's padding around it, as Keras has it: torch's is symmetric."""
    each = zip(x.shape[2:], layer.pool_size, layer.strides)
    (_, rows), (_, columns) = (spatial.place(*axis, layer.padding) for axis in each)
    return F.pad(x, (*columns, *rows), value=value)


def _max(x, layer):
    x = _padded(x.movedim(-1, 1), layer, -torch.inf)
    return F.max_pool2d(x, layer.pool_size, layer.strides).movedim(1, -1)


def _mean(x, layer):
    """The mean over all places, divided by the share of those that are no padding."""
    x = x.movedim(-1, 1)
    total, inside = (_padded(a, layer, 0) for a in (x, torch.ones_like(x)))
    y = F.avg_pool2d(total, layer.pool_size, layer.strides)
    return (y / F.avg_pool2d(inside, layer.pool_size, layer.strides)).movedim(1, -1)


@several
@given(**CASE)
def test_windows(size, pool_size, strides, padding, N, C, dtype, backend, seed):
    pool_size = tuple(min(R, H) for R, H in zip(pool_size, size))
    x = _draw((N, *size, C), dtype, seed)
    for kind, theirs in ((layers.MaxPooling2D, _max), (layers.AveragePooling2D, _mean)):
        layer = kind(pool_size, strides, padding)
        layer_against(layer, lambda x, f=theirs, at=layer: f(x, at), x, backend, set())


@several
@given(
    T=st.integers(1, 12),
    pool_size=st.integers(1, 6),
    stride=st.integers(1, 4),
    D=st.integers(1, 9),
    dtype=DTYPES,
    backend=BACKENDS,
    seed=SEEDS,
)
def test_windows_of_sequences(T, pool_size, stride, D, dtype, backend, seed):
    pool_size = min(pool_size, T)
    x = _draw((2, T, D), dtype, seed)

    def theirs(x):
        return F.max_pool1d(x.movedim(-1, 1), pool_size, stride).movedim(1, -1)

    layer_against(layers.MaxPooling1D(pool_size, stride), theirs, x, backend, set())


@several
@given(size=SIDES, C=st.integers(1, 9), dtype=DTYPES, backend=BACKENDS, seed=SEEDS)
def test_the_whole_image(size, C, dtype, backend, seed):
    x = _draw((2, *size, C), dtype, seed)
    for kind, function in (
        (layers.GlobalMaxPooling2D, F.adaptive_max_pool2d),
        (layers.GlobalAveragePooling2D, F.adaptive_avg_pool2d),
    ):

        def theirs(x, f=function):
            return f(x.movedim(-1, 1), 1).flatten(1)

        layer_against(kind(), theirs, x, backend, set())
