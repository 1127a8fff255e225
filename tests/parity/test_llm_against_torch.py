"""The language model that is timed is the same in both libraries: equal outputs and gradients."""

import numpy as np
import pytest
import workloads_llm as workload

from minidl import losses, optimizers

torch = pytest.importorskip("torch")


def _pairs(ours, theirs):
    """Yield (our Param, part of a parameter of PyTorch's, whether one of them is transposed)."""
    embed, *blocks, last = (ours.get_layer(name) for name in _names())
    yield embed.W, theirs.embedding.weight, False
    for block, module in zip(blocks, theirs.blocks, strict=True):
        attention, network = block.self_attention, block.feedforward
        wide, narrow = network.layer.layers
        yield attention.norm.scale, module.before.weight, False
        yield network.norm.scale, module.between.weight, False
        layer = attention.layer
        yield from _rows((layer.query_dense, layer.key_dense, layer.value_dense), module.all_three)
        yield from _rows([layer.output_dense], module.out)
        yield from _rows((wide.gate, wide.dense), module.both)
        yield from _rows([narrow], module.down)
    yield last.scale, theirs.last.weight, False


def _names():
    return ["embed", *(f"block{n + 1}" for n in range(workload.BLOCKS)), "last"]


def _rows(layers, linear):
    """A Linear that is several Dense, one below the other."""
    first = 0
    for dense in layers:
        yield dense.W, (linear.weight, slice(first, first + dense.units)), True
        first += dense.units


def test_the_timed_language_model_is_the_same_in_both_libraries():
    ours, theirs, T = workload.model(), workload.torch_model(), workload.T
    ours.compile(optimizers.AdamW(), losses.SparseCategoricalCrossentropy(from_logits=True))
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
    largest = logits.detach().abs().max().item()
    np.testing.assert_allclose(ours(x), logits.detach().numpy(), atol=1e-4 * largest, rtol=0)
    ours.zero_grad()
    results, _ = ours.loss_and_gradient(x.astype("f4"), y, input_gradient=False)
    assert results["loss"] == pytest.approx(loss.item(), rel=1e-5)
    for param, there, transposed in pairs:
        tensor, rows = there if isinstance(there, tuple) else (there, slice(None))
        expected = tensor.grad[rows].numpy()
        largest = max(np.abs(expected).max(), 1e-6)
        found = param.grad.T if transposed else param.grad
        np.testing.assert_allclose(found, expected, atol=1e-4 * largest, rtol=0)
