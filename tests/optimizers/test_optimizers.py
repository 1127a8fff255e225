"""Optimizers: first steps by hand, decay, clipping."""

import numpy as np
import pytest
from stepping import EVERY, OPS, new, path_of

from minidl import constraints, optimizers
from minidl.layers import Param
from minidl.optimizers import schedules

# ------------------------------------------------------------------- first steps by hand


def test_sgd_by_hand(ops):
    assert path_of(optimizers.SGD(0.1), [1, 0.9], ops) == pytest.approx([0.9, 0.81])
    # v: -0.1, then 0.5 * -0.1 - 0.1 * 0.9 = -0.14
    assert path_of(optimizers.SGD(0.1, 0.5), [1, 0.9], ops) == pytest.approx([0.9, 0.76])
    # v: -0.1, w: 1 - 0.05 - 0.1; v: -0.05 - 0.085 = -0.135, w: 0.85 - 0.0675 - 0.085
    nesterov = optimizers.SGD(0.1, 0.5, nesterov=True)
    assert path_of(nesterov, [1, 0.85], ops) == pytest.approx([0.85, 0.6975])


def test_adagrad_by_hand(ops):
    # s: 5 + 2^2 = 9, w: 1 - 0.1 * 2 / (3 + 1); s: 9 + 4^2 = 25, w: 0.95 - 0.1 * 4 / (5 + 1)
    optimizer = optimizers.Adagrad(0.1, initial_accumulator_value=5, epsilon=1)
    assert path_of(optimizer, [2, 4], ops) == pytest.approx([0.95, 0.95 - 0.4 / 6])


def test_rmsprop_by_hand(ops):
    # s: 0.25 * 4^2 = 4, w: 1 - 0.1 * 4 / (2 + 1)
    # s: 0.75 * 4 + 0.25 * 2^2 = 4, w: w - 0.1 * 2 / (2 + 1)
    plain = [1 - 0.4 / 3, 1 - 0.6 / 3]
    assert path_of(optimizers.RMSprop(0.1, 0.75, epsilon=1), [4, 2], ops) == pytest.approx(plain)
    # v: -0.4 / 3, then 0.5 * -0.4 / 3 - 0.2 / 3 = -0.4 / 3
    optimizer = optimizers.RMSprop(0.1, 0.75, momentum=0.5, epsilon=1)
    assert path_of(optimizer, [4, 2], ops) == pytest.approx([1 - 0.4 / 3, 1 - 0.8 / 3])
    # s: 4, mean: 0.25 * 4 = 1, variance 3; s: 4, mean: 0.75 + 0.5 = 1.25, variance 4 - 1.5625
    optimizer = optimizers.RMSprop(0.1, 0.75, epsilon=1, centered=True)
    first = 1 - 0.4 / (3**0.5 + 1)
    second = first - 0.2 / (2.4375**0.5 + 1)
    assert path_of(optimizer, [4, 2], ops) == pytest.approx([first, second])


def test_adam_by_hand(ops):
    # t 1: m 0.5 * 2 = 1, m_hat 1 / 0.5 = 2, v 0.25 * 4 = 1, v_hat 1 / 0.25 = 4
    # t 2: m 0.5 + 0 = 0.5, m_hat 0.5 / 0.75, v 0.75, v_hat 0.75 / (1 - 0.75^2) = 12 / 7
    first = 1 - 0.1 * 2 / (2 + 1)
    second = first - 0.1 * (2 / 3) / ((12 / 7) ** 0.5 + 1)
    optimizer = optimizers.Adam(0.1, 0.5, 0.75, epsilon=1)
    assert path_of(optimizer, [2, 0], ops) == pytest.approx([first, second])
    # amsgrad: v_max stays 1, v_hat 1 / (1 - 0.75^2) = 16 / 7
    second = first - 0.1 * (2 / 3) / ((16 / 7) ** 0.5 + 1)
    optimizer = optimizers.Adam(0.1, 0.5, 0.75, epsilon=1, amsgrad=True)
    assert path_of(optimizer, [2, 0], ops) == pytest.approx([first, second])


def test_the_defaults_are_those_of_keras():
    first_steps = {
        optimizers.SGD: -0.01 * 3,
        optimizers.Adagrad: -0.001 * 3 / (9.1**0.5 + 1e-7),
        optimizers.RMSprop: -0.001 * 3 / (0.9**0.5 + 1e-7),
        optimizers.Adam: -0.001 * 3 / (3 + 1e-7),
        optimizers.AdamW: -0.001 * 0.004 * 2 - 0.001 * 3 / (3 + 1e-7),
    }
    for optimizer, step in first_steps.items():
        assert path_of(optimizer(), [3], start=2.0)[0] - 2 == pytest.approx(step, rel=1e-10)
    adam = optimizers.Adam()
    assert (adam.beta_1, adam.beta_2, adam.epsilon) == (0.9, 0.999, 1e-7)
    assert not (adam.amsgrad or optimizers.RMSprop().centered or optimizers.SGD().slots)


# ------------------------------------------------ weight decay, clipping, constraint, rate


