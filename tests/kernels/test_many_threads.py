"""Work shared out over threads gives what one thread gives; and small work wakes nobody."""

import time

import many_threads
import numba
import numpy as np
import pytest
from within_bounds import CASES, ONE, SAME, conv2d, normal

from minidl import kernels
from minidl.kernels.common import threads

ZEROS = (0, 0), (0, 0)


def recurrent(ops, x, W, U, b, h):
    """A GRU over a sequence, and back through time."""
    y, cache = ops.gru.forward(x, W, U, b, h, None, None)
    return y, *ops.gru.backward(y, cache)


def normalized(ops, name, x):
    """Forward and backward of one of the normalizations."""
    gamma, beta = x[0], x[1]
    y, *kept = getattr(ops, name).forward(x, gamma, beta, 1e-3)
    m, s = (kept[0], kept[-1])
    return y, *getattr(ops, name).backward(y, x, gamma, m, s)


def pointwise(ops, name, x):
    """A function of each number."""
    return np.concatenate([np.ravel(part) for part in getattr(ops, name).forward(x)]), x


SHARED = {name: case for name, case in CASES.items() if name != "embedding"}
SHARED |= {
    "conv2d, pointwise": (conv2d, normal(9, 7, 6, 9), normal(1, 1, 9, 11), ONE, ZEROS, ONE, 1),
    "conv2d, col2im": (conv2d, normal(5, 9, 8, 1), normal(5, 5, 1, 9), (2, 2), SAME, ONE, 1),
    "conv2d, dense": (conv2d, normal(7, 9, 8, 5), normal(3, 3, 5, 40), (2, 2), SAME, ONE, 1),
    "conv2d, one image": (conv2d, normal(1, 9, 8, 5), normal(3, 3, 5, 40), ONE, SAME, ONE, 1),
    "conv2d, two images": (conv2d, normal(2, 9, 8, 5), normal(3, 3, 5, 40), (2, 1), SAME, ONE, 1),
    "conv2d, long kernels": (conv2d, normal(3, 9, 8, 40), normal(3, 3, 40, 48), ONE, SAME, ONE, 1),
    "gru": (
        recurrent,
        normal(37, 5, 4),
        normal(4, 21),
        normal(7, 21),
        normal(2, 21),
        normal(37, 7),
    ),
    "batchnorm": (normalized, "batchnorm", normal(600, 7)),
    "layernorm": (normalized, "layernorm", normal(37, 40)[:, :37]),
    "relu": (pointwise, "relu", normal(1001)),
    "gelu": (pointwise, "gelu", normal(1001)),
    "swiglu": (
        lambda ops, *given: (ops.swiglu.forward(*given[1:]), *ops.swiglu.backward(*given)),
        *(normal(1001) for _ in range(3)),
    ),
    "rotate": (
        lambda ops, *given: [ops.attention.rotate(*given)],
        *(normal(5, 7, 3, 10), normal(7, 5), normal(7, 5)),
    ),
}


@pytest.mark.parametrize("count", [2, 3, 5])
@pytest.mark.parametrize(("call", "given"), [(c, g) for c, *g in SHARED.values()], ids=SHARED)
def test_shared_out_it_is_the_same(call, given, count, monkeypatch):
    expected = call(kernels.load("numpy"), *given)
    pool = many_threads.use(monkeypatch, count)
    for found, right in zip(call(kernels.load("numba"), *given), expected, strict=True):
        np.testing.assert_allclose(found, right, rtol=1e-3, atol=1e-3)
    assert pool.given


@numba.njit(nogil=True)
def own_number(y, thread, threads):
    y[thread] = threads


@pytest.mark.parametrize(
    ("work", "expected"),
    [
        ({}, 3),
        ({"numbers": threads.FEW}, 3),
        ({"numbers": threads.FEW - 1}, 1),
        ({"products": 16 * threads.FEW}, 3),
        ({"products": 16 * threads.FEW - 1}, 1),
        ({"products": 16 * threads.FEW, "parts": 2}, 2),
        ({"products": 16 * threads.FEW, "parts": 1}, 1),
        ({"parts": 0}, 1),
        ({"parts": 9}, 3),
    ],
    ids=str,
)
def test_as_many_threads_as_the_work_is_worth(work, expected, monkeypatch):
    few = threads.FEW
    pool = many_threads.use(monkeypatch, 3)
    monkeypatch.setattr(threads, "FEW", few)
    y = np.zeros(3, int)
    threads.run(own_number, y, **work)
    assert y.tolist() == [expected] * expected + [0] * (3 - expected)
    assert pool.given == expected - 1


def test_an_error_of_one_thread_waits_for_the_others(monkeypatch):
    def fails(y, thread, threads):
        if thread == 1:
            raise MemoryError("no room")
        if thread == 2:
            time.sleep(0.2)
            y[thread] = 1

    many_threads.use(monkeypatch, 3)
    y = np.zeros(3)
    with pytest.raises(MemoryError, match="no room"):
        threads.run(fails, y)
    assert y[2] == 1
