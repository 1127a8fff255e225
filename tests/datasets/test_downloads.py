"""Where data files come from, and that they are the right ones."""

import gzip
import hashlib

import pytest
from mirrors import (
    CONTENTS,
    CUT,
    GOOD,
    NAME,
    NOT_DEFLATE,
    OTHER,
    WRONG_CHECKSUM,
    kept_in,
    put,
    wanted,
)

from minidl.datasets import CorruptDataError, DataNotFoundError, files
from minidl.datasets.files import DataFile, fetch, fetch_path


def test_a_download_is_kept_so_the_second_call_asks_nobody(mirrors, cache, capfd):
    file = wanted(mirrors.serve("good"))
    assert fetch(file) == CONTENTS
    assert fetch(file) == CONTENTS
    assert mirrors.requests == [f"/good/{NAME}"]
    assert kept_in(cache) == [NAME]
    assert capfd.readouterr() == ("", "")


def test_a_file_that_stays_packed_is_checked_where_it_lies(mirrors, cache):
    addresses, sha256 = (mirrors.serve("bad", OTHER), mirrors.serve("good")), hashlib.sha256(GOOD)
    file = DataFile("things", NAME, len(GOOD), sha256.hexdigest(), addresses, "", packed=True)
    assert fetch_path(file) == fetch_path(file) == cache / "things" / NAME
    assert fetch_path(file).read_bytes() == GOOD and kept_in(cache) == [NAME]
    assert mirrors.requests == [f"/bad/{NAME}", f"/good/{NAME}"]  # asked once
    fetch_path(file).write_bytes(CUT)
    assert fetch_path(file).read_bytes() == GOOD


def test_a_long_download_shows_a_progress_bar(mirrors, cache, capfd, monkeypatch):
    monkeypatch.setattr(files, "LONG_DOWNLOAD", 1)
    fetch(wanted(mirrors.serve("good")))
    assert "100%" in capfd.readouterr().err


def test_a_mirror_that_had_unpacked_the_file_is_fine(mirrors, cache):
    assert fetch(wanted(mirrors.serve("unpacked", CONTENTS))) == CONTENTS


BROKEN = {
    "answers with an error": {"status": 500, "body": GOOD},
    "closes the connection too early": {"body": CUT, "announced": len(GOOD)},
    "serves a truncated file": {"body": CUT},
    "serves a damaged file": {"body": NOT_DEFLATE},
    "serves another file": {"body": OTHER},
    "serves a web page": {"body": b"<html>Please sign in to the network</html>"},
    "serves a gzip bomb": {"body": gzip.compress(bytes(10**7))},
    "falls silent": {"body": b"", "announced": len(GOOD)},
}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN)
def test_the_next_mirror_is_tried_when_one(answer, mirrors, cache, monkeypatch):
    monkeypatch.setattr(files, "TIMEOUT", 1)
    assert fetch(wanted(mirrors.serve("bad", **answer), mirrors.serve("good"))) == CONTENTS
    assert mirrors.requests == [f"/bad/{NAME}", f"/good/{NAME}"]
    assert kept_in(cache) == [NAME]


def test_when_all_mirrors_fail_one_error_names_the_remedies(mirrors, cache, monkeypatch):
    bad = [mirrors.serve(f"bad{i}", **answer) for i, answer in enumerate(BROKEN.values())]
    monkeypatch.setattr(files, "TIMEOUT", 0.2)
    with pytest.raises(DataNotFoundError) as caught:
        fetch(wanted(*bad))
    message = str(caught.value)
    for mirror in bad:
        assert f"{mirror}{NAME}: " in message
    assert "connect to the network" in message
    assert f"put the file into the cache, as {cache / 'things' / NAME}" in message
    assert f"set MINIDL_DATA to a folder that holds things/{NAME}" in message
    assert "things.load_sample()" in message
    assert caught.value.__context__ is None, "one error, not a chain of them"
    assert kept_in(cache) == []


