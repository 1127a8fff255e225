"""Initializers: moments within what chance allows, orthogonality, float types, seeds, errors."""

import math

import numpy as np
import pytest

from minidl import config, initializers, layers
from minidl.base.configurable import from_data, to_data

SHAPE = (300, 200)
# name: (variance that the docstring promises for SHAPE, kurtosis of the distribution)
NORMAL, UNIFORM = 3.0, 9 / 5
DISTRIBUTIONS = {
    "random_normal": (0.05**2, NORMAL),
    "random_uniform": (0.1**2 / 12, UNIFORM),
    "glorot_uniform": (2 / (300 + 200), UNIFORM),
    "glorot_normal": (2 / (300 + 200), NORMAL),
    "he_uniform": (2 / 300, UNIFORM),
    "he_normal": (2 / 300, NORMAL),
    "lecun_uniform": (1 / 300, UNIFORM),
    "lecun_normal": (1 / 300, NORMAL),
}


def _assert_moments(W, mean, variance, kurtosis):
    """Mean, variance and kurtosis within 5 standard errors: chance fails once in 2 million.

    The sample variance of n draws has standard error variance * sqrt((kurtosis - 1) / n).
    """
    n = W.size
    assert abs(W.mean() - mean) < 5 * math.sqrt(variance / n)
    assert abs(W.var() / variance - 1) < 5 * math.sqrt((kurtosis - 1) / n)
    z = (W.astype("f8") - mean) / math.sqrt(variance)
    assert abs((z**4).mean() - kurtosis) < 5 * (z**4).std() / math.sqrt(n)


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_an_initializer_has_the_distribution_of_its_paper(name):
    W = initializers.get(name)(SHAPE, np.random.default_rng(0))
    assert W.shape == SHAPE
    _assert_moments(W, 0, *DISTRIBUTIONS[name])


@pytest.mark.parametrize(("mode", "n"), [("fan_in", 9 * 40), ("fan_out", 9 * 70), ("fan_avg", 495)])
@pytest.mark.parametrize(
    ("distribution", "kurtosis"), [("untruncated_normal", NORMAL), ("uniform", UNIFORM)]
)
def test_variance_scaling_divides_by_the_fan_of_its_mode(mode, n, distribution, kurtosis):
    scaling = initializers.VarianceScaling(3.0, mode, distribution)
    W = scaling((3, 3, 40, 70), np.random.default_rng(1))
    _assert_moments(W, 0, 3.0 / n, kurtosis)


def test_means_limits_and_constants_are_those_that_were_asked_for():
    rng = np.random.default_rng(0)
    _assert_moments(initializers.RandomNormal(2, 0.5)(SHAPE, rng), 2, 0.25, NORMAL)
    W = initializers.RandomUniform(1, 4)(SHAPE, rng)
    _assert_moments(W, 2.5, 9 / 12, UNIFORM)
    assert 1 <= W.min() < 1.001 and 3.999 < W.max() <= 4
    assert initializers.Constant(0.25)((2, 3)).tolist() == [[0.25] * 3] * 2
    assert not initializers.get("zeros")((2, 3)).any()
    assert (initializers.get("ones")((2, 3)) == 1).all()


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((5, 7), (5, 7)), ((3, 5, 7, 11), (105, 165)), ((4, 5, 6), (20, 24)), ((6,), (6, 6))],
)
def test_fans_of_a_convolution_count_the_window(shape, expected):
    assert initializers.fans(shape) == expected


# ----------------------------------------------------------------------------- orthogonal


@pytest.mark.parametrize("shape", [(7, 4), (4, 7), (5, 5), (3, 2, 4), (3, 3, 2, 20), (1, 6)])
def test_orthogonal_has_orthonormal_rows_or_columns(shape):
    config.set_floatx("float64")
    W = initializers.Orthogonal(gain=2)(shape, np.random.default_rng(0))
    assert W.shape == shape
    W = W.reshape(-1, shape[-1])
    product = W.T @ W if len(W) >= shape[-1] else W @ W.T
    np.testing.assert_allclose(product, 4 * np.eye(min(W.shape)), atol=1e-12)


def test_orthogonal_is_uniform_over_rotations():
    """Without the correction of signs, QR gives a first element that is never positive."""
    rng = np.random.default_rng(0)
    draws = np.array([initializers.Orthogonal()((3, 3), rng) for _ in range(2000)])
    # each element of a uniform rotation has mean 0 and variance 1 / 3; 5 standard errors
    assert np.abs(draws.mean(axis=0)).max() < 5 * math.sqrt(1 / 3 / 2000)
    np.testing.assert_allclose((draws**2).mean(axis=0), 1 / 3, atol=5 * 0.3 / math.sqrt(2000))


