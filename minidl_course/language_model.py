"""A language model as people build one now, small: chapter 25, its demo and benchmark share it.

    tokens   byte pairs (`minidl_course.bpe`)
    blocks   RMSNorm in the branches, rotary positions, grouped queries, SwiGLU, no biases
    logits   by the matrix of the embedding, tied

References: Touvron et al. (2023), "LLaMA: open and efficient foundation language models", section
2.2; Ainslie et al. (2023), "GQA: training generalized multi-query transformer models from
multi-head checkpoints"; Press and Wolf (2017), "Using the output embedding to improve language
models".
"""

import numpy as np

from minidl.datasets import text
from minidl.initializers import RandomNormal
from minidl.layers import (
    Dense,
    Dropout,
    Input,
    ReversibleEmbedding,
    RMSNormalization,
    TransformerDecoderBlock,
)
from minidl.models import Model
from minidl_course.bpe import BytePairs
from minidl_course.play import weights

NAME = "language_model"  # of its weights, among those of the demos
SMALL = RandomNormal(stddev=0.02)  # as GPT-2 starts: all tokens are about equally likely


def gpt(
    V,
    width,
    blocks,
    heads,
    groups=None,
    hidden=None,
    dropout=0.0,
    positions=None,
    tied=True,
    **changed,
):
    """Return the model: tokens (N, T) -> logits (N, T, V), not compiled.

    Args:
        V: how many tokens there are.
        width: D, the numbers of a token.
        blocks: how many.
        heads: of queries.
        groups: of heads that share their keys and values; as many as heads if not given.
        hidden: numbers inside of SwiGLU; 8/3 D, rounded up to a multiple of 16, if not given.
        dropout: in training.
        positions: a layer behind the embedding, for blocks with `rotary=False`.
        tied: False makes the logits by a matrix of their own.
        changed: other arguments of the blocks, such as `activation="gelu"`.
    """
    hidden = hidden or -(-8 * width // 3 // 16) * 16
    how = {"activation": "swiglu", "normalize_first": True, "norm": "rms", "rotary": True}
    how |= {"use_bias": False, "num_key_value_heads": groups, "kernel_initializer": SMALL}
    ids, embed = Input((None,)), ReversibleEmbedding(V, width, SMALL, name="embed")
    x = embed(ids) if positions is None else positions(embed(ids))
    x = Dropout(dropout)(x)
    for n in range(blocks):
        name = f"block{n + 1}"
        block = TransformerDecoderBlock(hidden, heads, dropout=dropout, name=name, **how | changed)
        x = block(x)
    x = RMSNormalization(name="last")(x)
    logits = embed(x, reverse=True) if tied else Dense(V, use_bias=False, name="logits")(x)
    return Model(ids, logits)


def loaded():
    """Return the model that ships, in 8 bits a number, and its tokens."""
    extra = weights.load(NAME)["extra"]
    sizes = (extra[size] for size in ("tokens", "width", "blocks", "heads", "groups", "hidden"))
    return weights.restored(gpt(*sizes), NAME), BytePairs(extra["merges"])


def share_of_rate(share):
    """Which share of the highest rate holds when a share of the training is over: both 0 to 1.

    It rises over a twentieth of the training, and falls along half a cosine to a twentieth.
    """
    falling = (1 + np.cos(np.pi * max(share - 0.05, 0) / 0.95)) / 2
    return min(share / 0.05 + 0.01, 0.05 + 0.95 * falling)


def bits(model, ids, tokens, window=128, batch=32):
    """Return the bits a character that a model needs for a text: ids (T,) of tokens.

    It reads windows that begin every half of a window, and only the second half of each counts:
    those guesses have a past to look at.
    """
    x, y = text.windows(ids, window, stride=window // 2)
    x, y, half, spent = x, y[:, window // 2 :], window // 2, 0.0
    for start in range(0, len(x), batch):
        z = model.predict(x[start : start + batch], verbose=0)[:, half:].astype("float64")
        z -= z.max(axis=-1, keepdims=True)
        right = np.take_along_axis(z, y[start : start + batch, :, None], axis=2)[..., 0]
        spent += (np.log(np.exp(z).sum(axis=-1)) - right).sum()
    return spent / np.log(2) / len(tokens.as_bytes(y.ravel()))
