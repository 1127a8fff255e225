"""Say that a kernel is being compiled, where that takes so long that one would wonder."""

import functools
import time

from numba.core import event

SECONDS = 2.0  # of compiling that need no explanation
MESSAGE = "compiling kernels for this machine, once ..."


@functools.cache
def announce():
    """Print MESSAGE on standard output when this process has compiled kernels for SECONDS.

    Once a process, and never where compiled kernels are read from the disk. Functions outside of
    `minidl.kernels` count only where one of those calls them.
    """
    event.register("numba:compile", _Watch())


class _Watch(event.Listener):
    """Adds up the time from the start of each outermost compilation to its end.

    A kernel calls others, whose compilation begins and ends within its own. There are many of
    them, so looking at the clock at each is often enough.
    """

    def __init__(self):
        self.depth = 0
        self.spent, self.started, self.told = 0.0, 0.0, False

    def on_start(self, event):
        if self.depth or event.data["dispatcher"].py_func.__module__.startswith("minidl.kernels."):
            self._look()
            self.depth += 1

    def on_end(self, event):
        if self.depth:
            self._look()
            self.depth -= 1

    def _look(self):
        now = time.perf_counter()
        self.spent += now - self.started if self.depth else 0.0
        self.started = now
        if self.spent >= SECONDS and not self.told:
            self.told = True
            print(MESSAGE, flush=True)
