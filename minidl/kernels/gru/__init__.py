"""The gated recurrent unit over a whole sequence: forward, and backward through time.

N sequences, T steps, D features in, H units. The columns of W, U and b are three blocks of H, in
Keras's order: z, r, n (update gate, reset gate, candidate). This is Keras's default, which it
calls `reset_after=True`, and PyTorch's: the reset gate acts after the product with U, so the
recurrent side has a bias of its own. One step, for t = 0 .. T-1 and h_{-1} = h0:

    (1) q   = h_{t-1} * drop                       what the recurrent weights see
    (2) s   = x_t W + b[0]                         (N, 3H), blocks s_z, s_r, s_n
    (3) u   = q U + b[1]                           (N, 3H), blocks u_z, u_r, u_n
    (4) z   = sigmoid(s_z + u_z)    r = sigmoid(s_r + u_r)
    (5) n   = tanh(s_n + r * u_n)
    (6) h_t = z * h_{t-1} + (1 - z) * n            the state itself, not q
    (7) where mask[:, t] is False: h_t = h_{t-1}   padding changes nothing
    (8) y_t = h_t

Backward, from the last step to the first; dh is dL/dh_t, and dh = 0 after the last:

    (8) dh   = dh + dy_t
    (6) dz   = dh * (h_{t-1} - n)    dn = dh * (1 - z)
    (5) ds_n = dn * (1 - n^2)        dr = ds_n * u_n      du_n = ds_n * r
    (4) ds_z = dz * z * (1 - z)      ds_r = dr * r * (1 - r)      du_z = ds_z    du_r = ds_r
    (7) ds_t = du_t = 0 where the mask is False
    (3) dq   = du_t U^T
    (1) (6) dh = dq * drop + dh * z  where the mask is False: dh as it was

    and over all steps at once, with q_t from (1):

    (2) dx = ds W^T     dW = sum_t x_t^T ds_t     db[0] = sum ds
    (3) dU = sum_t q_t^T du_t                     db[1] = sum du

Contracts:
    forward(x, W, U, b, h0, mask, drop)   returns (y, cache)
    backward(dy, cache)                   returns (dx, dW, dU, db, dh0)

    x (N, T, D), W (D, 3H), U (H, 3H), b (2, 3H), h0 (N, H): one float dtype, any strides
    y and dy (N, T, H)
    mask  (N, T) bool, or None: every step counts
    drop  (N, H): the recurrent dropout, 0 or 1 / (1 - rate), one for the whole sequence; or None
    N, T, D and H are at least 1. No argument is changed. y[:, -1] is the last state, padding or
    not; before the first step that counts, y is h0.
    cache = (x, W, U, h0, mask, drop, y, gates, ...), with gates (N, T, 4H): z, r, n, u_n. At a step
    that the mask takes out they have no meaning. A tier may add to the end of the tuple.

The fast tier computes sigmoid and tanh as `kernels/common/fast_tanh.py` does; errors stand there.

References: Cho et al. (2014), "Learning phrase representations using RNN encoder-decoder",
equations 5-8, with the reset gate before the product; Appleyard, Kocisky and Blunsom (2016),
"Optimizing performance of recurrent neural networks on GPUs", section 2, for the order taken
here; for drop: Gal and Ghahramani (2016), "A theoretically grounded application of dropout in
recurrent neural networks", section 4.
"""

FUNCTIONS = ("forward", "backward")
