"""Files of every kind, damaged at random places: loading gives the same arrays or one clear error.

A file with a checksum (ours, and the zip that is a .keras file) never gives other numbers. HDF5 has
none, so there a number may differ; but no error is of another kind.
"""

import copy
import json

import numpy as np
from forged import zipped
from keras_layouts import newer, older

from minidl import Input, Sequential, callbacks, models
from minidl.base import npz
from minidl.layers import LSTM, BatchNormalization, Dense, Dropout
from minidl.models import keras_files

ODD = [None, True, -1, 0, 7, 10**12, 1e308, "", "relu", "x" * 99, [], [1], {}, {"class": "Dense"}]


def model(seed=0):
    """A compiled model with memory, states and generators."""
    row = [LSTM(3, stateful=True), BatchNormalization(), Dropout(0.5), Dense(2, name="head")]
    made = Sequential([Input((2, 2)), *row], seed=seed)
    made.compile("adam", "mse")
    return made


def files(folder):
    """Write sound files of these names; return {name: function of a path, to a list of arrays}."""
    x = np.random.default_rng(0).standard_normal((4, 2, 2)).astype("f4")
    whole = model()
    whole.fit(x, x[:, 0], batch_size=2, verbose=0)
    whole.save(folder / "model.npz")
    whole.save_weights(folder / "weights.npz")
    keep = callbacks.BackupAndRestore(folder)
    keep.set_model(whole)
    whole.stop_training = False
    keep.on_epoch_end(0, {})
    row = Sequential([Dense(4, "relu", input_shape=(3,)), Dense(2)], seed=0)
    weights = row.get_weights()
    places = {f"layers/dense{s}/vars/{i}": weights[k] for k, (s, i) in enumerate(PLACES)}
    newer(folder / "new.weights.h5", places)
    layers = {"a": {"kernel:0": weights[0], "bias:0": weights[1]}}
    layers["b"] = {"kernel:0": weights[2], "bias:0": weights[3]}
    older(folder / "old.h5", layers)
    zipped(folder / "zip.keras", {"model.weights.h5": (folder / "new.weights.h5").read_bytes()})

    def into(make):
        def read(path):
            made = make()
            made.load_weights(path)
            return made.get_weights()

        return read

    def backup(path):
        arrays, facts = npz.load(path, "backup")
        return [*arrays.values(), np.array(json.dumps(facts))]

    def keras(path):
        made = Sequential([Dense(4, "relu", input_shape=(3,)), Dense(2)], seed=1)
        keras_files.load_weights(made, path)
        return made.get_weights()

    return {
        "weights.npz": into(lambda: model(1)),
        "model.npz": lambda path: models.load_model(path).get_weights(),
        "backup.npz": backup,
        "zip.keras": keras,
        "new.weights.h5": keras,
        "old.h5": keras,
    }


PLACES = [("", 0), ("", 1), ("_1", 0), ("_1", 1)]


def damaged(contents, rng):
    """Return the bytes of a file with one to three things done to them."""
    found = bytearray(contents)
    for _ in range(rng.integers(1, 4)):
        at, length = int(rng.integers(0, len(found) + 1)), int(rng.integers(1, 40))
        match rng.integers(0, 6):
            case 0 if at < len(found):
                found[at] ^= 1 << int(rng.integers(0, 8))
            case 1:
                found[at : at + length] = rng.bytes(length)
            case 2:
                del found[at : at + length]
            case 3:
                found[at:at] = rng.bytes(length)
            case 4:
                found[at : at + length] = bytes(length)
            case 5 if rng.random() < 0.3:
                del found[at:]
    return bytes(found)


def outcome(read, path, expected):
    """Load a damaged file; return "same", "other" or "refused".

    Raises:
        AssertionError: another kind of error, or one that does not name the file.
    """
    try:
        found = read(path)
    except (ValueError, OSError) as error:
        assert path.name in str(error), f"does not name the file: {error!r}"
        return "refused"
    except Exception as error:
        raise AssertionError(f"{type(error).__name__}: {error}") from error
    same = len(found) == len(expected) and all(
        a.shape == b.shape and np.array_equal(a, b) for a, b in zip(found, expected)
    )
    return "same" if same else "other"


def odd(facts, rng):
    """Return facts in which something, at any depth, is replaced by what is odd there."""
    facts = copy.deepcopy(facts)
    places, waiting = [], [facts]
    while waiting:
        node = waiting.pop()
        keys = node.keys() if isinstance(node, dict) else range(len(node))
        places += [(node, key) for key in keys if key != "kind"]
        waiting += [node[key] for key in keys if isinstance(node[key], dict | list)]
    node, key = places[rng.integers(len(places))]
    if isinstance(node, dict) and rng.random() < 0.2:
        del node[key]
    else:
        node[key] = ODD[rng.integers(len(ODD))]
    return facts
