"""Small helpers with the names that Keras gives them."""

import pathlib
import tempfile

import numpy as np

from minidl import summary
from minidl.config import set_random_seed
from minidl.preprocessing.sequence import pad_sequences

__all__ = [
    "PyDataset",
    "Sequence",
    "normalize",
    "pad_sequences",
    "plot_model",
    "set_random_seed",
    "to_categorical",
    "unpack_x_y_sample_weight",
]

IGNORED = (  # what Keras's plot_model also takes
    *("show_dtype", "rankdir", "expand_nested", "layer_range"),
    *("show_layer_activations", "show_trainable", "splines"),
)


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


def unpack_x_y_sample_weight(data):
    """Return (x, y, sample_weight) from x, (x,), (x, y) or all three; None stands for the missing.

    Raises:
        ValueError: more than three, or none.
    """
    if not isinstance(data, tuple | list):
        return data, None, None
    if not 1 <= len(data) <= 3:
        raise ValueError(
            f"a batch is x, (x,), (x, y) or (x, y, sample_weight); got {len(data)} parts"
        )
    return (*data, None, None)[:3]


def plot_model(
    model, to_file="model.png", show_shapes=False, *, show_layer_names=True, dpi=200, **options
):
    """Write a picture of a model's layers and of what each reads; see `plots.network_graph`.

    Args:
        model: a Sequential that is built, or a Model(inputs, outputs).
        to_file: where to; the ending is a format that Matplotlib writes, such as .png, .svg or
            .pdf. A file that is there stays until the new one is whole.
        show_shapes: whether to write the shape of what each layer returns.
        show_layer_names: whether to write the names of the layers, and not their classes alone.
        dpi: pixels an inch.
        options: show_dtype, rankdir, expand_nested, layer_range, show_layer_activations,
            show_trainable, splines: taken so that a program for Keras runs; the picture is the
            same whatever they say.

    Returns:
        in a notebook, a picture in one of the formats of pixels as an IPython Image; else None.

    Raises:
        ValueError: no such format.
        FileNotFoundError: there is no such folder.
        TypeError: no such option; or a model that cannot be drawn, see `plots.network_graph`.
        RuntimeError: the model does not know the shape of its input.
    """
    if unknown := options.keys() - IGNORED:
        raise TypeError(
            f"plot_model has no option {', '.join(sorted(unknown))}; there are show_shapes, "
            f"show_layer_names, dpi and, without effect, {', '.join(IGNORED)}"
        )
    from minidl import plots

    path = pathlib.Path(to_file)
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"cannot write {path}: there is no folder {str(path.parent)!r}. Make it first"
        )
    figure = plots.network_graph(model, show_shapes, show_layer_names).figure
    from matplotlib import pyplot

    try:
        formats = figure.canvas.get_supported_filetypes()
        if path.suffix[1:].lower() not in formats:
            raise ValueError(
                f"to_file is {path.name!r}; it must end in a format that can be written: "
                f"{', '.join('.' + ending for ending in formats)}"
            )
        with tempfile.TemporaryDirectory(dir=path.parent, prefix="plot-") as folder:
            part = pathlib.Path(folder, path.name)
            figure.savefig(part, dpi=dpi)
            part.replace(path)
    finally:
        pyplot.close(figure)
    if path.suffix.lower() in (".png", ".jpg", ".jpeg", ".gif") and summary.in_notebook():
        from IPython.display import Image

        return Image(filename=path)
    return None
