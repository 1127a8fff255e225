"""The Transformer's blocks: attention, then a small network for each step, each with a bypass.

Around every layer F stands the same step, in one of two orders (`normalize_first`):

    after the sum:  y = norm(x + drop(F(x)))         the paper's
    before F:       y = x + drop(F(norm(x)))         x passes by untouched: deep stacks train

Backward, read from right to left, each with its own derivative:

    dz = norm'(dy)                dx = dz + F'(drop'(dz))
    dz = drop'(dy)                dx = dy + norm'(F'(dz))

References: Vaswani et al. (2017), "Attention is all you need", section 3.1 and figure 1; Xiong et
al. (2020), "On layer normalization in the Transformer architecture", figure 1 (the two orders);
Touvron et al. (2023), "LLaMA: open and efficient foundation language models", section 2.2 (there:
normalize_first, norm="rms", activation="swiglu", rotary=True).
"""

from minidl.base import checks, naming
from minidl.base.structure import each_shape, parts, shapes
from minidl.layers.attention.base import query_value_key
from minidl.layers.attention.multihead import MultiHeadAttention
from minidl.layers.containers import Chain
from minidl.layers.dense import Dense
from minidl.layers.dropout import Dropout
from minidl.layers.layer import Layer
from minidl.layers.normalization import LayerNormalization, RMSNormalization
from minidl.layers.weights import of_roles

NORMS = {"layer": LayerNormalization, "rms": RMSNormalization}


class SwiGLU(Layer):
    """y = silu(x W + b) * (x V + c): a Dense, each of whose outputs has a gate of its own.

        x (..., D)    W, V (D, M)    b, c (M,)    y (..., M)    silu(z) = z / (1 + exp(-z))

    The kernel `swiglu` multiplies, with z for x W + b and u for x V + c. A Dense behind it makes it
    the network of a block. Such a network has three matrices: M = 8/3 D costs as much as two with
    4 D between them.

    Args:
        units: M.
        use_bias: False leaves out b and c, as the paper does.
        options: `name`, `trainable` (see `Layer`), and of W, V, b and c what `Dense` takes.

    Reference: Shazeer (2020), "GLU variants improve Transformer", equations 5 and 6.
    """

    handed_on = {"kernel": "glorot_uniform", "bias": "zeros"}

    def __init__(self, units, use_bias=True, **options):
        of_dense = {"use_bias": use_bias} | of_roles(options, *self.handed_on)
        super().__init__(**options)
        self.gate, self.dense = (Dense(units, **of_dense) for _ in range(2))

    def build(self, shape, rng):
        """Prepare the two layers."""
        self.gate.prepare(shape, self.ops, rng.spawn(1)[0])
        return self.dense.prepare(shape, self.ops, rng.spawn(1)[0])

    def forward(self, x, training=False):
        """x (..., D) -> y (..., M)."""
        (z, z_cache), (u, u_cache) = self.gate.forward(x), self.dense.forward(x)
        return self.ops.swiglu.forward(z, u), (z, u, z_cache, u_cache)

    def backward(self, dy, cache):
        """dx: the sum of what comes back through both."""
        z, u, z_cache, u_cache = cache
        dz, du = self.ops.swiglu.backward(dy, z, u)
        return self.gate.backward(dz, z_cache) + self.dense.backward(du, u_cache)


