"""Weight files of the demos: 8 bits a number, with what was measured with just these numbers.

A file is JSON: `network`, `made_by` (the command), `measured` (facts), `told` (a sentence for
the reader), `tensors` by name, `extra` (what else the demo needs), and `sha256` of the tensors.

Arrays of two axes and more are stored as int8 q with one float32 scale for each output, the last
axis, so that w = scale q; |q| is at most 127. Arrays of one axis are stored as float32. All numbers
are little-endian, in base64.
"""

import base64
import hashlib
import json
import pathlib

import numpy as np

FOLDER = pathlib.Path(__file__).parent / "weights"
ELSEWHERE = {  # what trains for longer than a minute or two
    "calculator": "python benchmarks/calculator.py",
    "language_model": "python benchmarks/language_model.py train",
}


def command(name):
    """Return the command that makes a file anew."""
    return ELSEWHERE.get(name, f"python -m minidl_course.play.train {name}")


def packed(array):
    """Return an array as a dict of plain data, see above."""
    array = np.asarray(array, "<f4")
    if not np.isfinite(array).all():
        raise ValueError("weights hold NaN or inf: has the training diverged?")
    stored = {"shape": list(array.shape)}
    if array.ndim < 2:
        return stored | {"floats": _text(array)}
    axes = tuple(range(array.ndim - 1))
    scale = (np.abs(array).max(axis=axes) / 127).astype("<f4")
    q = np.rint(array / np.where(scale > 0, scale, 1)).astype("i1")
    return stored | {"scale": _text(scale), "q": _text(q)}


def unpacked(stored):
    """Return the array, float32, of what `packed` returned."""
    if "floats" in stored:
        return _array(stored["floats"], "<f4").reshape(stored["shape"])
    q, scale = _array(stored["q"], "i1"), _array(stored["scale"], "<f4")
    return q.reshape(stored["shape"]).astype("<f4") * scale


def _text(array):
    return base64.b64encode(array.tobytes()).decode("ascii")


def _array(text, dtype):
    return np.frombuffer(base64.b64decode(text, validate=True), dtype)


def rounded(model):
    """Round all weights of a model to what its weight file will hold; return the model."""
    for tensor in model.tensors().values():
        tensor.assign(unpacked(packed(tensor.numpy())))
    return model


def digest(tensors):
    """SHA-256, as text, of stored tensors: their names, shapes and numbers."""
    return hashlib.sha256(json.dumps(tensors, sort_keys=True).encode()).hexdigest()


def write(name, arrays, **facts):
    """Write weights/NAME.json of {name: array}, with facts: see above."""
    tensors = {key: packed(array) for key, array in arrays.items()}
    file = {"network": name, "made_by": command(name), "sha256": digest(tensors), **facts}
    path = FOLDER / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    text = json.dumps(file | {"tensors": tensors}, indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def load(name):
    """Return the file weights/NAME.json as a dict.

    Raises `ValueError` for a file that is missing or damaged; says which command makes it anew.
    """
    path = FOLDER / f"{name}.json"
    remedy = f"make it anew: {command(name)}"
    try:
        file = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ValueError(f"{path} is missing; {remedy}") from error
    except ValueError as error:
        raise ValueError(f"{path} is no JSON ({error}); {remedy}") from error
    if digest(file.get("tensors")) != file.get("sha256"):
        raise ValueError(f"{path}: its tensors are not those of its sha256; {remedy}")
    return file


def arrays(name):
    """Return {tensor: array float32} of weights/NAME.json, as the browser computes with them."""
    return {key: unpacked(stored) for key, stored in load(name)["tensors"].items()}


def restored(model, name):
    """Put the weights of a file into a built model; return the model. Names and shapes must fit."""
    stored, tensors = arrays(name), model.tensors()
    if {k: a.shape for k, a in stored.items()} != {k: t.shape for k, t in tensors.items()}:
        raise ValueError(
            f"weights of {name}: the model has {list(tensors)}, the file {list(stored)}, or their "
            f"shapes differ; make the file anew: {command(name)}"
        )
    for key, tensor in tensors.items():
        tensor.assign(stored[key])
    return model
