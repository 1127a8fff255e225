"""Spectral normalization against PyTorch's, from the same kernel and the same direction u."""

import numpy as np
import pytest
from comparing import BACKENDS, DTYPES, SEEDS, close, several, tensor
from hypothesis import given
from hypothesis import strategies as st

from minidl import kernels
from minidl.layers import Conv2D, Dense, SpectralNormalization

torch = pytest.importorskip("torch", reason="parity needs PyTorch: pip install torch==2.13.0")
spectral_norm = torch.nn.utils.parametrizations.spectral_norm


@several
@given(
    M=st.integers(1, 6),
    taps=st.none() | st.integers(1, 3),  # None: a dense layer
    rounds=st.integers(1, 3),
    steps=st.integers(1, 3),
    dtype=DTYPES,
    backend=BACKENDS,
    seed=SEEDS,
)
def test_output_gradients_and_direction(M, taps, rounds, steps, dtype, backend, seed):
    rng = np.random.default_rng(seed)
    shape = (4,) if taps is None else (5, 4, 3)
    layer = SpectralNormalization(Dense(M) if taps is None else Conv2D(M, taps), rounds)
    layer.prepare(shape, kernels.load(backend), rng)
    layer.astype(dtype)
    kernel = layer.layer.kernel
    W = kernel.value.reshape(-1, M)
    twin = torch.nn.Linear(4, M) if taps is None else torch.nn.Conv2d(3, M, taps)
    twin = spectral_norm(twin.to(getattr(torch, dtype)), n_power_iterations=rounds)
    twin.train()
    norm = twin.parametrizations.weight[0]
    with torch.no_grad():  # torch's matrix is (M, D), with D in another order: channels first
        order = np.arange(len(W)) if taps is None else _channels_first(taps)
        own = W[order].T.reshape(twin.weight.shape)
        twin.parametrizations.weight.original.copy_(torch.tensor(own.copy()))
        twin.bias.zero_()
        v = W @ layer.u.value
        norm._v.copy_(torch.tensor((v / np.linalg.norm(v))[order]))
    for _ in range(steps):
        x = rng.standard_normal((2, *shape)).astype(dtype)
        layer.zero_grad()
        twin.zero_grad()
        x_torch = tensor(x)
        theirs = twin(x_torch) if taps is None else twin(x_torch.permute(0, 3, 1, 2))
        theirs = theirs if taps is None else theirs.permute(0, 2, 3, 1)
        ours, cache = layer.forward(x, training=True)
        close(ours, theirs, dtype)
        dy = rng.standard_normal(ours.shape).astype(dtype)
        theirs.backward(torch.tensor(dy))
        close(layer.backward(dy, cache), x_torch.grad, dtype)
        close(layer.u.value, norm._u, dtype)
        dW = twin.parametrizations.weight.original.grad.reshape(M, -1).T
        close(kernel.grad.reshape(-1, M)[order], dW, dtype)
    twin.eval()
    theirs = twin(tensor(x)) if taps is None else twin(tensor(x).permute(0, 3, 1, 2))
    close(layer.forward(x)[0], theirs if taps is None else theirs.permute(0, 2, 3, 1), dtype)


def _channels_first(taps):
    return np.arange(taps * taps * 3).reshape(taps, taps, 3).transpose(2, 0, 1).ravel()
