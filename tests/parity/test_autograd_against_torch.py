"""Gradients of the tape, and gradients of these, against PyTorch's."""

import numpy as np
import torch

from minidl_course.autograd import Tensor, gradients

RNG = np.random.default_rng(0)
X, W, V = RNG.standard_normal((5, 3)), RNG.standard_normal((3, 4)), RNG.standard_normal((4, 2))


def with_numpy(x, w, v):
    h = np.tanh(x @ w)
    h = h / np.sqrt(np.mean(h * h, axis=1, keepdims=True) + 0.1)
    z = np.maximum(h @ v, 0.1 * (h @ v)) * np.exp(-np.max(h, axis=1, keepdims=True))
    return np.sum(np.log(1 + z**2) * np.concatenate([z[:, 1:], z[:, :1]], axis=1))


def with_torch(x, w, v):
    h = torch.tanh(x @ w)
    h = h / torch.sqrt(torch.mean(h * h, dim=1, keepdim=True) + 0.1)
    z = torch.maximum(h @ v, 0.1 * (h @ v)) * torch.exp(-torch.amax(h, dim=1, keepdim=True))
    return torch.sum(torch.log(1 + z**2) * torch.cat([z[:, 1:], z[:, :1]], dim=1))


def test_first_and_second_derivatives_are_those_of_torch():
    ours = [Tensor(a.copy()) for a in (X, W, V)]
    theirs = [torch.tensor(a, requires_grad=True) for a in (X, W, V)]
    y, z = with_numpy(*ours), with_torch(*theirs)
    assert np.isclose(y.value, z.item(), rtol=1e-12)
    first = gradients(y, ours, again=True)
    expected = torch.autograd.grad(z, theirs, create_graph=True)
    second = gradients(sum(np.sum(g * g) for g in first), ours)
    squares = torch.autograd.grad(sum((g * g).sum() for g in expected), theirs)
    for g, e in zip([*first, *second], [*expected, *squares]):
        np.testing.assert_allclose(g.value, e.detach().numpy(), rtol=1e-9, atol=1e-12)
