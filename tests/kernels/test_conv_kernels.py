"""Convolution: the reference against loops, all tiers against it and the adjoint equation."""

import itertools
import tracemalloc

import many_threads
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minidl import config, kernels
from minidl.kernels.conv2d import cpu, gpu_columns, gpu_depthwise, im2col, reference

# Half a unit in the last place of 1. Errors of Winograd's way have tests of their own.
UNIT = {"float32": 6e-8, "float64": 1.1e-16}


@st.composite
def geometries(draw, winograd=False):
    """Arguments of a convolution: N, H, W, groups, D, M, R, S, stride, padding, dilation."""
    if winograd:
        R, S, stride, dilation, groups = 3, 3, (1, 1), (1, 1), 1
        D, L = draw(st.integers(8, 70)), draw(st.integers(8, 70))
        padding = tuple((draw(st.integers(0, 2)), draw(st.integers(0, 3))) for _ in "HW")
    else:
        R, S = draw(st.integers(1, 4)), draw(st.integers(1, 4))
        stride, dilation = ((draw(st.integers(1, n)), draw(st.integers(1, n))) for n in (5, 3))
        groups, D, L = (draw(st.integers(1, 4)) for _ in range(3))
        padding = tuple((draw(st.integers(0, 3)), draw(st.integers(0, 3))) for _ in "HW")
    H, W = (
        draw(st.integers(max(1, (k - 1) * d + 1 - sum(pad)), 17))
        for k, d, pad in zip((R, S), dilation, padding)
    )
    N = draw(st.integers(1, 20 if winograd else 3))
    return N, H, W, groups, D, groups * L, R, S, stride, padding, dilation


def arrays(geometry, dtype, seed=0):
    """Return (x, w, dy, options of all three functions) with random numbers near 1."""
    N, H, W, G, D, M, R, S, stride, padding, dilation = geometry
    rng = np.random.default_rng(seed)
    P, Q = (
        (size + sum(pad) - (k - 1) * d - 1) // s + 1
        for size, pad, k, d, s in zip((H, W), padding, (R, S), dilation, stride)
    )
    shapes = (N, H, W, G * D), (R, S, D, M), (N, P, Q, M)
    return *(rng.standard_normal(s).astype(dtype) for s in shapes), (stride, padding, dilation, G)


def all_three(tier, x, w, dy, options):
    """Return (y, dx, dw) of one tier."""
    return (
        tier.forward(x, w, *options),
        tier.input_gradient(dy, w, x.shape[1:3], *options),
        tier.kernel_gradient(x, dy, w.shape[:2], *options),
    )


def naive(x, w, dy, options):
    """The definition, one product at a time: (y, dx, dw)."""
    (sh, sw), ((top, _), (left, _)), (dh, dw_), G = options
    (N, H, W, _), (R, S, D, M), (_, P, Q, _) = x.shape, w.shape, dy.shape
    y, dx, dw = np.zeros(dy.shape), np.zeros(x.shape), np.zeros(w.shape)
    places = map(range, (N, P, Q, M, R, S, D))
    for n, p, q, m, r, s, d in itertools.product(*places):
        i, j, c = p * sh - top + r * dh, q * sw - left + s * dw_, m // (M // G) * D + d
        if 0 <= i < H and 0 <= j < W:
            y[n, p, q, m] += x[n, i, j, c] * w[r, s, d, m]
            dx[n, i, j, c] += dy[n, p, q, m] * w[r, s, d, m]
            dw[r, s, d, m] += dy[n, p, q, m] * x[n, i, j, c]
    return y, dx, dw


def rounding(x, w, dy, dtype):
    """Bounds for (y, dx, dw) of a plain sum of so many products of numbers near 1."""
    terms = w[..., 0].size, w[:, :, 0].size, dy[..., 0].size
    return [4 * UNIT[dtype] * (10 + k) for k in terms]


