"""The way from the tests' process to the student's: a word a call, and files for the numbers."""

import contextlib
import math
import os
import pathlib
import signal
import time
import warnings

import psutil
import zmq

from minidl_course import starting
from minidl_course.grading import codec, remains
from minidl_course.grading.channel import RUNNING, Wrong, unreadable

_IDLE = 10  # times longer may a call take that waits and does not compute
_LARGEST = 1_000_000  # bytes of a reply's part; numbers come in files
_LAST_WORDS = 5  # seconds for a call that was interrupted to end
_SERVE = "__import__('minidl_course.grading.worker', fromlist='x').serve"
_ENDED = (
    "the process that runs your notebook has ended (did a cell call `exit`, loop for ever or use "
    "up the memory?), so this could not be tested."
)


def _without_its_line(message, category, filename, number, line=None):
    """A warning as a student may read it: a line of a hidden test may have caused it."""
    return f"{category.__name__}: {message}\n"


class Apart:
    """The student's code is in another kernel, which a message makes listen to `line` for a while.

    Args:
        connection: how to reach it, as a connection file has it.
        pid: its process id.
        asked, said: folders for questions and answers. In the first a student may not write.
    """

    def __init__(self, connection, pid, asked, said):
        from jupyter_client import BlockingKernelClient

        try:
            self.process = psutil.Process(pid)
        except psutil.NoSuchProcess:
            raise Wrong(_ENDED) from None
        warnings.formatwarning = _without_its_line
        self.above = {self.process, *self.process.parents()}
        self.calls = 0
        self.asked, self.said = pathlib.Path(asked), pathlib.Path(said)
        self.client = BlockingKernelClient()
        self.client.context.setsockopt(zmq.MAXMSGSIZE, _LARGEST)  # who sends more is cut off
        self.client.load_connection_info(connection)
        self.client.start_channels(iopub=False, stdin=False, hb=False, control=False)
        self.line = self.client.context.socket(zmq.PAIR)
        self.line.linger = 0
        self.address = starting.bound(self.line, asked)
        self.listens = ""  # the message that made it listen, until the reply to it has come
        self.first = None  # the files that this message named
        self.poller = zmq.Poller()
        for socket in (self.line, self.client.shell_channel.socket):
            self.poller.register(socket, zmq.POLLIN)

    def ask(self, request, arrays, answer):
        self.calls += 1  # each call has its own files: a late answer is not taken for another
        asked, answered = self.asked / f"{self.calls}.call", self.said / f"{self.calls}.answer"
        codec.save(asked, request, arrays)
        files = str(asked), str(answered)
        if not self.listens or not self._told(files):
            self._listen(files)
        if not self._done(files, answer._seconds):
            self._interrupt(files)
            raise Wrong(
                f"{answer} used more than {answer._seconds} s of processor time, or did not "
                "return. Is there an endless loop?"
            )
        try:
            return codec.load(answered)
        except Exception as error:  # whatever a student's process may have written
            raise Wrong(unreadable(answer, error)) from None
        finally:
            for file in (asked, answered):
                with contextlib.suppress(OSError):
                    file.unlink()

    def _told(self, files):
        """Whether the line takes it: there may be nobody at its other end."""
        with contextlib.suppress(zmq.Again):
            self.line.send_json(files, zmq.NOBLOCK)
            return True
        return False

    def _listen(self, files):
        """Have a file answered, and those of which the line tells soon afterwards."""
        self.first, code = files, f"{_SERVE}({self.address!r}, *{files!r})"
        self.listens = self.client.execute(code, silent=True, store_history=False)

    def _done(self, files, seconds):
        """Whether the answer came in time. Raises Wrong if the process has ended."""
        # Seconds of work: on a busy machine a right answer takes longer, and may. To ask who works
        # takes a while, so it is done for those calls alone that are not answered at once.
        used, before, deadline = 0.0, math.inf, time.monotonic() + _IDLE * seconds
        while time.monotonic() < deadline:
            try:
                heard = self._heard(files)
            except Exception as error:  # whatever a student's process may have sent
                raise Wrong(unreadable("the process", error)) from None
            if heard:
                return True
            if not remains.lives(self.process):
                raise Wrong(_ENDED)
            worked = self._worked()
            used += max(0.0, worked - before)  # what a process has used may go with it
            before = worked
            if used >= seconds:
                break
        return False

    def _heard(self, files):
        """Whether an answer is there, or will not come; waits a second for it."""
        until = time.monotonic() + 1
        while (left := until - time.monotonic()) > 0:
            words = dict(self.poller.poll(1000 * left))
            if self.line in words:
                if self.line.recv() == files[0].encode():
                    return True
            elif words and self._has_stopped():
                if self.first == files or pathlib.Path(files[1]).exists():
                    return True
                self._listen(files)
        return False

    def _has_stopped(self):
        """Whether this word is the reply to the message that made it listen."""
        reply = self.client.get_shell_msg(timeout=0)
        stopped = reply["parent_header"].get("msg_id") == self.listens
        if stopped:
            self.listens = ""
        return stopped

    def _interrupt(self, files):
        """Stop a call and what it started; a process that does not listen is killed."""
        with contextlib.suppress(psutil.Error):
            self.process.send_signal(signal.SIGINT)
        done = self._done(files, _LAST_WORDS)
        remains.kill((self._others() - self.above) | (set() if done else {self.process}))

    def _others(self):
        """The processes of this run but the one that we are in."""
        found = remains.processes(os.environ[RUNNING]) | {self.process}
        return {process for process in found if process.pid != os.getpid()}

    def _worked(self):
        """Seconds that the student's process and what it started have computed so far."""
        worked = 0.0
        for process in self._others():
            with contextlib.suppress(psutil.Error):
                times = process.cpu_times()
                worked += times.user + times.system + times.children_user + times.children_system
        return worked
