"""Our weights in PyTorch's layouts: features first, channels first, other orders of gates."""

from typing import Any, NamedTuple

import numpy as np

ORDERS = {"RNN": [0], "LSTM": [0, 1, 2, 3], "GRU": [1, 0, 2]}  # their block k is our ORDER[k]


class Pair(NamedTuple):
    """A parameter or state of ours, and the tensor of theirs that holds share * change(ours)."""

    name: str
    ours: Any
    theirs: Any
    change: Any
    share: float = 1.0


def _same(array):
    return array


def _affine(layer, module, part, flat):
    """Linear: features first; rows that were (H, W, C) are (C, H, W)."""

    def change(W):
        if flat and len(flat) > 1 and len(W) == np.prod(flat):
            W = np.moveaxis(W.reshape(*flat, -1), -2, 0).reshape(W.shape)
        return W.T

    yield layer.kernel, module.weight, change
    yield layer.bias, module.bias, _same


def _convolution(layer, module, part, flat):
    """(R, S, C, M) -> (M, C, R, S), and (R, C, M) -> (M, C, R)."""
    yield layer.kernel, module.weight, lambda w: np.moveaxis(w, (-1, -2), (0, 1))
    yield layer.bias, module.bias, _same


def _depthwise(layer, module, part, flat):
    """(R, S, C, multiplier) -> (C multiplier, 1, R, S)."""
    R, S, C, multiplier = layer.w.shape
    assert module.groups == C, f"{module} needs groups={C}"
    yield (
        layer.w,
        module.weight,
        lambda w: w.transpose(2, 3, 0, 1).reshape(C * multiplier, 1, R, S),
    )
    yield layer.bias, module.bias, _same


def _conv(layer, module, part, flat):
    rule = _depthwise if type(layer).__name__ == "DepthwiseConv2D" else _convolution
    return rule(layer, module, part, flat)


def _normalization(layer, module, part, flat):
    yield layer.gamma if layer.scale else None, module.weight, _same
    yield layer.beta if layer.center else None, module.bias, _same
    if getattr(module, "running_mean", None) is not None:
        yield layer.moving_mean, module.running_mean, _same
        yield layer.moving_variance, module.running_var, _same


def _rms_normalization(layer, module, part, flat):
    yield layer.scale, module.weight, _same


def _embedding(layer, module, part, flat):
    yield layer.embeddings, module.weight, _same


class Rows(NamedTuple):
    """Some rows of a tensor, as one of its own: Linear layers that PyTorch keeps in one."""

    whole: Any
    rows: slice

    shape = property(lambda self: self.whole[self.rows].shape)
    requires_grad = property(lambda self: self.whole.requires_grad)
    grad = property(lambda self: None if self.whole.grad is None else self.whole.grad[self.rows])

    def copy_(self, values):
        self.whole[self.rows] = values


def _heads(layer, module, part, flat):
    """Queries, keys and values of MultiheadAttention: three Dense of ours in one matrix."""
    M = module.embed_dim
    rows, biases = slice(int(part) * M, int(part) * M + M), module.in_proj_bias
    yield layer.kernel, Rows(module.in_proj_weight, rows), np.transpose
    yield layer.bias, None if biases is None else Rows(biases, rows), _same


def _recurrent(layer, module, part, flat):
    """Blocks of columns become blocks of rows; two biases where an RNN and an LSTM have one."""
    order = ORDERS[type(module).__name__]

    def change(array):
        blocks = np.split(array, len(order), axis=-1)
        # their block j is the one of ours whose number in `order` is j
        return np.concatenate([blocks[order.index(j)] for j in range(len(order))], axis=-1).T

    W, U, b_W, b_U = (
        getattr(module, f"{name}_{part}", None)
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )
    yield layer.kernel, W, change
    yield layer.recurrent_kernel, U, change
    if layer.bias is None or layer.bias.value.ndim == 1:  # theirs are added: split ours in two
        yield layer.bias, b_W, change, 0.75
        yield layer.bias, b_U, change, 0.25
    else:
        yield layer.bias, b_W, lambda b: change(b[0])
        yield layer.bias, b_U, lambda b: change(b[1])


def _parts(module):
    """The parts of a module that are layers of their own here: of a stack, and both directions."""
    if type(module).__name__ == "MultiheadAttention":
        return ["0", "1", "2"]
    if type(module).__name__ not in ORDERS:
        return [""]
    ways = ["", "_reverse"] if module.bidirectional else [""]
    return [f"l{k}{way}" for k in range(module.num_layers) for way in ways]


RULES = {  # by the class of theirs: the classes of ours, and how the weights go together
    "Linear": (("Dense",), _affine),
    "NonDynamicallyQuantizableLinear": (("Dense",), _affine),  # the last of MultiheadAttention
    "MultiheadAttention": (("Dense",), _heads),
    "Conv": (("Conv1D", "Conv2D", "DepthwiseConv2D"), _conv),
    "BatchNorm": (("BatchNormalization",), _normalization),
    "LayerNorm": (("LayerNormalization",), _normalization),
    "RMSNorm": (("RMSNormalization",), _rms_normalization),
    "Embedding": (("Embedding", "PositionEmbedding", "ReversibleEmbedding"), _embedding),
    "RNN": (("SimpleRNN",), _recurrent),
    "LSTM": (("LSTM",), _recurrent),
    "GRU": (("GRU",), _recurrent),
}


def pairs(leaves, model, names):
    """List of `Pair` for all weights of a model in PyTorch.

    Args:
        leaves: list of (layer of ours with weights, the shape (H, W, C) that was flattened before
            it where the twin has (C, H, W), or None), in order.
        model: a Module, whose modules with weights have the same order.
        names: dict from the id of a weight of ours to its name.
    """
    paired, waiting = [], list(leaves)
    for name, module in model.named_modules():
        if not list(module.parameters(recurse=False)):
            continue
        kind = type(module).__name__.removesuffix("1d").removesuffix("2d").removesuffix("3d")
        assert kind in RULES, f"no rule for {name}, a {type(module).__name__}, in torch_weights.py"
        classes, rule = RULES[kind]
        for part in _parts(module):
            assert waiting, f"no layer of ours is left for {name}, a {type(module).__name__}"
            layer, flat = waiting.pop(0)
            assert type(layer).__name__ in classes, f"{layer!r} stands where theirs is {module}"
            for ours, theirs, change, *share in rule(layer, module, part, flat):
                if ours is None and theirs is None:
                    continue
                where = f"{layer.name} and {name}"
                assert ours is not None and theirs is not None, f"one of {where} has no bias"
                shapes = change(ours.value).shape, tuple(theirs.shape)
                assert shapes[0] == shapes[1], f"shapes in {where}: {shapes}"
                paired.append(Pair(names[id(ours)], ours, theirs, change, *share))
    assert not waiting, f"theirs has nothing for {[layer for layer, _ in waiting]}"
    return paired


def dropout_rates(model):
    """Set every rate of dropout in a Module to 0; return the sorted list of what they were."""
    rates = []
    for module in model.modules():
        for name in ("p", "dropout"):
            if isinstance(rate := getattr(module, name, None), float):
                rates.append(rate)
                setattr(module, name, 0.0)
    return sorted(rate for rate in rates if rate)
