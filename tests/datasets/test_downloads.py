"""Where data files come from: a real HTTP server on this machine plays the mirrors."""

import gzip
import hashlib
import http.server
import os
import threading
from pathlib import Path

import pytest

from minidl import leftovers
from minidl.datasets import CorruptDataError, DataNotFoundError, files
from minidl.datasets.files import DataFile, fetch, fetch_path

CONTENTS = bytes(range(256)) * 20
GOOD = gzip.compress(CONTENTS)
OTHER = gzip.compress(CONTENTS[::-1])  # a sound archive of the wrong file
CUT = GOOD[:-30]
WRONG_CHECKSUM = GOOD[:-8] + bytes(8)
NOT_DEFLATE = GOOD[:10] + b"\xff" * 40  # a sound gzip header, then nonsense
NAME = "numbers.gz"


class Mirrors:
    """Folders of an HTTP server: `serve(folder, ...)` says how each answers, `requests` counts."""

    def __init__(self, port):
        self.port = port
        self.answers = {}
        self.requests = []

    def serve(self, folder, body=GOOD, status=200, announced=None):
        """Answer with `body`, whose length is claimed to be `announced`. Return the address."""
        self.answers[f"/{folder}/{NAME}"] = status, body, announced or len(body)
        return f"http://127.0.0.1:{self.port}/{folder}/"


@pytest.fixture
def mirrors(monkeypatch):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            state.requests.append(self.path)
            status, body, announced = state.answers[self.path]
            self.send_response(status)
            self.send_header("Content-Length", str(announced))
            self.end_headers()
            self.wfile.write(body)
            if body == b"":
                released.wait()

        def log_message(self, *args):
            pass

    released = threading.Event()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state = Mirrors(server.server_port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield state
    released.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def cache(monkeypatch, tmp_path):
    """An empty cache, no $MINIDL_DATA, and no proxy between us and the server."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.delenv("MINIDL_DATA", raising=False)
    monkeypatch.setenv("MINIDL_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def own(monkeypatch, tmp_path):
    """The place of the file in a $MINIDL_DATA of the reader."""
    monkeypatch.setenv("MINIDL_DATA", str(tmp_path / "own"))
    return put(tmp_path / "own", GOOD)


def put(place, data):
    path = place / "things" / NAME
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    return path


def wanted(*mirrors):
    sha256 = hashlib.sha256(CONTENTS).hexdigest()
    return DataFile("things", NAME, len(CONTENTS), sha256, mirrors, "things.load_sample()")


def kept_in(cache):
    """Everything in the folder of the file: nothing but the file may ever stay there."""
    return [path.name for path in (cache / "things").iterdir()]


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
        leftovers.claim(stream)
        os.utime(other, (0, 0))
        fetch(wanted(mirrors.serve("good")))
        assert other.is_dir()


def test_a_download_ends_where_the_file_must_have_ended(mirrors, cache, monkeypatch):
    monkeypatch.setattr(files, "PACKING", 0)
    endless = mirrors.serve("endless", GOOD + bytes(10 * len(CONTENTS)))
    with pytest.raises(DataNotFoundError, match="stopped after 5,120 bytes"):
        fetch(wanted(endless))
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
