"""Go on where the model stopped, instead of reading the whole text again for every token.

What a new step needs of the steps before is little. A recurrent layer needs their state. Attention
that looks back needs their keys and values, which no later step changes: they are kept, and the new
query meets them all. A layer of positions needs to know how many steps came before. To write token
n, attention then takes n products of a query and a key instead of n^2, and every other layer works
on 1 step instead of n.
"""

import contextlib

import numpy as np

from minidl.layers import (
    Activation,
    Add,
    Dense,
    Dropout,
    Embedding,
    GaussianNoise,
    Linear,
    Masking,
    MultiHeadAttention,
    PositionEmbedding,
    Residual,
    TimeDistributed,
    TransformerDecoderBlock,
)
from minidl.layers.activations import ActivationLayer
from minidl.layers.attention.blocks import AddAndNormalize
from minidl.layers.attention.positions import Positions
from minidl.layers.containers import Chain
from minidl.layers.normalization import Normalizer
from minidl.layers.recurrent.base import Recurrent
from minidl.layers.regularization import Regularized
from minidl.models import Sequential

# Layers that need nothing for a step but its own input and, if they are recurrent, their state.
_ROWS = (Sequential, Residual, TimeDistributed)
_ACTIVATIONS = (Activation, ActivationLayer, Linear, Regularized)
_OTHERS = (Recurrent, Embedding, Dense, Dropout, GaussianNoise, Masking, Normalizer, Positions, Add)
STEP_BY_STEP = (*_ROWS, *_ACTIVATIONS, *_OTHERS)
# The same inside of a decoder's block, where attention looks back and nowhere else.
INSIDE = (*STEP_BY_STEP, Chain, AddAndNormalize, MultiHeadAttention)


class Memory:
    """What a model needs of the steps that it has read.

    Args:
        model: built.

    Attributes:
        goes_on: whether all of its layers can go on where they stopped.
        reach: how many steps it can read in all: as many as it has positions; None: no end.
    """

    def __init__(self, model):
        self.model = model
        layers = [layer for path, layer in model.walk() if path]
        self.recurrent = [layer for layer in layers if isinstance(layer, Recurrent)]
        blocks = [layer for layer in layers if _looks_back_alone(layer)]
        inside = {layer for block in blocks for path, layer in block.walk() if path}
        known = all(
            layer in blocks or isinstance(layer, INSIDE if layer in inside else STEP_BY_STEP)
            for layer in layers
        )
        self.goes_on = known and bool(self.recurrent or blocks)
        self.ends = not self.recurrent or bool(blocks)  # whether a window limits what it reads
        self.attention = {layer for layer in inside if isinstance(layer, MultiHeadAttention)}
        self.numbered = {layer for layer in layers if isinstance(layer, Positions)} | self.attention
        lengths = [p.sequence_length for p in layers if isinstance(p, PositionEmbedding)]
        self.reach = min(lengths, default=None)

    @contextlib.contextmanager
    def kept(self):
        """Within it the model goes on from call to call; yields `read`, which calls it."""
        caches = [Cache() for _ in self.attention]
        for layer, cache in zip(self.attention, caches):
            layer.cache = cache

        def read(x):
            y, _ = self.model.forward(x)
            for layer in self.numbered:
                layer.first_step += x.shape[1]
            for cache in caches:
                cache.call = 0
            return y

        try:
            with self.states(True):
                yield read
        finally:
            for layer in self.numbered:
                layer.first_step = 0
            for layer in self.attention:
                layer.cache = None

    @contextlib.contextmanager
    def states(self, kept):
        """Within it recurrent layers begin with an empty state, kept from call to call or not."""
        for layer in self.recurrent:
            if layer.go_backwards:
                raise ValueError(
                    f"layer {layer.name!r} reads from the end and cannot guess what comes next"
                )
        before = [(layer.stateful, layer.memory) for layer in self.recurrent]
        try:
            for layer in self.recurrent:
                layer.stateful, layer.memory = kept, None
            yield
        finally:
            for layer, (stateful, memory) in zip(self.recurrent, before):
                layer.stateful, layer.memory = stateful, memory


class Cache:
    """The keys and values that one attention has made, for each place where it stands.

    A block may stand twice in a model: then its attention is called twice for every step.
    """

    def __init__(self):
        self.kept, self.call = [], 0

    def extended(self, k, v, seen):
        """Return (k, v, seen) with all that came before in front.

        Args:
            k: (N, T, H, D) of the new steps.
            v: (N, T, H, E) of them.
            seen: (N, 1, T), False at padding, or None.
        """
        new = (k, v, seen)
        if self.call == len(self.kept):
            self.kept.append(new)
        else:
            self.kept[self.call] = _joined(self.kept[self.call], new)
        self.call += 1
        return self.kept[self.call - 1]


def _joined(old, new):
    (k, v, seen), (new_k, new_v, new_seen) = old, new
    if seen is not None or new_seen is not None:
        seen = np.concatenate([_all_seen(k, seen), _all_seen(new_k, new_seen)], axis=2)
    return np.concatenate([k, new_k], axis=1), np.concatenate([v, new_v], axis=1), seen


def _all_seen(k, seen):
    return np.ones_like(k[:, None, :, 0, 0], bool) if seen is None else seen


def _looks_back_alone(layer):
    """Whether this is a decoder's block without a source, and not a class of yours made of it."""
    return type(layer) is TransformerDecoderBlock and not hasattr(layer, "cross_attention")
