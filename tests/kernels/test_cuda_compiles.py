"""The CUDA text of every kernel compiles for every generation of GPUs, without a GPU."""

import importlib
import pathlib
import re

import nvrtc
import pytest

from minidl import kernels
from minidl.kernels.cuda import PRELUDE, Program, options

pytestmark = pytest.mark.skipif(
    not nvrtc.available(), reason="NVIDIA's compiler is not there (nvidia-cuda-nvrtc-cu12)"
)
# Turing, Ampere and Hopper; CUDA 13 knows nothing older.
ARCHITECTURES = ("sm_75", "sm_80", "sm_90")


# Every module that has CUDA text, the folder of a kernel or not.
FOLDER = pathlib.Path(kernels.__file__).parent
MODULES = sorted(
    ".".join(path.relative_to(FOLDER.parent).with_suffix("").parts)
    for path in FOLDER.rglob("*.py")
    if re.search(r"^_\w+ = Program\(", path.read_text(encoding="utf-8"), re.MULTILINE)
)


def test_each_kernel_has_cuda_text():
    having = {name.split(".")[1] for name in MODULES}
    assert {*kernels.KERNELS} - having == {"swiglu"}  # the lines of its reference, which CuPy runs


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("real", ["float32", "float64"])
def test_every_text_compiles(module, real):
    found = vars(importlib.import_module(f"minidl.{module}")).values()
    for program in [value for value in found if isinstance(value, Program)]:
        for architecture in ARCHITECTURES:
            assert len(nvrtc.compile_text(program.text, architecture, options(real))) > 0


def test_a_mistake_in_the_text_is_found():
    text = PRELUDE + 'extern "C" __global__ void f(T* y) { y[thread_indx()] = 0; }'
    with pytest.raises(RuntimeError, match='identifier "thread_indx" is undefined'):
        nvrtc.compile_text(text, "sm_80", options("float32"))
