"""Both turns of a GAN, as chapter 30 writes them in PyTorch, do what its step in minidl does."""

from pathlib import Path

import numpy as np
import pytest
import twins
from torch_weights import pairs

from minidl import Sequential, losses, optimizers
from minidl.layers import Dense, Reshape
from minidl_course.chapters.gans_digits import Gan
from notebooks import read

CHAPTER = Path(__file__).resolve().parents[2] / "notebooks/30-gans.ipynb"
BATCH, RATE = 6, 0.1


def test_the_turns_in_pytorch_are_the_step_of_the_page():
    torch = pytest.importorskip("torch", reason="parity needs PyTorch: pip install -e .[parity]")
    notebook = read(CHAPTER)
    twin = twins.twin_of(notebook)
    theirs = twins.run(twins.blocks_of(notebook)["PyTorch"], "PyTorch", ["model", "turns"])
    forger = Sequential([Dense(784, input_shape=(3,)), Reshape((28, 28, 1))], seed=0)
    detective = twin.model
    detective.compile(loss=losses.BinaryCrossentropy(from_logits=True))
    gan = Gan(forger, detective, noise=3)
    gan.compile(optimizers.SGD(RATE))
    gan.generator_optimizer = optimizers.SGD(RATE)
    real = np.random.default_rng(1).random((BATCH, 28, 28, 1), np.float32)
    gan.build(real.shape[1:], np.random.default_rng(2))
    gan.rng = np.random.default_rng(3)
    z = np.random.default_rng(3).standard_normal((BATCH, 3)).astype("float32")

    dense = forger.layers[0]
    linear = torch.nn.Linear(3, 784)
    made = torch.nn.Sequential(linear, torch.nn.Unflatten(1, (1, 28, 28)))
    layers = [layer for layer in detective.layers if layer.get_weights()]
    flat = next(layer.input_shape for layer in detective.layers if "flatten" in layer.name)
    leaves = [(layer, flat if isinstance(layer, Dense) else None) for layer in layers]
    names = {id(param): name for name, param in twin.weights}
    copied = [(p.ours, p.theirs, p.change) for p in pairs(leaves, theirs.model, names)]
    copied += [(dense.W, linear.weight, np.transpose), (dense.b, linear.bias, np.array)]
    with torch.no_grad():
        for ours, tensor, change in copied:
            tensor.copy_(torch.from_numpy(np.array(change(ours.value))))

    before = [np.array(ours.value) for ours, _, _ in copied]
    gan.train_step((real, None, None))
    steps = [torch.optim.SGD(net.parameters(), RATE) for net in (theirs.model, made)]
    pixels = theirs.to_input(torch.from_numpy(real))
    theirs.turns(made, pixels, torch.from_numpy(z), *steps)
    for (ours, tensor, change), old in zip(copied, before):
        assert np.abs(ours.value - old).max() > 1e-5  # both networks have learned
        new = tensor.detach().numpy()
        np.testing.assert_allclose(change(ours.value), new, rtol=1e-4, atol=1e-5)
