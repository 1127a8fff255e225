"""VGG16 on photographs of 224 x 224: a forward pass alone, as in `workloads`, but no training step.

With random weights, for neither time nor memory depends on them. `vgg16` is the whole network on
one image, `vgg16-base` the one without its Dense layers on four: what extracts features.
"""

import functools

import numpy as np

SIZE = 224
FILTERS = ((64, 64), (128, 128), (256,) * 3, (512,) * 3, (512,) * 3)


def images(n):
    """Return random images (N, H, W, 3) float32, preprocessed."""
    return 120 * np.random.default_rng(0).standard_normal((n, SIZE, SIZE, 3), np.float32)


def minidl(backend, whole):
    """Return the forward pass of minidl, of the whole network or of its base."""
    from minidl import config
    from minidl.applications import VGG16

    config.set_backend(backend)
    model = VGG16(whole, weights=None, input_shape=(SIZE, SIZE, 3), pooling="avg")
    x = model.ops.xp.asarray(images(1 if whole else 4))
    return lambda: model.forward(x)[0]


def torch(device, whole):
    """Return the forward pass of PyTorch: the same layers, built by hand."""
    import torch
    from torch import nn

    layers, channels = [], 3
    for block in FILTERS:
        for filters in block:
            layers += [nn.Conv2d(channels, filters, 3, padding=1), nn.ReLU()]
            channels = filters
        layers += [nn.MaxPool2d(2)]
    layers += [nn.Flatten()] if whole else [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    if whole:
        layers += [nn.Linear(7 * 7 * 512, 4096), nn.ReLU(), nn.Linear(4096, 4096), nn.ReLU()]
        layers += [nn.Linear(4096, 1000), nn.Softmax(1)]
    order = torch.channels_last
    module = nn.Sequential(*layers).to(device, memory_format=order).eval()
    x = torch.from_numpy(images(1 if whole else 4)).to(device).movedim(-1, 1)
    x = x.contiguous(memory_format=order)

    def step():
        with torch.inference_mode():
            return module(x)

    return step


WORKLOADS = {
    name: {
        "minidl": functools.partial(minidl, whole=whole),
        "torch": functools.partial(torch, whole=whole),
    }
    for name, whole in (("vgg16", True), ("vgg16-base", False))
}
