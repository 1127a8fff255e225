"""Which array of a file belongs where in a model.

The arrays themselves need no change: kernels, gates and their order, moving statistics are laid out
here as they are in Keras, but for an axis of its own that heads have there. Only their places
differ. The two layouts:

Keras 3   by classes:  layers/dense/vars/0, layers/dense_1/vars/0, layers/lstm/cell/vars/0
older     by names:    the attribute layer_names, and in each layer's group weight_names; the
                       arrays that are trained come before those that are not
"""

import re

import numpy as np

from minidl.base.npz import MisfitError
from minidl.layers.attention.multihead import MultiHeadAttention
from minidl.layers.recurrent.base import Recurrent
from minidl.layers.recurrent.bidirectional import Bidirectional
from minidl.layers.sequences import TimeDistributed
from minidl.layers.weights import Tensor
from minidl.models.keras_files import hdf5

# What Keras calls an array, and the names it can have here.
NAMES = {
    "kernel": ("W", "w"),
    "embeddings": ("W",),
    "depthwise_kernel": ("w",),
    "recurrent_kernel": ("U",),
    "bias": ("b",),
    "gamma": ("gamma",),
    "beta": ("beta",),
    "moving_mean": ("moving_mean",),
    "moving_variance": ("moving_variance",),
}


def by_class(model, file, by_name):
    """Find a model's arrays in the layout of Keras 3.

    Args:
        model: built.
        file: an open HDF5 file.
        by_name: only those layers of the model whose names are in the file.

    Returns:
        (tensors, arrays): dicts from path to the Params and States to set, and from path to the
        data sets that were found; what is left over in the file has its path there.

    Raises:
        ValueError: a layer holds others in a way that Keras does not have.
    """
    if by_name:
        layers, known = model.sublayers(), _groups_by_name(file)
        places = [
            place for n, at in known.items() if n in layers for place in _places(layers[n], at)
        ]
    else:
        places = list(_places(model, ""))
    paths = {id(tensor): path for path, tensor in model.tensors().items()}
    tensors, arrays, of_heads = {}, {}, _of_heads(model)
    for tensor, place in places:
        path = paths[id(tensor)]
        tensors[path] = tensor
        if (found := hdf5.array(file, place)) is not None:
            arrays[path] = _heads_beside(tensor, found) if id(tensor) in of_heads else found
    if not by_name:
        read = {place for _, place in places}
        left = [place for place in hdf5.arrays_below(file) if place not in read]
        arrays |= {place: hdf5.array(file, place) for place in left}
    return tensors, arrays


def by_order(model, file, by_name):
    """Find a model's arrays in the older layout; arguments and results as in `by_class`.

    Raises:
        MisfitError: the layers differ in number, or an array of the file has another meaning than
            the one in its place here.
    """
    root = hdf5.member(file, "model_weights") or file
    stored = {name: _stored(root, name) for name in hdf5.names(root, "layer_names")}
    stored = {name: arrays for name, arrays in stored.items() if arrays}
    layers = {name: layer for name, layer in model.sublayers().items() if layer.weights}
    if by_name:
        pairs = [(layers[name], stored[name]) for name in layers if name in stored]
    elif len(layers) == len(stored):
        pairs = list(zip(layers.values(), stored.values()))
    else:
        raise MisfitError(
            f"it has weights of {len(stored)} layers ({', '.join(stored)}), the model has "
            f"{len(layers)} with weights ({', '.join(layers)}); nothing was changed"
        )
    paths = {id(tensor): path for path, tensor in model.tensors().items()}
    tensors, arrays, wrong, of_heads = {}, {}, [], _of_heads(model)
    for layer, found in pairs:
        mine = {paths[id(t)]: t for t in layer.trainable_weights + layer.non_trainable_weights}
        tensors |= mine
        keys = [*mine, *list(found)[len(mine) :]]  # arrays too many keep their own names
        arrays |= dict(zip(keys, found.values()))
        for path in mine.keys() & arrays.keys():
            if id(mine[path]) in of_heads:
                arrays[path] = _heads_beside(mine[path], arrays[path])
        for path, name in zip(mine, found):
            meaning = re.sub(r":\d+$", "", name).rpartition("/")[2]
            if path.rpartition("/")[2] not in NAMES.get(meaning, (path.rpartition("/")[2],)):
                wrong.append(f"{path}: the file has {name} in its place")
    if wrong:
        raise MisfitError(
            f"its arrays come in another order than the model's, perhaps because other layers were "
            f"frozen; nothing was changed. {'; '.join(wrong)}"
        )
    return tensors, arrays


