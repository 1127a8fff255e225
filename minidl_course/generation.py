"""Draw a token from what a model says, and let it write: each step computed once.

A model that was trained to guess the next token gives a probability to each of V tokens. Always to
take the likeliest makes it repeat itself; to draw from all V makes it stumble over rare ones.
Between the two lie, in the order in which they act,

    temperature t    p_j ~ exp(z_j / t):  1 as learned, below 1 bolder, 0 always the likeliest
    top_k            only the k likeliest tokens may be drawn
    top_p            of these only the fewest that have the share p of the probability together

References: Ackley, Hinton and Sejnowski, "A learning algorithm for Boltzmann machines", 1985
(temperature); Fan, Lewis and Dauphin, "Hierarchical neural story generation", 2018 (top k);
Holtzman, Buys, Du, Forbes and Choi, "The curious case of neural text degeneration", 2020, section
3.1, equation 2 (top p, "nucleus sampling"). The order is that of Hugging Face's `generate`.
"""

import contextlib

import numpy as np

from minidl.base import checks, config
from minidl.base.arrays import to_numpy
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
    RMSNormalization,
    SwiGLU,
    TimeDistributed,
    TransformerDecoderBlock,
)
from minidl.layers.activations import ActivationLayer, Regularized
from minidl.layers.attention.blocks import AddAndNormalize
from minidl.layers.attention.positions import Positions
from minidl.layers.containers import Chain
from minidl.layers.normalization import Normalizer
from minidl.layers.recurrent.base import Recurrent
from minidl.models import Sequential
from minidl_course.lora import LoRA


def probabilities(logits, temperature=1.0, top_k=None, top_p=None):
    """Return with which probability each token is drawn: logits (..., V) -> p (..., V) float64.

    p_j = exp(z_j / t) / sum_i exp(z_i / t) over the k largest logits (and those that equal the
    smallest of them), 0 for the others. Of these p the largest stay until their sum is top_p or
    more (and those that equal the smallest of them), divided by that sum; 0 for the others. With a
    temperature t = 0 the largest logit gets it all, the first one if there are several.

    Raises `ValueError` for a negative temperature, for k below 1, for a top_p that is not above 0
    and at most 1, and for logits that are NaN.
    """
    z = np.asarray(logits, np.float64)
    t = checks.finite_number("temperature", temperature, at_least=0)
    if np.isnan(z).any():
        raise ValueError(
            "the model's outputs hold NaN, so no token can be drawn: its training went wrong"
        )
    V = z.shape[-1]
    k = V if top_k is None else min(checks.positive_integer("top_k", top_k), V)
    top_p = 1 if top_p is None else checks.finite_number("top_p", top_p, above=0, at_most=1)
    if t == 0:
        return (np.arange(V) == z.argmax(axis=-1)[..., None]).astype(np.float64)
    if k < V:
        z = np.where(z >= np.partition(z, V - k)[..., V - k, None], z, -np.inf)
    p = np.exp((z - z.max(axis=-1, keepdims=True)) / t)  # the largest is 1: nothing overflows
    p /= p.sum(axis=-1, keepdims=True)
    if top_p < 1:
        falling = -np.sort(-p, axis=-1)  # (..., V)
        larger = falling.cumsum(axis=-1) - falling  # the sum of those before
        least = np.where(larger < top_p, falling, 1).min(axis=-1, keepdims=True)
        p = np.where(p >= least, p, 0)
        p /= p.sum(axis=-1, keepdims=True)
    return p


def sample(logits, temperature=1.0, top_k=None, top_p=None, rng=None):
    """Draw one token from each row of logits (..., V) -> ids (...), int64.

    The line from 0 to 1 is divided into V pieces as long as their probabilities, and a uniform
    number falls on one of them. `rng` is a NumPy Generator; a fresh one if not given. The other
    arguments and the errors are those of `probabilities`.
    """
    ends = probabilities(logits, temperature, top_k, top_p).cumsum(axis=-1)  # (..., V)
    u = (rng or np.random.default_rng()).random((*ends.shape[:-1], 1))
    return np.argmax(u * ends[..., -1:] < ends, axis=-1)  # the first piece that ends beyond u


# Layers that need nothing for a step but its own input and, if they are recurrent, their state.
_ROWS = (Sequential, Residual, TimeDistributed)
_ACTIVATIONS = (Activation, ActivationLayer, Linear, Regularized)
_OTHERS = (Recurrent, Embedding, Dense, LoRA, Dropout, GaussianNoise, Masking, Positions, Add)
_NORMS = (Normalizer, RMSNormalization)
STEP_BY_STEP = (*_ROWS, *_ACTIVATIONS, *_OTHERS, *_NORMS, SwiGLU)
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
            k: (N, T, K, D) of the new steps, K heads that groups of queries may share.
            v: (N, T, K, E) of them.
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


