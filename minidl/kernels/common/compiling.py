"""What stands between a program and its first step: compiling, and what is said of it."""

import functools
import os
import pathlib
import sys
import time

from numba.core import event

SECONDS = 2.0  # of compiling that need no explanation
MESSAGE = "compiling kernels for this machine, once ..."
OURS = ("minidl.", "minidl_course.")  # modules
# The environment's name for a file that lists what had to be compiled: the tests read it.
LISTED = "MINIDL_COMPILED"


@functools.cache
def announce():
    """Print MESSAGE on standard error when this process has compiled kernels for SECONDS.

    Once a process, only where a terminal shows it, and never where compiled kernels are read from
    the disk: it is no part of what a program, or a cell of a notebook, has to say. Functions
    outside of minidl count only where one of minidl's calls them.

    Whatever is compiled is listed in the file that $MINIDL_COMPILED names, if it names one.
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
        function = event.data["dispatcher"].py_func
        if self.depth or function.__module__.startswith(OURS):
            if not self.depth and (listed := os.environ.get(LISTED)):
                with pathlib.Path(listed).open("a", encoding="utf-8") as file:
                    file.write(f"{function.__module__}.{function.__name__}{event.data['args']}\n")
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
            if sys.stderr and sys.stderr.isatty():
                print(MESSAGE, file=sys.stderr, flush=True)
