"""Folders in which a process may write, and what to say where it may not.

In a container a process can have a number that belongs to no user, no HOME, and folders that are
read-only.
"""

import contextlib
import os
import pathlib
import shutil
import sys
import tempfile
import time
import warnings


def user_cache():
    """Return the folder for files that can be made again: $XDG_CACHE_HOME, else ~/.cache.

    Where the user has no home it is a folder among the temporary ones.
    """
    return _cache_at_home() or own_temporary()


def _cache_at_home():
    try:
        return pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    except RuntimeError:  # no HOME, and a user without an entry among the users
        return None


def for_kernels(package):
    """Let Numba keep compiled kernels somewhere, in this process and in those that it starts.

    Numba looks for a place of which it may make use: NUMBA_CACHE_DIR, the package's folder, the
    user's cache. Where there is none it ends in an error, and where there is no home it makes a
    folder called "~". Then the kernels go to a folder of this user's among the temporary ones.

    Args:
        package: folder of the package.

    Warns where NUMBA_CACHE_DIR was set, and is of no use; then it is set no more, so that the
    processes that this one starts have nothing to warn of.
    """
    given = os.environ.get("NUMBA_CACHE_DIR")
    why = _read_only(given) if given else None
    if why:
        warnings.warn(
            f"NUMBA_CACHE_DIR={given} is of no use, and kernels are kept elsewhere: {why}",
            stacklevel=2,
        )
        del os.environ["NUMBA_CACHE_DIR"]
    elif given:
        return
    folder = ""  # Numba takes the package's folder, or the user's, by itself
    if _read_only(package) and _read_only(_cache_at_home()):
        os.environ["NUMBA_CACHE_DIR"] = folder = str(own_temporary() / "numba")
    if "numba" in sys.modules:  # which has read the environment
        sys.modules["numba"].config.CACHE_DIR = folder


def _read_only(folder):
    """Return why no file can be written into a folder; "" if it can, and None is no folder."""
    if folder is None:
        return "there is none"
    try:
        refuse_read_only(pathlib.Path(folder, "any file of kernels"), "Numba")
    except OSError as error:
        return str(error)
    return ""


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


try:
    import fcntl
except ImportError:
    fcntl = None

MOMENT = 1  # seconds: a file that is younger may be open, and not yet claimed


def claim(file):
    """Say that an open file is needed, until it is closed."""
    if fcntl:
        fcntl.flock(file, fcntl.LOCK_EX)


def remove(found, claimed=None):
    """Remove the file or the folder `found`, unless it is claimed or a second old.

    Args:
        found: a Path.
        claimed: name of the file in a folder that is claimed for all of it.
    """
    file = found / claimed if claimed else found
    with contextlib.suppress(OSError):  # claimed; or gone, since others clear up as well
        if time.time() - found.stat().st_mtime < MOMENT:
            return
        if file.exists():
            with file.open("rb") as stream:
                if fcntl:
                    fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(found) if found.is_dir() else found.unlink()
