"""What stands between a program and its first step: compiling, or else reading from the disk."""

import functools
import os
import pathlib
import sys
import time

from numba.core import caching, event, sigutils
from numba.core.runtime import rtsys

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


@functools.cache
def load_quickly():
    """Let Numba read kernels from the disk without getting ready to compile.

    Before it looks whether a function is there, Numba imports all that it can compile, and with it
    SciPy's linear algebra: a third of the time to the end of a first step (`benchmarks/NOTES.md`).
    Code that is there needs Numba's memory management (rtsys) and no more, and for what is not
    there Numba gets ready by itself. Functions outside of minidl are loaded as ever.

    Code that was compiled for other arguments is not there. Two processes that keep one function
    for different arguments at once may both choose the same file for it: the index of Numba's cache
    is read, then written, then the file, and nothing is locked. The index can then name the file
    that the other one wrote, whose loop computes something else, without an error.
    """
    if not {"_load_overload", "_guard_against_spurious_io_errors"} <= {*dir(caching.Cache)}:
        return  # another Numba, which loads as ever
    as_ever = caching.Cache.load_overload

    def load_overload(cache, signature, target):
        if not cache._py_func.__module__.startswith(OURS):
            return as_ever(cache, signature, target)
        rtsys.initialize(target)
        with cache._guard_against_spurious_io_errors():
            found = cache._load_overload(signature, target)
        arguments, _ = sigutils.normalize_signature(signature)
        return found if found and found.signature.args == tuple(arguments) else None

    caching.Cache.load_overload = load_overload


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
