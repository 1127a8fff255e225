"""The learning rate as programs read and set it, and that it computes as a plain float."""

import copy
import json

import numpy as np
import pytest

from minidl import optimizers


def test_it_is_a_float_that_can_be_set_in_two_ways():
    optimizer = optimizers.SGD(0.5)
    rate = optimizer.learning_rate
    assert rate == 0.5 and isinstance(rate, float) and type(float(rate)) is float
    assert type(rate.numpy()) is float and f"{rate} {rate!r} {rate:.2f}" == "0.5 0.5 0.50"
    rate.assign(0.25)
    assert optimizer.learning_rate == 0.25 and rate == 0.5
    optimizer.learning_rate = optimizer.learning_rate * 0.5
    assert optimizer.learning_rate == 0.125
    assert json.dumps([rate]) == "[0.5]" and copy.deepcopy(rate) == 0.5
    with pytest.raises(ValueError, match="learning_rate must be a finite number above 0; got -1"):
        rate.assign(-1)


def test_a_schedule_cannot_be_assigned_to():
    optimizer = optimizers.SGD(optimizers.schedules.ExponentialDecay(0.1, 1, 0.5))
    optimizer.iterations = 2
    assert optimizer.learning_rate == 0.025
    with pytest.raises(TypeError, match="follows ExponentialDecay and cannot be set to 1"):
        optimizer.learning_rate.assign(1)


@pytest.mark.parametrize("name", ["add", "sub", "mul", "truediv", "pow"])
def test_arrays_keep_their_type_and_numbers_are_plain(name):
    rate, w = optimizers.SGD(0.5).learning_rate, np.ones(3, "f4")
    compute = getattr(__import__("operator"), name)
    for a, b in [(rate, w), (w, rate)]:
        result = compute(a, b)
        assert result.dtype == "f4"
        plain = [float(v) if v is rate else v for v in (a, b)]
        assert np.array_equal(result, compute(*plain))
    assert type(compute(rate, 2)) is type(compute(2, rate)) is float
    assert np.multiply(w, rate, out=w).dtype == "f4"


def test_the_old_name_is_refused_rather_than_set_in_vain():
    optimizer = optimizers.Adam()
    for attempt in (lambda: optimizer.lr, lambda: setattr(optimizer, "lr", 0.1)):
        with pytest.raises(AttributeError, match="the step size is called learning_rate"):
            attempt()
