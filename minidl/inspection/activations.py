"""What layers answer, which pixels of an image the answer hangs on, and who looks at whom."""

import contextlib

import numpy as np

from minidl.base import checks, config
from minidl.base.arrays import to_numpy
from minidl.base.structure import from_list, mapped, shape_of
from minidl.layers.activations import Sigmoid, Softmax
from minidl.layers.attention.multihead import Attended, with_unit_values


def activations(model, x):
    """Return what every layer of a Sequential makes of x: a list of (name, y (N, ...)), in order.

    Args:
        model: a Sequential.
        x: images (N, H, W, C), as for `predict`.
    """
    y, found = inputs(model, x), []
    for layer in model.layers:
        y, _ = layer.forward(y)
        found.append((layer.name, to_numpy(y)))
    return found


def saliency(model, x, labels):
    """Return how much each pixel moves the score of a class: |dz_label / dx|, (N, H, W).

    z (N, C) are the scores before the softmax, which would hide a class that is certain: its
    probability hardly moves. Of the channels of a pixel the largest counts.

    Args:
        model: a model that classifies: outputs (N, C), or (N, 1) from a sigmoid.
        x: images (N, H, W, C) or (N, H, W), as for `predict`.
        labels: integer classes (N,), of which to take the score: the true or the predicted ones.

    Reference: Simonyan, Vedaldi and Zisserman (2014), "Deep inside convolutional networks",
    section 3.1.
    """
    x = inputs(model, x)
    trunk, last = model.split_activation()
    if not isinstance(last, Softmax | Sigmoid):
        trunk = model
    with gradients_spared(model):
        z, cache = trunk.forward(x)
        dx = trunk.backward(model.ops.xp.asarray(_score_gradient(z, labels)), cache)
    return np.abs(to_numpy(dx)).reshape(*x.shape[:3], -1).max(axis=-1)


def _score_gradient(z, labels):
    """dz that picks the score of each label: (N, C), or (N, 1) with -z as the score of class 0."""
    labels = checks.numeric("labels", labels)
    N, C = z.shape if z.ndim == 2 else (len(z), None)
    classes = 2 if C == 1 else C
    if C is None or labels.shape != (N,) or labels.dtype.kind not in "iu":
        raise ValueError(
            f"saliency needs a model that returns (N, C) and one integer label an image; got "
            f"outputs of shape {z.shape} and labels of shape {labels.shape}, {labels.dtype}"
        )
    if labels.min() < 0 or labels.max() >= classes:
        raise ValueError(
            f"labels go from {labels.min()} to {labels.max()}; the model has classes 0 to "
            f"{classes - 1}"
        )
    if C == 1:
        return np.where(labels[:, None] == 1, 1, -1).astype(z.dtype)
    return np.eye(C, dtype=z.dtype)[labels]


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


def attention_scores(model, x):
    """Return how much each query looks at each key: a list of p (N, H, T, S), in inference.

    One for every MultiHeadAttention in the model, those inside of blocks too, in the order of
    computing: a decoder's block with a source has two.

    Args:
        model: of any form; built, or the shape of x is the first that it sees.
        x: inputs (N, ...) as for `predict`, a list of them if the model has several.
    """
    x = from_list(x) if isinstance(x, list) else x
    x = mapped(lambda a: checks.numeric("x", a).astype(config.floatx(), copy=False), x)
    model.prepare(shape_of(x))
    model.check_input(x)
    _, cache = model.forward(mapped(model.ops.xp.asarray, x))
    found = {id(one.q): one for one in _attended(cache)}  # each once: some caches hold it twice
    return [to_numpy(with_unit_values(one, model.ops).y.swapaxes(1, 2)) for one in found.values()]


def _attended(cache):
    """Yield what the kernel was given and returned, wherever it is in a cache."""
    if isinstance(cache, Attended):
        yield cache
    elif isinstance(cache, list | tuple | dict):
        for part in cache.values() if isinstance(cache, dict) else cache:
            yield from _attended(part)
