"""What the comparisons of chapters 06 and 07 owe to their learning rates: the controls.

    python benchmarks/rates.py                   # all, half a minute of processor time
    python benchmarks/rates.py --only schedules

The data, the network and what trains it are those of chapter 06: this script runs its cells.

    grid       06: the page's optimizers at rates between the six of its sweep, four epochs
    schedules  07: cosine from a lower top, with and without a rise; the exponential decay with a
               rise; a smaller constant rate; Adam, six epochs

NOTES.md has what came out.
"""

import argparse
import time

import numpy as np
from language_controls import page

SEEDS = (1, 2, 3)
GRID = {
    "SGD": (0.2, 0.32, 0.5),
    "momentum": (0.03, 0.05, 0.07, 0.1, 0.15),
    "Nesterov": (0.03, 0.05, 0.07, 0.1, 0.15),
    "Adagrad": (0.1, 0.18),
    "RMSprop": (0.005, 0.01),
    "Adam": (0.005, 0.01, 0.02),
    "Muon": (0.005, 0.01, 0.02),
}
CELLS = "setup muon-by-hand digits-and-network learning-rate-sweep"


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=("grid", "schedules"))
    options = parser.parse_args()
    at = page("06", CELLS, until="sweeps, best")
    schedules = at["schedules"]

    class Exponential(schedules.LearningRateSchedule):
        """The page's exponential decay, after a rise of 40 steps."""

        def __call__(self, step):
            return 0.03 * min(1, (step + 1) / 40) * 0.01 ** (max(0, step - 40) / 440)

    def trial(name, make, epochs):
        started = time.process_time()
        ends = np.array([at["train"](make(), seed, epochs)["loss"][-1] for seed in SEEDS])
        seconds = time.process_time() - started
        print(
            f"{name:24} {ends.mean():.3f}  {ends.min():.3f} to {ends.max():.3f}  {seconds:3.0f} s"
        )

    if options.only != "schedules":
        for name, rates in GRID.items():
            for rate in rates:
                trial(f"{name} {rate}", lambda: at["methods"][name][0](rate), 4)  # noqa: B023
    if options.only != "grid":
        plans = {
            "cosine, no rise, 0.01": schedules.CosineDecay(0.01, 480),
            "cosine, 0.01": schedules.CosineDecay(0.0, 440, warmup_target=0.01, warmup_steps=40),
            "constant, 0.005": 0.005,
            "exponential, a rise": Exponential(),
        }
        for name, plan in plans.items():
            trial(name, lambda: at["Adam"](plan), 6)  # noqa: B023


if __name__ == "__main__":
    main()
