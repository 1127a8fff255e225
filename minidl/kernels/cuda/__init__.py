"""CUDA kernels: text in C++, compiled when it is first needed, run where its arrays live.

    _CUDA = Program(r'''
    extern "C" __global__ void scale(T* y, const T* x, T factor, Long n) {
        Long i = thread_index();
        if (i < n) y[i] = factor * x[i];
    }
    ''')
    _CUDA.for_each("scale", y.size, y, x, 2.0)

Arrays of CuPy are on a GPU: CuPy compiles the text and starts it there. Arrays of NumPy are in main
memory: a C++ compiler translates the same text, with a header that does one thread after the
other what a GPU does at once (`on_cpu`). That is slow, and made for reading, grading and testing on
a machine without a GPU.

T is the float type of the arrays, float or double, so a kernel is written once for both. PRELUDE
stands above each text. Notation: a grid of blocks, a block of threads.
"""

import re
from typing import NamedTuple

import numpy as np

from minidl.base.arrays import array_module
from minidl.kernels.cuda import on_cpu

BLOCK = 256  # threads in a block, where a kernel has no reason for another number

PRELUDE = """\
typedef REAL T;  // float or double, as the compiler is told
typedef long long Long;  // of a place in an array, which may hold more than 2^31 numbers

// The number of this thread among those of all blocks.
__device__ inline Long thread_index() { return (Long)blockIdx.x * blockDim.x + threadIdx.x; }
"""

_SIGNATURE = re.compile(r'extern\s+"C"\s+__global__\s+void\s+(\w+)\s*\(([^)]*)\)')
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_FLOATS = {np.dtype("float32"): "float", np.dtype("float64"): "double"}  # what T is
_TYPES = {
    "T": None,
    "bool": np.dtype("bool"),
    "unsigned char": np.dtype("uint8"),
    "int": np.dtype("int32"),
    "unsigned int": np.dtype("uint32"),
    "Long": np.dtype("int64"),
    "float": np.dtype("float32"),
    "double": np.dtype("float64"),
}
_FLOAT32, _NULL = np.dtype("float32"), np.uintp(0)


class Parameter(NamedTuple):
    """One parameter of a kernel: its name, its C++ type, whether it is a pointer to that type."""

    name: str
    type: str
    pointer: bool
    dtype: np.dtype | None  # NumPy's name for the type; None for T


class Program:
    """Some kernels in one text.

    Args:
        text: CUDA C++ with kernels, each `extern "C" __global__ void name(...)`. Parameters are
            scalars and pointers, of the types T, Long, int, unsigned int, unsigned char, bool,
            float, double.
    """

    def __init__(self, text):
        self.text = PRELUDE + text
        self.kernels = {
            name: [_parameter(written) for written in parameters.split(",")]
            for name, parameters in _SIGNATURE.findall(_COMMENT.sub("", text))
        }
        self._modules = {}
        self._functions = {}

    def for_each(self, name, n, *args):
        """Start one thread for each of n elements; n follows `args` as the last argument."""
        self.launch(name, -(-n // BLOCK), BLOCK, *args, n)

    def launch(self, name, grid, block, *args):
        """Start a kernel; without blocks there is nothing to start.

        A GPU is done with a small kernel before Python can start the next one. So this looks at
        each array once, and makes a message only where something is wrong.

        Args:
            name: of the kernel.
            grid: number of blocks, an integer or up to three (x, y, z).
            block: number of threads in a block, likewise; at most 1024 in all.
            args: an array for each pointer (None for a null pointer), a number for each scalar.

        Raises:
            TypeError: an array of the wrong type, or in another memory than the first; or there
                are more or fewer arguments than parameters.
            ValueError: an array that is not C-contiguous.
            RuntimeError: without a GPU: no C++ compiler, or a kernel that writes outside of its
                arrays or whose threads do not all reach a `__syncthreads()`.
        """
        parameters = self.kernels[name]
        if len(args) != len(parameters):
            raise TypeError(f"kernel {name!r} takes {len(parameters)} arguments; got {len(args)}")
        arrays = [(p, a) for p, a in zip(parameters, args) if p.pointer and a is not None]
        real = next((a.dtype for p, a in arrays if p.type == "T"), _FLOAT32)
        if real not in _FLOATS:
            raise TypeError(f"kernel {name!r} computes in float32 or float64; got {real} arrays")
        first, values = arrays[0][1], []
        device = _device(first)
        for parameter, value in zip(parameters, args):
            dtype = parameter.dtype or real
            if not parameter.pointer:
                value = dtype.type(value)
            elif value is None:
                value = _NULL
            elif value.dtype != dtype or not value.flags.c_contiguous or _device(value) != device:
                _refuse(name, parameter, value, dtype, arrays[0])
            values.append(value)
        grid, block = _three(grid), _three(block)
        if 0 not in grid:  # CuPy would start one block
            self._function(name, first, real)(grid, block, tuple(values))

    def _function(self, name, array, real):
        """Return what starts a kernel for arrays of this one's kind and of a float type."""
        key = name, type(array), real
        if key not in self._functions:
            self._functions[key] = self._module(array, real).get_function(name)
        return self._functions[key]

    def _module(self, array, real):
        """Return the compiled text for the place and the float type of an array."""
        key = type(array), real  # not just "is it NumPy's": tests have a CuPy of their own
        if key not in self._modules:
            self._modules[key] = (
                on_cpu.Module(self.text, self.kernels, _FLOATS[real])
                if isinstance(array, np.ndarray)
                else array_module(array).RawModule(code=self.text, options=options(real))
            )
        return self._modules[key]


def options(real):
    """Return what the compiler is told for a float type: "float32", "float64" or its dtype."""
    return (f"-DREAL={_FLOATS[np.dtype(real)]}",)


def _parameter(written):
    """Read "const T* x"."""
    *words, name = written.replace("*", " * ").split()
    pointer = "*" in words
    kind = " ".join(w for w in words if w not in ("const", "*", "__restrict__"))
    if kind not in _TYPES:
        raise ValueError(f"parameter {written.strip()!r}: the type must be {', '.join(_TYPES)}")
    return Parameter(name, kind, pointer, _TYPES[kind])


def _refuse(kernel, parameter, array, dtype, first):
    """Raise an error that says what is wrong with an array."""
    (there, other), error = first, TypeError
    if array.dtype != dtype:
        problem = f"must be {dtype}; got {array.dtype}"
    elif not array.flags.c_contiguous:
        error, problem = ValueError, f"must be C-contiguous; got strides {array.strides}"
    else:
        problem = (
            f"is in {_memory(array)}, and {there.name!r} in {_memory(other)}: a kernel works in "
            "one memory. Move one of them: `layer.use(kernels.load(...))`, or `to_numpy`"
        )
    raise error(f"argument {parameter.name!r} of kernel {kernel!r} {problem}")


def _device(array):
    """Return the number of an array's GPU, None for main memory."""
    return None if isinstance(array, np.ndarray) else array.device.id


def _memory(array):
    return "main memory" if _device(array) is None else f"the memory of {array.device}"


def _three(numbers):
    numbers = numbers if isinstance(numbers, (tuple, list)) else (numbers,)
    return (*map(int, numbers), 1, 1)[:3]
