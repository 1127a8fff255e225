"""What a student's process may say, how much and how long, and what it uses while it does."""

import itertools
import json
import os
import subprocess
import sys
import time

import pytest
from nbformat.v4 import new_code_cell, new_notebook
from test_reach import RIGHT, ran, temporary  # noqa: F401  a fixture
from walls import wall  # noqa: F401  a fixture

from minidl_course.grading import apart, bounded, codec, remains
from minidl_course.grading.channel import RUNNING
from minidl_course.grading.line import Apart

SAYS_MUCH = """
from IPython.display import display, update_display
display("x", display_id="large")
update_display("y" * 5_000_000, display_id="large")
kernel = get_ipython().kernel
def say(kind, **content):
    kernel.session.send(kernel.iopub_socket, kind, content, parent=kernel.get_parent("shell"))
for number in range(5):
    say("error", ename="E", evalue="v" * 1_000_000, traceback=[])
    say("comm_open", comm_id=f"{number}", target_name="x", data={"state": {"x": "z" * 1_000_000}})
"""


@pytest.mark.usefixtures("wall", "temporary")
def test_nothing_that_a_kernel_says_is_kept_without_a_bound(tmp_path, monkeypatch):
    kept = []
    real = apart._Kernel.execute

    def execute(kernel, cell, index):
        ended = real(kernel, cell, index)
        kept.append(len(str([cell.outputs, kernel.client.widget_state])))
        return ended

    monkeypatch.setattr(apart._Kernel, "execute", execute)
    assert ran(tmp_path, RIGHT + SAYS_MUCH, "right") == [(1, "")]
    assert max(kept) < 3_000_000


def test_an_error_that_is_too_large_to_show_is_told(tmp_path):
    book = new_notebook(cells=[new_code_cell("raise ValueError('e' * 1_000_000)")])
    apart.run(book, tmp_path)
    assert [o.evalue for o in book.cells[0].outputs] == [bounded.MAX_ERROR * "e"]


TALKS = """
import threading, time
def talks():
    kernel, start = get_ipython().kernel, time.monotonic()
    while time.monotonic() - start < 120:
        kernel.session.send(kernel.iopub_socket, "stream", {"name": "stdout", "text": "x"})
        time.sleep(0.001)
threading.Thread(target=talks, daemon=True).start()
time.sleep(100)
"""


@pytest.mark.usefixtures("wall", "temporary")
def test_who_never_stops_to_talk_is_stopped(tmp_path, monkeypatch):
    """To interrupt a cell is to wait until its kernel is silent."""
    monkeypatch.setattr(apart, "LAST_WORDS", 10, raising=False)
    monkeypatch.setattr(apart, "RUN_SECONDS", 100)
    ((points, told),) = ran(tmp_path, TALKS, "right", seconds=3)
    assert points == 0 and "longer than 100 s in all" not in told


def test_the_shape_of_an_array_takes_no_time_to_be_refused(tmp_path):
    """The product of such numbers takes minutes, and nothing can interrupt it."""
    shape = [10**4000] * 100 + [0]
    text = json.dumps({"tree": 1, "arrays": [["<f8", "C", shape]]}).encode()
    (tmp_path / "1.answer").write_bytes(len(text).to_bytes(8, "little") + text)
    with pytest.raises(ValueError, match="an array of float64"):
        codec.load(tmp_path / "1.answer")


@pytest.mark.parametrize("dtype", ["f8," * 100, {"names": ["x"], "formats": ["f8"]}])
def test_no_description_of_a_type_is_given_to_numpy_that_keeps_it_busy(
    dtype, tmp_path, monkeypatch
):
    text = json.dumps({"tree": 1, "arrays": [[dtype, "C", [0]]]}).encode()
    (tmp_path / "1.answer").write_bytes(len(text).to_bytes(8, "little") + text)
    monkeypatch.setattr(codec.np, "dtype", None)
    with pytest.raises(ValueError, match="an array of "):
        codec.load(tmp_path / "1.answer")


MANY = """
import os, time
for _ in range(150):
    if os.fork() == 0:
        time.sleep(60)
        os._exit(0)
print("ready", flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(os.name != "posix", reason="needs fork")
def test_many_processes_are_found_as_fast_as_few():
    environment = os.environ | {RUNNING: "many"}
    command = [sys.executable, "-S", "-c", MANY]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        remains.processes("none")
        start = time.process_time()
        for _ in range(3):
            remains.processes("none")
        none, start = time.process_time() - start, time.process_time()
        for _ in range(3):
            found = remains.processes("many")
        many = time.process_time() - start
        remains.end("many")
    assert len(found) == 151
    assert many < 4 * none, (many, none)


def test_what_a_process_has_computed_counts_when_it_is_gone(monkeypatch):
    """A child that nobody waits for takes its seconds along."""
    asked, worked = [], itertools.cycle([0.0, 2.0])

    def heard(files):
        asked.append(files)

    monkeypatch.setattr(remains, "lives", lambda process: True)
    monkeypatch.setattr(Apart, "_worked", lambda self: next(worked))
    apart_from = Apart.__new__(Apart)
    apart_from._heard, apart_from.process = heard, None
    assert not apart_from._done("files", 3)
    assert len(asked) == 4, "2 s, and 2 s more"


GARBLED = """
kernel = get_ipython().kernel
kernel.iopub_socket.send_multipart([b"no message", b"at all"])
import time
time.sleep(1)
"""


@pytest.mark.usefixtures("wall", "temporary")
def test_what_is_no_message_ends_nothing_but_its_sender(tmp_path):
    ((points, told),) = ran(tmp_path, RIGHT + GARBLED, "right")
    assert points == 0 and "the process that runs your notebook has ended" in told
