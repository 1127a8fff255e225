"""Downloads that end too early, or would never end: nothing stays of them."""

import os

import pytest
from mirrors import CONTENTS, GOOD, NAME, kept_in, wanted

from minidl.base import folders
from minidl.datasets import DataNotFoundError, files
from minidl.datasets.files import fetch


def test_what_a_killed_download_left_is_cleared_by_the_next_one(mirrors, cache):
    left = cache / "things" / "download-killed"
    left.mkdir(parents=True)
    (left / files.PART).write_bytes(GOOD)
    os.utime(left, (0, 0))
    assert fetch(wanted(mirrors.serve("good"))) == CONTENTS
    assert kept_in(cache) == [NAME]


def test_what_another_process_is_downloading_stays(mirrors, cache):
    pytest.importorskip("fcntl")
    other = cache / "things" / "download-other"
    other.mkdir(parents=True)
    with (other / files.PART).open("wb") as stream:
        folders.claim(stream)
        os.utime(other, (0, 0))
        fetch(wanted(mirrors.serve("good")))
        assert other.is_dir()


def test_a_download_ends_where_the_file_must_have_ended(mirrors, cache, monkeypatch):
    monkeypatch.setattr(files, "PACKING", 0)
    endless = mirrors.serve("endless", GOOD + bytes(10 * len(CONTENTS)))
    with pytest.raises(DataNotFoundError, match="stopped after 5,120 bytes"):
        fetch(wanted(endless))
    assert kept_in(cache) == []
