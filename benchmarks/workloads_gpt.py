"""A small GPT that guesses the next of 65 characters: a workload, as in `workloads`.

Four blocks with causal self-attention, of 128 numbers and four heads, read 32 texts of 128
characters. Normalization comes first in each block, and once more before the last layer. PyTorch
takes its own fused attention.
"""

import numpy as np
from steps import RATE, step_of, torch_step_of

N, T, V, D, HEADS, BLOCKS = 32, 128, 65, 128, 4, 4


def text():
    """Return random tokens x (N, T), and the one to guess at every step y (N, T), int64."""
    rng = np.random.default_rng(0)
    return rng.integers(0, V, (N, T)), rng.integers(0, V, (N, T))


def model():
    """Return minidl's network, which gives logits (N, T, V)."""
    from minidl import Sequential
    from minidl.layers import (
        Dense,
        Embedding,
        LayerNormalization,
        PositionEmbedding,
        TransformerDecoderBlock,
    )

    blocks = [
        TransformerDecoderBlock(4 * D, HEADS, activation="gelu", normalize_first=True)
        for _ in range(BLOCKS)
    ]
    first = [Embedding(V, D, input_shape=(T,)), PositionEmbedding(T)]
    return Sequential([*first, *blocks, LayerNormalization(epsilon=1e-5), Dense(V)], seed=0)


def minidl(backend):
    """Return the step of minidl."""
    from minidl import losses

    loss = losses.SparseCategoricalCrossentropy(from_logits=True)
    return step_of(model(), loss, *text(), backend)


def torch_model():
    """Return the same network of PyTorch."""
    import torch
    from torch import nn

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.before, self.between = nn.LayerNorm(D), nn.LayerNorm(D)
            self.all_three, self.out = nn.Linear(D, 3 * D), nn.Linear(D, D)
            self.up, self.down = nn.Linear(D, 4 * D), nn.Linear(4 * D, D)

        def forward(self, x):
            q, k, v = (
                a.unflatten(-1, (HEADS, D // HEADS)).transpose(1, 2)
                for a in self.all_three(self.before(x)).chunk(3, dim=-1)
            )
            y = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + self.out(y.transpose(1, 2).flatten(2))
            return x + self.down(nn.functional.gelu(self.up(self.between(x))))

    class GPT(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding, self.position = nn.Embedding(V, D), nn.Embedding(T, D)
            self.blocks = nn.Sequential(*(Block() for _ in range(BLOCKS)))
            self.last, self.head = nn.LayerNorm(D), nn.Linear(D, V)

        def forward(self, x):
            places = torch.arange(x.shape[1], device=x.device)
            y = self.blocks(self.embedding(x) + self.position(places))
            return self.head(self.last(y))

    return GPT()


def torch(device):
    """Return the step of PyTorch."""
    import torch
    from torch import nn

    gpt = torch_model().to(device)
    optimizer = torch.optim.Adam(gpt.parameters(), RATE, eps=1e-7, fused=True)
    x, y = (torch.from_numpy(a).to(device) for a in text())

    def cost():
        return nn.functional.cross_entropy(gpt(x).flatten(0, 1), y.flatten())

    return torch_step_of((gpt, (x,)), cost, optimizer, device)