SMALL = [  # N, H, W, groups, D, M, R, S, stride, padding, dilation
    (1, 1, 1, 1, 1, 1, 1, 1, (1, 1), ((0, 0), (0, 0)), (1, 1)),
    (2, 5, 4, 1, 2, 3, 3, 2, (1, 1), ((1, 1), (0, 1)), (1, 1)),
    (1, 6, 7, 2, 2, 4, 2, 3, (2, 1), ((1, 0), (2, 3)), (1, 2)),
    (2, 8, 7, 3, 1, 6, 2, 2, (3, 4), ((0, 0), (0, 0)), (2, 1)),  # stride beyond the kernel
    (1, 7, 6, 1, 2, 2, 1, 1, (2, 3), ((0, 0), (0, 0)), (1, 1)),
    (2, 5, 5, 1, 3, 2, 1, 1, (1, 2), ((1, 2), (0, 1)), (1, 1)),
    (2, 4, 3, 1, 3, 2, 1, 1, (1, 1), ((0, 0), (0, 0)), (1, 1)),  # a matrix product, and the next
    (1, 4, 3, 1, 3, 2, 1, 1, (1, 1), ((0, 1), (1, 0)), (1, 1)),  # two almost
    (1, 4, 3, 2, 2, 4, 1, 1, (1, 1), ((0, 0), (0, 0)), (1, 1)),
    (1, 5, 5, 1, 9, 1, 3, 2, (1, 1), ((1, 0), (0, 1)), (1, 2)),  # few outputs
]

# Channels that fill the tiles of a product, and a stride whose phases have taps of their own.
WHOLE_TILES = (1, 5, 4, 1, 32, 2, 3, 2, (2, 2), ((1, 1), (0, 0)), (1, 1))

BLOCKS = [  # 5 images, 5 rows of outputs; plain, in groups, and depthwise
    (5, 5, 4, 1, 2, 3, 3, 3, (1, 1), ((1, 1), (1, 1)), (1, 1)),
    (5, 5, 4, 2, 2, 4, 3, 3, (1, 1), ((1, 1), (1, 1)), (1, 1)),
    (5, 5, 4, 2, 1, 4, 3, 3, (1, 1), ((1, 1), (1, 1)), (1, 1)),
]


@pytest.mark.parametrize("geometry", [*SMALL, WHOLE_TILES], ids=str)
def test_conv2d_equals_naive_loops(ops, geometry):
    x, w, dy, options = arrays(geometry, "float64")
    for found, expected in zip(
        all_three(ops.conv2d, x, w, dy, options), naive(x, w, dy, options), strict=True
    ):
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13)


@settings(max_examples=60, deadline=None)
@given(geometry=geometries(), seed=st.integers(0, 99))
def test_the_reference_equals_naive_loops_for_any_geometry(geometry, seed):
    geometry = (1, *(min(n, 7) for n in geometry[1:3]), *geometry[3:])
    *_, R, S, _, padding, dilation = geometry
    covered = [(k - 1) * d + 1 - sum(p) for k, d, p in zip((R, S), dilation, padding)]
    geometry = (1, *map(max, geometry[1:3], covered), *geometry[3:])
    x, w, dy, options = arrays(geometry, "float64", seed)
    for found, expected in zip(
        all_three(reference, x, w, dy, options), naive(x, w, dy, options), strict=True
    ):
        assert found.flags.c_contiguous
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


@settings(max_examples=150, deadline=None)
@given(
    geometry=geometries(), dtype=st.sampled_from(["float32", "float64"]), seed=st.integers(0, 99)
)
def test_every_tier_equals_the_reference_for_any_geometry(compiled, geometry, dtype, seed):
    x, w, dy, options = arrays(geometry, dtype, seed)
    kept = x.copy(), w.copy(), dy.copy()
    expected = all_three(reference, *(a.astype("float64") for a in (x, w, dy)), options)
    found = all_three(compiled.conv2d, x, w, dy, options)
    for a, b, bound in zip(found, expected, rounding(x, w, dy, dtype), strict=True):
        assert a.dtype == dtype and a.flags.c_contiguous
        np.testing.assert_allclose(a, b, rtol=0, atol=bound)
    assert all(map(np.array_equal, kept, (x, w, dy)))


