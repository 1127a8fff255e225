"""The simple recurrent network in NumPy. Contract, symbols and numbers: this folder's __init__."""

import numpy as np

from minidl.kernels.common.through_time import dropped, previous, weight_gradients

_PHI = {"tanh": np.tanh, "relu": lambda s: np.maximum(s, 0), "linear": lambda s: s}
_SLOPE = {"tanh": lambda h: 1 - h * h, "relu": lambda h: h > 0, "linear": np.ones_like}


def forward(x, W, U, b, h0, mask, drop, activation):
    """Return (y (N, T, H), cache)."""
    N, T, _ = x.shape
    y = np.empty((N, T, len(U)), x.dtype)
    xW = x @ W + b  # (N, T, H): the inputs of all steps at once
    h = h0
    for t in range(T):
        q = dropped(h, drop)  # (1)
        s = xW[:, t] + q @ U  # (2) (N, H)
        new = _PHI[activation](s)  # (3)
        h = new if mask is None else np.where(mask[:, t, None], new, h)  # (4)
        y[:, t] = h  # (5)
    return y, (x, W, U, h0, mask, drop, activation, y)


def backward(dy, cache):
    """Return (dx (N, T, D), dW (D, H), dU (H, H), db (H,), dh0 (N, H))."""
    x, W, U, h0, mask, drop, activation, y = cache
    ds = np.empty_like(y)  # (N, T, H)
    dh = np.zeros_like(h0)
    for t in reversed(range(y.shape[1])):
        dh = dh + dy[:, t]  # (5)
        ds[:, t] = dh * _SLOPE[activation](y[:, t])  # (3)
        if mask is not None:
            ds[~mask[:, t], t] = 0  # (4)
        dq = ds[:, t] @ U.T  # (2)
        before = dropped(dq, drop)  # (1)
        dh = before if mask is None else np.where(mask[:, t, None], before, dh)
    dx, dW, db = weight_gradients(x, W, ds)  # (2)
    dU = np.tensordot(dropped(previous(y, h0), drop), ds, ((0, 1), (0, 1)))
    return dx, dW, dU, db, dh
