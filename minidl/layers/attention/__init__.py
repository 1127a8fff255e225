"""Attention: every step asks all steps which of them matter to it, and gets a mean of those.

`single` derives it with all its numbers in sight: one query, scores, softmax, mean. `multihead`
does so several times side by side, with a kernel that keeps no scores. Attention sees a set and
no order: `positions` has what tells the steps apart. `blocks` has the Transformer's two blocks.

N sequences, T queries, S keys with a value each, H heads; D numbers in a query and in a key, E in
a value.
"""

from minidl.layers.attention.blocks import (
    SwiGLU,
    TransformerDecoderBlock,
    TransformerEncoderBlock,
)
from minidl.layers.attention.multihead import MultiHeadAttention
from minidl.layers.attention.positions import (
    PositionEmbedding,
    RotaryEmbedding,
    SinePositionEncoding,
)
from minidl.layers.attention.single import AdditiveAttention, Attention

__all__ = [
    "AdditiveAttention",
    "Attention",
    "MultiHeadAttention",
    "PositionEmbedding",
    "RotaryEmbedding",
    "SinePositionEncoding",
    "SwiGLU",
    "TransformerDecoderBlock",
    "TransformerEncoderBlock",
]
