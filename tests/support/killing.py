"""Saves and downloads that are killed at random moments, again and again, and looked at each time.

    python killing.py save FOLDER KILLS
    python killing.py download FOLDER KILLS ADDRESS

One process imports everything, and each that is killed is a fork of it: a kill costs milliseconds.
A moment is a number of calls, of Python's functions and of C's: seconds would say nothing on a busy
machine about how far a fork has come.
What was seen is printed as JSON; what is not as it must be ends the program with an error.
"""

import contextlib
import gzip
import hashlib
import http.server
import itertools
import json
import os
import pathlib
import random
import signal
import struct
import subprocess
import sys
import threading
import time

import numpy as np

from minidl import Sequential, config, layers, models
from minidl.base import folders
from minidl.datasets import files, mnist

SHAPES = (300, 28, 28), (300,), (60, 28, 28), (60,)
PIECE, PAUSE = 20_000, 0.005  # bytes that the server sends at once, and seconds between them


def arrays():
    """What stands in for MNIST: noise, which no archive makes smaller."""
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, shape, np.uint8) for shape in SHAPES]


def idx_files():
    """Return {name: bytes} of the four files, unpacked."""
    headers = [bytes([0, 0, 8, len(s)]) + struct.pack(f">{len(s)}I", *s) for s in SHAPES]
    contents = [header + array.tobytes() for header, array in zip(headers, arrays())]
    return dict(zip(mnist.FILES, contents))


def packed(contents):
    """What the server sends: the same bytes each time, in parts that add up."""
    return gzip.compress(contents, 1, mtime=0)


@contextlib.contextmanager
def served():
    """In the block a slow server on this machine has the four files; yields its address."""
    bodies = {f"/{name}": packed(contents) for name, contents in idx_files().items()}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = bodies[self.path]
            with contextlib.suppress(ConnectionError):  # who asked was killed
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                for start in range(0, len(body), PIECE):
                    self.wfile.write(body[start : start + PIECE])
                    self.wfile.flush()
                    time.sleep(PAUSE)

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def run(what, folder, kills, *address):
    """Run this program in a process of its own; return what it saw."""
    told = {"MINIDL_CACHE": str(folder), "no_proxy": "127.0.0.1", "OPENBLAS_NUM_THREADS": "1"}
    environment = {k: v for k, v in os.environ.items() if k != "MINIDL_DATA"} | told
    command = [sys.executable, __file__, what, str(folder), str(kills), *address]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return json.loads(done.stdout)


def counted(work, most=float("inf")):
    """Do `work` and return how many calls it makes in all threads; after `most`, end this process.

    By kill -9, which it sends itself.
    """
    calls = itertools.count(1)

    def look(frame, event, argument):
        if next(calls) > most:
            os.kill(os.getpid(), signal.SIGKILL)

    threading.setprofile(look)
    sys.setprofile(look)
    try:
        work()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    return next(calls)


def killed(work, calls):
    """Do `work` in a fork, killed after so many calls; return whether it was still at it."""
    child = os.fork()
    if child == 0:
        try:
            counted(work, calls)
            os._exit(0)
        finally:
            os._exit(1)  # an error, which must be no quiet end
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "it failed before it was killed"
    return os.WIFSIGNALED(status)


def moments(kills, calls):
    """Yield a random moment of each of so many equal parts of `calls`."""
    for kill in range(kills):
        yield (kill + random.random()) * calls / kills


def save(folder, kills):
    """A model file is one of its versions after each kill, and the next save clears the rest."""
    config.set_backend("numpy")
    path, versions, left = folder / "model.npz", set(), 0
    model = Sequential([layers.Dense(200, input_shape=(200,)), layers.Dense(200)], seed=0)

    def write(first):
        for number in range(first, first + 100_000):
            model.set_weights([np.full_like(w, number) for w in model.get_weights()])
            model.save(path)

    model.set_weights([np.full_like(w, -1) for w in model.get_weights()])
    model.save(path)
    calls = counted(lambda: model.save(path))
    for kill, moment in enumerate(moments(kills, 8 * calls)):
        killed(lambda first=100_000 * kill: write(first), moment)
        found = {float(n) for w in models.load_model(path).get_weights() for n in np.unique(w)}
        assert len(found) == 1, f"a mixture of versions: {found}"
        versions |= found
        left = max(left, len(list(folder.iterdir())) - 1)
    time.sleep(folders.MOMENT + 0.1)  # what is younger may belong to somebody who saves now
    models.load_model(path).save(path)
    return {"versions": len(versions), "left": left, "names": names_in(folder)}


def download(folder, kills, address):
    """No file is there by its name before it is whole, and the next download clears the rest."""
    contents, expected = idx_files(), arrays()
    mnist.MIRRORS = (address,)
    for name, content in contents.items():
        mnist.FILES[name] = len(content), hashlib.sha256(content).hexdigest()
    here, cut, left = folder / "mnist", 0, 0
    for _ in range(2):  # whole: what is imported for it the first time counts no more
        clear(here, contents)
        calls = counted(lambda: check(mnist.load_data(), expected))
    for moment in moments(kills, calls):
        clear(here, contents)
        cut += killed(mnist.load_data, moment)
        for name in contents.keys() & set(names_in(here)):
            assert gzip.decompress((here / name).read_bytes()) == contents[name], name
        left = max(left, len(list(here.glob(f"download-*/{files.PART}"))))
    clear(here, contents)
    time.sleep(folders.MOMENT + 0.1)
    check(mnist.load_data(), expected)
    return {"cut": cut, "left": left, "names": names_in(here)}


def check(found, expected):
    """See whether what a loader returned is what was served."""
    for pair, of in zip(found, (expected[:2], expected[2:])):
        for one, other in zip(pair, of, strict=True):
            np.testing.assert_array_equal(one, other, strict=True)


def names_in(folder):
    """Return the names of what is in a folder, sorted."""
    return sorted(path.name for path in folder.iterdir())


def clear(folder, names):
    """Remove what is whole, so that there is something to download."""
    for name in names:
        (folder / name).unlink(missing_ok=True)


if __name__ == "__main__":
    what, folder, kills, *address = sys.argv[1:]
    pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
    work = {"save": save, "download": download}[what]
    print(json.dumps(work(pathlib.Path(folder), int(kills), *address)))
