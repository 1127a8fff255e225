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
import json
import os
import shutil
import signal
import subprocess
import threading
import time
import uuid
from pathlib import Path

from jupyter_client import AsyncKernelManager
from jupyter_core.utils import ensure_async, run_sync
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat.v4 import new_output

from minidl_course import starting
from minidl_course.grading import isolation, messages, recordings, remains
from minidl_course.grading.channel import RUNNING, VARIABLE

CELL_SECONDS = 90  # for a cell
NOTEBOOK_SECONDS = 300  # for all cells that the student wrote, tests not counted
RUN_SECONDS = 2000  # for everything: each call has its limit, and there are many calls
MAX_OUTPUT = 2_000_000  # characters that a cell may show, figures included; the rest is dropped
MAX_OUTPUTS = 20_000_000  # that all cells of a notebook may show together
MAX_ERROR = 2_000  # characters that are left of an error which shows more than that


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
        stack.callback(remains.end, this[RUNNING])
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
        stack.enter_context(_at_most(RUN_SECONDS, this[RUNNING], [students, tests]))
        left, late, broken = NOTEBOOK_SECONDS, "", {}
        for index, cell in enumerate(notebook.cells):
            if cell.cell_type != "code":
                continue
            if is_test(cell):
                passed = tests.execute(cell, index)
                if not passed and not any(o.output_type == "error" for o in cell.outputs):
                    cell.outputs.append(_error("NotRun", "this test did not run to its end"))
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


@contextlib.contextmanager
def _at_most(seconds, run, kernels):
    """Inside of this context kernels, and all that they started, end after that many seconds."""

    def end():
        for kernel in kernels:
            kernel.gone = f"the notebook took longer than {seconds} s in all"
        remains.end(run)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


class _Manager(AsyncKernelManager):
    before = ()  # a command that starts the kernel's

    def format_kernel_cmd(self, extra_arguments=None):
        return [*self.before, *super().format_kernel_cmd(extra_arguments)]


class _Kernel:
    """A kernel that runs cells of a notebook and survives, or is seen to die."""

    wall = None  # or what it may read and write, behind a wall
    said = {}  # where its standard output goes: by default where ours does; errors go along

    def __init__(self, notebook, folder, seconds):
        self.folder = folder
        self.client = _Client(
            notebook,
            timeout=seconds,
            startup_timeout=starting.SECONDS,
            kernel_name="python3",
            kernel_manager_class=_Manager,
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
            self.client.execute_cell(cell, index)
        except CellTimeoutError:
            cell.outputs.append(_error("Timeout", f"stopped after {self.client.timeout} s"))
            self._stop()
        except DeadKernelError:
            told = self.gone or "this cell has ended the process"
            cell.outputs.append(_error("DeadKernel", told))
            self.gone = self.gone or "an earlier cell has ended the process"
        return self.ended

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


class _Client(NotebookClient):
    """Drops what is shown beyond the limits, so that an endless print fills no memory."""

    shown = 0  # characters in the cell that runs
    all_shown = 0

    async def async_execute_cell(self, *args, **kwargs):
        self.shown = 0
        return await super().async_execute_cell(*args, **kwargs)

    execute_cell = run_sync(async_execute_cell)

    def output(self, outs, msg, display_id, cell_index):
        size = len(str(msg["content"]))
        self.shown, self.all_shown = self.shown + size, self.all_shown + size
        if self.shown > MAX_OUTPUT or self.all_shown > MAX_OUTPUTS:
            if msg["msg_type"] != "error":
                return None
            name, told = (str(msg["content"][key])[:MAX_ERROR] for key in ("ename", "evalue"))
            msg["content"] = {"ename": name, "evalue": told, "traceback": [f"{name}: {told}"]}
        return super().output(outs, msg, display_id, cell_index)


def _error(name, message):
    return new_output("error", ename=name, evalue=message, traceback=[f"{name}: {message}"])


def _wait(result):
    return run_sync(ensure_async)(result)
