"""Functions that only compiled functions call.

    @njit(cache=True, **INNER)

Numba makes a way in from Python for whatever it compiles, and LLVM a tenth of a second's work of
it. Without one, calling such a function from Python is an error.
"""

INNER = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
