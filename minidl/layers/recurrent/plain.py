"""The three cells as loops over time that take any activations, step by step as they are derived.

`cells` tells what happens in one step, and uses these loops where its kernels do not have the
activations. Each class has the `forward` and `backward` of the kernel that it stands for (see
`minidl.kernels`: rnn, lstm, gru), and the same symbols: f is the activation, g that of the gates,
q the old state after dropout. An activation is called at every step, and every call has its cache.
"""

import functools

import numpy as np

from minidl.kernels.common.through_time import dropped, weight_gradients


@functools.cache
def say_slow(kind):
    """Say once in a process, on standard output, that such layers take their time."""
    print(
        f"{kind} with these arguments has no kernel and runs a plain loop in NumPy, which is slow. "
        "The arguments that Keras has by default are fast."
    )


class Loop:
    """The loop over time, for any cell. A subclass writes one step, forward and backward.

        step(s, q, U, b_U, *state)                   returns (the new state, cache)
        step_backward(*gradients of it, q, U, cache) returns ds, du, dU, dq, the rest

    with s = x_t W + b and u = q U + b_U, each (N, gates M). The rest is a list: what reaches the
    old state by other ways than q.

    Args:
        f: the activation.
        g: that of the gates, for cells that have any.
    """

    def __init__(self, f, g=None):
        say_slow(self.cell)
        self.f, self.g = f, g

    def forward(self, x, W, U, b, *rest):
        """Return (y (N, T, M), cache), for an LSTM (y, c (N, T, M), cache).

        rest: the state, h or h and c; then mask and drop.
        """
        *state, mask, drop = rest
        b_W, b_U = b if b.ndim == 2 else (b, np.zeros_like(b))
        xW, states, steps = x @ W + b_W, [], []
        for t in range(x.shape[1]):
            q = dropped(state[0], drop)  # (N, M)
            new, cache = self.step(xW[:, t], q, U, b_U, *state)
            state = [_where_real(mask, t, *pair) for pair in zip(new, state)]
            states.append(state)
            steps.append((q, cache))
        over_time = (np.stack(arrays, axis=1) for arrays in zip(*states))
        return *over_time, (x, W, U, b, mask, drop, steps)

    def backward(self, dy, *rest):
        """Return (dx, dW, dU, db, dh0), for an LSTM (dx, dW, dU, db, dh0, dc0).

        rest: for an LSTM the gradient of the last c; then the cache.
        """
        *dc, (x, W, U, b, mask, drop, steps) = rest
        ds, du, dU, dstate = [], [], np.zeros_like(U), [np.zeros_like(dy[:, 0]), *dc]
        for t in reversed(range(x.shape[1])):
            dstate[0] = dstate[0] + dy[:, t]
            q, cache = steps[t]
            dnew = [_where_real(mask, t, d, 0) for d in dstate]
            ds_t, du_t, dU_t, dq, before = self.step_backward(*dnew, q, U, cache)
            before[0] = before[0] + dropped(dq, drop)
            dstate = [_where_real(mask, t, *pair) for pair in zip(before, dstate)]
            dU = dU + dU_t
            ds.append(ds_t)
            du.append(du_t)
        dx, dW, db = weight_gradients(x, W, np.stack(ds[::-1], axis=1))
        db = np.stack([db, sum(du).sum(axis=0)]) if b.ndim == 2 else db
        return dx, dW, dU, db, *dstate


class RNNLoop(Loop):
    """h_t = f(x_t W + q U + b)."""

    cell = "SimpleRNN"

    def step(self, s, q, U, b_U, h):
        """Return ((h,), cache)."""
        h, cache = self.f.forward(s + q @ U)  # (N, M)
        return (h,), cache

    def step_backward(self, dh, q, U, cache):
        """Return ds, du, dU, dq, [dh], see `Loop`."""
        ds = self.f.backward(dh, cache)
        return ds, ds, q.T @ ds, ds @ U.T, [0]


