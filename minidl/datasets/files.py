"""Where a data file comes from, and how we know that it is the right one.

`fetch` looks in three places, in this order:

1. `$MINIDL_DATA/<folder>/<name>`: your own copy. It is read, never changed or deleted.
2. `<cache>/<folder>/<name>`: what was downloaded before. The cache is `$MINIDL_CACHE` if that is
   set, else the folder that your system keeps for such files (`~/.cache/minidl` on Linux), or one
   among the temporary files where the user has no home.
3. The mirrors, one after the other, until one delivers. The file is then kept in the cache.

From whichever place it comes, the SHA-256 of the *unpacked* contents must match before anything
is returned. The archive itself is no good for that: mirrors compress the same contents anew, and
some servers unpack while they send.

`fetch_path` does the same for a file that is too large to be held in memory twice.
"""

import functools
import gzip
import hashlib
import io
import os
import tempfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from minidl.base import folders

TIMEOUT = (5, 30)  # seconds: to connect, and between two pieces of an answer
LONG_DOWNLOAD = 1_000_000  # bytes: from here on a progress bar is worth its line
PART = "part"  # what a file is called while it arrives
PACKING = 100_000  # bytes that an archive may need beyond its contents


class DataNotFoundError(OSError):
    """The file is in neither place on this machine and no mirror delivered it."""


class CorruptDataError(OSError):
    """The file is there, and its contents are not what they should be."""


@dataclass(frozen=True)
class DataFile:
    """What must be known of a file before it is fetched.

    `size` (bytes) and `sha256` (hex) describe the unpacked contents. `mirrors` are the addresses
    that `name` is appended to. `offline` is the call that the reader can make instead when the
    file is out of reach. `packed` is for archives whose authors publish a checksum of the file as
    it is: `size` and `sha256` then describe that, and it is returned unopened. `md5` takes the
    place of `sha256` where the authors publish nothing better: it tells damage, if not malice.
    """

    folder: str
    name: str
    size: int
    sha256: str
    mirrors: tuple[str, ...]
    offline: str
    packed: bool = False
    md5: str = ""

    def checksum(self, stream) -> str:
        """Return what a binary file has for the checksum that is published, read piece by piece."""
        if self.md5:
            new = functools.partial(hashlib.md5, usedforsecurity=False)
            return f"MD5 {hashlib.file_digest(stream, new).hexdigest()}"
        return f"SHA-256 {hashlib.file_digest(stream, 'sha256').hexdigest()}"

    def published(self) -> str:
        """Return what `checksum` should be."""
        return f"MD5 {self.md5}" if self.md5 else f"SHA-256 {self.sha256}"


def fetch(file: DataFile, name: str | os.PathLike | None = None) -> bytes:
    """Return the checked contents of `file`, unpacked unless it is to stay packed.

    `name` is what the copies on this machine are called, if not as on the mirrors; a whole path
    is taken as it is.

    Raises `CorruptDataError` if the copy in `$MINIDL_DATA` is not the expected file, and
    `DataNotFoundError` if there is no good copy on this machine and no mirror delivers one.
    A bad copy in the cache is replaced by a fresh download.
    """
    _, contents = _find(file, name or file.name, _read)
    return contents


def fetch_path(file: DataFile) -> Path:
    """Return where the checked `file` lies, which is one that stays packed; raises as `fetch`."""
    path, _ = _find(file, file.name, _check)
    return path


def own_copy(folder: str, name: str) -> Path | None:
    """Return where a file that nobody can check lies, in $MINIDL_DATA or the cache, else None."""
    own = os.environ.get("MINIDL_DATA", "")
    for place in (*([folders.expanded(own)] if own else []), cache_folder()):
        if os.path.isfile(path := place / folder / name):  # noqa: PTH113
            return path
    return None


