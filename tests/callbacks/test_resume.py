"""Training that is killed by kill -9 and run again ends as if nothing had happened, bit for bit."""

import pathlib
import signal
import subprocess
import sys

import numpy as np
import pytest

from minidl import Sequential, callbacks
from minidl.base import npz
from minidl.layers import Dense, Dropout
from minidl.optimizers import SGD

PROGRAM = pathlib.Path(__file__).parents[1] / "support" / "resumed_program.py"
X, Y = np.random.default_rng(0).standard_normal((2, 16, 3)).astype("f4")


def _run(folder, moment, network, seed=7):
    command = [sys.executable, PROGRAM, folder, str(seed), moment, network]
    return subprocess.run(command, capture_output=True, text=True, timeout=900)


@pytest.fixture(scope="module")
def uninterrupted(request, tmp_path_factory):
    """Folder of a run that nobody killed; its name is the network's."""
    folder = tmp_path_factory.mktemp("uninterrupted") / request.param
    folder.mkdir()
    result = _run(folder, "never", request.param)
    assert result.returncode == 0, result.stderr
    assert len((folder / "log.csv").read_text().splitlines()) == 1 + 7  # it stopped early
    return folder


KILLED = [
    ("row", "batch 0 3"),  # nothing is there to resume
    ("row", "batch 3 3"),
    ("row", "batch 1 0", "batch 2 6", "batch 6 2"),
    ("row", "end 2"),
    ("row", "end 6"),
    ("row", "write 4"),
    ("row", "written 4"),
    ("row", "written 6"),  # everything was done but to delete the backup
    ("graph", "batch 1 2", "write 4"),
]


@pytest.mark.parametrize(
    ("uninterrupted", "moments"),
    [(network, moments) for network, *moments in KILLED],
    ids=map(", ".join, KILLED),
    indirect=["uninterrupted"],
    scope="module",
)
def test_a_killed_training_ends_with_the_same_bits(moments, uninterrupted, tmp_path):
    network, seed = uninterrupted.name, 7
    for moment in moments:
        result = _run(tmp_path, moment, network, seed)
        assert result.returncode == -signal.SIGKILL, result.stderr
        if not moment.startswith("batch 0"):
            assert (tmp_path / "backup" / "backup.npz").exists()
            seed += 1  # all that counts now comes from the backup, not from the program
    result = _run(tmp_path, "never", network, seed)
    assert result.returncode == 0, result.stderr

    for name in ("log.csv", "history.json"):
        assert (tmp_path / name).read_bytes() == (uninterrupted / name).read_bytes()
    for name, kind in (("end.npz", "weights"), ("best.npz", "model"), ("last.npz", "model")):
        (here, facts), (there, expected) = (
            npz.load(folder / name, kind) for folder in (tmp_path, uninterrupted)
        )
        assert here.keys() == there.keys()
        assert all(here[key].tobytes() == there[key].tobytes() for key in here)
        assert facts.get("generators") == expected.get("generators")
    assert list((tmp_path / "backup").iterdir()) == []


def _model(units=4, optimizer=None):
    model = Sequential([Dense(units, "tanh"), Dropout(0.2), Dense(1)], seed=0)
    model.compile(optimizer or SGD(0.01, momentum=0.9), "mse")
    return model


def _fit(folder, *others, model=None, epochs=3, **options):
    model = model or _model()
    watching = [callbacks.BackupAndRestore(folder), *others]
    options |= {"epochs": epochs, "batch_size": 4, "callbacks": watching, "verbose": 0}
    return model.fit(X, Y[:, 0], **options)


class _Crash(callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 2:
            raise OSError("crash")


@pytest.fixture
def backup(tmp_path):
    """Folder with the backup of a training that crashed after two of three epochs."""
    with pytest.raises(OSError, match="crash"):
        _fit(tmp_path / "new", _Crash())
    return tmp_path / "new"


def test_a_training_that_ended_leaves_no_backup(tmp_path):
    assert _fit(tmp_path).epoch == [0, 1, 2]
    assert list(tmp_path.iterdir()) == []
    assert _fit(tmp_path).epoch == [0, 1, 2]  # and the next one starts anew


def test_after_ctrl_c_the_backup_stays_and_training_goes_on(tmp_path, capsys):
    def press_ctrl_c(batch, logs):
        if len(model.history.epoch) == 1 and batch == 2:
            signal.raise_signal(signal.SIGINT)

    model = _model()
    _fit(tmp_path, callbacks.LambdaCallback(on_train_batch_end=press_ctrl_c), model=model)
    assert "Interrupted in epoch 2" in capsys.readouterr().out
    assert (tmp_path / "backup.npz").exists()
    resumed, whole = _model(), _model()
    assert _fit(tmp_path, model=resumed).epoch == [0, 1, 2]
    _fit(tmp_path, model=whole)
    for a, b in zip(resumed.get_weights(), whole.get_weights()):
        assert np.array_equal(a, b)


def test_after_ctrl_c_during_validation_it_stays_too(tmp_path):
    def press_ctrl_c(logs):
        if len(model.history.epoch) == 1:
            signal.raise_signal(signal.SIGINT)

    model, resumed, whole = _model(), _model(), _model()
    press = callbacks.LambdaCallback(on_test_begin=press_ctrl_c)
    _fit(tmp_path, press, model=model, validation_data=(X, Y[:, 0]))
    assert model.history.epoch == [0, 1]
    begun = []
    count = callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: begun.append(epoch))
    _fit(tmp_path, count, model=resumed, validation_data=(X, Y[:, 0]))
    assert begun == [2]
    _fit(tmp_path, model=whole, validation_data=(X, Y[:, 0]))
    for a, b in zip(resumed.get_weights(), whole.get_weights()):
        assert np.array_equal(a, b)


def test_the_backup_of_another_model_is_refused(backup):
    path = backup / "backup.npz"
    with pytest.raises(ValueError, match=rf"{path} do not fit this model; nothing was changed"):
        _fit(backup, model=_model(units=5))
    with pytest.raises(ValueError, match="does not fit Adam"):
        _fit(backup, model=_model(optimizer="adam"))
    model = Sequential([Dense(4), Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="does not fit this model: it has random generators"):
        _fit(backup, model=model)


def test_a_damaged_backup_is_refused(backup):
    path = backup / "backup.npz"
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(ValueError, match="damaged or not a file of minidl"):
        _fit(backup)


def test_more_callbacks_and_more_epochs_may_come_after_the_crash(backup):
    seen = []
    note = callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: seen.append(epoch))
    assert _fit(backup, note, callbacks.EarlyStopping("loss"), epochs=4).epoch[:3] == [0, 1, 2]
    assert seen[0] == 2
