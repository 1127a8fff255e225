"""How kernels of notebooks are started: by names where there are names, and twice if need be.

Jupyter chooses numbers of ports before the kernel opens them, and where many start at once another
process may be quicker: the kernel dies before its first word. A file in a folder of its own is
nobody else's. What else may end a process at its start, a machine short of memory, passes as well.
So a kernel that dies before its first word is started once more, and what it wrote is told.
"""

import contextlib
import os
import sys
import threading
from pathlib import Path

SECONDS = 180  # until a kernel's first word, on a machine that does other things as well
DIED = "Kernel died before replying"  # Jupyter's words: the kernel has ended, nobody waits for it
LONGEST = 90  # bytes of a socket's path; systems take some 100
KEPT = 4000  # bytes of what a kernel wrote, the last ones


def by_name(manager, folder):
    """Let a kernel and who talks to it meet in `folder`, a new one, instead of at ports.

    Without effect where the system has no such sockets, or the path is too long for one.
    """
    manager.connection_file = str(Path(folder) / "connection.json")
    if name := _name(folder):
        manager.transport, manager.ip = "ipc", name


def bound(socket, folder):
    """Bind a ZeroMQ socket to a name in `folder`, or to a port; return the address."""
    name = _name(folder)
    socket.bind(f"ipc://{name}" if name else "tcp://127.0.0.1:*")
    return socket.last_endpoint.decode()


def _name(folder):
    """Of a socket in that folder; "" where there are no names, or they are too long."""
    name = str(Path(folder) / "port")
    return name if os.name == "posix" and len(os.fsencode(name)) <= LONGEST else ""


@contextlib.contextmanager
def twice(attempt, tell=lambda text: print(text, file=sys.stderr, flush=True), pass_on=False):
    """The context attempt(stderr), in which a kernel runs; once more if it dies without a word.

    Args:
        attempt: takes a file number, the kernel's standard error, and returns a context.
        tell: takes what is to be said where a kernel is started again.
        pass_on: whether what a kernel writes after its first word goes to our standard error.

    Raises:
        RuntimeError: the second died as well; with what it wrote.
    """
    with contextlib.ExitStack() as stack:
        for again in (False, True):
            said = stack.enter_context(_Said())
            try:
                value = stack.enter_context(attempt(said.pipe))
                break
            except RuntimeError as error:
                if DIED not in str(error):
                    raise
                wrote = said.text() or "nothing"
                if again:
                    raise RuntimeError(f"{error}, twice. It wrote: {wrote}") from error
                tell(f"a kernel died before its first word and is started again. It wrote: {wrote}")
        said.close()
        said.passed_on = pass_on
        yield value


class _Said:
    """The end of a process's standard error: `pipe` is what to give to it.

    A thread reads, so that the process never waits for us, and nothing grows.
    """

    def __init__(self):
        self.end, self.pipe = os.pipe()
        self.kept, self.passed_on = b"", False
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Close our copy of `pipe`: what reads ends when the process has ended."""
        pipe, self.pipe = self.pipe, None
        if pipe is not None:
            os.close(pipe)

    def text(self):
        """What the process wrote last, once it has ended."""
        self.close()
        self.thread.join(timeout=5)
        return self.kept.decode(errors="replace").strip()

    def _listen(self):
        while piece := os.read(self.end, 65536):
            self.kept = (self.kept + piece)[-KEPT:]
            if self.passed_on:
                with contextlib.suppress(OSError):
                    os.write(2, piece)
        os.close(self.end)
