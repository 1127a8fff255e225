"""A variational autoencoder 784-512-16-512-784, which draws its code in every step: a workload."""

import numpy as np
from steps import RATE, step_of, torch_step_of

N = 128


def images():
    """Return random images x (N, 784) float32."""
    return np.random.default_rng(0).random((N, 784), np.float32)


def minidl(backend):
    """Return the step of minidl."""
    from minidl import Input, Model, losses
    from minidl.layers import Dense, Sampling

    inputs = Input((784,))
    h = Dense(512, "relu")(inputs)
    z = Sampling(1 / 784)([Dense(16)(h), Dense(16)(h)])
    model = Model(inputs, Dense(784)(Dense(512, "relu")(z)))
    x = images()
    return step_of(model, losses.BinaryCrossentropy(True), x, x, backend)


def torch(device):
    """Return the step of PyTorch."""
    import torch
    from torch import nn

    class Autoencoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder = nn.Sequential(nn.Linear(784, 512), nn.ReLU())
            self.mean, self.log_var = nn.Linear(512, 16), nn.Linear(512, 16)
            self.decoder = nn.Sequential(nn.Linear(16, 512), nn.ReLU(), nn.Linear(512, 784))

        def forward(self, x):
            h = self.encoder(x)
            mean, log_var = self.mean(h), self.log_var(h)
            z = mean + torch.exp(log_var / 2) * torch.randn_like(mean)
            return self.decoder(z), mean, log_var

    x = torch.from_numpy(images()).to(device)
    model = Autoencoder().to(device)
    optimizer = torch.optim.Adam(model.parameters(), RATE, eps=1e-7, fused=True)

    def cost():
        y, mean, log_var = model(x)
        kl = (mean**2 + log_var.exp() - 1 - log_var).sum() / 2
        return nn.functional.binary_cross_entropy_with_logits(y, x) + kl / x.numel()

    return torch_step_of((model, (x,)), cost, optimizer, device)
