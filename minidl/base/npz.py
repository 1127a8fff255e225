"""Arrays on disk: one .npz file, an array for each path ("dense/W"), and never a pickle.

A file of weights holds nothing else. Files of other kinds also hold facts: plain data as JSON, in
an array of bytes.

A file is written under another name and renamed when it is whole, so that a crash leaves the
old file or the new one. It holds a SHA-256 of its arrays: damage is noticed before a weight is
touched.
"""

import contextlib
import glob
import hashlib
import json
import os
import pathlib
import re
import shutil
import uuid

import numpy as np

from minidl.base import archives, folders

DIGEST = "minidl.sha256"
FACTS = "minidl.json"
KINDS = {
    "weights": "weights without a model: build the model and call its load_weights",
    "model": "a whole model: read it with minidl.models.load_model",
    "backup": "the backup of a training: give its folder to callbacks.BackupAndRestore",
}


LONG = 2_000  # characters: what an error quotes of a file is cut to that


class MisfitError(ValueError):
    """Weights that are sound, and belong to another model."""


def save(path, arrays, kind="weights", facts=None):
    """Write a dict of arrays to `path` atomically.

    Args:
        path: file name that ends in .npz.
        arrays: dict from key to array.
        kind: one of KINDS.
        facts: dict of plain data; a file of weights has none.

    Raises:
        FileNotFoundError: there is no such folder.
        ValueError: the name ends in something else.
    """
    path = npz_path(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"cannot save {path}: there is no folder {str(path.parent)!r}. Make it first, or "
            "choose one that exists"
        )
    if kind != "weights":
        text = json.dumps({"kind": kind, **facts})
        arrays = {**arrays, FACTS: np.frombuffer(text.encode(), np.uint8)}
    digest = np.frombuffer(_digest(arrays), np.uint8)
    path = path.resolve()  # a link stays a link
    for part in path.parent.glob(f"{glob.escape(path.name)}{'[0-9a-f]' * 32}.part"):
        folders.remove(part)
    # Opened as any new file is, so that whoever may read new files here may read this one too.
    temporary = path.with_name(f"{path.name}{uuid.uuid4().hex}.part")
    try:
        with temporary.open("xb") as file:
            folders.claim(file)
            if path.exists():
                shutil.copymode(path, temporary)
            np.savez(file, **{DIGEST: digest}, **arrays)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def load(path, kind="weights"):
    """Return (arrays, facts), the two dicts that `save` wrote.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is truncated, altered, of another kind, or not written by `save`.
    """
    path = npz_path(path)
    if path.exists() and not path.is_file():  # whoever opens a pipe waits for ever
        raise ValueError(f"{path} is no file: give the path of one that ends in .npz")
    with path.open("rb") as file:
        try:
            arrays = archives.arrays(file)
        except ValueError as error:
            raise ValueError(
                f"{path} is damaged or not a file of minidl ({error}). Take another copy of it, or "
                "save it again"
            ) from None
    if DIGEST not in arrays:
        raise ValueError(f"{path} was not written by minidl: it has no checksum")
    if arrays.pop(DIGEST).tobytes() != _digest(arrays):
        raise ValueError(f"{path} was altered after it was written: its checksum does not match")
    facts = _facts(arrays.pop(FACTS), path) if FACTS in arrays else {"kind": "weights"}
    if facts["kind"] != kind:
        raise ValueError(f"{path} holds {KINDS[facts['kind']]}")
    return arrays, facts


def _facts(text, path):
    """Return the dict that JSON in an array of bytes describes."""
    try:
        facts = json.loads(text.tobytes())
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is damaged: its facts are no JSON ({error})") from None
    check_facts(facts, path, kind=str)
    if facts["kind"] not in KINDS:
        raise ValueError(
            f"{path} is of a kind {facts['kind']!r:.80}, which is unknown here; there are "
            f"{', '.join(KINDS)}. Perhaps a newer version of minidl wrote it"
        )
    return facts


def check_facts(facts, source, **kinds):
    """See whether the facts of a file are there, and of the types that are given by their names.

    Raises:
        ValueError: names each that is not.
    """
    if not isinstance(facts, dict):
        raise ValueError(f"{source} is damaged: its facts are {facts!r:.80}, expected a dict")
    wrong = [f"{name} is missing" for name in kinds if name not in facts]
    wrong += [
        f"{name} is {facts[name]!r:.80}, expected {getattr(kind, '__name__', kind)}"
        for name, kind in kinds.items()
        if name in facts and not isinstance(facts[name], kind)
    ]
    if wrong:
        raise ValueError(
            f"{source} does not say what it should: {'; '.join(wrong)}. It is damaged, or was "
            "written by another program or version"
        )


def misfits(shapes, arrays, unknown="unknown"):
    """Return what is wrong with arrays, which should have these shapes by key; "" if nothing."""
    wrong = [f"{key}: missing" for key in shapes if key not in arrays]
    wrong += [f"{key}: {unknown}" for key in arrays if key not in shapes]
    wrong += [
        f"{key}: expected shape {shape}, got {arrays[key].shape}"
        for key, shape in shapes.items()
        if key in arrays and arrays[key].shape != shape
    ]
    wrong += [
        f"{key}: expected numbers, got {arrays[key].dtype}"
        for key in shapes
        if key in arrays and arrays[key].dtype.kind not in "biuf"
    ]
    return "; ".join(wrong)


@contextlib.contextmanager
def of_file(path):
    """In the block, what is read of a file is used: each error is a ValueError that names it."""
    try:
        yield
    except ValueError as error:
        if str(path) in str(error) and len(str(error)) < LONG:
            raise
        raise ValueError(f"{path}: {_shortened(error)}") from None
    except Exception as error:
        raise ValueError(
            f"{path}: what it describes cannot be made here ({type(error).__name__}: "
            f"{_shortened(error)}). It is damaged, was written by another version, or needs a "
            "class of yours as it was then"
        ) from error


def _shortened(error):
    """What an error says, less the middle of a name or a list of millions of characters."""
    text = str(error)
    return text if len(text) < LONG else f"{text[: LONG // 2]} ... {text[-LONG // 2 :]}"


def under(prefix, arrays):
    """Return the arrays whose keys start with `prefix`, without it."""
    return {key.removeprefix(prefix): v for key, v in arrays.items() if key.startswith(prefix)}


_KERAS_ENDINGS = r"(\.weights)?\.(h5|hdf5|keras|ckpt)$"


def npz_path(path):
    """Return `path` as a Path; a name that does not end in .npz is an error."""
    path = pathlib.Path(path)
    if path.suffix != ".npz":
        raise ValueError(
            f"models and weights are kept in .npz files; got {path.name!r}, write "
            f"{re.sub(_KERAS_ENDINGS, '', path.name) + '.npz'!r}"
        )
    return path


def _digest(arrays):
    total = hashlib.sha256()
    for key in sorted(arrays):
        array = np.ascontiguousarray(arrays[key])
        total.update(f"{key} {array.dtype.str} {array.shape} ".encode())
        total.update(array.tobytes())
    return total.digest()
