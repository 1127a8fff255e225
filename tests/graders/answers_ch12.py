"""Right answers to the longest questions of chapter 12, for its catalogue."""

COUNT_BY_ROOT = """
def parameters(cell, D, H):
    W = D * H
    if cell == "rnn":
        return W + H**2 + H
    return 4 * (W + H**2 + H) if cell == "lstm" else 3 * W + 3 * H**2 + 6 * H

def largest(cell, D, budget):
    a, b = {"rnn": 1, "lstm": 4, "gru": 3}[cell], D + 1 + (cell == "gru")
    H = int((-b + (b * b + 4 * budget / a) ** 0.5) / 2)
    return max(h for h in (H - 1, H, H + 1, 0) if parameters(cell, D, h) <= budget)
"""

COUNT_BY_SHAPES = """
def parameters(cell, D, H):
    blocks = dict(rnn=1, lstm=4, gru=3)[cell]
    shapes = [(D, blocks * H), (H, blocks * H), (1 + (cell == "gru"), blocks * H)]
    return sum(np.prod(shape) for shape in shapes)

def largest(cell, D, budget):
    return np.int64(sum(parameters(cell, D, H) <= budget for H in range(1, int(budget**0.5) + 1)))
"""

DRAW_BY_ROW = """
def temper(z, tau):
    rows = []
    for row in z:
        first = np.arange(len(row)) == list(row).index(max(row))
        w = np.exp(row / tau - np.max(row / tau)) if tau else first
        rows.append(w / sum(w))
    return np.array(rows)

def draw(p, u):
    found = []
    for row, end in zip(p, -u):
        for j in np.flatnonzero(row):
            end += row[j]
            if end > 0:
                break
        found.append(j)
    return np.array(found)
"""

DRAW_BY_COUNTING = """
def temper(z, tau):
    s = (z - np.max(z, axis=-1)[:, None]) / (tau or 1)
    if tau == 0:
        s = np.where(np.arange(z.shape[1]) == np.argmax(z, axis=1)[:, None], 0, -np.inf)
    return np.exp(s - np.log(np.exp(s).sum(axis=-1))[:, None])

def draw(p, u):
    passed = (np.cumsum(p, axis=1) <= u[:, None]).sum(axis=1)
    last = p.shape[1] - 1 - np.argmax(p[:, ::-1] > 0, axis=1)
    return np.minimum(passed, last).astype("int32")
"""

STEP_AT_ONCE = """
def peephole_step(x, h, c, W, U, b, p):
    s = (x @ W + h @ U + b).reshape(len(x), 4, -1).swapaxes(0, 1)  # (4, N, H)
    i, f = (1 + np.tanh((s[:2] + p[:2, None] * c) / 2)) / 2
    g = np.tanh(s[2])
    new = f * c + i * g
    o = (1 + np.tanh((s[3] + p[2] * new) / 2)) / 2
    return o * np.tanh(new), new, np.array([i, f, g, o])
"""

STEP_BY_EXAMPLE = """
def peephole_step(x, h, c, W, U, b, p):
    out, gates = [], []
    for n in range(len(x)):
        s = (x[n] @ W + h[n] @ U + b).reshape(4, -1)
        i, f = 1 / (1 + np.exp(-s[:2] - p[:2] * c[n]))
        new = f * c[n] + i * np.tanh(s[2])
        o = 1 / (1 + np.exp(-s[3] - p[2] * new))
        out.append((o * np.tanh(new), new))
        gates.append((i, f, np.tanh(s[2]), o))
    return *np.array(out).swapaxes(0, 1), np.array(gates).swapaxes(0, 1)
"""

BACK_AT_ONCE = """
def peephole_backward(dhnew, dcnew, x, h, c, W, U, p, gates):
    i, f, g, o = gates
    new = c * f + g * i
    ds, m = np.zeros((4, *c.shape), c.dtype), np.tanh(new)
    ds[3] = dhnew * m * (o - o * o)
    d = dcnew + dhnew * o * (1 - m * m) + ds[3] * p[2]
    ds[:3] = d * g * (i - i * i), d * c * (f - f * f), d * i * (1 - g * g)
    dc = d * f + (ds[:2] * p[:2, None]).sum(axis=0)
    dp = np.einsum("knh,knh->kh", ds[[0, 1, 3]], np.stack([c, c, new]))
    ds = np.concatenate([*ds], axis=1)
    return [ds @ W.T, ds @ U.T, dc, x.T @ ds, h.T @ ds, sum(ds), dp]
"""

BACK_BY_EXAMPLE = """
def peephole_backward(dhnew, dcnew, xs, hs, cs, W, U, p, gates):
    dx, dh, dc, dW, dU, db, dp = [], [], [], 0 * W, 0 * U, 0 * W[0], 0 * p
    for x, h, c, i, f, g, o, to_h, to_c in zip(xs, hs, cs, *gates, dhnew, dcnew):
        new = f * c + i * g
        ds_o = to_h * np.tanh(new) * o * (1 - o)
        d = to_c + to_h * o / np.cosh(new) ** 2 + ds_o * p[2]
        ds_i, ds_f = d * g * i * (1 - i), d * c * f * (1 - f)
        ds = np.concatenate([ds_i, ds_f, d * i * (1 - g**2), ds_o])
        dx, dh = [*dx, W @ ds], [*dh, U @ ds]
        dc.append(d * f + ds_i * p[0] + ds_f * p[1])
        dW, dU, db = dW + np.outer(x, ds), dU + np.outer(h, ds), db + ds
        dp = dp + np.stack([ds_i * c, ds_f * c, ds_o * new])
    return np.stack(dx), np.stack(dh), np.stack(dc), dW, dU, db, dp
"""
