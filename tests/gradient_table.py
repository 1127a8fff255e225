"""The table of everything that has a gradient. A new layer, activation or loss adds its rows here.

Each row is made anew for each test, and is small: every index of every array is checked.
Sizes differ on purpose (batch, inputs, outputs), so that a swapped axis cannot go unseen.
"""

from typing import NamedTuple

import numpy as np

from minidl import layers, losses
from minidl.models import Sequential


class LayerCase(NamedTuple):
    make: callable
    shape: tuple  # of a batch of inputs
    training: bool = False


LAYERS = {
    "dense": LayerCase(lambda: layers.Dense(4), (5, 3)),
    "dense, one sample": LayerCase(lambda: layers.Dense(2), (1, 3)),
    "dense on a sequence": LayerCase(lambda: layers.Dense(4), (2, 3, 5)),
    "dense on images": LayerCase(lambda: layers.Dense(2, "tanh"), (2, 3, 1, 4)),
    "dense without bias": LayerCase(lambda: layers.Dense(3, use_bias=False), (4, 2)),
    "dense with relu": LayerCase(lambda: layers.Dense(6, "relu"), (4, 3)),
    "dense with sigmoid": LayerCase(lambda: layers.Dense(2, "sigmoid"), (4, 3)),
    "dense with softmax": LayerCase(lambda: layers.Dense(4, "softmax"), (3, 2)),
    "flatten": LayerCase(lambda: layers.Flatten(), (2, 3, 4)),
    "reshape": LayerCase(lambda: layers.Reshape((2, -1)), (3, 4, 2)),
    "input": LayerCase(lambda: layers.Input((3,)), (2, 3)),
    "linear": LayerCase(lambda: layers.Linear(), (2, 3)),
    "relu": LayerCase(lambda: layers.ReLU(), (4, 3, 2)),
    "sigmoid": LayerCase(lambda: layers.Sigmoid(), (4, 3)),
    "tanh": LayerCase(lambda: layers.Tanh(), (4, 3)),
    "softmax": LayerCase(lambda: layers.Softmax(), (3, 4)),
    "softmax on a sequence": LayerCase(lambda: layers.Softmax(), (2, 3, 4)),
    "activation by name": LayerCase(lambda: layers.Activation("tanh"), (3, 2)),
    "sequential": LayerCase(
        lambda: Sequential([layers.Dense(4, "tanh"), layers.Flatten(), layers.Dense(3)]), (2, 3, 2)
    ),
    "sequential in sequential": LayerCase(
        lambda: Sequential([Sequential([layers.Dense(3, "sigmoid")]), layers.Dense(2)]), (4, 3)
    ),
    "one layer twice": LayerCase(lambda: _twice(layers.Dense(3, "tanh")), (4, 3)),
}


class LossCase(NamedTuple):
    make: callable
    draw: callable  # rng -> (y_true, y_pred)


def _numbers(rng):
    return rng.standard_normal((4, 3)), rng.standard_normal((4, 3))


def _sequences(rng):
    return rng.standard_normal((2, 3, 4)), rng.standard_normal((2, 3, 4))


def _columns(rng):  # targets (N,) against outputs (N, 1): the form in which labels often come
    return rng.standard_normal(5), rng.standard_normal((5, 1))


def _answers_and_logits(rng):
    return rng.integers(0, 2, (4, 3)), 3 * rng.standard_normal((4, 3))


def _answers(rng):
    return rng.random((4, 3)), rng.uniform(0.1, 0.9, (4, 3))


def _rows_and_logits(rng):
    return _distributions(rng, (4, 3)), 3 * rng.standard_normal((4, 3))


def _unnormalised_rows_and_logits(rng):
    return rng.random((4, 3)), rng.standard_normal((4, 3))


def _rows(rng):
    return _distributions(rng, (2, 4, 3)), _distributions(rng, (2, 4, 3))


def _labels_and_logits(rng):
    return rng.integers(0, 4, (2, 3)), 3 * rng.standard_normal((2, 3, 4))


def _labels(rng):
    return rng.integers(0, 4, 5), _distributions(rng, (5, 4))


def _distributions(rng, shape):
    return rng.dirichlet(np.full(shape[-1], 5.0), shape[:-1])


LOSSES = {
    "mse": LossCase(losses.MeanSquaredError, _numbers),
    "mse on sequences": LossCase(losses.MeanSquaredError, _sequences),
    "mse of a column": LossCase(losses.MeanSquaredError, _columns),
    "mae": LossCase(losses.MeanAbsoluteError, _numbers),
    "mae on sequences": LossCase(losses.MeanAbsoluteError, _sequences),
    "binary, logits": LossCase(lambda: losses.BinaryCrossentropy(True), _answers_and_logits),
    "binary, probabilities": LossCase(losses.BinaryCrossentropy, _answers),
    "categorical, logits": LossCase(lambda: losses.CategoricalCrossentropy(True), _rows_and_logits),
    "categorical, logits, targets that do not sum to 1": LossCase(
        lambda: losses.CategoricalCrossentropy(True), _unnormalised_rows_and_logits
    ),
    "categorical, probabilities": LossCase(losses.CategoricalCrossentropy, _rows),
    "sparse, logits": LossCase(
        lambda: losses.SparseCategoricalCrossentropy(True), _labels_and_logits
    ),
    "sparse, probabilities": LossCase(losses.SparseCategoricalCrossentropy, _labels),
}


def _twice(layer):
    return Sequential([layer, layer])
