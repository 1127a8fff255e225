"""Run a notebook in two kernels: what the student wrote in one, the tests in the other.

nbgrader by itself runs both in one process, where the student's cells come first: a notebook that
redefines `assert_allclose`, or IPython's own `run_cell`, passes every test. Here a test cell runs
in a kernel that has executed nothing but test cells, in a folder of its own, with an empty IPython
profile; its outputs, which decide about the points, never come from the student's kernel.

What goes wrong in the student's kernel stays there. A cell that takes too long is interrupted, and
killed with its kernel if that does not help; an answer from a kernel that is gone is a wrong
answer, and the next notebook gets two new kernels. A test counts as passed where its kernel says
so, not where nothing is heard of it.

Two processes of one user on one machine can reach each other by other ways. Where somebody else's
notebook is graded, `isolation` puts a wall around the student's, if the machine allows it.
"""

import contextlib
import functools
import json
import os
import shutil
import signal
import subprocess
import time
import uuid
from pathlib import Path

from jupyter_core.utils import ensure_async, run_sync
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat.v4 import new_output

from minidl_course import starting
from minidl_course.grading import bounded, isolation, messages, recordings, remains
from minidl_course.grading.channel import RUNNING, VARIABLE

CELL_SECONDS = 90  # for a cell
NOTEBOOK_SECONDS = 300  # for all cells that the student wrote, tests not counted
RUN_SECONDS = 2000  # for everything: each call has its limit, and there are many calls
LAST_WORDS = 30  # seconds for a cell to stop that was interrupted


def is_test(cell):
    """Whether nbgrader takes the points of this cell from its outputs."""
    data = cell.metadata.get("nbgrader", {})
    return cell.cell_type == "code" and data.get("grade", False) and not data.get("solution", False)


def run(
    notebook, folder, *, cell_seconds=CELL_SECONDS, after_cell=lambda: None, somebody_elses=False
):
    """Run every code cell of `notebook`, tests apart from the rest; outputs land in the cells.

    Args:
        notebook: as nbformat reads it; changed in place.
        folder: where the student's cells run. Somebody else's run in a copy of it, without the
            notebook: that one holds the hidden tests.
        cell_seconds: limit for one cell.
        after_cell: called after each code cell.
        somebody_elses: whether to put a wall around the student's process, where that works.
    """
    with contextlib.ExitStack() as stack:
        private, asked, said, numba, copy = (
            stack.enter_context(remains.folder()) for _ in range(5)
        )
        this = {RUNNING: uuid.uuid4().hex}
        walled = somebody_elses and not isolation.missing()
        own, kept = isolation.kernels_of_numba(numba) if somebody_elses else ({}, "")
        known = Path(folder, recordings.FILE)
        if somebody_elses:  # graders' tests compute what is right
            folder = isolation.handed_in(folder, copy)
        elif known.is_file():
            shutil.copy(known, private)
        students, tests = _Kernel(notebook, folder, cell_seconds), _Kernel(notebook, private, None)
        if walled:
            students.wall = {"read": [asked, kept], "write": [said, numba]}
        elif somebody_elses:
            own |= {"TMPDIR": numba}  # so that what it leaves there goes with it
        if somebody_elses:  # what it writes belongs to no output, and has no end
            students.said = {"stdout": subprocess.DEVNULL}
        stack.enter_context(students.started(this | own))
        # Not the file that says it: where that lies, a student may lay something else.
        way = students.client.km.get_connection_info()
        way = {"connection": way | {"key": way["key"].decode()}, "pid": students.pid}
        way |= {"asked": asked, "said": said}
        # A module or start-up file that a student left somewhere must not be found from here.
        apart = {"PYTHONSAFEPATH": "1", "PYTHONNOUSERSITE": "1", "TMPDIR": private}
        stack.enter_context(tests.started(this | apart | {VARIABLE: json.dumps(way)}))
        # Who has this file can have that kernel run anything, and nobody needs it any more.
        Path(tests.client.km.connection_file).unlink()
        why = f"the notebook took longer than {RUN_SECONDS} s in all"
        end = functools.partial(_end, this[RUNNING], [students, tests], why)
        stack.enter_context(bounded.at_most(RUN_SECONDS, end))
        # Before any folder is removed: who writes on into one would never let it become empty.
        stack.callback(remains.end, this[RUNNING])
        left, late, broken = NOTEBOOK_SECONDS, "", {}
        for index, cell in enumerate(notebook.cells):
            if cell.cell_type != "code":
                continue
            if is_test(cell):
                tests.execute(cell, index)
                messages.shorten(cell, late, broken)
            elif left > 0:
                start = time.monotonic()
                students.execute(cell, index)
                left -= time.monotonic() - start
                broken |= messages.not_made(cell)
            else:
                late = f"a cell was not run: those before it took {NOTEBOOK_SECONDS} s"
                cell.outputs = [_error("NotRun", late)]
            after_cell()


