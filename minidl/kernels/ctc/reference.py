"""CTC in NumPy. The contract, the symbols and the numbers are in this folder's __init__."""

import numpy as np


def loss(z, labels, steps, lengths):
    """Return (loss (N,), dz (N, T, C))."""
    total, dz = np.empty(len(z), z.dtype), np.zeros(z.shape, z.dtype)
    with np.errstate(invalid="ignore"):  # NaN comes back as NaN
        for n, (T, U) in enumerate(zip(steps, lengths)):
            total[n], dz[n, :T] = _one(z[n, :T].astype(np.float64), labels[n, :U])
    return total, dz


def _one(z, y):
    """Return (loss, dz (T, C)) of one sample: z (T, C), y (U,)."""
    T, S = len(z), 2 * len(y) + 1
    if T == 0:  # the empty target alone has a path
        return (np.inf if len(y) else 0.0), z
    c = np.zeros(S, np.int64)
    c[1::2] = y
    skips = np.zeros(S, bool)
    skips[3::2] = c[3::2] != c[1:-2:2]
    log_p = z - np.logaddexp.reduce(z, axis=1, keepdims=True)  # (1) (T, C)
    e = log_p[:, c]  # (T, S)
    a, b = np.full((T, S), -np.inf), np.full((T, S), -np.inf)
    a[0, :2] = e[0, :2]  # (2)
    for t in range(1, T):
        a[t] = e[t] + _log_sum(a[t - 1], skips)
    b[-1, -2:] = 0  # (3)
    for t in reversed(range(T - 1)):
        b[t] = _log_sum((e[t + 1] + b[t + 1])[::-1], np.roll(skips, -2)[::-1])[::-1]
    log_P = np.logaddexp.reduce(a[-1, -2:])  # (4)
    if log_P == -np.inf:
        return np.inf, np.zeros_like(z)
    dz = np.exp(log_p)
    np.subtract.at(dz, (slice(None), c), np.exp(a + b - log_P))  # (6)
    return -log_P, dz


def _log_sum(a, skips):
    """Return log sum exp of a(s), a(s - 1) and, where skips(s), a(s - 2)."""
    one, two = np.full_like(a, -np.inf), np.full_like(a, -np.inf)
    one[1:], two[2:] = a[:-1], np.where(skips[2:], a[:-2], -np.inf)
    return np.logaddexp(np.logaddexp(a, one), two)
