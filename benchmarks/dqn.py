"""What each part of DQN is worth in CartPole: one part taken away at a time, over several seeds.

    python benchmarks/dqn.py --seeds 5 --save benchmarks/dqn.json
    python benchmarks/dqn.py --variants double --seeds 5 --at-least 4

The code is that of chapter 32: this script runs the cells that are tagged `dqn`. All variants play
the same number of steps and learn from the same number of batches. The error is cut off at 1, and
the rate begins at 2e-3, where nothing else is said. The columns:

    solved      seeds that at some time had a mean of at least 475 in 100 episodes, and had it again
                with the same weights in 100 others
    at the end  the mean of 100 episodes with the last weights: mean, least and most over the seeds
    largest Q   the largest |Q| of a batch at any time, median over the seeds. No policy is worth
                more than 1 / (1 - 0.99) = 100 here, or 1 with rewards in hundredths

`--at-least 4` asserts that so many seeds of the first variant solve it. `--save` writes the curves,
and keeps those of other variants that are there.
"""

import argparse
import json
import pathlib
import statistics
import time

import gymnasium
import nbformat
import numpy as np
from train_step import markdown

from minidl import Sequential, utils
from minidl.layers import Dense
from minidl.optimizers import Adam
from minidl.optimizers.schedules import CosineDecay
from minidl_course.environments import Replay, Together
from minidl_course.games.inference import Inference

CHAPTER = pathlib.Path(__file__).parents[1] / "notebooks" / "32-reinforcement-learning.ipynb"
NEEDED = (Sequential, Replay, Inference, Dense, Adam, CosineDecay)
SQUARED, SLOW = {"clip": np.inf}, {"rate": 5e-4}  # the error not cut off at 1; rate 2e-3 else
SMALL = {"scale": 0.01}  # rewards in hundredths
VARIANTS = {  # the arguments of the chapter's dqn(), and what they mean
    "double": ({"double": True}, "double DQN"),
    "dqn": ({}, "DQN"),
    "no target": ({"target": False}, "without a target network"),
    "short": ({"kept": 256}, "the last 256 steps kept, of 50,000"),
    "neither": ({"N": 1, "kept": 256, "target": False}, "one pole, 256 steps, no target network"),
    "one pole short": ({"N": 1, "kept": 256}, "one pole in place of 16, 256 steps kept"),
    "one pole": ({"N": 1}, "one pole in place of 16"),
    "slow no target": ({"target": False, **SLOW}, "no target network, rate 5e-4"),
    "slow squared no target": (
        {"target": False, **SLOW, **SQUARED},
        "no target network, rate 5e-4, squared error",
    ),
    "squared": (SQUARED, "DQN, squared error"),
    "small double": ({"double": True, **SMALL}, "double DQN, rewards in hundredths"),
    "small dqn": (SMALL, "DQN, rewards in hundredths"),
    "small short": ({"kept": 256, **SMALL}, "256 steps kept, rewards in hundredths"),
    "small no target": ({"target": False, **SMALL}, "no target network, rewards in hundredths"),
}
ENOUGH = 475


def cartpole(N, seed=0):
    """Return N poles at once."""
    name, quick = "CartPole-v1", "vector_entry_point"
    return Together(gymnasium.make_vec(name, N, vectorization_mode=quick), seed)


def chapter():
    """Return the names that the chapter's cells define."""
    names = {"np": np, "utils": utils, "cartpole": cartpole}
    names |= {thing.__name__: thing for thing in NEEDED}
    for cell in nbformat.read(CHAPTER, as_version=4).cells:
        if "dqn" in cell.metadata.get("tags", []):
            exec(compile(cell.source, cell.id, "exec"), names)
    return names


def trial(names, seed, rounds, options):
    """Train once; return what became of it, as plain data."""
    begun = time.process_time()
    with np.errstate(all="ignore"):  # without a target network numbers leave float32
        net, curve, best = names["dqn"](seed, rounds, **options)
    seconds = time.process_time() - begun
    net.set_weights(best)
    again = names["judge"](Inference(net), 10**6 + seed)
    return {
        "steps": [int(step) for step in curve[:, 0]],
        "means": [round(float(mean), 1) for mean in curve[:, 1]],
        "largest": [float(f"{largest:.4g}") for largest in curve[:, 2]],
        "again": round(float(again), 1),
        "seconds": round(seconds, 1),
    }


def solved(run):
    """Whether its best weights held the pole in both sets of 100 episodes."""
    return max(run["means"]) >= ENOUGH and run["again"] >= ENOUGH


def row(name, runs):
    """Return one row of the table."""
    last = [run["means"][-1] for run in runs]
    first = [
        next((s for s, m in zip(run["steps"], run["means"]) if m >= ENOUGH), None) for run in runs
    ]
    reached = [step for step in first if step]
    largest = statistics.median(max(run["largest"]) for run in runs)
    return [
        VARIANTS[name][1],
        f"{sum(map(solved, runs))} of {len(runs)}",
        f"{statistics.median(reached):,.0f}" if reached else "never",
        f"{statistics.mean(last):.0f} ({min(last):.0f} to {max(last):.0f})",
        f"{largest:,.0f}" if largest < 1e5 else f"{largest:.0e}",
        f"{statistics.mean(run['seconds'] for run in runs):.0f}",
    ]


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=200, help="of 256 steps and 128 batches")
    parser.add_argument("--variants", default=",".join(VARIANTS))
    parser.add_argument("--save", type=pathlib.Path, help="where to write the curves, .json")
    parser.add_argument("--at-least", type=int, help="seeds of the first variant that solve it")
    options = parser.parse_args()
    names, found = chapter(), {}
    kept = (
        json.loads(options.save.read_text("utf-8"))
        if options.save and options.save.exists()
        else {}
    )
    for name in options.variants.split(","):
        arguments = VARIANTS[name][0]
        found[name] = [
            trial(names, seed, options.rounds, arguments) for seed in range(options.seeds)
        ]
        print(f"{name}: {[run['means'][-1] for run in found[name]]}", flush=True)
        if options.save:
            kept |= found
            ordered = {name: kept[name] for name in VARIANTS if name in kept}
            options.save.write_text(json.dumps(ordered) + "\n", encoding="utf-8")
    head = ["", "solved", "steps until 475", "at the end", "largest Q", "CPU-s"]
    print(f"\n{markdown(head, [row(name, runs) for name, runs in found.items()])}")
    if options.at_least:
        first = next(iter(found.values()))
        assert sum(map(solved, first)) >= options.at_least, [run["again"] for run in first]


if __name__ == "__main__":
    main()
