"""Strings of spoken digits, written down by a network that CTC trains: a workload of `workloads`.

32 log-mel spectrograms of four seconds, 251 steps of 40 bands. Two convolutions of width 5 halve
the steps and make 96 channels of the bands; GRUs of 128 units read them in both directions; at each
of 126 steps stands a digit or the blank. The targets have three to seven digits. All sounds are
equally long, so that nothing is said here about padding. PyTorch takes its own CTC.
"""

import numpy as np
from steps import RATE, step_of, torch_step_of

N, T, B, STEPS, CHANNELS, UNITS, CLASSES = 32, 251, 40, 126, 96, 128, 11
WORDS = 3, 7  # least and most


def strings():
    """Return x (N, T, B) float32 and labels y (N, 7) int64 from 1 to 10, then zeros."""
    rng = np.random.default_rng(0)
    y = rng.integers(1, CLASSES, (N, WORDS[1]))
    y[np.arange(WORDS[1]) >= rng.integers(WORDS[0], WORDS[1] + 1, (N, 1))] = 0
    return rng.standard_normal((N, T, B), np.float32), y


def model():
    """Return minidl's network, which gives logits (N, STEPS, CLASSES)."""
    from minidl import Sequential
    from minidl.layers import GRU, Bidirectional, Conv1D, Dense

    return Sequential(
        [
            Conv1D(CHANNELS, 5, 2, padding="same", activation="relu", input_shape=(T, B)),
            Conv1D(CHANNELS, 5, padding="same", activation="relu"),
            Bidirectional(GRU(UNITS, return_sequences=True)),
            Dense(CLASSES),
        ],
        seed=0,
    )


def minidl(backend):
    """Return the step of minidl."""
    from minidl import losses

    return step_of(model(), losses.CTC(), *strings(), backend)


def torch_model():
    """Return the same network of PyTorch, which takes (N, B, T)."""
    from torch import nn

    class Listener(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Conv1d(B, CHANNELS, 5, 2, padding=2)
            self.second = nn.Conv1d(CHANNELS, CHANNELS, 5, padding=2)
            self.gru = nn.GRU(CHANNELS, UNITS, batch_first=True, bidirectional=True)
            self.head = nn.Linear(2 * UNITS, CLASSES)

        def forward(self, x):
            x = self.second(self.first(x).relu()).relu()  # (N, CHANNELS, STEPS)
            return self.head(self.gru(x.transpose(1, 2))[0])

    return Listener()


def ctc(logits, y):
    """Return PyTorch's CTC of logits (N, STEPS, CLASSES), the mean over the strings."""
    import torch

    log_p = logits.log_softmax(2).transpose(0, 1)  # (STEPS, N, CLASSES)
    steps = torch.full((len(y),), logits.shape[1])
    cost = torch.nn.functional.ctc_loss(log_p, y, steps, (y > 0).sum(1), reduction="sum")
    return cost / len(y)


def torch(device):
    """Return the step of PyTorch."""
    import torch

    x, y = (torch.from_numpy(array).to(device) for array in strings())
    x, module = x.transpose(1, 2).contiguous(), torch_model().to(device)
    optimizer = torch.optim.Adam(module.parameters(), RATE, eps=1e-7, fused=True)

    return torch_step_of((module, (x,)), lambda: ctc(module(x), y), optimizer, device)
