"""Many positions of one game at once, for searches and for networks.

Where a `Board` is an array to look at, here a position is two integers (`games.bits`), and loops
over all of them are compiled. The numbers are seen by who moves next.
"""

import numpy as np

from minidl.base import checks
from minidl_course.games import bits
from minidl_course.games.boards import Board


class Positions:
    """N positions of one game.

        positions = Positions(connect_four(), 64)      64 games that begin
        positions = Positions([board, other_board])    these
        positions = positions.play(moves)              a move in each; the old ones stay

    Attributes:
        rules: (H, W, K, drops), see `Board.rules`.
        own, other: (N,) int64, the stones as bits.
        over: (N,) bool, whether the game has ended.
        lost: (N,) bool, whether who would move next has lost; a draw is `over & ~lost`.
        legal: (N, A) bool, none where the game is over.
        planes: (N, H, W, 2) float32, what a network sees: own stones, then the other's.

    Raises `ValueError` for boards of different games, for no board, and for a board of more than
    62 bits, rows + 1 times columns.
    """

    def __init__(self, boards, N=None):
        if isinstance(boards, Board):
            boards = [boards] * checks.positive_integer("N", 1 if N is None else N)
        boards = list(boards)
        if not boards or len({board.rules for board in boards}) != 1:
            raise ValueError(f"positions are of one game, and at least one; got {boards}")
        self._set(boards[0].rules, *zip(*map(_as_bits, boards)))

    def _set(self, rules, own, other):
        self.rules = rules
        self.own, self.other = np.array(own, np.int64), np.array(other, np.int64)
        H, W, _, drops = rules
        N = len(self.own)
        self.over, self.lost = np.empty(N, bool), np.empty(N, bool)
        self.legal = np.empty((N, W if drops else H * W), bool)
        self.planes = np.empty((N, H, W, 2), np.float32)
        look = self.over, self.lost, self.legal, self.planes
        bits.look(self.own, self.other, rules, *look)
        return self

    @classmethod
    def of_bits(cls, rules, own, other):
        """Return the positions with these stones; nothing is checked."""
        return cls.__new__(cls)._set(rules, own, other)

    def __len__(self):
        return len(self.own)

    def __getitem__(self, index):
        """Return some of them: an index, a slice, an array of indices or of bool."""
        own, other = np.atleast_1d(self.own[index]), np.atleast_1d(self.other[index])
        return Positions.of_bits(self.rules, own, other)

    def play(self, moves, games=None):
        """Return the positions after moves (n,), one in each of `games` (n,): all, if not given.

        Raises `ValueError` where there is not one legal integer for each; names the game.
        """
        moves, games = np.asarray(moves), np.arange(len(self)) if games is None else games
        if moves.shape != (len(games),) or moves.dtype.kind not in "iu":
            raise ValueError(
                f"{len(games)} games need {len(games)} moves, integers; got {moves.dtype} of "
                f"shape {moves.shape}"
            )
        on_board = (moves >= 0) & (moves < self.legal.shape[1])
        allowed = self.legal[games, np.where(on_board, moves, 0)] & on_board
        if not allowed.all():
            i = int(np.argmin(allowed))
            n = games[i]
            state = (
                "is over" if self.over[n] else f"allows {np.flatnonzero(self.legal[n]).tolist()}"
            )
            raise ValueError(f"move {moves[i]} in game {n}, which {state}:\n{self.board(n)}")
        own, other = self.own.copy(), self.other.copy()
        bits.play(own, other, moves.astype(np.int64), np.asarray(games, np.int64), self.rules)
        return Positions.of_bits(self.rules, own, other)

    def restarted(self, which):
        """Return the positions with those of `which` (N,) of bool replaced by empty boards."""
        own, other = (np.where(which, 0, stones) for stones in (self.own, self.other))
        return Positions.of_bits(self.rules, own, other)

    @property
    def stones(self):
        """(N,) int64: how many moves were played."""
        return self.planes.sum(axis=(1, 2, 3)).astype(np.int64)

    @property
    def to_move(self):
        """(N,) int64: 1 where X moves next, -1 where O does."""
        return 1 - 2 * (self.stones % 2)

    def board(self, n):
        """Return position n as a `Board`."""
        own, other = self.planes[n, ..., 0], self.planes[n, ..., 1]
        return Board((own - other) * self.to_move[n], self.rules[2], self.rules[3])


def _as_bits(board):
    H, W, _, _ = board.rules
    if (H + 1) * W > bits.MOST_BITS:
        raise ValueError(
            f"a board of {H} x {W} needs ({H} + 1) x {W} bits, and there are {bits.MOST_BITS}"
        )
    place = np.arange(W) * (H + 1) + H - 1 - np.arange(H)[:, None]  # (H, W)
    stones = [int((1 << place[board.cells == side]).sum()) for side in (1, -1)]
    return stones[:: board.to_move]
