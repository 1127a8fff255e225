"""Small helpers with the names that Keras gives them."""

import numpy as np

from minidl.config import set_random_seed
from minidl.preprocessing.sequence import pad_sequences

__all__ = ["pad_sequences", "set_random_seed", "to_categorical"]


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
