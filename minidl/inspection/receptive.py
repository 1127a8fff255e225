"""The receptive field: what one place of a layer sees of the image, and what it listens to.

And whether an answer depends on where things lie: `accuracy_moved`.
"""

import numpy as np

from minidl import layers
from minidl.base import checks
from minidl.base.arrays import to_numpy
from minidl.inspection.activations import gradients_spared, inputs
from minidl.layers.activations import ActivationLayer
from minidl.layers.dropout import RandomLayer
from minidl.layers.pooling import Pooling

# Outside training, these do to each place of an image the same, and look at no other place.
_PLACEWISE = (
    *(ActivationLayer, RandomLayer, layers.Activation, layers.Linear, layers.Dense),
    *(layers.BatchNormalization, layers.LayerNormalization, layers.RMSNormalization, layers.SwiGLU),
)


def receptive_field(model, position, layer=None):
    """Return what one place of a layer can see: ((top, bottom), (left, right)), half open.

    Going back through a layer with R taps, stride s, dilation d and p places of padding before the
    first pixel, what reaches from place a up to b, b excluded, came from

        a s - p   up to   (b - 1) s - p + (R - 1) d + 1

    Rows and columns are those of the image; what is below 0 or beyond its end is padding.

    Args:
        model: a Sequential, built for images of one size.
        position: (row, column) of the place, counted in the output of the layer.
        layer: its name or number; the last layer that returns images (P, Q, M) if None.

    Raises:
        ValueError: no such place, or a layer on the way whose windows are not known here.

    Reference: Dumoulin and Visin (2016), "A guide to convolution arithmetic for deep learning",
    chapter 2; Araujo, Norris and Sim (2019), "Computing receptive fields of convolutional neural
    networks", section 2.
    """
    row = _row_up_to(model, layer)
    _check_position(position, row[-1])
    return _back_through(row, [(place, place + 1) for place in position])


def effective_receptive_field(model, position, x, layer=None, seed=0):
    """Return how much one place of a layer listens to each pixel, (H, W): the mean of |dy / dx|.

    The mean is over the images and their channels; y is a random mixture of the place's channels,
    another one for each image.

    Args:
        model: a Sequential.
        position: (row, column) of the place, see `receptive_field`.
        x: images (N, H, W, C), as for `predict`: through ReLU and max pooling the answer depends
            on them.
        layer: its name or number, see `receptive_field`.
        seed: of the mixtures.

    Reference: Luo, Li, Urtasun and Zemel (2016), "Understanding the effective receptive field in
    deep convolutional neural networks", section 3.
    """
    y, caches = inputs(model, x), []
    row = _row_up_to(model, layer)
    _check_position(position, row[-1])
    for part in row:
        y, cache = part.forward(y)
        caches.append(cache)
    dy = np.zeros(y.shape, y.dtype)  # (N, P, Q, M)
    mixture = np.random.default_rng(seed).standard_normal((len(y), y.shape[-1]))
    dy[:, position[0], position[1]] = mixture
    dy = model.ops.xp.asarray(dy)
    with gradients_spared(model):
        for part, cache in zip(reversed(row), reversed(caches)):
            dy = part.backward(dy, cache)
    return np.abs(to_numpy(dy)).reshape(*dy.shape[:3], -1).mean(axis=(0, 3))


def _row_up_to(model, layer):
    """The layers from the image up to and including `layer`, which returns images."""
    if not model.built:
        raise ValueError(
            "the model does not know the size of its images yet: give the first layer an "
            "input_shape, or call fit or predict first"
        )
    if None in model.input_shape:
        raise ValueError(
            f"the model takes images of any size, {model.input_shape}; what a place sees depends "
            "on it: build the model for images of one size"
        )
    shapes = [part.output_shape for part in model.layers]
    if layer is None:
        last = max((i for i, shape in enumerate(shapes) if len(shape) == 3), default=None)
        if last is None:
            raise ValueError(f"no layer of model {model.name!r} returns images (P, Q, M)")
    else:
        found = model.get_layer(**{"name" if isinstance(layer, str) else "index": layer})
        last = model.layers.index(found)
    if len(shapes[last]) != 3:
        raise ValueError(
            f"layer {model.layers[last].name!r} returns {shapes[last]}, which has no places; "
            "choose a layer that returns images (P, Q, M)"
        )
    return model.layers[: last + 1]


