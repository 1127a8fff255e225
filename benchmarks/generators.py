"""Judge machines that make digits: those of chapters 29, 30 and 31, in the same processor time.

    python benchmarks/generators.py                      4,000 digits, 20 CPU-s each, one seed
    python benchmarks/generators.py --full --seconds 120 --seeds 3

Whoever trains is given the same CPU seconds, of all threads together; with NUMBA_NUM_THREADS=1 and
OPENBLAS_NUM_THREADS=1 none of them is spent on waiting. The generators in a code share an
autoencoder, which takes half of them; the flow there has the other half. A Gaussian or a mixture of
them takes what its fit takes: 2 seconds at most, and with `--full` 8 to 40. The lines of progress
say how long each took. One `Judge` measures 1,000 digits of each.
"""

import argparse
import datetime
import time

import numpy as np
from sklearn.mixture import GaussianMixture
from train_step import markdown

from minidl import Input, Model, Sequential, losses, utils
from minidl.datasets import mnist
from minidl.layers import (
    BatchNormalization,
    Conv2D,
    Conv2DTranspose,
    Dense,
    Flatten,
    LeakyReLU,
    ReLU,
    Reshape,
    Sampling,
)
from minidl.optimizers import Adam
from minidl.optimizers.schedules import CosineDecay
from minidl_course.judging import Judge

COUNT, BATCH, K = 1000, 64, 16
WAVES = np.geomspace(1, 100, 8).astype("float32")


def trained(build, seconds):
    """Return the model of build(steps) -> (model, step) after as many steps as the time allows.

    How long a step takes is measured before, on another model.
    """
    _, step = build(100)
    for _ in range(5):
        step()
    began = time.process_time()
    for _ in range(15):
        step()
    steps = max(20, int(seconds * 15 / (time.process_time() - began)))
    model, step = build(steps)
    for _ in range(steps):
        step()
    return model


def compiled(model, steps, rate, loss):
    """Compile a model for Adam with a rate that falls to 0."""
    model.compile(Adam(CosineDecay(rate, steps)), loss)
    return model


def answers(model, x):
    """Return what a model says of x."""
    return model.predict(np.asarray(x, "float32"), batch_size=1000, verbose=0)


def variational(x, seconds, rng):
    """Chapter 29: a variational autoencoder with a code of ten numbers."""

    def build(steps):
        inputs = Input((784,))
        h = Dense(128, "relu")(inputs)
        z = Sampling(1 / 784, seed=0)([Dense(10)(h), Dense(10)(h)])
        model = Model(inputs, Dense(784, "sigmoid")(Dense(128, "relu")(z)))
        compiled(model, steps, 3e-3, "binary_crossentropy")

        def step():
            rows = x[rng.integers(0, len(x), BATCH)]
            model.train_on_batch(rows, rows)

        return Model(z, model.output), step

    return answers(trained(build, seconds), rng.standard_normal((COUNT, 10)))


def adversarial(x, seconds, rng):
    """Chapter 30: a convolutional GAN with batch normalization in the generator."""

    def build(steps):
        half = {"strides": 2, "padding": "same"}
        first = [Input((32,)), Dense(7 * 7 * 32, use_bias=False), BatchNormalization(), ReLU()]
        then = [Conv2DTranspose(16, 4, use_bias=False, **half), BatchNormalization(), ReLU()]
        last = Conv2DTranspose(1, 4, activation="sigmoid", **half)
        generator = Sequential([*first, Reshape((7, 7, 32)), *then, last])
        detect = [Input((28, 28, 1)), Conv2D(16, 4, **half), LeakyReLU(0.2)]
        detect += [Conv2D(32, 4, **half), LeakyReLU(0.2), Flatten(), Dense(1)]
        discriminator = Sequential(detect)
        both = Sequential([generator, discriminator])
        for model, learns in ((both, False), (discriminator, True)):
            discriminator.trainable = learns  # what counts for a model is what it was in compile
            model.compile(Adam(2e-3, 0.5), losses.BinaryCrossentropy(from_logits=True))
        ones = np.ones((BATCH, 1), "float32")
        is_real = np.concatenate([ones, 0 * ones])

        def noise():
            return rng.standard_normal((BATCH, 32), np.float32)

        def step():
            real = x[rng.integers(0, len(x), BATCH)].reshape(-1, 28, 28, 1)
            made, _ = generator.forward(noise(), training=True)
            discriminator.train_on_batch(np.concatenate([real, made]), is_real)
            both.train_on_batch(noise(), ones)

        return generator, step

    return answers(trained(build, seconds), rng.standard_normal((COUNT, 32))).reshape(-1, 784)


def flow(x, seconds, rng, width, hidden, guess="velocity"):
    """Chapter 31: noise goes to x (N, D) on the mean of straight lines, in 40 Euler steps.

    The network guesses the velocity or, with another `guess`, where the line ends.
    """

    def seen(points, t):
        angles = np.broadcast_to(np.float32(t), (len(points), 1)) * WAVES
        return np.concatenate([points, np.sin(angles), np.cos(angles)], axis=1)

    def build(steps):
        row = [Dense(width, "silu") for _ in range(hidden)]
        model = Sequential([Input((x.shape[1] + 16,)), *row, Dense(x.shape[1])])
        compiled(model, steps, 2e-3, "mse")

        def step():
            ends = x[rng.integers(0, len(x), BATCH)]
            noise = rng.standard_normal(ends.shape, np.float32)
            t = rng.random((BATCH, 1), np.float32)
            wanted = ends - noise if guess == "velocity" else ends
            model.train_on_batch(seen((1 - t) * noise + t * ends, t), wanted)

        return model, step

    model = trained(build, seconds)
    points = rng.standard_normal((COUNT, x.shape[1]), np.float32)
    for k in range(40):
        said = answers(model, seen(points, k / 40))
        velocity = said if guess == "velocity" else (said - points) / (1 - k / 40)
        points = points + velocity / 40
    return points


