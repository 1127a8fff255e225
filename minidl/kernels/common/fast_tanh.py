"""tanh and sigmoid for the loops of the recurrent kernels, several numbers at a time.

Compiled, `math.tanh` is a call for every number, and a loop with calls is not vectorised: an LSTM
would spend more time in its gates than in its matrix products. In float32 a quotient of two
polynomials is as good as the rounding:

    tanh(x) ~ x p(x^2) / q(x^2)        p and q of degree 4, x first brought into [-8, 8]

Beyond 8, tanh is 1 up to 2.3e-7. The coefficients make the largest error on [0, 8] small: least
squares, with weights that were raised where the error was large, until it was 6e-9 everywhere.
What remains is the rounding of float32: the error is at most 3e-7, absolute and relative, over the
whole line (relative: down to 1e-30), and no result is beyond -1 and 1. With

    sigmoid(x) = (1 + tanh(x / 2)) / 2

its error is at most 2e-7, absolute. NaN stays NaN. In float64 `math.tanh` is called, which is
exact and slow: float64 is for checking gradients.
"""

import math

import numpy as np
from numba import njit

from minidl.kernels.common.options import COMPILED

_P = tuple(map(np.float32, (1, 0.134381884, 0.00356415293, 2.17731933e-5, 1.50617366e-8)))
_Q = tuple(map(np.float32, (1, 0.467715092, 0.0261360035, 3.39917417e-4, 8.45363199e-7)))
_END, _HALF = np.float32(8), np.float32(0.5)


@njit(**COMPILED)
def tanh(x, y):
    """Write tanh of x (H,) into y (H,), another array of the same dtype."""
    if x.itemsize == 4:
        for j in range(x.size):
            y[j] = _rational(x[j])
    else:
        for j in range(x.size):
            y[j] = math.tanh(x[j])


@njit(**COMPILED)
def sigmoid(x, y):
    """Write 1 / (1 + exp(-x)) of x (H,) into y (H,), another array of the same dtype."""
    if x.itemsize == 4:
        for j in range(x.size):
            y[j] = _HALF * _rational(_HALF * x[j]) + _HALF
    else:
        for j in range(x.size):
            y[j] = _HALF * math.tanh(_HALF * x[j]) + _HALF


@njit(**COMPILED)
def _rational(x):
    x = _END if x > _END else x  # a comparison with NaN is False, so NaN passes
    x = -_END if x < -_END else x
    z = x * x
    p = _P[0] + z * (_P[1] + z * (_P[2] + z * (_P[3] + z * _P[4])))
    q = _Q[0] + z * (_Q[1] + z * (_Q[2] + z * (_Q[3] + z * _Q[4])))
    return x * p / q