def _check_position(position, layer):
    P, Q, _ = layer.output_shape
    if len(position) != 2 or not (0 <= position[0] < P and 0 <= position[1] < Q):
        raise ValueError(
            f"position={position!r} is not in the output of layer {layer.name!r}: expected "
            f"(row, column) below ({P}, {Q})"
        )


def _back_through(row, spans):
    """What the places of `spans`, one (first, last + 1) for each axis, saw before these layers."""
    for layer in reversed(row):
        if isinstance(layer, layers.Residual):
            paths = _back_through(layer.layers, spans), _back_through([layer.projection], spans)
            spans = [(min(a, c), max(b, d)) for (a, b), (c, d) in zip(*paths)]
        elif hasattr(layer, "layers"):
            spans = _back_through(layer.layers, spans)
        elif not isinstance(layer, _PLACEWISE):
            spans = [
                (a * s - p, (b - 1) * s - p + (R - 1) * d + 1)
                for (a, b), R, s, d, p in zip(spans, *_windows(layer))
            ]
    return tuple(spans)


def _windows(layer):
    """(taps, stride, dilation, padding before) of a layer, each as a pair for rows and columns."""
    size = layer.input_shape[:2]
    if isinstance(layer, layers.Conv2D | layers.DepthwiseConv2D):
        stride, padding, dilation, _ = layer.geometry(size)
        taps = layer.kernel_size
    elif isinstance(layer, Pooling) and len(layer.input_shape) == 3:
        taps, stride, padding = layer.window(size)
        dilation = (1, 1)
    elif isinstance(layer, layers.ZeroPadding2D):
        taps = stride = dilation = (1, 1)
        padding = layer.padding
    else:
        raise ValueError(
            f"the receptive field is known through convolution, pooling, zero padding, Residual "
            f"and layers that treat each place by itself; not through {layer.name!r} "
            f"({type(layer).__name__})"
        )
    return taps, stride, dilation, [before for before, _ in padding]


UP, DOWN, LEFT, RIGHT = (-1, 0), (1, 0), (0, -1), (0, 1)


def accuracy_moved(model, x, y, by, batch_size=500):
    """Return the share of images that are classified rightly when each is moved by `by` pixels.

    It is the mean over four directions: up, down, left and right. What leaves the image is lost,
    and what comes in is 0, the paper of digits.

    Args:
        model: a model that classifies: outputs (N, C).
        x: images (N, H, W, C) or (N, H, W), as for `predict`.
        y: integer classes (N,).
        by: how far, a whole number of pixels; 0 leaves the images as they are.
        batch_size: of `predict`.
    """
    x, y = checks.numeric("x", x), checks.numeric("y", y)
    if by != 0:
        by = checks.positive_integer("by", by)
    ways = (UP, DOWN, LEFT, RIGHT) if by else (UP,)
    inputs(model, x[:1])  # refuses what are no images
    answers = [model.predict(_moved(x, way, by), batch_size, verbose=0) for way in ways]
    return float(np.mean([z.argmax(axis=1) == y for z in answers]))


def _moved(x, way, by):
    """x (N, H, W, ...), each image moved by `by` pixels `way` = (down, right)."""
    H, W = x.shape[1:3]
    wide = np.pad(x, [(0, 0), (by, by), (by, by)] + [(0, 0)] * (x.ndim - 3))
    top, left = (by - by * step for step in way)
    return wide[:, top : top + H, left : left + W]
