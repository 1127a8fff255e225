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
import tempfile
import time
import uuid
from pathlib import Path

from jupyter_client import AsyncKernelManager
from jupyter_core.utils import ensure_async, run_sync
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat.v4 import new_output

from minidl_course import starting
from minidl_course.grading import isolation, messages, recordings
from minidl_course.grading.channel import RUNNING, VARIABLE

CELL_SECONDS = 90  # for a cell
NOTEBOOK_SECONDS = 300  # for all cells that the student wrote, tests not counted
MAX_OUTPUT = 2_000_000  # characters that a cell may show, figures included; the rest is dropped


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
        folder: where the student's cells run. Behind a wall they run in a copy of it.
        cell_seconds: limit for one cell.
        after_cell: called after each code cell.
        somebody_elses: whether to put a wall around the student's process, where that works.
    """
    with contextlib.ExitStack() as stack:
        private, asked, said, numba = (
            stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
            for _ in range(4)
        )
        this = {RUNNING: uuid.uuid4().hex}
        stack.callback(_end_what_is_left, this[RUNNING])
        walled = somebody_elses and not isolation.missing()
        own, kept = isolation.kernels_of_numba(numba) if somebody_elses else ({}, "")
        students = _Kernel(notebook, folder, cell_seconds)
        if walled:
            students.wall = {"read": [asked, kept], "write": [said, numba]}
        stack.enter_context(students.started(this | own))
        way = {"connection": students.client.km.connection_file, "pid": students.pid}
        way |= {"asked": asked, "said": said}
        known = Path(folder, recordings.FILE)
        if known.is_file() and not somebody_elses:  # graders' tests compute what is right
            shutil.copy(known, private)
        tests = _Kernel(notebook, private, None)  # each of its calls has a limit
        # A module or start-up file that a student left somewhere must not be found from here.
        apart = {"PYTHONSAFEPATH": "1", "PYTHONNOUSERSITE": "1", "TMPDIR": private}
        stack.enter_context(tests.started(this | apart | {VARIABLE: json.dumps(way)}))
        # Who has this file can have that kernel run anything, and nobody needs it any more.
        Path(tests.client.km.connection_file).unlink()
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


def _end_what_is_left(run):
    """End the processes of a run that have outlived its kernels."""
    import psutil

    killed = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(RUNNING) == run:
                process.kill()
                killed.append(process)
    psutil.wait_procs(killed, timeout=5)  # `kill` only asks for the end


class _Manager(AsyncKernelManager):
    before = ()  # a command that starts the kernel's

    def format_kernel_cmd(self, extra_arguments=None):
        return [*self.before, *super().format_kernel_cmd(extra_arguments)]


class _Kernel:
    """A kernel that runs cells of a notebook and survives, or is seen to die."""

    wall = None  # or what it may read and write, behind a wall

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
        return starting.twice(lambda stderr: self._started(variables, stderr), pass_on=True)

    @contextlib.contextmanager
    def _started(self, variables, stderr):
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
            manager = self.client.create_kernel_manager()
            starting.by_name(manager, profile)
            environment = {**os.environ, "IPYTHONDIR": profile, **variables}
            if self.wall:
                room = isolation.Room(profile, self.folder, **self.wall)
                manager.before = room.command()
                environment = room.environment() | {"IPYTHONDIR": profile, **variables}
            with self.client.setup_kernel(env=environment, stderr=stderr):
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
            self.gone = "an earlier cell has ended the process"
            cell.outputs.append(_error("DeadKernel", "this cell has ended the process"))
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
    """Drops what a cell shows beyond MAX_OUTPUT, so that an endless print fills no memory."""

    shown = 0  # characters in the cell that runs

    async def async_execute_cell(self, *args, **kwargs):
        self.shown = 0
        return await super().async_execute_cell(*args, **kwargs)

    execute_cell = run_sync(async_execute_cell)

    def output(self, outs, msg, display_id, cell_index):
        self.shown += len(str(msg["content"]))
        if self.shown > MAX_OUTPUT and msg["msg_type"] != "error":
            return None
        return super().output(outs, msg, display_id, cell_index)


def _error(name, message):
    return new_output("error", ename=name, evalue=message, traceback=[f"{name}: {message}"])


def _wait(result):
    return run_sync(ensure_async)(result)
