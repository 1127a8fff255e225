"""Masks in recurrent layers as Keras has them: padding before, after, between, and nothing else."""

import os

import numpy as np
import pytest
from comparing import SEEDS, several
from hypothesis import given
from hypothesis import strategies as st

from minidl import layers

os.environ.setdefault("KERAS_BACKEND", "torch")
torch = pytest.importorskip("torch", reason="parity needs PyTorch: pip install torch==2.13.0")
keras = pytest.importorskip("keras", reason="parity needs Keras: pip install keras==3.15.1")
if keras.backend.backend() != "torch":
    pytest.skip("Keras computes with another backend than torch", allow_module_level=True)
N, T, D, M = 2, 5, 3, 2


@several
@given(
    kind=st.sampled_from(["SimpleRNN", "LSTM", "GRU"]),
    mode=st.sampled_from([None, "concat", "sum", "mul", "ave"]),
    sequences=st.booleans(),
    backwards=st.booleans(),
    mask=st.lists(st.booleans(), min_size=N * T, max_size=N * T),
    seed=SEEDS,
)
def test_outputs_and_gradients_with_a_mask(kind, mode, sequences, backwards, mask, seed):
    rng = np.random.default_rng(seed)
    options = {"units": M, "return_sequences": sequences, "go_backwards": backwards and not mode}
    ours, theirs = getattr(layers, kind)(**options), getattr(keras.layers, kind)(**options)
    if mode:
        ours = layers.Bidirectional(ours, mode)
        theirs = keras.layers.Bidirectional(theirs, merge_mode=mode)
    ours.prepare((T, D), rng=rng)
    theirs.build((N, T, D))
    theirs.set_weights(ours.get_weights())
    x, mask = rng.standard_normal((N, T, D)).astype("f4"), np.reshape(mask, (N, T))
    x_torch = torch.tensor(x, requires_grad=True)
    y_torch = theirs(x_torch, mask=torch.tensor(mask))
    y, cache = ours.forward(x, mask=mask)
    np.testing.assert_allclose(y, y_torch.detach(), atol=2e-6)
    dy = rng.standard_normal(y.shape).astype("f4")
    y_torch.backward(torch.tensor(dy))
    np.testing.assert_allclose(ours.backward(dy, cache), x_torch.grad, atol=2e-5)
    for param, variable in zip(ours.params().values(), theirs.trainable_weights):
        np.testing.assert_allclose(param.grad, variable.value.grad, atol=2e-5)
