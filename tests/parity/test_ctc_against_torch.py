"""CTC against PyTorch and Keras: values and gradients, repeats, empty targets, no path at all."""

import numpy as np
import pytest
from comparing import DTYPES, SEEDS, close, several, tensor, torch
from hypothesis import given
from hypothesis import strategies as st
from keras_on_torch import keras

from minidl import losses


def _targets(rng, N, U, C):
    """Labels (N, U), of every length from 0 to U, with many repeats."""
    lengths = rng.integers(0, U + 1, N)
    labels = rng.integers(1, C, (N, U))
    labels[:, 1:] = np.where(rng.random((N, U - 1)) < 0.4, labels[:, :-1], labels[:, 1:])
    return np.where(np.arange(U) < lengths[:, None], labels, 0), lengths


@several
@given(
    N=st.integers(1, 6),
    T=st.integers(1, 20),
    C=st.integers(2, 12),
    U=st.integers(1, 7),
    scale=st.sampled_from([1.0, 30.0]),
    dtype=DTYPES,
    seed=SEEDS,
)
def test_values_and_gradients_are_pytorch_s(N, T, C, U, scale, dtype, seed):
    rng = np.random.default_rng(seed)
    z = (scale * rng.standard_normal((N, T, C))).astype(dtype)
    y, lengths = _targets(rng, N, U, C)
    steps = rng.integers(1, T + 1, N)
    mask = np.arange(T) < steps[:, None]
    z_torch = tensor(z.astype("f8"))  # in float32 PyTorch is right to four digits
    log_p = z_torch.log_softmax(dim=-1).transpose(0, 1)
    theirs = torch.nn.functional.ctc_loss(
        log_p,
        torch.tensor(y),
        torch.tensor(steps),
        torch.tensor(lengths),
        reduction="sum",
        zero_infinity=True,
    )
    theirs.backward()
    ours, dz = losses.CTC(zero_infinity=True, reduction="sum")(y, z, mask=mask)
    assert ours == pytest.approx(theirs.item(), rel=1e-5 if dtype == "float32" else 1e-10)
    np.testing.assert_allclose(
        dz, z_torch.grad.numpy(), rtol=0, atol=1e-6 * (dtype == "float32") + 1e-10
    )


@several
@given(N=st.integers(1, 5), U=st.integers(1, 5), C=st.integers(2, 9), seed=SEEDS)
def test_the_mean_is_keras_s(N, U, C, seed):
    rng = np.random.default_rng(seed)
    y, _ = _targets(rng, N, U, C)
    z = rng.standard_normal((N, 2 * U + 1, C)).astype("f4")
    z_torch = tensor(z)
    theirs = keras.losses.CTC()(torch.tensor(y), z_torch)
    theirs.backward()
    ours, dz = losses.CTC()(y, z)
    assert ours == pytest.approx(theirs.item(), rel=2e-5)
    close(dz, z_torch.grad, "float32")
