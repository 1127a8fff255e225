"""How the parity tests compare: the same numbers into both libraries, then every result."""

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st

from minidl import kernels

torch = pytest.importorskip("torch", reason="parity needs PyTorch: pip install torch==2.13.0")

RTOL = {"float32": 1e-5, "float64": 1e-10}
DTYPES = st.sampled_from(list(RTOL))
BACKENDS = st.sampled_from(["numpy", "numba"])
SEEDS = st.integers(0, 999)
several = settings(max_examples=40, deadline=None)


def close(ours, theirs, dtype):
    """Relative to the array's largest number, or to 0.1 if all are smaller.

    Sums cancel and single elements may be tiny. A probability near 1 minus a target of 1 keeps
    only what the rounding of 1 left, about 1e-7 in float32, in either library.
    """
    theirs = theirs.detach().numpy()
    assert ours.dtype == theirs.dtype == dtype and ours.shape == theirs.shape
    scale = max(np.abs(theirs).max(), 0.1)
    np.testing.assert_allclose(ours / scale, theirs / scale, rtol=0, atol=RTOL[dtype])


def tensor(array):
    """A torch tensor with a gradient, holding a copy of the array."""
    return torch.tensor(array, requires_grad=True)


def layer_against(layer, torch_function, x, backend, copies):
    """Compare output, input gradient and parameter gradients.

    copies: set of the paths of our parameters, which torch_function takes as keyword arguments.
    """
    dtype = x.dtype.name
    layer.prepare(x.shape[1:], kernels.load(backend), np.random.default_rng(0))
    layer.astype(dtype)
    params = {path: tensor(p.value) for path, p in layer.params().items()}
    assert params.keys() == copies
    x_torch = tensor(x)
    theirs = torch_function(x_torch, **params)
    ours, cache = layer.forward(x, training=True)
    close(ours, theirs, dtype)
    dy = np.random.default_rng(1).standard_normal(ours.shape).astype(dtype)
    theirs.backward(torch.tensor(dy))
    close(layer.backward(dy, cache), x_torch.grad, dtype)
    for path, param in layer.params().items():
        close(param.grad, params[path].grad, dtype)


def loss_against(loss, torch_function, y_true, y_pred, target, backend):
    """Compare a loss and its gradient; `target` is y_true in the form that torch takes."""
    y_torch = tensor(y_pred)
    theirs = torch_function(y_torch, torch.tensor(target))
    theirs.backward()
    value, dy = loss(y_true, y_pred, ops=kernels.load(backend))
    dtype = y_pred.dtype.name
    assert value == pytest.approx(theirs.item(), rel=RTOL[dtype], abs=RTOL[dtype])
    close(dy, y_torch.grad, dtype)
