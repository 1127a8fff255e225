"""Writing with a model: guess the next token, draw one, feed it back.

A model that was trained to guess the next token gives a probability to each of V tokens. Always to
take the likeliest makes it repeat itself; to draw from all V makes it stumble over rare ones.
Between the two lie

    temperature t    p_j ~ exp(z_j / t):  1 as learned, below 1 bolder, 0 always the likeliest
    top_k            only the k likeliest tokens may be drawn

References: Ackley, Hinton and Sejnowski, "A learning algorithm for Boltzmann machines", 1985
(temperature); Fan, Lewis and Dauphin, "Hierarchical neural story generation", 2018 (top k).
"""

import contextlib

import numpy as np

from minidl import checks, config
from minidl.arrays import to_numpy
from minidl.layers import (
    Activation,
    Dense,
    Dropout,
    Embedding,
    GaussianNoise,
    Linear,
    Masking,
    Residual,
    TimeDistributed,
)
from minidl.layers.activations import ActivationLayer
from minidl.layers.normalization import Normalizer
from minidl.layers.recurrent.base import Recurrent
from minidl.layers.regularization import Regularized
from minidl.models import Sequential

# Layers that need nothing for a step but its own input and, if they are recurrent, their state.
_ROWS = (Sequential, Residual, TimeDistributed)
_ACTIVATIONS = (Activation, ActivationLayer, Linear, Regularized)
_OTHERS = (Recurrent, Embedding, Dense, Dropout, GaussianNoise, Masking, Normalizer)
STEP_BY_STEP = (*_ROWS, *_ACTIVATIONS, *_OTHERS)


def generate(model, prompt_ids, length, temperature=1.0, top_k=None, seed=None, window=None):
    """Continue a prompt; return the new ids, (length,) int64.

        vocabulary.decode(generate(model, vocabulary.encode("To be"), 200, seed=0))

    A model with recurrent layers reads the prompt once and then one token at a time: its state is
    its memory. Any other model reads the last `window` tokens anew at every step; so does one with
    a further layer that looks at several steps, such as a Conv1D, or may do so, as one of yours.
    The model is left as it was, the state of its stateful layers included.

    Args:
        model: a built model from ids (N, T) to (N, T, V), logits or probabilities.
        prompt_ids: ids (T,), at least one.
        length: how many tokens to write.
        temperature: 1 draws as learned, less is bolder, 0 always takes the likeliest.
        top_k: how many of the likeliest tokens may be drawn; all if not given.
        seed: the same seed writes the same text; without it every call writes another.
        window: how many tokens a model that reads anew can see. If not given: the length it was
            built for, or all there are if it has recurrent layers.

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
    below = [layer for path, layer in model.walk() if path]
    recurrent = [layer for layer in below if isinstance(layer, Recurrent)]
    remembers = bool(recurrent) and all(isinstance(layer, STEP_BY_STEP) for layer in below)
    total = len(ids) + length
    window = None if remembers else _window(model, window, total if recurrent else None)
    text = ids.tolist()
    new = text
    with _memory(recurrent, remembers):
        while len(text) < total:
            if not remembers:
                new = text[-window:]
                model.prepare((len(new),))  # refuses what it was not built for
            new = [int(sample(_next_logits(model, new), temperature, top_k, rng))]
            text += new
    return np.array(text[len(ids) :], np.int64)


def probabilities(logits, temperature=1.0, top_k=None):
    """Return with which probability each token is drawn: logits (..., V) -> p (..., V) float64.

    p_j = exp(z_j / t) / sum_i exp(z_i / t) over the k largest logits (and those that equal the
    smallest of them), 0 for the others. With a temperature t = 0 the largest logit gets it all,
    the first one if there are several.

    Raises `ValueError` for a negative temperature, for k below 1, and for logits that are NaN.
    """
    z = np.asarray(logits, np.float64)
    t = checks.finite_number("temperature", temperature, at_least=0)
    if np.isnan(z).any():
        raise ValueError(
            "the model's outputs hold NaN, so no token can be drawn: its training went wrong"
        )
    V = z.shape[-1]
    if t == 0:
        return np.eye(V)[z.argmax(axis=-1)]
    if top_k is not None:
        k = min(checks.positive_integer("top_k", top_k), V)
        z = np.where(z >= np.partition(z, V - k)[..., V - k, None], z, -np.inf)
    p = np.exp((z - z.max(axis=-1, keepdims=True)) / t)  # the largest is 1: nothing overflows
    return p / p.sum(axis=-1, keepdims=True)


def sample(logits, temperature=1.0, top_k=None, rng=None):
    """Draw one token from each row of logits (..., V) -> ids (...), int64.

    The line from 0 to 1 is divided into V pieces as long as their probabilities, and a uniform
    number falls on one of them. `rng` is a NumPy Generator; a fresh one if not given. The other
    arguments and the errors are those of `probabilities`.
    """
    ends = probabilities(logits, temperature, top_k).cumsum(axis=-1)  # (..., V)
    u = (rng or np.random.default_rng()).random((*ends.shape[:-1], 1))
    return np.argmax(u * ends[..., -1:] < ends, axis=-1)  # the first piece that ends beyond u


@contextlib.contextmanager
def _memory(recurrent, kept):
    """Within it these layers begin with an empty memory, kept from call to call or not."""
    for layer in recurrent:
        if layer.go_backwards:
            raise ValueError(
                f"layer {layer.name!r} reads from the end and cannot guess what comes next"
            )
    before = [(layer.stateful, layer.memory) for layer in recurrent]
    try:
        for layer in recurrent:
            layer.stateful, layer.memory = kept, None
        yield
    finally:
        for layer, (stateful, memory) in zip(recurrent, before):
            layer.stateful, layer.memory = stateful, memory


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


def _next_logits(model, ids):
    """Return what the model says after the last of these ids (T,), as logits (V,)."""
    x = np.array([ids], config.floatx())
    model.check_input(x)  # before it moves to a GPU, where nobody would
    y = to_numpy(model.forward(model.ops.xp.asarray(x))[0])  # (1, T) -> (1, T, V)
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
