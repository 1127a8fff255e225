"""Schedules: each against numbers worked out by hand."""

import math

import pytest

from minidl.base.configurable import from_data, to_data
from minidl.optimizers import schedules
from minidl.optimizers.schedules import (
    CosineDecay,
    ExponentialDecay,
    OneCycle,
)


def _rates(schedule, steps):
    rates = [schedule(step) for step in steps]
    assert all(type(rate) is float for rate in rates)
    again = from_data(to_data(schedule))
    assert [again(step) for step in reversed(steps)] == rates[::-1]  # pure, and plain data
    return rates


def test_exponential_decay_is_a_power_or_a_staircase():
    smooth = ExponentialDecay(8, decay_steps=4, decay_rate=0.25)
    assert _rates(smooth, [0, 2, 4, 6, 8]) == [8, 4, 2, 1, 0.5]
    stairs = ExponentialDecay(8, 4, 0.25, staircase=True)
    assert _rates(stairs, [0, 3, 4, 7, 8]) == [8, 8, 2, 2, 0.5]


def test_cosine_decay_is_half_a_wave():
    # at 0, 1/3, 1/2, 2/3, 1 of the way the cosine is 1, 1/2, 0, -1/2, -1
    steps = [0, 2, 3, 4, 6, 7, 99]
    assert _rates(CosineDecay(4.0, 6), steps) == pytest.approx([4, 3, 2, 1, 0, 0, 0])
    raised = _rates(CosineDecay(4.0, 6, alpha=0.25), steps)
    assert raised == pytest.approx([4, 3.25, 2.5, 1.75, 1, 1, 1])


def test_cosine_decay_warms_up_on_a_straight_line_first():
    schedule = CosineDecay(0.0, 6, alpha=0.25, warmup_target=4.0, warmup_steps=2)
    rates = _rates(schedule, [0, 1, 2, 4, 5, 8, 99])
    assert rates == pytest.approx([0, 2, 4, 3.25, 2.5, 1, 1])
    from_one = CosineDecay(1.0, 6, warmup_target=4.0, warmup_steps=3)
    assert _rates(from_one, [0, 1, 2, 3]) == pytest.approx([1, 2, 3, 4])


def test_one_cycle_goes_up_and_down():
    # up: steps 0 to 0.4 * 10 - 1 = 3, from 8 / 4 to 8; down: steps 3 to 9, from 8 to 2 / 10
    schedule = OneCycle(8.0, 10, pct_start=0.4, div_factor=4, final_div_factor=10)
    rates = _rates(schedule, [0, 1, 2, 3, 5, 6, 7, 9, 10, 99])
    expected = [2, 3.5, 6.5, 8, 0.2 + 7.8 * 0.75, 4.1, 0.2 + 7.8 * 0.25, 0.2, 0.2, 0.2]
    assert rates == pytest.approx(expected)
    default = OneCycle(1.0, 100)
    assert _rates(default, [0, 29, 99]) == pytest.approx([1 / 25, 1.0, 1 / 25 / 1e4])
    # a peak between steps 0 and 1, down from there, and factors of 1
    assert _rates(OneCycle(2.0, 8, 0.2, 1, 1), range(8)) == [2.0] * 8


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("ExponentialDecay", (0, 2, 0.5), "initial_learning_rate must be .* above 0; got 0"),
        ("ExponentialDecay", (1, 2.5, 0.5), "decay_steps must be an integer of at least 1"),
        ("ExponentialDecay", (1, 2, 0), "decay_rate must be a finite number above 0"),
        ("CosineDecay", (-1, 10), "initial_learning_rate must be .* at least 0; got -1"),
        ("CosineDecay", (0, 10), "the highest rate must be a finite number above 0; got 0"),
        ("CosineDecay", (1, 0), "decay_steps must be an integer of at least 1"),
        ("CosineDecay", (1, 10, 1.5), "alpha must be .* of at least 0 and of at most 1; got 1.5"),
        ("CosineDecay", (1, 10, 0, 2), "both .*; got warmup_target=2 and warmup_steps=0"),
        ("CosineDecay", (1, 10, 0, None, 5), "both .*; got warmup_target=None and warmup_steps=5"),
        ("CosineDecay", (1, 10, 0, 2, 0.5), "warmup_steps must be an integer"),
        ("OneCycle", (0, 10), "max_learning_rate must be a finite number above 0"),
        ("OneCycle", (1, 0), "total_steps must be an integer of at least 1"),
        ("OneCycle", (1, 10, 1.0), "pct_start must be a finite number above 0 and below 1"),
        ("OneCycle", (1, 10, 0.1), r"longer than 1 step; got 0.1 \* 10"),
        ("OneCycle", (1, 10, 0.3, 0), "div_factor must be a finite number above 0"),
        ("OneCycle", (1, 10, 0.3, 25, math.inf), "final_div_factor must be a finite number"),
    ],
)
def test_settings_that_cannot_work_are_refused(name, arguments, message):
    with pytest.raises(ValueError, match=message):
        getattr(schedules, name)(*arguments)
