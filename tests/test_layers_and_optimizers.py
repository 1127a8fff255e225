"""Forward passes, initial values and optimizer steps, each against an oracle of its own."""

import math

import numpy as np
import pytest

from minidl import config, initializers, kernels, layers, optimizers, utils
from minidl.layers import Param
from minidl.layers.activations import sigmoid


def _run(layer, x):
    layer.prepare(np.shape(x)[1:], rng=np.random.default_rng(0))
    return layer.forward(np.asarray(x, config.floatx()))[0]


def test_dense_by_hand():
    layer = layers.Dense(2)
    layer.prepare((3,))
    layer.W.value[...] = [[1, 2], [3, 4], [5, 6]]
    layer.b.value[...] = [10, 20]
    assert _run(layer, [[1, 0, 2], [0, 1, 0]]).tolist() == [[21, 34], [13, 24]]


def test_dense_treats_every_leading_axis_as_batch():
    layer = layers.Dense(2, "tanh")
    x = np.random.default_rng(0).standard_normal((2, 3, 4))
    y = _run(layer, x)
    assert y.shape == (2, 3, 2) and layer.output_shape == (3, 2)
    rows = layer.forward(x.reshape(6, 4).astype("f4"))[0]
    np.testing.assert_allclose(y.reshape(6, 2), rows, rtol=1e-6)


def test_dense_names_itself_and_both_shapes():
    layer = layers.Dense(2, name="head")
    layer.prepare((3,))
    with pytest.raises(ValueError, match=r"'head'.*\(3, 2\).*\(\.\.\., 3\); got \(5, 4\)"):
        layer.forward(np.zeros((5, 4)))


@pytest.mark.parametrize("units", [0, -1, 2.5, True, "3"])
def test_dense_needs_a_positive_number_of_units(units):
    with pytest.raises(ValueError, match="units must be an integer of at least 1"):
        layers.Dense(units)


X = np.array([-1000.0, -20.0, -1.5, 0.0, 0.25, 3.0, 1000.0])


@pytest.mark.parametrize(
    ("layer", "f"),
    [
        (layers.Linear, lambda v: v),
        (layers.ReLU, lambda v: v if v > 0 else 0.0),
        (layers.Tanh, math.tanh),
        (layers.Sigmoid, lambda v: 1 / (1 + math.exp(-v)) if v > -700 else 0.0),
    ],
)
def test_activations_against_the_mathematics(layer, f):
    y, _ = layer().forward(X)
    np.testing.assert_allclose(y, [f(v) for v in X], rtol=1e-14)
    assert layers.Activation(layer()).forward(X)[0].tolist() == y.tolist()


def test_softmax_is_a_distribution_and_does_not_overflow():
    y, _ = layers.Softmax().forward(np.array([[1000.0, 1000.0, -1000.0], [0.0, math.log(3), 0.0]]))
    np.testing.assert_allclose(y, [[0.5, 0.5, 0.0], [0.2, 0.6, 0.2]])


def test_the_sigmoid_keeps_its_relative_precision_in_float32():
    np.testing.assert_allclose(sigmoid(np.float32([-20])), [2.0611537e-09], rtol=1e-6)


def test_nan_passes_through_every_activation():
    for layer in (layers.ReLU, layers.Sigmoid, layers.Tanh, layers.Softmax):
        assert np.isnan(layer().forward(np.array([[np.nan, 1.0]]))[0][0, 0])


def test_flatten_and_reshape_keep_the_order():
    x = np.arange(24).reshape(2, 3, 4)
    assert _run(layers.Flatten(), x).tolist() == x.reshape(2, 12).tolist()
    assert _run(layers.Reshape((2, -1)), x).tolist() == x.reshape(2, 2, 6).tolist()


@pytest.mark.parametrize("shape", [(5, -1), (3, 5), (24,)])
def test_reshape_refuses_what_does_not_fit(shape):
    with pytest.raises(ValueError, match=r"cannot reshape samples of shape \(3, 4\) \(12"):
        layers.Reshape(shape).prepare((3, 4))


@pytest.mark.parametrize("shape", [(-1, -1), (0, 12), (-2, 6)])
def test_reshape_refuses_a_shape_without_meaning(shape):
    with pytest.raises(ValueError, match="positive lengths and at most one -1"):
        layers.Reshape(shape)


def test_a_layer_is_built_once():
    layer = layers.Dense(2)
    layer.prepare((3,))
    W = layer.W
    assert layer.prepare((3,)) == (2,) and layer.W is W
    with pytest.raises(ValueError, match=r"built for inputs of shape \(3,\) and cannot take \(4,"):
        layer.prepare((4,))


