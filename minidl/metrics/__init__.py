"""Metrics: what people read. No gradient is taken, so they need not be smooth.

A metric is a function of (y_true, y_pred) or an object. `fit` and `evaluate` take the mean of a
function over the batches, each weighted by its number of samples, or of steps that are no padding.
That is right for an accuracy and wrong for an area under a curve, which no mean of batches gives:
an object (`AUC`, `Precision`) counts what it needs in every batch, and is asked at the end.

    metrics=["accuracy", "auc", metrics.Recall(0.3, name="recall_at_0.3")]
"""

from minidl.base import naming
from minidl.metrics.averages import (
    BinaryAccuracy,
    CategoricalAccuracy,
    MeanAbsoluteError,
    MeanSquaredError,
    SparseCategoricalAccuracy,
    TopKCategoricalAccuracy,
)
from minidl.metrics.base import Mean, Metric
from minidl.metrics.counts import (
    AUC,
    FalseNegatives,
    FalsePositives,
    Precision,
    Recall,
    TruePositives,
)
from minidl.metrics.functions import (
    accuracy,
    binary_accuracy,
    binary_crossentropy,
    bits_per_character,
    categorical_accuracy,
    categorical_crossentropy,
    mae,
    mean_absolute_error,
    mean_squared_error,
    mse,
    perplexity,
    sparse_categorical_accuracy,
    sparse_categorical_crossentropy,
)
from minidl.metrics.overlap import MeanIoU

_TABLE = naming.table_of(globals(), Metric, Mean)
_TABLE |= {  # where there are both, the function: it does not make a GPU wait
    "accuracy": accuracy,
    "acc": accuracy,
    "binary_accuracy": binary_accuracy,
    "categorical_accuracy": categorical_accuracy,
    "sparse_categorical_accuracy": sparse_categorical_accuracy,
    "binary_crossentropy": binary_crossentropy,
    "categorical_crossentropy": categorical_crossentropy,
    "sparse_categorical_crossentropy": sparse_categorical_crossentropy,
    "mse": mse,
    "mean_squared_error": mean_squared_error,
    "mae": mae,
    "mean_absolute_error": mean_absolute_error,
    "perplexity": perplexity,
    "bits_per_character": bits_per_character,
}

__all__ = ["Mean", "Metric", "get", "get_all", *(name for name in _TABLE if name in globals())]


def get(metric):
    """Return (name, metric), a function or a `Metric`, of what was given: a name, one, or a class.

    Results call it by that name: the one it was given by, or its own.
    """
    found = naming.lookup("metric", metric, _TABLE)
    if isinstance(metric, str):
        return metric, type(found)(name=metric) if isinstance(found, Metric) else found
    if not callable(found):
        raise TypeError(
            f"a metric is a function of (y_true, y_pred) or a minidl.metrics.Metric; got {found!r}"
        )
    if isinstance(found, Metric):
        return found.name, found
    naming.refuse_unfit("a metric", found, "y_true", "y_pred")
    return _name(found), found


def get_all(metrics):
    """Return the dict from name to metric of a list of metrics, or of one alone.

    Raises:
        ValueError: two have one name, or one is called "loss", under which results show the loss.
    """
    alone = isinstance(metrics, str) or callable(metrics)
    found = {}
    for name, metric in map(get, [metrics] if alone else metrics or ()):
        if name == "loss" or found.get(name, metric) is not metric:
            raise ValueError(
                f"metrics are told apart by their names, and {name!r} is taken: write a function "
                'with another name, or give an object name="..."'
            )
        found[name] = metric
    return found


def _name(function):
    """Return what results call a function: its own name, or that of its class."""
    function = getattr(function, "func", function)  # of a functools.partial
    return getattr(function, "__name__", type(function).__name__)
