"""Functions of a reader's own that do not fit, and weights and words that mean nothing here."""

import functools

import numpy as np
import pytest

from minidl import Sequential, config
from minidl.layers import BatchNormalization, Dense

X, Y = np.ones((4, 3)), np.ones((4, 1))


def no_arguments():
    return 0.0


def three(y_true, y_pred, weights):
    return 0.0


def zeros(shape, dtype=None):
    """As one of Keras's is written."""
    return np.zeros(shape)


@pytest.mark.parametrize("metric", [no_arguments, three, len, lambda *, y_true, y_pred: 0])
def test_a_metric_that_cannot_be_called_is_refused_by_compile(metric):
    model = Sequential([Dense(1)])
    with pytest.raises(TypeError, match=r"a metric is called with \(y_true, y_pred\), and .* not"):
        model.compile("sgd", "mse", metrics=[metric])


def test_one_that_can_be_is_taken():
    model = Sequential([Dense(1)], seed=0)
    partial = functools.partial(three, weights=1)
    model.compile("sgd", "mse", metrics=[lambda *both: 1.0, partial])
    assert model.fit(X, Y, verbose=0).history["three"] == [0.0]


@pytest.mark.parametrize("initializer", [no_arguments, three, len])
def test_an_initializer_that_cannot_be_called_is_refused_by_the_layer(initializer):
    with pytest.raises(
        TypeError, match=r"an initializer is called with \(shape, rng\), and .* not"
    ):
        Dense(1, kernel_initializer=initializer)


WRONG = {
    "shape": (lambda shape, rng: np.zeros(99), r"returned an array \(99,\); expected \(3, 1\)"),
    "one": (lambda shape, rng: 0.0, r"returned an array \(\); expected \(3, 1\)"),
    "text": (lambda shape, rng: "a", r"returned <U1; expected an array \(3, 1\) of numbers"),
    "nothing": (lambda shape, rng: None, r"returned object; expected an array \(3, 1\)"),
    "complex": (lambda shape, rng: np.zeros(shape, complex), "returned complex128; expected"),
}


@pytest.mark.parametrize(("initializer", "said"), WRONG.values(), ids=WRONG)
def test_an_initializer_that_returns_something_else_is_named_where_the_layer_is_built(
    initializer, said
):
    layer = Dense(1, kernel_initializer=initializer, name="mine")
    with pytest.raises((TypeError, ValueError), match=f"the initializer .* of layer 'mine' {said}"):
        layer.prepare((3,))


def test_one_that_returns_what_it_should_is_taken():
    row = [Dense(2, kernel_initializer=zeros), BatchNormalization(gamma_initializer=zeros)]
    model = Sequential([*row, Dense(1, bias_initializer=lambda shape, rng: [1])], seed=0)
    assert (model.predict(X) == 1).all()


@pytest.mark.parametrize("verbose", ["quiet", -1, 3, None, 0.5, [1], np.ones(2)], ids=str)
def test_verbose_is_one_of_few(verbose):
    model = Sequential([Dense(1)])
    model.compile("sgd", "mse")
    for call in (
        lambda: model.fit(X, Y, verbose=verbose),
        lambda: model.evaluate(X, Y, 32, verbose),
    ):
        with pytest.raises(ValueError, match='verbose must be 0, 1, 2 or "auto"; got'):
            call()
    with pytest.raises(ValueError, match="verbose must be"):
        model.predict(X, verbose=verbose)
    for right in (False, np.int64(0)):
        model.fit(X, Y, verbose=right)


def test_weights_that_would_be_lost_or_infinite_are_refused():
    model = Sequential([Dense(1, input_shape=(3,))], seed=0)
    before = model.get_weights()
    with pytest.raises(TypeError, match=r"the given weights are masked.*w\.filled\(0\)"):
        model.set_weights([before[0] + 1, np.ma.masked_equal(before[1], 0)])
    with pytest.raises(ValueError, match=r"/b: holds 1e\+39, and float32 ends at 3\.4e\+38"):
        model.set_weights([before[0] + 1, np.array([-1e39])])
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights()))
    config.set_floatx("float64")
    wide = Sequential([Dense(1, input_shape=(3,))], seed=0)
    wide.set_weights([before[0], np.array([1e39])])
    assert wide.get_weights()[1] == [1e39]
