"""Sentences in two languages: the real ones where they are, small ones in their form elsewhere."""

import os
import zipfile
from pathlib import Path

import pytest

from minidl.datasets import CorruptDataError, DataNotFoundError, fra_eng, fra_eng_subset

SUBSET = Path(os.environ.get("MINIDL_DATA", "")) / "fra-eng-subset" / "fra.txt"
here = pytest.mark.skipif(not SUBSET.is_file(), reason="real sentences: set MINIDL_DATA")
ROWS = [(f"I see number {i}.", f"Je vois le numéro {i}.") for i in range(36)]
# Four pairs that hang together: Go. = Marche. = Move! (Bouge !), and "go" with another mark.
ROWS += [("Go.", "Marche."), ("Go.", "Bouge\u202f!"), ("Move!", "Bouge !"), ("Go!", "Va\xa0!")]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("MINIDL_DATA", str(tmp_path))
    monkeypatch.setenv("MINIDL_CACHE", str(tmp_path / "cache"))
    (tmp_path / "fra-eng").mkdir()
    return tmp_path / "fra-eng"


def text_of(rows):
    return "".join(f"{english}\t{french}\tCC-BY 2.0, #1 (CK)\n" for english, french in rows)


@pytest.fixture
def small(folder):
    with zipfile.ZipFile(folder / "fra-eng.zip", "w") as archive:
        archive.writestr("_about.txt", "about")
        archive.writestr("fra.txt", text_of(ROWS))
    return folder


@here
@pytest.mark.parametrize("source", ["fra", "eng"])
def test_the_real_sentences_have_their_documented_form(source):
    (x, y), (x_test, y_test) = fra_eng_subset.load_data(source)
    assert x.shape == y.shape == (4500,) and x_test.shape == y_test.shape == (500,)
    french = {*x, *x_test} if source == "fra" else {*y, *y_test}
    assert {"Salut !", "J'ai compris."} <= french
    assert not set(x) & set(x_test) and not set(y) & set(y_test), "neither side was seen before"
    sentences, translations = fra_eng.references(x, y)
    assert len(sentences) == len(set(x)) and 1.1 < 4500 / len(sentences) < 2
    assert all(len(set(several)) == len(several) for several in translations)


@pytest.mark.parametrize("fraction", [0.1, 0.4])
def test_nothing_is_lost_and_what_hangs_together_stays_together(small, fraction):
    for seed in range(20):
        parts = fra_eng.load_data(source="eng", test_fraction=fraction, seed=seed)
        pairs = [set(zip(*part)) for part in parts]
        plain = {tuple(" ".join(side.split()) for side in row) for row in ROWS}
        assert pairs[0] | pairs[1] == plain and not pairs[0] & pairs[1]
        assert [len(x) for x, _ in parts] == [40 - round(40 * fraction), round(40 * fraction)]
        together = {("Go.", "Marche."), ("Go.", "Bouge !"), ("Move!", "Bouge !"), ("Go!", "Va !")}
        assert any(together <= part for part in pairs)


def test_a_seed_chooses_the_split_and_the_order(small):
    tests = [fra_eng.load_data(seed=seed)[1][0].tolist() for seed in (0, 0, 1)]
    assert tests[0] == tests[1] and set(tests[0]) != set(tests[2])
    x = fra_eng.load_data(seed=0)[0][0].tolist()
    numbers = [int(text.split()[-1][:-1]) for text in x if "numéro" in text]
    assert numbers != sorted(numbers), "shuffled"


def test_the_source_chooses_the_direction_and_pairs_how_many_lines(small):
    french, english = fra_eng.load_data()[0]
    assert all(text.startswith("Je") for text in french if "numéro" in text)
    assert all(text.startswith("I") for text in english if "number" in text)
    (x, _), (x_test, _) = fra_eng.load_data(pairs=20)
    assert {*x, *x_test} == {french for _, french in ROWS[:20]}


def test_the_text_itself_or_the_cache_will_do(small, monkeypatch):
    expected = fra_eng.load_data()[1][0].tolist()
    (small / "fra-eng.zip").unlink()
    (small / "fra.txt").write_text(text_of(ROWS), encoding="utf-8")
    assert fra_eng.load_data()[1][0].tolist() == expected
    monkeypatch.delenv("MINIDL_DATA")
    monkeypatch.setenv("MINIDL_CACHE", str(small.parent))
    assert fra_eng.load_data()[1][0].tolist() == expected


def test_references_gathers_the_translations_of_each_sentence():
    found = fra_eng.references(["Go.", "Hi.", "Go.", "Go."], ["Va !", "Salut.", "Marche.", "Va !"])
    assert found == (["Go.", "Hi."], [["Va !", "Marche."], ["Salut."]])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"source": "fr"}, 'source must be "fra" or "eng"'),
        ({"test_fraction": 1.0}, "test_fraction=1.0 must be between"),
        ({"test_fraction": 0.001}, "leaves a part without any"),
        ({"pairs": 0}, "pairs"),
    ],
)
def test_bad_arguments_are_named(small, arguments, message):
    with pytest.raises(ValueError, match=message):
        fra_eng.load_data(**arguments)


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        (b"PK\x03\x04 cut short", "neither fra-eng.zip nor its fra.txt"),
        (b"<html>\n<p>406 Not Acceptable</p>", "line 1 has no tab"),
        (b"Go.\tVa \xff!", "neither"),
    ],
)
def test_a_file_that_is_something_else_is_named(folder, contents, message):
    (folder / "fra-eng.zip").write_bytes(contents)
    with pytest.raises(CorruptDataError, match=message):
        fra_eng.load_data()


def test_where_they_are_missing_the_errors_say_where_to_get_them(folder):
    with pytest.raises(DataNotFoundError, match=r"manythings\.org/anki") as caught:
        fra_eng.load_data()
    assert "fra_eng_subset.load_data()" in str(caught.value)
    with pytest.raises(DataNotFoundError, match="cannot be downloaded") as caught:
        fra_eng_subset.load_data()
    message = str(caught.value)
    assert "fra_eng.load_data(pairs=5000)" in message and "fra-eng-subset/fra.txt" in message
    assert caught.value.__suppress_context__, "one error, not a chain of them"


def test_a_damaged_subset_is_no_data(folder):
    (folder.parent / "fra-eng-subset").mkdir()
    (folder.parent / "fra-eng-subset" / "fra.txt").write_text("Go.\tVa !\n", encoding="utf-8")
    with pytest.raises(CorruptDataError, match="expected"):
        fra_eng_subset.load_data()
