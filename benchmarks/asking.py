"""One sample in, one answer out, both as arrays of NumPy: what `train_step.py --predict` times.

Each function takes a network and the batch x that it was trained on, and returns a function that
predicts the first sample of it.
"""

import numpy as np


def minidl(model, x):
    """By `predict`, x an array or a tuple of them."""
    from minidl.base.arrays import to_numpy
    from minidl.base.structure import mapped

    one = mapped(lambda array: to_numpy(array[:1]), x)
    return lambda: model.predict(one, verbose=0)


def torch(module, x):
    """By a call in evaluation and inference mode, x a tuple of tensors."""
    import torch

    device, one = x[0].device, [tensor[:1].cpu().numpy() for tensor in x]
    module.eval()

    @torch.inference_mode()
    def ask():
        y = module(*(torch.from_numpy(array).to(device) for array in one))
        return [part.cpu().numpy() for part in (y if isinstance(y, tuple) else (y,))]

    return ask


def jax(model, x):
    """By a compiled function, x an array, the model one of Keras's on JAX."""
    import jax

    answer = jax.jit(lambda *state: model.stateless_call(*state)[0])
    state = (
        [variable.value for variable in model.trainable_variables],
        [variable.value for variable in model.non_trainable_variables],
    )
    return lambda: np.asarray(answer(*state, x[:1]))
