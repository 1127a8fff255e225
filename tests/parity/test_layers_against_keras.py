"""Layers in minidl and in Keras, with the same weights: outputs and the gradient of everything.

Weights stand in the same order in both, so they are handed over as `get_weights` lists them.
"""

import os

import numpy as np
import pytest

from minidl import config, layers
from minidl.initializers import RandomUniform

os.environ.setdefault("KERAS_BACKEND", "torch")
torch = pytest.importorskip("torch", reason="parity needs PyTorch: pip install torch==2.13.0")
keras = pytest.importorskip("keras", reason="parity needs Keras: pip install keras==3.15.1")
theirs = keras.layers
if keras.backend.backend() != "torch":
    pytest.skip("Keras computes with another backend than torch", allow_module_level=True)

CASES = {
    "zoom": (
        "RandomZoom",
        {"height_factor": (0.3, 0.3), "width_factor": (-0.4, -0.4)},
        (2, 5, 7, 3),
    ),
    "zoom, wrap": ("RandomZoom", {"height_factor": (0.9, 0.9), "fill_mode": "wrap"}, (2, 5, 7, 3)),
    "identity": ("Identity", {}, (2, 3)),
    "rescaling": ("Rescaling", {"scale": 0.3, "offset": -2}, (2, 3)),
    "normalization": ("Normalization", {"mean": [1, 2, 3], "variance": [4, 0.5, 1]}, (2, 4, 3)),
    "normalization of all": ("Normalization", {"axis": None, "mean": 1, "variance": 4}, (2, 3)),
}
for kind, f, options in (
    ("SimpleRNN", "elu", {}),
    ("LSTM", "relu", {"recurrent_activation": "hard_sigmoid"}),
    ("LSTM", "softplus", {"recurrent_activation": "tanh", "return_sequences": True}),
    ("GRU", "relu", {"recurrent_activation": "hard_sigmoid"}),
    ("GRU", "tanh", {"reset_after": False, "return_sequences": True}),
    ("GRU", "elu", {"reset_after": False, "go_backwards": True, "use_bias": False}),
):
    CASES[f"{kind}, {f}, {options}"] = (kind, {"units": 3, "activation": f, **options}, (2, 5, 4))
RANDOM = {"RandomZoom"}  # always the same zoom


@pytest.mark.parametrize("name", CASES)
def test_outputs_and_gradients_are_those_of_keras(name):
    kind, options, shape = CASES[name]
    rng = np.random.default_rng(0)
    ours, other = getattr(layers, kind)(**options), getattr(theirs, kind)(**options)
    ours.prepare(shape[1:], rng=rng)
    for param in ours.params().values():
        param.assign(RandomUniform(-1, 1)(param.shape, rng))
    x = rng.standard_normal(shape).astype(config.floatx())
    other.build(shape)
    other.set_weights([param.numpy() for param in ours.params().values()])
    x_torch = torch.tensor(x, requires_grad=True)
    y_torch = other(x_torch, training=True) if kind in RANDOM else other(x_torch)
    y, cache = ours.forward(x, training=True)
    np.testing.assert_allclose(y, y_torch.detach(), rtol=1e-5, atol=2e-6)
    dy = rng.standard_normal(y.shape).astype(y.dtype)
    y_torch.backward(torch.tensor(dy))
    np.testing.assert_allclose(ours.backward(dy, cache), x_torch.grad, rtol=1e-5, atol=1e-5)
    for (path, param), variable in zip(ours.params().items(), other.trainable_weights):
        np.testing.assert_allclose(
            param.grad, variable.value.grad, rtol=1e-5, atol=2e-5, err_msg=path
        )
