"""Without a wall around the student's process: has it changed what the next one is graded with?

A student's code can then write wherever you can, over `checks.py` for instance, or over the
notebook of somebody else. Files that matter are read before the first notebook and compared after
each; what was changed, made or taken away is put back. What lay there is moved aside and not
deleted: it may be yours, if you edit a file while others are graded.
"""

import compileall
import contextlib
import os
import shutil
import stat
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from submissions import not_graded

from exercises import ROOT

COURSE = ("minidl", "minidl_course", "tools", "solutions", "exercises", "nbgrader_config.py")


class Kept:
    """The files below some folders as they were.

    Args:
        places: folders and files whose contents are kept.
        aside: a folder for what lies in their places later.
        watched: folders of which only size and times are kept, because they are large: what is
            changed there is seen and cannot be put back.
    """

    def __init__(self, places, aside, watched=()):
        self.aside, self.moved = Path(aside), 0
        self.places, self.watched = [*map(Path, places)], [*map(Path, watched)]
        self.contents = {path: _content(path) for path in _files(self.places)}
        self.touched = {path: _touched(path) for path in self.contents}
        self.times = {path: _times(path) for path in _files(self.watched)}

    def put_back(self):
        """Undo all changes of contents; returns the paths of the files that were touched.

        Whoever changes a file, and puts it back before we look, leaves the time of that behind.
        """
        changed = []
        for path in {*self.contents, *_files(self.places)}:
            with contextlib.suppress(OSError):  # it is gone, or may not be read any more
                if _content(path) == self.contents.get(path):
                    before, self.touched[path] = self.touched[path], _touched(path)
                    if before != self.touched[path]:
                        changed.append(path)
                    continue
            changed.append(path)
            self._move_aside(path)
            if path in self.contents:
                _write(path, *self.contents[path])
                with contextlib.suppress(OSError):  # it was a pipe
                    self.touched[path] = _touched(path)
        return sorted(changed)

    def _move_aside(self, path):
        if path.is_symlink() or path.exists():
            self.moved += 1
            self.aside.mkdir(parents=True, exist_ok=True)
            shutil.move(path, self.aside / f"{self.moved}-{path.name}")

    def spoilt(self):
        """The paths of watched files that are not as before."""
        now = {path: _times(path) for path in _files(self.watched)}
        return sorted(p for p in {*now, *self.times} if now.get(p) != self.times.get(p))


def of_the_course(others, aside):
    """The Kept of everything that a notebook is graded with, and of other folders and files.

    What Python compiles is compiled before, so that nothing of it changes without a reason.
    """
    for name in ("minidl", "minidl_course", "tools"):
        compileall.compile_dir(ROOT / name, quiet=2)
    own = [ROOT / name for name in COURSE]
    numba = os.environ.get("NUMBA_CACHE_DIR") or ROOT / ".numba_cache"
    return Kept([*own, numba, *others], aside, [Path(sys.prefix).resolve()])


def graded(paths, grade_one, jobs, files=None):
    """Grade the notebooks at these paths, several at once; yields (path, row), as they end.

    Where files have changed, each notebook that ran then is graded again, alone, and its second row
    counts. One that changes files when it is alone is refused.

    Args:
        paths: of notebooks.
        grade_one: grade_one(path) -> row.
        jobs: how many at once.
        files: a Kept, or None where nothing can change.
    """
    suspects = {}
    with ThreadPoolExecutor(jobs) as pool:
        waiting = {pool.submit(grade_one, path): path for path in paths}
        try:
            for done in as_completed([*waiting]):
                path, row = waiting.pop(done), done.result()
                if files and files.put_back():
                    begun = [p for f, p in waiting.items() if f.running() or f.done()]
                    suspects |= dict.fromkeys([path, *begun])
                yield path, row
        except BaseException:  # Ctrl-C ends what runs, and nothing new begins
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    for path in suspects:
        row = grade_one(path)
        if changed := files.put_back():
            names = {name: row[name] for name in ("student", "chapter")}
            row = names | not_graded(f"it changed {told(changed)}; that is put back")
        yield path, row


def told(paths):
    """The paths as text: two of them, and how many more."""
    names = [str(p.relative_to(ROOT) if p.is_relative_to(ROOT) else p) for p in paths]
    more = f" and {len(names) - 2} more" if len(names) > 2 else ""
    return ", ".join(names[:2]) + more


def _files(places):
    """All that is no folder below these places, links among them."""
    for place in places:
        if place.is_file():
            yield place
        for top, folders, names in os.walk(place):
            links = [name for name in folders if Path(top, name).is_symlink()]
            yield from (Path(top, name) for name in [*names, *links])


def _content(path):
    """(permissions, content) of a file; of a link (None, where it leads)."""
    if path.is_symlink():
        return None, str(path.readlink())
    mode = path.stat().st_mode
    return stat.S_IMODE(mode), path.read_bytes() if stat.S_ISREG(mode) else None


def _write(path, mode, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    if mode is None:
        path.symlink_to(content)
    elif content is not None:
        path.write_bytes(content)
        path.chmod(mode)


def _touched(path):
    """When the system last wrote the file or what it knows of it: no program can choose that."""
    return path.lstat().st_ctime_ns


def _times(path):
    facts = path.lstat()
    return facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns
