"""exp for compiled loops, several numbers at a time.

Compiled, `math.exp` is a call for every number, and a loop with calls is not vectorised. In float32

    exp(x) = 2^n exp(r)        n = round(x / log 2),  r = x - n log 2, between -0.35 and 0.35

and exp(r) is a polynomial of degree 6. Its coefficients are those of the Taylor series, which is
off by 1.3e-7 (relative) at the ends at most; with rounding, by less than 3e-7.

    n     a float32 of 2^23 and more has no bits for fractions, so adding 1.5 * 2^23 rounds, and
          the lowest bits of the sum are n
    2^n   n shifted to where a float32 keeps its exponent
    r     log 2 in two parts, the first with so few bits that n times it is exact

Below -87 the result is 0, so that exp(-inf) is; above 88 it is wrong. NaN stays NaN. In float64
`math.exp` is called, which is exact and slow: float64 is for checking gradients.
"""

import math

import numpy as np
from numba import types
from numba.extending import overload

from minidl.kernels.common.options import COMPILED

OPTIONS = {name: COMPILED[name] for name in ("error_model", "fastmath")}

_ROUND, _LOWEST, _ZERO = np.float32(1.5 * 2**23), np.float32(-87), np.float32(0)
_PER_LOG_2, _LOG_2, _REST = map(np.float32, (1 / math.log(2), 0.693359375, -2.12194440e-4))
_C6, _C5, _C4, _C3, _C2 = (np.float32(1 / math.factorial(i)) for i in (6, 5, 4, 3, 2))
_ONE = np.float32(1)


def exp(x):
    """The exponential of a number, at most 88 in float32; for compiled loops.

    Compiled functions call what `overload` chose; Python calls this with NUMBA_DISABLE_JIT=1.
    """
    return np.exp(x)


@overload(exp, jit_options=OPTIONS)
def _by_type(x):
    return _polynomial if x == types.float32 else lambda x: math.exp(x)


def _polynomial(x):
    shifted = x * _PER_LOG_2 + _ROUND
    n = shifted - _ROUND
    r = x - n * _LOG_2 - n * _REST
    p = _C4 + r * (_C5 + r * _C6)
    p = _ONE + r * (_ONE + r * (_C2 + r * (_C3 + r * p)))
    bits = (np.float32(shifted).view(np.int32) << np.int32(23)) + np.int32(0x3F800000)
    return _ZERO if x < _LOWEST else p * np.int32(bits).view(np.float32)
