"""The translator that is timed is the same network in both libraries: same numbers, same slopes."""

import numpy as np
import pytest
import workloads_translate as workload
from comparing import close
from torch_weights import pairs

from minidl import losses, optimizers

torch = pytest.importorskip("torch", reason="parity needs PyTorch: pip install torch==2.13.0")


def test_logits_loss_and_every_gradient(backend):
    model, module = workload.minidl_model(), workload.torch_module().double()
    loss = losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizers.SGD(0.1), loss, backend=backend)
    *x, y = workload.sentences()
    kinds = ("Embedding", "GRU", "Dense")
    layers = [layer for path, layer in model.walk() if path]
    in_order = [layer for kind in kinds for layer in layers if type(layer).__name__ == kind]
    names = {id(tensor): name for name, tensor in model.tensors().items()}
    copied = pairs([(layer, None) for layer in in_order], module, names)
    assert {pair.name for pair in copied} == set(names.values())
    rng = np.random.default_rng(1)
    for pair in copied:
        if pair.share == 1:
            pair.ours.assign(rng.normal(0, 0.2, pair.ours.value.shape))
    with torch.no_grad():
        for pair in copied:
            pair.theirs.copy_(torch.from_numpy(pair.share * pair.change(pair.ours.value)))
    logits = module(*(torch.from_numpy(array) for array in x))
    cost = torch.nn.functional.cross_entropy(logits.movedim(-1, 1), torch.from_numpy(y))
    cost.backward()
    close(model.predict(x), logits.float(), "float32")
    model.zero_grad()
    results, _ = model.loss_and_gradient(*model.validate(tuple(x), y), input_gradient=False)
    assert float(results["loss"]) == pytest.approx(cost.item(), rel=1e-5)
    for pair in copied:
        ours, theirs = pair.change(pair.ours.grad), pair.theirs.grad.numpy()
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=2e-5 * np.abs(theirs).max())


def test_the_step_that_is_timed_learns(monkeypatch):
    monkeypatch.setattr("steps.RATE", 1e-3)  # what is timed hardly moves
    step = workload.minidl("numba")
    first = step()
    assert min(step() for _ in range(30)) < first - 0.02
    workload.torch("cpu")()
