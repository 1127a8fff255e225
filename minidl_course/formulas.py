"""Layers once more, as formulas in NumPy's functions: `minidl_course.autograd` against our hands.

No gradient stands here: the tape finds it. Each formula takes x and the parameters by name, all of
them tensors. Chapter 37 shows how far the two are apart, and a test holds them together.
"""

import math
from typing import NamedTuple

import numpy as np

from minidl import gradcheck, layers
from minidl.base import structure
from minidl_course.autograd import Tensor, gradients


def sigmoid(s):
    return 1 / (1 + np.exp(-s))


def softmax(z):
    e = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def log_softmax(z):
    z = z - np.max(z, axis=-1, keepdims=True)
    return z - np.log(np.sum(np.exp(z), axis=-1, keepdims=True))


def dense(x, p):
    return x @ p["W"] + p["b"]


def standardized(x, axes, epsilon):
    centred = x - np.mean(x, axis=axes, keepdims=True)
    return centred / np.sqrt(np.mean(centred * centred, axis=axes, keepdims=True) + epsilon)


def windows(x, size, stride):
    """(N, H, W, C) -> for each place (r, s) in a window, its pixels (N, P, Q, C)."""
    (R, S), (H, W) = size, x.shape[1:3]
    return {  # a window begins in row 0, stride, ..., and its last row ends in the image
        (r, s): x[:, r : H - R + r + 1 : stride, s : W - S + s + 1 : stride]
        for r, s in np.ndindex(R, S)
    }


def convolution(x, p, stride=1):
    w = p["w"]
    seen = windows(x, w.shape[:2], stride)
    return sum(pixels @ w[place] for place, pixels in seen.items()) + p["b"]


def largest(x, p, size=(2, 2), stride=2):
    seen = [np.reshape(part, (1, *part.shape)) for part in windows(x, size, stride).values()]
    return np.max(np.concatenate(seen), axis=0)


def average(x, p):
    seen = windows(x, (2, 2), 2).values()
    return sum(seen) / len(seen)


def each_step(x, h, step):
    """Run h = step(x_t, h) over time; return all h[0], (N, T, H)."""
    every = []
    for t in range(x.shape[1]):
        h = step(x[:, t], h)
        every.append(np.reshape(h[0], (len(h[0].value), 1, -1)))
    return np.concatenate(every, axis=1)


def simple_rnn(x, p):
    start = (np.zeros((x.shape[0], p["U"].shape[0])),)
    return each_step(x, start, lambda x_t, h: (np.tanh(x_t @ p["W"] + h[0] @ p["U"] + p["b"]),))


def lstm(x, p):
    H = p["U"].shape[0]

    def step(x_t, state):
        h, c = state
        s = x_t @ p["W"] + h @ p["U"] + p["b"]
        i, f, o = sigmoid(s[:, :H]), sigmoid(s[:, H : 2 * H]), sigmoid(s[:, 3 * H :])
        c = f * c + i * np.tanh(s[:, 2 * H : 3 * H])
        return o * np.tanh(c), c

    return each_step(x, (np.zeros((x.shape[0], H)),) * 2, step)


def gru(x, p):
    H = p["U"].shape[0]

    def step(x_t, state):
        (h,) = state
        s, u = x_t @ p["W"] + p["b"][0], h @ p["U"] + p["b"][1]
        z, r = sigmoid(s[:, :H] + u[:, :H]), sigmoid(s[:, H : 2 * H] + u[:, H : 2 * H])
        n = np.tanh(s[:, 2 * H :] + r * u[:, 2 * H :])
        return (z * h + (1 - z) * n,)

    return each_step(x, (np.zeros((x.shape[0], H)),), step)


def attention(xs, p, heads=2):
    """MultiHeadAttention, of (query, value)."""
    query, value = xs

    def in_heads(name, x):  # (N, T, D) -> (N, heads, T, d)
        y = dense(x, {"W": p[f"{name}_dense/W"], "b": p[f"{name}_dense/b"]})
        return np.transpose(np.reshape(y, (*x.shape[:2], heads, -1)), (0, 2, 1, 3))

    q, k, v = in_heads("query", query), in_heads("key", value), in_heads("value", value)
    scores = q @ np.transpose(k, (0, 1, 3, 2)) / math.sqrt(q.shape[-1])
    y = np.transpose(softmax(scores) @ v, (0, 2, 1, 3))
    return np.reshape(y, (*query.shape[:2], -1)) @ p["output_dense/W"] + p["output_dense/b"]


def additive(xs, p):
    """AdditiveAttention, of (query, value)."""
    query, value = xs
    (N, T, D), S = query.shape, value.shape[1]
    sums = np.reshape(query, (N, T, 1, D)) + np.reshape(value, (N, 1, S, D))
    return softmax(np.sum(np.tanh(sums) * p["g"], axis=-1)) @ value


