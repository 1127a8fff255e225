"""Sentences on films: the real files where they are, small ones in their form elsewhere."""

import hashlib
import os
from dataclasses import replace

import numpy as np
import pytest

from minidl.datasets import CorruptDataError, DataNotFoundError, rt_polarity

NEGATIVE = [f"dull film , number {i} ." for i in range(31)]
POSITIVE = [f"charmant film — number {i} !" for i in range(29)]
here = pytest.mark.skipif(not os.environ.get("MINIDL_DATA"), reason="real files: set MINIDL_DATA")


@pytest.fixture
def small(tmp_path, monkeypatch):
    """Two small files in the form of the published ones, where the loader looks."""
    files = []
    for file, lines in zip(rt_polarity.FILES, (NEGATIVE, POSITIVE)):
        contents = "".join(f"{line} \n" for line in lines).encode()
        path = tmp_path / file.folder / file.name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(contents)
        checksum = hashlib.sha256(contents).hexdigest()
        files.append(replace(file, size=len(contents), sha256=checksum, mirrors=()))
    monkeypatch.setattr(rt_polarity, "FILES", tuple(files))
    monkeypatch.setenv("MINIDL_DATA", str(tmp_path))
    monkeypatch.setenv("MINIDL_CACHE", str(tmp_path / "cache"))
    return tmp_path / "rt-polarity"


def pairs(*parts):
    return sorted((text, label) for x, y in parts for text, label in zip(x, y.tolist()))


EVERYTHING = sorted([(text, 0) for text in NEGATIVE] + [(text, 1) for text in POSITIVE])


@here
def test_the_sentences_have_their_documented_form():
    (x, y), (x_test, y_test) = rt_polarity.load_data()
    assert (x.shape, x_test.shape) == ((9596,), (1066,))
    assert {type(text) for text in [*x, *x_test]} == {str} and {y.dtype, y_test.dtype} == {
        np.dtype(np.int64)
    }
    assert np.bincount(y).tolist() == [4798] * 2 and np.bincount(y_test).tolist() == [533] * 2
    assert len({*x, *x_test}) == 10_662 and all(text == text.strip() for text in x)
    label = dict(pairs((x, y), (x_test, y_test)))
    assert label["effective but too-tepid biopic"] == 1
    assert label["simplistic , silly and tedious ."] == 0


@here
def test_ten_folds_of_the_real_sentences():
    sizes = [len(test[0]) for _, test in rt_polarity.folds()]
    assert len(sizes) == 10 and sum(sizes) == 10_662 and set(sizes) == {1066, 1068}


@pytest.mark.parametrize("fraction", [0.1, 0.5])
def test_every_sentence_keeps_its_label_and_none_is_in_both_parts(small, fraction):
    parts = rt_polarity.load_data(test_fraction=fraction)
    assert pairs(*parts) == EVERYTHING
    assert np.bincount(parts[1][1]).tolist() == [round(31 * fraction), round(29 * fraction)]


def test_a_seed_chooses_the_split_and_the_folds(small):
    for load in (rt_polarity.load_data, lambda seed: rt_polarity.folds(3, seed)[0]):
        assert pairs(load(seed=0)[1]) == pairs(load(seed=0)[1]) != pairs(load(seed=1)[1])
        (x, y), _ = load(seed=0)
        (again, _), _ = load(seed=0)
        assert (x == again).all() and np.count_nonzero(np.diff(y)) > 1, "shuffled"


@pytest.mark.parametrize("k", [2, 3, 10, 29])
def test_every_sentence_is_tested_in_exactly_one_fold(small, k):
    splits = rt_polarity.folds(k)
    assert len(splits) == k and pairs(*(test for _, test in splits)) == EVERYTHING
    for train, test in splits:
        assert pairs(train, test) == EVERYTHING
        assert abs(np.bincount(test[1], minlength=2) - np.array([31, 29]) / k).max() < 1


@pytest.mark.parametrize("k", [1, 0, 30, 2.5])
def test_folds_that_cannot_be_are_refused(small, k):
    with pytest.raises(ValueError, match=r"^k(=| must)"):
        rt_polarity.folds(k)


@pytest.mark.parametrize("fraction", [0, 1, 0.001])
def test_a_split_that_leaves_a_part_empty_is_refused(small, fraction):
    with pytest.raises(ValueError, match="test_fraction="):
        rt_polarity.load_data(test_fraction=fraction)


def test_a_damaged_file_is_named_with_its_remedy(small):
    path = small / "rt-polarity.pos"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(CorruptDataError, match=r"rt-polarity\.pos: .*\n(.*\n)*Replace it"):
        rt_polarity.load_data()


def test_where_a_file_is_missing_the_error_names_what_helps_offline(small):
    (small / "rt-polarity.neg").unlink()
    with pytest.raises(DataNotFoundError, match=r"offline with tweets\.load_data\(\)"):
        rt_polarity.load_data()


def test_the_mirrors_are_addresses_of_one_version_of_the_files():
    version = "18762b459e21d9c70e5c242f8d43fc4e6db37a0d"
    for mirror in rt_polarity.MIRRORS:
        assert mirror.startswith("https://") and mirror.endswith("/data/rt-polaritydata/")
        assert mirror.count(version) == 1
