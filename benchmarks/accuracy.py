"""Train the two networks of images on the whole data and hold them to their accuracy.

    python benchmarks/accuracy.py --workloads cifar,mnist --seed 0

Prints a line an epoch, and at the end one table. Exits with an error if a network stays below
what it must reach. The accuracy that counts is the one after the last epoch, on test images that
no choice was made by; there is no early stopping.

`cifar` takes CIFAR-10 if it is there or can be downloaded, and otherwise the 10,000 training images
of `cifar10_subset`, and says which.
"""

import argparse
import time

import numpy as np

from minidl import Sequential, layers, optimizers
from minidl.datasets import DataNotFoundError, cifar10, cifar10_subset, mnist
from minidl.optimizers.schedules import OneCycle


def block(filters, convolutions):
    """Convolutions of 3x3, each with batch normalization and ReLU, and a pooling that halves."""
    row = []
    for _ in range(convolutions):
        row += [
            layers.Conv2D(filters, 3, padding="same", use_bias=False),
            layers.BatchNormalization(momentum=0.9),
            layers.ReLU(),
        ]
    return [*row, layers.MaxPooling2D(2)]


def cifar(seed):
    """A small VGG with augmentation, 20 epochs."""
    try:
        train, test = cifar10.load_data()
        name = "CIFAR-10"
    except DataNotFoundError:
        train, test = cifar10_subset.load_data()
        name = "cifar10-subset"
    network = [
        layers.RandomFlip("horizontal"),
        layers.RandomTranslation(1 / 8, 1 / 8, fill_mode="reflect"),
        *block(32, convolutions=2),
        *block(64, convolutions=2),
        *block(128, convolutions=2),
        layers.Flatten(),
        layers.Dropout(0.5),
        layers.Dense(10, "softmax"),
    ]
    return run(name, 0.67, network, train, test, epochs=20, batch_size=64, rate=3e-3, seed=seed)


def digits(seed):
    """Two convolutions, each with a pooling; digits shifted by up to two pixels, 8 epochs."""
    train, test = mnist.load_data()
    network = [
        layers.RandomTranslation(2 / 28, 2 / 28, fill_mode="nearest"),
        *block(32, convolutions=1),
        *block(64, convolutions=1),
        layers.Flatten(),
        layers.Dropout(0.5),
        layers.Dense(128, "relu"),
        layers.Dense(10, "softmax"),
    ]
    train, test = ((x[..., None], y) for x, y in (train, test))
    return run("MNIST", 0.992, network, train, test, 8, 128, rate=3e-3, seed=seed)


def run(name, must, network, train, test, epochs, batch_size, rate, seed):
    """Train; return one row of the table as a dict."""
    (x, y), (x_test, y_test) = train, test
    mean, deviation = x.mean(axis=(0, 1, 2)) / 255, x.std(axis=(0, 1, 2)) / 255
    x, x_test = (((a / np.float32(255) - mean) / deviation).astype("float32") for a in (x, x_test))
    steps = epochs * -(-len(x) // batch_size)
    model = Sequential(network, seed=seed)
    model.compile(
        optimizers.AdamW(OneCycle(rate, steps), weight_decay=0.01),
        "sparse_categorical_crossentropy",
        ["accuracy"],
    )
    print(f"{name}: {len(x):,} training images, {len(x_test):,} test images, seed {seed}")
    started = time.perf_counter()
    history = model.fit(
        x, y, batch_size, epochs, validation_data=(x_test, y_test), verbose=2
    ).history
    return {
        "data": f"{name}, {len(x):,} images",
        "seed": seed,
        "epochs": epochs,
        "parameters": model.count_params(),
        "training": history["accuracy"][-1],
        "test": history["val_accuracy"][-1],
        "must reach": must,
        "minutes": (time.perf_counter() - started) / 60,
    }


WORKLOADS = {"cifar": cifar, "mnist": digits}
FORMATS = {"training": ".2%", "test": ".2%", "must reach": ".1%", "minutes": ".1f"}


def table(results):
    """Return the rows as a Markdown table."""
    head = list(results[0])
    rows = [[format(row[key], FORMATS.get(key, "")) for key in head] for row in results]
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, ["---"] * len(head), *rows])


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workloads", default=",".join(WORKLOADS), help="names, with commas")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    names = options.workloads.split(",")
    if unknown := set(names) - set(WORKLOADS):
        parser.error(f"no workload {', '.join(unknown)}; there are {', '.join(WORKLOADS)}")
    results = [WORKLOADS[name](options.seed) for name in names]
    print(table(results))
    for row in results:
        assert row["test"] >= row["must reach"], f"{row['data']}: {row['test']:.2%}"


if __name__ == "__main__":
    main()
