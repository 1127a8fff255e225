"""Looking at the CUDA kernels without a GPU: their text, and how often a training step starts them.

A step consists of the package's own kernels and of array operations, `x @ W`, `z += b`,
`grad.fill(0)`. On a GPU each of either kind is a launch. To count them, the CUDA kernels run on
NumPy arrays (`minidl.kernels.cuda`), and two things take notes:

- `Program.launch`, which starts every kernel of the package;
- the arrays themselves. They are `_Watched`: NumPy asks such an array before it computes with it
  (`__array_ufunc__`), and the results are watched in turn.
"""

import contextlib
import html
import importlib
import inspect
from types import SimpleNamespace
from typing import NamedTuple
from unittest.mock import patch

import numpy as np

from minidl import kernels
from minidl.kernels.cuda import Program


def cuda_on_numpy():
    """Return every kernel in CUDA, as `minidl.kernels.load` does, but for arrays of NumPy's."""
    found = {
        name: importlib.import_module(f"minidl.kernels.{name}.gpu") for name in kernels.KERNELS
    }
    return SimpleNamespace(xp=np, **found)


def cuda_text(program, kernel):
    """Return the text of one kernel of a Program, without what stands above and below it."""
    start = program.text.index(f'extern "C" __global__ void {kernel}(')
    end = program.text.index("\n}\n", start)
    return program.text[start:end] + "\n}\n"


def side_by_side(function, program, kernel):
    """Return a table for a notebook: the source of a Numba kernel, and a CUDA kernel's text.

    Where the page is too narrow for both, lines are wrapped.
    """
    from IPython.display import HTML

    td = '<td style="text-align: left; vertical-align: top; font-size: 75%">'
    texts = inspect.getsource(function), cuda_text(program, kernel)
    pre = '<pre style="white-space: pre-wrap; word-break: normal">'
    pages = "".join(f"{td}{pre}{html.escape(text)}</pre></td>" for text in texts)
    head = "".join(f'<th style="text-align: left">{name}</th>' for name in ("Numba", "CUDA"))
    return HTML(f"<table><tr>{head}</tr><tr>{pages}</tr></table>")


class Launch(NamedTuple):
    """One launch: what it is, its work, and its traffic.

    kind: "kernel" for one of the package's, "fill", or NumPy's name: "matmul", "add".
    flop: of a matrix product, 2 N D M; 0 for all others, which have few.
    bytes: of all arrays that it is given or returns. For a kernel of the package that is a lower
        bound: an array that it changes in place counts once, and is read and written.
    """

    kind: str
    flop: int
    bytes: int


def launches_of_step(model, x, y):
    """Return the launches of one training step, a list of Launch, in their order.

    For layers, losses and optimizers that compute with their arrays' operators and with kernels,
    as `Dense`, the activations and the cross-entropies do. A copy without arithmetic is not seen.

    Args:
        model: compiled, and prepared with the CUDA kernels for NumPy arrays. Make it for this: it
            takes two steps, since the first one also makes the optimizer's memory, and its arrays
            stay watched.
        x: inputs (N, ...) of one batch.
        y: their targets.
    """
    started = []
    for param in model.params().values():
        param.value, param.grad = _watched(param.value, started), _watched(param.grad, started)
    with _taking_notes(model.ops, started):
        for _ in range(2):
            started.clear()
            model.train_step((_watched(x, started), y, None))
    return list(started)


class _Watched(np.ndarray):
    """An array that notes in the list `started` what is computed with it."""

    def __array_finalize__(self, source):  # NumPy calls this for every new one, views included
        self.started = getattr(source, "started", None)

    def __array_ufunc__(self, ufunc, method, *inputs, out=(), **options):
        arrays = [np.asarray(a) for a in inputs]
        target = tuple(np.asarray(a) for a in out) or None
        result = np.asarray(getattr(ufunc, method)(*arrays, out=target, **options))
        flop = 2 * arrays[0].size * result.shape[-1] if ufunc is np.matmul else 0
        started = next(a.started for a in (*inputs, *out) if isinstance(a, _Watched))
        started.append(Launch(ufunc.__name__, flop, sum(a.nbytes for a in (*arrays, result))))
        return out[0] if out else _watched(result, started)  # z += b has an `out`, its z

    def fill(self, value):
        self.started.append(Launch("fill", 0, self.nbytes))
        super().fill(value)


def _watched(array, started):
    view = array.view(_Watched)
    view.started = started
    return view


@contextlib.contextmanager
def _taking_notes(ops, started):
    """Let the kernels in `ops` note that they start, and make their new arrays watched ones."""
    real = Program.launch

    def launch(program, name, grid, block, *args):
        moved = sum(a.nbytes for a in args if isinstance(a, np.ndarray))
        started.append(Launch("kernel", 0, moved))
        real(program, name, grid, block, *args)

    def empty(*args):
        return _watched(np.empty(*args), started)

    numpy_watched = SimpleNamespace(**vars(np) | {"empty": empty})
    with contextlib.ExitStack() as stack:
        stack.enter_context(patch.object(Program, "launch", launch))
        for kernel in vars(ops).values():
            if hasattr(kernel, "array_module"):
                replaced = patch.object(kernel, "array_module", lambda array: numpy_watched)
                stack.enter_context(replaced)
        yield
