"""What fit shows, and what Ctrl-C does: in a real terminal, in a file, and silenced."""

import os
import re
import signal
import subprocess
import sys

import numpy as np
import pytest

from minidl import Sequential, callbacks
from minidl.layers import Dense

X, Y = np.ones((64, 3), "f4"), np.zeros(64, "i8")

PROGRAM = """
import numpy as np
from minidl import Sequential
from minidl.layers import Dense
model = Sequential([Dense(2, "softmax")], seed=0)
model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(np.ones((64, 3)), np.zeros(64, int), epochs=2, batch_size=2, verbose={verbose})
"""
LINE = r"Epoch \d/2  loss \d\.\d{4}  accuracy \d\.\d{4}  \d+\.\d s"


def _in_terminal(program):
    """Run a program on a pseudo-terminal and return what it wrote."""
    pty = pytest.importorskip("pty", reason="no pseudo-terminals on this system")
    termios = pytest.importorskip("termios", reason="no pseudo-terminals on this system")
    leader, follower = pty.openpty()
    termios.tcsetwinsize(follower, (24, 100))
    with subprocess.Popen([sys.executable, "-c", program], stdout=follower, stderr=follower) as run:
        os.close(follower)
        written = b""
        while chunk := _read(leader):
            written += chunk
    os.close(leader)
    assert run.returncode == 0, written.decode()
    # Where colorama is installed, Numba puts a terminal's colours back when the process ends.
    return written.decode().removesuffix("\x1b[0m")


def _read(descriptor):
    try:
        return os.read(descriptor, 4096)
    except OSError:  # Linux's way of saying that the other end is closed
        return b""


def _as_seen(text):
    """Leave what is still visible after carriage returns overwrote a line."""
    lines = []
    for line in text.replace("\r\n", "\n").split("\n"):
        shown = ""
        for part in line.split("\r"):
            shown = part + shown[len(part) :]
        lines.append(shown.rstrip())
    return [line for line in lines if line]


def test_in_a_terminal_a_bar_runs_and_one_line_an_epoch_stays(monkeypatch):
    monkeypatch.setenv("TQDM_MININTERVAL", "0")  # else a bar that is quick enough is drawn once
    written = _in_terminal(PROGRAM.format(verbose=1))
    assert re.search(r"Epoch 1/2 +\d+% .* 1/32 \[.*\], loss", written)
    seen = _as_seen(written)
    assert len(seen) == 2 and all(re.fullmatch(LINE, line) for line in seen), seen


def test_in_a_file_there_are_lines_and_no_bar():
    for verbose in (1, 2):
        run = [sys.executable, "-c", PROGRAM.format(verbose=verbose)]
        result = subprocess.run(run, capture_output=True, text=True, check=True)
        lines = result.stdout.splitlines()
        assert len(lines) == 2 and all(re.fullmatch(LINE, line) for line in lines), lines
        assert result.stderr == ""


def test_verbose_0_is_silent():
    assert _in_terminal(PROGRAM.format(verbose=0)) == ""


class _PressCtrlC(callbacks.Callback):
    """Send the signal that Ctrl-C sends, `times` times, in the middle of the second epoch."""

    def __init__(self, times=1):
        self.times, self.batches, self.epoch = times, 0, 0

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        self.batches += 1
        if self.epoch == 1 and batch == 2:
            for _ in range(self.times):
                os.kill(os.getpid(), signal.SIGINT)


def _model():
    model = Sequential([Dense(2, "softmax")], seed=0)
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


def test_ctrl_c_stops_after_the_batch_and_keeps_weights_and_history(capsys):
    model, press = _model(), _PressCtrlC()
    history = model.fit(X, Y, batch_size=8, epochs=5, callbacks=[press], verbose=0)
    assert press.batches == 8 + 3  # one epoch, and the running batch of the next
    assert history.epoch == [0] and len(history.history["loss"]) == 1
    assert model.history is history
    said = capsys.readouterr().out
    assert said.startswith("Interrupted in epoch 2, after batch 3 of 8.") and "kept" in said

    def twin_after(steps):
        twin = _model()
        twin.fit(X, Y, batch_size=8, epochs=1, verbose=0)
        for _ in range(steps - 8):
            twin.train_on_batch(X[:8], Y[:8])  # all rows are equal, so any batch will do
        return twin.get_weights()

    for a, b in zip(model.get_weights(), twin_after(11)):
        assert np.array_equal(a, b)
    model.fit(X, Y, epochs=1, verbose=0)  # and it can go on


class _PressWhileValidating(_PressCtrlC):
    """The same in the validation of the second epoch."""

    def on_train_batch_end(self, batch, logs=None):
        self.batches += 1

    def on_test_begin(self, logs=None):
        if self.epoch == 1:
            os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize("epochs", [2, 5])
def test_ctrl_c_during_validation_ends_with_the_epoch(capsys, epochs):
    model, press = _model(), _PressWhileValidating()
    history = model.fit(
        X, Y, batch_size=8, epochs=epochs, callbacks=[press], verbose=0, validation_data=(X, Y)
    )
    assert press.batches == 16 and history.epoch == [0, 1]
    assert len(history.history["val_loss"]) == 2
    assert capsys.readouterr().out.startswith("Interrupted after epoch 2. The weights")


def test_a_second_ctrl_c_stops_at_once():
    with pytest.raises(KeyboardInterrupt):
        _model().fit(X, Y, batch_size=8, epochs=5, callbacks=[_PressCtrlC(2)], verbose=0)


def test_fit_gives_the_signal_back():
    before = signal.getsignal(signal.SIGINT)
    _model().fit(X, Y, verbose=0)
    assert signal.getsignal(signal.SIGINT) is before
