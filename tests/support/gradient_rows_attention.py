"""Rows of the gradient table: attention, positions and the blocks of a Transformer."""

import numpy as np
from gradient_cases import LayerCase

from minidl import Input, layers
from minidl.initializers import RandomNormal
from minidl.models import Model, Sequential

T, S = 3, 4
SELF = (2, T, 6)
PAIR = (SELF, (2, S, 6))
TRIPLE = (SELF, (2, S, 3), (2, S, 6))  # the values have other features
QUERIES = np.array([[1, 1, 0], [1, 1, 1]], bool)  # padding behind
VALUES = np.array([[0, 1, 1, 0], [0, 0, 0, 0]], bool)  # in front and behind; nothing but padding
KEYS = np.array([[1, 1, 0, 1], [1, 1, 1, 1]], bool)
MASKS = {"queries": QUERIES, "values": VALUES, "keys": KEYS}  # by name, so that rows can be saved
PAIRS = np.array([[1, 0, 1, 1], [0, 0, 0, 0], [1, 1, 0, 1]], bool)  # a query may look at nothing


class Given(layers.Layer):
    """A layer whose forward is always given the same options."""

    takes_several = True

    def __init__(self, layer, given, **options):
        super().__init__(**options)
        self.layer, self.given = layer, given

    def build(self, shape, rng):
        return self.layer.prepare(shape, self.ops, rng)

    def forward(self, x, training=False):
        names = self.given.get("mask")
        several = isinstance(names, tuple | list)
        mask = tuple(map(MASKS.get, names)) if several else MASKS.get(names)
        seen = {"mask": mask} if names else {}
        return self.layer.forward(x, training, **self.given | seen)

    def backward(self, dy, cache):
        return self.layer.backward(dy, cache)


class Scaled(layers.Attention):
    """g is 0.6: the 1 that it starts from would hide where it is forgotten."""

    def __init__(self, **options):
        super().__init__(use_scale=True, **options)

    def build(self, shape, rng):
        y_shape = super().build(shape, rng)
        self.g.value[...] = 0.6
        return y_shape


def heads(key_dim=3, **options):
    """Two heads, with biases other than 0."""
    return layers.MultiHeadAttention(2, key_dim, bias_initializer="normal", **options)


def groups(num_heads=6, num_key_value_heads=2, key_dim=3, **options):
    """Three heads of queries share one of keys and values: twice."""
    options |= {"num_key_value_heads": num_key_value_heads, "bias_initializer": "normal"}
    return layers.MultiHeadAttention(num_heads, key_dim, **options)


CALLS = {
    "": {},
    ", causal": {"use_causal_mask": True},
    ", with the scores": {"return_attention_scores": True},
    ", causal, with the scores": {"use_causal_mask": True, "return_attention_scores": True},
    ", masked": {"mask": ("queries", "values")},
    ", masked and causal, with the scores": {
        "mask": ("", "values"),
        "use_causal_mask": True,
        "return_attention_scores": True,
    },
}
KINDS = {
    "dot attention": layers.Attention,
    "dot attention, scaled": Scaled,
    "additive attention": layers.AdditiveAttention,
    "additive attention, not scaled": lambda **o: layers.AdditiveAttention(use_scale=False, **o),
    "heads": heads,
    "heads, rotated": lambda **o: heads(4, rotary=True, **o),
    "heads in groups": lambda **o: groups(**o),
    "heads in groups, rotated": lambda **o: groups(key_dim=4, rotary=True, **o),
}
LAYERS = {}
for kind, make in KINDS.items():
    LAYERS |= {
        f"{kind}{name}": LayerCase(lambda m=make, g=given: Given(m(), g), PAIR)
        for name, given in CALLS.items()
    }
    LAYERS |= {
        f"{kind}, to itself": LayerCase(make, SELF),
        f"{kind}, with keys": LayerCase(make, TRIPLE),
        f"{kind}, with keys, masked": LayerCase(
            lambda m=make: Given(m(), {"mask": ("queries", "values", "keys")}), TRIPLE
        ),
        f"{kind}, one query": LayerCase(make, ((2, 1, 6), (2, S, 6))),
        f"{kind}, one key": LayerCase(make, (SELF, (2, 1, 6))),
        f"{kind}, dropout": LayerCase(
            lambda m=make: Given(m(dropout=0.4), {"return_attention_scores": True}), PAIR, True
        ),
        f"{kind}, dropout in inference": LayerCase(lambda m=make: m(dropout=0.4), PAIR),
    }
