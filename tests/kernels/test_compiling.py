"""Nobody waits for the compiler in silence: what is compiled at set-up, and what is said later."""

import io
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from minidl.kernels import tuning
from minidl.kernels.common import compiling

# Everything the warm-up calls, then first trainings; prints what had to be compiled for these.
PROGRAM = """
import sys
import numpy as np
from minidl import config, kernels, layers, models
from minidl.kernels import warmup

def signatures():
    modules = [m for name, m in sys.modules.items() if name.startswith("minidl.kernels.")]
    functions = {f for m in modules for f in vars(m).values() if hasattr(f, "signatures")}
    return {(f.py_func.__module__, f.__name__, s) for f in functions for s in f.signatures}

for dtype in warmup.DTYPES:
    for name in warmup._CALLS:
        warmup.compile_folder(name, dtype)
before = signatures()
attention = kernels.load("numba").attention
for dtype in warmup.DTYPES:
    config.set_floatx(dtype)
    q, mask = np.ones((2, 5, 3, 4), dtype), np.ones((2, 1, 5), bool)
    for options in ((0.5,), (0.5, mask, 0, 0.1, 2**40)):
        y, log_sum = attention.forward(q, q, q, *options)
        attention.backward(y, q, q, q, y, log_sum, *options)
    images, tokens = np.ones((16, 8, 8, 1), dtype), np.ones((4, 5), np.int64)
    for x, optimizer, row in (
        (images, "adam", [
            layers.Conv2D(8, 3, padding="same", activation="relu"), layers.MaxPooling2D(),
            layers.Conv2D(8, 3, padding="same"), layers.BatchNormalization(), layers.ReLU(),
            layers.AveragePooling2D(), layers.Flatten(), layers.Dropout(0.5), layers.Dense(3)]),
        (images, "rmsprop", [layers.DepthwiseConv2D(3), layers.Conv2D(8, 1), layers.Flatten(),
                             layers.Dense(3)]),
        (tokens, "sgd", [layers.Embedding(3, 4), layers.LSTM(5, return_sequences=True),
                         layers.GRU(5, return_sequences=True), layers.SimpleRNN(5),
                         layers.Dense(3, "softmax")]),
    ):
        model = models.Sequential(row, seed=0)
        model.compile(optimizer, "sparse_categorical_crossentropy")
        model.fit(x, np.arange(len(x)) % 3, verbose=0)
print(len(before), signatures() - before)
"""


def test_after_the_warm_up_first_trainings_have_nothing_to_compile():
    run = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    count, missed = run.stdout.splitlines()[-1].split(" ", 1)
    assert int(count) > 60 and missed == "set()"


# A first step, and what Numba got ready for; then a function of a reader's that calls a kernel.
QUICKLY = """
import sys
import numba
import numpy as np
from minidl import kernels
ops = kernels.load("numba")
loss, dz = ops.softmax_xent.sparse(np.zeros((2, 4), "f4"), np.array([0, 1]))
ops.relu.forward(dz)
print("scipy.linalg" in sys.modules, "numba.np.arraymath" in sys.modules)
_softmax_row = ops.softmax_xent._softmax_row
total = numba.njit(lambda z, p: _softmax_row(z, p) + np.dot(z, p))
print(np.allclose([*loss, total(np.zeros(4), np.empty(4))], np.log(4)))
"""


def test_what_is_on_the_disk_is_loaded_without_getting_ready_to_compile(tmp_path):
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path), tuning.SWITCH: "1"}
    run = [sys.executable, "-c", QUICKLY]
    for ready in ("True True", "False False"):  # the first process has to compile
        done = subprocess.run(run, env=environment, capture_output=True, text=True, check=True)
        assert done.stdout.splitlines()[-2:] == [ready, "True"]


def test_numba_stays_as_it_is_where_nobody_asks():
    plain = {name: value for name, value in os.environ.items() if name != tuning.SWITCH}
    program = "from numba.core import caching; before = caching.Cache.load_overload\n"
    program += "from minidl import kernels; kernels.load('numba')\n"
    program += "assert caching.Cache.load_overload is before"
    subprocess.run([sys.executable, "-c", program], env=plain, check=True)


LOOP = """
import numpy as np
from numba.core import caching
from minidl import kernels
loop = kernels.load("numba").embedding._scatter_add

def added(dy):
    dW = np.zeros((1, dy.shape[1]), np.float32)
    loop(dy, np.zeros(len(dy), np.int64), dW)
    return dW[0].tolist()

whole = np.arange(8, dtype=np.float32)[:, None]  # C-contiguous; every other number is not
"""
# Two processes that keep one loop at once, both of which have read the index before the other one
# wrote it. Then come the first one's index, all of the second, and the first one's file: what is
# kept for the second one's arguments is the first one's loop.
AT_ONCE = """
cache, kept = loop._cache, []
cache.save_overload = lambda *given: kept.append(given)
added(whole), added(whole[::2])
first, second = kept
save, files = type(cache).save_overload, caching.IndexDataCacheFile
read, write, begun = files._load_index, files._save_data, []

def between(self, *given):
    if not begun:
        begun.append(True)
        save(cache, *second)
    write(self, *given)

files._load_index, files._save_data = lambda self: {}, between
save(cache, *first)
files._load_index = read
print(len(read(cache._cache_file)))
"""


