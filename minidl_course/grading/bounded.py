"""A client of a kernel that may say anything: what it says is bounded, and so is how long it may.

nbclient trusts a kernel. It keeps every widget, replaces an output by one of any size, and hears
messages to their end, which a kernel that sends them for ever never lets it reach.
"""

import contextlib
import threading
import time

import zmq
from jupyter_client import AsyncKernelManager
from jupyter_core.utils import run_sync
from nbclient import NotebookClient

MAX_OUTPUT = 2_000_000  # characters that a cell may show, figures included; the rest is dropped
MAX_OUTPUTS = 20_000_000  # that all cells of a notebook may show together
MAX_ERRORS = 200_000  # characters of a cell's errors
MAX_ERROR = 2_000  # that are left of an error which does not fit
MAX_MESSAGE = 50_000_000  # bytes; who sends more is cut off
MAX_WAITING = 10_000  # messages that nobody has heard yet; the next one is lost
HEARING_OUT = 1.0  # seconds of work for what a kernel said since its last cell: it is thrown away


class Manager(AsyncKernelManager):
    """Starts a kernel by a command that comes before its own."""

    before = ()

    def format_kernel_cmd(self, extra_arguments=None):
        """Return the whole command."""
        return [*self.before, *super().format_kernel_cmd(extra_arguments)]

    def client(self, **kwargs):
        """Return a client that hears no message beyond MAX_MESSAGE, and keeps MAX_WAITING."""
        made = super().client(**kwargs)
        made.context.setsockopt(zmq.MAXMSGSIZE, MAX_MESSAGE)
        made.context.setsockopt(zmq.RCVHWM, MAX_WAITING)
        return made


class Client(NotebookClient):
    """Drops what is shown beyond these limits, so that an endless print fills no memory."""

    shown = 0  # characters, in all cells

    async def async_execute_cell(self, *args, **kwargs):
        """Run a cell."""
        self.room = {"outputs": MAX_OUTPUT, "errors": MAX_ERRORS}  # left in this cell
        await self._hear_out()
        return await super().async_execute_cell(*args, **kwargs)

    execute_cell = run_sync(async_execute_cell)

    async def _hear_out(self):
        """Throw away what the kernel has said since its last cell.

        What a function shows when a test calls it comes this way, too. Where the queue is full,
        what the next cell shows is lost, and its end not heard of.
        """
        heard, deadline = self.kc.iopub_channel.socket, time.thread_time() + HEARING_OUT
        while await heard.poll(0) and time.thread_time() < deadline:
            await heard.recv_multipart()

    def process_message(self, msg, cell, cell_index):
        """Take what a kernel says of a cell, where there is room for it."""
        kind = msg["msg_type"]
        if kind.startswith("comm"):  # widgets: no page shows them
            return None
        if kind != "status":
            room, size = "errors" if kind == "error" else "outputs", len(str(msg["content"]))
            full = size > self.room[room] or self.shown + size > MAX_OUTPUTS
            if full and kind == "error":
                name, told = (str(msg["content"][key])[:MAX_ERROR] for key in ("ename", "evalue"))
                msg["content"] = {"ename": name, "evalue": told, "traceback": [f"{name}: {told}"]}
                size = len(str(msg["content"]))
                full = size > self.room[room]
            if full:
                return None
            self.room[room] -= size
            self.shown += size
        return super().process_message(msg, cell, cell_index)


@contextlib.contextmanager
def at_most(seconds, end):
    """Inside of this context, `end` is called after that many seconds, in a thread."""
    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
