"""The U-Net of a diffusion model, on images of digits: a workload, as in `workloads`.

A step draws times and noise, mixes noise into the images and learns to guess it. The network goes
down from 28 to 7 pixels and up again, with a skip on each floor; the time, as waves, is added to
the channels of every convolution but the last.
"""

import numpy as np

N, SIDE, WAVES, STEPS = 64, 28, 32, 1000
RATE = 2e-4


def images():
    """Return random images x (N, H, W, 1) float32, with pixels from -1 to 1."""
    return 2 * np.random.default_rng(0).random((N, SIDE, SIDE, 1), np.float32) - 1


def schedule():
    """Return the share of signal after each step (STEPS,), and the waves of each (STEPS, WAVES)."""
    signal = np.cumprod(1 - np.linspace(1e-4, 0.02, STEPS))
    angles = np.outer(np.arange(STEPS), np.geomspace(1, 1e-4, WAVES // 2))
    return signal.astype("float32"), np.hstack([np.sin(angles), np.cos(angles)]).astype("float32")


def minidl(backend):
    """Return the step of minidl."""
    from minidl import Input, Model, optimizers
    from minidl.layers import Activation, Add, Concatenate, Conv2D, Dense, Reshape, UpSampling2D

    image, waves = Input((SIDE, SIDE, 1)), Input((WAVES,))
    time = Dense(64, "silu")(waves)

    def block(x, filters, strides=1):
        shift = Reshape((1, 1, filters))(Dense(filters)(time))
        return Activation("silu")(Add()([Conv2D(filters, 3, strides, "same")(x), shift]))

    high = block(image, 32)
    low = block(high, 64, strides=2)
    h = block(block(low, 64, strides=2), 64)
    h = block(Concatenate()([UpSampling2D()(h), low]), 64)
    h = block(Concatenate()([UpSampling2D()(h), high]), 32)
    model = Model([image, waves], Conv2D(1, 3, padding="same")(h))
    model.compile(optimizers.Adam(RATE), "mse", backend=backend)
    xp, rng = model.ops.xp, np.random.default_rng(0)
    x, signal, embedded = map(xp.asarray, (images(), *schedule()))

    def step():
        k = xp.asarray(rng.integers(0, STEPS, N))
        noise = xp.asarray(rng.standard_normal(x.shape, np.float32))
        a = signal[k].reshape(-1, 1, 1, 1)
        model.train_step(((xp.sqrt(a) * x + xp.sqrt(1 - a) * noise, embedded[k]), noise, None))

    step.network = model, (x, embedded)
    return step


def torch(device):
    """Return the step of PyTorch."""
    import torch
    from torch import nn

    class Block(nn.Module):
        def __init__(self, channels, filters, stride=1):
            super().__init__()
            self.convolution = nn.Conv2d(channels, filters, 3, stride, padding=1)
            self.shift = nn.Linear(64, filters)

        def forward(self, x, time):
            return nn.functional.silu(self.convolution(x) + self.shift(time)[:, :, None, None])

    class UNet(nn.Module):
        def __init__(self):
            super().__init__()
            self.time, self.up = (
                nn.Sequential(nn.Linear(WAVES, 64), nn.SiLU()),
                nn.Upsample(None, 2),
            )
            self.down = nn.ModuleList([Block(1, 32), Block(32, 64, 2), Block(64, 64, 2)])
            self.middle = Block(64, 64)
            self.rise = nn.ModuleList([Block(64 + 64, 64), Block(64 + 32, 32)])
            self.last = nn.Conv2d(32, 1, 3, padding=1)

        def forward(self, x, waves):
            time, floors = self.time(waves), []
            for block in self.down:
                x = block(x, time)
                floors.append(x)
            x = self.middle(x, time)
            for block, floor in zip(self.rise, floors[1::-1]):
                x = block(torch.cat([self.up(x), floor], dim=1), time)
            return self.last(x)

    model = UNet().to(device)
    optimizer = torch.optim.Adam(model.parameters(), RATE, eps=1e-7, fused=True)
    x, signal, embedded = (torch.from_numpy(a).to(device) for a in (images(), *schedule()))
    x = x.movedim(-1, 1).contiguous()

    def step():
        k = torch.randint(STEPS, (N,), device=device)
        noise, a = torch.randn_like(x), signal[k][:, None, None, None]
        optimizer.zero_grad()
        guess = model(a.sqrt() * x + (1 - a).sqrt() * noise, embedded[k])
        cost = nn.functional.mse_loss(guess, noise)
        cost.backward()
        optimizer.step()
        if device == "cpu":
            cost.item()

    step.network = model, (x, embedded)
    return step
