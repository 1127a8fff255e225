"""GPTs that are timed are one network in both libraries: equal outputs, loss and gradients."""

import numpy as np
import pytest
import workloads_gpt
import workloads_llm

from minidl import losses, optimizers

torch = pytest.importorskip("torch")


def _of_gpt(ours, theirs):
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


def _of_language_model(ours, theirs):
    """The same of the language model."""
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
    return ["embed", *(f"block{n + 1}" for n in range(workloads_llm.BLOCKS)), "last"]


def _rows(layers, linear):
    """A Linear that is several Dense, one below the other."""
    first = 0
    for dense in layers:
        yield dense.W, (linear.weight, slice(first, first + dense.units)), True
        first += dense.units


@pytest.mark.parametrize(
    ("workload", "pairs_of", "near"),
    [(workloads_gpt, _of_gpt, None), (workloads_llm, _of_language_model, 1e-4)],
    ids=["gpt", "llm"],
)
def test_the_timed_model_is_the_same_in_both_libraries(workload, pairs_of, near):
    """near: of the logits, as a share of the largest; 2e-4 as they are if not given."""
    ours, theirs, T = workload.model(), workload.torch_model(), workload.T
    ours.compile(optimizers.Adam(), losses.SparseCategoricalCrossentropy(from_logits=True))
    ours.prepare((T,))
    rng = np.random.default_rng(0)
    pairs, seen = list(pairs_of(ours, theirs)), 0
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
    logits = logits.detach().numpy()
    off = near * np.abs(logits).max() if near else 2e-4
    np.testing.assert_allclose(ours(x), logits, atol=off, rtol=0)
    ours.zero_grad()
    results, _ = ours.loss_and_gradient(x.astype("f4"), y, input_gradient=False)
    assert results["loss"] == pytest.approx(loss.item(), rel=1e-5)
    for param, there, transposed in pairs:
        tensor, rows = there if isinstance(there, tuple) else (there, slice(None))
        expected = tensor.grad[rows].numpy()
        largest = max(np.abs(expected).max(), 1e-6)
        found = param.grad.T if transposed else param.grad
        np.testing.assert_allclose(found, expected, atol=1e-4 * largest, rtol=0)
