"""Reading by CTC: against all paths, one by one."""

import itertools
import math

import numpy as np
import pytest

from minidl import losses
from minidl_course import decoding


def _all_readings(z):
    """The probability of everything that T steps can say, by listing every path."""
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    readings = {}
    for path in itertools.product(range(z.shape[1]), repeat=len(z)):
        labels = tuple(c for c, _ in itertools.groupby(path) if c)
        share = math.prod(p[t, c] for t, c in enumerate(path))
        readings[labels] = readings.get(labels, 0) + share
    return readings


@pytest.mark.parametrize(
    ("path", "labels"),
    [([], []), ([0, 0], []), ([1, 1, 0, 2], [1, 2]), ([1, 0, 1], [1, 1]), ([0, 2, 2, 1], [2, 1])],
)
def test_repeats_are_merged_before_blanks_are_dropped(path, labels):
    assert decoding.collapse(path).tolist() == labels


def test_the_best_path_of_each_sample_ends_where_it_ends():
    z = np.eye(3)[[[1, 1, 0, 1, 2], [2, 0, 0, 2, 1]]]
    assert [a.tolist() for a in decoding.best_path(z)] == [[1, 1, 2], [2, 2, 1]]
    assert [a.tolist() for a in decoding.best_path(z, [3, 1])] == [[1], [2]]


@pytest.mark.parametrize("seed", range(8))
def test_a_wide_search_finds_the_likeliest_labels_and_their_probability(seed):
    z = 2 * np.random.default_rng(seed).standard_normal((1, 5, 3))
    readings = _all_readings(z[0])
    found = decoding.prefix_search(z, width=1000)[0]
    assert sum(math.exp(p) for _, p in found) == pytest.approx(1)
    for labels, log_p in found:
        assert math.exp(log_p) == pytest.approx(readings[tuple(labels.tolist())])
    assert found[0][1] == max(p for _, p in found)
    best = found[0][0]
    assert losses.CTC()(best[None], z)[0] == pytest.approx(-found[0][1])


def test_the_search_finds_what_the_best_path_misses():
    p = np.array([[[0.6, 0.4], [0.6, 0.4]]])  # "" has 0.36 on the best path, "1" 0.64 on three
    assert decoding.best_path(p)[0].tolist() == []
    (labels, log_p), *_ = decoding.prefix_search(np.log(p))[0]
    assert labels.tolist() == [1] and math.exp(log_p) == pytest.approx(0.64)


def test_a_narrow_search_never_finds_more_than_a_wide_one():
    z = np.random.default_rng(3).standard_normal((4, 12, 4))
    narrow, wide = (decoding.prefix_search(z, width=w) for w in (1, 200))
    assert all(a[0][1] <= b[0][1] + 1e-12 for a, b in zip(narrow, wide))
    assert all(len(a) == 1 for a in narrow)


def test_bad_input_is_refused():
    z = np.zeros((2, 3, 4))
    with pytest.raises(ValueError, match=r"z must be \(N, T, C\)"):
        decoding.best_path(z[0])
    with pytest.raises(ValueError, match="without NaN"):
        decoding.prefix_search(z * np.nan)
    with pytest.raises(ValueError, match=r"2 numbers from 0 to 3, .* got \[1, 4\]"):
        decoding.best_path(z, [1, 4])
    with pytest.raises(ValueError, match="width"):
        decoding.prefix_search(z, width=0)
