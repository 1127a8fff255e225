"""Three normalizations against naive loops, by hand, and in a whole model."""

import numpy as np
import pytest

from minidl import Sequential, optimizers
from minidl.base.configurable import from_data, to_data
from minidl.initializers import RandomUniform
from minidl.layers import BatchNormalization, Dense, LayerNormalization, RMSNormalization
from minidl.layers.normalization import standardize, standardize_backward

SPREAD = {name: RandomUniform(0.5, 2) for name in ("beta_initializer", "gamma_initializer")}
IMAGES = np.random.default_rng(0).normal(3, 2, (2, 3, 4, 5))
NORMS = [BatchNormalization, RMSNormalization, LayerNormalization]


def _built(layer, shape):
    layer.prepare(shape, rng=np.random.default_rng(0))
    return layer.astype("f8")


def test_batch_norm_against_naive_loops():
    layer = _built(BatchNormalization(epsilon=0.1, **SPREAD), (3, 4, 5))
    y, _ = layer.forward(IMAGES, training=True)
    assert layer.moving_mean.value.shape == layer.moving_variance.value.shape == (5,)
    for d in range(5):
        values = [IMAGES[n, i, j, d] for n in range(2) for i in range(3) for j in range(4)]
        mean = sum(values) / 24
        variance = sum((v - mean) ** 2 for v in values) / 24
        gamma, beta = layer.gamma.value[d], layer.beta.value[d]
        for n, i, j in np.ndindex(2, 3, 4):
            xhat = (IMAGES[n, i, j, d] - mean) / (variance + 0.1) ** 0.5
            assert y[n, i, j, d] == pytest.approx(gamma * xhat + beta, rel=1e-12)


def test_layer_norm_against_naive_loops():
    layer = _built(LayerNormalization(epsilon=0.1, **SPREAD), (3, 4, 5))
    y, _ = layer.forward(IMAGES)
    for n, i, j in np.ndindex(2, 3, 4):
        row = list(IMAGES[n, i, j])
        mean = sum(row) / 5
        variance = sum((v - mean) ** 2 for v in row) / 5
        for d in range(5):
            xhat = (row[d] - mean) / (variance + 0.1) ** 0.5
            expected = layer.gamma.value[d] * xhat + layer.beta.value[d]
            assert y[n, i, j, d] == pytest.approx(expected, rel=1e-12)


def test_rms_norm_against_naive_loops():
    layer = RMSNormalization(epsilon=0.1, scale_initializer=RandomUniform(0.5, 2))
    _built(layer, (3, 4, 5))
    y, _ = layer.forward(IMAGES)
    for n, i, j in np.ndindex(2, 3, 4):
        row = list(IMAGES[n, i, j])
        square = sum(value * value for value in row) / 5
        for d in range(5):
            expected = layer.scale.value[d] * row[d] / (square + 0.1) ** 0.5
            assert y[n, i, j, d] == pytest.approx(expected, rel=1e-12)


def test_rms_norm_of_rows_with_mean_0_is_layer_norm():
    x = IMAGES - IMAGES.mean(axis=-1, keepdims=True)
    rms, layer = (_built(kind(epsilon=1e-3), (3, 4, 5)) for kind in NORMS[1:])
    np.testing.assert_allclose(rms.forward(x)[0], layer.forward(x)[0], rtol=1e-12, atol=1e-14)
    assert not np.allclose(rms.forward(x + 1)[0], layer.forward(x + 1)[0], atol=0.1)


def test_rms_norm_of_a_row_of_zeros_is_finite_and_so_is_its_gradient():
    layer = _built(RMSNormalization(), (3,))
    y, cache = layer.forward(np.zeros((1, 3)))
    dx = layer.backward(np.ones((1, 3)), cache)
    assert not y.any() and np.allclose(dx, 1e3)  # 1 / sqrt(epsilon)


