"""NVIDIA's compiler for CUDA text, as a package from PyPI: it needs neither a GPU nor a driver."""

import ctypes
import importlib.util
import pathlib


def available():
    """Whether the package is installed."""
    return importlib.util.find_spec("nvidia") is not None and _library_path() is not None


def compile_text(text, architecture, options=()):
    """Return the machine code of a CUDA text for "sm_80", say, as bytes.

    Raises:
        RuntimeError: it does not compile; has the compiler's messages.
    """
    nvrtc = ctypes.CDLL(str(_library_path()))
    nvrtc.nvrtcGetErrorString.restype = ctypes.c_char_p

    def call(name, *args):
        status = getattr(nvrtc, name)(*args)
        if status:
            raise RuntimeError(f"{name}: {nvrtc.nvrtcGetErrorString(status).decode()}")

    def read(kind, program):
        size = ctypes.c_size_t()
        call(f"nvrtcGet{kind}Size", program, ctypes.byref(size))
        buffer = ctypes.create_string_buffer(size.value)
        call(f"nvrtcGet{kind}", program, buffer)
        return buffer.raw

    program = ctypes.c_void_p()
    call("nvrtcCreateProgram", ctypes.byref(program), text.encode(), b"kernel.cu", 0, None, None)
    try:
        flags = [f"--gpu-architecture={architecture}".encode(), *(o.encode() for o in options)]
        array = (ctypes.c_char_p * len(flags))(*flags)
        if nvrtc.nvrtcCompileProgram(program, len(flags), array):
            raise RuntimeError(read("ProgramLog", program).decode())
        return read("CUBIN", program)
    finally:
        nvrtc.nvrtcDestroyProgram(ctypes.byref(program))


def _library_path():
    spec = importlib.util.find_spec("nvidia")
    folders = [pathlib.Path(folder, "cuda_nvrtc") for folder in spec.submodule_search_locations]
    names = ("lib/libnvrtc.so.*", "bin/nvrtc64_*.dll")
    found = [path for folder in folders for name in names for path in sorted(folder.glob(name))]
    return next((path for path in found if "alt" not in path.name), None)
