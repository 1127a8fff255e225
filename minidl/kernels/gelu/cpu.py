"""GELU in Numba. The contract and the symbols are in this folder's __init__.

What makes it fast: one pass, and no calls inside it, so that LLVM takes several numbers at a time.
Compiled, `math.exp` and `math.erf` are calls for every number. In float32 they are replaced by
`fast_exp` and

    Phi(-a)    = exp(-a^2 / 2) h(a),  a >= 0                                h = p / q
    (1 + tanh(u)) / 2 = 1 / (1 + exp(-2 u))

where h is smooth and falls slowly, like 1 / a: a quotient of polynomials of degrees 4 and 5 is
right to 6e-9 from 0 to 14, where Phi(-a) is 0 in float32. Its coefficients were found like those
of `fast_tanh`. Phi(x) for x < 0 keeps its digits, with a relative error below 2e-6 (from the
rounding of the exponent), down to 1e-37; what is smaller is 0. In float64 the calls are made.
"""

import math

import numpy as np
from numba import njit

from minidl.kernels.common.arguments import ready
from minidl.kernels.common.fast_exp import exp
from minidl.kernels.common.options import COMPILED
from minidl.kernels.common.threads import run

ROOT = math.sqrt(2 / math.pi)


def _single(*numbers):
    return tuple(map(np.float32, numbers))


_P = _single(0.5000000028, 0.4372506922, 0.1824616788, 0.04037250563, 0.004077603573)
_Q = _single(1, 1.67238634, 1.199290079, 0.467428703, 0.1012056742, 0.01022090766)
_END, _HALF, _ONE, _TWO, _ROOT, _CUBE = _single(14, 0.5, 1, 2, ROOT, 0.044715)
_BEND = np.float32(6 * ROOT * 0.044715)


def forward(x, approximate=False):
    """x (...) -> y (...) and dy/dx (...)."""
    x = ready(x)
    y, slope = np.empty_like(x), np.empty_like(x)
    loop = _approximate if approximate else _exact
    run(loop, x.reshape(-1), y.reshape(-1), slope.reshape(-1), numbers=4 * x.size)
    return y, slope


@njit(**COMPILED)
def _exact(x, y, slope, thread, threads):
    part = slice(thread * x.size // threads, (thread + 1) * x.size // threads)
    x, y, slope = x[part], y[part], slope[part]
    if x.itemsize == 4:
        for i in range(x.size):
            a = x[i]
            size = -a if a < 0 else a
            size = _END if size > _END else size  # a comparison with NaN is False, so NaN passes
            e = exp(-_HALF * size * size)
            tail = e * _tail(size)
            Phi = tail if a < 0 else _ONE - tail
            y[i] = a * Phi
            slope[i] = Phi + a * (e * (_HALF * _ROOT))
    else:
        for i in range(x.size):
            Phi = 0.5 * math.erfc(-x[i] / math.sqrt(2))
            y[i] = x[i] * Phi
            slope[i] = Phi + x[i] * math.exp(-x[i] * x[i] / 2) * (ROOT / 2)


@njit(**COMPILED)
def _approximate(x, y, slope, thread, threads):
    part = slice(thread * x.size // threads, (thread + 1) * x.size // threads)
    x, y, slope = x[part], y[part], slope[part]
    if x.itemsize == 4:
        for i in range(x.size):
            a = x[i]
            u = _ROOT * (a + _CUBE * a * a * a)
            e = exp(_TWO * (u if u < 0 else -u))
            tail = e / (_ONE + e)
            Phi = tail if u < 0 else _ONE - tail
            y[i] = a * Phi
            slope[i] = Phi + a * tail / (_ONE + e) * (_TWO * _ROOT + _BEND * a * a)
    else:
        for i in range(x.size):
            a = x[i]
            Phi = 0.5 + 0.5 * math.tanh(ROOT * (a + 0.044715 * a * a * a))
            y[i] = a * Phi
            slope[i] = Phi + a * 2 * Phi * (1 - Phi) * ROOT * (1 + 3 * 0.044715 * a * a)


@njit(**COMPILED)
def _tail(a):
    """h(a) of this file's first lines, for 0 <= a <= 14."""
    p = _P[0] + a * (_P[1] + a * (_P[2] + a * (_P[3] + a * _P[4])))
    q = _Q[0] + a * (_Q[1] + a * (_Q[2] + a * (_Q[3] + a * (_Q[4] + a * _Q[5]))))
    return p / q
