"""The networks that are timed: each in minidl and in PyTorch, with the same sizes.

A workload's `make(threads)` returns a function that takes one training step, from a batch that is
already in memory to changed weights, and returns the loss as a float. Both libraries see the same
random batch, in float32.
"""

import numpy as np


def batch(shape, classes, seed=0):
    """Return a random batch x (N, ...) float32 and labels y (N,) int64."""
    rng = np.random.default_rng(seed)
    return rng.random(shape, np.float32), rng.integers(0, classes, shape[0])


def minidl_step(layers, shape, classes, backend):
    """Compile a Sequential for sparse cross-entropy from logits and Adam; return its step."""
    from minidl import Sequential, losses, optimizers

    model = Sequential(layers, seed=0)
    loss = losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizers.Adam(1e-3), loss, backend=backend)
    x, y = batch(shape, classes)
    return lambda: model.train_on_batch(x, y)


def torch_step(module, shape, classes):
    """Return the step of a torch module for the same loss and optimizer."""
    import torch

    x, y = (torch.from_numpy(array) for array in batch(shape, classes))
    optimizer = torch.optim.Adam(module.parameters(), 1e-3, eps=1e-7)

    def step():
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(module(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def mlp_minidl(backend):
    """784-512-256-10 with ReLU, batch 128."""
    from minidl.layers import Dense

    layers = [Dense(512, "relu"), Dense(256, "relu"), Dense(10)]
    return minidl_step(layers, (128, 784), 10, backend)


def mlp_torch():
    """784-512-256-10 with ReLU, batch 128."""
    from torch import nn

    module = nn.Sequential(
        nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 256), nn.ReLU(), nn.Linear(256, 10)
    )
    return torch_step(module, (128, 784), 10)


WORKLOADS = {"mlp": {"minidl": mlp_minidl, "torch": mlp_torch}}
