"""The code of a variational autoencoder: what is drawn, what it costs, and what PyTorch says."""

import numpy as np
import pytest

from minidl import Input, Model, losses
from minidl.layers import Dense, Sampling, kl_to_standard_normal

RNG = np.random.default_rng(0)
MEAN, LOG_VAR = RNG.standard_normal((2, 6, 3))


def _prepared(shape=((3,), (3,)), **options):
    layer = Sampling(**options)
    layer.prepare(shape, rng=np.random.default_rng(0))
    return layer


def test_what_is_drawn_has_the_mean_and_the_variance_that_were_asked_for():
    mean = np.broadcast_to(np.float32([-2, 0, 5]), (100_000, 3))
    log_var = np.broadcast_to(np.float32([0, -4, 2]), mean.shape)
    z, _ = _prepared().forward((mean, log_var), training=True)
    assert z.dtype == "f4"
    np.testing.assert_allclose(z.mean(0), [-2, 0, 5], atol=5 * np.e / np.sqrt(1e5))
    np.testing.assert_allclose(z.std(0), np.exp([0, -2, 1]), rtol=0.02)
    assert np.abs(np.corrcoef(z.T) - np.eye(3)).max() < 0.02


def test_inference_draws_nothing_and_a_seed_repeats_a_draw():
    layer = _prepared(seed=3)
    np.testing.assert_array_equal(layer.forward((MEAN, LOG_VAR))[0], MEAN)
    first = layer.forward((MEAN, LOG_VAR), training=True)[0]
    assert np.abs(layer.forward((MEAN, LOG_VAR), training=True)[0] - first).min() > 0
    again = _prepared(seed=3).forward((MEAN, LOG_VAR), training=True)[0]
    np.testing.assert_array_equal(again, first)


def test_the_divergence_by_hand_and_by_sampling():
    # mean 2, variance 1: 4/2 nats. mean 0, variance 4: (4 - 1 - log 4) / 2
    kl, *_ = kl_to_standard_normal(np.array([[2.0], [0.0]]), np.array([[0.0], [np.log(4)]]))
    np.testing.assert_allclose(kl, [2, (3 - np.log(4)) / 2], rtol=1e-12)
    kl, *_ = kl_to_standard_normal(MEAN, LOG_VAR)
    noise = RNG.standard_normal((200_000, 1, 3))
    z = MEAN + np.exp(LOG_VAR / 2) * noise
    by_sampling = ((z**2 - noise**2 - LOG_VAR) / 2).sum(-1)  # log q - log p
    error = by_sampling.std(0) / np.sqrt(len(noise))
    assert np.all(np.abs(by_sampling.mean(0) - kl) < 5 * error)


def test_the_divergence_is_zero_for_the_standard_gaussian_alone_and_exact_near_it():
    kl, dmean, dlog_var = kl_to_standard_normal(np.zeros((2, 3)), np.zeros((2, 3)))
    assert not kl.any() and not dmean.any() and not dlog_var.any()
    kl, *_ = kl_to_standard_normal(np.zeros(1), np.array([1e-6]))
    assert kl == pytest.approx(1e-12 / 4, rel=1e-3)


def test_the_loss_of_a_model_counts_the_divergence_once_in_training_and_in_evaluation():
    x = Input((4,))
    h = Dense(5, "tanh")(x)
    mean, log_var = Dense(2)(h), Dense(2)(h)
    outputs = Dense(4)(Sampling(0.25, seed=1)([mean, log_var]))
    model, encoder = Model(x, outputs), Model(x, [mean, log_var])
    model.compile("adam", "mse")
    data = RNG.standard_normal((8, 4)).astype("f4")
    paid = 0.25 * kl_to_standard_normal(*encoder.predict(data, verbose=0))[0].mean()
    error, _ = losses.mse(data, model.predict(data, verbose=0))
    assert model.evaluate(data, data, verbose=0) == pytest.approx(error + paid, rel=1e-5)
    history = model.fit(data, data, epochs=30, verbose=0).history["loss"]
    assert history[-1] < history[0]


@pytest.mark.parametrize("shape", [(3,), ((3,), (4,)), ((3,), (3,), (3,))])
def test_another_form_of_input_is_refused(shape):
    with pytest.raises(ValueError, match=r"two arrays of one shape|takes two arrays"):
        Sampling().prepare(shape)


def test_a_negative_weight_is_refused():
    with pytest.raises(ValueError, match="kl_weight"):
        Sampling(-1)
