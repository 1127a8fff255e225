"""Why the flow of pixels in chapter 31 fails: what is guessed, how times count, and width.

    python benchmarks/flow_guesses.py --seeds 3

The functions are those of the page's cells, with 400 steps and two layers as there. Two by two: the
network guesses the velocity or the digit, and is trained on the squared error of the velocity or on
that of the digit, which is 1 - t times as large (at least 0.05 times, where it divides). So the
second counts late times less. One `Judge` measures 1,000 digits of the same noise, 40 Euler steps
each. And the velocity once more with wider layers.
"""

import argparse
import ast
import datetime
import pathlib
import time

import nbformat
import numpy as np
from train_step import markdown

from minidl.datasets import mnist
from minidl.optimizers import Adam
from minidl.optimizers.schedules import CosineDecay
from minidl_course.chapters.diffusion_and_flows import as_pixels, gaussian
from minidl_course.judging import Judge

CHAPTER = pathlib.Path(__file__).parents[1] / "notebooks" / "31-diffusion-and-flows.ipynb"
KEPT = (ast.Import, ast.ImportFrom, ast.FunctionDef)
CELLS = ("setup", "by-hand", "network", "digit-flow")


def velocity_by_digit(f, data, width, hidden, steps, seed, batch=128):
    """The page's `train_flow`, with the squared error of the digit that the velocity means."""
    network = f["velocity_network"](data.shape[1], width, hidden, seed)
    network.compile(Adam(CosineDecay(2e-3, steps)), "mse")
    draws = np.random.default_rng(seed)
    for _ in range(steps):
        x = data[draws.integers(0, len(data), batch)]
        noise = draws.standard_normal(x.shape, np.float32)
        t = draws.random((batch, 1), np.float32)
        inputs = f["with_time"]((1 - t) * noise + t * x, t)
        network.train_on_batch(inputs, x - noise, sample_weight=(1 - t[:, 0]) ** 2)
    return lambda x, t: f["predict"](network, f["with_time"](x, t))


ARMS = {
    ("velocity", "velocity"): lambda f, *how: f["train_flow"](*how),
    ("velocity", "digit"): velocity_by_digit,
    ("digit", "velocity"): lambda f, *how: f["train_digit_flow"](*how, weighed=True),
    ("digit", "digit"): lambda f, *how: f["train_digit_flow"](*how, weighed=False),
}


def chapter():
    """Return the functions of the chapter's cells; nothing is trained."""
    names = {"FREQUENCIES": np.geomspace(1, 100, 8).astype("float32")}
    for cell in nbformat.read(CHAPTER, as_version=4).cells:
        if cell.id in CELLS:
            tree = ast.parse(cell.source)
            tree.body = [part for part in tree.body if isinstance(part, KEPT)]
            exec(compile(tree, cell.id, "exec"), names)
    return names


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--wide", type=int, default=1024, help="units of the wider networks")
    options = parser.parse_args()
    (x, labels), _ = mnist.load_sample()
    x = x.reshape(-1, 784).astype("float32") / 255
    names, judge, rows, mean = chapter(), Judge(x, labels), [], {}
    begin = gaussian(7, 1000, 784)
    wide = ("velocity", "velocity"), options.wide
    for arm, width in [*((arm, 256) for arm in ARMS), wide]:
        began, found = time.process_time(), []
        for seed in range(options.seeds):
            flow = ARMS[arm](names, 2 * x - 1, width, 2, 400, seed)
            found.append(judge(as_pixels(names["euler"](flow, begin, 40))).distance)
        mean[arm, width] = np.mean(found)
        spent = (time.process_time() - began) / options.seeds
        each = " ".join(f"{distance:.1f}" for distance in found)
        rows.append([*arm, f"{width}", each, f"{mean[arm, width]:.1f}", f"{spent:.0f}"])
        print(*rows[-1], sep="   ", flush=True)
    print(f"{datetime.date.today()}, {options.seeds} seeds")
    head = ["guessed", "error of", "units", "distance of each seed", "mean", "CPU-s"]
    print(markdown(head, rows))
    velocity, _, same_loss, digit = (mean[arm, 256] for arm in ARMS)
    assert digit + 15 < same_loss < velocity - 10, mean  # what the page says
    assert digit < mean[wide], mean


if __name__ == "__main__":
    main()
