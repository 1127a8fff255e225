"""Weight files: whole or absent, checked before a weight is touched, never a pickle."""

import os
import pickle

import numpy as np
import pytest

from minidl import Sequential
from minidl.base import npz
from minidl.layers import Dense


def _model(units=4, seed=0):
    return Sequential([Dense(units, "relu", input_shape=(3,)), Dense(2, name="head")], seed=seed)


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "weights.npz"
    _model().save_weights(path)
    return path


def _refuses(path, message, model=None):
    model = model or _model(seed=1)
    before = model.get_weights()
    with pytest.raises(ValueError, match=message):
        model.load_weights(path)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights()))


def test_weights_come_back_bit_for_bit(saved):
    model = _model(seed=1)
    model.load_weights(str(saved))
    for a, b in zip(model.get_weights(), _model().get_weights()):
        assert np.array_equal(a, b)


def test_the_file_is_plain_npz_keyed_by_path(saved):
    with np.load(saved, allow_pickle=False) as file:
        assert set(file.files) == {"dense/W", "dense/b", "head/W", "head/b", npz.DIGEST}


def test_set_weights_takes_what_get_weights_gives_and_copies_it():
    model, other = _model(), _model(seed=1)
    weights = model.get_weights()
    other.set_weights(weights)
    weights[0][:] = 7
    assert np.array_equal(other.get_weights()[0], model.get_weights()[0])


def test_weights_of_another_architecture_are_refused_by_name_and_shape(saved):
    _refuses(
        saved,
        r"do not fit this model; nothing was changed\. "
        r"dense/W: expected shape \(3, 5\), got \(3, 4\); dense/b.*head/W",
        _model(units=5),
    )
    other = Sequential([Dense(4, input_shape=(3,)), Dense(2)])
    _refuses(saved, "dense_1/W: missing.*head/W: the model has no such array", other)


def test_set_weights_refuses_the_wrong_number_and_shape():
    model = _model()
    with pytest.raises(ValueError, match="has 4 arrays of weights; got 3"):
        model.set_weights(model.get_weights()[:3])
    with pytest.raises(ValueError, match=r"dense/W: expected shape \(3, 4\), got \(4, 3\)"):
        model.set_weights([w.T for w in model.get_weights()])


@pytest.mark.parametrize("bad", ["text", 1j, None])
def test_weights_that_are_no_numbers_change_nothing(bad):
    model = _model()
    before = model.get_weights()
    with pytest.raises(ValueError, match="head/b: expected numbers"):
        model.set_weights([*(a + 1 for a in before[:-1]), np.full(2, bad)])
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights()))


def test_weights_that_hold_nan_are_taken_and_said():
    model = _model()
    weights = model.get_weights()
    weights[-1][0] = np.nan
    with pytest.warns(UserWarning, match="NaN or infinity in head/b"):
        model.set_weights(weights)


def test_a_link_stays_a_link_and_keeps_the_permissions_of_its_file(saved):
    saved.chmod(0o600)
    link = saved.with_name("link.npz")
    link.symlink_to(saved)
    _model(seed=1).save_weights(link)
    assert link.is_symlink() and saved.stat().st_mode & 0o777 == 0o600
    _model().load_weights(saved)


def test_what_a_killed_save_left_goes_with_the_next_one(saved):
    left, young = (saved.with_name(f"{saved.name}{c * 32}.part") for c in "af")
    left.write_bytes(b"half")
    young.write_bytes(b"half")  # somebody may just have opened it
    os.utime(left, (0, 0))
    _model().save_weights(saved)
    assert not left.exists() and young.exists()


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.99])
def test_a_truncated_file_is_refused(saved, share):
    content = saved.read_bytes()
    saved.write_bytes(content[: int(share * len(content))])
    _refuses(saved, "damaged or not a file of minidl")


def test_a_flipped_bit_is_noticed(saved):
    content = bytearray(saved.read_bytes())
    content[len(content) // 2] ^= 1
    saved.write_bytes(content)
    _refuses(saved, "damaged|altered")


def test_an_array_changed_in_the_file_is_noticed(saved):
    with np.load(saved) as file:
        arrays = dict(file)
    arrays["head/b"] = arrays["head/b"] + 1
    np.savez(saved, **arrays)
    _refuses(saved, "altered after it was written")


def test_a_foreign_npz_and_a_pickle_are_refused(tmp_path):
    path = tmp_path / "foreign.npz"
    np.savez(path, W=np.zeros(3))
    _refuses(path, "not written by minidl: it has no checksum")
    path.write_bytes(pickle.dumps({"W": np.zeros(3)}))
    _refuses(path, "damaged or not a file of minidl")
    np.savez(path, W=np.array([object()]))
    _refuses(path, "damaged or not a file of minidl")


def test_a_missing_file_and_another_suffix_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        _model().load_weights(tmp_path / "nowhere.npz")
    with pytest.raises(ValueError, match=r"kept in \.npz files; got 'weights\.h5'"):
        _model().save_weights("weights.h5")


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r"cannot save .*runs.w\.npz: .* no folder '.*runs'"
    ):
        _model().save_weights(tmp_path / "runs" / "w.npz")
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(os.name != "posix", reason="other systems have no umask")
@pytest.mark.parametrize("umask", [0o022, 0o002, 0o077])
def test_a_file_may_be_read_by_whoever_may_read_new_files(umask, tmp_path):
    before = os.umask(umask)
    try:
        _model().save_weights(tmp_path / "weights.npz")
    finally:
        os.umask(before)
    assert (tmp_path / "weights.npz").stat().st_mode & 0o777 == 0o666 & ~umask


def test_a_crash_while_saving_leaves_the_old_file_and_nothing_else(saved, monkeypatch):
    before = saved.read_bytes()

    def fail(file, **arrays):
        file.write(b"half of it")
        raise OSError("no space left on device")

    monkeypatch.setattr(np, "savez", fail)
    with pytest.raises(OSError, match="no space left"):
        _model(seed=1).save_weights(saved)
    assert saved.read_bytes() == before and list(saved.parent.iterdir()) == [saved]