def layer_norm(x, p):
    return standardized(x, -1, 1e-3) * p["gamma"] + p["beta"]


def batch_norm(x, p):
    return standardized(x, tuple(range(x.ndim - 1)), 1e-3) * p["gamma"] + p["beta"]


class Case(NamedTuple):
    """A layer of the package, the chapter that derives it, and its formula."""

    chapter: int
    make: callable  # -> a new layer
    shape: tuple  # of a batch of inputs, or a tuple of shapes
    formula: callable
    training: bool = False


def compared(case, layer=None):
    """Return what a layer and the tape make of the same random numbers, as two dicts.

    They hold y, the gradient of each input, "dx 0", ..., and of each parameter, for a random dy.

    Args:
        case: a `Case`.
        layer: another layer in the place of case.make(); the formula stays.
    """
    rng = np.random.default_rng(0)
    layer, x = layer or case.make(), gradcheck.drawn(case.shape, rng)
    layer.prepare(structure.shape_of(x), rng=rng)
    layer.astype(np.float64)
    params = layer.params()
    for param in params.values():
        param.value[...] = rng.standard_normal(param.value.shape)
    y, cache = layer.forward(x, case.training)
    dy = rng.standard_normal(y.shape)
    dx = layer.backward(dy, cache)
    by_hand = {"y": y} | {f"dx {i}": part for i, part in enumerate(structure.parts(dx))}
    by_hand |= {path: param.grad for path, param in params.items()}

    tensors = structure.mapped(Tensor, x)
    weights = {path: Tensor(param.value) for path, param in params.items()}
    z = case.formula(tensors, weights)
    xs = structure.parts(tensors)
    names = [*(f"dx {i}" for i in range(len(xs))), *weights]
    by_tape = {"y": z} | dict(zip(names, gradients(z, [*xs, *weights.values()], dy)))
    return by_hand, {name: tensor.value for name, tensor in by_tape.items()}


FORMULAS = {
    "dense": Case(3, lambda: layers.Dense(4), (5, 3), dense),
    "dense, softmax": Case(
        3, lambda: layers.Dense(4, "softmax"), (5, 3), lambda x, p: softmax(dense(x, p))
    ),
    "relu": Case(3, layers.ReLU, (4, 3), lambda x, p: np.maximum(x, 0)),
    "sigmoid": Case(3, layers.Sigmoid, (4, 3), lambda x, p: sigmoid(x)),
    "tanh": Case(3, layers.Tanh, (4, 3), lambda x, p: np.tanh(x)),
    "softplus": Case(5, layers.Softplus, (4, 3), lambda x, p: np.log(1 + np.exp(x))),
    "elu": Case(5, layers.ELU, (4, 3), lambda x, p: np.where(x.value > 0, x, np.exp(x) - 1)),
    "silu": Case(5, layers.SiLU, (4, 3), lambda x, p: x * sigmoid(x)),
    "batch norm": Case(9, layers.BatchNormalization, (2, 3, 2, 4), batch_norm, True),
    "convolution": Case(10, lambda: layers.Conv2D(3, (3, 2)), (2, 6, 5, 2), convolution),
    "convolution, stride 2": Case(
        10,
        lambda: layers.Conv2D(3, 2, strides=2),
        (2, 6, 5, 2),
        lambda x, p: convolution(x, p, 2),
    ),
    "largest of a window": Case(10, lambda: layers.MaxPooling2D(2), (2, 6, 4, 3), largest),
    "mean of a window": Case(10, lambda: layers.AveragePooling2D(2), (2, 6, 4, 3), average),
    "mean of an image": Case(
        11, layers.GlobalAveragePooling2D, (2, 4, 3, 5), lambda x, p: np.mean(x, axis=(1, 2))
    ),
    "simple rnn": Case(
        17, lambda: layers.SimpleRNN(3, return_sequences=True), (2, 4, 5), simple_rnn
    ),
    "lstm": Case(18, lambda: layers.LSTM(3, return_sequences=True), (2, 4, 5), lstm),
    "gru": Case(18, lambda: layers.GRU(3, return_sequences=True), (2, 4, 5), gru),
    "leaky relu": Case(
        5, lambda: layers.LeakyReLU(0.2), (4, 3), lambda x, p: np.maximum(x, 0.2 * x)
    ),
    "additive attention": Case(22, layers.AdditiveAttention, ((2, 4, 6), (2, 5, 6)), additive),
    "attention, two heads": Case(
        24, lambda: layers.MultiHeadAttention(2, 3), ((2, 4, 6), (2, 5, 6)), attention
    ),
    "layer norm": Case(9, layers.LayerNormalization, (2, 3, 4), layer_norm),
    "gelu, tanh form": Case(
        5,
        lambda: layers.GELU(approximate=True),
        (4, 3),
        lambda x, p: x / 2 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
    ),
}
