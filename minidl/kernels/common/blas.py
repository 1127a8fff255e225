"""Matrix products of NumPy's, on as many threads as pay.

The library below NumPy (OpenBLAS, as a rule) shares out a product of a tenth of a millisecond among
all cores. Its threads wait for each other at full speed, and a thread that waits in vain for a busy
core makes a small product ten to a hundred times slower. So products run on the thread that asks,
`one_thread`, and `product` shares a large one out among minidl's own threads (`threads.run`), which
sleep while they wait. `benchmarks/NOTES.md` has both measured, quiet and busy.
"""

import contextlib
import functools
import threading

import numpy as np
import threadpoolctl

MANY = 2**24  # multiplications, above which waking another thread pays


class _OneThread(contextlib.ContextDecorator):
    """While anybody is inside, no product of NumPy's wakes a second thread.

    What was set before comes back when the last one leaves. The number is one for the whole
    process, so where several threads go in and out only the first and the last change it.
    """

    def __init__(self):
        self.lock, self.inside, self.before = threading.Lock(), 0, ()

    def __enter__(self):
        with self.lock:
            if not self.inside:
                self.before = [(library, library.num_threads) for library in _libraries()]
                for library, _ in self.before:
                    _set(library, 1)
            self.inside += 1

    def __exit__(self, *error):
        with self.lock:
            self.inside -= 1
            if not self.inside:
                for library, threads in self.before:
                    _set(library, threads)


one_thread = _OneThread()  # `with one_thread:`, or `@one_thread` above a function


def _set(library, threads):
    # A new threadpoolctl lets only one thread of Python have its say, and whoever leaves last may
    # be another. Here a lock keeps the order.
    getattr(library, "_real_set_num_threads", library.set_num_threads)(threads)


@functools.cache
def _libraries():
    """The libraries below NumPy's products: looked for once, for it takes milliseconds."""
    return threadpoolctl.ThreadpoolController().select(user_api="blas").lib_controllers


def product(a, b):
    """Return a @ b for matrices a (N, K) and b (K, M), also of CuPy.

    A large product of NumPy's arrays is shared out over Numba's number of threads.
    """
    small = type(a) is not np.ndarray or a.size * b.shape[1] < MANY
    if small and (one_thread.inside or type(a) is not np.ndarray):
        return a @ b
    with one_thread:
        if small:
            return a @ b
        from minidl.kernels.common import threads  # imports Numba, which a small network waits for

        y = np.empty((len(a), b.shape[1]), np.result_type(a, b))
        threads.run(_rows if len(a) >= b.shape[1] else _columns, a, b, y)
        return y


def column_sums(a):
    """Return the sums of the columns of a (N, M), also of CuPy: the gradient of a bias."""
    if isinstance(a, np.ndarray):
        return np.sum(a, axis=0)
    from minidl.kernels.common import column_sums as in_cuda  # which nobody waits for on a CPU

    return in_cuda.column_sums(a)


def _rows(a, b, y, thread, threads):
    share = slice(thread * len(a) // threads, (thread + 1) * len(a) // threads)
    np.matmul(a[share], b, out=y[share])


def _columns(a, b, y, thread, threads):
    M = b.shape[1]
    share = slice(thread * M // threads, (thread + 1) * M // threads)
    np.matmul(a, b[:, share], out=y[:, share])
