"""Compile the kernels of the Numba tier for this machine; Numba keeps them on the disk.

    python -m minidl.kernels.warmup

`make` does this when it sets up, so that nobody waits in a chapter. Each kernel is called once, on
small arrays: its signatures are then those of any training.

Two processes share the work, by folders, and end together: Numba is not made for two that write one
function. The matrix product, which both need, is compiled before they start.
"""

import contextlib
import itertools
import pathlib
import platform
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context

import llvmlite.binding
import numba
import numpy as np
from tqdm import tqdm

from minidl import kernels

DTYPES = ("float32", "float64")  # for training, and for checks of gradients
SHARES = (
    ("conv2d", "pool2d", "batchnorm", "relu", "layernorm", "gelu", "ctc", "optimizers"),
    ("lstm", "gru", "rnn", "attention", "dropout", "embedding", "softmax_xent", "swiglu"),
)
HALVED = (2, 2), (2, 2), ((0, 0), (0, 0))  # what a pool has: size, stride, padding


def main():
    """The command: a bar with one step for each folder of kernels and each float type."""
    pools = [ProcessPoolExecutor(1, get_context("spawn")) for _ in range(2)]
    with contextlib.ExitStack() as stack:
        for dtype in DTYPES:
            compile_folder("gemm", dtype)
        futures = [
            stack.enter_context(pool).submit(compile_folder, name, dtype)
            for pool, share in zip(pools, SHARES)
            for name in share
            for dtype in DTYPES
        ]
        title = "compiling kernels for this machine, once"
        for future in tqdm(as_completed(futures), title, len(futures), leave=False):
            future.result()


def note_warm():
    """Note beside the compiled kernels that all are there, and for which processor.

    Where nothing can be noted, such as over the note of another user, `is_warm` says no.
    """
    if folder := numba.config.CACHE_DIR:
        with contextlib.suppress(OSError):
            pathlib.Path(folder, "warm").write_text(_here(), encoding="utf-8")


def is_warm():
    """Whether this processor, with this Python and this Numba, finds all compiled kernels."""
    note = pathlib.Path(numba.config.CACHE_DIR or "nowhere", "warm")
    try:
        return note.read_text(encoding="utf-8") == _here()
    except OSError:
        return False


def _here():
    features = llvmlite.binding.get_host_cpu_features().flatten()
    python = platform.python_version()
    return f"{numba.__version__} {python} {llvmlite.binding.get_host_cpu_name()} {features}"


def compile_folder(name, dtype):
    """Call every kernel of a folder on arrays of a float type."""

    def array(*shape):
        return np.ones(shape, dtype)

    with contextlib.redirect_stderr(None):  # the bar says it already
        _CALLS[name](kernels.load("numba"), array)


def _gemm(ops, array):
    ops.conv2d.product(array(9, 9), array(9, 9))


def _conv2d(ops, array):
    same = (1, 1), ((1, 1), (1, 1)), (1, 1)
    for x, w, groups in (
        (array(4, 8, 8, 32), array(3, 3, 32, 32), 1),  # winograd
        (array(1, 5, 5, 1), array(3, 3, 1, 8), 1),  # im2col, and col2im for the input's gradient
        (array(1, 5, 5, 8), array(3, 3, 1, 8), 8),  # depthwise
    ):
        y = ops.conv2d.forward(x, w, *same, groups)
        ops.conv2d.input_gradient(y, w, x.shape[1:3], *same, groups)
        ops.conv2d.kernel_gradient(x, y, (3, 3), *same, groups)
    ops.conv2d.product(array(2, 9).T, array(2, 9))  # a kernel of 1 x 1: its gradient


def _pool2d(ops, array):
    y, index = ops.pool2d.max_forward(array(1, 4, 4, 1), *HALVED)
    ops.pool2d.max_backward(y, index, (4, 4), *HALVED)
    y = ops.pool2d.mean_forward(array(1, 4, 4, 1), *HALVED)
    ops.pool2d.mean_backward(y, (4, 4), *HALVED)


def _batchnorm(ops, array):
    x, d = array(4, 3), array(3)
    y, m, _, s = ops.batchnorm.forward(x, d, d, 1e-3)
    ops.batchnorm.backward(y, x, d, m, s)


def _relu(ops, array):
    y = ops.relu.forward(array(2))
    for dy in (y, y.astype(np.float64)):  # as a reader's own loop may bring it
        ops.relu.backward(dy, array(2))


def _layernorm(ops, array):
    x, d = array(4, 3), array(3)
    y, m, s = ops.layernorm.forward(x, d, d, 1e-3)
    ops.layernorm.backward(y, x, d, m, s)


def _gelu(ops, array):
    for approximate in (False, True):
        ops.gelu.forward(array(2), approximate)


def _lstm(ops, array):
    x, W, h = array(2, 3, 4), array(4, 20), array(2, 5)
    y, c, cache = ops.lstm.forward(x, W, array(5, 20), array(20), h, h, None, None)
    ops.lstm.backward(y, c[:, -1], cache)


def _gru(ops, array):
    x, W, h = array(2, 3, 4), array(4, 15), array(2, 5)
    y, cache = ops.gru.forward(x, W, array(5, 15), array(2, 15), h, None, None)
    ops.gru.backward(y, cache)


def _rnn(ops, array):
    x, W, h = array(2, 3, 4), array(4, 5), array(2, 5)
    y, cache = ops.rnn.forward(x, W, array(5, 5), array(5), h, None, None, "tanh")
    ops.rnn.backward(y, cache)


def _attention(ops, array):
    q, k = array(2, 3, 4, 5), array(2, 6, 4, 5)
    y, log_sum = ops.attention.forward(q, k, k, 1.0)
    ops.attention.backward(y, q, k, k, y, log_sum, 1.0)
    ops.attention.rotate(q, array(3, 2), array(3, 2))


def _swiglu(ops, array):
    ops.swiglu.backward(ops.swiglu.forward(array(2), array(2)), array(2), array(2))


def _embedding(ops, array):
    ops.embedding.backward(array(2, 3, 4), np.zeros((2, 3), np.int64), 5)


def _dropout(ops, array):
    ops.dropout.mask(array(4), (4,), 0.5, 1)


def _optimizers(ops, array):
    w, g, s = array(3), array(3), array(3)
    for slot in (None, s):
        ops.optimizers.sgd(w, g, slot, 0.1, 0.0 if slot is None else 0.9, False)
        for mean in (None, s):
            ops.optimizers.rmsprop(w, g, s, mean, slot, 0.1, 0.9, 0.9, 1e-7)
        ops.optimizers.adam(w, g, s, s, slot, 0.1, 0.9, 0.9, 1e-7, 1)
    ops.optimizers.adagrad(w, g, s, 0.1, 1e-7)


def _softmax_xent(ops, array):
    ops.softmax_xent.sparse(array(2, 3), np.zeros(2, np.int64))
    ops.softmax_xent.dense(array(2, 3), array(2, 3))


def _ctc(ops, array):
    ops.ctc.loss(array(2, 5, 3), np.ones((2, 1), np.int64), np.full(2, 5), np.ones(2, np.int64))


_CALLS = {name: globals()[f"_{name}"] for name in ("gemm", *itertools.chain(*SHARES))}

if __name__ == "__main__":
    main()
