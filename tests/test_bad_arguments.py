"""Every argument of every layer, loss, optimizer, ... given what it must not be given.

Each must be refused with an error that names the argument or the value: nothing is taken in
silence, and nothing fails far from its cause. `tests/support/bad_values.py` has the table.
"""

import inspect

import gradient_table
import numpy as np
import pytest
from bad_values import BAD, kind_of

from minidl import constraints, initializers, losses, metrics, optimizers, regularizers
from minidl.base.configurable import arguments
from minidl.base.structure import mapped
from minidl.optimizers import schedules

# What a class needs that cannot be made without arguments.
NEEDED = {
    "CosineDecay": {"initial_learning_rate": 0.1, "decay_steps": 10},
    "ExponentialDecay": {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5},
    "OneCycle": {"max_learning_rate": 0.1, "total_steps": 10},
    "MeanIoU": {"num_classes": 3},
}
BASES = {"Optimizer", "LearningRateSchedule", "Loss", "Metric", "Initializer", "Regularizer"}


def _layers():
    first = {}
    for case in gradient_table.LAYERS.values():
        layer = case.make()
        if type(layer).__module__.startswith("minidl."):
            first.setdefault(type(layer), (layer._arguments, case))
    return first


def _others():
    for module in (losses, optimizers, schedules, metrics, initializers, regularizers, constraints):
        for thing in vars(module).values():
            ours = inspect.isclass(thing) and thing.__module__.startswith(module.__name__)
            if ours and thing.__name__ not in BASES:
                yield thing


LAYERS = _layers()
OTHERS = sorted(set(_others()), key=lambda cls: cls.__name__)


def _rows(cls):
    for name, argument in arguments(cls).items():
        kind = kind_of(name, argument.default, cls.__name__)
        for bad in BAD.get(kind, ()):
            yield name, bad


def _met_badly(cls, given, use):
    """List what was not refused, or refused in words that do not help."""
    found = []
    for name, bad in _rows(cls):
        try:
            use(cls(**{**given, name: bad}))
        except (ValueError, TypeError) as error:
            if name not in str(error) and repr(bad) not in str(error):
                found.append(f"{name}={bad!r} is obscure: {error}")
        except Exception as error:
            found.append(f"{name}={bad!r} ends in {type(error).__name__}: {error}")
        else:
            found.append(f"{name}={bad!r} is accepted")
    return "\n".join(found)


@pytest.mark.parametrize("cls", LAYERS, ids=lambda cls: cls.__name__)
def test_a_layer_refuses(cls):
    given, case = LAYERS[cls]
    several = any(isinstance(part, tuple) for part in case.shape)
    shapes = tuple(map(tuple, case.shape)) if several else case.shape
    x = tuple(np.ones(s, "float32") for s in shapes) if several else np.ones(shapes, "float32")
    assert _met_badly(cls, given, lambda layer: layer(mapped(np.copy, x))) == ""


@pytest.mark.parametrize("cls", OTHERS, ids=lambda cls: cls.__name__)
def test_what_is_no_layer_refuses(cls):
    def use(thing):
        if isinstance(thing, initializers.Initializer):
            thing((3, 4), np.random.default_rng(0))

    assert _met_badly(cls, NEEDED.get(cls.__name__, {}), use) == ""


@pytest.mark.parametrize("cls", [*LAYERS, *OTHERS], ids=lambda cls: cls.__name__)
def test_every_argument_that_a_signature_shows_can_be_given_its_default(cls):
    given = LAYERS[cls][0] if cls in LAYERS else NEEDED.get(cls.__name__, {})
    for name, argument in arguments(cls).items():
        if name not in given and argument.default is not argument.empty:
            cls(**given, **{name: argument.default})


def test_every_argument_has_a_kind():
    unknown = {
        f"{name} of {cls.__name__}"
        for cls in [*LAYERS, *OTHERS]
        for name, argument in arguments(cls).items()
        if kind_of(name, argument.default, cls.__name__) is None
    }
    assert not unknown


def test_there_are_many_cases():
    assert sum(1 for cls in [*LAYERS, *OTHERS] for _ in _rows(cls)) > 1500
