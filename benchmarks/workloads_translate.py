"""A translator with attention, taught by teacher forcing: a workload, as in `workloads`.

One GRU reads the source, another one writes, from the last state of the first and from what should
have been written before. Each of its states looks at all states of the source (Luong et al. 2015):

    c_t = attention(s_t, h),  logits_t = W tanh(V [s_t, c_t])

No sequence is padded, so neither side needs a mask.
"""

import numpy as np
from steps import RATE, step_of, torch_step_of

N, S, T = 64, 30, 12  # sentences, characters of a source and of its translation
READ, WRITTEN = 60, 16  # kinds of them
D, UNITS = 64, 128


def sentences():
    """Return random tokens: sources (N, S), what was written before and what comes, (N, T)."""
    rng = np.random.default_rng(0)
    source, target = rng.integers(0, READ, (N, S)), rng.integers(0, WRITTEN, (N, T + 1))
    return source, target[:, :-1], target[:, 1:]


def minidl_model():
    """Return the model of minidl, from (source, before) to logits (N, T, WRITTEN)."""
    from minidl import Input, Model
    from minidl.layers import GRU, Attention, Concatenate, Dense, Embedding

    source, before = Input((S,)), Input((T,))
    h, state = GRU(UNITS, return_sequences=True, return_state=True)(Embedding(READ, D)(source))
    s = GRU(UNITS, return_sequences=True)([Embedding(WRITTEN, D)(before), state])
    c = Attention()([s, h])
    both = Dense(UNITS, "tanh")(Concatenate()([s, c]))
    return Model([source, before], Dense(WRITTEN)(both))


def torch_module():
    """Return the same of PyTorch, with its fused attention."""
    import torch
    from torch import nn

    class Translator(nn.Module):
        def __init__(self):
            super().__init__()
            self.read, self.write = nn.Embedding(READ, D), nn.Embedding(WRITTEN, D)
            self.encoder = nn.GRU(D, UNITS, batch_first=True)
            self.decoder = nn.GRU(D, UNITS, batch_first=True)
            self.both, self.logits = nn.Linear(2 * UNITS, UNITS), nn.Linear(UNITS, WRITTEN)

        def forward(self, source, before):
            h, state = self.encoder(self.read(source))
            s, _ = self.decoder(self.write(before), state)
            attention = nn.functional.scaled_dot_product_attention
            c = attention(s[:, None], h[:, None], h[:, None], scale=1.0)[:, 0]
            return self.logits(torch.tanh(self.both(torch.cat([s, c], -1))))

    return Translator()


def minidl(backend):
    """Return the step of minidl."""
    from minidl import losses

    loss = losses.SparseCategoricalCrossentropy(from_logits=True)
    source, before, after = sentences()
    return step_of(minidl_model(), loss, (source, before), after, backend)


def torch(device):
    """Return the step of PyTorch."""
    import torch

    source, before, after = (torch.from_numpy(array).to(device) for array in sentences())
    module = torch_module().to(device)
    optimizer = torch.optim.Adam(module.parameters(), RATE, eps=1e-7, fused=True)

    def cost():
        logits = module(source, before).movedim(-1, 1)  # (N, C, T), as its cross-entropy wants
        return torch.nn.functional.cross_entropy(logits, after)

    return torch_step_of((module, (source, before)), cost, optimizer, device)
