"""A stand-in for CuPy on a machine without a GPU, strict where CuPy is.

Its arrays are NumPy's inside, but no NumPy array mixes with them, and none of them becomes one by
itself: what would be a forgotten transfer is an error here as there. `RawModule` runs CUDA text on
the CPU. Every time the program reads a number, and so would wait for a GPU, `waits` counts it, also
where CuPy reads it, to know the size of a result. Copies take as long as they can: they are under
way until somebody waits for them, and `lost` notes memory that was freed before. `used` collects
the names of the functions that were asked for, to be compared with CuPy's.
"""

import contextlib
import importlib.machinery
import types
import weakref

import numpy as np
import scipy.special

from minidl.kernels import cuda
from minidl.kernels.cuda import on_cpu

waits, lost = [], []
used = set()
# How often CuPy reads inside of these (its sources say "synchronize!").
_READS = {"bincount": 2, "nonzero": 1, "flatnonzero": 1, "argwhere": 1, "unique": 1, "extract": 1}


class ndarray(np.lib.mixins.NDArrayOperatorsMixin):  # noqa: N801  CuPy's name
    """An array on the pretended GPU."""

    __module__ = "cupy"  # where `minidl.base.arrays` looks

    def __init__(self, array, device=0):
        self._array, self.device = array, Device(device)

    def __array__(self, *args, **kwargs):
        raise TypeError("Implicit conversion to a NumPy array is not allowed. Use `.get()`")

    def __array_ufunc__(self, ufunc, method, *inputs, out=(), **kwargs):
        assert hasattr(np, ufunc.__name__), f"CuPy has no {ufunc.__name__}"
        used.add(ufunc.__name__)
        if out:
            kwargs["out"] = tuple(map(_inside, out))
        return _outside(getattr(ufunc, method)(*map(_inside, inputs), **kwargs))

    def __array_function__(self, function, _, args, kwargs):
        used.add(function.__name__)
        _note_reads(function.__name__, args)
        return _outside(function(*_inside(args), **_inside(kwargs)))

    @property
    def flags(self):  # CuPy has these three alone
        names = ("c_contiguous", "f_contiguous", "owndata")
        return types.SimpleNamespace(**{name: getattr(self._array.flags, name) for name in names})

    def __getattr__(self, name):
        if name.startswith("__"):  # __array_interface__ would be a way in for NumPy
            raise AttributeError(name)
        found = getattr(self._array, name)
        if not callable(found):
            return _outside(found)
        _note_reads(name)
        return lambda *args, **kwargs: _outside(found(*_inside(args), **_inside(kwargs)))

    def __getitem__(self, index):
        _note_mask(index)
        return _outside(self._array[_inside(index)])

    def __setitem__(self, index, value):
        if np.ndim(_inside(value)):
            _note_mask(index)
        self._array[_inside(index)] = _inside(value)

    def __len__(self):
        return len(self._array)

    def get(self):
        waits.append("get")
        return self._array.copy()

    def set(self, array, stream=None):
        assert isinstance(array, np.ndarray) and array.dtype == self._array.dtype
        self._array[...] = array
        if stream:
            stream.copy(array.base, self._array.base)

    def item(self):
        waits.append("item")
        return self._array.item()

    def tolist(self):
        waits.append("tolist")
        return self._array.tolist()

    def __float__(self):
        waits.append("float")
        return float(self._array)

    def __bool__(self):
        waits.append("bool")
        return bool(self._array)

    def __repr__(self):
        return f"cupy {self._array!r}"


def _note_reads(name, args=()):
    reads = 1 if name == "where" and len(args) == 1 else _READS.get(name, 0)
    waits.extend([name] * reads)


def _note_mask(index):
    """CuPy counts the True in a mask, to know the size of what it selects."""
    parts = index if isinstance(index, tuple) else (index,)
    waits.extend("mask" for p in parts if isinstance(p, ndarray) and p.dtype == bool)


