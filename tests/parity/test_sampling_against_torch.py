"""Sampling and its divergence, against torch.distributions on the same noise."""

import numpy as np
import pytest
from comparing import DTYPES, SEEDS, close, several, tensor
from hypothesis import given
from hypothesis import strategies as st

from minidl.layers import Sampling, kl_to_standard_normal

torch = pytest.importorskip("torch", reason="parity needs PyTorch: pip install torch==2.13.0")
Normal, divergence = torch.distributions.Normal, torch.distributions.kl_divergence


@several
@given(
    shape=st.lists(st.integers(1, 6), min_size=2, max_size=3),
    weight=st.sampled_from([0.0, 0.1, 2.0]),
    dtype=DTYPES,
    seed=SEEDS,
)
def test_sampling_and_its_penalty(shape, weight, dtype, seed):
    rng = np.random.default_rng(seed)
    mean, log_var = rng.standard_normal((2, *shape)).astype(dtype)
    layer = Sampling(weight, seed=seed)
    layer.prepare((tuple(shape[1:]), tuple(shape[1:])))
    z, cache = layer.forward((mean, log_var), training=True)
    noise = np.random.default_rng(seed).standard_normal(shape, np.float32).astype(dtype)
    mean_torch, log_var_torch = tensor(mean), tensor(log_var)
    q = Normal(mean_torch, torch.exp(log_var_torch / 2))
    z_torch = q.loc + q.scale * torch.tensor(noise)  # what rsample does, with our noise
    kl = divergence(q, Normal(0.0, 1.0)).sum(-1)
    close(z, z_torch, dtype)
    close(kl_to_standard_normal(mean, log_var)[0], kl, dtype)
    dz = rng.standard_normal(shape).astype(dtype)
    ((z_torch * torch.tensor(dz)).sum() + weight * kl.sum() / shape[0]).backward()
    for ours, theirs in zip(layer.backward(dz, cache), (mean_torch, log_var_torch)):
        close(ours, theirs.grad, dtype)
    paid = weight * kl.detach().numpy().sum() / shape[0]
    assert layer.penalty(cache) == pytest.approx(paid, rel=1e-4, abs=1e-5)
