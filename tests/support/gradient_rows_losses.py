"""Rows of the gradient table: losses."""

import numpy as np
from gradient_cases import LossCase

from minidl import losses
from minidl_course import detection


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


def _sequences_of_rows_and_logits(rng):
    return _distributions(rng, (2, 4, 3)), 3 * rng.standard_normal((2, 4, 3))


def _unnormalised_rows_and_logits(rng):
    return rng.random((4, 3)), rng.standard_normal((4, 3))


def _rows_of_any_sum(rng):
    return _distributions(rng, (2, 4, 3)), rng.uniform(0.1, 0.9, (2, 4, 3))


def _labels_and_rows_of_any_sum(rng):
    return rng.integers(0, 4, (2, 3)), rng.uniform(0.1, 0.9, (2, 3, 4))


def _rows(rng):
    return _distributions(rng, (2, 4, 3)), _distributions(rng, (2, 4, 3))


def _labels_and_logits(rng):
    return rng.integers(0, 4, (2, 3)), 3 * rng.standard_normal((2, 3, 4))


def _labels(rng):
    return rng.integers(0, 4, 5), _distributions(rng, (5, 4))


def _distributions(rng, shape):
    return rng.dirichlet(np.full(shape[-1], 5.0), shape[:-1])


def _labels_without_places(rng):
    return np.array([[2, 2, 1], [3, 0, 0], [0, 0, 0]]), 2 * rng.standard_normal((3, 5, 4))


def _boxes(rng, shape):
    corner = rng.uniform(-1, 1, (*shape, 2))
    return np.concatenate([corner, corner + rng.uniform(0.3, 1.5, (*shape, 2))], axis=-1)


def _two_of_boxes(rng):  # inside each other, crossing and apart
    return _boxes(rng, (12,)), _boxes(rng, (12,)) + np.repeat([[0.0], [2.5]], 6, axis=0)


def _corners_of_any_order(rng):
    return _boxes(rng, (3, 4)), rng.standard_normal((3, 4, 4))


def _masks(rng):
    return rng.integers(0, 2, (3, 4, 2, 5)), rng.random((3, 4, 2, 5))


def _heat(rng):  # no centre in the last
    t = np.where(rng.random((3, 4, 2, 5)) < 0.2, 1, 0.9 * rng.random((3, 4, 2, 5)))
    t[2] *= 0.9
    return t


def _heat_and_logits(rng):
    return _heat(rng), 3 * rng.standard_normal((3, 4, 2, 5))


def _heat_and_probabilities(rng):
    return _heat(rng), rng.uniform(0.1, 0.9, (3, 4, 2, 5))


def _boxes_in_some_cells(rng):  # none in the last
    t = np.zeros((3, 4, 2, 5))
    t[[0, 0, 1], [3, 1, 2], [1, 0, 1]] = np.insert(_boxes(rng, (3,)), 4, 1, axis=-1)
    return t, rng.standard_normal((3, 4, 2, 4))


LOSSES = {
    "mse": LossCase(losses.MeanSquaredError, _numbers),
    "mse on sequences": LossCase(losses.MeanSquaredError, _sequences),
    "mse of a column": LossCase(losses.MeanSquaredError, _columns),
    "mae": LossCase(losses.MeanAbsoluteError, _numbers),
    "mae on sequences": LossCase(losses.MeanAbsoluteError, _sequences),
    "binary, logits": LossCase(lambda: losses.BinaryCrossentropy(True), _answers_and_logits),
    "binary, probabilities": LossCase(losses.BinaryCrossentropy, _answers),
    "categorical, logits": LossCase(lambda: losses.CategoricalCrossentropy(True), _rows_and_logits),
    "categorical, logits on sequences": LossCase(
        lambda: losses.CategoricalCrossentropy(True), _sequences_of_rows_and_logits
    ),
    "categorical, logits, targets that do not sum to 1": LossCase(
        lambda: losses.CategoricalCrossentropy(True), _unnormalised_rows_and_logits
    ),
    "categorical, probabilities": LossCase(losses.CategoricalCrossentropy, _rows),
    "sparse, logits": LossCase(
        lambda: losses.SparseCategoricalCrossentropy(True), _labels_and_logits
    ),
    "sparse, probabilities": LossCase(losses.SparseCategoricalCrossentropy, _labels),
    "categorical, any sum": LossCase(losses.CategoricalCrossentropy, _rows_of_any_sum),
    "sparse, any sum": LossCase(losses.SparseCategoricalCrossentropy, _labels_and_rows_of_any_sum),
    "binary, smoothed": LossCase(lambda: losses.BinaryCrossentropy(True, 0.3), _answers_and_logits),
    "categorical, smoothed": LossCase(lambda: losses.CategoricalCrossentropy(False, 0.3), _rows),
    "categorical, logits, smoothed": LossCase(
        lambda: losses.CategoricalCrossentropy(True, 0.3), _rows_and_logits
    ),
    "mse, sum": LossCase(lambda: losses.MeanSquaredError(reduction="sum"), _sequences),
    "huber": LossCase(losses.Huber, _numbers),
    "huber, own delta": LossCase(lambda: losses.Huber(0.3), _sequences),
    "ctc": LossCase(losses.CTC, _labels_without_places),
    "heat, logits": LossCase(
        lambda: losses.PenaltyReducedFocal(from_logits=True), _heat_and_logits
    ),
    "heat, probabilities": LossCase(
        lambda: losses.PenaltyReducedFocal(1.5, 0.5), _heat_and_probabilities
    ),
    "dice": LossCase(losses.Dice, _masks),
    "dice of every sample": LossCase(lambda: losses.Dice((1, 2, 3)), _masks),
    "dice of every class": LossCase(lambda: losses.Dice([1, 2]), _masks),
    "generalized iou": LossCase(losses.GeneralizedIoU, _two_of_boxes),
    "generalized iou, any order": LossCase(losses.GeneralizedIoU, _corners_of_any_order),
    "mae at centres": LossCase(detection.AtCenters, _boxes_in_some_cells),
    "generalized iou at centres": LossCase(
        lambda: detection.AtCenters(losses.GeneralizedIoU()), _boxes_in_some_cells
    ),
}
