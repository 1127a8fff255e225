"""The same numbers in both libraries: forward and every gradient."""

import numpy as np
import pytest
from comparing import BACKENDS, DTYPES, SEEDS, layer_against, loss_against, several
from hypothesis import given
from hypothesis import strategies as st

from minidl import layers, losses

torch = pytest.importorskip("torch", reason="parity needs PyTorch: pip install torch==2.13.0")


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
    layer_against(layers.Dense(M), lambda x, W, b: x @ W + b, x, "numba", {"W", "b"})


F = torch.nn.functional

ACTIVATIONS = {
    "relu": (layers.ReLU, torch.relu),
    "leaky relu": (lambda: layers.LeakyReLU(0.1), lambda x: F.leaky_relu(x, 0.1)),
    "elu": (lambda: layers.ELU(0.7), lambda x: F.elu(x, 0.7)),
    "selu": (layers.SELU, F.selu),
    "gelu": (layers.GELU, F.gelu),
    "gelu, tanh form": (lambda: layers.GELU(True), lambda x: F.gelu(x, approximate="tanh")),
    "silu": (layers.SiLU, F.silu),
    "softplus": (layers.Softplus, lambda x: F.softplus(x, threshold=80)),
    "sigmoid": (layers.Sigmoid, torch.sigmoid),
    # F.hardsigmoid has the same values, but a float32 sixth as its float64 derivative
    "hard sigmoid": (layers.HardSigmoid, lambda x: F.relu6(x + 3) / 6),
    "tanh": (layers.Tanh, torch.tanh),
    "softmax": (layers.Softmax, lambda x: torch.softmax(x, dim=-1)),
}


@pytest.mark.filterwarnings("ignore:softmax has one output")  # drawn, too
@pytest.mark.parametrize("name", ACTIVATIONS)
@several
@given(
    shape=st.lists(st.integers(1, 9), min_size=2, max_size=4),
    scale=st.sampled_from([0.1, 1.0, 10.0]),
    dtype=DTYPES,
    seed=SEEDS,
)
def test_activations(name, shape, scale, dtype, seed):
    make, torch_function = ACTIVATIONS[name]
    x = (scale * np.random.default_rng(seed).standard_normal(shape)).astype(dtype)
    x[0] = 0.5  # one sample is never saturated: errors are relative to the largest gradient
    layer_against(layers.Activation(make()), torch_function, x, "numba", set())


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
    loss_against(losses.MeanSquaredError(), F.mse_loss, t, z, t, backend)
    loss_against(losses.MeanAbsoluteError(), F.l1_loss, t, z, t, backend)
    sparse = losses.SparseCategoricalCrossentropy(from_logits=True)
    loss_against(sparse, _cross_entropy, labels, z, labels, backend)
    categorical = losses.CategoricalCrossentropy(from_logits=True)
    loss_against(categorical, _cross_entropy, soft, z, soft, backend)
    binary = losses.BinaryCrossentropy(from_logits=True)
    with_logits = F.binary_cross_entropy_with_logits
    loss_against(binary, with_logits, answers, z, answers, backend)


@several
@given(
    lead=st.lists(st.integers(1, 6), min_size=1, max_size=2).map(tuple),
    C=st.integers(2, 12),
    delta=st.floats(0.1, 3),
    smoothing=st.floats(0, 1),
    dtype=DTYPES,
    backend=BACKENDS,
    seed=SEEDS,
)
def test_more_losses(lead, C, delta, smoothing, dtype, backend, seed):
    rng = np.random.default_rng(seed)
    t, z = rng.standard_normal((2, *lead, C)).astype(dtype)
    sums = losses.MeanSquaredError(reduction="sum")  # over samples, of means over outputs
    loss_against(sums, lambda y, t: F.mse_loss(y, t, reduction="sum") / C, t, z, t, backend)
    loss_against(
        losses.Huber(delta), lambda y, t: F.huber_loss(y, t, delta=delta), t, z, t, backend
    )
    labels = rng.integers(0, C, lead)
    smoothed = losses.CategoricalCrossentropy(True, label_smoothing=smoothing)
    theirs = lambda z, t: F.cross_entropy(  # noqa: E731
        z.reshape(-1, C), t.reshape(-1), label_smoothing=smoothing
    )
    loss_against(smoothed, theirs, np.eye(C)[labels], z, labels, backend)
