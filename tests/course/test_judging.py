"""The yardstick for machines that make digits."""

import numpy as np
import pytest
from scipy import linalg

from minidl.datasets import mnist
from minidl_course.judging import Judge, frechet

(images, labels), (others, names) = mnist.load_sample()
images, others = images / 255, others.reshape(-1, 784) / 255


@pytest.fixture(scope="module")
def judge():
    return Judge(images, labels, epochs=3)


def test_the_distance_of_gaussians_is_that_of_the_formula_with_a_matrix_root():
    rng = np.random.default_rng(0)
    means, (A, B) = rng.normal(size=(2, 5)), rng.normal(size=(2, 5, 5))
    C, D = A @ A.T, B @ B.T
    expected = np.sum((means[0] - means[1]) ** 2) + np.trace(C + D - 2 * linalg.sqrtm(C @ D).real)
    np.testing.assert_allclose(frechet(means[0], C, means[1], D), expected)
    np.testing.assert_allclose(frechet(means[0], C, means[0], C), 0, atol=1e-6)
    # In one dimension it is (m - m')^2 + (s - s')^2, also where one has no spread at all.
    one, none = np.eye(1), np.zeros((1, 1))
    assert frechet(np.array([1.0]), 4 * one, np.array([4.0]), 9 * one) == pytest.approx(10)
    assert frechet(np.array([1.0]), 4 * one, np.array([1.0]), none) == pytest.approx(4)


def test_real_digits_are_near_and_noise_is_far(judge):
    noise = np.random.default_rng(0).random((500, 28, 28))
    assert judge(images).distance < 1e-3 < judge(others).distance < 3
    assert judge(others).distance < 0.05 * judge(noise).distance
    assert judge(others).sure > 0.75 and judge(others).classes > 9.8
    assert np.mean(judge.read(others).argmax(axis=1) == names) > 0.93


def test_one_class_is_one_class_and_two_are_two(judge):
    assert judge(others[names == 0]).classes < 1.5
    assert 1.7 < judge(others[(names == 0) | (names == 1)]).classes < 3.2
    assert judge(others[names == 0]).distance > 20 * judge(others).distance


def test_the_share_that_is_sure_is_that_of_probabilities_from_0_9(judge):
    assert judge(others).sure == (judge.read(others).max(axis=1) >= 0.9).mean()
    assert str(judge(others)).startswith("distance   ")


@pytest.mark.parametrize(
    "wrong, message",
    [
        (np.zeros((3, 32, 32)), r"got \(3, 32, 32\)"),
        (np.zeros((1, 784)), r"at least two of them; got \(1, 784\)"),
        (np.zeros(784), r"got \(784,\)"),
        (np.full((2, 784), 255.0), "got 255 to 255"),
        (np.full((2, 784), np.nan), "got nan to nan"),
    ],
)
def test_what_are_no_digits_is_refused(judge, wrong, message):
    with pytest.raises(ValueError, match=message):
        judge(wrong)
