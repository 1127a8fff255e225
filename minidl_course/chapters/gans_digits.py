"""The forgers of digits in the chapter on GANs, and how they are judged."""

import time
from types import SimpleNamespace

import numpy as np
from sklearn.mixture import GaussianMixture

from minidl import plots, utils
from minidl.layers import (
    BatchNormalization,
    Conv2D,
    Conv2DTranspose,
    Dense,
    Flatten,
    Input,
    LeakyReLU,
    ReLU,
    Reshape,
    Sampling,
)
from minidl.losses import BinaryCrossentropy
from minidl.models import Model, Sequential
from minidl.optimizers import Adam
from minidl.plots.canvas import tile
from minidl_course.chapters.autoencoders import Pca, train
from minidl_course.chapters.common import load_digits, show_rows
from minidl_course.chapters.gans import COLOURS, probability


class Gan(Model):
    """Two networks, two optimizers, one step; x are the real things, there are no targets."""

    def __init__(self, generator, discriminator, noise):
        super().__init__()
        self.generator, self.discriminator, self.noise = generator, discriminator, noise
        self.generator_optimizer = Adam(2e-3, beta_1=0.5)

    def build(self, shape, rng):
        """Give both networks their weights."""
        self.generator.prepare((self.noise,), self.ops, rng.spawn(1)[0])
        return self.discriminator.prepare(shape, self.ops, rng.spawn(1)[0])

    def train_step(self, data):
        real, *_ = data
        G, D, N = self.generator, self.discriminator, len(real)
        z = self.rng.standard_normal((N, self.noise)).astype("float32")
        ones, zeros = np.ones((N, 1), "float32"), np.zeros((N, 1), "float32")

        made, cache = G.forward(z, training=True)
        D.zero_grad()
        of_real, _ = D.loss_and_gradient(real, ones, input_gradient=False)
        of_made, _ = D.loss_and_gradient(made, zeros, input_gradient=False)
        self.optimizer.step(D.trainable_weights)  # the detective's turn

        G.zero_grad()
        fooled, dmade = D.loss_and_gradient(made, ones)
        G.backward(dmade, cache)
        self.generator_optimizer.step(G.trainable_weights)  # the forger's turn
        return {"detective": of_real["loss"] + of_made["loss"], "forger": fooled["loss"]}


# The forgers of digits


def forger_and_detective(seed):
    """32 random numbers -> 28 x 28 pixels, and 28 x 28 pixels -> one score."""
    double = {"strides": 2, "padding": "same"}
    forger = [Input((32,)), Dense(7 * 7 * 32, use_bias=False), BatchNormalization(), ReLU()]
    forger += [Reshape((7, 7, 32)), Conv2DTranspose(16, 4, use_bias=False, **double)]
    forger += [BatchNormalization(), ReLU()]
    forger += [Conv2DTranspose(1, 4, activation="sigmoid", **double)]
    detective = [Input((28, 28, 1)), Conv2D(16, 4, **double), LeakyReLU(0.2)]
    detective += [Conv2D(32, 4, **double), LeakyReLU(0.2), Flatten(), Dense(1)]
    return Sequential(forger, seed=seed), Sequential(detective, seed=seed + 1)


def bells(code, count):
    """1,000 draws from a mixture of `count` Gaussians fitted to code (N, K)."""
    mixture = GaussianMixture(count, reg_covar=1e-3, max_iter=50, random_state=0).fit(code)
    draws = mixture.sample(1000)[0]  # sorted by bell
    return np.random.default_rng(0).permutation(draws)


def gan_of_digits(X):
    """Train it; return 1,000 digits, ten of them after each epoch, and the losses of each epoch."""
    utils.set_random_seed(0)
    generator, discriminator = forger_and_detective(seed=0)
    discriminator.compile(loss=BinaryCrossentropy(from_logits=True))
    gan = Gan(generator, discriminator, noise=32)
    gan.compile(Adam(2e-3, beta_1=0.5))
    noise = np.random.default_rng(9).standard_normal((1000, 32)).astype("float32")
    growth, losses = [generator.predict(noise[:10], verbose=0)], []
    for _ in range(11):
        history = gan.fit(X.reshape(-1, 28, 28, 1), batch_size=50, epochs=1, verbose=0).history
        growth.append(generator.predict(noise[:10], verbose=0))
        losses.append((history["detective"][0], history["forger"][0]))
    return generator.predict(noise, verbose=0).reshape(-1, 784), growth, losses


def by_variational_autoencoder(X):
    """1,000 digits of chapter 29's, with a code of 10."""
    utils.set_random_seed(0)
    inputs = Input((784,))
    h = Dense(128, "relu")(inputs)
    z = Sampling(kl_weight=1 / 784, seed=0)([Dense(10)(h), Dense(10)(h)])
    logits = Dense(784)(Dense(128, "relu")(z))
    train(Model(inputs, logits), X, X, 20, loss=BinaryCrossentropy(from_logits=True))
    standard = np.random.default_rng(4).standard_normal((1000, 10)).astype("float32")
    return probability(Model(z, logits).predict(standard, verbose=0))


def by_pca(X, counts):
    """1,000 digits each from PCA with 32 numbers, and so many bell curves fitted to these."""
    pca = Pca(X)
    code = pca.code(X, 32).astype("float64")
    made = (pca.mean + bells(code, n) @ pca.Vt[:32] for n in counts)
    return [np.clip(digits, 0, 1).astype("float32") for digits in made]


