"""Attention with every number in sight: scores, a softmax over the keys, a mean of the values.

Forward:                                       Backward, from dy = dL/dy:

    (1) s = score(q, k)       (N, T, S)            (5) dv = w^T dy         dw = dy v^T
    (2) s = -inf              not to be seen       (4) dp = dw drop
    (3) p = softmax(s)        over the keys        (3) ds = p (dp - sum_(p dp))
    (4) w = p drop            in training          (2) p, and so ds, is 0 there
    (5) y = w v               (N, T, E)            (1) dq, dk: by the score's own derivative

(3): p_j = exp(s_j) / sum_i exp(s_i) has dp_i/ds_j = p_i ([i = j] - p_j), so that ds_j = p_j dp_j -
p_j sum_i p_i dp_i. sum_ is over the keys. What raises all scores of a query alike changes nothing.
"""

import numpy as np

from minidl.base.structure import shapes
from minidl.layers.attention.base import AttentionLayer, in_form_of, query_value_key
from minidl.layers.dropout import draw_mask


class ScoredAttention(AttentionLayer):
    """Base of both layers. A subclass has `score` and `score_backward`, step (1)."""

    def build(self, shape, rng):
        """Create g, if there is one."""
        super().build(shape, rng)
        (T, D), (_, E), _ = query_value_key(tuple(shapes(shape)))
        if self.use_scale:
            self.g = self.param("scale", self.scale_shape(D), rng)
        return T, E

    def forward(
        self, x, training=False, mask=None, use_causal_mask=False, return_attention_scores=False
    ):
        """q (N, T, D), v (N, S, E), k (N, S, D) -> y (N, T, E), with the w (N, T, S) if asked."""
        q, v, k = query_value_key(x)
        s, s_cache = self.score(q, k)  # (1)
        past = self.ops.xp.tri(*s.shape[1:], dtype=bool) if use_causal_mask else None  # j <= t
        seen = self.visible(x, mask, past)
        p = softmax(s if seen is None else np.where(seen, s, -np.inf))  # (2) (3)
        drop = draw_mask(self, p, p.shape, self.dropout) if training and self.dropout else 1
        w = p * drop  # (4)
        y = w @ v  # (5) (N, T, S) (N, S, E) -> (N, T, E)
        return (y, w) if return_attention_scores else y, (x, p, drop, w, s_cache)

    def backward(self, dy, cache):
        """Steps (5) to (1) above; dy is (dy, dw) if forward returned w, too."""
        x, p, drop, w, s_cache = cache
        _, v, _ = query_value_key(x)
        dy, dw = dy if isinstance(dy, tuple) else (dy, None)
        dy = np.zeros_like(w @ v) if dy is None else dy
        dv = w.swapaxes(1, 2) @ dy  # (5) (N, S, T) (N, T, E) -> (N, S, E)
        dw = dy @ v.swapaxes(1, 2) + (0 if dw is None else dw)  # (N, T, E) (N, E, S) -> (N, T, S)
        dp = dw * drop  # (4)
        ds = p * (dp - (p * dp).sum(axis=-1, keepdims=True))  # (3)
        dq, dk = self.score_backward(ds, s_cache)  # (1)
        return in_form_of(x, dq, dv, dk)


class Attention(ScoredAttention):
    """Dot-product attention: y = softmax(q k^T) v.

        q (N, T, D)    v (N, S, E)    k (N, S, D)    y (N, T, E)

    Called on [query, value] or [query, value, key]. A step of padding, by its mask, is not looked
    at, and gets y = 0 itself.

        y = layer([q, v], use_causal_mask=True)                query t sees the keys up to t
        y, w = layer([q, v], return_attention_scores=True)     w (N, T, S), to look at

    Args:
        use_scale: True multiplies the scores by a number g that is learned.
        score_mode: "dot".
        dropout: share of the weights w that is dropped in training.
        seed: see `RandomLayer`.
        options: `name`, `trainable` (see `Layer`).

    Reference: Luong, Pham and Manning (2015), "Effective approaches to attention-based neural
    machine translation", equations 7-8 ("dot").
    """

    def __init__(self, use_scale=False, score_mode="dot", dropout=0.0, seed=None, **options):
        super().__init__(dropout, seed, **options)
        self.use_scale = use_scale
        self.set_roles(scale=("ones", None, None))
        if score_mode != "dot":
            raise ValueError(f"score_mode is 'dot', or use AdditiveAttention; got {score_mode!r}")

    def scale_shape(self, D):
        """Return (): g is one number."""
        return ()

    def score(self, q, k):
        """s = g q k^T."""
        s = q @ k.swapaxes(1, 2)  # (N, T, D) (N, D, S) -> (N, T, S)
        return self.g.value * s if self.use_scale else s, (q, k, s)

    def score_backward(self, ds, cache):
        """dq = g ds k, dk = g ds^T q, dg = the sum of ds times the scores without g."""
        q, k, s = cache
        if self.use_scale:
            self.g.grad += (ds * s).sum()
            ds = self.g.value * ds
        return ds @ k, ds.swapaxes(1, 2) @ q  # (N, T, D), (N, S, D)


class AdditiveAttention(ScoredAttention):
    """Attention whose score is a small network of query and key: s = sum_ g tanh(q + k).

    A layer of its own usually comes before each: q = h W, k = v U, as in the paper. It is called
    as `Attention` is, and has the same masks.

        q (N, T, D)    v (N, S, E)    k (N, S, D)    g (D,)    y (N, T, E)

    Args:
        use_scale: False leaves out g.
        dropout, seed, options: as in `Attention`.

    Reference: Bahdanau, Cho and Bengio (2015), "Neural machine translation by jointly learning to
    align and translate", section 3.1 and appendix A.1.2.
    """

    def __init__(self, use_scale=True, dropout=0.0, seed=None, **options):
        super().__init__(dropout, seed, **options)
        self.use_scale = use_scale
        self.set_roles(scale=("glorot_uniform", None, None))

    def scale_shape(self, D):
        """Return (D,): g weighs the features."""
        return (D,)

    def score(self, q, k):
        """s = sum_ g tanh(q + k), for every pair."""
        h = np.tanh(q[:, :, None] + k[:, None])  # (N, T, 1, D) + (N, 1, S, D) -> (N, T, S, D)
        return h @ self.g.value if self.use_scale else h.sum(axis=-1), h

    def score_backward(self, ds, h):
        """dg = sum of ds h, dh = ds g, du = dh (1 - h^2) for u = q + k, which passes it to both."""
        dh = ds[..., None]  # (N, T, S, 1)
        if self.use_scale:
            self.g.grad += np.tensordot(ds, h, 3)  # (D,)
            dh = dh * self.g.value  # (N, T, S, D)
        du = dh * (1 - h * h)
        return du.sum(axis=2), du.sum(axis=1)  # (N, T, D), (N, S, D)


def softmax(s):
    """Return p = exp(s) / sum_ exp(s), over the last axis; zeros where all s are -inf."""
    m = s.max(axis=-1, keepdims=True)
    e = np.exp(s - np.where(m == -np.inf, 0, m))  # the largest is 1: nothing overflows
    total = e.sum(axis=-1, keepdims=True)
    return e / np.where(total == 0, 1, total)
