"""What losses, metrics and layers are given where a reader calls them by hand.

In training nobody looks twice: `fit` has looked at the data, and it tells by itself when outputs
become NaN. So `trusting` holds there, and the checks below cost nothing.
"""

import functools
import threading
import warnings

import numpy as np

from minidl import checks, config, forms
from minidl.arrays import is_masked, on_gpu

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
    y_true = y_true if on_gpu(y_true) else checks.numeric("y_true", y_true)
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
        y_pred = checks.numeric("y_pred", y_pred)
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
    checks.labels(name, y_true, y_pred.shape[-1])


def looking_at_x(forward):
    """Return `forward` of a layer, which says what is wrong with an x that it cannot take.

    Whole numbers become floats, as in `layer(x)`. What an x has too much or too little would else
    be broadcast, or be an error of NumPy's, or of a loop's, layers below.
    """

    @functools.wraps(forward)
    def checked(self, x, *rest, **options):
        if type(x) is not np.ndarray or x.dtype.kind != "f" or not (x.size and x.ndim):
            each = functools.partial(_input, self)
            x = each(x) if x is None else forms.mapped(each, x)
        shape = self.input_shape
        if shape is None:
            return _before_it_is_built(self, forward, x, rest, options)
        if type(x) is np.ndarray and self.takes_shape != "any":
            other = x.ndim != 1 + len(shape) and self.takes_shape != "wide"
            wide = shape and self.takes_shape != "rank" and shape[-1] not in (None, x.shape[-1])
            if other or wide:
                _refuse_shape(self, x, shape)
        return forward(self, x, *rest, **options)

    return checked


def _input(layer, x):
    """Return one array of x as floats; complain of what is no array of numbers."""
    where = f"layer {layer.name!r}: x"
    kind = getattr(getattr(x, "dtype", None), "kind", None)
    if kind is None or kind not in "biuf" or is_masked(x):
        got = f"an array of {x.dtype}" if kind else type(x).__name__
        raise TypeError(
            f"{where} must be an array of numbers; got {got}. Calling the layer, layer(x), takes "
            "lists too; text is encoded as integers first"
        )
    if not (x.size and x.ndim):
        raise ValueError(f"{where} is empty: got shape {x.shape}, expected (N, ...) with N >= 1")
    return x if kind == "f" or layer.takes_integers else x.astype(config.floatx())


def _refuse_shape(layer, x, shape):
    if forms.several(shape):
        raise ValueError(f"layer {layer.name!r} takes {len(shape)} arrays, as a tuple; got one")
    raise ValueError(
        f"layer {layer.name!r} ({type(layer).__name__}) was built for x of shape "
        f"{('N', *shape)}; got {x.shape}"
    )


def _before_it_is_built(layer, forward, x, rest, options):
    """Run a layer that was not built: some need nothing of what is made there."""
    try:
        return forward(layer, x, *rest, **options)
    except AttributeError as error:
        if layer.built or (error.obj is not layer and error.obj is not None):
            raise
        raise RuntimeError(
            f"layer {layer.name!r} is not built, so it has no {error.name!r}: call it once, "
            "layer(x), or layer.prepare(x.shape[1:])"
        ) from None