@pytest.mark.parametrize("axis", [-1, (0, 1)])
def test_the_short_backward_is_the_long_one_line_by_line(axis):
    x, epsilon = IMAGES[0], 0.05
    g = np.random.default_rng(1).standard_normal(x.shape)
    xhat, s, m, v = standardize(x, axis, epsilon)

    def total(a):
        return a.sum(axis=axis, keepdims=True)

    c, N = x - m, x.size // s.size
    dc, ds = g * s, total(g * c)  # (5)
    dv = -ds * s**3 / 2  # (4)
    dc = dc + dv * 2 * c / N  # (3)
    dx = dc - total(dc) / N  # (2), (1)
    np.testing.assert_allclose(standardize_backward(g, xhat, s, axis), dx, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(s, 1 / np.sqrt(v + epsilon))


# ----------------------------------------------------------------------- running statistics


def test_running_statistics_by_hand():
    layer = _built(BatchNormalization(momentum=0.9), (1,))
    layer.forward(np.array([[1.0], [3.0]]), training=True)  # mean 2, variance 1
    assert layer.moving_mean.value == pytest.approx([0.2])  # 0.9 * 0 + 0.1 * 2
    assert layer.moving_variance.value == pytest.approx([1.0])
    layer.forward(np.array([[0.0], [6.0]]), training=True)  # mean 3, variance 9
    assert layer.moving_mean.value == pytest.approx([0.48])
    assert layer.moving_variance.value == pytest.approx([1.8])


@pytest.mark.parametrize(("trainable", "training"), [(True, False), (False, False), (False, True)])
def test_inference_and_a_frozen_layer_use_the_running_statistics_and_keep_them(trainable, training):
    layer = _built(BatchNormalization(trainable=trainable, epsilon=0.5, **SPREAD), (2,))
    layer.moving_mean.value[...] = [1, -1]
    layer.moving_variance.value[...] = [3.5, 0.5]
    y, _ = layer.forward(np.array([[5.0, 1.0]]), training)
    expected = layer.gamma.value * [4 / 2, 2 / 1] + layer.beta.value
    np.testing.assert_allclose(y, [expected])
    assert layer.moving_mean.value.tolist() == [1, -1]
    assert layer.moving_variance.value.tolist() == [3.5, 0.5]


def test_freezing_is_undone_by_setting_trainable_again():
    layer = _built(BatchNormalization(), (2,))
    x = np.random.default_rng(0).normal(9, 1, (8, 2))
    layer.trainable = False
    assert layer.forward(x, training=True)[0].mean() > 5
    layer.trainable = True
    assert abs(layer.forward(x, training=True)[0].mean()) < 1e-9


def test_a_batch_of_one_row_gives_beta():
    layer = _built(BatchNormalization(**SPREAD), (3,))
    y, cache = layer.forward(np.array([[7.0, -2.0, 0.0]]), training=True)
    assert np.array_equal(y, [layer.beta.value])
    assert not layer.backward(np.ones((1, 3)), cache).any()


# -------------------------------------------------------------------------------- precision


def test_a_large_mean_does_not_eat_the_variance_in_float32():
    x = np.random.default_rng(0).normal(1000, 1, (500, 3)).astype("f4")
    xhat, _, _, v = standardize(x, 0, 1e-3)
    exact = x.astype("f8")
    np.testing.assert_allclose(v[0], exact.var(axis=0), rtol=1e-4)
    np.testing.assert_allclose(
        xhat, (exact - exact.mean(axis=0)) / np.sqrt(exact.var(axis=0) + 1e-3), atol=1e-3
    )
    assert xhat.dtype == v.dtype == "f4"


def test_many_rows_are_added_up_without_losing_digits():
    x = np.random.default_rng(0).random((400_000, 1)).astype("f4")
    m, v = standardize(x, 0, 1e-3)[2:]
    assert m[0, 0] == pytest.approx(x.astype("f8").mean(), rel=3e-7)
    assert v[0, 0] == pytest.approx(x.astype("f8").var(), rel=3e-7)


# -------------------------------------------------------------------------------- in a model


def test_batch_norm_saves_its_statistics_and_trains_only_gamma_and_beta():
    model = Sequential([Dense(4, input_shape=(3,)), BatchNormalization()])
    names = ["gamma", "beta", "moving_mean", "moving_variance"]
    assert list(model.layers[1].tensors()) == names
    assert list(model.layers[1].trainable_params()) == names[:2]
    assert [w.shape for w in model.get_weights()[2:]] == [(4,)] * 4
    bare = BatchNormalization(center=False, scale=False)
    bare.prepare((3,))
    assert list(bare.tensors()) == names[2:]


def test_batch_norm_learns_from_badly_scaled_inputs_and_its_inference_agrees():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((400, 4)) * [1, 2, 4, 8] + [0, 20, -30, 5]
    y = (x[:, 0] > 0).astype("i8")
    norm = BatchNormalization
    model = Sequential([norm(), Dense(16, "relu"), norm(), Dense(2, "softmax")], seed=0)
    model.compile(optimizers.SGD(0.1), "sparse_categorical_crossentropy", ["accuracy"])
    history = model.fit(x, y, epochs=40, verbose=0).history
    assert history["accuracy"][-1] > 0.9 and model.evaluate(x, y)[1] > 0.9


def test_a_sample_depends_on_its_batch_in_batch_norm_only():
    x = np.random.default_rng(0).standard_normal((4, 6))
    for kind in NORMS:
        layer, depends = _built(kind(), (6,)), kind is BatchNormalization
        alone, together = (layer.forward(rows, training=True)[0][0] for rows in (x[:2], x))
        assert np.allclose(alone, together) != depends


def test_regularizers_and_constraints_of_gamma_and_beta():
    for kind in (BatchNormalization, LayerNormalization):
        layer = kind(
            gamma_regularizer="l1",
            beta_regularizer="l2",
            gamma_constraint="non_neg",
            beta_constraint="max_norm",
        )
        twin = from_data(to_data(layer))
        twin.prepare((3,))
        assert (twin.gamma.regularizer.l1, twin.beta.regularizer.l2) == (0.01, 0.01)
        assert type(twin.gamma.constraint).__name__ == "NonNeg"
        assert twin.beta.constraint.max_value == 2


def test_the_last_axis_may_be_named_by_its_number():
    _built(BatchNormalization(axis=3), (4, 4, 2))
    _built(LayerNormalization(axis=1), (2,))
    _built(RMSNormalization(axis=2), (4, 2))


@pytest.mark.parametrize("kind", NORMS)
@pytest.mark.parametrize("axis", [1, 0, [1, 2, 3], -2])
def test_another_axis_is_refused(kind, axis):
    with pytest.raises(ValueError, match=r"on the last axis, axis=-1; got axis=.*\(4, 4, 2\)"):
        kind(axis=axis).prepare((4, 4, 2))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epsilon": 0}, "epsilon must be a finite number above 0; got 0"),
        ({"epsilon": float("nan")}, "epsilon must be a finite number above 0; got nan"),
        ({"momentum": 1.5}, "momentum must be .* at least 0 and of at most 1; got 1.5"),
    ],
)
def test_settings_that_cannot_work_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        BatchNormalization(**options)
