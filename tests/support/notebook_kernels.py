"""Kernels of the notebooks that pytest runs: started as `minidl_course.starting` says, and watched.

nbval starts a kernel at ports, which another program may take first, and gives up where it dies:
then every cell of the notebook fails. It also opens /dev/null and never closes it. Its function
that starts a kernel is all that is replaced here.

And no kernel of minidl may be compiled after the warm-up: a cell, or a test with the fixture
`nothing_is_compiled`, that has one compiled fails and says which. That is looked for where `make`
has compiled everything for this processor.
"""

import functools
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path

import nbval.kernel
import pytest
import zmq
from jupyter_client import KernelManager
from nbval.plugin import IPyNbCell

from minidl.base import folders
from minidl.kernels import warmup
from minidl.kernels.common.compiling import LISTED
from minidl.kernels.cuda import on_cpu
from minidl_course import starting

OUTPUT_SECONDS = 60  # for what a cell has printed to come; nbval has 5
_open, _said = ExitStack(), []  # the kernel that runs, and what is to be told about its start


def start_new_kernel(
    startup_timeout=starting.SECONDS, kernel_name="python", stderr=None, **options
):
    """In place of nbval's: returns a manager and a client."""
    if stderr:
        stderr.close()

    @contextmanager
    def attempt(pipe):
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            manager = KernelManager(
                kernel_name=kernel_name, kernel_spec_manager=nbval.kernel.NbvalKernelspecManager()
            )
            starting.by_name(manager, folder)
            manager.compiled = Path(folder, "compiled")
            environment = {**os.environ, **_fonts(), LISTED: str(manager.compiled)}
            environment["IPYTHONDIR"] = folder  # nobody's start-up files, and no home is needed
            manager.start_kernel(env=environment, stderr=pipe, **options)
            client = manager.client()
            # nbval hears what a cell shows once it has ended. A queue holds a thousand messages; a
            # progress bar sends more in a long training, whose end would not be heard of.
            client.context.setsockopt(zmq.RCVHWM, 0)
            client.start_channels()
            try:
                client.wait_for_ready(timeout=startup_timeout)
                yield manager, client
            finally:
                client.stop_channels()
                if manager.has_kernel:
                    manager.shutdown_kernel(now=True)

    return _open.enter_context(starting.twice(attempt, _said.append))


@functools.cache
def _fonts():
    """Have Matplotlib know its fonts: one that looks for them says so in a cell, on stderr.

    Returns the variable that says where they are listed, if its own place cannot be written.
    """
    look = [sys.executable, "-c", "import matplotlib.font_manager"]
    done = subprocess.run(look, capture_output=True)
    if b"MPLCONFIGDIR" not in done.stderr:  # its advice
        return {}
    listed = {"MPLCONFIGDIR": str(folders.own_temporary() / "matplotlib")}
    subprocess.run(look, env=os.environ | listed, capture_output=True)
    return listed


def pytest_configure(config):
    nbval.kernel.start_new_kernel = start_new_kernel
    config.option.nbval_kernel_startup_timeout = starting.SECONDS


NO_COMPILER = "chapter 35 runs CUDA text through a C++ compiler: apt install g++"


def pytest_collection_modifyitems(items):
    for item in items:
        if isinstance(item, IPyNbCell):
            item.output_timeout = OUTPUT_SECONDS
            if item.path.name.startswith("35-") and on_cpu.compiler() is None:
                item.add_marker(pytest.mark.skip(reason=NO_COMPILER))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item):
    """What was told while a kernel started goes to the end of the run: `how_long`."""
    try:
        return (yield)
    finally:
        item.user_properties += [("told", f"{item.path.name}: {text}") for text in _said]
        _said.clear()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    result = yield
    if isinstance(item, IPyNbCell):
        _refuse(item.parent.kernel.km.compiled)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item, nextitem):
    """nbval stops kernels that live; what a dead one leaves is closed here."""
    try:
        return (yield)
    finally:
        if nextitem is None or nextitem.parent is not item.parent:
            _open.close()


@pytest.fixture
def nothing_is_compiled(tmp_path_factory, monkeypatch):
    """The test fails where it, or a process that it starts, has a kernel of minidl compiled."""
    compiled = tmp_path_factory.mktemp("compiled") / "compiled"
    monkeypatch.setenv(LISTED, str(compiled))
    yield
    _refuse(compiled)


def _refuse(compiled):
    """Fail where the file `compiled` lists anything and everything should have been compiled."""
    if not compiled.exists():
        return
    listed = compiled.read_text(encoding="utf-8")
    compiled.unlink()
    if warmup.is_warm():
        pytest.fail(f"compiled after the warm-up, which must call them as well:\n{listed}", False)
