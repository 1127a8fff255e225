"""A wall around a student's process: bubblewrap, where the machine has it and permits it.

Behind the wall a process sees Python, the packages `minidl` and `minidl_course`, the data sets and
the system's programs, all read-only; a copy of the folder that was handed in, at its own place; an
empty /tmp and home; no network, no other process, nothing of the one who grades.

    MINIDL_ISOLATION=none         no wall, as where bubblewrap is missing
    MINIDL_ISOLATION=bubblewrap   an error where it does not work
"""

import functools
import importlib.util
import os
import pathlib
import shutil
import stat
import subprocess
import sys
import time

from minidl.base import folders

VARIABLE = "MINIDL_ISOLATION"
# What is handed on of the environment: whoever grades may have passwords in theirs.
NAMES = (
    *("PATH", "TZ", "CXX", "LD_LIBRARY_PATH"),
    *("MINIDL_DATA", "MINIDL_CALL_SECONDS", "MINIDL_TUNED"),
)
PREFIXES = ("LANG", "LC_", "PYTHON", "NUMBA_", "OPENBLAS_", "OMP_", "MKL_", "MALLOC_")
SYSTEM = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")  # links into /usr, or folders
READ = (
    "/usr",
    "/nix/store",
    "/etc/alternatives",
    "/etc/fonts",
    "/etc/group",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/passwd",
    "/sys/devices/system",  # how many cores, and their caches
)


@functools.cache
def missing():
    """Why there is no wall on this machine; "" where there is one. Tried once, not guessed."""
    wanted = os.environ.get(VARIABLE, "")
    why = "it is switched off" if wanted == "none" else _tried()
    if why and wanted == "bubblewrap":
        raise RuntimeError(f"{VARIABLE}=bubblewrap, and {why}")
    return why


def _tried():
    if not sys.platform.startswith("linux"):
        return "bubblewrap is for Linux only"
    if shutil.which("bwrap") is None:
        return "bubblewrap is not installed (apt install bubblewrap)"
    command = [*_wall(), "--", sys.executable, "-I", "-S", "-c", ""]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"bubblewrap does not run here ({error})"
    said = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
    return f"bubblewrap is not permitted here ({said})" if done.returncode else ""


def sentence():
    """One line for whoever grades: what a student's process is kept from, and what not."""
    if why := missing():
        return (
            f"isolation: none, {why}. A student's code runs as you: it can read the hidden tests "
            "and all your files, change them, use the network and reach other processes. Only the "
            "files of the course are compared after every notebook, and put back"
        )
    return (
        "isolation: bubblewrap. A student's code sees no file of yours, no other process and no "
        "network, and writes in its own folder only; memory and disk are not limited"
    )


def _wall():
    """The arguments that are the same for every process."""
    away = ["user", "pid", "net", "ipc", "uts"]
    args = [shutil.which("bwrap"), *(f"--unshare-{name}" for name in away)]
    args += ["--cap-drop", "ALL", "--new-session", "--die-with-parent"]
    args += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]
    for name in SYSTEM:
        place = pathlib.Path("/", name)
        if place.is_symlink():
            args += ["--symlink", str(place.readlink()), str(place)]
        else:
            args += ["--ro-bind-try", str(place), str(place)]
    for place in [*READ, *_python(), *_packages(), os.environ.get("MINIDL_DATA")]:
        if place:
            source = os.path.realpath(place)
            args += ["--ro-bind-try", source, str(place)]
            if source != str(place) and str(place) not in READ:  # a link may lead to it
                args += ["--ro-bind-try", source, source]
    return args


def _python():
    """Where Python lies: the environment, and what it was made from."""
    return dict.fromkeys([sys.prefix, sys.base_prefix])


def _packages():
    """The folders of the packages, and not what lies beside them: solutions, for instance."""
    return [_package(name) for name in ("minidl", "minidl_course")]


def _package(name):
    return pathlib.Path(importlib.util.find_spec(name).origin).parent


def handed_in(folder, copy):
    """Fill the folder `copy` with what a student's process may see of `folder`, and return it.

    No notebook: nbgrader has put the hidden tests into the one that is graded. And no link, pipe or
    device, which would lead elsewhere or nowhere.
    """

    def kept_back(top, names):
        kinds = {name: stat.S_IFMT(pathlib.Path(top, name).lstat().st_mode) for name in names}
        plain = (stat.S_IFREG, stat.S_IFDIR)
        return [name for name in names if name.endswith(".ipynb") or kinds[name] not in plain]

    shutil.copytree(folder, copy, ignore=kept_back, dirs_exist_ok=True)
    return copy


class Room:
    """What a process behind the wall has for itself.

    Args:
        own: an empty folder, which it may fill.
        folder: where it works, and may write: see `handed_in`.
        read: folders that it may read, besides.
        write: folders that it may write into.
    """

    def __init__(self, own, folder, read=(), write=()):
        self.own, self.folder = pathlib.Path(own), str(folder)
        self.read, self.write = [*map(str, read)], [*map(str, write)]
        for name in ("home", "matplotlib"):
            (self.own / name).mkdir()
        fonts = (folders.user_cache() / "matplotlib").glob("fontlist-*.json")
        for file in fonts:  # to search all fonts anew takes seconds
            shutil.copyfile(file, self.own / "matplotlib" / file.name)

    def command(self):
        """What comes before a command that shall run here."""
        args = _wall()
        for place in self.read:
            args += ["--ro-bind-try", place, place]
        for place in [str(self.own), self.folder, *self.write]:
            args += ["--bind", place, place]
        data = folders.user_cache() / "minidl"  # data sets that were downloaded
        args += ["--ro-bind-try", str(data), str(self.own / "home" / ".cache" / "minidl")]
        args += ["--chdir", self.folder]
        # A kernel looks whether its parent is still there, and cannot: `--die-with-parent` does.
        return [*args, "--remount-ro", "/", "--setenv", "JPY_PARENT_PID", "1", "--"]

    def environment(self):
        """The variables that are handed on."""
        given = {k: v for k, v in os.environ.items() if k in NAMES or k.startswith(PREFIXES)}
        given |= {"HOME": str(self.own / "home"), "TMPDIR": "/tmp"}
        return given | {"MPLCONFIGDIR": str(self.own / "matplotlib")}


def kernels_of_numba(folder):
    """Fill `folder` with links to Numba's compiled kernels.

    Whoever compiles a new one keeps it there: what a student's process compiled is loaded by no
    other. (Numba writes a new file and moves it to its place, so no link is ever written through.)

    Returns:
        (variables, kept): what the process needs in its environment, and where the links lead.
    """
    beside = _package("minidl").parent / ".numba_cache"
    kept = pathlib.Path(os.environ.get("NUMBA_CACHE_DIR") or beside)
    for top, _, names in os.walk(kept):
        made = pathlib.Path(folder, pathlib.Path(top).relative_to(kept))
        made.mkdir(parents=True, exist_ok=True)
        # A short name of a link costs no block of the disk; hundreds of long ones take seconds.
        (made / "_").symlink_to(pathlib.Path(top).resolve())
        for name in names:
            (made / name).symlink_to(f"_/{name}")
    return {"NUMBA_CACHE_DIR": str(folder)}, kept


def process_behind(pid):
    """The number, as this machine counts, of the process that the bubblewrap `pid` has started."""
    import psutil

    process, end = psutil.Process(pid), time.monotonic() + 10
    while process.name() == "bwrap":
        children = process.children()
        if children:
            process = children[0]
        elif time.monotonic() > end:
            raise RuntimeError(f"bubblewrap, process {pid}, has started nothing")
        else:
            time.sleep(0.01)
    return process.pid
