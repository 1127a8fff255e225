"""Small helpers with the names that Keras gives them."""

import gc

import numpy as np

from minidl.base import naming
from minidl.base.config import set_random_seed

__all__ = [
    "PyDataset",
    "Sequence",
    "clear_session",
    "normalize",
    "pad_sequences",
    "set_random_seed",
    "to_categorical",
]


class PyDataset:
    """Base of data sets of yours that make one batch at a time, for `fit(x=dataset)`.

    Write `__len__`, the number of batches, and `__getitem__(i)`, the batch i: (x, y), or
    (x, y, sample_weight). `on_epoch_end` is called after each epoch.

    Args:
        workers, use_multiprocessing, max_queue_size: taken so that a program for Keras runs;
            batches are made one after the other whatever they say.
    """

    def __init__(self, workers=1, use_multiprocessing=False, max_queue_size=10):
        pass

    def __len__(self):
        raise NotImplementedError(f"{type(self).__name__}.__len__: the number of batches")

    def __getitem__(self, i):
        raise NotImplementedError(f"{type(self).__name__}.__getitem__: batch {i}")

    def on_epoch_end(self):
        """Shuffle, for instance."""


Sequence = PyDataset  # its name in Keras 2


def to_categorical(x, num_classes=None, dtype="float32"):
    """Turn integer labels into one-hot rows.

    Args:
        x: labels (...) or (..., 1), integers from 0 to C - 1.
        num_classes: C; the largest label plus one if not given.
        dtype: of the result.

    Returns:
        array (..., C) with a 1 at each label.

    Raises:
        ValueError: labels that are not integers in range.
    """
    labels = np.asarray(x)
    if labels.ndim > 1 and labels.shape[-1] == 1:
        labels = labels[..., 0]
    integers = labels.astype(np.int64)
    if labels.size == 0 or not np.array_equal(integers, labels):
        raise ValueError(f"to_categorical needs integer labels; got {labels.dtype} {labels.shape}")
    C = int(integers.max()) + 1 if num_classes is None else num_classes
    if integers.min() < 0 or integers.max() >= C:
        raise ValueError(
            f"to_categorical needs labels from 0 to {C - 1} for {C} classes; "
            f"got labels from {integers.min()} to {integers.max()}"
        )
    rows = np.zeros((*integers.shape, C), dtype)
    np.put_along_axis(rows, integers[..., None], 1, axis=-1)
    return rows


def normalize(x, axis=-1, order=2):
    """Divide vectors by their length; those of length 0 stay as they are.

    Args:
        x: array (...).
        axis: along which the vectors lie.
        order: of the norm, as in `numpy.linalg.norm`: 1, 2, inf.

    Returns:
        array (...) of floats.
    """
    x = np.asarray(x)
    length = np.linalg.norm(x, order, axis, keepdims=True)
    return x / np.where(length == 0, 1, length)


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


def clear_session():
    """Free what no variable leads to any more; there is nothing else to clear here."""
    gc.collect()
