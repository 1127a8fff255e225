"""A small model, and files in the two layouts that Keras has for weights."""

import numpy as np
import pytest

from minidl.layers import Dense
from minidl.models import Sequential, keras_files

h5py = pytest.importorskip("h5py")


def small():
    """Four arrays: first/W (3, 4), first/b (4,), second/W (4, 2), second/b (2,)."""
    row = [Dense(4, "relu", name="first", input_shape=(3,)), Dense(2, name="second")]
    return Sequential(row, seed=0)


def arrays(model, seed=5):
    rng = np.random.default_rng(seed)
    return [rng.random(w.shape).astype("float32") for w in model.get_weights()]


def older(path, layers, inside=None, long_lists=False):
    """Write the layout of Keras 2; layers: dict from name to dict from weight name to array."""
    with h5py.File(path, "w") as file:
        root = file.create_group(inside) if inside else file
        names = [name.encode() for name in layers]
        if long_lists:  # Keras cuts lists that do not fit into a header
            root.attrs["layer_names0"], root.attrs["layer_names1"] = names[:1], names[1:]
        else:
            root.attrs["layer_names"] = names
        for name, weights in layers.items():
            group = root.create_group(name)
            group.attrs["weight_names"] = [key.encode() for key in weights]
            for key, array in weights.items():
                group[key] = array
    return path


def dense(name, W, b):
    return {f"{name}/kernel:0": W, f"{name}/bias:0": b}


def newer(path, places):
    """Write the layout of Keras 3; places: dict from path in the file to array."""
    with h5py.File(path, "w") as file:
        for place, array in places.items():
            file[place] = array
    return path


def places(weights):
    return {f"layers/dense{s}/vars/{i}": w for (s, i), w in zip(_SMALL, weights)}


_SMALL = [("", 0), ("", 1), ("_1", 0), ("_1", 1)]


def refused(model, path, said, error=ValueError, **options):
    """The file is refused in these words, and no weight has changed."""
    before = model.get_weights()
    with pytest.raises(error, match=said):
        keras_files.load_weights(model, path, **options)
    for old, new in zip(before, model.get_weights()):
        np.testing.assert_array_equal(old, new)
