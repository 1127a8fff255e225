"""The way from the tests' process to the student's: a message a call, and files for the numbers."""

import contextlib
import pathlib
import signal
import time
from queue import Empty

from minidl_course.grading import codec
from minidl_course.grading.channel import Wrong, unreadable

_IDLE = 10  # times longer may a call take that waits and does not compute
_LAST_WORDS = 5  # seconds for a call that was interrupted to end


class Apart:
    """The student's code is in another kernel.

    Args:
        connection: its connection file.
        pid: its process id.
        asked, said: folders for questions and answers. In the first a student may not write.
    """

    def __init__(self, connection, pid, asked, said):
        import psutil
        from jupyter_client import BlockingKernelClient

        self.process = psutil.Process(pid)
        self.calls = 0
        self.asked, self.said = pathlib.Path(asked), pathlib.Path(said)
        self.client = BlockingKernelClient()
        self.client.load_connection_file(connection)
        self.client.start_channels(iopub=False, stdin=False, hb=False, control=False)

    def ask(self, request, arrays, answer):
        self.calls += 1  # each call has its own files: a late answer is not taken for another
        asked, answered = self.asked / f"{self.calls}.call", self.said / f"{self.calls}.answer"
        codec.save(asked, request, arrays)
        code = "__import__('minidl_course.grading.worker', fromlist='x').answer_file"
        call = self.client.execute(
            f"{code}({str(asked)!r}, {str(answered)!r})", silent=True, store_history=False
        )
        if not self._done(call, answer._seconds):
            self._interrupt(call)
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

    def _done(self, call, seconds):
        """Whether the reply to `call` came in time. Raises Wrong if the process has ended."""
        # Seconds of its own work: on a busy machine a right answer takes longer, and may.
        start, deadline = self._worked(), time.monotonic() + _IDLE * seconds
        while self._worked() - start < seconds and time.monotonic() < deadline:
            try:
                reply = self.client.get_shell_msg(timeout=1)
                if reply["parent_header"].get("msg_id") == call:
                    return True
            except Empty:
                if not self._alive():
                    raise Wrong(
                        "the process that runs your notebook has ended (did a cell call `exit`, "
                        "loop for ever or use up the memory?), so this could not be tested."
                    ) from None
            except Exception as error:  # whatever a student's process may have sent
                raise Wrong(unreadable("the process", error)) from None
        return False

    def _interrupt(self, call):
        """Stop a call; a process that does not listen is killed."""
        self.process.send_signal(signal.SIGINT)
        if not self._done(call, _LAST_WORDS):
            self.process.kill()

    def _worked(self):
        """Seconds that the student's process has computed so far; nothing once it has ended."""
        times = self.process.cpu_times() if self._alive() else None
        return times.user + times.system if times else 0.0

    def _alive(self):
        return self.process.is_running() and self.process.status() != "zombie"
