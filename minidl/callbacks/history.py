"""What `fit` returns, and the same as a file."""

import csv
import pathlib

from minidl.base import folders
from minidl.callbacks.base import Callback


class History(Callback):
    """Every epoch's results: `history.history["loss"][3]` is the loss after four epochs.

    Attributes:
        history: dict from a name to its list of floats, one an epoch.
        epoch: list of the epochs' numbers, counted from 0.
    """

    def __init__(self):
        self.history = {}
        self.epoch = []

    def on_epoch_end(self, epoch, logs=None):
        """Append this epoch's results."""
        self.epoch.append(epoch)
        for name, value in logs.items():
            self.history.setdefault(name, []).append(value)

    def get_state(self):
        """Return every epoch so far."""
        return {"history": self.history, "epoch": self.epoch}

    def set_state(self, state):
        """Start with the epochs of the run that was cut off."""
        self.history, self.epoch = state["history"], state["epoch"]


class CSVLogger(Callback):
    """Write a line for every epoch to a file, at once: a crash loses nothing.

    The columns are `epoch` and the names that the first epoch reports, in alphabetical order. A
    name that a later epoch does not report becomes NA.

    Args:
        filename: file to write; a run that resumes from a backup continues it.
        separator: between two columns.
        append: keep what the file holds instead of starting it anew.
    """

    writes = True

    def __init__(self, filename, separator=",", append=False):
        self.path = pathlib.Path(filename)
        self.separator = separator
        self.append = append

    def on_train_begin(self, logs=None):
        """Forget the run before; the file starts with its first line."""
        self.columns, self.size = None, 0
        folders.refuse_read_only(self.path, "CSVLogger")
        if self.path.exists():
            self.path.open("r+b").close()  # it may be read-only itself

    def on_epoch_end(self, epoch, logs=None):
        """Write this epoch's line through to the file."""
        if self.columns is None or not self.path.exists():
            self._start(logs)
        with self.path.open("r+", encoding="utf-8", newline="") as file:
            file.seek(self.size)
            file.truncate()  # after a crash: a line whose epoch was not backed up runs again
            self._write(file, [epoch, *(logs.get(name, "NA") for name in self.columns)])
            self.size = file.tell()

    def get_state(self):
        """Return the columns, and the length of the file in bytes."""
        return {"columns": self.columns, "size": self.size}

    def set_state(self, state):
        """Continue after the line of the epoch that the backup knows."""
        self.columns, self.size = state["columns"], state["size"]

    def _start(self, logs):
        if self.append and self.path.exists() and self.path.stat().st_size:
            with self.path.open(encoding="utf-8", newline="") as file:
                _, *self.columns = next(csv.reader(file, delimiter=self.separator))
        else:
            self.columns = sorted(logs)
            with self.path.open("w", encoding="utf-8", newline="") as file:
                self._write(file, ["epoch", *self.columns])
        self.size = self.path.stat().st_size

    def _write(self, file, values):
        csv.writer(file, delimiter=self.separator, lineterminator="\n").writerow(values)
