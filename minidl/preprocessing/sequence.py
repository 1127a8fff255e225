"""Sequences of different lengths in one array, as a batch needs them."""

import numpy as np

from minidl import naming


def pad_sequences(
    sequences, maxlen=None, dtype="int32", padding="pre", truncating="pre", value=0.0
):
    """Fill short sequences up and cut long ones off; Keras's function, with its defaults.

    The defaults fill and cut at the front, so that the last step is a real one: a layer that
    returns its last state then has it right even without a mask.

    Args:
        sequences: list of N sequences (T_i,), or (T_i, D); some may be empty.
        maxlen: T; the longest sequence's length if not given.
        dtype: of the result. The default is for token ids; give "float32" for other numbers.
        padding: "pre" or "post": fill in front or behind.
        truncating: "pre" or "post": cut off in front or behind.
        value: what to fill with.

    Returns:
        array (N, T) or (N, T, D).

    Raises:
        ValueError: no sequences; sequences of different D; values that `dtype` cannot hold.
    """
    for name, side in (("padding", padding), ("truncating", truncating)):
        naming.one_of(name, side, "pre", "post")
    rows = [np.asarray(row) for row in _listed(sequences)]
    filled = {i: row for i, row in enumerate(rows) if row.size}  # an empty one may have any D
    step = next((row.shape[1:] for row in filled.values()), ())
    T = max(map(len, rows)) if maxlen is None else maxlen
    padded = np.full((len(rows), T, *step), value, dtype)
    for i, row in filled.items():
        if row.shape[1:] != step:
            raise ValueError(
                f"sequence {i} has steps of shape {row.shape[1:]}, an earlier one has {step}"
            )
        kept = row[max(0, len(row) - T) :] if truncating == "pre" else row[:T]
        start = T - len(kept) if padding == "pre" else 0
        padded[i, start : start + len(kept)] = _converted(kept, padded.dtype, i)
    return padded


def _listed(sequences):
    """Return the sequences as a list; a single number among them is a mistake."""
    rows = list(sequences)
    if not rows:
        raise ValueError("pad_sequences needs at least one sequence; got an empty list")
    for i, row in enumerate(rows):
        if np.ndim(row) == 0:
            raise ValueError(f"sequence {i} is {row!r}; pad_sequences needs a list of sequences")
    return rows


def _converted(row, dtype, i):
    """Return the row in that dtype; 0.5 as int32 would silently be 0."""
    converted = row.astype(dtype)
    if dtype.kind in "iu" and not np.array_equal(converted, row):
        raise ValueError(
            f'sequence {i} holds numbers that {dtype} cannot: give dtype="float32" for fractions'
        )
    return converted
