"""The simple recurrent network over a whole sequence: forward, and backward through time.

N sequences, T steps, D features in, H units. One step, for t = 0 .. T-1 and h_{-1} = h0:

    (1) q   = h_{t-1} * drop                       what the recurrent weights see
    (2) s   = x_t W + b + q U
    (3) h_t = phi(s)                               phi: tanh, relu or linear
    (4) where mask[:, t] is False: h_t = h_{t-1}   padding changes nothing
    (5) y_t = h_t

Backward, from the last step to the first; dh is dL/dh_t, and dh = 0 after the last:

    (5) dh   = dh + dy_t
    (3) ds_t = dh * phi'(s)        1 - h_t^2 for tanh, [h_t > 0] for relu, 1 for linear
    (4) ds_t = 0 where the mask is False
    (2) dq   = ds_t U^T
    (1) dh   = dq * drop           where the mask is False: dh as it was

    and over all steps at once, with q_t from (1):

    (2) dx = ds W^T     dW = sum_t x_t^T ds_t     dU = sum_t q_t^T ds_t     db = sum ds

Contracts:
    forward(x, W, U, b, h0, mask, drop, activation)   returns (y, cache)
    backward(dy, cache)                               returns (dx, dW, dU, db, dh0)

    x (N, T, D), W (D, H), U (H, H), b (H,), h0 (N, H), y (N, T, H): one float dtype, any strides
    mask        (N, T) bool, or None: every step counts
    drop        (N, H): the recurrent dropout, 0 or 1 / (1 - rate), one for the whole sequence; or
                None
    activation  "tanh", "relu" or "linear"; a layer refuses others
    N, T, D and H are at least 1. No argument is changed. y[:, -1] is the last state, padding or
    not; before the first step that counts, y is h0.
    cache = (x, W, U, h0, mask, drop, activation, y, ...): a tier may add to the end

The fast tier computes tanh as `kernels/common/fast_tanh.py` does; its error stands there.

References: Elman (1990), "Finding structure in time"; Werbos (1990), "Backpropagation through
time: what it does and how to do it"; for drop: Gal and Ghahramani (2016), "A theoretically
grounded application of dropout in recurrent neural networks", section 4.
"""

FUNCTIONS = ("forward", "backward")
ACTIVATIONS = ("tanh", "relu", "linear")
