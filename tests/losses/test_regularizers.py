"""Penalties and constraints: by hand, by finite differences, and through a whole model."""

import numpy as np
import pytest

from minidl import Sequential, config, constraints, gradcheck, layers, optimizers, regularizers
from minidl.base.configurable import from_data, to_data
from minidl.layers import Dense
from minidl.regularizers import L1, L1L2, L2

W = np.array([[1.0, -2.0], [0.0, 3.0]])
X = np.random.default_rng(0).standard_normal((6, 3))
Y = np.array([0, 1, 1, 0, 2, 1])


@pytest.mark.parametrize(
    ("regularizer", "penalty", "gradient"),
    [
        (L1(0.5), 3.0, [[0.5, -0.5], [0, 0.5]]),  # 0.5 (1 + 2 + 0 + 3)
        (L2(0.5), 7.0, [[1, -2], [0, 3]]),  # 0.5 (1 + 4 + 0 + 9)
        (L1L2(0.5, 0.5), 10.0, [[1.5, -2.5], [0, 3.5]]),
        (L1(), 0.06, [[0.01, -0.01], [0, 0.01]]),
        (L2(), 0.14, [[0.02, -0.04], [0, 0.06]]),
        (L1L2(), 0.0, [[0, 0], [0, 0]]),
    ],
)
def test_penalties_by_hand(regularizer, penalty, gradient):
    assert regularizer.penalty(W) == pytest.approx(penalty)
    np.testing.assert_allclose(regularizer.gradient(W), gradient)
    w = W.astype("f4")
    assert regularizer.gradient(w).dtype == "f4" and isinstance(regularizer.penalty(w), float)


@pytest.mark.parametrize("regularizer", [L1(0.3), L2(0.3), L1L2(0.2, 0.7)])
def test_every_gradient_of_every_regularizer(regularizer):
    w = np.random.default_rng(0).standard_normal((3, 4))
    by_steps = gradcheck.numeric(lambda: regularizer.penalty(w), w)
    assert gradcheck.relative_error(regularizer.gradient(w), by_steps).max() < 1e-6


def test_names_stand_for_regularizers_and_constraints():
    for name, sums in {"l1": (0.01, 0), "l2": (0, 0.01), "l1_l2": (0.01, 0.01)}.items():
        found = regularizers.get(name)
        assert (found.l1, found.l2) == sums
    assert regularizers.get(None) is None and constraints.get(None) is None
    assert regularizers.l1 is L1 and regularizers.l2 is L2 and regularizers.l1_l2 is L1L2
    assert constraints.get("max_norm").max_value == constraints.max_norm().max_value == 2
    assert isinstance(constraints.get("non_neg"), constraints.non_neg)


@pytest.mark.parametrize(
    ("attempt", "error", "message"),
    [
        (lambda: Dense(1, kernel_regularizer="l3"), ValueError, "regularizer 'l3'. Did you mean"),
        (lambda: Dense(1, bias_regularizer=0.1), TypeError, "must be a name or an object; got 0.1"),
        (lambda: Dense(1, kernel_regularizer=np.abs), TypeError, "subclass minidl.regularizers"),
        (lambda: Dense(1, kernel_constraint="maxnorm"), ValueError, "Did you mean 'max_norm'"),
        (lambda: L2(-1), ValueError, "l2 must be a finite number of at least 0; got -1"),
        (lambda: L1(float("nan")), ValueError, "l1 must be a finite number"),
        (lambda: constraints.MaxNorm(0), ValueError, "max_value must be a finite number above 0"),
    ],
)
def test_what_cannot_work_is_explained(attempt, error, message):
    with pytest.raises(error, match=message):
        attempt()


# ------------------------------------------------------------------------- in a whole model


def _model(last="softmax"):
    """Every kind of penalty at once, in float64, built for samples of X."""
    config.set_floatx("float64")
    model = Sequential(
        [
            Dense(
                4,
                "tanh",
                kernel_regularizer=L1L2(0.1, 0.2),
                bias_regularizer=L2(0.3),
                activity_regularizer=L1L2(0.05, 0.07),
            ),
            Sequential([Dense(5, "sigmoid", activity_regularizer=L1(0.4))]),
            Dense(3, last, kernel_regularizer="l2", bias_initializer="ones"),
        ],
        seed=0,
    )
    model.layers[0].bias_initializer = lambda shape, rng: rng.standard_normal(shape)
    loss = "sparse_categorical_crossentropy" if last == "softmax" else "mse"
    model.compile(optimizers.SGD(1e-30), loss)
    model.prepare(X.shape[1:])
    return model


@pytest.mark.parametrize("last", ["softmax", "linear"])
def test_what_reaches_grad_is_the_gradient_of_the_loss_that_is_shown(last):
    model = _model(last)
    y = Y if last == "softmax" else np.random.default_rng(1).standard_normal((6, 3))
    shown = model.train_on_batch(X, y)
    assert model.evaluate(X, y) == pytest.approx(shown, rel=1e-12)
    for path, param in model.params().items():
        by_steps = gradcheck.numeric(lambda: model.evaluate(X, y), param.value)
        assert gradcheck.relative_error(param.grad, by_steps).max() < 1e-6, path


