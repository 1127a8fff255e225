"""How fast games are: environment steps, visits of tree search, and a network for one position.

    python benchmarks/games.py
    python benchmarks/games.py --against torch --rounds 9 --at-most 0.5

All on one thread, in processor time, which other processes hardly change. The first table is of
environments, and says how much of the time is gymnasium's own. The second is of tree search, and
says who takes the time: the network, the compiled walks, or Python around them. With `--against
torch` the network of `connect_four.py` answers for one position and for 64, by turns with PyTorch
(in its inference mode), each in a process of its own; `--at-most` asserts the ratio for one.
"""

import argparse
import statistics
import time

import gymnasium
import numpy as np
from connect_four import network
from train_step import machine, markdown
from worker import Worker, serve

from minidl_course.environments import Together, episode
from minidl_course.games import (
    NetworkGuess,
    PlayoutGuess,
    Positions,
    TreeSearch,
    connect_four,
    walks,
)
from minidl_course.games.inference import Inference

SIZES = (1, 64)  # positions at once


class Watched:
    """Adds up the time spent in a function."""

    def __init__(self, function):
        self.function, self.seconds = function, 0.0

    def __call__(self, *arguments, **options):
        begun = time.process_time()
        try:
            return self.function(*arguments, **options)
        finally:
            self.seconds += time.process_time() - begun


def watch(owner, *names):
    """Watch functions or methods of `owner`; return those that watch."""
    watching = [Watched(getattr(owner, name)) for name in names]
    for name, watched in zip(names, watching):
        setattr(owner, name, watched)
    return watching


def seconds_of(call, *arguments):
    """Call for at least a second; return [(what it returned, seconds), ...], without the first."""
    call(*arguments)
    found, begun = [], time.process_time()
    while time.process_time() - begun < 1:
        before = time.process_time()
        found.append((call(*arguments), time.process_time() - before))
    return found


def environments():
    """Return the rows of a table: steps a second, and whose time it is."""
    rows = []
    for N in SIZES:
        if N == 1:
            env = gymnasium.make("CartPole-v1")

            def play(env=env):
                return len(episode(env, lambda o: int(o[2] + o[3] > 0), seed=0))
        else:
            env = gymnasium.make_vec("CartPole-v1", N, vectorization_mode="vector_entry_point")
            together = Together(env)

            def play(together=together):
                return together.play(lambda o: (o[:, 2] + o[:, 3] > 0).astype(int), 200).real.sum()

        fast = [steps / seconds for steps, seconds in seconds_of(play)]
        theirs = watch(env, "step", "reset")
        slow = sum(seconds for _, seconds in seconds_of(play))
        share = sum(watched.seconds for watched in theirs) / slow
        rows.append([f"CartPole, {N} at once", f"{statistics.median(fast):,.0f}", f"{share:.0%}"])
    return rows


def searches(visits=40):
    """Return the rows of a table: visits a second, and whose time it is."""
    board, rows = connect_four(), []
    guesses = {"network": NetworkGuess(network(board)), "random play": PlayoutGuess(0)}
    for name, guess in guesses.items():
        for N in (*SIZES, 256):
            positions = Positions(board, N)
            search = TreeSearch(guess, visits)
            fast = [N * visits / seconds for _, seconds in seconds_of(search, positions)]
            kept = [walks.descend, walks.grow, walks.back_up]
            walking = watch(walks, "descend", "grow", "back_up")
            search.guess = asking = Watched(guess)
            total = sum(seconds for _, seconds in seconds_of(search, positions))
            walks.descend, walks.grow, walks.back_up = kept
            asked, walked = asking.seconds / total, sum(w.seconds for w in walking) / total
            shares = [f"{asked:.0%}", f"{walked:.0%}", f"{1 - asked - walked:.0%}"]
            rows.append([f"{name}, {N} games", f"{statistics.median(fast):,.0f}", *shares])
    return rows


def torch_network():
    """Return the same network of PyTorch."""
    import torch
    from torch import nn

    class Network(nn.Module):
        def __init__(self, units=192, blocks=2):
            super().__init__()
            self.first = nn.Linear(84, units)
            self.blocks = nn.ModuleList(nn.Linear(units, units) for _ in range(blocks))
            self.policy, self.value = nn.Linear(units, 7), nn.Linear(units, 1)

        def forward(self, x):
            h = torch.relu(self.first(x))
            for block in self.blocks:
                h = h + torch.relu(block(h))
            return self.policy(h), torch.tanh(self.value(h))

    return Network().eval()


def work(side):
    """Be a worker: a line holds how many positions and how often; answer with microseconds."""
    x = {N: np.random.default_rng(0).random((N, 84), np.float32) for N in SIZES}
    if side == "torch":
        import torch

        torch.set_num_threads(1)
        ask = torch_network()
        x = {N: torch.from_numpy(array) for N, array in x.items()}
        torch.inference_mode().__enter__()
    else:
        ask = Inference(network(connect_four()))

    def microseconds(line):
        N, count = map(int, line.split())
        begun = time.process_time()
        for _ in range(count):
            ask(x[N])
        return 1e6 * (time.process_time() - begun) / count

    microseconds("1 100")
    serve(microseconds)


def against_torch(rounds):
    """Return {N: [(microseconds, PyTorch's), ...]}, both by turns."""
    sides = [Worker([__file__, "--worker", side], 1) for side in ("minidl", "torch")]
    found = {N: [] for N in SIZES}
    for _ in range(rounds + 1):
        for N, pairs in found.items():
            pairs.append([float(side.ask(f"{N} {20_000 // (N + 9)}")) for side in sides])
    for side in sides:
        side.close()
    return {N: pairs[1:] for N, pairs in found.items()}  # the first warms caches and clocks


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--against", choices=["torch"], help="the other library")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--at-most", type=float, help="ratio for one position, to assert")
    parser.add_argument("--worker", choices=["minidl", "torch"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        work(options.worker)
        return
    options.threads, options.backend = 1, "numba"
    print(machine(options))
    print(markdown(["environment", "steps a second", "of it gymnasium's"], environments()))
    head = ["40 visits a game", "visits a second", "guess", "compiled walks", "Python around"]
    print(f"\n{markdown(head, searches())}")
    if options.against:
        rows, one = [], None
        for N, pairs in against_torch(options.rounds).items():
            ratios = sorted(ours / theirs for ours, theirs in pairs)
            ours, theirs = (statistics.median(side) for side in zip(*pairs))
            ratio = statistics.median(ratios)
            one = one or ratio
            spread = f"{ratios[0]:.2f}-{ratios[-1]:.2f}"
            rows.append([str(N), f"{ours:.1f}", f"{theirs:.1f}", f"{ratio:.2f}", spread])
        head = ["positions", "minidl us", "torch us", "ratio", "min-max"]
        print(f"\n{markdown(head, rows)}")
        assert options.at_most is None or one <= options.at_most, f"{one:.2f}"


if __name__ == "__main__":
    main()
