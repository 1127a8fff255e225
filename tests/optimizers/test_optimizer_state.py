"""What optimizers remember, and how it goes from one to the next."""

import numpy as np
import pytest
from stepping import EVERY, OPS, new, path_of

from minidl import optimizers
from minidl.layers import Param
from minidl.optimizers import schedules


def test_an_optimizer_keeps_its_memory_for_each_parameter_apart():
    optimizer = optimizers.SGD(0.1, 0.9)
    a, b = Param(np.zeros(2)), Param(np.zeros((3, 1)))
    a.grad += 1
    optimizer.step({"a": a, "b": b}, OPS)
    assert optimizer.state[a]["velocity"].tolist() == [-0.1, -0.1]
    assert not optimizer.state[b]["velocity"].any()
    assert optimizer.iterations == 1


@pytest.mark.parametrize("optimizer", EVERY, ids=lambda o: type(o).__name__)
def test_a_resumed_optimizer_ends_bit_for_bit_where_an_uninterrupted_one_does(optimizer, ops):
    gradients = np.random.default_rng(0).standard_normal(20)
    whole, half, other = new(optimizer), new(optimizer), new(optimizer)
    half.learning_rate = whole.learning_rate = 0.07
    expected = path_of(whole, gradients, ops)
    middle = path_of(half, gradients[:10], ops)[-1]
    saved = half.state_arrays({"w": next(iter(half.state))})
    before = {key: array.copy() for key, array in saved.items()}
    assert saved.keys() == {
        "iterations",
        "learning_rate",
        "w/steps",
        *(f"w/{s}" for s in half.slots),
    }
    param = Param(np.full(1, middle))
    other.load_state_arrays(saved, {"w": param})
    assert path_of(other, gradients[10:], ops, param=param) == expected[10:]
    assert other.iterations == 20
    for key, array in before.items():  # neither saving nor loading shares memory
        np.testing.assert_array_equal(saved[key], array)


def test_under_a_schedule_the_state_has_no_learning_rate():
    optimizer = optimizers.SGD(schedules.ExponentialDecay(0.5, 1, 0.5))
    path_of(optimizer, [1, 1])
    assert optimizer.state_arrays({}) == {"iterations": 2}
    other = new(optimizer)
    other.load_state_arrays({"iterations": np.array(2)}, {})
    assert other.learning_rate == 0.125


def _only(optimizer):
    """The only parameter that an optimizer has stepped, by the path "w"."""
    return {"w": next(iter(optimizer.state))}


def test_a_parameter_that_a_state_does_not_have_takes_its_first_step_again():
    adam, param = optimizers.Adam(), Param(np.full(1, 3.0))
    path_of(adam, [1, 2], param=param)
    adam.load_state_arrays(
        {"iterations": np.array(0), "learning_rate": np.array(0.001)}, {"w": param}
    )
    assert param not in adam.state and param not in adam.steps


def test_a_state_that_does_not_fit_is_refused_whole():
    adam, sgd = optimizers.Adam(), optimizers.SGD(0.1, 0.9)
    path_of(adam, [1])
    path_of(sgd, [1])
    with pytest.raises(ValueError, match=r"slots \(velocity\).*w/velocity: missing; w/m: no such"):
        sgd.load_state_arrays(adam.state_arrays(_only(adam)), _only(sgd))
    with pytest.raises(ValueError, match="iterations: missing; learning_rate: missing"):
        sgd.load_state_arrays({}, _only(sgd))
    with pytest.raises(ValueError, match="w/velocity: no such parameter"):
        sgd.load_state_arrays(sgd.state_arrays(_only(sgd)), {})
    with pytest.raises(ValueError, match=r"w/velocity: expected shape \(2, 3\), got \(1,\)"):
        sgd.load_state_arrays(sgd.state_arrays(_only(sgd)), {"w": Param(np.zeros((2, 3)))})
    assert sgd.iterations == 1 and sgd.learning_rate == 0.1
    assert "velocity" in next(iter(sgd.state.values()))
