"""Every loss and metric, called by hand with what it must not be given: refused in clear words.

A loss or metric with a new name fails a test until it has a row. Outputs that hold NaN are taken
with a warning, and so is one class of one; all else is an error that names the argument or shows
the shape, the type or the value.
"""

import inspect
import warnings

import numpy as np
import pytest

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
    "numbers": "CosineSimilarity Huber LogCosh MeanAbsoluteError MeanSquaredError",
    "answers": "BinaryCrossentropy BinaryFocalCrossentropy Dice KLDivergence PenaltyReducedFocal "
    "CategoricalCrossentropy CategoricalFocalCrossentropy",
    "signs": "Hinge",
    "labels": "SparseCategoricalCrossentropy",
    "boxes": "GeneralizedIoU",
    "steps": "CTC",
}
_OBJECTS = {
    "numbers": "MeanAbsoluteError MeanSquaredError RootMeanSquaredError",
    "signs": "BinaryAccuracy",
    "answers": "AUC F1Score FalseNegatives FalsePositives Precision Recall TrueNegatives "
    "TruePositives",
    "rows": "CategoricalAccuracy TopKCategoricalAccuracy",
    "labels": "SparseCategoricalAccuracy SparseTopKCategoricalAccuracy",
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
    "numbers": "huber mse mae mean_squared_error mean_absolute_error log_cosh cosine_similarity",
    "answers": "binary_crossentropy binary_focal_crossentropy categorical_crossentropy "
    "categorical_focal_crossentropy dice kl_divergence kld",
    "signs": "hinge",
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


def _met_badly(call, t, y, words):
    """Return what is wrong with how this was met: "" if it was refused in clear words."""
    try:
        with np.errstate(all="raise", under="ignore"):
            result = call(t, y)
    except (ValueError, TypeError) as error:
        clear = any(word in str(error) for word in words)
        return "" if clear else f"is obscure: {error}"
    except Exception as error:
        return f"ends in {type(error).__name__}: {error}"
    return f"is accepted: {result}"


def test_every_loss_and_metric_has_a_row():
    assert {name for name, (_, kind) in CASES.items() if kind is None} == set()


@pytest.mark.parametrize("name", CASES)
def test_it_takes_what_is_right(name):
    call, kind = CASES[name]
    call(*GOOD[kind])


@pytest.mark.parametrize("name", CASES)
def test_it_refuses(name):
    call, kind = CASES[name]
    (t, y), found = GOOD[kind], []
    for wrong in BAD[kind].split(","):
        said = _met_badly(call, WRONG[wrong](t), y, ("y_true", "targets", "label", "box"))
        if said:
            found.append(f"y_true {wrong} {said}")
    for wrong in OUTPUTS:
        said = _met_badly(call, t, WRONG[wrong](y), ("y_pred", "outputs"))
        if said:
            found.append(f"y_pred {wrong} {said}")
    assert "\n".join(found) == ""


@pytest.mark.parametrize("name", [name for name in CASES if CASES[name][1] != "classes"])
def test_outputs_that_hold_nan_are_told(name):
    call, kind = CASES[name]
    t, y = GOOD[kind]
    y = np.array(y, float)
    y.flat[1] = np.nan
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            call(t, y)
        except ValueError as error:
            assert "nan" in str(error)
        else:
            assert "y_pred holds 1 values that are NaN, the first" in str(told[0].message)
            assert told[0].category is RuntimeWarning


OBJECTS = [name for name in CASES if name.rpartition(".")[2][0].isupper() and "." in name]


@pytest.mark.parametrize("name", OBJECTS)
def test_weights_of_samples_are_looked_at(name):
    _, module, loss = name.split(".")
    t, y = GOOD[CASES[name][1]]
    one = getattr({"losses": losses, "metrics": metrics}[module], loss)()
    for weights in (["a"] * len(t), [np.nan] * len(t), [-1.0] * len(t), [], np.ones(len(t) + 1)):
        with pytest.raises((ValueError, TypeError), match=r"sample_weight|Dice"):
            one(t, y, sample_weight=weights)


def test_a_softmax_of_one_unit_is_told():
    one = np.ones((2, 1))
    for call, t in (
        (losses.categorical_crossentropy, one),
        (losses.sparse_categorical_crossentropy, [0, 0]),
        (losses.categorical_focal_crossentropy, one),
    ):
        with pytest.warns(UserWarning, match="always 1: nothing can be learned.*sigmoid"):
            call(t, one)


def test_edits_need_sequences():
    for bad in (None, 3, np.array(3)):
        with pytest.raises(TypeError, match="must be sequences"):
            metrics.edits.edit_distance(bad, ["a"])
        with pytest.raises(TypeError, match="must be sequences"):
            metrics.edits.word_error_rate([["a"]], [bad])


def test_there_are_many_cases():
    kinds = [kind for _, kind in CASES.values()]
    assert sum(len(BAD[kind].split(",")) + len(OUTPUTS) for kind in kinds) > 900