def mixture(x, components, rng):
    """Draw from a mixture of Gaussians fitted to x (N, D)."""
    fitted = GaussianMixture(components, reg_covar=1e-3, random_state=int(rng.integers(2**31)))
    return fitted.fit(x.astype("float64")).sample(COUNT)[0]


def autoencoder(x, seconds, rng):
    """Chapter 29: an encoder to 16 numbers, and the decoder."""

    def build(steps):
        inside = [Dense(256, "relu"), Dense(K, name="code"), Dense(256, "relu")]
        model = Sequential([Input((784,)), *inside, Dense(784, "sigmoid")])
        compiled(model, steps, 3e-3, "binary_crossentropy")

        def step():
            rows = x[rng.integers(0, len(x), BATCH)]
            model.train_on_batch(rows, rows)

        return model, step

    model = trained(build, seconds)
    code = model.get_layer("code").output
    return Model(model.input, code), Model(code, model.output)


def generators(x, new, seconds, rng):
    """Yield (name, 1,000 images); the first two rows make nothing, and are what can be reached."""
    yield "real test digits", new
    encoder, decoder = autoencoder(x, seconds / 2, rng)
    yield "the same, rebuilt from a code of 16", answers(decoder, answers(encoder, new))
    codes = answers(encoder, x)
    middle, spread = codes.mean(axis=0), codes.std(axis=0)
    codes = (codes - middle) / spread
    yield "code, mixture of 30", answers(decoder, mixture(codes, 30, rng) * spread + middle)
    yield "code, flow", answers(decoder, flow(codes, seconds / 2, rng, 128, 3) * spread + middle)
    yield "code, Gaussian", answers(decoder, mixture(codes, 1, rng) * spread + middle)
    middle = x.mean(axis=0)
    axes = np.linalg.svd(x[:4000] - middle, full_matrices=False)[2][:32]
    for name, components in (("mixture of 30", 30), ("Gaussian", 1)):
        made = middle + mixture((x - middle) @ axes.T, components, rng) @ axes
        yield f"PCA with 32, {name}", made
    yield "convolutional GAN", adversarial(x, seconds, rng)
    yield "variational autoencoder", variational(x, seconds, rng)
    yield "flow of pixels", (flow(2 * x - 1, seconds, rng, 512, 3) + 1) / 2
    made = flow(2 * x - 1, seconds, rng, 512, 3, guess="digit")
    yield "flow of pixels, guessing the digit", (made + 1) / 2


def check(distances):
    """Hold what the chapters say of the order, on the sample: from a name to its distances."""
    mean = {name: float(np.mean(several)) for name, several in distances.items()}
    assert mean["code, mixture of 30"] < mean["code, flow"] < mean["code, Gaussian"], mean
    assert mean["code, flow"] < mean["PCA with 32, mixture of 30"], mean
    assert mean["PCA with 32, mixture of 30"] < mean["PCA with 32, Gaussian"], mean
    assert mean["PCA with 32, Gaussian"] < mean["flow of pixels"], mean
    assert mean["flow of pixels, guessing the digit"] < 0.5 * mean["flow of pixels"], mean


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help="60,000 digits in place of 4,000")
    parser.add_argument("--seconds", type=float, default=20, help="of the processor, for each")
    parser.add_argument("--seeds", type=int, default=1)
    options = parser.parse_args()
    (x, labels), (new, _) = mnist.load_data() if options.full else mnist.load_sample()
    if options.full:  # the first test digits are tidier than the rest, so take any thousand
        draws = np.random.default_rng(0)
        order = draws.permutation(len(x))
        x, labels, new = x[order], labels[order], new[draws.permutation(len(new))]
    x, new = (a.reshape(-1, 784).astype("float32") / 255 for a in (x, new[:COUNT]))
    judge, found = Judge(x[:10_000], labels[:10_000]), {}
    for seed in range(options.seeds):
        utils.set_random_seed(seed)
        began = time.process_time()
        for name, made in generators(x, new, options.seconds, np.random.default_rng(seed)):
            found.setdefault(name, []).append(judge(np.clip(made, 0, 1)))
            spent = time.process_time() - began
            print(f"seed {seed}   {found[name][-1]}   {spent:4.0f} CPU-s   {name}", flush=True)
            began = time.process_time()
    rows = []
    for name, verdicts in found.items():
        distance, sure, classes = np.mean(verdicts, axis=0)
        lowest, *_, highest = sorted([v.distance for v in verdicts] * 2)
        span = f"{lowest:.1f} to {highest:.1f}"
        rows.append([name, f"{distance:.1f}", span, f"{sure:.0%}", f"{classes:.1f}"])
    print(f"{len(x):,} digits, {options.seconds:g} CPU-s each, {datetime.date.today()}")
    print(markdown(["generator", "distance", "over seeds", "sure", "classes"], rows))
    if not options.full and options.seconds >= 20:
        check({name: [v.distance for v in verdicts] for name, verdicts in found.items()})


if __name__ == "__main__":
    main()
