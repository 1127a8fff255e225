"""What the attention layers share: which arrays come in, and who may look at what."""

import functools

import numpy as np

from minidl.base import checks
from minidl.base.arrays import as_array
from minidl.base.structure import each_shape, parts, shapes
from minidl.layers.dropout import RandomLayer


class AttentionLayer(RandomLayer):
    """Base of layers that x comes to as (query, value), (query, value, key) or a query alone.

        query (N, T, ..)    value (N, S, ..)    key (N, S, ..)

    Without keys the values are the keys; alone, the queries are the values, too: self-attention.

    Args:
        dropout: share of the weights of the mean that is dropped in training.
        seed: see `RandomLayer`.
    """

    takes_mask = takes_several = True
    compares = True  # query and key as they come; else it makes its own of them

    def __init__(self, dropout=0.0, seed=None, **options):
        super().__init__(seed, **options)
        self.dropout = checks.finite_number("dropout", dropout, at_least=0, below=1)

    def build(self, shape, rng):
        """Check the shapes; any lengths T and S may come."""
        check_shapes(self, [(None, *one) for one in shapes(shape)])
        self.input_shape = each_shape(lambda one: (None, one[1]), shape)

    def compute_mask(self, x, mask):
        """Return the mask of the queries (N, T): y has their steps."""
        return query_value_key(mask)[0]

    def visible(self, x, mask, attention_mask=None):
        """Return who may look at what: (N or 1, T or 1, S) of bool, or None: all at all.

        Args:
            x: the arrays that came in.
            mask: of each of them, (N, T) or (N, S) or None: False is padding.
            attention_mask: (N or 1, T, S) or (T, S): False where a query must not look.
        """
        x = query_value_key(x)
        check_shapes(self, [part.shape for part in x])
        mask = _masks(self, query_value_key(mask), x)
        seen = [m[:, None] for m in mask[1:] if m is not None]  # of values and keys: (N, 1, S)
        if self.compares and mask[0] is not None:
            seen.append(mask[0][:, :, None])  # a query of padding sees nothing: (N, T, 1)
        if attention_mask is not None:
            shape = (*x[0].shape[:2], x[1].shape[1])
            seen.append(_attention_mask(self, attention_mask, shape))
        seen = [self.ops.xp.asarray(m, bool) for m in seen]
        return functools.reduce(np.logical_and, seen) if seen else None


def query_value_key(x):
    """Return three arrays, or three masks, of the one, two or three that are given."""
    x = tuple(x) if isinstance(x, list) else parts(x)
    return (*x, x[-1], x[-1])[:3]


def in_form_of(x, dq, dv, dk):
    """Return the three gradients in the form of x: what came in once gets their sum."""
    if not isinstance(x, tuple):
        return dq + dv + dk
    return (dq, dv + dk) if len(x) == 2 else (dq, dv, dk)


def check_shapes(layer, shapes):
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


def _masks(layer, mask, x):
    """Return the masks of arrays x (N, T, ..) as arrays (N, T) of bool; None stays None."""
    who = f"layer {layer.name!r}"
    return [checks.mask(one, array.shape[:2], who) for one, array in zip(mask, x)]


def _attention_mask(layer, mask, shape):
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
