"""A real HTTP server on this machine plays the mirrors from which data files come."""

import gzip
import hashlib
import http.server
import threading

import pytest

from minidl.datasets.files import DataFile

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
