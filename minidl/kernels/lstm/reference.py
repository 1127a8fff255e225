"""LSTM in NumPy. The contract, the symbols and the numbers are in this folder's __init__."""

import numpy as np

from minidl.kernels.common.through_time import dropped, previous, sigmoid, weight_gradients


def forward(x, W, U, b, h0, c0, mask, drop):
    """Return (y (N, T, H), c (N, T, H), cache)."""
    N, T, _ = x.shape
    H = len(U)
    y, c = np.empty((N, T, H), x.dtype), np.empty((N, T, H), x.dtype)
    gates = np.empty((N, T, 4 * H), x.dtype)
    xW = x @ W + b  # (N, T, 4H): the inputs of all steps at once
    h_t, c_t = h0, c0
    for t in range(T):
        q = dropped(h_t, drop)  # (1)
        s = xW[:, t] + q @ U  # (2) (N, 4H)
        i, f, o = sigmoid(s[:, :H]), sigmoid(s[:, H : 2 * H]), sigmoid(s[:, 3 * H :])  # (3)
        g = np.tanh(s[:, 2 * H : 3 * H])  # (4)
        c_new = f * c_t + i * g  # (5)
        h_new = o * np.tanh(c_new)  # (6)
        keep = True if mask is None else mask[:, t, None]
        h_t, c_t = np.where(keep, h_new, h_t), np.where(keep, c_new, c_t)  # (7)
        y[:, t], c[:, t] = h_t, c_t  # (8)
        gates[:, t] = np.concatenate([i, f, g, o], axis=1)
    return y, c, (x, W, U, h0, c0, mask, drop, y, c, gates)


def backward(dy, dc, cache):
    """Return (dx (N, T, D), dW (D, 4H), dU (H, 4H), db (4H,), dh0 (N, H), dc0 (N, H))."""
    x, W, U, h0, c0, mask, drop, y, c, gates = cache
    ds = np.empty_like(gates)  # (N, T, 4H)
    c_before = previous(c, c0)
    dh = np.zeros_like(h0)
    for t in reversed(range(y.shape[1])):
        i, f, g, o = np.split(gates[:, t], 4, axis=1)  # each (N, H)
        tanh_c = np.tanh(c[:, t])
        dh = dh + dy[:, t]  # (8)
        do = dh * tanh_c  # (6)
        dc_t = dc + dh * o * (1 - tanh_c**2)
        di, dg, df = dc_t * g, dc_t * i, dc_t * c_before[:, t]  # (5)
        ds_g = dg * (1 - g**2)  # (4)
        ds_i, ds_f, ds_o = di * i * (1 - i), df * f * (1 - f), do * o * (1 - o)  # (3)
        ds[:, t] = np.concatenate([ds_i, ds_f, ds_g, ds_o], axis=1)
        if mask is not None:
            ds[~mask[:, t], t] = 0  # (7)
        dq = ds[:, t] @ U.T  # (2)
        keep = True if mask is None else mask[:, t, None]
        dh = np.where(keep, dropped(dq, drop), dh)  # (1)
        dc = np.where(keep, dc_t * f, dc)  # (5)
    dx, dW, db = weight_gradients(x, W, ds)  # (2)
    dU = np.tensordot(dropped(previous(y, h0), drop), ds, ((0, 1), (0, 1)))
    return dx, dW, dU, db, dh, dc
