"""What must be equal on all ranks: made so, and compared before training: who differs is named."""

import collections
import hashlib
import json

import numpy as np

import minidl
from minidl.base import config
from minidl.base.arrays import to_numpy
from minidl.base.configurable import to_data
from minidl.base.structure import parts
from minidl.distributed.world import (
    DisagreementError,
    allgather_texts,
    broadcast,
    broadcast_bytes,
)

WEIGHTS = "weights"  # the key of their checksum
_ADVICE = {
    WEIGHTS: "make the model with the same seed on every rank, or call "
    "dist.broadcast_parameters(model)",
    "generator for the order of batches": "make the model with the same seed on every rank, or "
    "call dist.broadcast_parameters(model)",
    "batches an epoch": "a rank without a batch would let the others wait for ever; dist.Shards "
    "gives all ranks as many",
}


def broadcast_parameters(model, root=0):
    """Give every rank the root's weights and states, and its order of batches.

    Args:
        model: built, of the same shapes on every rank.
        root: the rank that has what all shall have.

    Raises:
        RuntimeError: the model is not built, so it has no weights yet.
    """
    if not model.built:
        raise RuntimeError(
            "broadcast_parameters needs weights, and the model makes them when it knows its "
            "input: give the first layer an input_shape, or start with Input(shape)"
        )
    for tensor in model.tensors().values():
        tensor.assign(broadcast(tensor.numpy(), root))
    if isinstance(model.rng, np.random.Generator):
        state = json.dumps(to_data(model.rng.bit_generator.state)).encode()
        model.rng.bit_generator.state = json.loads(broadcast_bytes(state, root))


def compare(mine):
    """Compare a dict of plain data with those of all ranks.

    Raises:
        DisagreementError: on every rank, if one differs; says which, and in what.
    """
    said = [json.loads(text) for text in allgather_texts(json.dumps(mine))]
    keys = dict.fromkeys(key for one in said for key in one)
    wrong = [sentence for key in keys if (sentence := _difference(key, said))]
    if wrong:
        raise DisagreementError("the ranks do not agree: " + "; ".join(wrong))


def _difference(key, said):
    """Return a text on who says what about a key; "" where all say the same."""
    texts = [_text(one.get(key)) for one in said]
    count = collections.Counter(texts)
    if len(count) == 1:
        return ""
    (usual, most), *_ = count.most_common(1)
    if len(count) == len(texts) or 2 * most <= len(texts):  # nobody to measure the others by
        who = [f"rank {r} has {text}" for r, text in enumerate(texts)]
        told = ", ".join(who[:8]) + (", ..." if len(who) > 8 else "")
    else:
        others = [f"rank {r} has {text}" for r, text in enumerate(texts) if text != usual]
        rest = "the others" if most > 1 else f"rank {texts.index(usual)}"
        told = f"{', '.join(others)}, {rest} {usual}"
    return f"{key}: {told}" + (f" ({_ADVICE[key]})" if key in _ADVICE else "")


def _text(value):
    if value is None:
        return "none"
    if isinstance(value, list):
        return "(" + ", ".join(map(str, value)) + ")"
    return str(value)


def checksum(tensors):
    """Return twelve letters that differ if one bit of a dict of Params and States does."""
    total = hashlib.sha256()
    for tensor in tensors.values():
        total.update(np.ascontiguousarray(to_numpy(tensor.value)).tobytes())
    return total.hexdigest()[:12]


def of_training(model, source, batch_size):
    """Return what must be equal before `fit` begins: a dict of plain data."""
    found = {"version of minidl": minidl.__version__, "numbers of this process": config.floatx()}
    data = getattr(source, "data", None)
    for name, arrays in zip(("x", "y"), data or ()):
        for k, array in enumerate(parts(arrays)):
            label = name if not isinstance(arrays, tuple) else f"{name}[{k}]"
            found[f"samples in {label}"] = str(array.dtype)
            found[f"shape of a sample in {label}"] = list(array.shape[1:])
    found["batch size"] = getattr(source, "batch_size", None if data is None else batch_size)
    found["batches an epoch"] = source.steps
    params, tensors = model.params(), model.tensors()
    for path, tensor in tensors.items():
        found[f"shape of {path}"] = list(tensor.shape)
    found["type of the weights"] = _common({str(tensor.dtype) for tensor in params.values()})
    found["trained weights"] = len(model.trained_params())
    if isinstance(model.rng, np.random.Generator):
        state = json.dumps(to_data(model.rng.bit_generator.state), sort_keys=True)
        found["generator for the order of batches"] = hashlib.sha256(state.encode()).hexdigest()[:8]
    found |= {f"{key} of the optimizer": value for key, value in _settings(model.optimizer)}
    found["steps already taken"] = model.optimizer.iterations
    found[WEIGHTS] = f"checksum {checksum(tensors)}"
    return found


def _settings(optimizer):
    """Yield (name, value): the rate of now first, whatever it was made with."""
    yield "learning_rate", float(optimizer.learning_rate)
    given = to_data(optimizer.alone)
    yield from ((key, value) for key, value in given.items() if key != "learning_rate")
    yield "order", optimizer.order
    yield "bucket_bytes", optimizer.bucket_bytes


def _common(kinds):
    return kinds.pop() if len(kinds) == 1 else ", ".join(sorted(kinds))