def _inside(value):
    """NumPy's form of an argument; an array of NumPy's is refused."""
    if isinstance(value, ndarray):
        return value._array
    if isinstance(value, np.ndarray):
        raise TypeError(f"Unsupported type {type(value)}")
    if isinstance(value, tuple | list):
        return type(value)(map(_inside, value))
    return {k: _inside(v) for k, v in value.items()} if isinstance(value, dict) else value


def _outside(value):
    if isinstance(value, np.ndarray | np.generic):
        return ndarray(np.asarray(value))  # CuPy has no scalars of its own
    return type(value)(map(_outside, value)) if isinstance(value, tuple | list) else value


class RawModule:
    """CUDA text, compiled for the CPU."""

    def __init__(self, code, options):
        kernels = cuda.Program(code.removeprefix(cuda.PRELUDE)).kernels
        (real,) = (option.removeprefix("-DREAL=") for option in options)
        self.module = on_cpu.Module(code, kernels, real)

    def get_function(self, name):
        run = self.module.get_function(name)
        return lambda grid, block, args: run(
            tuple(max(1, blocks) for blocks in grid),  # as CuPy does: 0 blocks are 1
            block,
            tuple(a._array if isinstance(a, ndarray) else a for a in args),
        )


class Device:
    def __init__(self, number):
        self.id = number

    def __repr__(self):
        return f"<CUDA Device {self.id}>"


class Stream:
    """An order of copies, each of them under way until somebody waits."""

    def __init__(self, non_blocking=False):
        self.under_way = []

    def copy(self, source, target):
        places = {"main memory": source, "the GPU's memory": target}
        self.under_way += [weakref.finalize(a, lost.append, name) for name, a in places.items()]

    def wait_event(self, event):
        pass

    def synchronize(self):
        _end(self.under_way)


class Event:
    def __init__(self):
        self.before = []

    def record(self, stream=None):
        self.before = list(stream.under_way) if stream else []

    def synchronize(self):
        _end(self.before)


def _end(copies):
    for copy in copies:
        copy.detach()  # from now on its memory may go
    copies.clear()


MEMORY = 8 * 2**30  # bytes


class OutOfMemoryError(MemoryError):
    __module__ = "cupy.cuda.memory"


def empty(shape, dtype=float):
    dtype = np.dtype(dtype)
    if not dtype.isnative or dtype.char == "g":
        raise TypeError(f"Unsupported dtype {dtype}")
    size = np.prod(shape, dtype=object) * dtype.itemsize
    if size > MEMORY:
        raise OutOfMemoryError(f"Out of memory allocating {size:,} bytes (allocated so far: 0)")
    return ndarray(np.empty(shape, dtype))


def make():
    """Return the modules that can take CuPy's place in sys.modules, by their names."""
    module = types.ModuleType("cupy")
    module.__spec__ = importlib.machinery.ModuleSpec("cupy", None)
    module.ndarray, module.RawModule = ndarray, RawModule
    module.empty = empty
    module.asarray = lambda a, dtype=None: ndarray(
        np.asarray(a._array if isinstance(a, ndarray) else a, dtype)
    )
    module.cuda = types.SimpleNamespace(
        Stream=Stream,
        Event=Event,
        get_current_stream=Stream,
        alloc_pinned_memory=bytearray,
        runtime=types.SimpleNamespace(
            getDeviceCount=lambda: 1, memGetInfo=lambda: (MEMORY // 8, MEMORY)
        ),
    )

    def function(name):
        if name.startswith("__"):
            raise AttributeError(name)
        found = getattr(np, name)
        if not callable(found) or isinstance(found, type):
            return found

        def run(*args, **kwargs):
            _note_reads(name, args)
            return _outside(found(*_inside(args), **_inside(kwargs)))

        used.add(name)
        return run

    module.__getattr__ = function
    special = types.ModuleType("cupyx.scipy.special")
    special.ndtr = lambda x: _outside(scipy.special.ndtr(_inside(x)))
    return {"cupy": module, "cupyx.scipy.special": special}


@contextlib.contextmanager
def counted():
    """Yield a list that collects every wait inside of this context."""
    waits.clear()
    yield waits
