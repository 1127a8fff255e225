"""Training of your own: `train_step`, `loss_and_gradient`, and optimizers for any parameters."""

import numpy as np
import pytest

from minidl import Model, Sequential, gradcheck, losses, optimizers
from minidl.layers import Dense, Dropout

RNG = np.random.default_rng(0)
X = RNG.standard_normal((32, 2)).astype("f4")
Y = (X[:, :1] > 0).astype("f4")


def _row(*units, **options):
    *inner, last = units
    return Sequential([*(Dense(n, "tanh") for n in inner), Dense(last, **options)], seed=1)


def test_a_step_by_hand_is_the_step_of_fit():
    by_hand, by_fit = _row(5, 1), _row(5, 1)
    for model in (by_hand, by_fit):
        model.compile(optimizers.Adam(0.01), "mse", metrics=["mae"])
    for _ in range(3):
        by_hand.zero_grad()
        by_hand.validate(X, Y)
        results, dx = by_hand.loss_and_gradient(X, Y)
        by_hand.optimizer.step(by_hand.trainable_weights)
    history = by_fit.fit(X, Y, epochs=3, verbose=0).history
    assert dx.shape == X.shape and list(results) == ["loss", "mae"]
    assert results["loss"] == pytest.approx(history["loss"][-1])
    for a, b in zip(by_hand.get_weights(), by_fit.get_weights()):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)


def test_the_gradient_with_respect_to_the_input_is_that_of_all_of_the_loss():
    model = Sequential(
        [Dense(3, "tanh", kernel_regularizer="l2", activity_regularizer="l2"), Dense(2, "softmax")]
    )
    model.compile("sgd", losses.SparseCategoricalCrossentropy())
    labels = Y[:4, 0].astype(int)
    model.validate(X[:4], labels)
    model.astype(np.float64)
    x = X[:4].astype(np.float64)
    model.cast = lambda x: x
    results, dx = model.loss_and_gradient(x, labels)
    W = model.layers[0].W
    dW = W.grad.copy()
    for array, gradient in ((x, dx), (W.value, dW)):
        by_steps = gradcheck.numeric(lambda: model.test_step((x, labels, None))["loss"], array)
        np.testing.assert_allclose(gradient, by_steps, rtol=1e-5, atol=1e-8)
    assert results["loss"] == pytest.approx(model.test_step((x, labels, None))["loss"])


class Gan(Model):
    """Two networks, two optimizers, one step: what a chapter on GANs writes."""

    def __init__(self, generator, discriminator, **options):
        super().__init__(**options)
        self.generator, self.discriminator = generator, discriminator

    def build(self, shape, rng):
        self.generator.prepare((2,), self.ops, rng.spawn(1)[0])
        return self.discriminator.prepare(shape, self.ops, rng.spawn(1)[0])

    def train_step(self, data):
        real, *_ = data
        G, D, N = self.generator, self.discriminator, len(real)
        fake, cache = G.forward(self.rng.standard_normal((N, 2)).astype("f4"), training=True)
        D.zero_grad()
        of_real, _ = D.loss_and_gradient(real, np.ones((N, 1), "f4"))
        of_fake, _ = D.loss_and_gradient(fake, np.zeros((N, 1), "f4"))
        self.optimizer.step(D.trainable_weights)
        G.zero_grad()
        fooled, dx = D.loss_and_gradient(fake, np.ones((N, 1), "f4"))
        G.backward(dx, cache)
        self.optimizer.step(G.trainable_weights)
        return {"d_loss": of_real["loss"] + of_fake["loss"], "g_loss": fooled["loss"]}


def test_a_gan_in_a_dozen_lines_moves_its_samples_to_the_data():
    generator = Sequential([Dense(8, "tanh", input_shape=(2,)), Dense(2)], seed=0)
    critic = Sequential([Dense(16, "tanh", input_shape=(2,)), Dense(1, "sigmoid")], seed=1)
    critic.compile(loss="binary_crossentropy")
    gan = Gan(generator, critic)
    gan.compile(optimizers.Adam(0.01, beta_1=0.5))
    data = (RNG.standard_normal((256, 2)) * 0.3 + [2, -1]).astype("f4")
    noise = RNG.standard_normal((200, 2))
    before = np.abs(generator.predict(noise).mean(axis=0) - [2, -1]).max()
    history = gan.fit(data, epochs=60, verbose=0).history
    after = np.abs(generator.predict(noise).mean(axis=0) - [2, -1]).max()
    assert list(history) == ["d_loss", "g_loss"] and len(history["d_loss"]) == 60
    assert before > 1.5 and after < 0.6


def test_without_a_loss_only_a_model_with_its_own_step_compiles():
    Gan(_row(2), _row(1)).compile("adam")
    with pytest.raises(ValueError, match="compile needs a loss"):
        _row(2).compile("adam")


