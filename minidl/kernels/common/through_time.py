"""What the three recurrent kernels share: their references, and `gpu.py` of each.

N sequences, T steps, D features in, H units, G columns of weights (H, 3H or 4H). NumPy's functions
take arrays of CuPy, too, and hand them on to CuPy's.
"""

import numpy as np

from minidl.base.arrays import array_module


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
