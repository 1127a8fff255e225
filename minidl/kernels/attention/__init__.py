"""Scaled dot-product attention of several heads: forward and backward.

Each query asks all keys how well they fit, and gets a mean of their values: a dictionary whose
answer is a mixture, since no key fits exactly. N sequences, T queries, S keys with a value each,
H heads, D numbers in a query and in a key, E in a value. Sequences and heads do not meet; for one
of each, with q_t (D,), k_j (D,) and v_j (E,):

    (1) s_tj = scale sum_d q_td k_jd             the scores; scale is usually 1 / sqrt(D)
    (2) s_tj = -inf where t may not see j        by the mask, or because j lies in the future
    (3) l_t  = log sum_j exp(s_tj)
    (4) p_tj = exp(s_tj - l_t)                   softmax: the p of a query are a distribution
    (5) w_tj = p_tj drop_tj                      dropout: 0 or 1 / (1 - rate); often all 1
    (6) y_t  = sum_j w_tj v_j

Backward, with dy = dL/dy:

    (6) dv_j  = sum_t w_tj dy_t                  dw_tj = sum_e dy_te v_je
    (5) dp_tj = dw_tj drop_tj
    (4) ds_tj = p_tj (dp_tj - c_t)               c_t = sum_i p_ti dp_ti
    (2) ds_tj = 0 where t may not see j          nothing to do: p_tj is 0 there
    (1) dq_t  = scale sum_j ds_tj k_j            dk_j = scale sum_t ds_tj q_t

(4) contains (3). A score changes its own p, and through the sum every other p of its query:

    dp_ti/ds_tj = exp(s_ti - l_t) ([i = j] - dl_t/ds_tj) = p_ti ([i = j] - p_tj)
    dl_t/ds_tj  = exp(s_tj) / sum_i exp(s_ti) = p_tj
    ds_tj       = sum_i dp_ti p_ti ([i = j] - p_tj) = p_tj (dp_tj - sum_i p_ti dp_ti)

What all p have in common changes nothing, and c_t is that part. It needs no sum over keys, for

    c_t = sum_i p_ti drop_ti sum_e dy_te v_ie = sum_e dy_te sum_i w_ti v_ie = sum_e dy_te y_te

In blocks, so that the T S numbers of s and p are never in memory all at once: a query goes through
the keys a few at a time, and keeps m, the largest score so far, l, the sum of exp(s_tj - m), and
y, the sum of exp(s_tj - m) drop_tj v_j. When m becomes m', both are multiplied by exp(m - m'). At
the end y is divided by l, and l_t = m + log l. The way back makes p from s and l_t again, one
block at a time: for that, l_t is all that has to be kept. Its rounding becomes a factor of p, so
gradients lose digits where scores are in the thousands.

Contracts:
    forward(q, k, v, scale, mask=None, causal=None, rate=0.0, key=0)
        returns (y (N, T, H, E), log_sum (N, H, T)), the l_t
    backward(dy, q, k, v, y, log_sum, scale, mask=None, causal=None, rate=0.0, key=0)
        returns (dq, dk, dv) in the shapes of q, k and v; dy has that of y

    rotate(x, cos, sin)
        returns y (N, T, H, D): step t of x, of the same shape, with features d and d + D / 2 as a
        point (a, b) of a plane, turned to (a cos - b sin, b cos + a sin); cos, sin (T, D / 2)

    q (N, T, H, D), k (N, S, G, D), v (N, S, G, E): one float dtype, any strides. The heads of a
        step lie side by side, as a matrix product leaves them: a layer reshapes, and moves nothing.
        G divides H: the first H / G heads of q look at head 0 of k and v, the next at head 1, and
        so on; dk and dv are sums over the heads that looked.
    mask (N or 1, T or 1, S) bool, or None. True: the query may see the key. Padding of the keys
        is (N, 1, S).
    scale: a Python float.
    causal: None, or an integer: query t sees the keys j <= t + causal. 0 in training; S - T where
        the queries are the last T of S steps.
    rate, key: of the dropout. drop_tj is the number ((n H + h) T + t) S + j of the kernel
        dropout's mask: `mask(q, (N, H, T, S), rate, key)`. In backward as they were in forward.
    All sizes are at least 1. No argument is changed. Results are C-contiguous.
    A query that may see no key: y_t = 0, l_t = -inf, and all its gradients are 0.
    NaN passes on to what sees it. Numbers that nobody may see must be finite nevertheless: whether
    0 times NaN is computed differs between the tiers.

References: Vaswani et al. (2017), "Attention is all you need", equation 1; Milakov and Gimelshein
(2018), "Online normalizer calculation for softmax", algorithm 3; Dao et al. (2022),
"FlashAttention", algorithms 1 and 4 (appendix B), for the blocks and for c_t.
"""

FUNCTIONS = ("forward", "backward", "rotate")
