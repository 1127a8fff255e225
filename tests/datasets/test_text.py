"""Texts as numbers, and numbers as samples for a language model."""

import hashlib
import os
import pydoc_data.topics
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from minidl.datasets import CorruptDataError, DataNotFoundError, text
from minidl.datasets.text import corpora

# Vocabularies ------------------------------------------------------------------------------------


def test_characters_come_back_as_they_went_in():
    line = "Now is the winter\n\tof our discontent — 2 'times'"
    vocabulary = text.CharacterVocabulary(line)
    ids = vocabulary.encode(line)
    assert ids.dtype == np.int64 and ids.shape == (len(line),)
    assert vocabulary.decode(ids) == line and vocabulary.decode(list(map(int, ids))) == line
    assert len(vocabulary) == len(set(line)) and "w" in vocabulary and "W" not in vocabulary
    assert vocabulary.encode("").shape == (0,) and vocabulary.decode([]) == ""


def test_frequent_tokens_come_first_and_equal_ones_in_alphabetical_order():
    vocabulary = text.CharacterVocabulary("cabcabczd")
    assert vocabulary.tokens == ["c", "a", "b", "d", "z"]
    assert vocabulary.counts == {"c": 3, "a": 2, "b": 2, "d": 1, "z": 1}
    assert vocabulary.encode("zoo".replace("o", "c")).tolist() == [4, 0, 0]


def test_the_order_does_not_depend_on_the_process():
    def seeded(h):
        return os.environ | {"PYTHONHASHSEED": h}

    code = (
        "from minidl.datasets import text;"
        "print(text.WordVocabulary('to be or not to be that is the question whether').tokens)"
    )
    shown = {subprocess.check_output([sys.executable, "-c", code], env=seeded(h)) for h in "12"}
    assert len(shown) == 1


def test_words_and_punctuation_are_tokens_in_lower_case():
    vocabulary = text.WordVocabulary("Don't stop; DON'T — the l’été_2!")
    assert vocabulary.tokens[0] == "don't"
    ids = vocabulary.encode("The L’été_2 — stop!")
    assert vocabulary.decode(ids) == "the l’été_2 — stop !"


def test_reserved_tokens_come_first_and_padding_vanishes_again():
    vocabulary = text.WordVocabulary("a a b", unknown="<unk>", padding="<pad>")
    assert vocabulary.tokens == ["<pad>", "<unk>", "a", "b"]
    assert vocabulary.encode("b new a").tolist() == [3, 1, 2]
    assert vocabulary.decode([0, 0, 3, 1, 2, 0]) == "b <unk> a"


def test_rare_tokens_are_left_out():
    words = "a a a b b c"
    assert text.WordVocabulary(words, min_count=2, unknown="?").tokens == ["?", "a", "b"]
    assert text.WordVocabulary(words, max_size=2, unknown="?").tokens == ["?", "a"]
    both = text.WordVocabulary(words, min_count=3, max_size=4, unknown="?", padding=".")
    assert both.tokens == [".", "?", "a"] and both.counts == {"a": 3, "b": 2, "c": 1}
    assert text.WordVocabulary(words, min_count=1, max_size=3).tokens == ["a", "b", "c"]


def test_an_unknown_character_is_named_with_its_place_and_a_remedy():
    vocabulary = text.CharacterVocabulary("abc")
    with pytest.raises(ValueError, match=r"'x', 'y' at position 1 .* 3 tokens.*unknown=\"<unk>\""):
        vocabulary.encode("axbyx")
    with pytest.raises(ValueError, match=r"'d', 'e', 'f', 'g', 'h', \.\.\. at position 0"):
        vocabulary.encode("defghi")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"text": ""}, "length 0 has no tokens"),
        ({"text": "ab", "min_count": 2}, r'leave out 2 of 2 tokens.*unknown="<unk>"'),
        ({"text": "aab", "max_size": 1}, r"max_size=1 leave out 1 of 2"),
        ({"text": "ab", "unknown": "b"}, "contains 'b', which cannot be reserved"),
        ({"text": "ab", "unknown": "?", "max_size": 1}, "max_size=1 leaves no room"),
        ({"text": "ab", "max_size": 0}, "max_size=0 leaves no room"),
    ],
)
def test_a_vocabulary_that_makes_no_sense_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        text.CharacterVocabulary(**arguments)


