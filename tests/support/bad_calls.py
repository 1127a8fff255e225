"""What every loss and metric takes, and what it must refuse when a reader calls it by hand.

Each has a row here: a kind, which says what its targets are.
"""

import inspect

import numpy as np

from minidl import losses, metrics

RNG = np.random.default_rng(0)
P = RNG.dirichlet(np.full(3, 5.0), 4)  # (N, C)
ROWS, LABELS = np.eye(3)[[0, 2, 1, 1]], np.array([0, 2, 1, 1])
NUMBERS = RNG.standard_normal((4, 3))
BOXES = np.array([[0.0, 0.0, 2.0, 1.0], [1.0, 1.0, 2.0, 3.0]])
STEPS = RNG.standard_normal((2, 5, 3))

# kind -> (y_true, y_pred) that are right
GOOD = {
    "numbers": (NUMBERS, NUMBERS + 1),
    "answers": (ROWS, P),
    "signs": (2 * ROWS - 1, NUMBERS),
    "rows": (ROWS, P),
    "labels": (LABELS, P),
    "boxes": (BOXES, BOXES + 0.1),
    "steps": (np.array([[1, 2], [2, 0]]), STEPS),
    "classes": (LABELS, LABELS[::-1]),
}
_COMMON = "as strings,as objects,masked,complex,empty,NaN,text,None,another batch,one number"
_LABELLED = ",label -1,label beyond,fractions,another order"
BAD = {
    "numbers": _COMMON + ",broadcast,infinite,beyond float32",
    "answers": _COMMON + ",broadcast,label -1,label beyond",
    "signs": _COMMON + ",broadcast,label beyond",
    "rows": _COMMON + ",broadcast",
    "labels": _COMMON + _LABELLED,
    "boxes": _COMMON + ",broadcast,reversed",
    "steps": _COMMON + ",label -1,label beyond,fractions",
    "classes": _COMMON + ",label -1,label beyond,fractions",
}


def _with(array, value):
    array = np.array(array, float)
    array.flat[1] = value
    return array


# name -> function of right targets that returns wrong ones
WRONG = {
    "as strings": lambda t: t.astype(str),
    "as objects": lambda t: t.astype(object),
    "masked": lambda t: np.ma.masked_array(t, t > 0),
    "complex": lambda t: t + 1j,
    "empty": lambda t: t[:0],
    "NaN": lambda t: _with(t, np.nan),
    "text": lambda t: "yes",
    "None": lambda t: None,
    "another batch": lambda t: t[1:],
    "one number": lambda t: 1.0,
    "broadcast": lambda t: t[:, :1],
    "infinite": lambda t: _with(t, np.inf),
    "beyond float32": lambda t: _with(t, 1e39),
    "label -1": lambda t: _with(t, -1).astype(int),
    "label beyond": lambda t: _with(t, 7).astype(int),
    "fractions": lambda t: _with(t, 0.5),
    "another order": lambda t: t.reshape(2, 2),
    "reversed": lambda t: t[:, ::-1],
}
OUTPUTS = ("as strings", "as objects", "masked", "complex", "empty", "text", "None", "one number")

_LOSSES = {
    "numbers": "Huber MeanAbsoluteError MeanSquaredError",
    "answers": "BinaryCrossentropy CategoricalCrossentropy Dice PenaltyReducedFocal",
    "labels": "SparseCategoricalCrossentropy",
    "boxes": "GeneralizedIoU",
    "steps": "CTC",
}
_OBJECTS = {
    "numbers": "MeanAbsoluteError MeanSquaredError",
    "signs": "BinaryAccuracy",
    "answers": "AUC FalseNegatives FalsePositives Precision Recall TruePositives",
    "rows": "CategoricalAccuracy TopKCategoricalAccuracy",
    "labels": "SparseCategoricalAccuracy",
    "classes": "MeanIoU",
}
_FUNCTIONS = {
    "numbers": "mae mean_absolute_error mean_squared_error mse",
    "signs": "binary_accuracy",
    "answers": "binary_crossentropy categorical_crossentropy",
    "rows": "categorical_accuracy",
    "labels": "accuracy bits_per_character perplexity sparse_categorical_accuracy "
    "sparse_categorical_crossentropy",
}
_FUNCTIONS_OF_LOSSES = {
    "numbers": "mse mae mean_squared_error mean_absolute_error",
    "answers": "binary_crossentropy categorical_crossentropy dice",
    "labels": "sparse_categorical_crossentropy",
    "steps": "ctc",
}
NO_LOSS = {"get", "Loss", "naming", "Mean", "Metric", "get_all"}


def _kinds(table):
    return {name: kind for kind, names in table.items() for name in names.split()}


def _callables(module):
    for name in dir(module):
        thing = getattr(module, name)
        if not name.startswith("_") and name not in NO_LOSS and callable(thing):
            yield name, thing


def _cases():
    for module, classes, functions in (
        (losses, _LOSSES, _FUNCTIONS_OF_LOSSES),
        (metrics, _OBJECTS, _FUNCTIONS),
    ):
        of_classes, of_functions = _kinds(classes), _kinds(functions)
        for name, thing in _callables(module):
            if not inspect.isclass(thing):
                yield f"{module.__name__}.{name}", thing, of_functions.get(name)
            elif name == "MeanIoU":
                yield name, lambda t, y: metrics.MeanIoU(3)(t, y), of_classes.get(name)
            else:
                make = lambda t, y, thing=thing: thing()(t, y)  # noqa: E731
                yield f"{module.__name__}.{name}", make, of_classes.get(name)


CASES = {name: (call, kind) for name, call, kind in _cases()}
