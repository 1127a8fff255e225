"""TextVectorization: the example of Keras's documentation, its rules, and what it refuses."""

import numpy as np
import pytest

from minidl import Sequential
from minidl.base.configurable import from_data, to_data
from minidl.layers import Embedding, Input, TextVectorization

TEXTS = ["foo bar", "bar baz", "baz bada boom"]


def _adapted(texts=TEXTS, **options):
    layer = TextVectorization(**options)
    layer.adapt(texts)
    return layer


def test_the_example_of_keras():
    layer = _adapted(max_tokens=5000, output_sequence_length=4)
    y = layer([["foo qux bar"], ["qux baz"]])
    assert y.dtype == np.int64 and y.tolist() == [[4, 1, 3, 0], [1, 2, 0, 0]]
    assert layer.get_vocabulary() == ["", "[UNK]", "baz", "bar", "foo", "boom", "bada"]
    assert layer.get_vocabulary(include_special_tokens=False)[0] == "baz"
    assert layer.vocabulary_size() == 7


def test_the_longest_row_decides_and_longer_ones_lose_their_end():
    assert _adapted()(["foo", "bar baz bar"]).tolist() == [[4, 0, 0], [3, 2, 3]]
    assert _adapted(output_sequence_length=2)(["boom bar baz"]).tolist() == [[5, 3]]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, ["its", "a", "dont", "b"]),
        ({"standardize": "lower"}, ["it's", "a", "don't,", "b!"]),
        ({"standardize": "strip_punctuation"}, ["Its", "A", "dont", "b"]),
        ({"standardize": None, "split": None}, ["It's A\tdon't, b!"]),
        ({"standardize": str.upper, "split": lambda text: text[:4].split("'")}, ["IT", "S"]),
        ({"split": "character"}, list("its a\tdont b")),
    ],
)
def test_how_a_text_becomes_words(options, words):
    assert TextVectorization(**options).words("It's A\tdon't, b!") == words


def test_room_for_the_most_frequent_only():
    assert _adapted(max_tokens=4).get_vocabulary() == ["", "[UNK]", "baz", "bar"]
    assert _adapted(max_tokens=3, output_mode="count").get_vocabulary() == ["[UNK]", "baz", "bar"]


def test_rows_that_count_have_no_place_for_padding():
    for mode, expected in (("count", [1, 2, 0, 0, 0, 0]), ("multi_hot", [1, 1, 0, 0, 0, 0])):
        y = _adapted(output_mode=mode)(["baz qux baz"])
        assert y.dtype == np.float32 and y.tolist() == [expected]


def test_a_vocabulary_may_be_given_and_saved():
    layer = TextVectorization(vocabulary=["", "[UNK]", "earth", "wind"])
    assert layer(["wind and earth"]).tolist() == [[3, 1, 2]]
    assert from_data(to_data(layer))(["wind"]).tolist() == [[3]]
    assert from_data(to_data(_adapted()))(["foo"]).tolist() == [[4]]


def test_it_does_not_stand_in_a_model():
    vectorize = TextVectorization(vocabulary=["a"], name="vectorize")
    message = r"cannot stand in a model: .*model.fit\(vectorize\(texts\), y\)"
    with pytest.raises(TypeError, match=message):
        Sequential([Input((1,)), vectorize, Embedding(3, 2)])


@pytest.mark.parametrize(
    ("mistake", "error", "message"),
    [
        (lambda: TextVectorization()(["a"]), RuntimeError, r"no vocabulary: call adapt\(texts\)"),
        (lambda: _adapted("a b"), TypeError, r"a list of texts.* got a str of shape \(\)"),
        (lambda: _adapted([1, 2]), TypeError, r"each a str; got a list of shape \(2,\)"),
        (lambda: _adapted()([]), TypeError, r"got a list of shape \(0,\)"),
        (
            lambda: TextVectorization(output_mode="tf_idf"),
            ValueError,
            '"int", "multi_hot" or "count"',
        ),
        (lambda: TextVectorization(split="words"), ValueError, "split must be one of None, 'wh"),
        (lambda: TextVectorization(vocabulary=["a", "a"]), ValueError, "stands twice"),
        (lambda: TextVectorization(ragged=True), TypeError, "has no argument 'ragged'"),
    ],
)
def test_mistakes_are_named(mistake, error, message):
    with pytest.raises(error, match=message):
        mistake()
