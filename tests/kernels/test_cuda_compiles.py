"""The CUDA text of every kernel compiles for every generation of GPUs, without a GPU."""

import importlib
import pathlib

import nvrtc
import pytest

from minidl import kernels
from minidl.kernels.common import column_sums
from minidl.kernels.cuda import PRELUDE, Program, options

pytestmark = pytest.mark.skipif(
    not nvrtc.available(), reason="NVIDIA's compiler is not there (nvidia-cuda-nvrtc-cu12)"
)
# Turing, Ampere and Hopper; CUDA 13 knows nothing older.
ARCHITECTURES = ("sm_75", "sm_80", "sm_90")


def _programs(kernel):
    """Return those of a kernel's gpu.py, and of files beside it whose names begin with gpu_."""
    if kernel == "column_sums":
        return [column_sums._CUDA]
    gpu = importlib.import_module(f"minidl.kernels.{kernel}.gpu")
    names = [path.stem for path in pathlib.Path(gpu.__file__).parent.glob("gpu_*.py")]
    modules = [gpu, *(importlib.import_module(f"minidl.kernels.{kernel}.{name}") for name in names)]
    return [value for m in modules for value in vars(m).values() if isinstance(value, Program)]


@pytest.mark.parametrize("kernel", [*kernels.KERNELS, "column_sums"])
@pytest.mark.parametrize("real", ["float32", "float64"])
def test_every_text_compiles(kernel, real):
    for program in _programs(kernel):
        for architecture in ARCHITECTURES:
            assert len(nvrtc.compile_text(program.text, architecture, options(real))) > 0


def test_a_mistake_in_the_text_is_found():
    text = PRELUDE + 'extern "C" __global__ void f(T* y) { y[thread_indx()] = 0; }'
    with pytest.raises(RuntimeError, match='identifier "thread_indx" is undefined'):
        nvrtc.compile_text(text, "sm_80", options("float32"))
