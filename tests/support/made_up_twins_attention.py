"""A small GPT in minidl and, in other words, in Keras and PyTorch; see `made_up_twins`."""

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
PAGES = {"gpt": (GPT, GPT_KERAS, GPT_TORCH)}
