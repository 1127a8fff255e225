"""The translator that counts, on sentences few enough to see what it must say."""

import math
from collections import defaultdict

import pytest

from minidl_course.chapters.phrases import PhraseTranslator, Trigrams, chances, links, phrases_of

PAIRS = {
    "le chat": "the cat",
    "le chien": "the dog",
    "un chat": "a cat",
    "le chat noir": "the black cat",
    "je vois le chat": "i see the cat",
}


@pytest.fixture(scope="module")
def translator():
    return PhraseTranslator(PAIRS, PAIRS.values())


@pytest.mark.parametrize("pair", PAIRS.items())
def test_what_was_read_is_said_again(translator, pair):
    french, english = pair
    assert translator.translate(french) == english


def test_phrases_are_put_together_anew_and_may_change_the_order_inside(translator):
    assert translator.translate("je vois un chien") == "i see a dog"
    assert translator.translate("je vois un chat noir") == "i see a black cat"
    assert translator.word_by_word("un chat noir") == "a cat black"


def test_words_without_a_translation_are_left_out(translator):
    assert translator.translate("le grand chat") == "the cat"
    assert translator.word_by_word("le grand chat") == "the cat"
    assert translator.translate("") == translator.word_by_word("grand") == ""


def test_model_1_after_one_round_by_hand():
    """A word shared out evenly among none and two words, or none and one."""
    pairs = [(("a", "b"), ("x", "y")), (("a",), ("x",))]
    chance = chances(pairs, rounds=1)
    assert chance["x", "a"] == pytest.approx((1 / 3 + 1 / 2) / (1 / 3 + 1 / 3 + 1 / 2))
    assert chance["x", "b"] == chance["y", "b"] == pytest.approx(1 / 2)
    assert chances(pairs)["y", "b"] > 0.9


def test_a_choice_of_one_side_is_a_link_if_it_lies_beside_one():
    """Both sides choose x and a, y and c; b chooses x, beside; z chooses a, two places away."""
    to_english = defaultdict(float, {("x", "a"): 1, ("y", "c"): 1, ("z", "a"): 1})
    to_french = defaultdict(float, {("a", "x"): 1, ("b", "x"): 1, ("c", "y"): 1})
    assert links("abc", "xyz", to_english, to_french) == {(0, 0), (1, 0), (2, 1)}


def test_no_link_leads_out_of_a_phrase():
    found = set(phrases_of(("chat", "noir"), ("black", "cat"), {(0, 1), (1, 0)}))
    both = ("chat", "noir"), ("black", "cat")
    assert found == {(("chat",), ("cat",)), (("noir",), ("black",)), both}


def test_trigrams_by_hand_and_they_share_out_one():
    trigrams = Trigrams([("a", "b"), ("a",)])  # with the stop sign five words, three different
    one = (2 + 3 / 4) / (5 + 3)  # "a" is two of them
    two = (2 + 1 * one) / (2 + 1)  # after "<" always "a"
    assert trigrams.p(("<", "<"), "a") == pytest.approx((2 + 1 * two) / (2 + 1))
    for before in (("<", "<"), ("<", "a"), ("a", "b"), ("c", "c")):
        assert sum(trigrams.p(before, word) for word in ("a", "b", ">", "new")) == pytest.approx(1)
    expected = math.log(trigrams.p(("<", "a"), "b")) + math.log(trigrams.p(("a", "b"), ">"))
    assert trigrams.log_p(("<", "a"), ("b", ">")) == pytest.approx(expected)