def test_a_text_of_blanks_has_no_words_and_bytes_are_no_text():
    with pytest.raises(ValueError, match="length 3 has no tokens"):
        text.WordVocabulary(" \n ")
    with pytest.raises(TypeError, match="a str; got bytes"):
        text.CharacterVocabulary(b"abc")


@pytest.mark.parametrize("ids", [[0, 3], [-1], [0.5], [[0, 1]]])
def test_numbers_that_stand_for_nothing_are_refused(ids):
    with pytest.raises(ValueError, match="decode needs"):
        text.CharacterVocabulary("abc").decode(ids)


# Windows and streams -----------------------------------------------------------------------------


@pytest.mark.parametrize("length", [1, 2, 7, 40])
@pytest.mark.parametrize("size", [1, 3, 50, 87])
@pytest.mark.parametrize("stride", [None, 1, 5])
def test_a_window_holds_neighbours_and_its_target_is_one_later(size, length, stride):
    if size < length + 1:
        return
    ids = np.random.default_rng(0).integers(0, 9, size)
    x, y = text.windows(ids, length, stride)
    starts = [s for s in range(0, size, stride or length) if s + length + 1 <= size]
    np.testing.assert_array_equal(x, [ids[s : s + length] for s in starts], strict=True)
    np.testing.assert_array_equal(y, [ids[s + 1 : s + length + 1] for s in starts], strict=True)


def test_windows_are_views_that_cannot_change_the_text():
    ids = np.arange(100)
    x, y = text.windows(ids, 10, stride=1)
    assert np.shares_memory(x, ids) and np.shares_memory(y, ids)
    assert not (x.flags.writeable or y.flags.writeable)