def _end(run, kernels, why):
    """End kernels, and all that they started."""
    for kernel in kernels:
        kernel.gone = why
    remains.end(run)


class _Kernel:
    """A kernel that runs cells of a notebook and survives, or is seen to die."""

    wall = None  # or what it may read and write, behind a wall
    said = {}  # where its standard output goes: by default where ours does; errors go along

    def __init__(self, notebook, folder, seconds):
        self.folder = folder
        self.client = bounded.Client(
            notebook,
            timeout=seconds,
            startup_timeout=starting.SECONDS,
            kernel_name="python3",
            kernel_manager_class=bounded.Manager,
            allow_errors=True,
            record_timing=False,
            shutdown_kernel="immediate",  # nothing that a kernel does at its end is waited for
            extra_arguments=["--log-level=ERROR", "--HistoryManager.hist_file=:memory:"],
            resources={"metadata": {"path": str(folder)}},
            on_cell_executed=self._take_reply,
        )
        self.gone = ""  # why nothing runs here any more

    def started(self, variables):
        """Start the kernel with these environment variables, on an empty IPython profile."""
        return starting.twice(
            lambda stderr: self._started(variables, stderr), pass_on=not self.said
        )

    @contextlib.contextmanager
    def _started(self, variables, stderr):
        with remains.folder() as profile:
            manager = self.client.create_kernel_manager()
            starting.by_name(manager, profile)
            environment = {**os.environ, "IPYTHONDIR": profile, **variables}
            if self.wall:
                if manager.transport != "ipc":
                    raise OSError(f"{profile} is too long a path for a socket: set TMPDIR to /tmp")
                room = isolation.Room(profile, self.folder, **self.wall)
                manager.before = room.command()
                environment = room.environment() | {"IPYTHONDIR": profile, **variables}
            with self.client.setup_kernel(env=environment, stderr=stderr, **self.said):
                self.pid = manager.provisioner.pid
                if self.wall:
                    self.pid = isolation.process_behind(self.pid)
                yield

    def execute(self, cell, index):
        """Run a cell; whatever happens is in its outputs. Returns whether it ran to its end."""
        self.ended = False
        if self.gone:
            cell.outputs = [_error("NotRun", self.gone)]
            return False
        cell.outputs = []
        try:
            with self._stopped_in_time():
                self.client.execute_cell(cell, index)
        except CellTimeoutError:
            cell.outputs.append(_error("Timeout", f"stopped after {self.client.timeout} s"))
            with self._stopped_in_time():
                self._stop()
        except DeadKernelError:
            told = self.gone or "this cell has ended the process"
            cell.outputs.append(_error("DeadKernel", told))
            self.gone = self.gone or "an earlier cell has ended the process"
        except Exception as error:
            if self.client.timeout is None:
                raise
            cell.outputs.append(_error("Unreadable", f"what the process sent: {error!s:.200}"))
            self._kill()
        if not self.ended and not any(o.output_type == "error" for o in cell.outputs):
            what = "test" if self.client.timeout is None else "cell"
            cell.outputs.append(_error("NotRun", f"this {what} did not run to its end"))
        return self.ended

    def _stopped_in_time(self):
        """While this lasts a kernel that never lets its limit be noticed is killed in the end."""
        if self.client.timeout is None:
            return contextlib.nullcontext()
        return bounded.at_most(self.client.timeout + LAST_WORDS, self._kill)

    def _kill(self):
        self.gone = "an earlier cell never ended, and the process was stopped"
        with contextlib.suppress(OSError):
            os.kill(self.pid, signal.SIGTERM if os.name == "nt" else signal.SIGKILL)

    def _take_reply(self, cell, cell_index, execute_reply):
        # An error that is too large or cannot be encoded never reaches the outputs; this does.
        self.ended = bool(execute_reply) and execute_reply["content"]["status"] == "ok"

    def _stop(self):
        """Interrupt what runs; kill it if it does not listen."""
        client = self.client
        with contextlib.suppress(Exception):
            if os.name == "posix":  # bubblewrap, which stands between, would end of it
                os.killpg(os.getpgid(self.pid), signal.SIGINT)
            else:
                _wait(client.km.interrupt_kernel())
        try:
            _wait(client.kc.wait_for_ready(timeout=5))
        except Exception:
            self.gone = "an earlier cell never ended, and the process was stopped"
            _wait(client.km.shutdown_kernel(now=True))


def _error(name, message):
    return new_output("error", ename=name, evalue=message, traceback=[f"{name}: {message}"])


def _wait(result):
    return run_sync(ensure_async)(result)
