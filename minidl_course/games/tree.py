"""Monte Carlo tree search with PUCT, in many games at once: one tree a game, one guess a round.

Each visit walks from the root to a position that the tree does not know. At a known one it takes

    argmax over moves a of  Q(a) + c P(a) sqrt(1 + sum of N) / (1 + N(a))

    N(a) visits of a so far    Q(a) mean value of them, 0 at first    P(a) how likely a seemed

then asks a guess, P and a value v, for the new position, and adds v to all moves on the way, with
its sign turned at each step, since the players take turns. A move's number of visits says at the
end how good it is.

Networks are slow for one position and quick for many, so all games take one step each, and the
guess is asked for all of them together. The walks are compiled, and the tree is a few arrays.

The guess is a function: positions -> (logits (n, A), values (n,)), the values from -1 to 1, seen by
who moves next. `NetworkGuess` asks a network, `PlayoutGuess` knows nothing, and plays at random to
the end: with it this is plain tree search.

References: Silver et al. (2018), "A general reinforcement learning algorithm that masters chess,
shogi, and Go through self-play", methods, "Search"; Rosin (2011), "Multi-armed bandits with episode
context".
"""

from dataclasses import dataclass

import numpy as np

from minidl.base import checks
from minidl_course.games import walks
from minidl_course.games.inference import Inference
from minidl_course.games.positions import Positions


@dataclass(frozen=True)
class Searched:
    """What a search found out about N positions with A moves."""

    visits: np.ndarray  # (N, A) int64: of each move
    values: np.ndarray  # (N,): of the positions, the mean over all visits
    prior: np.ndarray  # (N, A): P of each move, with the noise; 0 where it is illegal
    q: np.ndarray  # (N, A): Q of each move, 0 without a visit

    @property
    def policy(self):
        """The share of the visits that each move has, (N, A); zeros where the game is over."""
        return self.visits / np.maximum(self.visits.sum(axis=1, keepdims=True), 1)


class TreeSearch:
    """Tree search for N games at once.

    Args:
        guess: a function, see above.
        visits: how many each game's tree gets.
        c: how much P counts against Q.
        noise: share of the root's P that is drawn at random, so that self-play tries all moves.
        alpha: of the Dirichlet distribution of that noise: below 1, a few moves get most of it.
    """

    def __init__(self, guess, visits=40, c=1.5, noise=0.0, alpha=1.0):
        self.guess = guess
        self.visits = checks.positive_integer("visits", visits)
        self.c = checks.finite_number("c", c, at_least=0)
        self.noise = checks.finite_number("noise", noise, at_least=0, at_most=1)
        self.alpha = checks.finite_number("alpha", alpha, above=0)

    def __call__(self, positions, rng=None):
        """Return a `Searched` of positions; rng, a NumPy generator, is for the noise.

        Raises `ValueError` for a guess of another shape, or with NaN in it, and for noise without
        a generator.
        """
        N, A = positions.legal.shape
        M = self.visits + 1  # the root, and at most one new position a visit
        tree = walks.Tree(
            np.full((N, M, A), -1, np.int32),
            np.full((N, M, A), -1.0),
            np.zeros((N, M, A), np.int32),
            np.zeros((N, M, A)),
            np.zeros(N, np.int64),
            np.zeros((N, M, 2), np.int32),
            np.zeros(N, np.int64),
        )
        running = np.flatnonzero(~positions.over)
        root, rules = (positions.own, positions.other), positions.rules
        if len(running):
            self._grow(tree, positions[running], running)
        if self.noise:
            self._add_noise(tree.prior[:, 0], positions.legal, rng)
        ends = np.empty((2, len(running)), np.int64)
        for _ in range(self.visits if len(running) else 0):
            walks.descend(tree, *root, rules, self.c, running, *ends)
            leaves = Positions.of_bits(rules, *ends)
            worth = -leaves.lost.astype(np.float64)  # where the game is over there
            new = np.flatnonzero(~leaves.over)
            if len(new):
                worth[new] = self._grow(tree, leaves[new], running[new])
            walks.back_up(tree, running, worth)
        visits, total = tree.visits[:, 0].astype(np.int64), tree.total[:, 0]
        values = -positions.lost.astype(np.float64)
        values[running] = total[running].sum(axis=1) / self.visits
        prior = np.maximum(tree.prior[:, 0], 0.0)
        return Searched(visits, values, prior, total / np.maximum(visits, 1))

    def _grow(self, tree, positions, games):
        """Put positions (n,) into the trees of `games` (n,); return their values (n,)."""
        logits, values = self._asked(positions)
        walks.grow(tree, logits, positions.legal, games)
        return values

    def _asked(self, positions):
        logits, values = (np.asarray(part, np.float64) for part in self.guess(positions))
        N, A = positions.legal.shape
        if logits.shape != (N, A) or values.size != N:
            raise ValueError(
                f"a guess about {N} positions with {A} moves is logits ({N}, {A}) and {N} values; "
                f"got {logits.shape} and {values.shape}"
            )
        if not (np.isfinite(logits).all() and np.isfinite(values).all()):
            raise ValueError("the guess holds NaN or inf: has the network's training diverged?")
        return logits, values.reshape(N)

    def _add_noise(self, prior, legal, rng):
        if rng is None:
            raise ValueError("noise needs a generator: search(positions, np.random.default_rng(0))")
        drawn = rng.gamma(self.alpha, size=legal.shape) * legal
        drawn /= np.maximum(drawn.sum(axis=1, keepdims=True), 1e-300)
        prior[legal] = ((1 - self.noise) * prior + self.noise * drawn)[legal]


class NetworkGuess:
    """The guess of a network with two heads: logits (N, A) of the moves, and values (N, 1).

    Args:
        model: a built `Model` or `Sequential` without masks (`games.inference`). It takes planes
            (N, H, W, 2), or rows of them where its input is (H W 2,).
    """

    def __init__(self, model):
        self.in_rows, self.ask = len(model.input_shape) == 1, Inference(model)

    def __call__(self, positions):
        """Return (logits (N, A), values (N,))."""
        x = positions.planes
        logits, values = self.ask(x.reshape(len(x), -1) if self.in_rows else x)
        return logits, values[:, 0]


class PlayoutGuess:
    """The guess of who knows only the rules: all moves alike, and the result of random play.

    Args:
        seed: of the random games; the guess goes on drawing with every call.
        games: how many are played from each position.
    """

    def __init__(self, seed=0, games=1):
        self.rng, self.games = np.random.default_rng(seed), checks.positive_integer("games", games)

    def __call__(self, positions):
        """Return (zeros (N, A), the mean result of random games (N,))."""
        seeds = self.rng.integers(2**62, size=len(positions))
        values = np.empty(len(positions))
        stones = positions.own, positions.other
        walks.play_out(*stones, positions.rules, seeds, self.games, values)
        return np.zeros(positions.legal.shape), values