@pytest.mark.parametrize(("B", "T"), [(1, 1), (1, 8), (4, 1), (4, 8), (7, 5)])
@pytest.mark.parametrize("extra", [0, 1, 3])
def test_each_row_of_a_batch_continues_the_same_row_of_the_batch_before(B, T, extra):
    K = 3
    ids = np.arange(B * K * T + 1 + min(extra, B * T - 1))
    x, y = text.streams(ids, B, T)
    assert x.shape == y.shape == (K * B, T) and x.dtype == ids.dtype
    np.testing.assert_array_equal(y, x + 1)  # ids count up, so the next id is one more
    batches = x.reshape(K, B, T)
    for k in range(K - 1):
        np.testing.assert_array_equal(batches[k + 1, :, 0], batches[k, :, -1] + 1)
    assert sorted(x.ravel()) == list(range(B * K * T))  # every token is read once
    for n in range(B):  # one reader sees one piece of the text, in order
        np.testing.assert_array_equal(batches[:, n].ravel(), np.arange(n * K * T, (n + 1) * K * T))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: text.windows(np.arange(8), 8), "8 tokens is too short.* takes 9"),
        (lambda: text.windows(np.arange(0), 1), "0 tokens is too short"),
        (lambda: text.windows(np.arange(9), 0), "length=0 must be at least 1"),
        (lambda: text.windows(np.arange(9), 2, stride=0), "stride=0 must be at least 1"),
        (lambda: text.windows(np.zeros((3, 3)), 2), r"shape \(L,\); got \(3, 3\)"),
        (lambda: text.streams(np.arange(12), 3, 4), "12 tokens is too short.* takes 13"),
        (lambda: text.streams(np.arange(12), 0, 4), "batch_size=0 must be at least 1"),
        (lambda: text.streams(np.arange(12), 1, -4), "length=-4 must be at least 1"),
    ],
)
def test_a_text_that_cannot_be_cut_so_is_explained(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_str_has_to_be_encoded_before_it_is_cut():
    for cut in (lambda: text.windows("abc", 1), lambda: text.streams("abc", 1, 1)):
        with pytest.raises(TypeError, match=r"vocabulary\.encode"):
            cut()


def test_the_end_of_a_text_is_held_out():
    train, held_out = text.chronological_split("0123456789" * 2)
    assert (train, held_out) == ("0123456789" + "01234567", "89")
    ids = np.arange(7)
    first, last = text.chronological_split(ids, 0.5)
    assert (first.tolist(), last.tolist()) == ([0, 1, 2, 3], [4, 5, 6])
    assert text.chronological_split("ab", 0.01) == ("a", "b")
    with pytest.raises(ValueError, match="test_fraction=1"):
        text.chronological_split(ids, 1)
    with pytest.raises(ValueError, match="length 1 cannot be cut"):
        text.chronological_split("a")


# Texts -------------------------------------------------------------------------------------------


def test_the_embedded_text_is_pythons_documentation_in_a_fixed_order(monkeypatch):
    sample = text.load_sample()
    assert len(sample) > 400_000 and 'The "assert" statement' in sample[:100]
    assert max(map(len, sample.splitlines())) < 200  # lines, as a reader sees them
    shuffled = dict(reversed(pydoc_data.topics.topics.items()))
    monkeypatch.setattr(pydoc_data.topics, "topics", shuffled)
    assert text.load_sample() == sample


def test_the_prose_of_the_sample_is_without_code_and_tables_and_says_nothing_twice():
    prose = text.load_prose()
    paragraphs = prose.strip().split("\n\n")
    assert len(prose) > 100_000 and len(set(paragraphs)) == len(paragraphs)
    assert all(p[0].isupper() and len(p) > 100 for p in paragraphs)
    assert "::=" in text.load_sample() and "::=" not in prose
    assert "+---" in text.load_sample() and "+---" not in prose
    assert sum(c.isalpha() or c.isspace() for c in prose) > 0.9 * len(prose)
    assert text.load_prose() == prose


@pytest.mark.skipif("MINIDL_DATA" not in os.environ, reason="Tiny Shakespeare: set MINIDL_DATA")
def test_shakespeare_is_the_text_of_every_tutorial():
    plays = text.load_shakespeare()
    assert len(plays) == 1_115_394 and plays.startswith("First Citizen:\nBefore we proceed any")
    assert len(text.CharacterVocabulary(plays)) == 65


@pytest.fixture
def short_play(tmp_path, monkeypatch):
    """A play of one line plays Tiny Shakespeare; returns the path of the reader's own copy."""
    contents = b"Exit, pursued by a bear."
    sha256 = hashlib.sha256(contents).hexdigest()
    play = replace(corpora.SHAKESPEARE, size=len(contents), sha256=sha256, mirrors=())
    monkeypatch.setattr(corpora, "SHAKESPEARE", play)
    monkeypatch.setenv("MINIDL_DATA", str(tmp_path))
    monkeypatch.setenv("MINIDL_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "tinyshakespeare" / "input.txt"
    path.parent.mkdir()
    path.write_bytes(contents)
    return path


def test_shakespeare_is_read_from_the_folder_of_the_reader(short_play):
    assert text.load_shakespeare() == "Exit, pursued by a bear."


def test_an_altered_shakespeare_is_refused(short_play):
    short_play.write_bytes(short_play.read_bytes().replace(b"bear", b"boar"))
    with pytest.raises(CorruptDataError, match="not the expected file"):
        text.load_shakespeare()


def test_without_shakespeare_the_error_names_the_embedded_text(short_play):
    short_play.unlink()
    with pytest.raises(DataNotFoundError, match=r"offline with text\.load_sample\(\)"):
        text.load_shakespeare()