def test_the_loss_is_the_datas_part_plus_every_penalty():
    model = _model()
    first, inner, last = model.layers
    hidden = first.forward(X)[0]
    deep = inner.forward(hidden)[0]
    data = -np.log(model.predict(X)[np.arange(6), Y]).mean()
    expected = (
        data
        + 0.1 * np.abs(first.W.value).sum()
        + 0.2 * (first.W.value**2).sum()
        + 0.3 * (first.b.value**2).sum()
        + (0.05 * np.abs(hidden).sum() + 0.07 * (hidden**2).sum()) / 6
        + 0.4 * np.abs(deep).sum() / 6
        + 0.01 * (last.W.value**2).sum()
    )
    for batch_size in (6, 4, 1):
        assert model.evaluate(X, Y, batch_size) == pytest.approx(expected, rel=1e-10)


def test_a_frozen_layer_pays_nothing_and_its_gradient_gets_no_penalty():
    model = _model()
    before, penalty = model.evaluate(X, Y), model.layers[0].kernel_regularizer.penalty
    model.layers[0].trainable = False
    model.compile(model.optimizer, model.loss)
    saved = penalty(model.layers[0].W.value) + 0.3 * (model.layers[0].b.value ** 2).sum()
    assert model.evaluate(X, Y) == pytest.approx(before - saved, rel=1e-10)


def test_an_activation_with_a_price_is_not_absorbed_by_the_loss():
    layer = Dense(3, "softmax", activity_regularizer="l2")
    assert layer.split_activation()[1] is None
    model = Sequential([layer], seed=0)
    model.compile("sgd", "sparse_categorical_crossentropy")
    p = model.predict(X)
    expected = -np.log(p[np.arange(6), Y]).mean() + 0.01 * (p**2).sum() / 6
    assert model.evaluate(X, Y) == pytest.approx(expected, rel=1e-5)


def test_l2_shrinks_weights_and_l1_makes_most_of_them_tiny():
    x = np.random.default_rng(0).standard_normal((200, 10))
    y = x[:, :1] - 2 * x[:, 1:2]  # two of ten inputs matter
    trained = {}
    for name, regularizer in {"none": None, "l1": L1(0.2), "l2": L2(0.2)}.items():
        model = Sequential([Dense(1, kernel_regularizer=regularizer)], seed=0)
        model.compile(optimizers.SGD(0.01), "mse")
        model.fit(x, y, epochs=60, verbose=0)
        trained[name] = np.abs(model.layers[0].W.value[:, 0])
    assert np.linalg.norm(trained["l2"]) < 0.9 * np.linalg.norm(trained["none"])
    assert (trained["l1"][2:] < 0.005).all() and (trained["l1"][:2] > 0.8).all()
    assert (trained["l2"][2:] > 0.005).sum() >= 4


def test_the_architecture_keeps_its_regularizers_and_constraints():
    layer = Dense(
        2,
        kernel_regularizer=L1L2(0.1, l2=0.2),
        activity_regularizer="l1",
        kernel_constraint=constraints.MaxNorm(3, axis=[0, 1]),
    )
    twin = from_data(to_data(layer))
    assert (twin.kernel_regularizer.l1, twin.kernel_regularizer.l2) == (0.1, 0.2)
    assert twin.activation.regularizer.l1 == 0.01
    assert (twin.kernel_constraint.max_value, twin.kernel_constraint.axis) == (3, (0, 1))


# ------------------------------------------------------------------------------ constraints


def test_max_norm_shortens_what_is_too_long_and_leaves_the_rest_bit_for_bit():
    w = np.array([[3.0, 0.1, 0.0], [4.0, 0.7, 0.0]])
    limited = constraints.MaxNorm(2.5)(w)
    np.testing.assert_allclose(limited[:, 0], [1.5, 2.0])  # (3, 4) has length 5
    assert np.array_equal(limited[:, 1:], w[:, 1:]) and w[0, 0] == 3.0
    np.testing.assert_allclose(constraints.MaxNorm(1, axis=1)(w)[1], w[1] / np.hypot(4, 0.7))
    assert np.linalg.norm(constraints.MaxNorm(1, axis=(0, 1))(w)) == pytest.approx(1)
    assert constraints.MaxNorm()(w.astype("f4")).dtype == "f4"


def test_non_neg():
    assert constraints.NonNeg()(W).tolist() == [[1, 0], [0, 3]]


def test_constraints_hold_after_every_step():
    model = Sequential(
        [layers.Dense(3, kernel_constraint=constraints.MaxNorm(0.5), bias_constraint="non_neg")]
    )
    model.compile(optimizers.SGD(1.0), "mse")
    for _ in range(3):
        model.train_on_batch(X, 10 * X - 5)
        W, b = (param.value for param in model.params().values())
        assert np.linalg.norm(W, axis=0) == pytest.approx(0.5, rel=1e-5) and (b >= 0).all()
