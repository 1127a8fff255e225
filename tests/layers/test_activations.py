"""Activations: values from the mathematics, extreme inputs, float types, names, arguments."""

import math

import numpy as np
import pytest

from minidl import layers
from minidl.base.configurable import from_data, to_data
from minidl.layers import activations
from minidl.layers.activations import sigmoid

NAMES = sorted(activations._TABLE)
ALL = {name: activations.get(name) for name in NAMES} | {
    "LeakyReLU": layers.LeakyReLU(),
    "ELU(0.7)": layers.ELU(0.7),
    "tanh gelu": layers.GELU(approximate=True),
}
X = np.array([-1000.0, -20.0, -4.0, -1.5, -0.5, -0.0, 0.0, 0.25, 2.5, 3.0, 1000.0])


def _logistic(v):
    return 1 / (1 + math.exp(-v)) if v > -700 else 0.0


def _tanh_gelu(v):
    return v / 2 * (1 + math.tanh(math.sqrt(2 / math.pi) * (v + 0.044715 * v**3)))


MATHEMATICS = {
    "linear": lambda v: v,
    "relu": lambda v: max(v, 0.0),
    "leaky_relu": lambda v: v if v > 0 else 0.2 * v,
    "LeakyReLU": lambda v: v if v > 0 else 0.3 * v,
    "elu": lambda v: v if v > 0 else math.exp(v) - 1,
    "ELU(0.7)": lambda v: v if v > 0 else 0.7 * (math.exp(v) - 1),
    "selu": lambda v: 1.0507009873554805 * (v if v > 0 else 1.6732632423543772 * math.expm1(v)),
    "gelu": lambda v: v / 2 * math.erfc(-v / math.sqrt(2)),
    "tanh gelu": _tanh_gelu,
    "silu": lambda v: v * _logistic(v),
    "swish": lambda v: v * _logistic(v),
    "softplus": lambda v: math.log(1 + math.exp(v)) if v < 700 else v,
    "sigmoid": _logistic,
    "hard_sigmoid": lambda v: min(max(v / 6 + 0.5, 0.0), 1.0),
    "tanh": math.tanh,
}


@pytest.mark.parametrize("name", [name for name in ALL if name != "softmax"])
def test_an_activation_has_the_values_of_its_formula(name):
    f = MATHEMATICS[name]
    y, _ = ALL[name].forward(X)
    np.testing.assert_allclose(y, [f(v) for v in X], rtol=1e-12, atol=1e-15)
    assert layers.Activation(ALL[name]).forward(X)[0].tolist() == y.tolist()


def test_softmax_is_a_distribution_and_does_not_overflow():
    y, _ = layers.Softmax().forward(np.array([[1000.0, 1000.0, -1000.0], [0.0, math.log(3), 0.0]]))
    np.testing.assert_allclose(y, [[0.5, 0.5, 0.0], [0.2, 0.6, 0.2]])


