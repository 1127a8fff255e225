"""Files that Keras wrote: weights, whole models, and architectures as JSON.

| file | written by | holds |
|---|---|---|
| `x.weights.h5` | Keras 3, `save_weights` | weights, placed by the classes of the layers |
| `x.keras` | Keras 3, `save` | a zip: the architecture as JSON, and such weights |
| `x.h5` | Keras 2 and 3, `save`; Keras 2, `save_weights` | weights under the layers' names |

`hdf5` opens files, `weights` finds each array's place in a model, `architecture` turns Keras's JSON
into layers of ours. What is read is data: numbers and text. Nothing in a file is run, nothing is
unpickled, and no link to another file is followed; a `Lambda`, which is code, is refused.

The package h5py is needed to read any of these files, and loads when one is read.
"""

import contextlib
import io
import pathlib

from minidl.base import archives, npz
from minidl.layers.weights import assign, check
from minidl.models.keras_files import hdf5, weights
from minidl.models.keras_files.architecture import from_keras, model_from_json, parsed, to_json

__all__ = ["load_model", "load_weights", "model_from_json", "to_json", "written_by_keras"]

SUFFIXES = (".keras", ".h5", ".hdf5")


def written_by_keras(path):
    """Whether a file's name ends as Keras's files do."""
    return pathlib.Path(path).suffix in SUFFIXES


def load_weights(model, path, by_name=False):
    """Set a model's weights from a file of Keras's; nothing changes if one does not fit.

    Args:
        model: built, of layers that correspond to those of the Keras model, in the same order.
        path: a file of one of the kinds in `minidl.models.keras_files`.
        by_name: only the layers whose names are in the file; the others stay as they are.

    Raises:
        FileNotFoundError: there is no such file.
        ImportError: h5py is not installed.
        ValueError: it is damaged, of another kind, or (MisfitError) does not fit; names each array
            that does not.
    """
    path = _existing(path)
    with _weights_file(path) as file:
        try:
            find = weights.by_order if _is_older(file) else weights.by_class
            tensors, arrays = find(model, file, by_name)
        except npz.MisfitError as error:
            raise npz.MisfitError(f"{path}: {error}") from None
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None
        if by_name and not tensors:
            raise ValueError(
                f"{path} has weights of no layer that is called as one of this model: "
                f"{', '.join(model.sublayers())}"
            )
        check(tensors, arrays, f"the weights in {path}")  # the shapes, before any is read
        arrays = {key: array[...] for key, array in arrays.items()}
    assign(tensors, arrays, f"the weights in {path}")


def load_model(path):
    """Return the Sequential that Keras wrote to a .keras or .h5 file, with its weights.

    It is not compiled: call `compile` to go on training. What Keras's optimizer remembers is
    not read.

    Raises:
        FileNotFoundError, ImportError: as in `load_weights`.
        ValueError: it is damaged, holds weights alone, or a model that cannot be made here: names
            the layer or argument.
    """
    path = _existing(path)
    with npz.of_file(path):
        model = from_keras(*_config(path), weights_follow=True)
    if not model.built:
        raise ValueError(f"{path}: the model in it was never built, so it has no weights")
    load_weights(model, path)
    return model


def _config(path):
    """Return (the architecture as Keras's data, Keras's version)."""
    if path.suffix == ".keras":
        entries = [parsed(_entry(path, name)) for name in ("config.json", "metadata.json")]
        return entries[0], str(entries[1].get("keras_version", ""))
    with hdf5.opened(path, path) as file:
        if "model_config" not in file.attrs:
            raise ValueError(
                f"{path}: it holds weights and no architecture: build the model, then call its "
                "load_weights"
            )
        return parsed(file.attrs["model_config"]), str(file.attrs.get("keras_version", ""))


def _is_older(file):
    if "layer_names" in file.attrs or "layer_names0" in file.attrs or "model_weights" in file:
        return True
    if "layers" not in file and "vars" not in file:
        raise ValueError(
            "it is HDF5, but not a layout of Keras's: expected groups 'layers' or 'model_weights', "
            f"or the attribute 'layer_names'; found {', '.join(file) or 'nothing'}"
        )
    return False


def _existing(path):
    path = pathlib.Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    if not written_by_keras(path):
        raise ValueError(f"files of Keras's end in {', '.join(SUFFIXES)}; got {path.name!r}")
    return path


@contextlib.contextmanager
def _weights_file(path):
    inside = path.suffix == ".keras"
    source = io.BytesIO(_entry(path, "model.weights.h5")) if inside else path
    with hdf5.opened(source, path) as file:
        yield file


def _entry(path, name):
    """Return the bytes of one entry of a .keras file; a damaged one fails its checksum."""
    try:
        with path.open("rb") as file:
            most = hdf5.MOST_PACKED * path.stat().st_size
            return archives.zipped(file, most, [name])[name]
    except ValueError as error:
        raise ValueError(f"{path} is damaged, or not a .keras file ({error})") from None
