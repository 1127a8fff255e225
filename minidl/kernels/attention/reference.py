"""Attention in NumPy. The contract, the symbols and the numbers are in this folder's __init__."""

import numpy as np

from minidl.kernels.dropout import reference as dropout


def forward(q, k, v, scale, mask=None, causal=None, rate=0.0, key=0):
    """Return (y (N, T, H, E), log_sum (N, H, T))."""
    q, k, v = heads_first(q), *(shared(a, q) for a in (k, v))
    s = scores(q, k, scale, mask, causal)  # (1) (2)
    m = finite(s.max(axis=-1, keepdims=True))  # no exp(s - m) is above 1, and none overflows
    p = np.exp(s - m)  # (N, H, T, S)
    total = p.sum(axis=-1, keepdims=True)  # (N, H, T, 1)
    log_sum = m + np.log(total, out=np.full_like(total, -np.inf), where=total != 0)  # (3)
    p = p / np.where(total == 0, 1, total)  # (4) or exp(s - log_sum), which would be rounded more
    w = p * dropped(p, rate, key)  # (5)
    return heads_beside(w @ v), log_sum[..., 0]  # (6)


def backward(dy, q, k, v, y, log_sum, scale, mask=None, causal=None, rate=0.0, key=0):
    """Return (dq (N, T, H, D), dk (N, S, G, D), dv (N, S, G, E))."""
    share = k.shape[2], q.shape[2] // k.shape[2]  # G heads, each for H / G
    dy, q, y, k, v = *map(heads_first, (dy, q, y)), *(shared(a, q) for a in (k, v))
    p = np.exp(scores(q, k, scale, mask, causal) - finite(log_sum[..., None]))  # (1) to (4) again
    drop = dropped(p, rate, key)
    dv, dw = (p * drop).swapaxes(2, 3) @ dy, dy @ v.swapaxes(2, 3)  # (6)
    dp = dw * drop  # (5)
    ds = p * (dp - (dy * y).sum(axis=-1, keepdims=True))  # (4)
    dq, dk = scale * (ds @ k), scale * (ds.swapaxes(2, 3) @ q)  # (1)
    dk, dv = (d.reshape(len(d), *share, *d.shape[2:]).sum(axis=2) for d in (dk, dv))
    return heads_beside(dq), heads_beside(dk), heads_beside(dv)


def rotate(x, cos, sin):
    """Return x (N, T, H, D), each step rotated by the angles with cos and sin (T, D / 2)."""
    a, b = np.split(x, 2, axis=-1)  # (N, T, H, D / 2)
    cos, sin = cos[:, None], sin[:, None]
    return np.concatenate([a * cos - b * sin, b * cos + a * sin], axis=-1)


def scores(q, k, scale, mask, causal):
    """Return s (N, H, T, S) for q (N, H, T, D) and k (N, H, S, D)."""
    s = scale * (q @ k.swapaxes(2, 3))  # (1)
    seen = True if mask is None else mask[:, None]  # (N or 1, 1, T or 1, S)
    if causal is not None:
        seen = seen & np.tri(*s.shape[2:], causal, dtype=bool)
    return np.where(seen, s, -np.inf)  # (2)


def dropped(p, rate, key):
    """Return drop (N, H, T, S), or 1 where nothing is dropped."""
    return dropout.mask(p, p.shape, rate, key) if rate else 1


def finite(largest):
    """-inf becomes 0, so that exp(-inf - it) is 0: queries that may see no key."""
    return np.where(largest == -np.inf, 0, largest)


def shared(x, q):
    """(N, S, G, D) -> (N, H, S, D): each head as often as heads of q (N, T, H, D) look at it."""
    return np.repeat(heads_first(x), q.shape[2] // x.shape[2], axis=1)


def heads_first(x):
    """(N, T, H, D) -> (N, H, T, D), a view."""
    return x.swapaxes(1, 2)


def heads_beside(x):
    """(N, H, T, D) -> (N, T, H, D), C-contiguous."""
    return np.ascontiguousarray(x.swapaxes(1, 2))