@pytest.mark.parametrize(
    ("name", "below", "at_zero", "above"),
    [
        ("linear", 1, 1, 1),
        ("relu", 0, 0, 1),
        ("leaky_relu", 0.2, 0.2, 1),
        ("elu", 0, 1, 1),
        ("ELU(0.7)", 0, 0.7, 1),
        ("selu", 0, 1.0507009873554805 * 1.6732632423543772, 1.0507009873554805),
        ("gelu", 0, 0.5, 1),
        ("tanh gelu", 0, 0.5, 1),
        ("silu", 0, 0.5, 1),
        ("softplus", 0, 0.5, 1),
        ("sigmoid", 0, 0.25, 0),
        ("hard_sigmoid", 0, 1 / 6, 0),
        ("tanh", 0, 1, 0),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_derivatives_far_out_and_at_zero(name, below, at_zero, above, dtype):
    x = np.array([-1000, 0, 1000], dtype)
    _, cache = ALL[name].forward(x)
    dx = ALL[name].backward(np.full(3, 2, dtype), cache)
    np.testing.assert_allclose(dx, [2 * below, 2 * at_zero, 2 * above], rtol=1e-6, atol=1e-30)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_float_type_stays(name, dtype):
    x = np.linspace(-4, 4, 6, dtype=dtype).reshape(2, 3)
    y, cache = ALL[name].forward(x)
    dx = ALL[name].backward(np.ones_like(x), cache)
    assert y.dtype == dx.dtype == dtype and y.shape == dx.shape == x.shape


def test_arguments_from_numpy_keep_float32():
    for layer in (layers.LeakyReLU(np.float64(0.1)), layers.ELU(np.float64(2))):
        y, cache = layer.forward(np.float32([-1, 1]))
        assert y.dtype == layer.backward(np.float32([1, 1]), cache).dtype == "float32"


@pytest.mark.parametrize("name", ALL)
def test_nan_passes_through(name):
    y, _ = ALL[name].forward(np.array([[np.nan, 1.0], [1.0, 0.5]]))
    assert np.isnan(y[0, 0]) and not np.isnan(y[1]).any()


@pytest.mark.parametrize(
    ("name", "x", "y"),
    [  # far below 0, where 1 + erf, 1 + tanh and 1 + exp round to nothing
        ("sigmoid", -20, 2.0611536e-09),
        ("softplus", -20, 2.0611536e-09),
        ("silu", -20, -4.1223072e-08),
        ("gelu", -6, -5.9195259e-09),
        ("elu", -1e-6, -9.9999950e-07),
    ],
)
def test_small_outputs_keep_their_relative_precision_in_float32(name, x, y):
    np.testing.assert_allclose(ALL[name].forward(np.float32([x]))[0], [y], rtol=2e-6)


def test_the_sigmoid_can_be_used_as_a_function():
    np.testing.assert_allclose(sigmoid(X), [_logistic(v) for v in X], rtol=1e-14)


def test_selu_keeps_mean_0_and_variance_1():
    """Its two constants are the solution of these two equations."""
    x = np.linspace(-12, 12, 240_001)
    weight = np.exp(-x * x / 2) / math.sqrt(2 * math.pi) * (x[1] - x[0])
    y, _ = layers.SELU().forward(x)
    assert (weight * y).sum() == pytest.approx(0, abs=1e-7)
    assert (weight * y * y).sum() == pytest.approx(1, abs=1e-7)


def test_the_two_forms_of_gelu_are_near_and_not_equal():
    x = np.linspace(-6, 6, 1001)
    gap = np.abs(layers.GELU().forward(x)[0] - layers.GELU(approximate=True).forward(x)[0])
    assert 1e-4 < gap.max() < 5e-4


# -------------------------------------------------------------------- names and arguments


def test_names_mean_what_they_mean_in_keras():
    meant = {
        "linear": layers.Linear,
        "relu": layers.ReLU,
        "leaky_relu": layers.LeakyReLU,
        "elu": layers.ELU,
        "selu": layers.SELU,
        "gelu": layers.GELU,
        "silu": layers.SiLU,
        "swish": layers.SiLU,
        "softplus": layers.Softplus,
        "sigmoid": layers.Sigmoid,
        "hard_sigmoid": layers.HardSigmoid,
        "tanh": layers.Tanh,
        "softmax": layers.Softmax,
    }
    assert {name: type(activations.get(name)) for name in NAMES} == meant
    assert activations.get("leaky_relu").negative_slope == 0.2  # the name and the class differ
    assert layers.LeakyReLU().negative_slope == activations.get(layers.LeakyReLU).negative_slope
    assert layers.LeakyReLU().negative_slope == 0.3
    assert layers.ELU().alpha == 1 and layers.GELU().approximate is False
    assert type(activations.get(None)) is layers.Linear


def test_every_call_by_name_makes_a_layer_of_its_own():
    for name in NAMES:
        assert activations.get(name) is not activations.get(name)


def test_an_unknown_name_suggests_the_nearest_and_lists_all():
    with pytest.raises(ValueError, match=r"unknown activation 'Relu'. Did you mean 'relu'.*tanh"):
        activations.get("Relu")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.ELU(-1), "alpha must be a finite number of at least 0; got -1"),
        (lambda: layers.ELU(math.inf), "alpha must be a finite number"),
        (lambda: layers.LeakyReLU(math.nan), "negative_slope must be a finite number; got nan"),
        (lambda: layers.LeakyReLU(None), "negative_slope must be a finite number; got None"),
        (lambda: layers.LeakyReLU("0.1"), "negative_slope must be a finite number; got '0.1'"),
    ],
)
def test_arguments_that_cannot_work_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_an_argument_of_keras_that_is_missing_here_is_named():
    with pytest.raises(TypeError, match="ReLU has no argument 'max_value'"):
        layers.ReLU(max_value=6)


def test_arguments_survive_being_written_as_plain_data():
    data = to_data(layers.Dense(2, layers.LeakyReLU(0.1)))
    assert from_data(data).activation.negative_slope == 0.1
    assert from_data(to_data(layers.Activation("leaky_relu"))).activation.negative_slope == 0.2
    assert from_data(to_data(layers.ELU(alpha=2))).alpha == 2
    assert from_data(to_data(layers.GELU(True))).approximate is True
