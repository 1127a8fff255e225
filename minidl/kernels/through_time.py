"""What the references of the three recurrent kernels share.

N sequences, T steps, D features in, H units, G columns of weights (H, 3H or 4H).
"""

import numpy as np


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
