"""CUDA text on a CPU: a C++ compiler, a header that plays the GPU (`on_cpu.h`), and some mistrust.

Each array is copied into a buffer with some numbers more at both ends, which hold NaN (integers
just below 0): a kernel that writes there is reported, and one that reads there gets NaN. It is a
signalling NaN, because `w[i] -= g[i]` would leave a quiet one as it was, and another one for each
array, because a copy from the end of one to the end of the next would not be seen. Threads run one
after the other, `reversed_order` turns their order round: a kernel whose result depends on it is a
kernel that races on a GPU.
"""

import contextlib
import ctypes
import functools
import hashlib
import itertools
import os
import pathlib
import shutil
import subprocess
import tempfile

import numpy as np

from minidl.base import folders

_HEADER = pathlib.Path(__file__).with_name("on_cpu.h")
_FLAGS = ("-std=c++17", "-O1", "-ffp-contract=off", "-w", "-shared", "-fPIC")
_GUARD = 2048  # numbers at each end of a buffer: eight for each thread of a block
_SIGNALLING = {"float32": 0xFFBFFFFF, "float64": 0xFFF7FFFFFFFFFFFF}  # the largest such NaN
_reversed = False


def compiler():
    """Return the path of a C++ compiler: $CXX, g++, clang++ or c++, whichever is there; or None."""
    names = (os.environ.get("CXX"), "g++", "clang++", "c++")
    return next(filter(None, (shutil.which(name) for name in names if name)), None)


@contextlib.contextmanager
def reversed_order():
    """Inside of this context the last block and the last thread run first."""
    global _reversed
    _reversed = True
    try:
        yield
    finally:
        _reversed = False


class Module:
    """A compiled text, with the interface of `cupy.RawModule`.

    Args:
        text: CUDA C++.
        kernels: dict from a kernel's name to its list of `Parameter`.
        real: what T stands for: "float" or "double".

    Raises:
        RuntimeError: there is no C++ compiler, or the text does not compile; has its message.
    """

    def __init__(self, text, kernels, real):
        self.kernels = kernels
        barriers = "true" if "__syncthreads" in text else "false"
        starts = [_start(name, parameters, barriers) for name, parameters in kernels.items()]
        source = "\n".join([f"#define REAL {real}", text, *starts])
        self.library = ctypes.CDLL(str(_build(source)))

    def get_function(self, name):
        """Return a function of (grid, block, args) that runs the kernel to its end."""
        start, parameters = getattr(self.library, f"start_{name}"), self.kernels[name]

        def run(grid, block, args):
            _expect_apart(name, [value for value in args if isinstance(value, np.ndarray)])
            buffers = {}
            values = [_argument(value, buffers) for value in args]
            sizes = (ctypes.c_uint * 6)(*grid, *block)
            if start(sizes, _reversed, *values):
                raise RuntimeError(
                    f"kernel {name!r}: a thread ended while others waited at __syncthreads(). "
                    "Every thread of a block has to get there: no return above it, no if around it"
                )
            for parameter, value in zip(parameters, args):
                if isinstance(value, np.ndarray):
                    _take_back(name, parameter.name, value, *buffers[value.ctypes.data])

        return run


def _expect_apart(name, arrays):
    """Refuse parts of one array that overlap: each would be copied, and written back, by itself."""
    for a, b in itertools.combinations(arrays, 2):
        same = a.ctypes.data == b.ctypes.data and a.size == b.size
        if not same and np.may_share_memory(a, b):
            raise ValueError(f"two arrays for kernel {name!r} overlap, and are not the same one")


def _start(name, parameters, barriers):
    """The C function that Python calls: it starts the kernel for every thread."""
    declared = "".join(f", {p.type}{'*' if p.pointer else ''} {p.name}" for p in parameters)
    passed = ", ".join(p.name for p in parameters)
    return (
        f'extern "C" int start_{name}(const unsigned* sizes, bool reversed{declared}) {{\n'
        f"    return on_cpu::launch(sizes, {barriers}, reversed, [=] {{ {name}({passed}); }});\n}}"
    )


def _build(source):
    """Return the path of the compiled source; it is kept for the next process."""
    found = compiler()
    if found is None:
        raise RuntimeError(
            "CUDA kernels on NumPy arrays need a C++ compiler, and none was found. Install g++ "
            "(Debian: apt install g++; macOS: xcode-select --install), or set CXX to one"
        )
    key = hashlib.sha256(repr((source, _HEADER.read_text(), found, _FLAGS)).encode()).hexdigest()
    library = _folder() / f"{key[:24]}.so"
    if not library.exists():
        with tempfile.TemporaryDirectory(dir=library.parent) as private:
            made = pathlib.Path(private) / "kernels.so"
            command = [found, *_FLAGS, "-include", str(_HEADER), "-x", "c++", "-", "-o", str(made)]
            done = subprocess.run(command, input=source, text=True, capture_output=True)
            if done.returncode:
                raise RuntimeError(f"the CUDA text does not compile:\n{done.stderr}")
            made.replace(library)  # whole or not at all, whoever else builds it now
    return library


@functools.cache
def _folder():
    """The folder of compiled kernels: with Numba's, where that is set, else among the user's."""
    beside = os.environ.get("NUMBA_CACHE_DIR") or folders.user_cache() / "minidl"
    folder = pathlib.Path(beside, "cuda_on_cpu")
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    if os.access(folder, os.W_OK):
        return folder
    return pathlib.Path(tempfile.mkdtemp(prefix="minidl-"))  # for this process alone


def _argument(value, buffers):
    """What ctypes takes for an array or a NumPy scalar."""
    if isinstance(value, np.generic):
        return np.ctypeslib.as_ctypes_type(value.dtype)(value.item())
    if not isinstance(value, np.ndarray):
        raise TypeError(f"a kernel on the CPU takes arrays of NumPy; got {type(value)}")
    key = value.ctypes.data  # an array that is passed twice is one array in the kernel, too
    if key not in buffers:
        end = _end(value.dtype, len(buffers))
        buffers[key] = np.concatenate([end, value.reshape(-1), end]), end.tobytes()
    buffer, _ = buffers[key]
    return ctypes.c_void_p(buffer[_GUARD:].ctypes.data)


def _end(dtype, number):
    """What stands at each end of the buffer with this number."""
    bits = np.dtype(f"u{dtype.itemsize}")
    pattern = _SIGNALLING.get(dtype.name, np.iinfo(bits).max) - number
    return np.full(_GUARD, pattern, bits).view(dtype)


def _take_back(kernel, name, array, buffer, end):
    if buffer[:_GUARD].tobytes() != end or buffer[-_GUARD:].tobytes() != end:
        raise RuntimeError(
            f"kernel {kernel!r} writes outside of its argument {name!r}, which has {array.size} "
            "numbers. Does every thread compare its index with the size?"
        )
    if array.flags.writeable:
        array.reshape(-1)[:] = buffer[_GUARD:-_GUARD]
