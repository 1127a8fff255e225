"""The same numbers in both libraries: forward, every gradient, optimizer steps."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minidl import kernels, layers, losses, optimizers

torch = pytest.importorskip("torch", reason="parity needs PyTorch: pip install torch==2.13.0")

RTOL = {"float32": 1e-5, "float64": 1e-10}
DTYPES = st.sampled_from(list(RTOL))
BACKENDS = st.sampled_from(["numpy", "numba"])
SEEDS = st.integers(0, 999)
several = settings(max_examples=40, deadline=None)


def _close(ours, theirs, dtype):
    """Relative to the array's largest number, or to 0.01 if all are smaller.

    Sums cancel and single elements may be tiny. A probability near 1 minus a target of 1 keeps
    only what the rounding of 1 left, about 1e-7 in float32, in either library.
    """
    theirs = theirs.detach().numpy()
    assert ours.dtype == theirs.dtype == dtype and ours.shape == theirs.shape
    scale = max(np.abs(theirs).max(), 1e-2)
    np.testing.assert_allclose(ours / scale, theirs / scale, rtol=0, atol=RTOL[dtype])


def _tensor(array):
    return torch.tensor(array, requires_grad=True)


def _layer_against(layer, torch_function, x, backend, copies):
    """Compare output, input gradient and parameter gradients.

    copies: dict from our parameter's path to the torch tensor that gets its values.
    """
    dtype = x.dtype.name
    layer.prepare(x.shape[1:], kernels.load(backend), np.random.default_rng(0))
    layer.astype(dtype)
    params = {path: _tensor(p.value) for path, p in layer.params().items()}
    assert params.keys() == copies
    x_torch = _tensor(x)
    theirs = torch_function(x_torch, **params)
    ours, cache = layer.forward(x, training=True)
    _close(ours, theirs, dtype)
    dy = np.random.default_rng(1).standard_normal(ours.shape).astype(dtype)
    theirs.backward(torch.tensor(dy))
    _close(layer.backward(dy, cache), x_torch.grad, dtype)
    for path, param in layer.params().items():
        _close(param.grad, params[path].grad, dtype)


@several
@given(
    lead=st.lists(st.integers(1, 5), min_size=1, max_size=3),
    D=st.integers(1, 20),
    M=st.integers(1, 20),
    dtype=DTYPES,
    seed=SEEDS,
)
def test_dense(lead, D, M, dtype, seed):
    x = np.random.default_rng(seed).standard_normal((*lead, D)).astype(dtype)
    _layer_against(layers.Dense(M), lambda x, W, b: x @ W + b, x, "numba", {"W", "b"})


ACTIVATIONS = {
    "relu": torch.relu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "softmax": lambda x: torch.softmax(x, dim=-1),
}


@several
@given(
    name=st.sampled_from(list(ACTIVATIONS)),
    shape=st.lists(st.integers(1, 9), min_size=2, max_size=4),
    scale=st.sampled_from([0.1, 1.0, 10.0]),
    dtype=DTYPES,
    seed=SEEDS,
)
def test_activations(name, shape, scale, dtype, seed):
    x = (scale * np.random.default_rng(seed).standard_normal(shape)).astype(dtype)
    _layer_against(layers.Activation(name), ACTIVATIONS[name], x, "numba", set())


def _loss_against(loss, torch_function, y_true, y_pred, target, backend):
    y_torch = _tensor(y_pred)
    theirs = torch_function(y_torch, torch.tensor(target))
    theirs.backward()
    value, dy = loss(y_true, y_pred, kernels.load(backend))
    dtype = y_pred.dtype.name
    assert value == pytest.approx(theirs.item(), rel=RTOL[dtype], abs=RTOL[dtype])
    _close(dy, y_torch.grad, dtype)


F = torch.nn.functional


def _cross_entropy(z, t):
    if z.ndim == 3:  # torch wants the classes on axis 1
        z = z.movedim(-1, 1)
        t = t if t.ndim == 2 else t.movedim(-1, 1)
    return F.cross_entropy(z, t)


@several
@given(
    lead=st.lists(st.integers(1, 6), min_size=1, max_size=2).map(tuple),
    C=st.integers(2, 12),
    scale=st.sampled_from([0.1, 1.0, 20.0]),
    dtype=DTYPES,
    backend=BACKENDS,
    seed=SEEDS,
)
def test_losses(lead, C, scale, dtype, backend, seed):
    rng = np.random.default_rng(seed)
    z = (scale * rng.standard_normal((*lead, C))).astype(dtype)
    t = rng.standard_normal((*lead, C)).astype(dtype)
    labels, soft = rng.integers(0, C, lead), rng.dirichlet(np.ones(C), lead).astype(dtype)
    answers = rng.integers(0, 2, (*lead, C)).astype(dtype)
    _loss_against(losses.MeanSquaredError(), F.mse_loss, t, z, t, backend)
    _loss_against(losses.MeanAbsoluteError(), F.l1_loss, t, z, t, backend)
    sparse = losses.SparseCategoricalCrossentropy(from_logits=True)
    _loss_against(sparse, _cross_entropy, labels, z, labels, backend)
    categorical = losses.CategoricalCrossentropy(from_logits=True)
    _loss_against(categorical, _cross_entropy, soft, z, soft, backend)
    binary = losses.BinaryCrossentropy(from_logits=True)
    with_logits = F.binary_cross_entropy_with_logits
    _loss_against(binary, with_logits, answers, z, answers, backend)


@several
@given(
    learning_rate=st.sampled_from([1e-3, 0.1]),
    momentum=st.sampled_from([0.0, 0.5, 0.9]),
    nesterov=st.booleans(),
    dtype=DTYPES,
    backend=BACKENDS,
    seed=SEEDS,
)
def test_a_hundred_steps_of_sgd(learning_rate, momentum, nesterov, dtype, backend, seed):
    nesterov = nesterov and momentum > 0
    rng = np.random.default_rng(seed)
    param = layers.Param(rng.standard_normal((3, 4)).astype(dtype))
    w = _tensor(param.value.copy())
    theirs = torch.optim.SGD([w], learning_rate, momentum, nesterov=nesterov)
    ours = optimizers.SGD(learning_rate, momentum, nesterov)
    for _ in range(100):
        param.grad = rng.standard_normal((3, 4)).astype(dtype)
        w.grad = torch.tensor(param.grad)
        ours.step({"w": param}, kernels.load(backend))
        theirs.step()
    _close(param.value, w, dtype)
