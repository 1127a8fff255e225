"""Go on with a text, one token after the other."""

import numpy as np

from minidl import checks, config
from minidl.arrays import to_numpy
from minidl.generation.drawing import sample
from minidl.generation.memory import Memory


def generate(model, prompt_ids, length, temperature=1.0, top_k=None, seed=None, window=None):
    """Continue a prompt; return the new ids, (length,) int64.

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
        seed: the same seed writes the same text; without it every call writes another.
        window: how many tokens a model sees that is not all recurrent. If not given: the length it
            was built for, or has positions for, or else all there are if it remembers or has
            recurrent layers.

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
        text.append(int(sample(logits, temperature, top_k, rng)))

    if memory.goes_on and len(text) <= window:
        with memory.kept() as read:
            write(_next_logits(model, text, read))
            while len(text) < min(total, window + 1):
                write(_next_logits(model, text[-1:], read))
    with memory.states(False):
        while len(text) < total:
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
