"""Perplexity and bits per character, and that batches do not change them."""

import math

import numpy as np
import pytest

from minidl import Sequential, metrics
from minidl.layers import Dense
from minidl.models.objective import Objective
from minidl.models.training import Mean

P = np.array([[[0.5, 0.25, 0.25], [0.1, 0.8, 0.1]]])  # (N, T, V)
RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((50, 4, 3)).astype("f4"), RNG.integers(0, 5, (50, 4))


def test_both_by_hand():
    assert metrics.perplexity([[0, 2]], P) == pytest.approx(math.sqrt(2 * 10))
    assert metrics.bits_per_character([[0, 2]], P) == pytest.approx((1 + math.log2(10)) / 2)
    assert metrics.perplexity(np.array([[[0], [2]]]), P) == pytest.approx(math.sqrt(20))


def test_no_idea_is_a_perplexity_of_v_and_certainty_one_of_1():
    assert metrics.perplexity([3, 1], np.full((2, 65), 1 / 65)) == pytest.approx(65)
    assert metrics.perplexity([3, 1], np.eye(65)[[3, 1]]) == pytest.approx(1)
    assert metrics.bits_per_character([3, 1], np.eye(65)[[3, 1]]) == 0
    assert metrics.perplexity([0], np.eye(2)[[1]]) == pytest.approx(1e7)  # finite, as the loss is


def _model():
    model = Sequential([Dense(5, "softmax")], seed=0)
    names = ["perplexity", "bits_per_character"]
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=names)
    return model


@pytest.mark.parametrize("batch_size", [1, 7, 50])
def test_evaluate_gives_exp_of_the_mean_loss_whatever_the_batches(batch_size):
    model = _model()
    loss, perplexity, bits = model.evaluate(X, Y, batch_size=batch_size, verbose=0)
    assert perplexity == pytest.approx(math.exp(loss), rel=1e-5)
    assert bits == pytest.approx(loss / math.log(2), rel=1e-5)
    assert perplexity == pytest.approx(metrics.perplexity(Y, model.predict(X)), rel=1e-5)


def test_fit_and_train_on_batch_report_it_the_same_way():
    model = _model()
    history = model.fit(X, Y, batch_size=7, epochs=2, validation_data=(X, Y), verbose=0).history
    for prefix in ("", "val_"):
        for loss, perplexity in zip(history[f"{prefix}loss"], history[f"{prefix}perplexity"]):
            assert perplexity == pytest.approx(math.exp(loss), rel=1e-5)
    loss, perplexity, _ = model.train_on_batch(X, Y)
    assert perplexity == pytest.approx(math.exp(loss), rel=1e-5)


def test_a_geometric_mean_weighs_each_batch_by_its_samples():
    mean = Mean(Objective("mse", None, ["perplexity"], ["output"]))
    mean.add({"loss": 1.0, "perplexity": 2.0}, 3)
    mean.add({"loss": 2.0, "perplexity": 32.0}, 1)
    assert mean.result() == pytest.approx({"loss": 1.25, "perplexity": 4.0})


@pytest.mark.parametrize("outputs", [np.zeros((1, 3)), [[-0.2, 0.6, 0.6]], [[2.0, 1.0, 0.5]]])
def test_logits_are_refused_rather_than_misread(outputs):
    for metric in (metrics.perplexity, metrics.bits_per_character):
        with pytest.raises(ValueError, match='activation="softmax"'):
            metric([0], outputs)
