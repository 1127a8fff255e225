"""What the readings share: how images come in, and how gradients leave no trace."""

import contextlib

import numpy as np

from minidl.base import checks, config


def inputs(model, x):
    """x in the model's float type and memory; the model is built if it was not."""
    x = checks.numeric("x", x)
    if x.ndim not in (3, 4):
        raise ValueError(
            f"x has shape {x.shape}; expected images (N, H, W, C) or (N, H, W). Write one image as "
            "x[None]"
        )
    model.prepare(x.shape[1:])
    return model.ops.xp.asarray(x.astype(config.floatx(), copy=False))


@contextlib.contextmanager
def gradients_spared(model):
    """Let `backward` run without a trace: it would add to gradients that a training step owns."""
    kept = {param: param.grad for param in model.params().values()}
    for param in kept:
        param.grad = np.zeros_like(param.grad)
    try:
        yield
    finally:
        for param, grad in kept.items():
            param.grad = grad