LAYERS |= {
    "heads that may not look everywhere": LayerCase(
        lambda: Given(heads(), {"attention_mask": PAIRS}), PAIR
    ),
    "heads that may not look everywhere, masked": LayerCase(
        lambda: Given(
            heads(),
            {
                "mask": ("queries", "values"),
                "attention_mask": np.stack([PAIRS, PAIRS[::-1]]),
                "use_causal_mask": True,
                "return_attention_scores": True,
            },
        ),
        PAIR,
    ),
    "heads with other values": LayerCase(lambda: heads(value_dim=2, output_shape=5), TRIPLE),
    "heads without bias": LayerCase(
        lambda: layers.MultiHeadAttention(3, 2, use_bias=False, kernel_regularizer="l2"), PAIR
    ),
    "heads in one group": LayerCase(lambda: groups(3, 1), SELF),
    "heads in groups with other values": LayerCase(lambda: groups(4, 2, value_dim=2), TRIPLE),
    "one head": LayerCase(lambda: layers.MultiHeadAttention(1, 2), SELF),
    "positions that are learned": LayerCase(lambda: layers.PositionEmbedding(5), (2, 3, 4)),
    "positions that are learned, all": LayerCase(lambda: layers.PositionEmbedding(3), (2, 3, 4)),
    "positions as waves": LayerCase(lambda: layers.SinePositionEncoding(), (2, 3, 4)),
    "positions as waves, odd": LayerCase(lambda: layers.SinePositionEncoding(20), (2, 3, 5)),
    "positions as rotations": LayerCase(lambda: layers.RotaryEmbedding(), (2, 3, 6)),
    "positions as rotations of heads": LayerCase(lambda: layers.RotaryEmbedding(50), (2, 3, 2, 4)),
}


def block(kind, **options):
    """A block whose parameters are all at work."""
    return kind(5, 2, activation="tanh", bias_initializer="normal", **options)


for order, first in ("before", True), ("after", False):
    for kind, name in (
        (layers.TransformerEncoderBlock, "encoder"),
        (layers.TransformerDecoderBlock, "decoder"),
    ):
        make = lambda k=kind, f=first, **o: block(k, normalize_first=f, **o)  # noqa: E731
        name = f"block of {name}, normalized {order}"
        LAYERS |= {
            name: LayerCase(make, (2, 3, 4)),
            f"{name}, dropout": LayerCase(lambda m=make: m(dropout=0.3), (2, 3, 4), True),
            f"{name}, rotated": LayerCase(lambda m=make: m(rotary=True), (2, 3, 4)),
            f"{name}, masked": LayerCase(lambda m=make: Given(m(), {"mask": "queries"}), (2, 3, 4)),
        }
    make = lambda f=first, **o: block(layers.TransformerDecoderBlock, normalize_first=f, **o)  # noqa: E731
    LAYERS |= {
        f"{name} with a source": LayerCase(make, ((2, 3, 4), (2, S, 5))),
        f"{name} with a source, dropout": LayerCase(
            lambda m=make: m(dropout=0.3), ((2, 3, 4), (2, S, 5)), True
        ),
        f"{name} with a source, masked": LayerCase(
            lambda m=make: Given(m(), {"mask": ("queries", "values")}), ((2, 3, 4), (2, S, 5))
        ),
    }


def llama(kind=layers.TransformerDecoderBlock, **options):
    """A block as in models of today: three matrices in its network, and no biases."""
    parts = {"activation": "swiglu", "norm": "rms", "rotary": True, "use_bias": False}
    return kind(5, 4, **parts | {"normalize_first": True, "num_key_value_heads": 2} | options)