def test_weight_decay_by_hand():
    # decoupled: w <- 2 - 0.1 * 0.5 * 2 = 1.9, then the step
    adagrad = {"initial_accumulator_value": 7, "epsilon": 1}
    optimizer = optimizers.Adagrad(0.1, weight_decay=0.5, **adagrad)
    assert path_of(optimizer, [3], start=2.0) == pytest.approx([1.9 - 0.1 * 3 / (4 + 1)])
    # L2: g <- 2 + 0.5 * 2 = 3
    optimizer = optimizers.Adagrad(0.1, weight_decay=0.5, decoupled_weight_decay=False, **adagrad)
    assert path_of(optimizer, [2], start=2.0) == pytest.approx([2 - 0.1 * 3 / (4 + 1)])


def _sgd_step(gradients, **options):
    params = {f"w{i}": Param(np.zeros(np.shape(g))) for i, g in enumerate(gradients)}
    for param, g in zip(params.values(), gradients):
        param.grad[...] = g
    optimizers.SGD(1.0, **options).step(params, OPS)
    assert [p.grad.tolist() for p in params.values()] == [np.array(g).tolist() for g in gradients]
    return [(-p.value).tolist() for p in params.values()]


def test_clipping_by_hand():
    gradients = [[3.0, -4.0], [[0.6], [0.8]], [0.0]]
    assert _sgd_step(gradients, clipvalue=0.7) == [[0.7, -0.7], [[0.6], [0.7]], [0.0]]
    by_norm = _sgd_step(gradients, clipnorm=2.5)
    assert by_norm == [[1.5, -2.0], [[0.6], [0.8]], [0.0]]
    together = _sgd_step(gradients, global_clipnorm=26**0.5 / 2)
    for found, g in zip(together, gradients):
        np.testing.assert_allclose(found, np.array(g) / 2)
    assert _sgd_step(gradients, global_clipnorm=6) == gradients


def test_clipping_comes_before_the_weight_decay():
    l2 = {"weight_decay": 0.5, "decoupled_weight_decay": False}
    assert path_of(optimizers.SGD(1.0, clipvalue=1, **l2), [9], start=4.0) == [4 - 1 - 2]


@pytest.mark.parametrize("clip", ["clipnorm", "clipvalue", "global_clipnorm"])
def test_numpy_numbers_as_arguments_do_not_widen_a_float32_gradient(clip):
    class Watching(optimizers.Optimizer):
        def update(self, w, g, *, t, ops):
            assert w.dtype == g.dtype == "float32" and g.tolist() == [1 + 0.5 * 4]

    l2 = {"weight_decay": np.float64(0.5), "decoupled_weight_decay": False}
    param = Param(np.full(1, 4, "f4"))
    param.grad += 9
    Watching(np.float64(0.1), **l2, **{clip: np.float64(1)}).step({"w": param}, OPS)


def test_a_huge_float32_gradient_is_clipped_and_does_not_vanish():
    param = Param(np.zeros(1, "f4"))
    param.grad += 1e30
    optimizers.SGD(1.0, clipnorm=1).step({"w": param}, OPS)
    assert param.value.tolist() == [-1.0] and param.value.dtype == "float32"


@pytest.mark.parametrize("clip", [{}, *({c: 1.0} for c in ("clipnorm", "clipvalue"))])
@pytest.mark.parametrize("optimizer", EVERY, ids=lambda o: type(o).__name__)
def test_nan_in_a_gradient_is_not_hidden(optimizer, clip, ops):
    path = path_of(new(optimizer, **clip), [1, np.nan, 1], ops)
    assert np.isnan(path).tolist() == [False, True, True]


def test_nan_is_seen_by_every_parameter_under_a_global_clipnorm():
    params = {"a": Param(np.zeros(1)), "b": Param(np.zeros(1))}
    params["a"].grad += np.nan
    optimizers.SGD(global_clipnorm=1).step(params, OPS)
    assert np.isnan(params["b"].value).all()


def test_a_constraint_holds_after_every_step():
    param = Param(np.array([1.0, -1.0]), constraint=constraints.NonNeg())
    value = param.value
    param.grad += 0.5
    optimizers.SGD(1.0).step({"w": param}, OPS)
    assert param.value is value and value.tolist() == [0.5, 0.0]


def test_a_schedule_decides_each_step_and_its_decay():
    rates = schedules.ExponentialDecay(0.5, 1, 0.5)
    optimizer = optimizers.SGD(rates)
    assert path_of(optimizer, [1, 1, 1, 1], start=2.0) == [1.5, 1.25, 1.125, 1.0625]
    assert optimizer.iterations == 4
    decayed = path_of(optimizers.SGD(rates, weight_decay=1), [0, 0], start=2.0)
    assert decayed == [1.0, 0.75]


def test_the_learning_rate_can_be_set_unless_a_schedule_decides():
    optimizer = optimizers.SGD(np.float64(0.5))
    optimizer.learning_rate = 0.25
    assert isinstance(optimizer.learning_rate, float) and path_of(optimizer, [1]) == [0.75]
    with pytest.raises(ValueError, match="learning_rate must be a finite number above 0; got 0"):
        optimizer.learning_rate = 0
    optimizer.learning_rate = schedules.ExponentialDecay(0.5, 1, 0.5)
    assert optimizer.learning_rate == 0.25  # the rate of the second step
    with pytest.raises(TypeError, match=r"follows ExponentialDecay and cannot be set to 0.1"):
        optimizer.learning_rate = 0.1