def _places(layer, at, seen=None):
    """Yield (tensor, place in the file) for all that is in and below a layer."""
    seen = set() if seen is None else seen
    if id(layer) in seen:  # it stands twice in the model, and once in the file
        return
    seen.add(id(layer))
    own = f"{at}/cell/vars" if isinstance(layer, Recurrent) else f"{at}/vars"
    for i, tensor in enumerate(layer.attributes_of(Tensor).values()):
        yield tensor, f"{own}/{i}".lstrip("/")
    for child, place in _children(layer):
        yield from _places(child, f"{at}/{place}".lstrip("/"), seen)


def _children(layer):
    """Yield (layer inside, where it is in the group of this one)."""
    inside = layer.sublayers().values()
    if isinstance(layer, Bidirectional):
        yield from (
            (layer.forward_layer, "forward_layer"),
            (layer.backward_layer, "backward_layer"),
        )
    elif isinstance(layer, MultiHeadAttention):
        yield from (
            (part, name) for name, part in layer.sublayers().items() if name.endswith("_dense")
        )
    elif isinstance(layer, TimeDistributed):
        yield layer.layer, "layer"
    elif hasattr(layer, "fit"):  # a model
        counts = {}
        for child in inside:
            name = _snake_case(type(child).__name__)
            name = "functional" if name == "model" else name  # as Keras calls a graph's class
            number = counts[name] = counts.get(name, -1) + 1
            yield child, f"layers/{name}_{number}" if number else f"layers/{name}"
    elif any(child.weights for child in inside):
        raise ValueError(
            f"layer {layer.name!r} ({type(layer).__name__}) has layers with weights inside, and "
            "Keras has no such layer: its weights cannot come from Keras"
        )


def _heads_beside(tensor, array):
    """Return an array of Keras's MultiHeadAttention, (D, H, K), as it is here: (D, H K)."""
    heads = len(array.shape) == len(tensor.shape) + 1 and array.size == tensor.value.size
    return np.asarray(array).reshape(tensor.shape) if heads else array


def _of_heads(model):
    """The ids of the tensors that Keras lays out with an axis for the heads."""
    found = [layer for _, layer in model.walk() if isinstance(layer, MultiHeadAttention)]
    return {id(tensor) for layer in found for tensor in layer.weights}


def _groups_by_name(file):
    """Dict from a layer's name to its group's path, in the layout of Keras 3."""
    found = {}
    for group in hdf5.member(file, "layers") or ():
        own = hdf5.member(file, f"layers/{group}/vars")
        if own is not None and "name" in own.attrs:
            found[own.attrs["name"]] = f"layers/{group}"
    return found


def _stored(root, name):
    """Dict from name to data set, the arrays of one layer in the older layout."""
    group = hdf5.member(root, name)
    if group is None:
        raise ValueError(f"it lists a layer {name!r} and does not hold it")
    found = {key: hdf5.array(group, key) for key in hdf5.names(group, "weight_names")}
    if lost := [key for key, array in found.items() if array is None]:
        raise ValueError(f"it lists the arrays {', '.join(lost)} and does not hold them")
    return found


def _snake_case(name):
    """Return a class's name as Keras 3 writes it: ReLU -> re_lu, Conv2D -> conv2d."""
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()
