"""A convolutional GAN on images of digits, both of its steps: a workload, as in `workloads`.

The discriminator sees N real images and N made ones and learns to tell them apart; then the
generator learns from N more, through the discriminator, which stays as it is. No part of a step is
used twice: noise is drawn anew, so the generator runs forward twice.
"""

import numpy as np

N, SIDE, CODE = 64, 28, 64
RATE, BETAS = 2e-4, (0.5, 0.999)


def images():
    """Return random images x (N, H, W, 1) float32, with pixels from -1 to 1."""
    return 2 * np.random.default_rng(0).random((N, SIDE, SIDE, 1), np.float32) - 1


def minidl(backend):
    """Return the step of minidl."""
    from minidl import Sequential, losses, optimizers
    from minidl.layers import Conv2D, Conv2DTranspose, Dense, Flatten, Input, LeakyReLU, Reshape

    generator = Sequential(
        [
            *(Input((CODE,)), Dense(7 * 7 * 64, "relu"), Reshape((7, 7, 64))),
            Conv2DTranspose(32, 4, 2, "same", activation="relu"),
            Conv2DTranspose(1, 4, 2, "same", activation="tanh"),
        ],
        seed=0,
    )
    discriminator = Sequential(
        [
            Input((SIDE, SIDE, 1)),
            *(Conv2D(32, 4, 2, "same"), LeakyReLU(0.2)),
            *(Conv2D(64, 4, 2, "same"), LeakyReLU(0.2)),
            *(Flatten(), Dense(1)),
        ],
        seed=1,
    )
    both = Sequential([generator, discriminator])
    for model, learns in ((both, False), (discriminator, True)):
        discriminator.trainable = learns  # what counts for a model is what it was in compile
        loss = losses.BinaryCrossentropy(from_logits=True)
        model.compile(optimizers.Adam(RATE, *BETAS), loss, backend=backend)
    xp, rng = both.ops.xp, np.random.default_rng(0)
    real, ones = xp.asarray(images()), xp.ones((N, 1), "float32")
    is_real = xp.concatenate([ones, 0 * ones])

    def noise():
        return xp.asarray(rng.standard_normal((N, CODE), np.float32))

    def step():
        made, _ = generator.forward(noise())
        discriminator.train_step((xp.concatenate([real, made]), is_real, None))
        both.train_step((noise(), ones, None))

    step.network = generator, noise()
    return step


def torch(device):
    """Return the step of PyTorch."""
    import torch
    from torch import nn

    generator = nn.Sequential(
        *(nn.Linear(CODE, 7 * 7 * 64), nn.ReLU(), nn.Unflatten(1, (64, 7, 7))),
        *(nn.ConvTranspose2d(64, 32, 4, 2, 1), nn.ReLU()),
        *(nn.ConvTranspose2d(32, 1, 4, 2, 1), nn.Tanh()),
    ).to(device)
    discriminator = nn.Sequential(
        *(nn.Conv2d(1, 32, 4, 2, 1), nn.LeakyReLU(0.2)),
        *(nn.Conv2d(32, 64, 4, 2, 1), nn.LeakyReLU(0.2)),
        *(nn.Flatten(), nn.Linear(7 * 7 * 64, 1)),
    ).to(device)
    optimizers = [
        torch.optim.Adam(model.parameters(), RATE, BETAS, eps=1e-7, fused=True)
        for model in (discriminator, generator)
    ]
    real = torch.from_numpy(images()).to(device).movedim(-1, 1).contiguous()
    ones = torch.ones((N, 1), device=device)
    is_real = torch.cat([ones, 0 * ones])
    cost = nn.functional.binary_cross_entropy_with_logits

    def learn(optimizer, logits, targets):
        optimizer.zero_grad()
        loss = cost(logits, targets)
        loss.backward()
        optimizer.step()
        if device == "cpu":
            loss.item()

    def step():
        with torch.no_grad():
            made = generator(torch.randn((N, CODE), device=device))
        discriminator.requires_grad_(True)
        learn(optimizers[0], discriminator(torch.cat([real, made])), is_real)
        discriminator.requires_grad_(False)
        learn(optimizers[1], discriminator(generator(torch.randn((N, CODE), device=device))), ones)

    step.network = generator, (torch.randn((N, CODE), device=device),)
    return step
