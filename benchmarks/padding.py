"""Does the padding tell chapter 13's Clever Hans where a dot is? The control.

    python benchmarks/padding.py           # two minutes of processor time

The same network trains on the same pictures, in which the place of a faint dot gives the class
away, with zeros around every convolution, as on the page, and with the picture's opposite edge
there: then places 4 pixels apart, two poolings, do not differ, nor do the dots, 8 apart, and the
mean at the end forgets where a dot was. The mirrored edge has no zeros either, but it is a
border. Last, zeros with twice the maps. What builds and trains the network, and paints the dots,
is the page's own code; the padding with the opposite edge stands in two of its cells. NOTES.md
has the result.
"""

import argparse
import ast
import time
from pathlib import Path

import nbformat
import numpy as np

from minidl import Sequential
from minidl.layers import Conv2D, Layer
from minidl_course.chapters import looking_inside as page

CHAPTER = Path(__file__).parents[1] / "notebooks" / "13-looking-inside.ipynb"


def around_of_the_page():
    """Return the function `around` of the page's cells: a Conv2D on a picture without an edge."""
    names = {"np": np, "Layer": Layer, "Sequential": Sequential, "Conv2D": Conv2D}
    for cell in nbformat.read(CHAPTER, as_version=4).cells:
        if cell.id in ("around", "padding-trained"):
            kinds = ast.FunctionDef, ast.ClassDef
            body = [part for part in ast.parse(cell.source).body if isinstance(part, kinds)]
            exec(compile(ast.Module(body, []), cell.id, "exec"), names)
    return names["around"]


class Mirrored(Layer):
    """(N, H, W, C) -> (N, H + 2, W + 2, C): the second row in front of the first, and so on."""

    takes_shape = "any"

    def build(self, shape, rng):
        H, W, C = shape
        return H + 2, W + 2, C

    def forward(self, x, training=False):
        return np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), "reflect"), None

    def backward(self, dy, cache):
        for axis in (1, 2):
            dy = np.moveaxis(dy, axis, 0)
            inside = dy[1:-1].copy()
            inside[1] += dy[0]
            inside[-2] += dy[-1]
            dy = np.moveaxis(inside, 0, axis)
        return dy


def mirrored(M, size, padding, use_bias):
    """In place of Conv2D: on a picture whose edge is a mirror."""
    return Sequential([Mirrored(), Conv2D(M, size, use_bias=use_bias)])


def twice(M, *rest, **options):
    """In place of Conv2D: twice the maps."""
    return Conv2D(2 * M, *rest, **options)


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    (x, y), (x_test, y_test) = page.pictures()
    dots = page.as_collected
    tests = dots(x_test, y_test), x_test, dots(x_test, (y_test + 1) % 4)
    print("right with its own dots, without dots, with wrong dots")
    convolutions = {
        "zeros": Conv2D,
        "opposite edge": around_of_the_page(),
        "mirrored edge": mirrored,
        "twice the maps": twice,
    }
    for name, convolution in convolutions.items():
        for seed in range(options.seeds):
            started = time.process_time()
            model = page.trained(page.shape_reader(seed, convolution), dots(x, y), y)
            right = (model.evaluate(test, y_test, verbose=0)[1] for test in tests)
            shares = "  ".join(f"{share:6.1%}" for share in right)
            print(f"{name:14} seed {seed}  {shares}  {time.process_time() - started:4.0f} s")


if __name__ == "__main__":
    main()
