"""Right answers to the longest questions of chapter 11, for its catalogue."""

LAYER_IN_ARRAYS = """
def leaky_layer(x, h0, W, U, b, a):
    N, T, D = x.shape
    h = np.empty((N, T + 1, len(U)), x.dtype)
    q, h[:, 0] = np.empty_like(h[:, 1:]), h0
    for t in range(T):
        q[:, t] = np.tanh(x[:, t] @ W + h[:, t] @ U + b)
        h[:, t + 1] = h[:, t] + a * (q[:, t] - h[:, t])
    return h[:, 1:], q
"""

LAYER_BY_EXAMPLE = """
def leaky_layer(x, h0, W, U, b, a):
    both = []
    for rows, h in zip(x, h0):
        both.append([])
        for row in rows:
            q = np.tanh(row @ W + h @ U + b)
            h = a * q + h - a * h
            both[-1].append((h, q))
    return list(np.array(both).transpose(2, 0, 1, 3))
"""

STEP_BY_EINSUM = """
def leaky_step_backward(dnew, x, h, q, W, U, a):
    ds = a * (1 - q * q) * dnew
    dh = np.einsum("nj,ij->ni", ds, U) + (1 - a) * dnew
    return [np.einsum("nj,dj->nd", ds, W), dh, (ds.T @ x).T, (ds.T @ h).T, sum(ds)]
"""

STEP_BY_EXAMPLE = """
def leaky_step_backward(dnew, x, h, q, W, U, a):
    dx, dh, dW, dU, db = 0 * x, 0 * h, 0 * W, 0 * U, 0 * U[0]
    for n in range(len(x)):
        ds = a * dnew[n] * (1 - q[n]) * (1 + q[n])
        dx[n], dh[n] = W @ ds, U @ ds + dnew[n] - a * dnew[n]
        dW, dU, db = dW + np.outer(x[n], ds), dU + np.outer(h[n], ds), db + ds
    return dx, dh, dW, dU, db
"""

SEQUENCE_AT_ONCE = """
def leaky_layer_backward(dy, x, h0, y, q, W, U, a):
    ds, dh = a * (1 - q * q), np.zeros_like(h0)
    for t in range(x.shape[1] - 1, -1, -1):
        dh = dh + dy[:, t]
        ds[:, t] *= dh
        dh = dh - a * dh + np.einsum("nj,ij->ni", ds[:, t], U)
    before = np.concatenate([h0[:, None], y[:, :-1]], axis=1)
    dU = np.tensordot(before, ds, ((0, 1), (0, 1)))
    return ds @ W.T, dh, np.einsum("ntd,nth->dh", x, ds), dU, ds.sum(axis=(0, 1))
"""

SEQUENCE_OF_STEPS = """
def step_backward(dnew, x, h, q, W, U, a):
    ds = a * dnew * (1 - q**2)
    return ds @ W.T, (1 - a) * dnew + ds @ U.T, x.T @ ds, h.T @ ds, ds.sum(axis=0)

def leaky_layer_backward(dy, x, h0, y, q, W, U, a):
    dh, dx, sums = 0, [], [0, 0, 0]
    for t in reversed(range(x.shape[1])):
        before = h0 if t == 0 else y[:, t - 1]
        dx_t, dh, *parts = step_backward(dy[:, t] + dh, x[:, t], before, q[:, t], W, U, a)
        dx, sums = [dx_t, *dx], [s + p for s, p in zip(sums, parts)]
    return np.stack(dx, axis=1), dh, *sums
"""