def test_a_loop_that_was_compiled_for_other_arguments_is_compiled_again(tmp_path):
    listed = tmp_path / "compiled"
    folders = {"NUMBA_CACHE_DIR": str(tmp_path / "cache"), compiling.LISTED: str(listed)}

    def run(program):
        command = [sys.executable, "-c", LOOP + program]
        environment = os.environ | folders | {tuning.SWITCH: "1"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.split()

    assert run(AT_ONCE) == ["1"]
    listed.unlink()
    assert run("print(*added(whole[::2]), *added(whole))") == ["12.0", "28.0"]
    assert listed.read_text().count("_scatter_add") == 2
    listed.unlink()
    assert run("print(*added(whole[::2]), *added(whole))") == ["12.0", "28.0"]
    assert not listed.exists()


@pytest.fixture
def watch(monkeypatch):
    """A listener, and a clock that a test sets, with what a terminal shows."""
    clock = SimpleNamespace(now=0.0, terminal=io.StringIO())
    clock.terminal.isatty = lambda: True
    monkeypatch.setattr(compiling.time, "perf_counter", lambda: clock.now)
    monkeypatch.setattr(compiling, "sys", SimpleNamespace(stderr=clock.terminal))
    monkeypatch.delenv(compiling.LISTED, raising=False)
    return compiling._Watch(), clock


def _compile(watch, clock, seconds, module="minidl.kernels.relu.cpu", inside=()):
    """Tell the listener of a compilation of that many seconds, with others inside of it."""
    function = SimpleNamespace(__module__=module, __name__="loop")
    data = {"dispatcher": SimpleNamespace(py_func=function), "args": ("float32",)}
    event = SimpleNamespace(data=data)
    watch.on_start(event)
    for each in inside:
        _compile(watch, clock, *each)
    clock.now += seconds
    watch.on_end(event)


def test_two_seconds_of_compiling_are_announced_once(watch, capsys):
    said = watch[1].terminal.getvalue
    _compile(*watch, 1.5)
    watch[1].now += 60  # training, not compiling
    _compile(*watch, 0.4)
    assert said() == ""
    _compile(*watch, 0.2)
    assert said() == compiling.MESSAGE + "\n"
    _compile(*watch, 9)
    assert said() == compiling.MESSAGE + "\n"
    assert capsys.readouterr() == ("", "")


def test_where_no_terminal_shows_it_nothing_is_announced(watch, capsys, monkeypatch):
    log = io.StringIO()  # or a cell of a notebook
    monkeypatch.setattr(compiling.sys, "stderr", log)
    _compile(*watch, 9)
    monkeypatch.setattr(compiling.sys, "stderr", None)  # a program without a window for text
    _compile(compiling._Watch(), watch[1], 9)
    assert log.getvalue() == "" and capsys.readouterr() == ("", "")


def test_what_is_compiled_is_listed_where_the_environment_says(watch, monkeypatch, tmp_path):
    listed = tmp_path / "compiled"
    _compile(*watch, 1.0)
    monkeypatch.setenv(compiling.LISTED, str(listed))
    _compile(*watch, 1.0, inside=[(0.1,)])  # what a kernel calls is not what was asked for
    _compile(*watch, 1.0, "__main__")
    assert listed.read_text() == "minidl.kernels.relu.cpu.loop('float32',)\n"


def test_what_is_compiled_inside_of_a_kernel_counts_once(watch):
    _compile(*watch, 0.5, inside=[(0.7, "numba.np.arrayobj"), (0.7,)])
    assert watch[1].terminal.getvalue() == ""
    _compile(*watch, 0.2)
    assert compiling.MESSAGE in watch[1].terminal.getvalue()


def test_a_reader_s_own_functions_are_not_the_kernels(watch):
    _compile(*watch, 30, "__main__", inside=[(1.0, "__main__")])
    assert watch[1].terminal.getvalue() == ""


def test_the_kernels_are_watched_from_the_start():
    program = (
        "from numba.core import event; from minidl import kernels; kernels.load('numba');"
        "kernels.load.__wrapped__('numba'); print(len(event._registered['numba:compile']))"
    )
    run = [sys.executable, "-c", program]
    assert subprocess.run(run, capture_output=True, text=True, check=True).stdout == "1\n"
