"""SwiGLU's product in Numba. The contract and the symbols are in this folder's __init__.

What makes it fast: one pass, and no call inside it (`fast_exp`), so that LLVM takes several numbers
at a time. Memory is the limit then.
"""

import numpy as np
from numba import njit

from minidl.kernels.common.arguments import expect, ready
from minidl.kernels.common.fast_exp import exp
from minidl.kernels.common.options import COMPILED, INNER
from minidl.kernels.common.threads import run


def forward(z, u):
    """z, u (...) -> y (...)."""
    expect(z.shape, u=u)
    z, u, y = ready(z), ready(u), np.empty(z.shape, z.dtype)
    run(_forward, *(a.reshape(-1) for a in (z, u, y)), numbers=4 * z.size)
    return y


def backward(dy, z, u):
    """dy, z, u (...) -> dz, du (...)."""
    expect(z.shape, dy=dy, u=u)
    dy, z, u = map(ready, (dy, z, u))
    dz, du = np.empty_like(z), np.empty_like(z)
    run(_backward, *(a.reshape(-1) for a in (dy, z, u, dz, du)), numbers=4 * z.size)
    return dz, du


@njit(**COMPILED)
def _forward(z, u, y, thread, threads):
    part = slice(thread * z.size // threads, (thread + 1) * z.size // threads)
    z, u, y, one = z[part], u[part], y[part], z.dtype.type(1)
    for i in range(z.size):
        y[i] = z[i] * _sigmoid(z[i], one) * u[i]


@njit(**COMPILED)
def _backward(dy, z, u, dz, du, thread, threads):
    part = slice(thread * z.size // threads, (thread + 1) * z.size // threads)
    dy, z, u, dz, du, one = dy[part], z[part], u[part], dz[part], du[part], z.dtype.type(1)
    for i in range(z.size):
        s = _sigmoid(z[i], one)
        silu = z[i] * s
        dz[i] = dy[i] * u[i] * (s + silu * (one - s))
        du[i] = dy[i] * silu


@njit(**COMPILED, **INNER)
def _sigmoid(z, one):
    e = exp(-abs(z))
    return (one if z >= 0 else e) / (one + e)
