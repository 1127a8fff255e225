"""A small AlphaZero for Connect Four: it plays itself, and learns what its own search found.

    python benchmarks/connect_four.py --minutes 1
    python benchmarks/connect_four.py --minutes 8 --save benchmarks/connect_four.npz
    python benchmarks/connect_four.py --moves 500
    python benchmarks/connect_four.py --load benchmarks/connect_four.npz --at-least 0.75

A network with two heads says how likely each column is and who will win. Tree search with 40 visits
improves on it; 64 games at once are played by that search, with some noise. The network learns the
search's visits, and who won. `--minutes` are of the processor's time, for playing and learning, one
thread (set OPENBLAS_NUM_THREADS=1 and NUMBA_NUM_THREADS=1); matches are not counted. By the clock
no two runs are the same; `--moves`, of each of the 64 games, makes them so.

Prints its strength over training, in shares of `--games` games (draws count half) with Wilson's
intervals: against random moves, a player that wins where it can, minimax of depth 2, 4 and 6, and
plain tree search with as many visits; and the network alone, without search. `--save` writes the
weights as float16, and beside them the table, as .json. `--at-least 0.75` asserts the share against
minimax of depth 4.
"""

import argparse
import itertools
import json
import pathlib
import time

import numpy as np
from train_step import markdown

from minidl import Input, Model, utils
from minidl.base import npz
from minidl.layers import Dense, add
from minidl.losses import CategoricalCrossentropy, MeanSquaredError
from minidl.optimizers import AdamW
from minidl_course.games import (
    Minimax,
    NetworkGuess,
    Policy,
    Positions,
    TreePlayer,
    TreeSearch,
    connect_four,
    match,
    random_player,
)

VISITS, GAMES, BATCH, REUSE = 40, 64, 256, 6
STRAIGHT = 12  # after so many stones self-play takes the most visited column, and draws no more
# Positions to learn from: the last quarter of all, but so many at least and at most.
FEWEST, KEPT = 40_000, 200_000
MARKS = (1 / 16, 1 / 8, 1 / 4, 1 / 2)  # shares of the time at which strength is measured
RATES = ((0.7, 2e-3), (0.9, 6e-4), (1.0, 1e-4))  # until this share of the time, this rate
OPPONENTS = {
    "random": random_player,
    "one step": Minimax(1),
    "depth 2": Minimax(2),
    "depth 4": Minimax(4),
    "depth 6": Minimax(6),
    f"plain search, {VISITS}": TreePlayer(visits=VISITS),
}


def network(board, units=192, blocks=2):
    """Return the network: planes in a row -> logits (A,) of the moves, and a value (1,)."""
    H, W = board.cells.shape
    planes = Input((H * W * 2,))
    h = Dense(units, "relu")(planes)
    for _ in range(blocks):
        h = add([h, Dense(units, "relu")(h)])
    return Model(
        planes, [Dense(len(board.legal), name="policy")(h), Dense(1, "tanh", name="value")(h)]
    )


class SelfPlay:
    """Games that a network plays against itself, all at once; a finished one begins anew."""

    def __init__(self, guess, board, games=GAMES, visits=VISITS, rng=None):
        self.search = TreeSearch(guess, visits, noise=0.25)
        self.positions, self.rng = Positions(board, games), rng
        self.notes = [[] for _ in range(games)]

    def play(self):
        """Play one move in each game; return (planes, policies, results) of those that ended."""
        now = self.positions
        policy = self.search(now, self.rng).policy
        drawn = (policy.cumsum(axis=1) > self.rng.random((len(now), 1))).argmax(axis=1)
        moves = np.where(now.stones < STRAIGHT, drawn, policy.argmax(axis=1))
        for note, planes, share in zip(self.notes, now.planes, policy):
            note.append((planes, share))
        after = now.play(moves)
        planes, policies, results = [], [], []
        for n in np.flatnonzero(after.over):
            result = -float(after.lost[n])  # seen by who would move next
            for seen, share in reversed(self.notes[n]):
                result = -result
                planes.append(seen)
                policies.append(share)
                results.append(result)
            self.notes[n] = []
        self.positions = after.restarted(after.over)
        return planes, policies, results


