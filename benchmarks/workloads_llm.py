"""A language model as people build one now, small: a workload, as in `workloads`.

The model of chapter 25 without dropout: four blocks, 256 wide, with RMSNorm before each part, eight
heads of queries that share two of keys and values, rotary positions and SwiGLU, no biases, and one
matrix for the embedding and the logits. It reads 16 windows of 128 of 1,024 tokens. PyTorch takes
its own fused attention. Its other choices were within the noise of each other (NOTES.md).
"""

import numpy as np
from steps import RATE, step_of, torch_step_of

N, T, V, D, HEADS, GROUPS, BLOCKS, HIDDEN = 16, 128, 1024, 256, 8, 2, 4, 688
DECAY = 0.1  # of AdamW, on both sides


def text():
    """Return random tokens x (N, T), and the one to guess at every step y (N, T), int64."""
    rng = np.random.default_rng(0)
    return rng.integers(0, V, (N, T)), rng.integers(0, V, (N, T))


def model():
    """Return minidl's network, which gives logits (N, T, V)."""
    from minidl_course.language_model import gpt

    return gpt(V, D, BLOCKS, HEADS, GROUPS, HIDDEN)


def minidl(backend):
    """Return the step of minidl."""
    from minidl import losses, optimizers

    loss = losses.SparseCategoricalCrossentropy(from_logits=True)
    return step_of(model(), loss, *text(), backend, optimizers.AdamW(RATE, DECAY))


def torch_model():
    """Return the same network of PyTorch."""
    import torch
    from torch import nn

    E = D // HEADS
    angles = torch.arange(T)[:, None] / 10000 ** (torch.arange(0, E, 2) / E)
    cos, sin = (torch.cat([f(angles)] * 2, dim=-1) for f in (torch.cos, torch.sin))  # (T, E)
    shares = HEADS * E, GROUPS * E, GROUPS * E

    def rotated(x, cos, sin):
        a, b = x.chunk(2, dim=-1)
        return x * cos + torch.cat([-b, a], dim=-1) * sin

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.before, self.between = nn.RMSNorm(D, eps=1e-5), nn.RMSNorm(D, eps=1e-5)
            self.all_three = nn.Linear(D, sum(shares), bias=False)
            self.out = nn.Linear(D, D, bias=False)
            self.both = nn.Linear(D, 2 * HIDDEN, bias=False)
            self.down = nn.Linear(HIDDEN, D, bias=False)

        def forward(self, x, cos, sin):
            q, k, v = (
                a.unflatten(-1, (-1, E)).transpose(1, 2)
                for a in self.all_three(self.before(x)).split(shares, dim=-1)
            )
            q, k = rotated(q, cos, sin), rotated(k, cos, sin)
            y = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
            x = x + self.out(y.transpose(1, 2).flatten(2))
            gate, up = self.both(self.between(x)).chunk(2, dim=-1)
            return x + self.down(nn.functional.silu(gate) * up)

    class GPT(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding, self.last = nn.Embedding(V, D), nn.RMSNorm(D, eps=1e-6)
            self.blocks = nn.ModuleList(Block() for _ in range(BLOCKS))
            self.register_buffer("cos", cos)
            self.register_buffer("sin", sin)
            for weight in self.parameters():
                if weight.ndim == 2:
                    nn.init.normal_(weight, std=0.02)

        def forward(self, x):
            y = self.embedding(x)
            for block in self.blocks:
                y = block(y, self.cos, self.sin)
            return self.last(y) @ self.embedding.weight.T

    return GPT()


def torch(device):
    """Return the step of PyTorch."""
    import torch
    from torch import nn

    gpt = torch_model().to(device)
    optimizer = torch.optim.AdamW(gpt.parameters(), RATE, eps=1e-7, fused=True, weight_decay=DECAY)
    x, y = (torch.from_numpy(a).to(device) for a in text())

    def cost():
        return nn.functional.cross_entropy(gpt(x).flatten(0, 1), y.flatten())

    return torch_step_of((gpt, (x,)), cost, optimizer, device)
