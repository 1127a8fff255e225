"""What a notebook may leave behind, and how it goes: folders of any depth, and processes.

A student's code can make a tree that no path reaches to its end, close folders to everybody, and
start processes that outlive their parents.
"""

import contextlib
import os
import sys
import tempfile
import time
import uuid
from pathlib import Path

ROUNDS = 10_000_000  # of levels that `remove` takes away: more than a notebook has time to make


@contextlib.contextmanager
def folder():
    """A temporary folder, as a path; nothing of it is left at the end."""
    place = tempfile.mkdtemp(prefix="minidl-")
    try:
        yield place
    finally:
        remove(place)


def remove(place):
    """Remove a folder, however deep, and whatever may not be opened in it; follow no link.

    What lies two levels down is moved up to the first, again and again: so no path grows long, and
    no function calls itself once for each level. What cannot be removed is told.
    """
    place = Path(place)
    try:
        if place.is_symlink() or not place.is_dir():
            place.unlink()
            return
        for _ in range(ROUNDS):
            entries = _entries(place)
            if not entries:
                break
            for entry in entries:
                _take_away(entry, place)
        place.rmdir()
    except OSError as error:
        print(f"cannot remove {place}: {error}", file=sys.stderr)


def _take_away(entry, place):
    if not entry.is_dir(follow_symlinks=False):
        _unlink(entry.path)
        return
    for inner in _entries(entry.path):
        if inner.is_dir(follow_symlinks=False):
            Path(inner.path).chmod(0o700)  # to move a folder is to write in it
            Path(inner.path).rename(place / uuid.uuid4().hex)
        else:
            _unlink(inner.path)
    Path(entry.path).rmdir()


def _entries(place):
    Path(place).chmod(0o700)
    with os.scandir(place) as found:
        return [*found]


def _unlink(path):
    try:
        Path(path).unlink()
    except PermissionError:  # Windows removes nothing that is for reading only
        Path(path).chmod(0o700)
        Path(path).unlink()


def processes(run):
    """The processes of a run: whoever has its name in the environment, and what these started."""
    import psutil

    named, children = [], {}
    for process in psutil.process_iter():  # once for all: `children` looks through them each time
        with contextlib.suppress(psutil.Error, OSError):
            children.setdefault(process.ppid(), []).append(process)
            if run in process.environ().values():
                named.append(process)
    found = set()
    while named:
        process = named.pop()
        if process not in found:
            found.add(process)
            named += [c for c in children.get(process.pid, []) if _is_later(c, process)]
    return found


def _is_later(child, process):
    """Whether it is a child indeed: Windows gives the number of one that has ended to another."""
    import psutil

    try:
        return child.create_time() >= process.create_time()
    except psutil.Error:
        return False


def end(run):
    """End the processes of a run; one that is starting another meanwhile is caught as well."""
    for _ in range(10):
        found = processes(run)
        if not found or not kill(found):
            break


def kill(processes, seconds=5):
    """Kill them, and wait until none lives. Returns whether they have ended."""
    import psutil

    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.kill()  # which only asks for the end
    deadline = time.monotonic() + seconds
    while (living := any(map(lives, processes))) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not living


def lives(process):
    """Whether a process computes: one that has ended may stay until its parent has heard of it."""
    import psutil

    with contextlib.suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False
