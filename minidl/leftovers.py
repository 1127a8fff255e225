"""What a process that was killed leaves behind, and how the next one knows that nobody needs it.

A file that is being written is *claimed*: locked, as long as it is open, which ends with the
process, however it ends. What is not claimed may go. On Windows nothing is locked, since nobody can
remove a file that is open there.
"""

import contextlib
import shutil
import time

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