class LSTMLoop(Loop):
    """i, f, o = g(...), candidate = f(...), c_t = f c + i candidate, h_t = o f(c_t)."""

    cell = "LSTM"

    def step(self, s, q, U, b_U, h, c):
        """Return ((h, c), cache)."""
        s_i, s_f, s_n, s_o = np.split(s + q @ U, 4, axis=1)  # (N, M)
        (i, i_cache), (f, f_cache) = self.g.forward(s_i), self.g.forward(s_f)
        (o, o_cache), (n, n_cache) = self.g.forward(s_o), self.f.forward(s_n)
        new = f * c + i * n
        a, a_cache = self.f.forward(new)
        return (o * a, new), (i, f, n, o, a, c, i_cache, f_cache, n_cache, o_cache, a_cache)

    def step_backward(self, dh, dc, q, U, cache):
        """Return ds, du, dU, dq, [dh, dc], see `Loop`."""
        i, f, n, o, a, c_before, i_cache, f_cache, n_cache, o_cache, a_cache = cache
        dnew = dc + self.f.backward(dh * o, a_cache)
        ds_i, ds_f = self.g.backward(dnew * n, i_cache), self.g.backward(dnew * c_before, f_cache)
        ds_o, ds_n = self.g.backward(dh * a, o_cache), self.f.backward(dnew * i, n_cache)
        ds = np.concatenate([ds_i, ds_f, ds_n, ds_o], axis=1)  # (N, 4M)
        return ds, ds, q.T @ ds, ds @ U.T, [0, dnew * f]


class GRULoop(Loop):
    """z, r = g(...), n = f(...), h_t = z h + (1 - z) n, with r after or before the product.

    reset_after: n = f(x W_n + b_n + r (q U_n + b'_n)); else n = f(x W_n + b_n + (r q) U_n).
    """

    cell = "GRU"

    def __init__(self, f, g, reset_after):
        super().__init__(f, g)
        self.reset_after = reset_after

    def step(self, s, q, U, b_U, h):
        """Return ((h,), cache)."""
        M = len(U)
        s_z, s_r, s_n = np.split(s, 3, axis=1)  # (N, M)
        u_z, u_r = np.split(q @ U[:, : 2 * M] + b_U[: 2 * M], 2, axis=1)
        (z, z_cache), (r, r_cache) = self.g.forward(s_z + u_z), self.g.forward(s_r + u_r)
        seen = q if self.reset_after else r * q
        u_n = seen @ U[:, 2 * M :] + b_U[2 * M :]
        n, n_cache = self.f.forward(s_n + (r * u_n if self.reset_after else u_n))
        return (z * h + (1 - z) * n,), (z, r, n, u_n, seen, h, z_cache, r_cache, n_cache)

    def step_backward(self, dh, q, U, cache):
        """Return ds, du, dU, dq, [dh], see `Loop`."""
        M = len(U)
        z, r, n, u_n, seen, h, z_cache, r_cache, n_cache = cache
        ds_n = self.f.backward(dh * (1 - z), n_cache)
        du_n = ds_n * r if self.reset_after else ds_n
        dseen = du_n @ U[:, 2 * M :].T
        dr = ds_n * u_n if self.reset_after else dseen * q
        gates = self.g.backward(dh * (h - n), z_cache), self.g.backward(dr, r_cache)
        gates = np.concatenate(gates, axis=1)  # (N, 2M)
        dq = gates @ U[:, : 2 * M].T + (dseen if self.reset_after else dseen * r)
        dU = np.concatenate([q.T @ gates, seen.T @ du_n], axis=1)
        ds, du = (np.concatenate([gates, d_n], axis=1) for d_n in (ds_n, du_n))  # (N, 3M)
        return ds, du, dU, dq, [dh * z]


def _where_real(mask, t, new, old):
    """Return `new` (N, M) for the sequences that have a real step t, `old` for the others."""
    return new if mask is None else np.where(mask[:, t, None], new, old)