def _find(file, name, read):
    """Return (path, what `read` makes of it) for the first good copy; see the top of this file."""
    problems = []

    own_folder = os.environ.get("MINIDL_DATA", "")
    if own_folder or Path(name).is_absolute():
        own = folders.expanded(own_folder) / file.folder / name
        if os.path.isfile(own):  # noqa: PTH113  false, and no error, where it may not be looked at
            try:
                return own, read(own, file)
            except CorruptDataError as error:
                raise CorruptDataError(
                    f"{own}: {error}\nReplace it by a good copy. Or move it somewhere else: "
                    "minidl then takes the file from its cache or downloads it."
                ) from None
        problems.append(f"your own copy: there is no {own}")
    else:
        problems.append("$MINIDL_DATA: not set")

    cached = cache_folder() / file.folder / name
    if os.path.isfile(cached):  # noqa: PTH113
        try:
            return cached, read(cached, file)
        except CorruptDataError as error:
            problems.append(f"cache: {cached}: {error}")
    else:
        problems.append(f"cache: there is no {cached}")

    if file.mirrors:
        try:
            folders.refuse_read_only(cached, "the cache", "Set MINIDL_CACHE to another folder")
        except OSError as error:
            raise DataNotFoundError(f"{name} must be downloaded, and {error}") from None
    for mirror in file.mirrors:
        try:
            return cached, _download(mirror + file.name, cached, file, read)
        except (OSError, ValueError) as error:  # of `requests`; a length that is no number
            problems.append(f"{mirror}{file.name}: {error}")

    raise DataNotFoundError(
        f"{file.folder}/{name} is not on this machine, and no mirror delivered it.\n"
        + "".join(f"  {problem}\n" for problem in problems)
        + "Any one of these helps:\n"
        "  1. connect to the network and try again;\n"
        f"  2. put the file into the cache, as {cached}\n"
        "     (set MINIDL_CACHE to use another folder as the cache);\n"
        f"  3. set MINIDL_DATA to a folder that holds {file.folder}/{name}.\n"
        f"Or work offline with {file.offline}."
    )


def cache_folder() -> Path:
    """Return where downloaded files are kept; see the top of this file."""
    if folder := os.environ.get("MINIDL_CACHE"):
        return folders.expanded(folder)
    import pooch

    try:
        folder = Path(pooch.os_cache("minidl"))
    except RuntimeError:  # there is no home; older versions return "~/.cache"
        folder = Path()
    return folder if folder.is_absolute() else folders.user_cache() / "minidl"


def _download(url: str, path: Path, file: DataFile, read):
    """Download `url`, `read` and check it, and only then give it its place at `path`."""
    import pooch

    path.parent.mkdir(parents=True, exist_ok=True)
    for folder in path.parent.glob("download-*"):
        folders.remove(folder, PART)
    # A folder of its own, next to `path`: two processes cannot meet in it, it goes away on any
    # error, and the move at the end stays within one file system, so it is atomic.
    with tempfile.TemporaryDirectory(dir=path.parent, prefix="download-") as folder:
        part = Path(folder) / PART
        with part.open("wb") as stream:
            folders.claim(stream)
            get = pooch.HTTPDownloader(progressbar=file.size >= LONG_DOWNLOAD, timeout=TIMEOUT)
            get(url, _Bounded(stream, file.size + PACKING), None)
            contents = read(part, file)
        part.replace(path)
    return contents


class _Bounded:
    """A file that takes so many bytes and no more, whatever a server sends."""

    def __init__(self, file, most):
        self.file, self.most, self.left = file, most, most

    def write(self, data):
        self.left -= len(data)
        if self.left < 0:
            raise OSError(f"stopped after {self.most:,} bytes, more than the file can have")
        self.file.write(data)

    def flush(self):
        self.file.flush()


def _read(path: Path, file: DataFile) -> bytes:
    """Unpack the file at `path` and return its contents, or raise `CorruptDataError`."""
    try:
        contents = _unpack(path, file)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        found = f"a gzip stream that is damaged or cut short ({error})"
    else:
        checksum = file.checksum(io.BytesIO(contents))
        if checksum == file.published():
            return contents
        found = f"{len(contents):,} bytes with {checksum}"
        if not file.packed and len(contents) > file.size:
            found = f"more than {file.size:,} bytes"
    raise _corrupt(file, found)


def _check(path: Path, file: DataFile):
    """Compare the checksum of a file that stays packed, a piece at a time."""
    with path.open("rb") as stream:
        checksum = file.checksum(stream)
    if checksum != file.published():
        raise _corrupt(file, f"{path.stat().st_size:,} bytes with {checksum}")


def _corrupt(file: DataFile, found: str) -> CorruptDataError:
    return CorruptDataError(
        "not the expected file.\n"
        f"    expected{'' if file.packed else ', unpacked'}: {file.size:,} bytes with "
        f"{file.published()}\n"
        f"    found: {found}"
    )


def _unpack(path: Path, file: DataFile) -> bytes:
    """Read the file, through gzip if it is compressed and shall not stay so.

    What is too long is not read to its end. The first two bytes decide, not the name: a server or
    a browser may have unpacked already.
    """
    with path.open("rb") as stream:
        if file.packed:
            return stream.read(2 * file.size + PACKING)  # another server may pack it less tightly
        compressed = stream.read(2) == b"\x1f\x8b"
    with gzip.open(path) if compressed else path.open("rb") as stream:
        return stream.read(file.size + 1)
