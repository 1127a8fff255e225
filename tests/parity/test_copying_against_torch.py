"""The pointer-generator against PyTorch's `scatter_add` and its gradients."""

import numpy as np
import pytest
from comparing import BACKENDS, DTYPES, SEEDS, close, several, tensor
from hypothesis import given
from hypothesis import strategies as st

from minidl import kernels
from minidl.layers import PointerGenerator

torch = pytest.importorskip("torch", reason="parity needs PyTorch: pip install torch==2.13.0")
SIZE = st.integers(1, 5)


@several
@given(N=SIZE, T=SIZE, S=SIZE, V=SIZE, K=SIZE, dtype=DTYPES, backend=BACKENDS, seed=SEEDS)
def test_output_and_gradients(N, T, S, V, K, dtype, backend, seed):
    rng = np.random.default_rng(seed)
    p, w = rng.dirichlet(np.ones(V), (N, T)), rng.dirichlet(np.ones(S), (N, T))
    x = [array.astype(dtype) for array in (p, w, rng.random((N, T, 1)))]
    source = rng.integers(0, V + K, (N, S))
    dy = rng.standard_normal((N, T, V + K)).astype(dtype)
    layer = PointerGenerator(K)
    layer.prepare(((T, V), (T, S), (T, 1), (S,)), kernels.load(backend), rng)
    y, cache = layer.forward((*x, source))
    p, w, g = tensors = [tensor(array) for array in x]
    generated = torch.nn.functional.pad(g * p, (0, K))
    index = torch.tensor(source)[:, None].expand(-1, T, -1)
    expected = generated.scatter_add(2, index, (1 - g) * w)
    expected.backward(torch.tensor(dy))
    close(y, expected, dtype)
    *gradients, none = layer.backward(dy, cache)
    for ours, theirs in zip(gradients, tensors):
        close(ours, theirs.grad, dtype)
    assert not none.any()
