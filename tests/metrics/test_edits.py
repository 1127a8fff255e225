"""Edit distance: against a search through all edits, and by hand."""

import functools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minidl.metrics.edits import edit_distance, word_error_rate


@functools.cache
def _by_recursion(a, b):
    if not a or not b:
        return len(a) + len(b)
    if a[-1] == b[-1]:
        return _by_recursion(a[:-1], b[:-1])
    return 1 + min(
        _by_recursion(a[:-1], b), _by_recursion(a, b[:-1]), _by_recursion(a[:-1], b[:-1])
    )


@given(st.text("abc", max_size=7), st.text("abc", max_size=7))
def test_it_is_the_fewest_edits(a, b):
    assert edit_distance(a, b) == _by_recursion(a, b) == edit_distance(b, a)


def test_rates_are_shares_of_the_words_expected():
    assert word_error_rate([[1, 2], [3]], [[1, 2], [3]]) == 0
    assert word_error_rate([[1, 5, 2], []], [[1, 2], [3]]) == pytest.approx(2 / 3)
    assert word_error_rate([[1, 2, 3]], [[4]]) == 3
    with pytest.raises(ValueError, match="no words are expected"):
        word_error_rate([[1]], [[]])
    with pytest.raises(ValueError, match="1 sequences were found, and 2"):
        word_error_rate([[1]], [[1], [2]])