class Memory:
    """The last positions of self-play, each also mirrored: x, the search's policy, the result."""

    def __init__(self, board):
        self.x = np.zeros((KEPT, *board.cells.shape, 2), np.float32)
        self.policy = np.zeros((KEPT, len(board.legal)), np.float32)
        self.result = np.zeros((KEPT, 1), np.float32)
        self.seen = 0

    def add(self, planes, policies, results):
        """Keep what a round of self-play gave."""
        for x, policy, result in zip(planes, policies, results):
            for step in (1, -1):
                i = self.seen % KEPT
                self.x[i], self.policy[i] = x[:, ::step], policy[::step]
                self.result[i] = result
                self.seen += 1

    def draw(self, rng):
        """Return a batch (planes in rows, [policies, results])."""
        window = min(self.seen, KEPT, max(FEWEST, self.seen // 4))
        i = (self.seen - 1 - rng.integers(window, size=BATCH)) % KEPT
        return self.x[i].reshape(BATCH, -1), [self.policy[i], self.result[i]]


def strength(net, games=200, opponents=OPPONENTS):
    """Return {opponent: Result} of the network with search, and of the network alone."""
    guess, board = NetworkGuess(net), connect_four()
    player = TreePlayer(guess, VISITS)
    results = {name: match(player, other, board, games) for name, other in opponents.items()}
    results["alone, depth 2"] = match(Policy(guess), Minimax(2), board, games)
    return results


def learn(minutes, moves=None, seed=0, marks=MARKS, path=None, games_each=200):
    """Train for so many minutes of the processor, or moves; return the network and its curve.

    The curve is [(minutes, games, strength), ...], at the start, at these shares of the time and at
    the end. At each of them the weights are saved, if there is a path.
    """
    board, rng = connect_four(), np.random.default_rng(seed)
    utils.set_random_seed(seed)
    net = network(board)
    losses = [CategoricalCrossentropy(from_logits=True), MeanSquaredError()]
    net.compile(AdamW(RATES[0][1], weight_decay=1e-4), losses)
    play, memory = SelfPlay(NetworkGuess(net), board, GAMES, rng=rng), Memory(board)
    curve, used, games, due, marks = [(0.0, 0, strength(net, games_each))], 0.0, 0, 0.0, list(marks)
    for move in itertools.count():
        share = move / moves if moves else used / (60 * minutes)
        if marks and share >= marks[0]:
            marks.pop(0)
            curve.append((used / 60, games, strength(net, games_each)))
            report(curve[-1:])
            if path:
                save(net, path)
        if share >= 1:
            break
        begun = time.process_time()
        found = play.play()
        memory.add(*found)
        games += sum(1 for planes in found[0] if not planes.any())
        due += 2 * REUSE * len(found[0]) / BATCH
        net.optimizer.learning_rate = next(rate for end, rate in RATES if share < end)
        while due >= 1 and memory.seen > 8 * BATCH:
            net.train_on_batch(*memory.draw(rng))
            due -= 1
        used += time.process_time() - begun
    curve.append((used / 60, games, strength(net, games_each)))
    return net, curve


def report(curve):
    """Print a curve of strength as a table."""
    rows = []
    for minutes, games, results in curve:
        shares = [
            f"{r.share:.0%} ({r.interval[0]:.0%} to {r.interval[1]:.0%})" for r in results.values()
        ]
        rows.append([f"{minutes:.1f}", f"{games:,}", *shares])
    print(markdown(["CPU-min", "games", *curve[0][2]], rows), flush=True)


def write(curve, path):
    """Write the same numbers, as printed: of each opponent [share, low, high]."""
    points = [
        {
            "minutes": round(minutes, 1),
            "games": games,
            "shares": {n: [round(x, 2) for x in (r.share, *r.interval)] for n, r in found.items()},
        }
        for minutes, games, found in curve
    ]
    path.write_text(json.dumps(points, indent=1) + "\n", encoding="utf-8")


def save(net, path):
    """Write the weights as float16."""
    npz.save(
        path, {key: tensor.numpy().astype(np.float16) for key, tensor in net.tensors().items()}
    )


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=1.0, help="of the processor's time")
    parser.add_argument("--moves", type=int, help="of self-play, in place of minutes")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--save", type=pathlib.Path, help="where to write the weights, .npz")
    parser.add_argument("--load", help="weights to play with, in place of training")
    parser.add_argument("--games", type=int, default=200, help="of each match")
    parser.add_argument("--at-least", type=float, help="share against minimax of depth 4")
    options = parser.parse_args()
    if options.load:
        net = network(connect_four())
        net.load_weights(options.load)
        curve = [(0.0, 0, strength(net, options.games))]
    else:
        net, curve = learn(
            options.minutes,
            options.moves,
            options.seed,
            path=options.save,
            games_each=options.games,
        )
    report(curve)
    if options.save:
        save(net, options.save)
        write(curve, options.save.with_suffix(".json"))
    if options.at_least:
        assert curve[-1][2]["depth 4"].share >= options.at_least


if __name__ == "__main__":
    main()
