"""The controls of chapter 18's adding problem: what was changed, one thing at a time.

    python benchmarks/adding.py            # all, some four minutes of processor time
    python benchmarks/adding.py --only late

The function that trains, and its settings, are those of the page: this script runs its cell.

    simple  the layer without gates: activation, recurrent weights U at the start, rate
    late    the LSTM and the GRU on sequences whose second mark stands at steps 50 to 59, so never
            near the end, or at steps 90 to 99, so always
    full    the LSTM that only keeps long, with candidates that start at a 50th of their size:
            its cells are empty where those of the page were full

NOTES.md has what came out.
"""

import argparse
import time
from functools import partial
from pathlib import Path

import nbformat
import numpy as np

from minidl import Sequential, optimizers
from minidl.datasets import timeseries
from minidl.layers import GRU, LSTM, Dense, SimpleRNN

CHAPTER = Path(__file__).parents[1] / "notebooks" / "18-lstm-and-gru.ipynb"


class Adding:
    """`timeseries` for the page's cell: the second mark where it is asked for."""

    second = None  # the first step that may be marked, and the one after the last

    def adding_problem(self, n, length, seed=0):
        x, y = timeseries.adding_problem(n, length, seed)
        if self.second:
            x[:, length // 2 :, 1] = 0
            marked = np.random.default_rng(1000 + seed).integers(*self.second, n)
            x[np.arange(n), marked, 1] = 1
            y = (x[:, :, 0] * x[:, :, 1]).sum(axis=1, keepdims=True)
        return x, y


class SmallCandidates(LSTM):
    """An LSTM whose weights of the candidate g start at a 50th of their size."""

    def build(self, shape, rng):
        out = super().build(shape, rng)
        H = self.units
        for param in (self.W, self.U):
            param.value[:, 2 * H : 3 * H] /= 50
        return out


def of_the_page(data):
    """Return the names that the page's cell `learn-to-add` defines."""
    names = {"Sequential": Sequential, "Dense": Dense, "optimizers": optimizers, "np": np}
    names["timeseries"] = data
    cells = nbformat.read(CHAPTER, as_version=4).cells
    exec(next(cell.source for cell in cells if cell.id == "learn-to-add"), names)
    return names


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=("simple", "late", "full"))
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    data = Adding()
    page = of_the_page(data)
    H, learn_to_add, long_start = page["H"], page["learn_to_add"], page["long_start"]

    def trial(name, make, second=None, start=None, **how):
        data.second, started, batches, ends = second, time.process_time(), [], []
        for seed in range(options.seeds):
            begin = start(seed) if start else None
            errors = learn_to_add(make(), seed, start=begin, **how)[1]
            ends.append(np.mean(errors[-20:]))
            learned = ends[-1] < page["GOAL"]
            batches.append(f"{len(errors)}" if learned else f"> {page['LIMIT']}")
        low, high, seconds = min(ends), max(ends), time.process_time() - started
        print(f"{name:32} {', '.join(batches):40} {low:.3f} to {high:.3f}  {seconds:4.0f} s")

    wanted = [options.only] if options.only else ["simple", "late", "full"]
    print(f"{'':32} {'batches needed':40} MSE at the end   processor time")
    if "simple" in wanted:
        for rate in (0.003, 0.01, 0.03):
            for activation in ("tanh", "relu"):
                for identity in (False, True):
                    name = f"{activation}, U {'identity' if identity else 'orthogonal'}, {rate}"
                    trial(name, partial(SimpleRNN, 34, activation), rate=rate, identity=identity)
    if "late" in wanted:
        for second in ((50, 60), (90, 100)):
            for layer in (LSTM, GRU):
                name = f"{layer.__name__}, second at {second[0]} to {second[1] - 1}"
                trial(name, partial(layer, H), second=second)
    if "full" in wanted:
        for layer, name in ((LSTM, "only keeps long"), (SmallCandidates, "... small candidates")):
            trial(name, partial(layer, H), start=lambda seed: (0, long_start(seed)[1]))
        trial("default, small candidates", partial(SmallCandidates, H))


if __name__ == "__main__":
    main()
