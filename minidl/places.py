"""Folders in which a process may write, and what to say where it may not.

In a container a process can have a number that belongs to no user, no HOME, and folders that are
read-only.
"""

import os
import pathlib
import tempfile


def user_cache():
    """Return the folder for files that can be made again: $XDG_CACHE_HOME, else ~/.cache."""
    if folder := os.environ.get("XDG_CACHE_HOME"):
        return pathlib.Path(folder)
    try:
        return pathlib.Path.home() / ".cache"
    except RuntimeError:  # no HOME, and a user without an entry among the users
        return own_temporary()


def own_temporary():
    """Return a folder that nobody else can write into, the same in each process of this user."""
    number = os.getuid() if hasattr(os, "getuid") else 0
    folder = pathlib.Path(tempfile.gettempdir(), f"minidl-{number}")
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        facts = folder.lstat()
        if facts.st_uid == number and not facts.st_mode & 0o022 and not folder.is_symlink():
            return folder
    except OSError:
        pass
    return pathlib.Path(tempfile.mkdtemp(prefix="minidl-"))  # somebody was there before


def expanded(folder):
    """Return a folder that a reader named, which may begin with ~, as a Path.

    Raises:
        FileNotFoundError: nobody's home is meant by ~.
    """
    try:
        return pathlib.Path(folder).expanduser()
    except RuntimeError:
        raise FileNotFoundError(
            f"{folder}: this process has no home folder that ~ could stand for. Write the whole "
            "path there, or set HOME"
        ) from None


def refuse_read_only(path, what, remedy="Choose another folder, or ask for the right to write"):
    """See whether a file can be written at `path`, whose folders may still be missing.

    Nothing is left behind.

    Args:
        path: a Path.
        what: who wants to write it, for the error.
        remedy: what to do, for the error.

    Raises:
        OSError: it cannot; of the kind that writing would raise.
    """
    folder = path.absolute().parent
    while not os.path.lexists(folder) and folder != folder.parent:
        folder = folder.parent
    try:
        if path.is_dir():
            raise IsADirectoryError("there is a folder of that name")
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise type(error)(f"{what} cannot write {path}: {error}. {remedy}") from None
