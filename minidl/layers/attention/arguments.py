"""What comes into layers of attention is looked at here; `checks` looks at everything else."""

import numpy as np

from minidl.base import checks
from minidl.base.arrays import as_array


def query_value_key(layer, shapes):
    """Refuse what is not up to three sequences, the last two of one length.

    Args:
        layer: who refuses. If it `compares` queries and keys, they have as many features.
        shapes: of the arrays (N, T, D), (N, S, E), (N, S, D); None for a length not known yet.
    """
    others, who = shapes[1:], f"layer {layer.name!r} ({type(layer).__name__})"
    right = len(shapes) <= 3 and all(len(one) == 3 and one[2] for one in shapes)
    if not right or not _alike(shapes, 0) or not _alike(others, 1):
        raise ValueError(
            f"{who} takes [query, value] or [query, value, key], with as many values as keys: "
            f"shapes (N, T, D), (N, S, E), (N, S, D); got {', '.join(map(str, shapes))}"
        )
    query, key = shapes[0][2], shapes[-1][2]
    if layer.compares and query != key:
        raise ValueError(
            f"{who} compares queries and keys, which need as many features; got {query} and "
            f"{key}. Bring them there with a Dense, or use MultiHeadAttention"
        )


def _alike(shapes, axis):
    return len({one[axis] for one in shapes} - {None}) < 2


def masks(layer, mask, x):
    """Return the masks of arrays x (N, T, ..) as arrays (N, T) of bool; None stays None."""
    who = f"layer {layer.name!r}"
    return [checks.mask(one, array.shape[:2], who) for one, array in zip(mask, x)]


def attention_mask(layer, mask, shape):
    """Return a mask of pairs (N or 1, T, S), for scores of `shape` (N, T, S).

    Args:
        layer: who needs it.
        mask: (N or 1, T, S) or (T, S) of True and False, or 1 and 0.
        shape: of the scores.
    """
    array = as_array(mask)
    array = array[None] if array.ndim == 2 else array
    right = array.shape[1:] == shape[1:] and len(array) in (1, shape[0])
    if not right or not (array.dtype == bool or np.isin(array, (0, 1)).all()):
        raise ValueError(
            f"layer {layer.name!r} needs an attention_mask of True and False, one for each query "
            f"and key, shape {shape} or {shape[1:]}; got {array.dtype} of shape {array.shape}"
        )
    return array


def heads(layer, shape, num_heads):
    """Refuse samples that are no sequences (T, D), or whose D heads cannot share."""
    D = shape[-1]
    if len(shape) != 2 or not D or D % num_heads:
        raise ValueError(
            f"layer {layer.name!r} ({type(layer).__name__}) takes samples of shape (T, D) and "
            f"shares D among {num_heads} heads, which must divide it; got {shape}"
        )


def steps(layer, shape):
    """Refuse samples without an axis of time and one of features: (T, D) or (T, .., D)."""
    if len(shape) < 2 or shape[-1] is None:
        raise ValueError(
            f"layer {layer.name!r} ({type(layer).__name__}) numbers the steps of samples of shape "
            f"(T, D); got {shape}. Tokens need an Embedding first"
        )


def positions(layer, T, longest):
    """Refuse more steps than the layer has positions for."""
    if longest < T:
        raise ValueError(
            f"layer {layer.name!r} has {longest} positions and got {T} steps: cut the sequences, "
            "or make it with a larger sequence_length"
        )
