"""Teach small GPTs to calculate, and measure what it is worth to write the steps.

    python benchmarks/calculator.py                 two ways of writing, three seeds: 10 minutes
    python benchmarks/calculator.py --ways once     one of them, the other stays as it is
    python benchmarks/calculator.py --trial '{"width": 96}' --ways steps --seconds 60

Each network has 102,000 weights. It learns sums of two numbers of three digits and products of two
of two digits, by turns one batch of 16 sums and two of products, for the same processor time. It is
asked a tenth of all pairs, which it never saw in either order, and longer ones. `calculator.json`
holds what share of the results is right; chapter 25 reads it. The network with steps of seed 0 is
rounded to 8 bits, measured, and written to the weights of the demos. NOTES.md says how the settings
were chosen.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from train_step import machine

from minidl import utils
from minidl.initializers import RandomNormal
from minidl_course import calculating
from minidl_course.play import weights

FOUND = Path(__file__).parent / "calculator.json"
SEEDS = range(3)
EXAMPLE = 87, 58  # never trained on
# What each way starts from: the better of those that were tried, see NOTES.md.
STARTS = {
    "steps": {"kernel_initializer": RandomNormal(stddev=0.05)},
    "once": {"kernel_initializer": "glorot_uniform"},
}


def longer(sign, N=500):
    """Sums of numbers of four digits, or products of one of three and one of two: (N, 2)."""
    rng = np.random.default_rng(7)
    first, second = ((1000, 10_000), (1000, 10_000)) if sign == "+" else ((100, 1000), (10, 100))
    return np.stack([rng.integers(*first, N), rng.integers(*second, N)], axis=1)


def digits_right(wrote, pairs):
    """Which share of each digit of the products is right, the first one first."""
    truths = [calculating.shown(y) for y in pairs.prod(axis=1)]
    both = [(w.split(" ")[-1], y) for w, y in zip(wrote, truths)]
    return [np.mean([w[n : n + 1] == y[n] for w, y in both]) for n in range(4)]


def measured(model, way):
    """Return what a network can do, as shares from 0 to 1."""
    found = {}
    for sign, name in (("+", "sums"), ("*", "products")):
        pairs = calculating.problems(sign, 2000 if sign == "+" else None)
        wrote, right = calculating.results(model, sign, pairs, way)
        found[name] = right.mean()
        found[f"longer {name}"] = calculating.results(model, sign, longer(sign), way)[1].mean()
        if sign == "*":
            found["digits"] = digits_right(wrote, pairs)
    return {name: np.round(share, 4).tolist() for name, share in found.items()}


def trained(way, seed, seconds, **changed):
    """Return a network, and how many batches it read."""
    utils.set_random_seed(seed)
    model = calculating.network(**STARTS[way] | changed)
    lines = calculating.batches("+**", way, seed)
    return model, calculating.train(model, lines, calculating.seconds(seconds))


def ship(model):
    """Write the weights of the demo, measured in 8 bits."""
    found = measured(weights.rounded(model), "steps")
    told = (
        f"Chapter 25's calculator writes its steps. Of pairs that it never saw, "
        f"{found['sums']:.1%} of 2,000 sums of numbers of three digits are right, and "
        f"{found['products']:.1%} of {len(calculating.problems('*'))} products of two."
    ).replace("%", " %")
    arrays = {name: tensor.numpy() for name, tensor in model.tensors().items()}
    extra = {"signs": calculating.SIGNS, "room": calculating.ROOM}
    weights.write(calculating.NAME, arrays, measured=found, told=told, extra=extra)
    return found


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ways", default=",".join(calculating.STYLES))
    parser.add_argument("--seconds", type=float, default=90)
    parser.add_argument("--threads", type=int, default=1, help="that the environment allows: told")
    parser.add_argument("--trial", type=json.loads, help="changes; one seed, nothing is written")
    parser.set_defaults(backend="numba")
    options = parser.parse_args()
    ways = options.ways.split(",")
    if options.trial is not None:
        for way in ways:
            model, read = trained(way, **{"seed": 0, "seconds": options.seconds} | options.trial)
            print(way, read, measured(model, way), flush=True)
        return
    found = json.loads(FOUND.read_text("utf-8")) if FOUND.exists() else {}
    for part in ("right", "read", "wrote"):
        found.setdefault(part, {})
    found |= {"machine": machine(options), "seconds": options.seconds}
    for way in ways:
        runs, found["read"][way], found["wrote"][way] = [], [], []
        for seed in SEEDS:
            model, read = trained(way, seed, options.seconds)
            runs.append(measured(model, way))
            found["read"][way].append(read)
            wrote, _ = calculating.results(model, "*", np.array([EXAMPLE]), way)
            found["wrote"][way] += wrote
            print(way, seed, read, runs[-1], flush=True)
            if way == "steps" and seed == 0:
                found["shipped"] = ship(model)
        found["right"][way] = {name: [run[name] for run in runs] for name in runs[0]}
        found["weights"] = model.count_params()
        FOUND.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
