"""What the attention layers share: which arrays come in, and who may look at what."""

import functools

import numpy as np

from minidl.base import checks
from minidl.base.structure import each_shape, parts, shapes
from minidl.layers.attention import arguments
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
        arguments.query_value_key(self, [(None, *one) for one in shapes(shape)])
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
        arguments.query_value_key(self, [part.shape for part in x])
        mask = arguments.masks(self, query_value_key(mask), x)
        seen = [m[:, None] for m in mask[1:] if m is not None]  # of values and keys: (N, 1, S)
        if self.compares and mask[0] is not None:
            seen.append(mask[0][:, :, None])  # a query of padding sees nothing: (N, T, 1)
        if attention_mask is not None:
            shape = (*x[0].shape[:2], x[1].shape[1])
            seen.append(arguments.attention_mask(self, attention_mask, shape))
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
