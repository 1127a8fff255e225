"""Calls the kernels whose indices are the hardest to get right; `test_within_bounds.py` runs it.

With NUMBA_BOUNDSCHECK=1 an index beyond the end is an IndexError. Sizes are odd on purpose: no tile
and no block is full at its end, strides leave places out, and labels reach the last class. What
comes out is compared with the reference, so that nobody compiles what is not run.

Compiling is nearly all the time that it takes: one float type, and no kernel of which another has
the same indices. All of them: `make soak`.
"""

import contextlib
import os
import sys

import numpy as np

from minidl import kernels

# Numba reads the variable once, so this is the same question in the same process.
CONTROL = """
import numba, numpy as np
@numba.njit
def read(a, i): return a[i]
try:
    read(np.zeros(3), 3)
except IndexError as error:
    print(error)
"""
TOLD = "index is out of bounds"  # what CONTROL prints where Numba looks
RNG = np.random.default_rng(0)


def environment(cache):
    """The environment of a process that looks at every index, and compiles into a new `cache`."""
    counts = {"NUMBA_NUM_THREADS": "2", "NUMBA_CACHE_DIR": str(cache)}
    return os.environ | counts | {"NUMBA_BOUNDSCHECK": "1"}


def normal(*shape):
    """Random numbers of float32."""
    return RNG.standard_normal(shape, np.float32)


def conv2d(ops, x, w, stride, padding, dilation, groups):
    """All three functions of a convolution."""
    options = stride, padding, dilation, groups
    y = ops.conv2d.forward(x, w, *options)
    dx = ops.conv2d.input_gradient(y, w, x.shape[1:3], *options)
    return y, dx, ops.conv2d.kernel_gradient(x, y, w.shape[:2], *options)


def pool2d(ops, x):
    """Both pools, whose windows overlap and reach over the edge."""
    options = (3, 2), (2, 1), ((1, 1), (0, 1))
    y, index = ops.pool2d.max_forward(x, *options)
    mean = ops.pool2d.mean_forward(x, *options)
    dx = ops.pool2d.max_backward(y, index, x.shape[1:3], *options)
    return y, index, dx, mean, ops.pool2d.mean_backward(y, x.shape[1:3], *options)


def attention(ops, q, k, v, mask):
    """More keys than queries, which fill no block."""
    options = 0.4, mask, 2, 0.2, 7
    y, log_sum = ops.attention.forward(q, k, v, *options)
    return y, log_sum, *ops.attention.backward(y, q, k, v, y, log_sum, *options)


def lstm(ops, x, W, U, b, h):
    """A sequence, and back through time."""
    y, c, cache = ops.lstm.forward(x, W, U, b, h, h, None, None)
    return y, c, *ops.lstm.backward(y, c[:, -1], cache)


SAME, ONE = ((1, 1), (1, 1)), (1, 1)
CASES = {
    "conv2d, im2col": (conv2d, normal(2, 7, 6, 6), normal(2, 3, 3, 10), (2, 1), SAME, (1, 2), 2),
    "conv2d, depthwise": (conv2d, normal(2, 7, 6, 5), normal(3, 2, 1, 5), (2, 1), SAME, ONE, 5),
    "conv2d, winograd": (conv2d, normal(5, 7, 8, 33), normal(3, 3, 33, 35), ONE, SAME, ONE, 1),
    "pool2d": (pool2d, normal(2, 7, 6, 5)),
    "embedding": (
        lambda ops, *given: [ops.embedding.backward(*given, 11)],
        normal(3, 5, 7),
        RNG.choice([0, 10], (3, 5)),  # the first and the last row
    ),
    "softmax_xent": (
        lambda ops, *given: ops.softmax_xent.sparse(*given),
        normal(7, 130),
        np.arange(7) % 2 * 129,
    ),
    "ctc": (
        lambda ops, *given: ops.ctc.loss(*given),
        normal(5, 9, 5),
        np.array([[4, 4, 1], [1, 4, 0], [4, 0, 0], [0, 0, 0], [4, 0, 0]]),
        np.array([9, 6, 1, 9, 0]),
        np.array([3, 2, 1, 0, 1]),
    ),
    "attention": (
        attention,
        *(normal(2, 67, 6, 5), normal(2, 69, 3, 5), normal(2, 69, 3, 6)),
        RNG.random((2, 1, 69)) < 0.8,
    ),
    "lstm": (lstm, normal(3, 5, 4), normal(4, 28), normal(7, 28), normal(28), normal(3, 7)),
}


def main():
    """Print the name of each case that was right; end at the first that was not."""
    for name, (call, *given) in CASES.items():
        with contextlib.redirect_stdout(sys.stderr):  # which says what it compiles
            found, expected = (call(kernels.load(tier), *given) for tier in ("numba", "numpy"))
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-3, err_msg=name)
        print(name, flush=True)


if __name__ == "__main__":
    main()
