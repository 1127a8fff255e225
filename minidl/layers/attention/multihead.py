"""Several attentions side by side, each on vectors of its own making."""

from collections import namedtuple

import numpy as np

from minidl.base import checks
from minidl.base.structure import shapes
from minidl.layers.attention.base import AttentionLayer, in_form_of, query_value_key
from minidl.layers.attention.positions import RotaryEmbedding
from minidl.layers.dense import Dense
from minidl.layers.dropout import draw_key
from minidl.layers.weights import of_roles

# What the kernel was given and returned, in the order of its backward.
Attended = namedtuple("Attended", "q k v y log_sum scale mask causal rate key")


class MultiHeadAttention(AttentionLayer):
    """H attentions side by side: y = [head_1, ..., head_H] W_O + b_O.

        head_h = softmax(q_h k_h^T / sqrt(D)) v_h        q = query W_Q + b_Q, then k and v alike

        query (N, T, ..)    value, key (N, S, ..)    q (N, T, H, D)    k (N, S, H, D)
        v (N, S, H, E)      y (N, T, M)        where K heads are shared, k and v (N, S, K, ..)

    Called on (query, value), (query, value, key), or x alone: each step of x looks at all of x.
    The heads are kept beside each other: a Dense makes those of a step in one row of H D numbers.
    The kernel `attention` does the rest, and keeps no scores.

        y = layer(x, x, use_causal_mask=True)                          t sees the steps up to t
        y, p = layer(query, value, return_attention_scores=True)       p (N, H, T, S), to look at

    Steps of padding are looked at by nobody. Queries of padding look as others do; nobody counts
    what they get. A query that may look at nothing gets b_O.

    Grouped queries: with K < H the heads 0 to H / K - 1 of q look at head 0 of k and v, the next
    H / K at head 1, and so on. The gradient of a shared head is the sum over its group. W_K, W_V,
    and what `generate` keeps of each step, are K / H as large.

    Args:
        num_heads: H.
        key_dim: D, of each head.
        value_dim: E, of each head; D if not given.
        dropout: share of the weights p that is dropped in training.
        use_bias: False leaves out the four b.
        output_shape: M, as an integer; that of the query if not given.
        rotary: True rotates q and k by their positions (`RotaryEmbedding`).
        num_key_value_heads: K, which divides H; H if not given. Keras has it in a layer of its
            own, `GroupQueryAttention(D, H, K)`.
        options: `name`, `trainable`, `seed` (see `Layer`, `RandomLayer`), and of the four W and
            b what `Dense` takes: `kernel_initializer`, `bias_regularizer` and so on.

    Reference: Vaswani et al. (2017), "Attention is all you need", section 3.2; Ainslie et al.
    (2023), "GQA: training generalized multi-query Transformer models from multi-head
    checkpoints", section 2.2 and figure 2.
    """

    compares = False
    first_step, cache = 0, None  # set while `generate` writes: how many steps came before, and them
    handed_on = {"kernel": "glorot_uniform", "bias": "zeros"}

    def __init__(
        self,
        num_heads,
        key_dim,
        value_dim=None,
        dropout=0.0,
        use_bias=True,
        output_shape=None,
        rotary=False,
        num_key_value_heads=None,
        **options,
    ):
        self.of_dense = {"use_bias": use_bias} | of_roles(options, *self.handed_on)
        super().__init__(dropout, **options)
        self.num_heads = checks.positive_integer("num_heads", num_heads)
        self.key_dim = checks.positive_integer("key_dim", key_dim)
        value_dim = key_dim if value_dim is None else value_dim
        self.value_dim = checks.positive_integer("value_dim", value_dim)
        shared = num_heads if num_key_value_heads is None else num_key_value_heads
        self.num_key_value_heads = checks.positive_integer("num_key_value_heads", shared)
        if self.num_heads % self.num_key_value_heads:
            raise ValueError(f"num_key_value_heads={shared} must divide num_heads={num_heads}")
        self.units = output_shape
        self.rotation = RotaryEmbedding() if rotary else None

    def build(self, shape, rng):
        """Create W_Q (.., H D), W_K (.., K D), W_V (.., K E), W_O (H E, M), each with its b."""
        super().build(shape, rng)
        query, value, key = query_value_key(tuple(shapes(shape)))
        H, K, D, E = self.num_heads, self.num_key_value_heads, self.key_dim, self.value_dim
        self.query_dense = Dense(H * D, **self.of_dense)
        self.key_dense = Dense(K * D, **self.of_dense)
        self.value_dense = Dense(K * E, **self.of_dense)
        self.output_dense = Dense(self.units or query[-1], **self.of_dense)
        heads = (query[0], H * E)
        for name, one in ("query", query), ("key", key), ("value", value), ("output", heads):
            getattr(self, f"{name}_dense").prepare(one, self.ops, rng.spawn(1)[0])
        if self.rotation:
            self.rotation.prepare((query[0], H, D), self.ops)
        return self.output_dense.output_shape

    def __call__(self, query, value=None, key=None, training=False, **options):
        """As in `Layer`; arrays one by one or in a list; query_mask, value_mask and key_mask."""
        x = query if value is None else [part for part in (query, value, key) if part is not None]
        masks = [options.pop(f"{name}_mask", None) for name in ("query", "value", "key")]
        if any(mask is not None for mask in masks):
            options["mask"] = tuple(masks)
        return super().__call__(x, training, **options)

    def forward(
        self,
        x,
        training=False,
        mask=None,
        attention_mask=None,
        use_causal_mask=False,
        return_attention_scores=False,
    ):
        """x -> y (N, T, M), with the p (N, H, T, S) if asked.

        Args:
            x: (query, value), (query, value, key) or a query alone.
            training: True lets dropout work.
            mask: of each of them, (N, T) or (N, S): False at padding.
            attention_mask: (N or 1, T, S) or (T, S): False where a query must not look.
            use_causal_mask: True: query t sees the keys up to t.
            return_attention_scores: True returns (y, p).
        """
        query, value, key = query_value_key(x)
        q, q_cache = self.query_dense.forward(query)  # (N, T, H D)
        k, k_cache = self.key_dense.forward(key)  # (N, S, K D)
        v, v_cache = self.value_dense.forward(value)  # (N, S, K E)
        H, K = self.num_heads, self.num_key_value_heads
        q, k, v = (a.reshape(*a.shape[:2], n, -1) for a, n in ((q, H), (k, K), (v, K)))
        if self.rotation:
            q, k = (self.rotation.rotate(a, self.first_step) for a in (q, k))
        seen = self.visible(x, mask, attention_mask)  # (N or 1, T or 1, S)
        if self.cache:
            k, v, seen = self.cache.extended(k, v, seen)
        causal = self.first_step if use_causal_mask else None
        rate = self.dropout if training else 0.0
        how = (self.key_dim**-0.5, seen, causal, rate, draw_key(self) if rate else 0)
        a, log_sum = self.ops.attention.forward(q, k, v, *how)  # (N, T, H, E)
        y, y_cache = self.output_dense.forward(a.reshape(*a.shape[:2], -1))  # (N, T, M)
        attended = looks = Attended(q, k, v, a, log_sum, *how)
        if return_attention_scores:
            looks = with_unit_values(attended, self.ops)
            y = y, looks.y.swapaxes(1, 2)  # p (N, H, T, S)
        return y, (x, attended, looks, q_cache, k_cache, v_cache, y_cache)

    def backward(self, dy, cache):
        """Through W_O, the kernel, and W_Q, W_K, W_V; dy is (dy, dp) if forward returned p."""
        x, attended, looks, q_cache, k_cache, v_cache, y_cache = cache
        dy, dp = dy if isinstance(dy, tuple) else (dy, None)
        da = np.zeros_like(attended.y) if dy is None else self.output_dense.backward(dy, y_cache)
        dq, dk, dv = self.ops.attention.backward(da.reshape(attended.y.shape), *attended)
        if dp is not None:
            more = self.ops.attention.backward(dp.swapaxes(1, 2), *looks)
            dq, dk = dq + more[0], dk + more[1]
        if self.rotation:
            dq, dk = (self.rotation.rotate(d, self.first_step, -1) for d in (dq, dk))
        dq, dk, dv = (d.reshape(*d.shape[:2], -1) for d in (dq, dk, dv))  # (N, T, H D)
        dquery = self.query_dense.backward(dq, q_cache)
        dkey = self.key_dense.backward(dk, k_cache)
        return in_form_of(x, dquery, self.value_dense.backward(dv, v_cache), dkey)


def with_unit_values(attended, ops):
    """Return the same with unit vectors as values and without dropout: its y is p (N, T, H, S)."""
    q, (N, S, K, _) = attended.q, attended.k.shape
    units = np.tile(ops.xp.eye(S, dtype=q.dtype)[:, None], (N, 1, K, 1))  # (N, S, K, S)
    p, _ = ops.attention.forward(q, attended.k, units, *attended[5:8])
    return attended._replace(v=units, y=p, rate=0.0)
