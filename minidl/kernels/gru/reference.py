"""GRU in NumPy. The contract, the symbols and the numbers are in this folder's __init__."""

import numpy as np

from minidl.kernels.common.through_time import dropped, previous, sigmoid, weight_gradients


def forward(x, W, U, b, h0, mask, drop):
    """Return (y (N, T, H), cache)."""
    N, T, _ = x.shape
    H = len(U)
    y = np.empty((N, T, H), x.dtype)
    gates = np.empty((N, T, 4 * H), x.dtype)
    s = x @ W + b[0]  # (2) (N, T, 3H): the inputs of all steps at once
    h = h0
    for t in range(T):
        q = dropped(h, drop)  # (1)
        u = q @ U + b[1]  # (3) (N, 3H)
        z = sigmoid(s[:, t, :H] + u[:, :H])  # (4)
        r = sigmoid(s[:, t, H : 2 * H] + u[:, H : 2 * H])
        u_n = u[:, 2 * H :]
        n = np.tanh(s[:, t, 2 * H :] + r * u_n)  # (5)
        new = z * h + (1 - z) * n  # (6)
        h = new if mask is None else np.where(mask[:, t, None], new, h)  # (7)
        y[:, t] = h  # (8)
        gates[:, t] = np.concatenate([z, r, n, u_n], axis=1)
    return y, (x, W, U, h0, mask, drop, y, gates)


def backward(dy, cache):
    """Return (dx (N, T, D), dW (D, 3H), dU (H, 3H), db (2, 3H), dh0 (N, H))."""
    x, W, U, h0, mask, drop, y, gates = cache
    N, T, H = y.shape
    ds, du = np.empty((N, T, 3 * H), y.dtype), np.empty((N, T, 3 * H), y.dtype)
    h_before = previous(y, h0)
    dh = np.zeros_like(h0)
    for t in reversed(range(T)):
        z, r, n, u_n = np.split(gates[:, t], 4, axis=1)  # each (N, H)
        dh = dh + dy[:, t]  # (8)
        dz, dn = dh * (h_before[:, t] - n), dh * (1 - z)  # (6)
        ds_n = dn * (1 - n**2)  # (5)
        dr, du_n = ds_n * u_n, ds_n * r
        ds_z, ds_r = dz * z * (1 - z), dr * r * (1 - r)  # (4)
        ds[:, t] = np.concatenate([ds_z, ds_r, ds_n], axis=1)
        du[:, t] = np.concatenate([ds_z, ds_r, du_n], axis=1)
        if mask is not None:
            ds[~mask[:, t], t] = du[~mask[:, t], t] = 0  # (7)
        dq = du[:, t] @ U.T  # (3)
        before = dropped(dq, drop) + dh * z  # (1) (6)
        dh = before if mask is None else np.where(mask[:, t, None], before, dh)
    dx, dW, db_0 = weight_gradients(x, W, ds)  # (2)
    dU = np.tensordot(dropped(h_before, drop), du, ((0, 1), (0, 1)))  # (3)
    return dx, dW, dU, np.stack([db_0, du.sum(axis=(0, 1))]), dh
