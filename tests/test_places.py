"""Processes without a home, folders in which nobody may write: something works, or says why not."""

import errno
import os
import pathlib
import subprocess
import sys
import tempfile
import warnings

import numba
import numpy as np
import pytest

from minidl import Sequential, callbacks
from minidl.base import folders
from minidl.datasets import DataNotFoundError, files
from minidl.datasets.files import DataFile, fetch
from minidl.kernels import warmup
from minidl.layers import Dense

SHUT = "/dev/null/nowhere"  # no user, and not root either, can make a folder below a device
WITHOUT_A_HOME = """
import os
import pwd

def nobody(number):
    raise KeyError(number)

pwd.getpwuid = nobody
from minidl.base import folders
from minidl.datasets import files
from minidl.kernels.cuda import on_cpu

print(files.cache_folder(), on_cpu._folder(), folders.user_cache(), sep="\\n")
folders.for_kernels("/dev/null/package")
print(os.environ["NUMBA_CACHE_DIR"])
import numba

@numba.njit(cache=True)
def one():
    return 1

assert one() == 1
"""


@pytest.mark.skipif(os.name != "posix", reason="users have numbers on Linux and macOS")
def test_a_user_without_a_name_and_a_home(tmp_path):
    kept = {"PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "VIRTUAL_ENV"}
    variables = {key: value for key, value in os.environ.items() if key in kept}
    (tmp_path / "program.py").write_text(WITHOUT_A_HOME)
    done = subprocess.run(
        [sys.executable, "program.py"],
        cwd=tmp_path,
        env=variables | {"TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    own = tmp_path / f"minidl-{os.getuid()}"
    assert [pathlib.Path(line) for line in done.stdout.split()] == [
        own / "minidl",
        own / "minidl" / "cuda_on_cpu",
        own,
        own / "numba",
    ]
    assert own.stat().st_mode & 0o777 == 0o700
    assert not (tmp_path / "~").exists()


@pytest.mark.skipif(os.name != "posix", reason="users have numbers on Linux and macOS")
def test_what_somebody_else_has_laid_among_the_temporary_files_is_not_used(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    own = tmp_path / f"minidl-{os.getuid()}"
    assert folders.own_temporary() == own == folders.own_temporary()
    own.chmod(0o777)
    assert folders.own_temporary() != own
    own.rmdir()
    own.symlink_to(tmp_path)
    assert folders.own_temporary() != own
    own.unlink()
    own.write_text("")
    assert folders.own_temporary() != own


def test_kernels_are_kept_where_that_is_possible(monkeypatch, tmp_path):
    monkeypatch.setattr(numba.config, "CACHE_DIR", "")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "given"))
    folders.for_kernels(SHUT)
    assert os.environ["NUMBA_CACHE_DIR"] == str(tmp_path / "given")
    monkeypatch.setenv("NUMBA_CACHE_DIR", SHUT)
    with pytest.warns(UserWarning, match=f"NUMBA_CACHE_DIR={SHUT} is of no use.*cannot write"):
        folders.for_kernels(tmp_path)
    assert "NUMBA_CACHE_DIR" not in os.environ  # Numba takes the package's folder by itself
    assert numba.config.CACHE_DIR == ""
    monkeypatch.setenv("NUMBA_CACHE_DIR", SHUT)
    monkeypatch.setenv("XDG_CACHE_HOME", SHUT)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.warns(UserWarning, match="is of no use"):
        folders.for_kernels(SHUT)
    assert os.environ["NUMBA_CACHE_DIR"] == numba.config.CACHE_DIR
    assert os.environ["NUMBA_CACHE_DIR"].startswith(str(tmp_path))
    monkeypatch.delenv("NUMBA_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        folders.for_kernels(SHUT)
    assert "NUMBA_CACHE_DIR" not in os.environ


@pytest.mark.skipif(os.name != "posix", reason="devices as Linux and macOS have them")
def test_a_cache_of_kernels_that_cannot_be_written_ends_no_run_of_the_tests():
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-n",
        "0",
        "--co",
        __file__,
    ]
    done = subprocess.run(
        command,
        cwd=pathlib.Path(__file__).parents[1],
        env=os.environ | {"NUMBA_CACHE_DIR": SHUT},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(f"NUMBA_CACHE_DIR={SHUT} is of no use") == 1
    assert done.stderr == ""


def test_a_note_of_warm_kernels_that_nobody_may_read_or_write_says_no(monkeypatch):
    monkeypatch.setattr(numba.config, "CACHE_DIR", SHUT)
    warmup.note_warm()
    assert not warmup.is_warm()


def test_a_note_of_warm_kernels_holds_for_this_machine_alone(monkeypatch, tmp_path):
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    assert not warmup.is_warm()
    warmup.note_warm()
    assert warmup.is_warm()
    monkeypatch.setattr(warmup, "_here", lambda: "another processor")
    assert not warmup.is_warm()


def _fit(*given):
    """How many batches were trained until `fit` raised an OSError, and what it says."""
    batches, x = [], np.ones((8, 3), "f4")
    model = Sequential([Dense(1, input_shape=(3,))], seed=0)
    model.compile("sgd", "mse")
    count = callbacks.LambdaCallback(on_train_batch_begin=lambda batch, logs: batches.append(batch))
    with pytest.raises(OSError) as caught:
        model.fit(x, x[:, :1], callbacks=[count, *given], verbose=0)
    return len(batches), str(caught.value)


WRITERS = {
    "ModelCheckpoint": lambda folder: callbacks.ModelCheckpoint(folder / "{epoch:02d}.npz"),
    "BackupAndRestore": callbacks.BackupAndRestore,
    "CSVLogger": lambda folder: callbacks.CSVLogger(folder / "log.csv"),
}


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("below", ["file", "file/more", "read-only"])
def test_a_folder_that_cannot_be_written_is_noticed_before_the_first_epoch(
    name, below, tmp_path, monkeypatch
):
    (tmp_path / "file").write_text("")

    def refuse(dir):
        raise OSError(errno.EROFS, "Read-only file system")

    if below == "read-only":
        monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    batches, said = _fit(WRITERS[name](tmp_path / below))
    assert batches == 0
    assert f"{name} cannot write {tmp_path / below}" in said and "Choose another folder" in said
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_log_that_is_a_folder_is_noticed_too(tmp_path):
    batches, said = _fit(callbacks.CSVLogger(tmp_path))
    assert batches == 0 and "there is a folder of that name" in said


def test_looking_leaves_nothing_behind(tmp_path):
    model = Sequential([Dense(1, input_shape=(3,))])
    log = tmp_path / "old.csv"
    log.write_text("epoch,loss\n")
    for make in (*WRITERS.values(), lambda folder: callbacks.CSVLogger(log, append=True)):
        callback = make(tmp_path / "runs" / "new")
        callback.set_model(model)
        callback.on_train_begin({})
    assert list(tmp_path.iterdir()) == [log] and log.read_text() == "epoch,loss\n"


def test_a_cache_that_cannot_be_written_is_said_before_anything_is_asked(monkeypatch):
    monkeypatch.delenv("MINIDL_DATA", raising=False)
    monkeypatch.setenv("MINIDL_CACHE", SHUT)
    monkeypatch.setattr("pooch.HTTPDownloader", None)
    file = DataFile("things", "numbers", 9, "0" * 64, ("http://127.0.0.1:1/",), "nothing")
    with pytest.raises(DataNotFoundError, match=f"cache cannot write {SHUT}/things") as caught:
        fetch(file)
    assert "Set MINIDL_CACHE to another folder" in str(caught.value)
    assert files.own_copy("things", "numbers") is None


def test_a_tilde_that_is_nobody_s_home(monkeypatch):
    monkeypatch.setenv("MINIDL_CACHE", "~nobody-is-called-so/cache")
    with pytest.raises(OSError, match=r"~nobody-is-called-so/cache: .*Write the whole path"):
        files.own_copy("things", "numbers")
