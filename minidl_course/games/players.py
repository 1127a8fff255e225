"""Players: functions (positions, rng) -> moves (N,), one legal move for each of N running games.

`rng` is a NumPy generator, and all that is random comes from it, so a match can be played again.
"""

import numpy as np

from minidl.base import checks
from minidl_course.games.minimax import alpha_beta
from minidl_course.games.tree import PlayoutGuess, TreeSearch


def best(scores, rng):
    """Return the move of the highest score in each row (N, A); equals are drawn from."""
    ties = scores == scores.max(axis=1, keepdims=True)
    return np.where(ties, rng.random(scores.shape), -1.0).argmax(axis=1)


def random_player(positions, rng):
    """Play any legal move."""
    return best(positions.legal.astype(np.int64), rng)


class Minimax:
    """Play what is best `depth` moves ahead; among equals any. Depth 1 is to win where one can."""

    def __init__(self, depth):
        self.depth = checks.positive_integer("depth", depth)

    def __call__(self, positions, rng):
        """Return moves (N,)."""
        return best(alpha_beta(positions, self.depth), rng)


class Policy:
    """Play the likeliest move of a guess, without any search (`minidl_course.games.tree`)."""

    def __init__(self, guess):
        self.guess = guess

    def __call__(self, positions, rng):
        """Return moves (N,)."""
        logits, _ = self.guess(positions)
        return best(np.where(positions.legal, logits, -np.inf), rng)


class TreePlayer:
    """Play the most visited move of a tree search; options are those of `TreeSearch`.

    Args:
        guess: of a network, or None for plain tree search, which plays at random to the end.
        visits: how many each move is given.
    """

    def __init__(self, guess=None, visits=40, **options):
        self.guess, self.visits, self.options = guess, visits, options

    def __call__(self, positions, rng):
        """Return moves (N,)."""
        guess = self.guess or PlayoutGuess(rng.integers(2**62))
        searched = TreeSearch(guess, self.visits, **self.options)(positions, rng)
        # a move without a visit may be an illegal one
        return best(np.where(positions.legal, searched.visits, -1), rng)
