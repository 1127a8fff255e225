"""IMDB, Reuters and the houses: small files in the published layout stand in for the large ones."""

import hashlib
import json
from dataclasses import replace

import numpy as np
import pytest
from keras_published import CONTENTS, rows

from minidl.datasets import (
    CorruptDataError,
    DataNotFoundError,
    boston_housing,
    california_housing,
    imdb,
    reuters,
)

WORDS = json.dumps({"the": 1, "naïve": 2}).encode()


def put(folder, monkeypatch, module, contents, constant="FILE"):
    """Put a file where the loader looks, with the checksum that it then expects."""
    file = getattr(module, constant)
    path = folder / file.folder / file.name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(contents)
    if file.md5:
        expected = {"md5": hashlib.md5(contents).hexdigest()}
    else:
        expected = {"sha256": hashlib.sha256(contents).hexdigest()}
    monkeypatch.setattr(module, constant, replace(file, mirrors=(), **expected))
    monkeypatch.setenv("MINIDL_DATA", str(folder))
    monkeypatch.setenv("MINIDL_CACHE", str(folder / "cache"))
    return path


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    for module, contents in CONTENTS.items():
        put(tmp_path, monkeypatch, module, contents)
    for module in (imdb, reuters):
        put(tmp_path, monkeypatch, module, WORDS, "WORDS")


def by_hand(lists, order, num_words=None, skip_top=0, start=1, oov=2, index_from=3, maxlen=None):
    """The rules of Keras's documentation, word by word."""
    found = []
    for i in order:
        row = ([] if start is None else [start]) + [w + index_from for w in lists[i]]
        if not maxlen or len(row) < maxlen:
            kept = [w if skip_top <= w < num_words else oov for w in row]
            found.append([w for w in kept if w is not None])
    return found


def shuffled(n, seed):
    order = np.arange(n)
    np.random.RandomState(seed).shuffle(order)
    return order


def test_reuters_by_hand():
    (x, y), (x_test, y_test) = reuters.load_data(num_words=5000, skip_top=5, seed=7)
    order = shuffled(25, 7)
    expected = by_hand(rows(25), order, 5000, 5)
    assert len(x) == 20 and [*x, *x_test] == expected
    assert [*y, *y_test] == [i % 46 for i in order]
    assert x.dtype == object and type(x[0]) is list and type(x[0][0]) is int


def test_imdb_by_hand():
    options = {"start_char": None, "oov_char": None, "index_from": 0, "maxlen": 30}
    (x, y), (x_test, y_test) = imdb.load_data(num_words=5000, **options)
    rng = np.random.RandomState(113)
    orders = [np.arange(30), np.arange(20)]
    for order in orders:
        rng.shuffle(order)
    hand = {"num_words": 5000, "start": None, "oov": None, "index_from": 0, "maxlen": 30}
    assert list(x) == by_hand(rows(30), orders[0], **hand)
    assert list(x_test) == by_hand(rows(20, 1), orders[1], **hand)
    short = [i for i in orders[0] if len(rows(30)[i]) < 30]
    assert (
        len(y) == len(x) < 30 and list(y) == [i % 2 for i in short] and len(y_test) == len(x_test)
    )


def test_without_num_words_the_rarest_word_is_left_out():
    (x, _), (x_test, _) = reuters.load_data()
    words = {w for row in [*x, *x_test] for w in row}
    highest = max(max(row) for row in rows(25)) + 3
    assert highest not in words and 2 in words


def test_numbers_that_stay_as_they_are():
    for index_from in (0, None):
        (x, _), _ = imdb.load_data(num_words=10**6, index_from=index_from, start_char=None)
        assert sorted(map(len, x)) == sorted(map(len, rows(30)))
        assert sorted(map(sum, x)) == sorted(map(sum, rows(30)))


def test_no_row_is_short_enough():
    with pytest.raises(ValueError, match=r"no row is shorter than maxlen=2; the shortest has 2"):
        imdb.load_data(maxlen=2)


@pytest.mark.parametrize("module", [imdb, reuters])
def test_words(module):
    assert module.get_word_index() == {"the": 1, "naïve": 2}


def test_topics():
    names = reuters.get_label_names()
    assert len(set(names)) == 46 and names[3] == "earn" and names[45] == "lead"


@pytest.mark.parametrize(
    ("module", "options", "n"),
    [
        (boston_housing, {}, 33),
        (california_housing, {}, 700),
        (california_housing, {"version": "small"}, 600),
    ],
)
def test_houses(module, options, n):
    (x, y), (x_test, y_test) = module.load_data(test_split=0.25, seed=3, **options)
    order = shuffled(n, 3)
    assert len(x) == len(y) == int(0.75 * n)
    np.testing.assert_array_equal(np.concatenate([y, y_test]), order)
    np.testing.assert_array_equal(np.concatenate([x, x_test])[:, 0], order * x.shape[1])


def test_arguments_that_are_out_of_range():
    for module in (boston_housing, california_housing, reuters):
        for share in (-0.1, 1, 1.5):
            with pytest.raises(ValueError, match=f"test_split must be .* below 1; got {share}"):
                module.load_data(test_split=share)
        (_, y), (x_test, y_test) = module.load_data(test_split=0)
        assert len(y) > 0 == len(x_test) == len(y_test)
    with pytest.raises(ValueError, match='"small" or "large"; got \'tiny\''):
        california_housing.load_data("tiny")


def test_a_file_of_another_name(tmp_path):
    own = (tmp_path / "imdb" / "imdb.npz").rename(tmp_path / "imdb" / "mine.npz")
    assert len(imdb.load_data("mine.npz")[0][0]) == 30
    with pytest.raises(DataNotFoundError, match=r"imdb/imdb\.npz is not on this machine"):
        imdb.load_data()
    elsewhere = own.rename(tmp_path / "elsewhere.npz")
    assert len(imdb.load_data(elsewhere)[0][0]) == 30
    assert len(imdb.load_data(str(elsewhere))[0][0]) == 30


@pytest.mark.parametrize("with_folder", [True, False])
def test_a_file_named_by_its_path_is_never_replaced(tmp_path, monkeypatch, with_folder):
    if not with_folder:
        monkeypatch.delenv("MINIDL_DATA")
    own = tmp_path / "mine.npz"
    own.write_bytes(b"something dear")
    with pytest.raises(CorruptDataError, match=r"mine\.npz: not the expected file"):
        imdb.load_data(own)
    assert own.read_bytes() == b"something dear"


@pytest.mark.parametrize(("module", "constant"), [(imdb, "FILE"), (reuters, "WORDS")])
def test_a_damaged_file_is_told_by_its_checksum(tmp_path, module, constant):
    file = getattr(module, constant)
    path = tmp_path / file.folder / file.name
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    kind = "MD5" if constant == "WORDS" else "SHA-256"
    with pytest.raises(CorruptDataError, match=f"expected: .* bytes with {kind} [0-9a-f]+"):
        module.load_data() if constant == "FILE" else module.get_word_index()