def test_without_a_network_the_error_is_the_same_and_stderr_is_empty(cache, capfd, monkeypatch):
    monkeypatch.setattr(files, "LONG_DOWNLOAD", 1)
    with pytest.raises(DataNotFoundError, match=r"127\.0\.0\.1:1/numbers.*refused"):
        fetch(wanted("http://127.0.0.1:1/"))
    assert kept_in(cache) == []
    assert capfd.readouterr() == ("", "")


def test_an_interrupted_download_leaves_nothing_behind(cache, monkeypatch):
    class Interrupted:
        def __init__(self, **options):
            pass

        def __call__(self, url, file, pooch):
            file.write(GOOD)
            raise KeyboardInterrupt

    monkeypatch.setattr("pooch.HTTPDownloader", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        fetch(wanted("http://127.0.0.1:1/"))
    assert kept_in(cache) == []


@pytest.mark.parametrize("data", [OTHER, CUT, b""])
def test_a_corrupt_file_in_the_cache_is_replaced(data, mirrors, cache):
    path = put(cache, data)
    assert fetch(wanted(mirrors.serve("good"))) == CONTENTS
    assert path.read_bytes() == GOOD
    assert kept_in(cache) == [NAME]


def test_a_corrupt_file_in_the_cache_is_reported_when_it_cannot_be_replaced(cache):
    put(cache, OTHER)
    with pytest.raises(DataNotFoundError, match=r"cache: .*numbers\.gz: not the expected file"):
        fetch(wanted())


def test_a_file_missing_from_the_own_folder_is_taken_from_the_cache(own, monkeypatch, tmp_path):
    own.unlink()
    monkeypatch.setenv("MINIDL_CACHE", str(tmp_path / "cache"))
    put(tmp_path / "cache", GOOD)
    assert fetch(wanted()) == CONTENTS


def test_a_wrong_file_in_the_own_folder_is_refused_and_left_alone(own, tmp_path, monkeypatch):
    own.write_bytes(OTHER)
    monkeypatch.setenv("MINIDL_CACHE", str(tmp_path / "cache"))
    put(tmp_path / "cache", GOOD)  # a good copy elsewhere is no reason to keep quiet
    found = hashlib.sha256(CONTENTS[::-1]).hexdigest()
    with pytest.raises(CorruptDataError) as caught:
        fetch(wanted())
    message = str(caught.value)
    assert str(own) in message
    assert wanted().sha256 in message
    assert found in message
    assert "Replace it by a good copy" in message
    assert caught.value.__suppress_context__, "one error, not a chain of them"
    assert own.read_bytes() == OTHER


@pytest.mark.parametrize(
    "data", [CUT, WRONG_CHECKSUM, NOT_DEFLATE], ids=["cut", "wrong checksum", "not deflate"]
)
def test_a_damaged_file_in_the_own_folder_is_called_that(data, own):
    own.write_bytes(data)
    with pytest.raises(CorruptDataError, match="damaged or cut short"):
        fetch(wanted())


def test_a_gzip_bomb_is_not_unpacked_to_its_end(own):
    own.write_bytes(gzip.compress(bytes(10**6))[:-8])  # whoever reads to the end sees the damage
    with pytest.raises(CorruptDataError, match="found: more than 5,120 bytes"):
        fetch(wanted())


def test_without_minidl_cache_the_cache_is_the_folder_of_the_system(monkeypatch, tmp_path):
    monkeypatch.delenv("MINIDL_DATA", raising=False)
    monkeypatch.delenv("MINIDL_CACHE", raising=False)
    monkeypatch.setattr("pooch.os_cache", lambda project: tmp_path / project)
    put(tmp_path / "minidl", GOOD)
    assert fetch(wanted()) == CONTENTS


def test_a_tilde_in_the_own_folder_means_the_home_folder(own, monkeypatch):
    for home in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(home, str(own.parents[2]))
    monkeypatch.setenv("MINIDL_DATA", "~/own")
    assert fetch(wanted()) == CONTENTS