# ------------------------------------------------------------------ float type, seed, names


@pytest.mark.parametrize("name", initializers._TABLE)
@pytest.mark.parametrize("floatx", ["float32", "float64"])
def test_the_float_type_is_that_of_the_process(name, floatx):
    config.set_floatx(floatx)
    assert initializers.get(name)((2, 3), np.random.default_rng(0)).dtype == floatx


@pytest.mark.parametrize("name", [*DISTRIBUTIONS, "orthogonal"])
def test_a_seed_of_its_own_wins_over_the_generator(name):
    kind = initializers._TABLE[name]
    rng = np.random.default_rng(1)
    first, second = kind(seed=5)((4, 3), rng), kind(seed=5)((4, 3), rng)
    assert first.tolist() == second.tolist() != kind(seed=6)((4, 3), rng).tolist()
    assert rng.random() == np.random.default_rng(1).random(), "the generator was used"
    assert kind(seed=0)((4, 3)).tolist() == kind(seed=0)((4, 3)).tolist()
    unseeded = [kind()((4, 3), np.random.default_rng(s)).tolist() for s in (1, 1, 2)]
    assert unseeded[0] == unseeded[1] != unseeded[2]


def test_without_seed_and_generator_the_process_decides():
    W = []
    for seed in (1, 1, 2):
        config.set_random_seed(seed)
        W.append(initializers.HeNormal()((4, 3)).tolist())
    assert W[0] == W[1] != W[2]


def test_names_mean_what_they_mean_in_keras():
    classes = {name: kind.__name__ for name, kind in initializers._TABLE.items()}
    assert classes.pop("normal") == "RandomNormal" and classes.pop("uniform") == "RandomUniform"
    assert all(name.replace("_", "") == kind.lower() for name, kind in classes.items())
    scaling = initializers.VarianceScaling()
    assert (scaling.scale, scaling.mode) == (1, "fan_in")


def test_an_unknown_name_suggests_the_nearest_and_lists_all():
    with pytest.raises(ValueError, match=r"Did you mean 'he_normal'.*glorot_uniform"):
        initializers.get("he_norma")


def test_a_layer_starts_with_what_it_was_given():
    layer = layers.Dense(3, kernel_initializer="orthogonal", bias_initializer=Halves)
    layer.prepare((5,), rng=np.random.default_rng(0))
    np.testing.assert_allclose(layer.W.value.T @ layer.W.value, np.eye(3), atol=1e-6)
    assert layer.b.value.tolist() == [0.5, 0.5, 0.5]


class Halves(initializers.Constant):
    def __init__(self):
        super().__init__(0.5)


def test_arguments_survive_being_written_as_plain_data():
    for made in (
        initializers.VarianceScaling(2.0, "fan_out", "uniform", seed=3),
        initializers.Orthogonal(gain=2, seed=4),
        initializers.RandomUniform(0, 1, seed=5),
    ):
        again = from_data(to_data(made))
        assert again((4, 3)).tolist() == made((4, 3)).tolist()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: initializers.RandomNormal(stddev=-1), "stddev must be .* of at least 0; got -1"),
        (lambda: initializers.RandomNormal(mean=math.nan), "mean must be a finite number"),
        (lambda: initializers.RandomUniform(1, 0), "minval must not exceed maxval; got 1 and 0"),
        (lambda: initializers.RandomUniform(maxval=math.inf), "maxval must be a finite number"),
        (lambda: initializers.VarianceScaling(0), "scale must be a finite number above 0; got 0"),
        (lambda: initializers.VarianceScaling(mode="fan"), 'mode must be "fan_in", "fan_out"'),
        (
            lambda: initializers.VarianceScaling(distribution="truncated_normal"),
            'distribution must be "untruncated_normal" or "uniform"; got \'truncated_normal\'',
        ),
        (lambda: initializers.Orthogonal()((3,)), r"at least 2 axes; got \(3,\)"),
        (lambda: initializers.Orthogonal("1"), "gain must be a finite number; got '1'"),
        (lambda: initializers.Constant([1, 2]), r"value must be a finite number; got \[1, 2\]"),
        (lambda: initializers.HeNormal(seed=-1), "seed must be a non-negative integer or None"),
        (lambda: initializers.HeNormal(seed=0.5), "seed must be a non-negative integer or None"),
    ],
)
def test_arguments_that_cannot_work_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
