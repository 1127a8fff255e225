"""What comes in from outside is looked at once, at the door.

`fit`, `evaluate` and `predict` call these before they touch a weight, so that a mistake in the
data is reported as a mistake in the data, and not as a broadcasting error ten layers down.
"""

import math
import numbers
import operator
import threading
import warnings

import numpy as np

from minidl.base import config
from minidl.base.arrays import as_array, is_masked, on_gpu


def numeric(name, values):
    """Return `values` as an array of numbers that holds at least one sample, all finite.

    Args:
        name: what the user calls it: "x", "y", "validation x".
        values: anything NumPy can turn into an array (N, ...).

    Raises:
        TypeError: not numbers (text, ragged lists, objects), or a masked array.
        ValueError: no samples, or a number that is NaN, infinite or too large for `floatx`.
    """
    if is_masked(values):
        raise TypeError(f"{name} is a masked array, and its mask would be lost: use x.filled(0)")
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise TypeError(f"{name} is not a rectangular array: {error}") from None
    if array.dtype.kind not in "biuf":
        raise TypeError(
            f"{name} must hold numbers; got dtype {array.dtype}. Encode text as integers first, "
            "and make sure that every sample has the same shape"
        )
    if array.ndim == 0 or array.size == 0:
        raise ValueError(f"{name} is empty: got shape {array.shape}, expected (N, ...) with N >= 1")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        bad = np.argwhere(~np.isfinite(array))
        first = tuple(int(i) for i in bad[0])
        raise ValueError(
            f"{name} holds {len(bad)} values that are NaN or infinite, the first at index {first}. "
            "Remove or replace them before training"
        )
    if array.dtype == np.float64 and config.floatx() == "float32":
        largest = max(array.max(), -array.min())
        if largest > np.finfo(np.float32).max:
            raise ValueError(
                f"{name} holds {largest:.3g}, and float32 ends at 3.4e+38: scale the data, or call "
                'minidl.base.config.set_floatx("float64") first'
            )
    return array


def same_length(x, y, names):
    """Refuse arrays of different numbers of samples; `names` says what they are."""
    if len(x) != len(y):
        raise ValueError(
            f"{names} must have the same number of samples; "
            f"got {len(x)} (shape {x.shape}) and {len(y)} (shape {y.shape})"
        )


def sample_weights(weights, N, name="sample_weight"):
    """Return how much each of N samples counts, as an array (N,) of finite numbers >= 0."""
    weights = numeric(name, weights)
    if weights.shape != (N,):
        raise ValueError(
            f"{name} needs one number a sample, shape ({N},); got shape {weights.shape}"
        )
    if weights.min() < 0:
        raise ValueError(
            f"{name} must not be negative; got {weights.min()} at index {weights.argmin()}"
        )
    return weights


def class_weights(class_weight, y, output_shape):
    """Return how much each sample counts (N,), which is the weight of its class.

    Args:
        class_weight: dict from class (integer) to weight, finite and >= 0.
        y: labels (N,) or (N, 1), or one-hot rows (N, C).
        output_shape: of one output of the model: (C,).
    """
    if not isinstance(class_weight, dict):
        raise TypeError(f"class_weight must be a dict from class to weight; got {class_weight!r}")
    if len(output_shape) > 1:
        raise ValueError(
            f"class_weight needs one label a sample, and outputs of shape {output_shape} have "
            "several. Use sample_weight"
        )
    if y.size > len(y):
        if not (np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all()):
            raise ValueError(
                f"class_weight needs integer labels or one-hot rows; got y of shape {y.shape} "
                "whose rows are not one-hot. Use sample_weight"
            )
        y = y.argmax(axis=1)
    classes, which = np.unique(y, return_inverse=True)
    missing = [c for c in classes.tolist() if c not in class_weight]
    if missing:
        raise ValueError(
            f"class_weight has no weight for class {', '.join(map(str, missing))}; it has "
            f"{', '.join(map(str, class_weight))}"
        )
    weights = [class_weight[c] for c in classes.tolist()]
    return sample_weights(weights, len(classes), "class_weight")[which.reshape(-1)]


def mask(mask, shape, where):
    """Return a mask as an array of bool of `shape` (N, T); None stays None.

    Args:
        mask: True or 1 at steps that count, False or 0 at padding.
        shape: that it must have.
        where: who needs it, for the error: "layer 'lstm'".
    """
    if mask is None:
        return None
    array = as_array(mask)
    if array.shape != shape or not (array.dtype == bool or np.isin(array, (0, 1)).all()):
        raise ValueError(
            f"{where} needs a mask of True and False with one entry a step, shape {shape}; got "
            f"{array.dtype} of shape {array.shape}"
        )
    return array.astype(bool, copy=False)