def test_networks_of_a_game_that_do_not_fit_are_told_so():
    data = RNG.standard_normal((8, 2)).astype("f4")

    def game(generator, critic, compiled=True):
        if compiled:
            critic.compile(loss="binary_crossentropy")
        gan = Gan(generator, critic)
        gan.compile("adam")
        gan.fit(data, verbose=0)

    with pytest.raises(ValueError, match=r"inputs of shape \(2,\) and cannot take \(3,\)"):
        game(_row(3), _row(1, activation="sigmoid"))
    with pytest.raises(RuntimeError, match="loss_and_gradient needs a compiled model"):
        game(_row(2), _row(1, activation="sigmoid"), compiled=False)
    for frozen in (0, 1):
        pair = _row(2), _row(1, activation="sigmoid")
        pair[frozen].trainable = False
        with pytest.raises(ValueError, match="nothing can learn: is every layer frozen"):
            game(*pair)


# --------------------------------------------------- trainable is what it was in compile


def _frozen_pair():
    """The classic GAN: D is compiled, frozen, and then a part of the model of both."""
    critic = Sequential([Dense(4, "tanh", input_shape=(2,)), Dense(1, "sigmoid")], seed=1)
    critic.compile("sgd", "binary_crossentropy")
    critic.trainable = False
    maker = Sequential([Dense(2, input_shape=(2,))], seed=2)
    both = Sequential([maker, critic])
    both.compile("sgd", "binary_crossentropy")
    return critic, maker, both


def test_a_discriminator_frozen_after_compile_still_learns_by_itself():
    critic, maker, both = _frozen_pair()
    D, G = critic.get_weights(), maker.get_weights()
    critic.train_on_batch(X, Y)
    assert all(not np.array_equal(a, b) for a, b in zip(D, critic.get_weights()))
    assert all(np.array_equal(a, b) for a, b in zip(G, maker.get_weights()))
    D = critic.get_weights()
    both.train_on_batch(X, Y)
    assert all(np.array_equal(a, b) for a, b in zip(D, critic.get_weights()))
    assert all(not np.array_equal(a, b) for a, b in zip(G, maker.get_weights()))


def test_that_holds_for_one_that_had_not_seen_data_when_it_was_compiled():
    critic = Sequential([Dense(4, "tanh"), Dense(1, "sigmoid")], seed=1)
    critic.compile("sgd", "binary_crossentropy")
    critic.trainable = False
    critic.train_on_batch(X, Y)
    before = critic.get_weights()
    critic.train_on_batch(X, Y)
    assert all(not np.array_equal(a, b) for a, b in zip(before, critic.get_weights()))
    with pytest.raises(RuntimeError, match="call compile again"):
        critic.fit(X, Y, verbose=0)


@pytest.mark.parametrize("whole", [True, False])
def test_a_first_layer_that_is_frozen_between_two_steps_learns_until_compile(whole):
    model = _row(4, 1)
    model.compile("sgd", "mse")
    model.train_on_batch(X, Y)
    first = model.layers[0]
    for part in [first] if whole else [first.W, first.b]:
        part.trainable = False
    before = first.get_weights()
    model.train_on_batch(X, Y)
    assert all(not np.array_equal(a, b) for a, b in zip(before, first.get_weights()))


def test_gradients_of_what_is_frozen_do_not_pile_up():
    model = _row(4, 1)
    model.layers[1].trainable = False
    model.compile(optimizers.SGD(1e-30), "mse")
    model.train_on_batch(X, Y)
    once = model.layers[1].W.grad.copy()
    model.train_on_batch(X, Y)
    np.testing.assert_allclose(model.layers[1].W.grad, once)
    assert np.any(once)


@pytest.mark.parametrize("frozen", [True, False])
def test_fit_after_a_change_of_trainable_asks_for_compile(frozen):
    model = Sequential([Dense(4, input_shape=(2,)), Dropout(0.1), Dense(1)])
    model.layers[0].trainable = not frozen
    model.compile("sgd", "mse")
    model.layers[0].trainable = frozen
    with pytest.raises(RuntimeError, match=r"dense/W, dense/b: call compile again"):
        model.fit(X, Y, verbose=0)
    model.compile("sgd", "mse")
    before = model.layers[0].get_weights()
    model.fit(X, Y, verbose=0)
    changed = not np.array_equal(before[0], model.layers[0].get_weights()[0])
    assert changed == frozen


def test_a_layer_added_after_compile_is_trained():
    model = Sequential([Dense(3, input_shape=(2,))])
    model.compile("sgd", "mse")
    model.add(Dense(1))
    before = model.layers[1].get_weights()[0]
    model.fit(X, Y, verbose=0)
    assert not np.array_equal(before, model.layers[1].get_weights()[0])
