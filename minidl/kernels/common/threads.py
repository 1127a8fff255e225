"""Run one compiled loop on every core.

    @njit(nogil=True, cache=True)
    def fill(y, thread, threads):
        for n in range(thread * len(y) // threads, (thread + 1) * len(y) // threads):
            ...

    run(fill, y)

Each thread calls the function with its own number and finds its own share, whose outputs no other
thread writes. Numba's `prange` would do the same; two things speak for threads of Python's where
a kernel is long:

- Compiling with `parallel=True` takes about three times as long, and a course is often run on a
  machine that has never compiled anything.
- Numba's threads go on spinning after a loop, and take the cores from whatever comes next. A
  thread that waits here sleeps.

Waking it takes some 50 microseconds, so this is for work of a millisecond and more.
"""

import functools
import math
import os
from concurrent.futures import ThreadPoolExecutor, wait

import numba

try:  # what Numba's calls go by: a hundred times as fast as its `typeof`
    from numba._dispatcher import compute_fingerprint as _kind_of
except ImportError:
    _kind_of = numba.typeof

FEW = 300_000  # numbers that one thread is done with before waking another has paid
_PRODUCTS = 16  # of a matrix product, in the time that a simple loop takes for a number
_compiled = set()  # (kernel, kinds of its arguments)


def run(kernel, *arguments, numbers=None, products=None, parts=math.inf):
    """Call kernel(*arguments, thread, threads) for every thread, and wait for all of them.

    Args:
        kernel: compiled with `nogil=True`, or of NumPy's products, which let other threads work.
        arguments: passed on. The number of threads is Numba's: `numba.set_num_threads`, or
            NUMBA_NUM_THREADS in the environment.
        numbers: how many numbers a simple loop goes through: below FEW one thread does all.
        products: the same of a matrix product, in multiplications.
        parts: how many parts the kernel shares out: a thread more would have none.
    """
    if products is not None:
        numbers = products // _PRODUCTS
    few = parts <= 1 or (numbers is not None and numbers < FEW)
    threads = 1 if few else min(allowed(), parts)
    if threads > 1 and hasattr(kernel, "overloads"):  # compiled by Numba
        _compile(kernel, (*arguments, 0, threads))
    others = [_pool().submit(kernel, *arguments, t, threads) for t in range(1, threads)]
    try:
        kernel(*arguments, 0, threads)
    finally:  # an error must not leave threads behind that still write
        wait(others)
    for other in others:
        other.result()


def allowed():
    """How many threads a kernel may take."""
    alone = numba.config.NUMBA_NUM_THREADS == 1  # to ask Numba takes a microsecond or two
    return 1 if alone else numba.get_num_threads()


def _compile(kernel, arguments):
    """Compile here: several threads must not begin to do it at the same time."""
    kind = kernel, *map(_kind_of, arguments)
    if kind not in _compiled:
        types = tuple(map(numba.typeof, arguments))
        if types not in kernel.overloads:
            kernel.compile(types)
        _compiled.add(kind)


@functools.cache
def _pool():
    return ThreadPoolExecutor(numba.config.NUMBA_NUM_THREADS, thread_name_prefix="minidl")


if hasattr(os, "register_at_fork"):  # a forked process has the pool, but not its threads
    os.register_at_fork(after_in_child=_pool.cache_clear)
