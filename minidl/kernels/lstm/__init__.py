"""Long short-term memory over a whole sequence: forward, and backward through time.

N sequences, T steps, D features in, H units. The columns of W, U and b are four blocks of H, in
Keras's order: i, f, g, o (input gate, forget gate, candidate, output gate). One step, for
t = 0 .. T-1, with h_{-1} = h0 and c_{-1} = c0:

    (1) q   = h_{t-1} * drop                       what the recurrent weights see
    (2) s   = x_t W + b + q U                      (N, 4H), four blocks s_i, s_f, s_g, s_o
    (3) i   = sigmoid(s_i)    f = sigmoid(s_f)    o = sigmoid(s_o)
    (4) g   = tanh(s_g)
    (5) c_t = f * c_{t-1} + i * g                  the cell: a sum, so its gradient can last
    (6) h_t = o * tanh(c_t)
    (7) where mask[:, t] is False: h_t = h_{t-1}, c_t = c_{t-1}      padding changes nothing
    (8) y_t = h_t

Backward, from the last step to the first; dh is dL/dh_t and dc is dL/dc_t. After the last step
dh is 0 and dc is what the caller passes:

    (8) dh   = dh + dy_t
    (6) do   = dh * tanh(c_t)     dc = dc + dh * o * (1 - tanh(c_t)^2)
    (5) di   = dc * g             dg = dc * i          df = dc * c_{t-1}
    (4) ds_g = dg * (1 - g^2)
    (3) ds_i = di * i * (1 - i)   and the same for f and o
    (7) ds_t = 0 where the mask is False
    (2) dq   = ds_t U^T
    (1) dh   = dq * drop          where the mask is False: dh as it was
    (5) dc   = dc * f             where the mask is False: dc as it was before (6)

    and over all steps at once, with q_t from (1):

    (2) dx = ds W^T     dW = sum_t x_t^T ds_t     dU = sum_t q_t^T ds_t     db = sum ds

Contracts:
    forward(x, W, U, b, h0, c0, mask, drop)   returns (y, c, cache)
    backward(dy, dc, cache)                   returns (dx, dW, dU, db, dh0, dc0)

    x (N, T, D), W (D, 4H), U (H, 4H), b (4H,), h0 and c0 (N, H): one float dtype, any strides
    y (N, T, H), and c (N, T, H): the cell after every step
    dy (N, T, H), and dc (N, H): the gradient with respect to the last cell, c[:, -1]
    mask  (N, T) bool, or None: every step counts
    drop  (N, H): the recurrent dropout, 0 or 1 / (1 - rate), one for the whole sequence; or None
    N, T, D and H are at least 1. No argument is changed. y[:, -1] and c[:, -1] are the last
    state, padding or not; before the first step that counts, y is h0 and c is c0.
    cache = (x, W, U, h0, c0, mask, drop, y, c, gates, ...), with gates (N, T, 4H): i, f, g, o. At a
    step that the mask takes out they have no meaning. A tier may add to the end of the tuple.

The fast tier computes sigmoid and tanh as `kernels/common/fast_tanh.py` does; errors stand there.

References: Hochreiter and Schmidhuber (1997), "Long short-term memory"; Gers, Schmidhuber and
Cummins (2000), "Learning to forget", for the forget gate; Greff et al. (2017), "LSTM: a search
space odyssey", appendix A, for the backward without peepholes; for drop: Gal and Ghahramani
(2016), "A theoretically grounded application of dropout in recurrent neural networks", section 4.
"""

FUNCTIONS = ("forward", "backward")
