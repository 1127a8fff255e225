"""Matrix products inside compiled functions.

`np.dot` in a function that Numba has compiled calls SciPy's BLAS, which would split each product
over threads of its own. A kernel that has split its work already, and multiplies small matrices
on each thread, keeps every product to the thread that asks for it:

    with one_thread():
        compiled(...)

Afterwards every BLAS has the threads it had before.
"""

import functools

from threadpoolctl import ThreadpoolController


def one_thread():
    """Return a context in which every BLAS of this process uses a single thread."""
    return _libraries().limit(limits=1)


@functools.cache
def _libraries():
    import scipy.linalg.cython_blas  # noqa: F401  what np.dot calls; a library must be loaded

    return ThreadpoolController().select(user_api="blas")
