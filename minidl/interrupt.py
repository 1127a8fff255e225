"""Ctrl-C that waits for the batch to end, so that no parameter is left half updated."""

import contextlib
import signal
import threading


@contextlib.contextmanager
def interruptible():
    """Yield an event that the first Ctrl-C sets; a second one raises KeyboardInterrupt."""
    event = threading.Event()

    def on_interrupt(signum, frame):
        if event.is_set():
            raise KeyboardInterrupt
        event.set()

    if threading.current_thread() is not threading.main_thread():
        yield event  # only the main thread may handle signals
        return
    before = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield event
    finally:
        signal.signal(signal.SIGINT, before)
