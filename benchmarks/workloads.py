"""The networks that are timed: each in minidl and in PyTorch, with the same sizes.

A workload, `minidl(backend)` and `torch(device)`, returns a function that takes one training step
(VGG16: a forward pass) of the same batch, float32: images (N, H, W, C), in PyTorch (N, C, H, W).
Its `network` is the pair of what is trained and the batch that goes in, for `asking`.
"""

from functools import partial

import numpy as np
import workloads_ctc
import workloads_ddpm
import workloads_detector
import workloads_gan
import workloads_gpt
import workloads_llm
import workloads_translate
import workloads_vae
import workloads_vgg16
from steps import RATE, step_of, torch_step_of

MLP, CNN, VGG = (128, 784), (128, 28, 28, 1), (32, 32, 32, 3)  # shapes of a batch
TEXT, CHARACTERS = (64, 64), 65


def batch(shape, classes, seed=0):
    """Return a random batch x (N, ...) float32 and labels y (N,) int64."""
    rng = np.random.default_rng(seed)
    return rng.random(shape, np.float32), rng.integers(0, classes, shape[0])


def text(shape, characters, seed=0):
    """Return random tokens x (N, T) and, at every step, the one to predict y (N, T), int64."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, characters, shape), rng.integers(0, characters, shape)


def minidl_step(layers, shape, classes, backend, data=batch):
    """Return the step of a Sequential for sparse cross-entropy from logits and Adam."""
    from minidl import Sequential, losses

    loss = losses.SparseCategoricalCrossentropy(from_logits=True)
    return step_of(Sequential(layers, seed=0), loss, *data(shape, classes), backend)


def torch_step(module, shape, classes, device, channels_last=False, data=batch, **choices):
    """Return the step of a torch module for the same loss and optimizer.

    Args:
        channels_last: PyTorch's other order of memory for images. Each workload has the one that
            was faster here (NOTES.md).
        choices: of Adam, beside `fused`: `capturable`, with which a CUDA graph may hold the step.
    """
    import torch

    x, y = (torch.from_numpy(array).to(device) for array in data(shape, classes))
    module = module.to(device)
    x = x.movedim(-1, 1).contiguous()  # (N, H, W, C) -> (N, C, H, W)
    if channels_last:
        module, x = (thing.to(memory_format=torch.channels_last) for thing in (module, x))
    choices = {"fused": True} | choices
    optimizer = torch.optim.Adam(module.parameters(), RATE, eps=1e-7, **choices)

    def cost():
        return torch.nn.functional.cross_entropy(module(x), y)

    return torch_step_of((module, (x,)), cost, optimizer, device)


# 784-512-256-10 with ReLU


def mlp_minidl(backend, shape=MLP, width=512):
    from minidl.layers import Dense

    layers = [Dense(width, "relu"), Dense(width // 2, "relu"), Dense(10)]
    return minidl_step(layers, shape, 10, backend)


def mlp_torch(device, shape=MLP, width=512):
    from torch import nn

    half = width // 2
    module = nn.Sequential(
        *(nn.Linear(784, width), nn.ReLU(), nn.Linear(width, half), nn.ReLU(), nn.Linear(half, 10))
    )
    return torch_step(module, shape, 10, device)


# Two convolutions and two pools on images of digits


def cnn_minidl(backend):
    from minidl.layers import Conv2D, Dense, Flatten, MaxPooling2D

    layers = [
        Conv2D(32, 3, padding="same", activation="relu"),
        MaxPooling2D(),
        Conv2D(64, 3, padding="same", activation="relu"),
        MaxPooling2D(),
        Flatten(),
        Dense(128, "relu"),
        Dense(10),
    ]
    return minidl_step(layers, CNN, 10, backend)


def cnn_torch(device):
    from torch import nn

    module = nn.Sequential(
        *(nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(7 * 7 * 64, 128), nn.ReLU(), nn.Linear(128, 10)),
    )
    return torch_step(module, CNN, 10, device)


# Three blocks of two convolutions with batch normalization, on small colour images


def vgg_minidl(backend):
    from minidl.layers import (
        BatchNormalization,
        Conv2D,
        Dense,
        Dropout,
        Flatten,
        MaxPooling2D,
        ReLU,
    )

    layers = []
    for filters in (64, 128, 256):
        for _ in range(2):
            layers += [Conv2D(filters, 3, padding="same", use_bias=False)]
            layers += [BatchNormalization(), ReLU()]
        layers += [MaxPooling2D()]
    layers += [Flatten(), Dense(256, "relu"), Dropout(0.5), Dense(10)]
    return minidl_step(layers, VGG, 10, backend)


def vgg_torch(device):
    from torch import nn

    layers, channels = [], 3
    for filters in (64, 128, 256):
        for _ in range(2):
            layers += [nn.Conv2d(channels, filters, 3, padding=1, bias=False)]
            layers += [nn.BatchNorm2d(filters, eps=1e-3, momentum=0.01), nn.ReLU()]
            channels = filters
        layers += [nn.MaxPool2d(2)]
    layers += [nn.Flatten(), nn.Linear(4 * 4 * 256, 256), nn.ReLU(), nn.Dropout(0.5)]
    module = nn.Sequential(*layers, nn.Linear(256, 10))
    return torch_step(module, VGG, 10, device, channels_last=True)


# A character model: what comes next, at each of 64 steps


def recurrent_minidl(backend, cell, shape=TEXT):
    from minidl import layers

    row = [layers.Embedding(CHARACTERS, 64), getattr(layers, cell)(256, return_sequences=True)]
    return minidl_step([*row, layers.Dense(CHARACTERS)], shape, CHARACTERS, backend, text)


def recurrent_torch(device, cell, shape=TEXT):
    from torch import nn

    class CharacterModel(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(CHARACTERS, 64)
            self.cell = getattr(nn, cell)(64, 256, batch_first=True)
            self.dense = nn.Linear(256, CHARACTERS)

        def forward(self, x):
            y, _ = self.cell(self.embedding(x))
            return self.dense(y).movedim(-1, 1)  # (N, C, T), as its cross-entropy wants

    return torch_step(CharacterModel(), shape, CHARACTERS, device, data=text)


ELSEWHERE = {
    "vae": workloads_vae,
    "gan": workloads_gan,
    "ddpm": workloads_ddpm,
    "gpt": workloads_gpt,
    "llm": workloads_llm,
    "translate": workloads_translate,
    "ctc": workloads_ctc,
    "detector": workloads_detector,
}
WORKLOADS = {
    "mlp": {"minidl": mlp_minidl, "torch": mlp_torch},
    "cnn": {"minidl": cnn_minidl, "torch": cnn_torch},
    "vgg": {"minidl": vgg_minidl, "torch": vgg_torch},
    **{
        cell.lower(): {
            "minidl": partial(recurrent_minidl, cell=cell),
            "torch": partial(recurrent_torch, cell=cell),
        }
        for cell in ("LSTM", "GRU")
    },
    **{name: {"minidl": m.minidl, "torch": m.torch} for name, m in ELSEWHERE.items()},
    **workloads_vgg16.WORKLOADS,
}
