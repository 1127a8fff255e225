"""The GPT that is timed is one network in both libraries: equal outputs, loss and gradients."""

import numpy as np
import pytest
import workloads_gpt as workload

from minidl import losses, optimizers

torch = pytest.importorskip("torch")


def _pairs(ours, theirs):
    """Yield (our Param, part of a parameter of PyTorch's, whether one of them is transposed)."""
    embedding, position, *blocks, last, head = ours.layers
    yield embedding.W, theirs.embedding.weight, False
    (places,) = position.params().values()
    yield places, theirs.position.weight, False
    for block, module in zip(blocks, theirs.blocks, strict=True):
        attention, network = block.self_attention, block.feedforward
        yield from _norm(attention.norm, module.before)
        yield from _norm(network.norm, module.between)
        three = (
            attention.layer.query_dense,
            attention.layer.key_dense,
            attention.layer.value_dense,
        )
        for k, dense in enumerate(three):
            rows = slice(k * dense.units, (k + 1) * dense.units)
            yield dense.W, (module.all_three.weight, rows), True
            yield dense.b, (module.all_three.bias, rows), False
        yield from _linear(attention.layer.output_dense, module.out)
        for dense, linear in zip(network.layer.layers, (module.up, module.down), strict=True):
            yield from _linear(dense, linear)
    yield from _norm(last, theirs.last)
    yield from _linear(head, theirs.head)


def _norm(layer, module):
    yield layer.gamma, module.weight, False
    yield layer.beta, module.bias, False


def _linear(layer, module):
    yield layer.W, module.weight, True
    yield layer.b, module.bias, False


def test_the_timed_gpt_is_the_same_in_both_libraries():
    ours, theirs, T = workload.model(), workload.torch_model(), workload.T
    ours.compile(optimizers.Adam(), losses.SparseCategoricalCrossentropy(from_logits=True))
    ours.prepare((T,))
    rng = np.random.default_rng(0)
    pairs, seen = list(_pairs(ours, theirs)), 0
    with torch.no_grad():
        for param, there, transposed in pairs:
            param.value[...] = rng.normal(0, 0.1, param.value.shape)
            tensor, rows = there if isinstance(there, tuple) else (there, slice(None))
            tensor[rows] = torch.from_numpy(param.value.T if transposed else param.value)
            seen += param.value.size
    assert {id(param) for param, *_ in pairs} == {id(param) for param in ours.params().values()}
    assert seen == sum(p.numel() for p in theirs.parameters())

    x, y = (a[:3] for a in workload.text())
    logits = theirs(torch.from_numpy(x))
    loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), torch.from_numpy(y).flatten())
    loss.backward()
    np.testing.assert_allclose(ours(x), logits.detach().numpy(), atol=2e-4)
    ours.zero_grad()
    results, _ = ours.loss_and_gradient(x.astype("f4"), y, input_gradient=False)
    assert results["loss"] == pytest.approx(loss.item(), rel=1e-5)
    for param, there, transposed in pairs:
        tensor, rows = there if isinstance(there, tuple) else (there, slice(None))
        expected = tensor.grad[rows].numpy()
        largest = max(np.abs(expected).max(), 1e-6)
        found = param.grad.T if transposed else param.grad
        np.testing.assert_allclose(found, expected, atol=1e-4 * largest, rtol=0)
