"""How loops are compiled.

    @njit(**COMPILED)                what Python calls, or Python and compiled functions
    @njit(**COMPILED, **INNER)       what only compiled functions call

Numba makes a way in from Python for whatever it compiles, and LLVM a tenth of a second's work of
it. Without one, calling such a function from Python is an error.
"""

# "contract" allows a * b + c in one instruction; all else of fast maths would lose a NaN
COMPILED = {"cache": True, "nogil": True, "error_model": "numpy", "fastmath": {"contract"}}
SUMS = COMPILED | {"fastmath": {"contract", "reassoc"}}  # in any order; NaN still spoils a sum
INNER = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
