"""Every loss and metric, called by hand with what it must not be given: refused in clear words.

A loss or metric with a new name fails a test until it has a row. Outputs that hold NaN are taken
with a warning, and so is one class of one; all else is an error that names the argument or shows
the shape, the type or the value.
"""

import warnings

import numpy as np
import pytest
from bad_calls import BAD, CASES, GOOD, OUTPUTS, WRONG

from minidl import Sequential, layers, losses, metrics
from minidl.metrics import edits


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
    ):
        with pytest.warns(UserWarning, match="always 1: nothing can be learned.*sigmoid"):
            call(t, one)


SOFTMAXES = {
    "Dense": lambda: [layers.Dense(1, "softmax")],
    "Softmax": lambda: [layers.Dense(1), layers.Softmax()],
    "Activation": lambda: [layers.Dense(1), layers.Activation("softmax")],
}


@pytest.mark.parametrize("row", SOFTMAXES.values(), ids=SOFTMAXES)
@pytest.mark.parametrize("loss", ["mse", "binary_crossentropy", "categorical_crossentropy"])
def test_a_layer_says_it_once_and_a_loss_once_more(row, loss):
    """Of the first two losses nobody but the layer would say it."""
    model = Sequential(row(), seed=0)
    model.compile("sgd", loss)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for _ in range(2):
            model.fit(np.ones((4, 3)), np.ones((4, 1)), epochs=2, verbose=0)
        model.evaluate(np.ones((4, 3)), np.ones((4, 1)), verbose=0)
    said = [str(warning.message).split(",")[0] for warning in told]
    of_loss = ["CategoricalCrossentropy has one output"]
    assert said == ["softmax has one output", *(of_loss if loss.startswith("cat") else [])]


def test_a_softmax_by_hand_says_it_where_it_is_built():
    with pytest.warns(UserWarning, match="softmax has one output, .* always 1"):
        layers.Softmax()(np.ones((2, 1)))


def test_edits_need_sequences():
    for bad in (None, 3, np.array(3)):
        with pytest.raises(TypeError, match="must be sequences"):
            edits.edit_distance(bad, ["a"])
        with pytest.raises(TypeError, match="must be sequences"):
            edits.word_error_rate([["a"]], [bad])


def test_there_are_many_cases():
    kinds = [kind for _, kind in CASES.values()]
    assert sum(len(BAD[kind].split(",")) + len(OUTPUTS) for kind in kinds) > 900
