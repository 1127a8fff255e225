"""The three cells as loops over time that take any activations, step by step as they are derived.

`cells` tells what happens in one step, and uses these loops where its kernels do not have the
activations. Each class has the `forward` and `backward` of the kernel that it stands for (see
`minidl.kernels`: rnn, lstm, gru), and the same symbols: f is the activation, g that of the gates,
q the old state after dropout. An activation is called at every step, and every call has its cache.
"""

import functools

import numpy as np

from minidl.kernels.common.through_time import dropped, previous, weight_gradients


@functools.cache
def say_slow(kind):
    """Say once in a process, on standard output, that such layers take their time."""
    print(
        f"{kind} with these arguments has no kernel and runs a plain loop in NumPy, which is slow. "
        "The arguments that Keras has by default are fast."
    )


class RNNLoop:
    """h_t = f(x_t W + q U + b)."""

    def __init__(self, f):
        say_slow("SimpleRNN")
        self.f = f

    def forward(self, x, W, U, b, h, mask, drop):
        """Return (y (N, T, M), cache)."""
        h0, xW, y, caches = h, x @ W + b, [], []
        for t in range(x.shape[1]):
            new, cache = self.f.forward(xW[:, t] + dropped(h, drop) @ U)  # (N, M)
            h = np.where(_real(mask, t), new, h)
            y.append(h)
            caches.append(cache)
        y = np.stack(y, axis=1)
        return y, (x, W, U, h0, mask, drop, y, caches)

    def backward(self, dy, cache):
        """Return (dx, dW, dU, db, dh0)."""
        x, W, U, h0, mask, drop, y, caches = cache
        ds, dh = np.empty_like(dy), np.zeros_like(h0)
        for t in reversed(range(x.shape[1])):
            dh = dh + dy[:, t]
            real = _real(mask, t)
            ds[:, t] = np.where(real, self.f.backward(dh, caches[t]), 0)
            dh = np.where(real, dropped(ds[:, t] @ U.T, drop), dh)
        dx, dW, db = weight_gradients(x, W, ds)
        return dx, dW, _over_time(dropped(previous(y, h0), drop), ds), db, dh


class LSTMLoop:
    """i, f, o = g(...), candidate = f(...), c_t = f c + i candidate, h_t = o f(c_t)."""

    def __init__(self, f, g):
        say_slow("LSTM")
        self.f, self.g = f, g

    def forward(self, x, W, U, b, h, c, mask, drop):
        """Return (y (N, T, M), c (N, T, M), cache)."""
        h0, xW, y, cs, steps = h, x @ W + b, [], [], []
        for t in range(x.shape[1]):
            s_i, s_f, s_n, s_o = np.split(xW[:, t] + dropped(h, drop) @ U, 4, axis=1)  # (N, M)
            (i, i_cache), (f, f_cache) = self.g.forward(s_i), self.g.forward(s_f)
            (o, o_cache), (n, n_cache) = self.g.forward(s_o), self.f.forward(s_n)
            new = f * c + i * n
            a, a_cache = self.f.forward(new)
            steps.append((i, f, n, o, a, c, i_cache, f_cache, n_cache, o_cache, a_cache))
            real = _real(mask, t)
            h, c = np.where(real, o * a, h), np.where(real, new, c)
            y.append(h)
            cs.append(c)
        y, cs = np.stack(y, axis=1), np.stack(cs, axis=1)
        return y, cs, (x, W, U, h0, mask, drop, y, steps)

    def backward(self, dy, dc, cache):
        """Return (dx, dW, dU, db, dh0, dc0)."""
        x, W, U, h0, mask, drop, y, steps = cache
        ds, dh = [], np.zeros_like(h0)
        for t in reversed(range(x.shape[1])):
            i, f, n, o, a, c_before, i_cache, f_cache, n_cache, o_cache, a_cache = steps[t]
            dh = dh + dy[:, t]
            dnew = dc + self.f.backward(dh * o, a_cache)
            blocks = (
                self.g.backward(dnew * n, i_cache),
                self.g.backward(dnew * c_before, f_cache),
                self.f.backward(dnew * i, n_cache),
                self.g.backward(dh * a, o_cache),
            )
            real = _real(mask, t)
            ds_t = np.where(real, np.concatenate(blocks, axis=1), 0)  # (N, 4M)
            dh = np.where(real, dropped(ds_t @ U.T, drop), dh)
            dc = np.where(real, dnew * f, dc)
            ds.append(ds_t)
        ds = np.stack(ds[::-1], axis=1)
        dx, dW, db = weight_gradients(x, W, ds)
        return dx, dW, _over_time(dropped(previous(y, h0), drop), ds), db, dh, dc


