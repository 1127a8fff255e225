"""ROUGE by hand: numbers that can be counted, and those of Google's `rouge-score` 0.1.2."""

import pytest

from minidl_course.rouge import rouge_l, rouge_n, words

GUNMAN = "the police killed the gunman", "police kill the gunman"


def test_what_a_reader_counts():
    summary, reference = GUNMAN  # 5 words and 4: police, the, gunman are in both
    assert rouge_n(summary, reference) == pytest.approx(2 * 3 / (5 + 4))
    assert rouge_n(summary, reference, 2) == pytest.approx(2 * 1 / (4 + 3))  # "the gunman"
    assert rouge_l(summary, reference) == pytest.approx(2 * 3 / (5 + 4))
    assert rouge_l("gunman the killed police the", reference) == pytest.approx(
        2 * 2 / 9
    )  # "police the"


@pytest.mark.parametrize(
    ("pair", "one", "two", "longest"),
    [
        (GUNMAN, 0.666667, 0.285714, 0.666667),
        (("a b a b c", "b a c a b"), 1.0, 0.5, 0.6),
        (("Sort x. in place!", "sort_x in-place 2"), 0.888889, 0.857143, 0.888889),
    ],
)
def test_the_scores_of_another_program(pair, one, two, longest):
    found = rouge_n(*pair), rouge_n(*pair, n=2), rouge_l(*pair)
    assert found == pytest.approx((one, two, longest), abs=1e-6)


def test_a_word_counts_as_often_as_in_the_one_that_has_fewer():
    assert rouge_n("the the the the", "the cat sat there") == pytest.approx(2 * 1 / 8)


@pytest.mark.parametrize("score", [rouge_n, rouge_l, lambda a, b: rouge_n(a, b, 2)])
def test_bounds(score):
    text = "Return the larger of a and b"
    assert score(text, text.upper()) == 1
    assert score(text, "") == score("", text) == score("", "") == score(text, "?!") == 0
    assert score(text, "no word in common") == 0


def test_letters_and_digits_are_words():
    assert words("A tanh_1, isn't it?") == ["a", "tanh", "1", "isn", "t", "it"]


@pytest.mark.parametrize("n", [0, 1.5])
def test_runs_of_no_words_are_refused(n):
    with pytest.raises((TypeError, ValueError), match="n must"):
        rouge_n("a", "a", n)
