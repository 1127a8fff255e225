"""What the recurrent kernels are made of: tanh and sigmoid, the order of the weights; embedding."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minidl.kernels.common import fast_tanh, recurrent_panels


def _squashed(function, x):
    y = np.empty_like(x)
    getattr(fast_tanh, function)(x, y)
    return y


# ------------------------------------------------------------------------ tanh and sigmoid


def _line():
    """Every 64th float32 from 1e-30 to 100 or so, and its negative."""
    positive = np.arange(0x0DA24260, 0x42C80000, 64, dtype=np.uint32).view(np.float32)
    return np.concatenate([-positive[::-1], np.zeros(1, np.float32), positive])


def test_tanh_in_float32_is_within_its_bound():
    x = _line()
    y, exact = _squashed("tanh", x).astype("f8"), np.tanh(x.astype("f8"))
    assert np.abs(y - exact).max() <= 3e-7
    there = x != 0
    assert np.abs(y[there] / exact[there] - 1).max() <= 3e-7
    assert np.abs(y).max() <= 1
    assert np.array_equal(y, -y[::-1])


def test_sigmoid_in_float32_is_within_its_bound():
    x = _line()
    y = _squashed("sigmoid", x).astype("f8")
    assert np.abs(y - 1 / (1 + np.exp(-x.astype("f8")))).max() <= 2e-7
    assert y.min() >= 0 and y.max() <= 1


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_extremes_and_nan(dtype):
    x = np.array([np.nan, np.inf, -np.inf, 3e38, -3e38, 0.0, 1e-45], dtype)
    np.testing.assert_allclose(_squashed("tanh", x), np.tanh(x), rtol=0, atol=3e-7)
    expected = [np.nan, 1, 0, 1, 0, 0.5, 0.5]
    np.testing.assert_allclose(_squashed("sigmoid", x), expected, rtol=0, atol=2e-7)


def test_float64_is_exact():
    x = np.linspace(-50, 50, 10001)
    np.testing.assert_allclose(_squashed("tanh", x), np.tanh(x), rtol=4e-16)
    np.testing.assert_allclose(_squashed("sigmoid", x), 1 / (1 + np.exp(-x)), atol=3e-16)


# ------------------------------------------------------------------------------- the panels


@settings(max_examples=50, deadline=None)
@given(
    K=st.sampled_from([1, 8, 67]),
    G=st.sampled_from([1, 3, 4]),
    H=st.sampled_from([1, 5, 128, 300, 513]),
    dtype=st.sampled_from(["float32", "float64"]),
)
def test_panels_hold_the_matrix_and_zeros(K, G, H, dtype):
    V = np.random.default_rng(0).standard_normal((K, G, H)).astype(dtype)
    panels = recurrent_panels.pack(V)
    P, _, width = panels.shape
    assert panels.ctypes.data % 64 == 0 and panels.dtype == dtype
    assert np.array_equal(recurrent_panels.unpack(panels, K, G, H), V)
    assert np.count_nonzero(panels) == np.count_nonzero(V)
    units = slice(width // G * (P - 1), None)  # those of the last panel, column by column
    for g in range(G):
        block = panels[-1, :K, g * width // G :][:, : H - units.start]
        assert np.array_equal(block, V[:, g, units])


# -------------------------------------------------------------------------------- embedding


def test_embedding_adds_up_tokens_that_repeat(ops):
    tokens = np.array([[2, 0, 2], [2, 3, 0]])
    W, dy = np.arange(10.0).reshape(5, 2), np.arange(12.0).reshape(2, 3, 2)
    y = ops.embedding.forward(W, tokens)
    dW = ops.embedding.backward(dy, tokens, 5)
    expected = np.zeros((5, 2))
    for n in range(2):
        for t in range(3):
            assert y[n, t].tolist() == W[tokens[n, t]].tolist()
            for d in range(2):
                expected[tokens[n, t], d] += dy[n, t, d]
    assert dW.tolist() == expected.tolist() and expected[1].tolist() == [0, 0]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("integers", ["int64", "int32", "uint8"])
def test_embedding_takes_any_shape_strides_and_integers(ops, dtype, integers):
    rng = np.random.default_rng(0)
    tokens = rng.integers(0, 7, (4, 3, 10)).astype(integers)[:, ::-1, ::2]
    dy = rng.standard_normal((4, 3, 5, 12)).astype(dtype)[..., ::3]
    tokens.flags.writeable = dy.flags.writeable = False
    dW = ops.embedding.backward(dy, tokens, 9)
    assert dW.shape == (9, 4) and dW.dtype == dtype
    expected = np.stack([dy[tokens == v].sum(axis=0, dtype="f8") for v in range(9)])
    np.testing.assert_allclose(dW, expected, rtol=1e-5, atol=1e-6)
    W = rng.standard_normal((9, 4)).astype(dtype)
    assert np.array_equal(ops.embedding.forward(W, tokens), np.take(W, tokens, axis=0))


def test_embedding_adds_in_the_order_of_the_tokens(ops):
    rng = np.random.default_rng(0)
    tokens, dy = rng.integers(0, 3, 500), rng.standard_normal((500, 4)).astype("f4")
    expected = np.zeros((3, 4), "f4")
    for v, row in zip(tokens, dy):
        expected[v] += row
    assert np.array_equal(ops.embedding.backward(dy, tokens, 3), expected)


def test_embedding_passes_nan_on_to_its_token_alone(ops):
    dy = np.array([[np.nan], [1.0], [2.0]])
    dW = ops.embedding.backward(dy, np.array([1, 0, 0]), 3)
    assert np.isnan(dW[1]) and dW[0] == 3 and dW[2] == 0