class GRULoop:
    """z, r = g(...), n = f(...), h_t = z h + (1 - z) n, with r after or before the product.

    reset_after: n = f(x W_n + b_n + r (q U_n + b'_n)); else n = f(x W_n + b_n + (r q) U_n).
    """

    def __init__(self, f, g, reset_after):
        say_slow("GRU")
        self.f, self.g, self.reset_after = f, g, reset_after

    def forward(self, x, W, U, b, h, mask, drop):
        """Return (y (N, T, M), cache)."""
        M = len(U)
        b, b_U = b if self.reset_after else (b, np.zeros_like(b))  # each (3M,)
        h0, xW, y, steps = h, x @ W + b, [], []
        for t in range(x.shape[1]):
            q = dropped(h, drop)
            s_z, s_r, s_n = np.split(xW[:, t], 3, axis=1)  # (N, M)
            u_z, u_r = np.split(q @ U[:, : 2 * M] + b_U[: 2 * M], 2, axis=1)
            (z, z_cache), (r, r_cache) = self.g.forward(s_z + u_z), self.g.forward(s_r + u_r)
            seen = q if self.reset_after else r * q
            u_n = seen @ U[:, 2 * M :] + b_U[2 * M :]
            n, n_cache = self.f.forward(s_n + (r * u_n if self.reset_after else u_n))
            steps.append((z, r, n, u_n, q, seen, h, z_cache, r_cache, n_cache))
            h = np.where(_real(mask, t), z * h + (1 - z) * n, h)
            y.append(h)
        return np.stack(y, axis=1), (x, W, U, h0, mask, drop, steps)

    def backward(self, dy, cache):
        """Return (dx, dW, dU, db, dh0)."""
        x, W, U, h0, mask, drop, steps = cache
        M = len(U)
        ds, du, dh = [], [], np.zeros_like(h0)
        for t in reversed(range(x.shape[1])):
            z, r, n, u_n, q, _, h, z_cache, r_cache, n_cache = steps[t]
            real = _real(mask, t)
            dh = dh + dy[:, t]
            dnew = np.where(real, dh, 0)
            ds_n = self.f.backward(dnew * (1 - z), n_cache)
            du_n = ds_n * r if self.reset_after else ds_n
            dseen = du_n @ U[:, 2 * M :].T
            dr = ds_n * u_n if self.reset_after else dseen * q
            gates = self.g.backward(dnew * (h - n), z_cache), self.g.backward(dr, r_cache)
            dq = np.concatenate(gates, axis=1) @ U[:, : 2 * M].T
            dq = dq + (dseen if self.reset_after else dseen * r)
            dh = np.where(real, dropped(dq, drop) + dh * z, dh)
            ds.append(np.concatenate([*gates, ds_n], axis=1))  # (N, 3M)
            du.append(np.concatenate([*gates, du_n], axis=1))
        ds, du = np.stack(ds[::-1], axis=1), np.stack(du[::-1], axis=1)
        q, seen = (np.stack([step[k] for step in steps], axis=1) for k in (4, 5))
        dx, dW, db = weight_gradients(x, W, ds)
        dU = [_over_time(q, du[..., : 2 * M]), _over_time(seen, du[..., 2 * M :])]
        db = np.stack([db, du.sum(axis=(0, 1))]) if self.reset_after else db
        return dx, dW, np.concatenate(dU, axis=1), db, dh


def _real(mask, t):
    """Which sequences have a real step t: (N, 1), or True for all."""
    return True if mask is None else mask[:, t, None]


def _over_time(q, ds):
    """dU (M, G): the sum over samples and steps of q^T ds."""
    return np.tensordot(q, ds, ((0, 1), (0, 1)))
