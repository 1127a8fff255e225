"""Why 34 layers with a way around still do not learn: controls of chapter 12's experiment.

    python benchmarks/deep.py              # some 50 s of processor time

The networks, and how they are trained, are those of the page: this script runs its cells. One thing
is changed at a time in the residual network with He initialization; then come controls of the one
with zeros. The last columns are with the blocks of the trained network set to zero. NOTES.md has
the result.

    residual, He      as on the page
    scores / 50, 500  the weights of its last layer start at a 50th, a 500th: so do its scores
    rate / 10         a tenth of the learning rate
    normalized        batch normalization behind every convolution of its blocks
    zeros             as on the page, and at five times its rate
    no blocks         as on the page, and at ten times its rate
    plain, identity   no way around, but each convolution of the stack starts as the identity
"""

import argparse
import time
from pathlib import Path

import nbformat
import numpy as np

from minidl import losses
from minidl.datasets import mnist
from minidl.layers import Activation, BatchNormalization, Conv2D, Dense, Flatten, Residual
from minidl.models import Sequential
from minidl.optimizers import Adam

CHAPTER = Path(__file__).parents[1] / "notebooks" / "12-residual-networks.ipynb"


def deep_of_the_page():
    """Return the function `deep` of the page."""
    names = {"Sequential": Sequential, "Residual": Residual, "Activation": Activation}
    names |= {"Conv2D": Conv2D, "Flatten": Flatten, "Dense": Dense}
    cells = nbformat.read(CHAPTER, as_version=4).cells
    exec(next(cell.source for cell in cells if cell.id == "deep-built"), names)
    return names["deep"]


def normalized(deep, seed):
    """Return the page's residual network with batch normalization behind each convolution."""
    row = []
    for layer in deep("he_normal", "he_normal", True, seed=seed).layers:
        if isinstance(layer, Residual):
            inner = []
            for part in layer.layers:
                inner.append(part)
                if isinstance(part, Conv2D):
                    inner.append(BatchNormalization(momentum=0.9))
            layer = Residual(inner)
        row.append(layer)
    return Sequential(row, seed=seed)


def copying(model):
    """Start each 3 x 3 convolution of a plain stack as the identity."""
    model.prepare((28, 28, 1))
    for layer in model.layers[1:]:
        if isinstance(layer, Conv2D):
            layer.w.value[:] = 0
            layer.w.value[1, 1] = np.eye(layer.w.value.shape[-1])
    return model


def switched_off(model):
    """Set what the blocks add to zero; return whether there are any."""
    blocks = [layer for layer in model.layers if isinstance(layer, Residual)]
    for block in blocks:
        for param in block.layers[-1].params().values():
            param.value[:] = 0
    return bool(blocks)


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    deep, he = deep_of_the_page(), "he_normal"
    (x, y), (x_test, y_test) = mnist.load_sample()
    x, x_test = (a[..., None].astype("float32") / 255 for a in (x, x_test))
    trials = {
        "residual, He": (lambda seed: deep(he, he, True, seed=seed), 1, 1),
        "scores / 50": (lambda seed: deep(he, he, True, seed=seed), 50, 1),
        "scores / 500": (lambda seed: deep(he, he, True, seed=seed), 500, 1),
        "rate / 10": (lambda seed: deep(he, he, True, seed=seed), 1, 10),
        "normalized": (lambda seed: normalized(deep, seed), 1, 1),
        "zeros": (lambda seed: deep(he, "zeros", True, seed=seed), 1, 1),
        "zeros, rate x 5": (lambda seed: deep(he, "zeros", True, seed=seed), 1, 0.2),
        "no blocks": (lambda seed: deep(he, he, False, 0, seed), 1, 1),
        "no blocks, rate x 10": (lambda seed: deep(he, he, False, 0, seed), 1, 0.1),
        "plain, identity": (lambda seed: copying(deep(he, he, False, seed=seed)), 1, 1),
    }
    loss = losses.SparseCategoricalCrossentropy(from_logits=True)
    print("deviation of the scores at the start, right after one epoch, right without the blocks")
    for name, (make, smaller, slower) in trials.items():
        started, sizes, right, without = time.process_time(), [], [], []
        for seed in range(options.seeds):
            model = make(seed)
            model.prepare((28, 28, 1))
            model.layers[-1].W.value[:] /= smaller
            sizes.append(model.predict(x[:200], verbose=0).std())
            model.compile(Adam(2e-3 / slower), loss, ["accuracy"])
            model.fit(x[:1500], y[:1500], 50, epochs=1, verbose=0)
            right.append(model.evaluate(x_test, y_test, 500, verbose=0)[1])
            if switched_off(model):
                without.append(model.evaluate(x_test, y_test, 500, verbose=0)[1])
        columns = (" ".join(f"{a:6.2f}" for a in each) for each in (sizes, right, without))
        print(f"{name:20}", *columns, f"{time.process_time() - started:4.0f} s", sep="  ")


if __name__ == "__main__":
    main()
