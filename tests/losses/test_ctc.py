"""The loss CTC: what it takes, what it refuses, and that a network learns by it."""

from contextlib import nullcontext

import numpy as np
import pytest

from minidl import Sequential, losses
from minidl.layers import GRU, Dense, Masking
from minidl.optimizers import Adam


def _logits(N=2, T=6, C=4, seed=0):
    return np.random.default_rng(seed).standard_normal((N, T, C))


def test_the_mask_says_how_many_steps_a_sequence_has():
    z, y = _logits(), np.array([[1, 2, 0], [3, 0, 0]])
    mask = np.arange(6) < np.array([[4], [6]])
    value, dz = losses.CTC()(y, z, mask=mask)
    alone = [losses.CTC()(y[n : n + 1], z[n : n + 1, :T]) for n, T in enumerate((4, 6))]
    np.testing.assert_allclose(value, np.mean([v for v, _ in alone]), rtol=1e-12)
    np.testing.assert_allclose(dz[0, :4], alone[0][1][0] / 2, rtol=1e-12)
    assert not dz[0, 4:].any()


def test_weights_scale_a_sample_s_loss_and_gradient():
    z, y = _logits(), np.array([[1, 2], [3, 0]])
    first, second = (losses.CTC()(y, z, sample_weight=w) for w in ([1, 0], [0, 3]))
    both, gradient = losses.CTC()(y, z, sample_weight=[1, 3])
    np.testing.assert_allclose(both, first[0] + second[0], rtol=1e-12)
    np.testing.assert_allclose(gradient, first[1] + second[1], rtol=1e-12)


def test_what_is_too_long_is_refused_or_counts_nothing():
    z, y = _logits(T=4), np.array([[1, 1, 1], [1, 2, 1]])
    with pytest.raises(ValueError, match=r"target 0 of the batch needs 5 steps, .* have 4"):
        losses.CTC()(y, z)
    value, dz = losses.CTC(zero_infinity=True)(y, z)
    alone, gradient = losses.CTC()(y[1:], z[1:])
    np.testing.assert_allclose(value, alone / 2, rtol=1e-12)
    assert not dz[0].any()
    np.testing.assert_allclose(dz[1], gradient[0] / 2, rtol=1e-12)
    mask = np.arange(4) < np.array([[2], [4]])
    assert losses.CTC()(np.array([[1, 2, 3], [1, 2, 3]]), z, mask=mask)[0] == np.inf


@pytest.mark.parametrize("zero_infinity", [True, False])
def test_training_goes_on_past_a_target_that_is_too_long_for_its_sound(zero_infinity):
    x, y = _logits(C=3, T=8).astype("f4"), np.array([[1, 2, 1], [2, 1, 2]])
    x[1, 2:] = -1  # two real steps for three labels
    row = [Masking(-1, input_shape=(8, 3)), GRU(4, return_sequences=True), Dense(4)]
    model = Sequential(row, seed=0)
    model.compile(Adam(0.02), losses.CTC(zero_infinity))
    with (
        nullcontext()
        if zero_infinity
        else pytest.warns(RuntimeWarning, match="the loss became inf")
    ):
        found = model.fit(x, y, epochs=3, verbose=0).history["loss"]
    assert all(np.isfinite(w).all() for w in model.get_weights())
    assert np.isfinite(found).all() == zero_infinity and not np.isnan(found).any()
    assert np.isfinite(model.predict(x)).all()


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([[1, 4], [1, 0]], "labels from 0 to 3"),
        ([[1, 0.5], [1, 0]], "integer labels"),
        ([[0, 2], [1, 0]], r"fills a row at its end; got \[0, 2\]"),
        ([[1, 2]], r"outputs \(2, 6, 4\) and targets \(1, 2\)"),
        ([1, 2], r"targets \(2,\)"),
    ],
)
def test_bad_targets_are_refused(y, message):
    with pytest.raises(ValueError, match=message):
        losses.CTC()(np.array(y), _logits())


def test_a_network_for_any_length_counts_the_steps_that_there_are():
    model = Sequential([Dense(4, input_shape=(None, 3))], seed=0)
    model.compile("sgd", losses.CTC())
    x, y = np.ones((2, 6, 3), "f4"), np.array([[1, 1, 2], [2, 0, 0]])
    model.train_on_batch(x, y)  # a row of 3 labels that needs 4 steps of the 6
    with pytest.raises(ValueError, match=r"needs 4 steps.*the outputs have 3"):
        model.train_on_batch(x[:, :3], y)


def test_a_network_learns_where_labels_are_though_nobody_says_so():
    rng = np.random.default_rng(0)
    y = rng.integers(1, 4, (200, 3))
    x = np.full((200, 24, 3), -1.0)  # -1 is padding
    for n, row in enumerate(y):
        gaps = rng.integers(1, 5, 3)
        places = np.cumsum(gaps + 1)
        x[n, : places[-1] + 2] = 0
        x[n, places, row - 1] = 1  # a label is a single spike, somewhere
    layers = [Masking(-1, input_shape=(24, 3)), GRU(16, return_sequences=True), Dense(4, "softmax")]
    model = Sequential(layers, seed=0)
    model.compile(Adam(0.02), "ctc")
    history = model.fit(x[:160], y[:160], epochs=25, batch_size=20, verbose=0).history["loss"]
    assert history[0] > 3 and history[-1] < 0.1
    best = model.predict(x[160:]).argmax(axis=-1)
    ends = (x[160:, :, 0] >= 0).sum(axis=1)
    read = [
        [c for t, c in enumerate(row[:T]) if c and (t == 0 or row[t - 1] != c)]
        for row, T in zip(best, ends)
    ]
    assert np.mean([a == b for a, b in zip(read, y[160:].tolist())]) > 0.9
