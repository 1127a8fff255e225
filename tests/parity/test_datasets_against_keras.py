"""The loaders of Keras's data sets against Keras's own, on the same small files."""

import hashlib
import importlib
import inspect
from dataclasses import replace

import numpy as np
import pytest
from keras_published import CONTENTS

from minidl.datasets import boston_housing, california_housing, imdb, reuters

pytest.importorskip("keras", reason="needs Keras: pip install keras==3.15.1")

TEXTS = [
    {},
    {"num_words": 5000},
    {"num_words": 5000, "skip_top": 20, "oov_char": None},
    {"maxlen": 25, "seed": 5},
    {"start_char": None, "num_words": 10_000},
    {"start_char": None, "index_from": 0, "skip_top": 3},
    {"start_char": 9, "oov_char": 8, "index_from": 20, "num_words": 300, "maxlen": 40},
]
HOUSES = [{}, {"test_split": 0.37, "seed": 4}, {"test_split": 0.0}]


@pytest.mark.parametrize(
    ("module", "options"),
    [(module, options) for module in (imdb, reuters) for options in TEXTS]
    + [(module, options) for module in (boston_housing, california_housing) for options in HOUSES]
    + [(reuters, {"test_split": 0.5}), (california_housing, {"version": "small"})],
)
def test_the_same_data(module, options, tmp_path, monkeypatch):
    path = tmp_path / "file.npz"
    path.write_bytes(CONTENTS[module])
    digest = hashlib.sha256(CONTENTS[module]).hexdigest()
    monkeypatch.setattr(module, "FILE", replace(module.FILE, sha256=digest, mirrors=()))
    name = module.__name__.rpartition(".")[2]
    theirs = importlib.import_module(f"keras.src.datasets.{name}")
    monkeypatch.setattr(theirs, "get_file", lambda *args, **kwargs: str(path))
    ours = module.load_data(path=path, **options)
    for (x, y), (x_expected, y_expected) in zip(ours, theirs.load_data(**options)):
        assert x.dtype == x_expected.dtype and y.dtype == y_expected.dtype
        assert x.tolist() == x_expected.tolist()
        np.testing.assert_array_equal(y, y_expected)


def test_the_same_topics():
    theirs = importlib.import_module("keras.src.datasets.reuters")
    assert reuters.get_label_names() == theirs.get_label_names()


def test_the_same_checksums():
    for module in (imdb, reuters, boston_housing, california_housing):
        name = module.__name__.rpartition(".")[2]
        text = inspect.getsource(importlib.import_module(f"keras.src.datasets.{name}"))
        for file in (module.FILE, getattr(module, "WORDS", module.FILE)):
            assert f'"{file.sha256 or file.md5}"' in text and file.mirrors[0] in text
            assert f"{{origin_folder}}{file.name}" in text
