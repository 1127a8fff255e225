"""What the layers answer to an image, and which of its pixels the answer hangs on."""

import numpy as np

from minidl.base import checks
from minidl.base.arrays import to_numpy
from minidl.inspection.common import gradients_spared, inputs
from minidl.layers import Sigmoid, Softmax


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
