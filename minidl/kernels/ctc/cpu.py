"""CTC in Numba. The contract, the symbols and the numbers are in this folder's __init__.

What makes it fast:
- Samples do not depend on each other: threads share them.
- Of a place s only what can be reached is looked at: at step t no path is beyond s = 2t + 1, and
  none is further from the end than the steps that are left.
- The largest of three numbers is exp(0) = 1 in their sum, and where the others are far below it,
  there is nothing to add: most places of a trained network cost no exponential.
- b is kept for one step only, and the gradient is written as soon as it is there.
"""

import math

import numpy as np
from numba import njit

from minidl.kernels.common.arguments import expect, expect_indices
from minidl.kernels.common.threads import run

FAR = -40.0  # exp(-40) is less than the last digit of a float64 near 1


def loss(z, labels, steps, lengths):
    """Return (loss (N,), dz (N, T, C))."""
    total, dz = np.empty(len(z), z.dtype), np.zeros(z.shape, z.dtype)
    labels, steps, lengths = (np.ascontiguousarray(i, np.int64) for i in (labels, steps, lengths))
    N, T, C = z.shape
    expect((N,), steps=steps, lengths=lengths)
    expect((N, labels.shape[-1]), labels=labels)
    expect_indices("labels", labels, C)
    expect_indices("steps", steps, T + 1)
    expect_indices("lengths", lengths, labels.shape[-1] + 1)
    paths = int((steps * (2 * lengths + 1)).sum())
    run(_loss, np.ascontiguousarray(z), labels, steps, lengths, total, dz, numbers=50 * paths)
    return total, dz


@njit(nogil=True, cache=True)
def _loss(z, labels, steps, lengths, total, dz, thread, threads):
    N, _, C = z.shape
    S = 2 * labels.shape[1] + 1
    log_p, a, w = np.empty((z.shape[1], C)), np.empty((z.shape[1], S)), np.empty((2, S + 2))
    place, skips = np.zeros(S, np.int64), np.zeros(S + 2, np.bool_)
    for n in range(thread * N // threads, (thread + 1) * N // threads):
        T, S = steps[n], 2 * lengths[n] + 1
        if T == 0:  # the empty target alone has a path
            total[n] = 0.0 if S == 1 else math.inf
            continue
        for u in range(lengths[n]):
            place[2 * u + 1] = labels[n, u]
            skips[2 * u + 1] = u > 0 and labels[n, u] != labels[n, u - 1]
        skips[S:] = False
        _log_softmax(z[n, :T], log_p)
        log_P = _beginnings(log_p, place, skips, a[:T, :S])
        total[n] = -log_P
        if log_P != -math.inf:
            _ends(log_p, place, skips, a[:T, :S], log_P, w, dz[n])


@njit(nogil=True, cache=True)
def _log_softmax(z, log_p):
    for t in range(len(z)):
        largest = z[t, 0]
        for c in range(1, z.shape[1]):
            largest = max(largest, z[t, c])
        sum_exp = 0.0
        for c in range(z.shape[1]):
            log_p[t, c] = np.float64(z[t, c]) - largest
            sum_exp += math.exp(log_p[t, c])
        log_p[t] -= math.log(sum_exp)  # (1)


@njit(nogil=True, cache=True)
def _beginnings(log_p, place, skips, a):
    """Fill a (T, S); return log P."""
    T, S = a.shape
    a[:] = -math.inf
    for s in range(min(2, S)):
        a[0, s] = log_p[0, place[s]]  # (2)
    for t in range(1, T):
        for s in range(max(0, S - 2 * (T - t)), min(S, 2 * t + 2)):
            one = a[t - 1, s - 1] if s > 0 else -math.inf
            two = a[t - 1, s - 2] if skips[s] else -math.inf
            a[t, s] = log_p[t, place[s]] + _log_sum(a[t - 1, s], one, two)
    last = a[T - 1, S - 2] if S > 1 else -math.inf
    return _log_sum(a[T - 1, S - 1], last, -math.inf)  # (4)


@njit(nogil=True, cache=True)
def _ends(log_p, place, skips, a, log_P, w, dz):
    """Write dz (T, C), from the last step to the first; w (2, S + 2) holds e + b of two steps."""
    T, S = a.shape
    w[:] = -math.inf  # two places beyond the end, where no path goes
    for t in range(T - 1, -1, -1):
        after, now = w[(t + 1) % 2], w[t % 2]
        for c in range(dz.shape[1]):
            dz[t, c] = math.exp(log_p[t, c])
        for s in range(S):
            two = after[s + 2] if skips[s + 2] else -math.inf
            b = _log_sum(after[s], after[s + 1], two)  # (3)
            if t == T - 1:
                b = 0.0 if s >= S - 2 else -math.inf
            now[s] = log_p[t, place[s]] + b
            dz[t, place[s]] -= math.exp(a[t, s] + b - log_P)  # (6)


@njit(nogil=True, cache=True)
def _log_sum(x, y, z):
    if y > x:
        x, y = y, x
    if z > x:
        x, z = z, x
    if x == -math.inf:
        return x
    others = 0.0
    if not y - x < FAR:  # NaN goes this way, too
        others += math.exp(y - x)
    if not z - x < FAR:
        others += math.exp(z - x)
    return x + math.log(1.0 + others) if others != 0 else x
