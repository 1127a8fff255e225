"""What the three recurrent kernels share: their references, and `gpu.py` of each.

N sequences, T steps, D features in, H units, G columns of weights (H, 3H or 4H). NumPy's functions
take arrays of CuPy, too, and hand them on to CuPy's.

On a GPU the steps of an LSTM or a GRU wait for each other, and where a step is one product and one
kernel, both are done sooner than Python starts the next ones. But no sequence waits for another. So
with up to MOST_AT_ONCE units a block takes one sequence through all steps, with PRODUCTS of its
own: one launch for T. Its threads, one for each unit, read all of U in every step. With more
units that takes longer than one product for all sequences and its launch (`benchmarks/NOTES.md`).
"""

import numpy as np

from minidl.base.arrays import array_module

MOST_AT_ONCE = 256  # units

PRODUCTS = r"""
__device__ inline T sigmoid(T s) { return T(0.5) * tanh(T(0.5) * s) + T(0.5); }

// Write columns j, H + j, ... of q U into u: from qU (G H) if it is there, else q (H) is h * drop.
template <int G>
__device__ inline void product(T (&u)[G], const T* qU, const T* h, const T* drop, const T* U,
                               Long H, Long j) {
    for (int g = 0; g < G; g++) u[g] = qU ? qU[g * H + j] : T(0);
    if (qU) return;
#pragma unroll 8
    for (Long k = 0; k < H; k++) {
        T q = drop ? h[k] * drop[k] : h[k];
        for (int g = 0; g < G; g++) u[g] += q * U[(k * G + g) * H + j];
    }
}

// Return number j of ds U^T, for ds (G H) of one sequence and step.
template <int G>
__device__ inline T product_back(const T* ds, const T* UT, Long H, Long j) {
    T dq = 0;
#pragma unroll 8
    for (Long k = 0; k < H; k++)
        for (int g = 0; g < G; g++) dq += ds[g * H + k] * UT[(g * H + k) * H + j];
    return dq;
}
"""


def spans(T, H):
    """Return the first step and the end of each launch over T steps with H units."""
    steps = T if H <= MOST_AT_ONCE else 1
    return [(t, t + steps) for t in range(0, T, steps)]


def sigmoid(s):
    """1 / (1 + exp(-s)), written so that nothing overflows."""
    return 0.5 * np.tanh(0.5 * s) + 0.5


def dropped(h, drop):
    """h (N, H) or (N, T, H) times drop (N, H), the same at every step; drop may be None."""
    if drop is None:
        return h
    return h * (drop if h.ndim == 2 else drop[:, None])


def previous(y, first):
    """The state before each step (N, T, H): `first` (N, H), then y without its last step."""
    return np.concatenate([first[:, None], y[:, :-1]], axis=1)


def weight_gradients(x, W, ds):
    """Return dx (N, T, D), dW (D, G), db (G,) of s = x W + b from ds (N, T, G)."""
    return ds @ W.T, np.tensordot(x, ds, ((0, 1), (0, 1))), ds.sum(axis=(0, 1))


def contiguous(*arrays):
    """The arrays as a launch takes them: C-contiguous. None stays None."""
    return [a if a is None else array_module(a).ascontiguousarray(a) for a in arrays]
