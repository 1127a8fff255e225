"""The network of spoken digits that is timed is the same in both libraries: numbers and slopes."""

import numpy as np
import pytest
import workloads_ctc
from comparing import close
from torch_weights import pairs

from minidl import losses, optimizers

torch = pytest.importorskip("torch", reason="parity needs PyTorch: pip install torch==2.13.0")


@pytest.fixture
def workload(monkeypatch):
    for name, size in {"N": 3, "T": 61, "STEPS": 31, "CHANNELS": 12, "UNITS": 16}.items():
        monkeypatch.setattr(workloads_ctc, name, size)
    return workloads_ctc


def test_logits_loss_and_every_gradient(workload, backend):
    model, module = workload.model(), workload.torch_model().double()
    model.compile(optimizers.SGD(0.1), losses.CTC(), backend=backend)
    x, y = workload.strings()
    names = {id(tensor): name for name, tensor in model.tensors().items()}
    first, second, both, head = model.layers
    in_order = [first, second, both.forward_layer, both.backward_layer, head]
    copied = pairs([(layer, None) for layer in in_order], module, names)
    assert {pair.name for pair in copied} == set(names.values())
    rng = np.random.default_rng(1)
    for pair in copied:
        if pair.share == 1:
            pair.ours.assign(rng.normal(0, 0.2, pair.ours.value.shape))
    with torch.no_grad():
        for pair in copied:
            pair.theirs.copy_(torch.from_numpy(pair.share * pair.change(pair.ours.value)))
    logits = module(torch.from_numpy(x.astype("f8")).transpose(1, 2))
    cost = workload.ctc(logits, torch.from_numpy(y))
    cost.backward()
    close(model.predict(x), logits.float(), "float32")
    model.zero_grad()
    results, _ = model.loss_and_gradient(*model.validate(x, y), input_gradient=False)
    assert float(results["loss"]) == pytest.approx(cost.item(), rel=1e-5)
    for pair in copied:
        ours, theirs = pair.change(pair.ours.grad), pair.theirs.grad.numpy()
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=2e-5 * np.abs(theirs).max())


def test_the_step_that_is_timed_learns(workload, monkeypatch):
    monkeypatch.setattr("steps.RATE", 1e-3)  # what is timed hardly moves
    step = workload.minidl("numba")
    first = step()
    assert min(step() for _ in range(30)) < first / 2
    workload.torch("cpu")()