class AddAndNormalize(Layer):
    """One step of a block: y = norm(x + drop(F(x))), or x + drop(F(norm(x))).

        x (N, T, D), or (x, source) for a layer that looks at a source, too    y (N, T, D)

    Args:
        layer: F, which returns the shape of x.
        normalize_first: which of the two.
        dropout: share of the numbers of F(x) that is dropped in training.
        epsilon: of the normalization.
        norm: "layer" or "rms", which of them.
    """

    takes_several = takes_mask = True

    def __init__(self, layer, normalize_first, dropout, epsilon, norm, **options):
        super().__init__(**options)
        self.normalize_first, self.drop = normalize_first, Dropout(dropout)
        self.norm, self.layer = NORMS[norm](epsilon=epsilon), layer
        if not normalize_first:
            self.norm = vars(self).pop("norm")  # weights are listed in the order of computing

    def build(self, shape, rng):
        """Prepare the three layers."""
        self.layer.prepare(shape, self.ops, rng.spawn(1)[0])
        self.norm.prepare(shapes(shape)[0], self.ops)
        return self.drop.prepare(shapes(shape)[0], self.ops, rng.spawn(1)[0])

    def forward(self, x, training=False, **options):
        """x -> y; options: those of the layer's forward, such as its mask."""
        x, *source = parts(x)
        z, n_cache = self.norm.forward(x) if self.normalize_first else (x, None)
        z, f_cache = self.layer.forward((z, *source) if source else z, training, **options)
        z, d_cache = self.drop.forward(z, training)
        y = x + z
        if not self.normalize_first:
            y, n_cache = self.norm.forward(y)
        return y, (f_cache, d_cache, n_cache)

    def backward(self, dy, cache):
        """dx, or (dx, dsource): what passes by, and what went through F."""
        f_cache, d_cache, n_cache = cache
        if not self.normalize_first:
            dy = self.norm.backward(dy, n_cache)
        dz, *dsource = parts(self.layer.backward(self.drop.backward(dy, d_cache), f_cache))
        if self.normalize_first:
            dz = self.norm.backward(dz, n_cache)
        return (dy + dz, *dsource) if dsource else dy + dz


