"""Two small GPTs in minidl and, in other words, in Keras and PyTorch; see `made_up_twins`."""

GPT = """
import numpy as np
from minidl import Sequential, losses
from minidl.layers import (
    Dense, Embedding, PositionEmbedding, RMSNormalization, TransformerDecoderBlock
)

model = Sequential(
    [
        Embedding(9, 4, input_length=5),
        PositionEmbedding(6),
        TransformerDecoderBlock(7, 2, dropout=0.2, normalize_first=True),
        TransformerDecoderBlock(7, 2, dropout=0.2),
        RMSNormalization(),
        Dense(9),
    ],
    seed=0,
)
x = np.random.default_rng(1).integers(0, 9, (6, 5))
y = (x + 1) % 9
loss = losses.SparseCategoricalCrossentropy(from_logits=True)
"""
GPT_KERAS = """
import keras
from keras import layers, ops


class Block(keras.Model):
    def __init__(self, first):
        super().__init__()
        self.first = first
        norms = [layers.LayerNormalization(epsilon=1e-5) for _ in range(2)]
        attention = layers.MultiHeadAttention(2, 2, dropout=0.2)
        network = [layers.Dense(7, activation="relu"), layers.Dense(4)]
        if first:  # weights come in this order
            self.norm_1, self.attention, self.norm_2 = norms[0], attention, norms[1]
            self.wide, self.narrow = network
        else:
            self.attention, self.norm_1 = attention, norms[0]
            (self.wide, self.narrow), self.norm_2 = network, norms[1]
        self.drop_1, self.drop_2 = layers.Dropout(0.2), layers.Dropout(0.2)

    def call(self, x):
        if self.first:
            z = self.norm_1(x)
            x = x + self.drop_1(self.attention(z, z, use_causal_mask=True))
            return x + self.drop_2(self.narrow(self.wide(self.norm_2(x))))
        x = self.norm_1(x + self.drop_1(self.attention(x, x, use_causal_mask=True)))
        return self.norm_2(x + self.drop_2(self.narrow(self.wide(x))))


class GPT(keras.Model):
    def __init__(self):
        super().__init__()
        self.tokens, self.positions = layers.Embedding(9, 4), layers.Embedding(6, 4)
        self.one, self.two = Block(first=True), Block(first=False)
        self.norm, self.last = layers.RMSNormalization(), layers.Dense(9)

    def call(self, x):
        x = self.tokens(x) + self.positions(ops.arange(5))
        return self.last(self.norm(self.two(self.one(x))))


model = GPT()
loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
"""
GPT_TORCH = """
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, first):
        super().__init__()
        self.first = first
        norms = [nn.LayerNorm(4), nn.LayerNorm(4)]
        attention = nn.MultiheadAttention(4, 2, dropout=0.2, batch_first=True)
        network = [nn.Linear(4, 7), nn.Linear(7, 4)]
        if first:  # weights come in this order
            self.norm_1, self.attention, self.norm_2 = norms[0], attention, norms[1]
            self.wide, self.narrow = network
        else:
            self.attention, self.norm_1 = attention, norms[0]
            (self.wide, self.narrow), self.norm_2 = network, norms[1]
        self.drop_1, self.drop_2 = nn.Dropout(0.2), nn.Dropout(0.2)

    def attend(self, x):
        future = torch.ones(5, 5, dtype=torch.bool).triu(1)
        return self.drop_1(self.attention(x, x, x, attn_mask=future, need_weights=False)[0])

    def network(self, x):
        return self.drop_2(self.narrow(self.wide(x).relu()))

    def forward(self, x):
        if self.first:
            x = x + self.attend(self.norm_1(x))
            return x + self.network(self.norm_2(x))
        x = self.norm_1(x + self.attend(x))
        return self.norm_2(x + self.network(x))


class GPT(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(9, 4), nn.Embedding(6, 4)
        self.one, self.two = Block(first=True), Block(first=False)
        self.norm, self.last = nn.RMSNorm(4, eps=1e-6), nn.Linear(4, 9)

    def forward(self, x):
        x = self.tokens(x) + self.positions(torch.arange(5))
        return self.last(self.norm(self.two(self.one(x))))


def loss_fn(y_pred, y):
    return nn.functional.cross_entropy(y_pred.flatten(0, 1), y.flatten())


model = GPT()
"""
TODAY = """
import numpy as np
from minidl import Input, Model, losses
from minidl.layers import ReversibleEmbedding, RMSNormalization, TransformerDecoderBlock

tokens, embed = Input((5,)), ReversibleEmbedding(9, 16)
block = TransformerDecoderBlock(
    7, 4, activation="swiglu", normalize_first=True, norm="rms", rotary=True,
    num_key_value_heads=2, use_bias=False,
)
model = Model(tokens, embed(RMSNormalization()(block(embed(tokens))), reverse=True))
x = np.random.default_rng(1).integers(0, 9, (6, 5))
y = (x + 1) % 9
loss = losses.SparseCategoricalCrossentropy(from_logits=True)
"""
TODAY_KERAS = """
import keras
import numpy as np
from keras import layers, ops

ANGLES = np.arange(5.0)[:, None, None] / 10000 ** (np.arange(0, 4, 2) / 4)


def rotated(x):
    a, b = ops.split(x, 2, axis=-1)
    cos, sin = (f(ops.cast(ANGLES, "float32")) for f in (ops.cos, ops.sin))
    return ops.concatenate([a * cos - b * sin, b * cos + a * sin], axis=-1)


class Block(keras.Model):
    def __init__(self):
        super().__init__()
        self.norm_1 = layers.RMSNormalization(epsilon=1e-5)
        self.query, self.key = layers.Dense(16, use_bias=False), layers.Dense(8, use_bias=False)
        self.val, self.out = layers.Dense(8, use_bias=False), layers.Dense(16, use_bias=False)
        self.norm_2 = layers.RMSNormalization(epsilon=1e-5)
        self.gate, self.wide = layers.Dense(7, use_bias=False), layers.Dense(7, use_bias=False)
        self.narrow = layers.Dense(16, use_bias=False)

    def call(self, x):
        z = self.norm_1(x)
        heads = [ops.reshape(f(z), (-1, 5, n, 4)) for f, n in self.products()]
        q, k, v = rotated(heads[0]), rotated(heads[1]), heads[2]
        k, v = ops.repeat(k, 2, axis=2), ops.repeat(v, 2, axis=2)
        scores = ops.einsum("nthd,nshd->nhts", q, k) / 2
        p = ops.softmax(ops.where(np.tri(5, dtype=bool), scores, -1e9))
        y = ops.einsum("nhts,nshd->nthd", p, v)
        x = x + self.out(ops.reshape(y, (-1, 5, 16)))
        z = self.norm_2(x)
        return x + self.narrow(ops.silu(self.gate(z)) * self.wide(z))

    def products(self):
        return (self.query, 4), (self.key, 2), (self.val, 2)


class GPT(keras.Model):
    def __init__(self):
        super().__init__()
        self.tokens = layers.ReversibleEmbedding(9, 16)
        self.block, self.norm = Block(), layers.RMSNormalization()

    def call(self, x):
        return self.tokens(self.norm(self.block(self.tokens(x))), reverse=True)


model = GPT()
loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
"""
TODAY_TORCH = """
import torch
from torch import nn

ANGLES = torch.arange(5.0)[:, None, None] / 10000 ** (torch.arange(0, 4, 2) / 4)


def rotated(x):
    a, b = x.chunk(2, dim=-1)
    cos, sin = ANGLES.cos(), ANGLES.sin()
    return torch.cat([a * cos - b * sin, b * cos + a * sin], dim=-1)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm_1 = nn.RMSNorm(16, eps=1e-5)
        self.query, self.key = nn.Linear(16, 16, bias=False), nn.Linear(16, 8, bias=False)
        self.value, self.out = nn.Linear(16, 8, bias=False), nn.Linear(16, 16, bias=False)
        self.norm_2 = nn.RMSNorm(16, eps=1e-5)
        self.gate, self.wide = nn.Linear(16, 7, bias=False), nn.Linear(16, 7, bias=False)
        self.narrow = nn.Linear(7, 16, bias=False)

    def forward(self, x):
        z = self.norm_1(x)
        q, k, v = (f(z).unflatten(-1, (-1, 4)) for f in (self.query, self.key, self.value))
        q, k, v = (a.transpose(1, 2) for a in (rotated(q), rotated(k), v))
        y = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
        x = x + self.out(y.transpose(1, 2).flatten(2))
        z = self.norm_2(x)
        return x + self.narrow(nn.functional.silu(self.gate(z)) * self.wide(z))


class GPT(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens, self.block = nn.Embedding(9, 16), Block()
        self.norm = nn.RMSNorm(16, eps=1e-6)

    def forward(self, x):
        return self.norm(self.block(self.tokens(x))) @ self.tokens.weight.T


def loss_fn(y_pred, y):
    return nn.functional.cross_entropy(y_pred.flatten(0, 1), y.flatten())


model = GPT()
"""
PAGES = {"gpt": (GPT, GPT_KERAS, GPT_TORCH), "gpt of today": (TODAY, TODAY_KERAS, TODAY_TORCH)}