def options_of_a_call(name, options):
    """Refuse what a call of the layer `name` cannot keep in a graph: all but single values."""
    for option, value in options.items():
        if not isinstance(value, bool | int | float | str):
            raise TypeError(
                f"layer {name!r} takes no array as {option!r} in a graph: a mask comes with its "
                "value, from Embedding(mask_zero=True) or Masking, or is made in a layer of yours"
            )


def batch_size(value):
    """Return how many samples a batch has: an integer of at least 1; None is Keras's 32."""
    return positive_integer("batch_size", 32 if value is None else value)


def is_integer(value):
    """Whether `value` is an integer of Python's or NumPy's, and not a bool."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def labels(loss, y_true, C):
    """Return labels as int64; raise ValueError if they are no integers from 0 to C - 1."""
    found = y_true.astype(np.int64)
    if y_true.dtype.kind not in "iu" and not np.array_equal(found, y_true):
        raise ValueError(f"{loss} needs integer labels; got {y_true.dtype} fractions")
    if found.size and (found.min() < 0 or found.max() >= C):
        raise ValueError(
            f"{loss} needs labels from 0 to {C - 1}, because the model has {C} outputs; "
            f"got labels from {found.min()} to {found.max()}"
        )
    return found


def positive_integer(name, value, least=1):
    """Return `value` as an int of at least 1, or of at least `least`."""
    if not is_integer(value) or value < least:
        raise ValueError(f"{name} must be an integer of at least {least}; got {value!r}")
    return int(value)


def count_or_none(name, value):
    """Return `value` as an int of at least 1; None stays."""
    return None if value is None else positive_integer(name, value)


def flag(name, value):
    """Return `value` as a bool; 0 and 1 stand for False and True."""
    if not (isinstance(value, int | np.bool_) and value in (0, 1)):
        raise TypeError(f"{name} must be True or False; got {value!r}")
    return bool(value)


def finite_number(name, value, **limits):
    """Return `value` as a float that is finite and within the limits.

    Args:
        name: what the user calls it.
        value: a Python or NumPy number.
        limits: above=0, at_least=0, at_most=1 or below=1, whichever apply.
    """
    ok = isinstance(value, numbers.Real) and math.isfinite(value)
    if not (ok and all(_LIMITS[key][0](value, limit) for key, limit in limits.items())):
        bounds = " and".join(f" {_LIMITS[key][1]} {limit}" for key, limit in limits.items())
        raise ValueError(f"{name} must be a finite number{bounds}; got {value!r}")
    return float(value)  # a NumPy number would turn float32 arrays into float64


_LIMITS = {
    "above": (operator.gt, "above"),
    "at_least": (operator.ge, "of at least"),
    "at_most": (operator.le, "of at most"),
    "below": (operator.lt, "below"),
}


def nonzero_axis(name, axis):
    """Return `axis` as an int; 0, the axis of the batch, is refused."""
    if not is_integer(axis) or axis == 0:
        raise ValueError(
            f"{name} must be an integer other than 0, the axis of the batch; got {axis!r}"
        )
    return int(axis)


def axes(layer, shape, axes, hint=""):
    """Refuse samples of `shape` with another number of axes than `layer` is for.

    Args:
        layer: who refuses, for the error.
        shape: of one sample, without the batch axis.
        axes: what each axis is called: ("H", "W", "C") is an image.
        hint: what to do.
    """
    if len(shape) != len(axes):
        raise ValueError(
            f"layer {layer.name!r} ({type(layer).__name__}) needs samples of shape "
            f"({', '.join(axes)}); got {tuple(shape)}{hint and '. ' + hint}"
        )


def features(layer, shape, names, hint):
    """As `axes`, for a layer whose kernel has a row for each feature, on the last axis."""
    axes(layer, shape, names, hint)
    needed = layer.input_shape[-1] if layer.built else shape[-1]
    if needed is None or shape[-1] != needed:
        kernel = f"has a kernel of shape {layer.kernel.shape} and " if layer.built else ""
        raise ValueError(
            f"layer {layer.name!r} {kernel}needs samples of shape "
            f"({', '.join(names[:-1])}, {needed or f'a known {names[-1]}'}); got {tuple(shape)}"
        )


_here = threading.local()


class trusting:  # noqa: N801  read as a word: with trusting():
    """A block in which this thread looks at nothing, because that has been done."""

    def __enter__(self):
        self.before = trusted()
        _here.trusted = True

    def __exit__(self, *_):
        _here.trusted = self.before


def trusted():
    """Whether what is given has been looked at."""
    return getattr(_here, "trusted", False)


def pair(name, y_true, y_pred, targets=None, probabilities=False):
    """Return targets and outputs as arrays of numbers, neither of them empty.

    Args:
        name: of the loss or metric, for the errors.
        y_true: targets.
        y_pred: outputs (N, ...).
        targets: what they must be: "labels", integers (...) or (..., 1) from 0 to C - 1 for outputs
            (..., C); "rows", of the shape of the outputs; "answers", from 0 to 1; "signs", from -1
            to 1; None for any.
        probabilities: whether outputs must be from 0 to 1.

    Raises:
        TypeError: not numbers: text, objects, complex numbers; or a masked array.
        ValueError: empty; targets that are not finite or not what they must be; outputs that are no
            probabilities.

    Outputs that hold NaN are taken, with a RuntimeWarning: what a metric makes of them, a share of
    right answers, need not be NaN.
    """
    if trusted():
        return y_true, y_pred
    y_true = y_true if on_gpu(y_true) else numeric("y_true", y_true)
    if on_gpu(y_pred):
        return y_true, y_pred
    y_pred = _numbers(y_pred)
    if targets == "labels":
        _labels(name, y_true, y_pred)
    elif targets == "rows" and np.shape(y_true) != y_pred.shape:
        raise ValueError(
            f"{name} needs targets of the shape of the outputs, {y_pred.shape}; got "
            f"{np.shape(y_true)}. Integer labels: utils.to_categorical makes rows of them"
        )
    elif targets in ("answers", "signs") and y_pred.shape in (y_true.shape, (*y_true.shape, 1)):
        between(name, y_true, -1 if targets == "signs" else 0)
    if probabilities and not (y_pred.min() >= -1e-3 and y_pred.max() <= 1 + 1e-3):  # NaN, too
        raise ValueError(
            f"{name} needs probabilities; got y_pred from {y_pred.min()} to {y_pred.max()}: end "
            'the model with activation="sigmoid" or "softmax"'
        )
    _warn_of_nan(name, y_pred)
    return y_true, y_pred


def _numbers(y_pred):
    """Return outputs (N, ...) as an array of numbers, which may be NaN."""
    if isinstance(y_pred, list | tuple):
        try:
            y_pred = np.asarray(y_pred)
        except ValueError as error:
            raise TypeError(f"y_pred is not a rectangular array: {error}") from None
    floats = type(y_pred) is np.ndarray and y_pred.dtype.kind == "f"
    if not (floats and y_pred.size and y_pred.ndim):
        y_pred = numeric("y_pred", y_pred)
    return y_pred


def _warn_of_nan(name, y_pred):
    if y_pred.dtype.kind == "f" and np.geterr()["invalid"] != "ignore":
        wrong = np.argwhere(np.isnan(y_pred))
        if len(wrong):
            warnings.warn(
                f"{name}: y_pred holds {len(wrong)} values that are NaN, the first at index "
                f"{tuple(wrong[0].tolist())}: the result means nothing",
                RuntimeWarning,
                stacklevel=5,
            )


def between(name, y_true, lowest=0):
    """Raise ValueError for targets below `lowest` or above 1; those on a GPU pass."""
    if not on_gpu(y_true) and y_true.size and (y_true.min() < lowest or y_true.max() > 1):
        raise ValueError(
            f"{name} needs targets between {lowest} and 1; got values from {y_true.min()} to "
            f"{y_true.max()}"
        )


def one_class(thing, C):
    """Warn, once for each loss or layer, where one of C classes is to be told, and C is 1."""
    if C == 1 and not getattr(thing, "told_of_one_class", False):
        thing.told_of_one_class = True
        warnings.warn(
            f"{thing.name} has one output, and a softmax of one number is always 1: nothing can be "
            'learned. For yes and no use activation="sigmoid" and "binary_crossentropy"',
            UserWarning,
            stacklevel=4,
        )


def _labels(name, y_true, y_pred):
    rows = y_pred.shape[:-1]
    if y_true.shape not in (rows, (*rows, 1)):
        raise ValueError(
            f"{name} needs integer labels of shape {rows} for y_pred of shape {y_pred.shape}; got "
            f"y_true of shape {y_true.shape}"
        )
    labels(name, y_true, y_pred.shape[-1])
