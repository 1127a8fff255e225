"""What a layer learns: its parameters, their gradients, and where to find them.

Every `Param` and `State` that is an attribute of a layer, or of a layer inside it, has a path:
"dense/W". The paths are the keys of weight files. A list or a tuple of them may be an attribute,
too: "parts/0/W".
"""

import warnings

import numpy as np

from minidl.base import npz
from minidl.base.arrays import moved, on_gpu, to_numpy

_NAMES = {"recurrent": "recurrent_kernel", "depthwise": "depthwise_kernel"}


class Tensor:
    """An array of a layer: it may be on a GPU, and is given and taken as one of NumPy's."""

    role = None  # "kernel", "bias", ...: see `roles` of `Layer`

    @property
    def shape(self):
        """The lengths of its axes."""
        return self.value.shape

    @property
    def name(self):
        """What Keras calls it in its layer: "kernel", "recurrent_kernel"; "" if it has no name."""
        return _NAMES.get(self.role, self.role or "")

    @property
    def dtype(self):
        """The type of its numbers."""
        return self.value.dtype

    def numpy(self):
        """Return a copy as an array of NumPy's."""
        return to_numpy(self.value).copy()

    def assign(self, array):
        """Take the numbers of an array of the same shape, wherever it is."""
        if on_gpu(self.value) and not on_gpu(array):
            self.value.set(np.ascontiguousarray(array, self.value.dtype))
        else:
            self.value[...] = array

    def move(self, xp):
        """Move it into the memory of `xp`, the module numpy or cupy."""
        self.value = moved(self.value, xp)


class Param(Tensor):
    """An array that is trained, and the gradient of the loss with respect to it.

    Args:
        value: array of any shape.
        trainable: False freezes this array alone; `layer.trainable` freezes a whole layer.
        regularizer: from `minidl.regularizers`: a penalty on the value, added to the loss.
        constraint: from `minidl.constraints`: applied to the value after every step.
    """

    def __init__(self, value, trainable=True, regularizer=None, constraint=None):
        self.value = np.asarray(value, order="C")  # kernels write into it as one row of numbers
        self.grad = np.zeros(self.value.shape, self.value.dtype)
        self.trainable = trainable
        self.regularizer, self.constraint = regularizer, constraint

    def move(self, xp):
        """Move the value and its gradient into the memory of `xp`, the module numpy or cupy."""
        super().move(xp)
        self.grad = moved(self.grad, xp)


class State(Tensor):
    """An array that is saved with the weights but not trained: a running mean, say."""

    def __init__(self, value):
        self.value = value


def once(items):
    """Dict of (path, item), each item under the first of its paths."""
    first = {}
    for path, item in items:
        first.setdefault(id(item), (path, item))
    return dict(first.values())


def assign(tensors, arrays, source="the given weights"):
    """Copy arrays into the Params and States of the same path, all or none; see `check`."""
    check(tensors, arrays, source)
    if wrong := "; ".join(_too_large(tensors, arrays)):
        raise npz.MisfitError(f"{source} do not fit this model; nothing was changed. {wrong}")
    broken = [path for path in tensors if not np.isfinite(arrays[path]).all()]
    if broken:
        warnings.warn(f"{source} hold NaN or infinity in {', '.join(broken)}", stacklevel=3)
    for path, tensor in tensors.items():
        tensor.assign(arrays[path])


def check(tensors, arrays, source):
    """See whether arrays fit the Params and States of the same path.

    Raises:
        npz.MisfitError: paths or shapes differ, or something is no number; names each.
    """
    shapes = {path: tensor.value.shape for path, tensor in tensors.items()}
    if wrong := npz.misfits(shapes, arrays, unknown="the model has no such array"):
        raise npz.MisfitError(f"{source} do not fit this model; nothing was changed. {wrong}")


def _too_large(tensors, arrays):
    """Yield what is wrong with numbers that would become infinite."""
    for path, tensor in tensors.items():
        array, dtype = arrays[path], tensor.value.dtype
        if array.dtype.kind == "f" and array.dtype.itemsize > dtype.itemsize and array.size:
            largest = np.abs(array[np.isfinite(array)]).max(initial=0)
            if largest > np.finfo(dtype).max:
                yield f"{path}: holds {largest:.3g}, and {dtype} ends at {np.finfo(dtype).max:.2g}"


KINDS = ("initializer", "regularizer", "constraint")


def of_roles(options, *roles):
    """Take from the dict `options` what it says about these roles, and return it as a dict."""
    return {name: options.pop(name) for name in arguments_of(*roles) if name in options}


def arguments_of(*roles):
    """Return the names of the arguments that these roles have."""
    return [f"{role}_{kind}" for role in roles for kind in KINDS]