class TransformerEncoderBlock(Layer):
    """Every step looks at all steps, then a network of two layers works on each step by itself.

        a = step(x, attention of x to itself)        y = step(a, W_2 f(W_1 a + b_1) + b_2)

        x (N, T, D)    a (N, T, D)    y (N, T, D)    `step`: `AddAndNormalize`

    Steps of padding are looked at by nobody. With normalize_first a normalization belongs behind
    the last block.

    Args:
        intermediate_dim: numbers between W_1 and W_2, often 4 D.
        num_heads: H; each head has D / H features.
        dropout: in training, of the weights of attention and of what both parts return.
        activation: f; "swiglu" puts a `SwiGLU` in the place of f(W_1 a + b_1).
        normalize_first: see above.
        layer_norm_epsilon: of both normalizations.
        rotary: True rotates queries and keys by their positions (`RotaryEmbedding`).
        norm: "layer" or "rms": `LayerNormalization` or `RMSNormalization`.
        num_key_value_heads: of keys and values; H if not given (see `MultiHeadAttention`).
        use_bias: False leaves out every b of attention and network.
        options: `name`, `trainable` (see `Layer`), and of every W and b what `Dense` takes, such
            as `kernel_initializer`.
    """

    takes_mask = True
    handed_on = {"kernel": "glorot_uniform", "bias": "zeros"}

    def __init__(
        self,
        intermediate_dim,
        num_heads,
        dropout=0.0,
        activation="relu",
        normalize_first=False,
        layer_norm_epsilon=1e-5,
        rotary=False,
        norm="layer",
        num_key_value_heads=None,
        use_bias=True,
        **options,
    ):
        self.of_dense = {"use_bias": use_bias} | of_roles(options, *self.handed_on)
        super().__init__(**options)
        self.intermediate_dim = checks.positive_integer("intermediate_dim", intermediate_dim)
        self.num_heads = checks.positive_integer("num_heads", num_heads)
        self.activation, self.rotary = activation, rotary
        norm = naming.one_of("norm", norm, *NORMS)
        self.step = (normalize_first, dropout, layer_norm_epsilon, norm)
        self.num_key_value_heads = num_key_value_heads

    def build(self, shape, rng):
        """Make and prepare the parts."""
        _check_heads(self, shapes(shape)[0], self.num_heads)
        self.input_shape = each_shape(lambda one: (None, *one[1:]), shape)  # any lengths
        T, D = shapes(shape)[0]
        self.self_attention = self.attention(D, self.rotary)
        if len(shapes(shape)) > 1:  # a decoder's, that has a source
            self.cross_attention = self.attention(D)
            self.cross_attention.prepare(self.input_shape, self.ops, rng.spawn(1)[0])
        F, options = self.intermediate_dim, {"name": "wide", **self.of_dense}
        gated = self.activation == "swiglu"
        wide = SwiGLU(F, **options) if gated else Dense(F, self.activation, **options)
        narrow = Dense(D, name="narrow", **self.of_dense)
        self.feedforward = AddAndNormalize(Chain([wide, narrow]), *self.step)
        for part in (self.self_attention, self.feedforward):
            part.prepare((None, D), self.ops, rng.spawn(1)[0])
        return T, D

    def attention(self, D, rotary=False):
        """Return the step of an attention with heads of D / H features."""
        options = self.of_dense | {"dropout": self.step[1], "rotary": rotary}
        options["num_key_value_heads"] = self.num_key_value_heads
        layer = MultiHeadAttention(self.num_heads, D // self.num_heads, **options)
        return AddAndNormalize(layer, *self.step)

    def forward(self, x, training=False, **masks):
        """x (N, T, D) -> y (N, T, D); mask and attention_mask as in `MultiHeadAttention`."""
        a, a_cache = self.self_attention.forward(x, training, **masks)
        y, f_cache = self.feedforward.forward(a, training)
        return y, (a_cache, f_cache)

    def backward(self, dy, cache):
        """dy -> da -> dx."""
        a_cache, f_cache = cache
        da = self.feedforward.backward(dy, f_cache)
        return self.self_attention.backward(da, a_cache)


class TransformerDecoderBlock(TransformerEncoderBlock):
    """As the encoder's block, but no step sees a later one; with a source, all steps look there.

        a = step(x, attention of x to itself and before)
        c = step(a, attention of a to the source)              with a source alone
        y = step(c, W_2 f(W_1 c + b_1) + b_2)

        x (N, T, D), or (x, source) with a source (N, S, E)    y (N, T, D)

    Called on x alone it is the block of a GPT, on [x, source] that of a translator. Arguments are
    those of `TransformerEncoderBlock`; only the attention to itself is rotated.
    """

    takes_several = True

    def __call__(self, x, source=None, training=False, **options):
        """As in `Layer`; `layer(x, source)` is `layer([x, source])`."""
        return super().__call__(x if source is None else [x, source], training, **options)

    def forward(self, x, training=False, mask=None):
        """x (N, T, D), or (x, source) -> y (N, T, D); mask: of both, (N, T) and (N, S)."""
        (x, *source), (of_x, *_) = parts(x), query_value_key(mask)
        a, a_cache = self.self_attention.forward(x, training, mask=of_x, use_causal_mask=True)
        c, c_cache = a, None
        if source:
            c, c_cache = self.cross_attention.forward((a, *source), training, mask=mask)
        y, f_cache = self.feedforward.forward(c, training)
        return y, (a_cache, c_cache, f_cache)

    def backward(self, dy, cache):
        """dy -> dc -> da and dsource -> dx, or (dx, dsource)."""
        a_cache, c_cache, f_cache = cache
        dc = self.feedforward.backward(dy, f_cache)
        if c_cache is None:
            return self.self_attention.backward(dc, a_cache)
        da, dsource = self.cross_attention.backward(dc, c_cache)
        return self.self_attention.backward(da, a_cache), dsource

    def compute_mask(self, x, mask):
        """Return the mask of x."""
        return query_value_key(mask)[0]


def _check_heads(layer, shape, num_heads):
    """Refuse samples that are no sequences (T, D), or whose D heads cannot share."""
    D = shape[-1]
    if len(shape) != 2 or not D or D % num_heads:
        raise ValueError(
            f"layer {layer.name!r} ({type(layer).__name__}) takes samples of shape (T, D) and "
            f"shares D among {num_heads} heads, which must divide it; got {shape}"
        )