LAYERS |= {
    "swiglu": LayerCase(lambda: layers.SwiGLU(4, bias_initializer="normal"), (5, 3)),
    "swiglu on a sequence": LayerCase(lambda: layers.SwiGLU(2, use_bias=False), (2, 3, 4)),
    "block of today": LayerCase(llama, (2, 3, 8)),
    "block of today, dropout": LayerCase(lambda: llama(dropout=0.3), (2, 3, 8), True),
    "block of today, masked": LayerCase(lambda: Given(llama(), {"mask": "queries"}), (2, 3, 8)),
    "block of today, normalized after": LayerCase(
        lambda: llama(normalize_first=False, use_bias=True, bias_initializer="normal"), (2, 3, 8)
    ),
    "block of today, encoder": LayerCase(
        lambda: Given(llama(layers.TransformerEncoderBlock), {"mask": "queries"}), (2, 3, 8)
    ),
    "block of today with a source": LayerCase(llama, ((2, 3, 8), (2, S, 5))),
}
LAYERS["block of an encoder that may not look everywhere"] = LayerCase(
    lambda: Given(
        block(layers.TransformerEncoderBlock), {"attention_mask": PAIRS[:, :3], "mask": "queries"}
    ),
    (2, 3, 4),
)


def _graph():
    """Options at calls, one layer called twice, and a query that is its own value."""
    q, v = Input((T, 6)), Input((S, 6))
    attend = layers.MultiHeadAttention(2, 3)
    y, p = attend(q, v, return_attention_scores=True)
    z = attend(y, v, use_causal_mask=True)
    w = layers.Attention(use_scale=True)([z, z], use_causal_mask=True)
    return Model([q, v], [w + z, p])


def _translator():
    """An encoder's block and a decoder's, on tokens of which some are padding."""
    source, target = Input((S,)), Input((T,))
    embed = layers.Embedding(6, 4, RandomNormal(stddev=1), mask_zero=True)
    x = layers.TransformerEncoderBlock(5, 2, activation="tanh")(embed(source))
    y = layers.TransformerDecoderBlock(5, 2, activation="tanh")([embed(target), x])
    return Model([source, target], layers.Dense(3)(y))


def _gpt():
    return Sequential(
        [
            layers.Embedding(6, 4, RandomNormal(stddev=1)),  # of tiny ones the norm is too curved
            layers.PositionEmbedding(5),
            block(layers.TransformerDecoderBlock, normalize_first=True),
            block(layers.TransformerDecoderBlock, normalize_first=True),
            layers.LayerNormalization(),
            layers.Dense(6),
        ]
    )


def _reversible(**options):
    return layers.ReversibleEmbedding(6, 8, RandomNormal(stddev=1), **options)


def _tied():
    """A GPT of today, whose table of vectors makes its logits, too."""
    tokens = Input((None,))
    embed = _reversible(mask_zero=True)
    h = llama()(llama()(embed(tokens)))
    return Model(tokens, embed(layers.RMSNormalization()(h), reverse=True))


def _tokens(*shapes):
    def draw(rng):
        drawn = tuple(rng.integers(0, 3, shape) for shape in shapes)
        return drawn if len(drawn) > 1 else drawn[0]

    return draw


LAYERS |= {
    "graph with attention": LayerCase(_graph, PAIR),
    "graph of a translator": LayerCase(_translator, ((2, S), (2, T)), draw=_tokens((2, S), (2, T))),
    "reversible embedding": LayerCase(_reversible, (2, 4), draw=_tokens((2, 4))),
    "reversible embedding, in reverse": LayerCase(
        lambda: Given(_reversible(), {"reverse": True}), (2, 3, 8)
    ),
    "reversible embedding, in reverse, flat": LayerCase(
        lambda: Given(_reversible(embeddings_regularizer="l2"), {"reverse": True}), (4, 8)
    ),
    "graph of a writer of today": LayerCase(_tied, (2, 4), draw=_tokens((2, 4))),
    "graph of a writer": LayerCase(_gpt, (2, 4), draw=_tokens((2, 4))),
}