def test_input_dim_is_a_short_form():
    assert layers.Dense(2, input_dim=7).input_shape == (7,)


# --------------------------------------------------------------------------- initializers


@pytest.mark.parametrize(
    ("name", "variance"),
    [("glorot_uniform", 2 / (300 + 200)), ("he_normal", 2 / 300)],
)
def test_initializers_have_the_variance_of_their_paper(name, variance):
    W = initializers.get(name)((300, 200), np.random.default_rng(0))
    assert W.dtype == "float32" and abs(W.mean()) < 0.05 * math.sqrt(variance)
    assert W.var() == pytest.approx(variance, rel=0.03)


def test_fans_of_a_convolution_count_the_window():
    assert initializers.fans((3, 5, 7, 11)) == (105, 165)


def test_constant_initializers():
    assert not initializers.get("zeros")((2, 3)).any()
    assert (initializers.get("ones")((2, 3)) == 1).all()


# ----------------------------------------------------------------------------- optimizers


def _descend(optimizer, ops, steps):
    """Minimise w^2 / 2 from w = 1 and return the path; the gradient is w itself."""
    param, path = Param(np.ones(1)), []
    for _ in range(steps):
        param.grad = param.value.copy()
        optimizer.step({"w": param}, ops)
        path.append(float(param.value[0]))
    return path


def test_sgd_by_hand(ops):
    assert _descend(optimizers.SGD(0.1), ops, 2) == pytest.approx([0.9, 0.81])
    # v: -0.1, then 0.5 * -0.1 - 0.1 * 0.9 = -0.14
    assert _descend(optimizers.SGD(0.1, 0.5), ops, 2) == pytest.approx([0.9, 0.76])
    # v: -0.1, w: 1 - 0.05 - 0.1; v: -0.05 - 0.085 = -0.135, w: 0.85 - 0.0675 - 0.085
    assert _descend(optimizers.SGD(0.1, 0.5, nesterov=True), ops, 2) == pytest.approx(
        [0.85, 0.6975]
    )


def test_an_optimizer_keeps_its_memory_for_each_parameter_apart():
    optimizer, ops = optimizers.SGD(0.1, 0.9), kernels.load("numpy")
    a, b = Param(np.zeros(2)), Param(np.zeros((3, 1)))
    a.grad += 1
    optimizer.step({"a": a, "b": b}, ops)
    assert optimizer.state["a"]["velocity"].tolist() == [-0.1, -0.1]
    assert not optimizer.state["b"]["velocity"].any()
    assert optimizer.iterations == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"learning_rate": 0}, "learning_rate must be a finite number above 0"),
        ({"learning_rate": float("nan")}, "learning_rate must be a finite number above 0"),
        ({"momentum": 1.0}, "momentum must be at least 0 and below 1"),
        ({"nesterov": True}, "give a momentum above 0"),
    ],
)
def test_sgd_refuses_settings_that_cannot_work(arguments, message):
    with pytest.raises(ValueError, match=message):
        optimizers.SGD(**arguments)


# ---------------------------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("get", "wrong", "message"),
    [
        (optimizers.get, "sgdd", "unknown optimizer 'sgdd'. Did you mean 'sgd'"),
        (initializers.get, "he_norma", "Did you mean 'he_normal'.*glorot_uniform"),
        (layers.activations.get, "Relu", "unknown activation 'Relu'. Did you mean 'relu'.*tanh"),
    ],
)
def test_an_unknown_name_suggests_the_nearest_and_lists_all(get, wrong, message):
    with pytest.raises(ValueError, match=message):
        get(wrong)


@pytest.mark.parametrize("wrong", [3, None, ["sgd"]])
def test_something_else_than_a_name_or_an_object_is_refused(wrong):
    with pytest.raises(TypeError, match="optimizer must be a name or an object"):
        optimizers.get(wrong)


def test_to_categorical():
    expected = [[0, 0, 1], [1, 0, 0]]
    assert utils.to_categorical([2, 0]).tolist() == expected
    assert utils.to_categorical([[2], [0]], 3).tolist() == expected
    assert utils.to_categorical([1, 0], 4).shape == (2, 4)
    for wrong in ([0, 3], [-1, 0], [0.5, 1], []):
        with pytest.raises(ValueError, match="to_categorical needs"):
            utils.to_categorical(wrong, 3)