def generate(
    model,
    prompt_ids,
    length,
    temperature=1.0,
    top_k=None,
    top_p=None,
    seed=None,
    window=None,
    stop=None,
):
    """Continue a prompt; return the new ids, (length,) int64, fewer if a text ends before.

        vocabulary.decode(generate(model, vocabulary.encode("To be"), 200, seed=0))

    A model with recurrent layers, or with decoder blocks of a Transformer, reads the prompt once
    and then one token at a time: its state, or its keys and values, are its memory. Any other model
    reads the last `window` tokens anew at every step; so does one with a further layer that looks
    at several steps, such as a Conv1D, or may do so, as one of yours. The model is left as it was,
    the state of its stateful layers included.

    Whether it remembers or reads anew changes the time and not the text. So a Transformer whose
    window is full reads the last `window` tokens anew from there on: every one of them then stands
    at another position than before, and no key or value that was kept still holds.

    Args:
        model: a built model from ids (N, T) to (N, T, V), logits or probabilities.
        prompt_ids: ids (T,), at least one.
        length: how many tokens to write.
        temperature: 1 draws as learned, less is bolder, 0 always takes the likeliest.
        top_k: how many of the likeliest tokens may be drawn; all if not given.
        top_p: the share of the probability that the likeliest have together, which may be drawn;
            1 if not given.
        seed: the same seed writes the same text; without it every call writes another.
        window: how many tokens a model sees that is not all recurrent. If not given: the length it
            was built for, or has positions for, or else all there are if it remembers or has
            recurrent layers.
        stop: the id that ends a text, and is the last one written.

    Raises:
        ValueError: an empty prompt; a model of another form; outputs that are NaN.
    """
    ids = np.asarray(prompt_ids)
    if ids.ndim != 1 or ids.size == 0:
        raise ValueError(
            f"generate continues one prompt of at least one token, shape (T,); got {ids.shape}"
        )
    checks.positive_integer("length", length)
    if not model.built:
        raise ValueError("generate needs a trained model: this one has not seen any data")
    rng = np.random.default_rng(seed)
    memory, total = Memory(model), len(ids) + length
    longest = total if memory.goes_on or memory.recurrent else None
    if memory.goes_on and not memory.ends:
        window = total
    else:
        window = _window(model, window, memory.reach or longest)
    text = ids.tolist()

    def write(logits):
        text.append(int(sample(logits, temperature, top_k, top_p, rng)))

    def ended():
        return len(text) == total or (len(text) > len(ids) and text[-1] == stop)

    if memory.goes_on and len(text) <= window:
        with memory.kept() as read:
            write(_next_logits(model, text, read))
            while len(text) <= window and not ended():
                write(_next_logits(model, text[-1:], read))
    with memory.states(False):
        while not ended():
            new = text[-window:]
            model.prepare((len(new),))  # refuses what it was not built for
            write(_next_logits(model, new, lambda x: model.forward(x)[0]))
    return np.array(text[len(ids) :], np.int64)


def _window(model, window, longest):
    """Return how many tokens a model that reads anew is shown; `longest` if nothing limits it."""
    window = model.input_shape[0] if window is None else checks.positive_integer("window", window)
    window = window or longest
    if window is None:
        raise ValueError(
            f"model {model.name!r} takes any length and has no recurrent layer: say how many "
            "tokens it is shown at every step, window=..."
        )
    return window


def _next_logits(model, ids, read):
    """Return what the model says after the last of these ids (T,), as logits (V,).

    read: what calls the model: (1, T) -> (1, T, V).
    """
    x = np.array([ids], config.floatx())
    model.check_input(x)  # before it moves to a GPU, where nobody would
    y = to_numpy(read(model.ops.xp.asarray(x)))  # (1, T) -> (1, T, V)
    if y.ndim != 3:
        raise ValueError(
            f"generate needs a model from ids (N, T) to (N, T, V); outputs of this one have shape "
            f"{y.shape}. Its last recurrent layer may need return_sequences=True"
        )
    z = y[0, -1].astype(np.float64)
    if z.min() >= 0 and abs(z.sum() - 1) < 1e-3:  # probabilities: the softmax of log p is p
        with np.errstate(divide="ignore"):
            return np.log(z)
    return z
