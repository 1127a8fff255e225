"""Who plays better? Many games, and how sure their result is.

    p = (wins + draws / 2) / n    what a player has of n games

The true share lies in Wilson's interval in about 95 of 100 matches (z = 1.96):

    (p + z^2 / 2n -+ z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n)

It is made for wins and losses. A draw is between them, so with draws it is wider than it need be.

Reference: Wilson (1927), "Probable inference, the law of succession, and statistical inference".
"""

import math
from dataclasses import dataclass

import numpy as np

from minidl.base import checks
from minidl_course.games.players import random_player
from minidl_course.games.positions import Positions


def wilson(p, n, z=1.96):
    """Return (low, high), Wilson's interval for a share p of n trials."""
    p = checks.finite_number("p", p, at_least=0, at_most=1)
    n, z = checks.positive_integer("n", n), checks.finite_number("z", z, above=0)
    middle = p + z**2 / (2 * n)
    aside = z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    low, high = ((middle + sign * aside) / (1 + z**2 / n) for sign in (-1, 1))
    return max(low, 0.0), min(high, 1.0)


@dataclass(frozen=True)
class Result:
    """What the first of two players has of a match."""

    wins: int
    draws: int
    losses: int

    @property
    def games(self):
        """How many were played."""
        return self.wins + self.draws + self.losses

    @property
    def share(self):
        """(wins + draws / 2) / games."""
        return (self.wins + self.draws / 2) / self.games

    @property
    def interval(self):
        """(low, high) of the share, Wilson's at 95 %."""
        return wilson(self.share, self.games)

    def __str__(self):
        low, high = self.interval
        return (
            f"{self.wins} won, {self.draws} drawn, {self.losses} lost: {self.share:.0%} "
            f"({low:.0%} to {high:.0%})"
        )


def match(player, opponent, board, games=200, seed=0, opening=2):
    """Play `games` games at once and return the `Result` of `player`.

    Two players without chance would play one game again and again. So each pair of games begins
    with `opening` random moves of its own, and both players have that beginning once with each
    side. The same seed gives the same match, if the players draw from the rng that they are given.

    Args:
        player: a function (positions, rng) -> moves, see `minidl_course.games.players`.
        opponent: another, or the same.
        board: to begin with.
        games: an even number of at least 2.
        seed: of all that is random here.
        opening: how many moves are random, 0 for none.

    Raises:
        ValueError: an odd number of games, a negative opening, a board on which the game is over,
            or an illegal move of a player's.
    """
    games = checks.positive_integer("games", games)
    if games % 2 or not checks.is_integer(opening) or opening < 0 or board.over:
        raise ValueError(
            "a match has an even number of games, an opening of 0 or more moves, and a board on "
            f"which the game is not over; got {games} games, opening {opening!r} and\n{board}"
        )
    rng = np.random.default_rng(seed)
    positions = Positions(board, games // 2)
    for _ in range(opening):
        positions = positions.play(random_player(positions, rng))
        if positions.over.any():
            raise ValueError(f"a game may end within {opening} random moves: shorten the opening")
    positions = positions[np.tile(np.arange(games // 2), 2)]
    side = np.repeat([1, -1], games // 2) * board.to_move  # which stones are the player's
    while not positions.over.all():
        for who, whose in ((player, 1), (opponent, -1)):
            turn = np.flatnonzero((positions.to_move == whose * side) & ~positions.over)
            if len(turn):
                positions = positions.play(_asked(who, positions[turn], rng), turn)
    lost, won = (positions.lost & (positions.to_move == whose * side) for whose in (1, -1))
    return Result(int(won.sum()), int(games - won.sum() - lost.sum()), int(lost.sum()))


def _asked(player, positions, rng):
    moves = np.asarray(player(positions, rng))
    if moves.shape != (len(positions),) or moves.dtype.kind not in "iu":
        raise ValueError(
            f"a player returns one integer for each of {len(positions)} positions; "
            f"{player} returned {moves.dtype} of shape {moves.shape}"
        )
    return moves