@pytest.mark.parametrize(
    "geometry", [*SMALL, (3, 9, 6, 1, 9, 8, 3, 3, (1, 1), ((1, 1), (2, 0)), (1, 1))], ids=str
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_gradients_are_the_adjoints(ops, geometry, dtype):
    x, w, dy, options = arrays(geometry, dtype)
    y, dx, dw = (a.astype("float64") for a in all_three(ops.conv2d, x, w, dy, options))
    scale = np.linalg.norm(y) * np.linalg.norm(dy)
    expected = np.sum(y * dy)  # <conv(x; w), dy> = <x, dx> = <w, dw>
    assert abs(np.sum(x * dx) - expected) < 40 * UNIT[dtype] * scale
    assert abs(np.sum(w * dw) - expected) < 40 * UNIT[dtype] * scale


@pytest.mark.parametrize("geometry", SMALL[1:], ids=str)
def test_strided_and_read_only_arrays_are_taken(ops, geometry):
    x, w, dy, options = arrays(geometry, "float32")
    expected = all_three(ops.conv2d, x, w, dy, options)
    strided = [np.repeat(a, 2, axis=-1)[..., ::2] for a in (x, w, dy)]
    for views in (strided, [np.asfortranarray(a) for a in (x, w, dy)]):
        for view in views:
            view.flags.writeable = False
        for a, b in zip(all_three(ops.conv2d, *views, options), expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=0, atol=1e-6)
    for a in (x, w, dy):
        a.flags.writeable = False
    for a, b in zip(all_three(ops.conv2d, x, w, dy, options), expected, strict=True):
        assert np.array_equal(a, b)


@pytest.mark.parametrize("geometry", [SMALL[4], SMALL[6]], ids=str)
def test_every_tier_makes_new_arrays(ops, geometry):
    x, w, dy, options = arrays(geometry, "float32")
    for result in all_three(ops.conv2d, x, w, dy, options):
        assert not any(np.shares_memory(result, a) for a in (x, w, dy))


@pytest.mark.parametrize("geometry", BLOCKS, ids=str)
def test_a_batch_in_blocks_gives_what_the_reference_gives(compiled, geometry, monkeypatch):
    x, w, dy, options = arrays(geometry, "float64")
    columns_of_an_image = dy[0, ..., 0].size * w[..., 0].size * options[3]
    monkeypatch.setattr(gpu_columns, "NUMBERS", 2 * columns_of_an_image)  # 2 images, 2, and 1
    monkeypatch.setattr(gpu_depthwise, "SLICES", 4)  # of 25 rows
    for a, b in zip(
        all_three(compiled.conv2d, x, w, dy, options), all_three(reference, x, w, dy, options)
    ):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-12)


def test_the_images_that_a_thread_copies_stay_in_its_cache(monkeypatch):
    """Large ones with few windows: a thread's share of them would take 1.25 MiB."""
    no_zeros = ((0, 0), (0, 0))
    geometry = (40, 32, 32, 1, 16, 24, 3, 3, (4, 4), no_zeros, (1, 1))
    x, w, y, options = arrays(geometry, "float32")
    many_threads.use(monkeypatch, 2)
    im2col.forward(x, w, y, *options)  # compiles
    tracemalloc.start()
    im2col.forward(x, w, y, *options)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert x[:2].nbytes < peak < 2 * im2col._SCRATCH + 100_000  # which are for tables


@pytest.mark.parametrize("room", [0, 1, 2.5, 9], ids=str)
def test_columns_exist_for_as_many_images_as_there_is_room_for_or_for_one(room, monkeypatch):
    _, w, dy, (*_, groups) = arrays(BLOCKS[1], "float64")
    each = dy[0, ..., 0].size * w[..., 0].size * groups
    monkeypatch.setattr(gpu_columns, "NUMBERS", int(room * each))
    counts = [len(dy[images]) for images in gpu_columns._blocks(dy, w.shape, groups)]
    assert sum(counts) == len(dy) and max(counts) <= max(1, room)


@pytest.mark.parametrize("geometry", BLOCKS, ids=str)
def test_nan_goes_where_its_place_is_looked_at_and_nowhere_else(ops, geometry):
    x, w, dy, options = arrays(geometry, "float64")
    x[1, 2, 3, 1] = dy[0, 2, 2, 0] = np.nan
    for found, expected in zip(
        all_three(ops.conv2d, x, w, dy, options), naive(x, w, dy, options), strict=True
    ):
        assert np.isnan(expected).any() and not np.isnan(expected).all()
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_the_way_of_convolution_is_one_of_two():
    with pytest.raises(ValueError, match='"fast" or "exact"; got'):
        config.set_convolution("winograd")
    config.set_convolution("exact")
    assert config.convolution() == "exact"


def test_conv2d_is_a_kernel_of_both_tiers():
    assert kernels.load("numpy").conv2d is reference and kernels.load("numba").conv2d is cpu
