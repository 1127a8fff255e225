"""Does the padding tell chapter 11's Clever Hans where a dot is? The control.

    python benchmarks/padding.py           # about a minute of processor time

The same network trains on the same pictures, in which the place of a faint dot gives the class
away, with zeros around every convolution, as on the page, and with the picture's opposite edge
there: then no place differs from another, and the mean at the end forgets where a dot was. What
builds and trains the network, and paints the dots, is the page's own code. NOTES.md has the result.
"""

import argparse
import ast
import time
from pathlib import Path

import nbformat
import numpy as np

from minidl import Sequential, layers, optimizers
from minidl.datasets import shapes
from minidl.layers import Conv2D, Layer
from minidl.optimizers import schedules

CHAPTER = Path(__file__).parents[1] / "notebooks" / "11-convolutional-networks.ipynb"


class Around(Layer):
    """One pixel of the opposite edge on each side: (N, H, W, C) -> (N, H + 2, W + 2, C)."""

    takes_shape = "any"

    def build(self, shape, rng):
        H, W, C = shape
        return H + 2, W + 2, C

    def forward(self, x, training=False):
        return np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), "wrap"), None

    def backward(self, dy, cache):
        for axis in (1, 2):
            dy = np.moveaxis(dy, axis, 0)
            inside = dy[1:-1].copy()
            inside[-1] += dy[0]
            inside[0] += dy[-1]
            dy = np.moveaxis(inside, 0, axis)
        return dy


def around(M, size, padding, use_bias):
    """What stands in for the page's Conv2D: the same convolution, on a picture without an edge."""
    return Sequential([Around(), Conv2D(M, size, use_bias=use_bias)])


def of_the_page(convolution):
    """Return the functions of the page's cells `setup` and `hook`, with one kind of convolution."""
    names = {"np": np, "Sequential": Sequential, "Adam": optimizers.Adam, "schedules": schedules}
    names |= {name: getattr(layers, name) for name in layers.__all__} | {"Conv2D": convolution}
    for cell in nbformat.read(CHAPTER, as_version=4).cells:
        if cell.id in ("setup", "hook"):
            body = [
                part for part in ast.parse(cell.source).body if isinstance(part, ast.FunctionDef)
            ]
            exec(compile(ast.Module(body, []), cell.id, "exec"), names)
    return names


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    drawn = (shapes.load_data(n, size=32, seed=s) for n, s in ((1000, 0), (500, 1)))
    (x, y), (x_test, y_test) = ((a.images.astype("float32") / 255, a.classes[:, 0]) for a in drawn)
    print("right with its own dots, without dots, with wrong dots")
    for name, convolution in (("zeros", Conv2D), ("opposite edge", around)):
        page = of_the_page(convolution)
        dots = page["as_collected"]
        tests = dots(x_test, y_test), x_test, dots(x_test, (y_test + 1) % 4)
        for seed in range(options.seeds):
            started = time.process_time()
            model = page["shape_reader"](seed)
            page["train"](model, dots(x, y), y, epochs=8, rate=1e-2)
            right = (model.evaluate(test, y_test, verbose=0)[1] for test in tests)
            shares = "  ".join(f"{share:6.1%}" for share in right)
            print(f"{name:14} seed {seed}  {shares}  {time.process_time() - started:4.0f} s")


if __name__ == "__main__":
    main()