def by_autoencoder(X):
    """1,000 digits from a plain autoencoder with a code of 16, and 30 bell curves fitted to it."""
    inputs = Input((784,))
    squeezed = Dense(16)(Dense(128, "relu")(inputs))
    rebuilt = Dense(784)(Dense(128, "relu")(squeezed))
    utils.set_random_seed(0)
    train(Model(inputs, rebuilt), X, X, 10, loss=BinaryCrossentropy(from_logits=True))
    code = Model(inputs, squeezed).predict(X, verbose=0).astype("float64")
    made = Model(squeezed, rebuilt).predict(bells(code, 30).astype("float32"), verbose=0)
    return probability(made)


def hook():
    """Train every forger, and show one row of real digits and three that were forged.

    Returns the digits X and their labels, what each forger `made`, its `seconds` of computing, and
    the `growth` and `losses` of the GAN.
    """
    (X, digits), (X_test, _) = load_digits(784)
    clock = [time.process_time()]
    by_gan, growth, losses = gan_of_digits(X)
    clock.append(time.process_time())
    by_vae = by_variational_autoencoder(X)
    clock.append(time.process_time())
    by_one, by_thirty = by_pca(X, (1, 30))
    clock.append(time.process_time())
    by_code = by_autoencoder(X)
    clock.append(time.process_time())
    names = "GAN", "variational autoencoder", "PCA, 30 bells", "autoencoder, 30 bells"
    seconds = dict(zip(names, np.diff(clock)))
    made = {
        "real test digits": X_test,
        "variational autoencoder": by_vae,
        "PCA, one bell": by_one,
        "GAN": by_gan,
        "PCA, 30 bells": by_thirty,
        "autoencoder, 30 bells": by_code,
    }
    rows = {"A": by_vae[:10], "B": by_gan[:10], "C": X_test[20:30], "D": by_thirty[:10]}
    show_rows(
        rows,
        "Four rows of ten digits, A to D. A is blurred; B has crisp strokes, not all of them "
        "digits; C is clean; D is partly legible, with soft edges.",
    )
    return SimpleNamespace(
        X=X, digits=digits, made=made, seconds=seconds, growth=growth, losses=losses
    )


# The digits


def growing(growth, losses):
    """A film: ten forged digits after each epoch, over the losses of both players."""
    assert abs(losses[-1][0] - 2 * np.log(2)) < 0.3 and abs(losses[-1][1] - np.log(2)) < 0.35

    def one_epoch(epoch, strip, curve):
        row = tile(growth[epoch][..., 0], 10, gap=3, below=0, fill=1.0)
        strip.imshow(row, cmap="gray", vmin=0, vmax=1)
        strip.set(xticks=[], yticks=[])
        strip.spines[:].set_visible(False)
        strip.set_title(f"row B after {epoch} epochs", fontsize=10)
        epochs = np.arange(1, len(losses) + 1)
        for column, colour, name in ((0, "black", "detective"), (1, COLOURS["output"], "forger")):
            values = np.array(losses)[:, column]
            curve.plot(epochs, values, color=colour)
            if epoch:
                curve.plot(epoch, values[epoch - 1], "o", color=colour)
            curve.text(len(losses) + 0.15, values[-1], name, va="center", color=colour)
        for value, name in ((2 * np.log(2), "2 log 2"), (np.log(2), "log 2")):
            curve.hlines(value, 0, len(losses), color="0.6", lw=1, ls=":")
            curve.text(0.1, value + 0.06, name, color="0.35", fontsize=9)
        if epoch:
            curve.set_title("losses {:.2f} and {:.2f}".format(*losses[epoch - 1]), fontsize=10)
        curve.set(xlim=(0, len(losses) + 1.6), ylim=(0, 1.15 * np.max(losses)))
        curve.set(xlabel="epoch", ylabel="loss", xticks=range(0, 12, 2))

    alt = (
        "A strip of ten images turns from grey patches into strokes, some of which are digits. "
        "Below, the losses of detective and forger come close to 2 log 2 and log 2."
    )
    return plots.movie(one_epoch, (0, 1, 2, 3, 5, 7, 9, 11), alt, size=(7, 3), rows=2, still=-1)


def to_nearest(made, X):
    """Distance of each made digit to the nearest training digit, per pixel (root)."""
    squares = (made**2).sum(axis=1, keepdims=True) - 2 * made @ X.T + (X**2).sum(axis=1)
    return np.sqrt(np.maximum(squares.min(axis=1), 0) / 784)


def judged(forgers, verdicts):
    """Print the verdicts, show eight digits of each; return the mean distances to the nearest."""
    nearest = {}
    print(f"{'distance   sure   classes   nearest   least':>67}")
    for name, verdict in verdicts.items():
        near = to_nearest(forgers.made[name], forgers.X)
        assert near.min() > 0.02 and near.mean() > 0.14  # copies through a code: 0.12
        nearest[name] = near.mean()
        row = f"{name:24} {verdict.distance:7.1f} {verdict.sure:6.0%} {verdict.classes:9.1f}"
        row += f" {near.mean():9.3f} {near.min():7.3f}"
        spent = f"{forgers.seconds[name]:4.0f} s" if name in forgers.seconds else ""
        print(row + spent)
    show_rows(
        {name: made[:8] for name, made in list(forgers.made.items())[1:]},
        "Eight digits from each forger: blurred, cloudy, crisp but odd, soft but partly legible, "
        "and mostly legible.",
    )
    return nearest
