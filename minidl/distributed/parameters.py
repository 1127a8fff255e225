"""Equal weights on every rank, where they were not made from the same seed."""

import json

import numpy as np

from minidl.base.configurable import to_data
from minidl.distributed.world import broadcast, broadcast_bytes


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
