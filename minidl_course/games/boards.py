"""One position of tic-tac-toe or Connect Four, as an array that can be read and printed.

    H rows    W columns    K in a row win    A moves, of which some are legal
    cells (H, W) int8: 1 a stone of the first player's, -1 of the second's, 0 empty; row 0 on top

In tic-tac-toe a move is a cell, row W + column. In Connect Four it is a column, where the stone
drops to the lowest empty cell. `play` returns a new `Board` and leaves the old one as it was, so
that a search may go back to it. `Positions` are many boards at once, for searches that are fast.
"""

import functools
import itertools

import numpy as np

from minidl.base import checks

NAMES = {1: "X", -1: "O", 0: "."}
DIRECTIONS = ((0, 1), (1, 0), (1, 1), (1, -1))


@functools.cache
def lines(H, W, K):
    """Return the cells (L, K) of every line of K on an H x W board, numbered row W + column."""
    found = []
    for row, column, (down, right) in itertools.product(range(H), range(W), DIRECTIONS):
        last_row, last_column = row + down * (K - 1), column + right * (K - 1)
        if last_row < H and 0 <= last_column < W:
            first, step = row * W + column, down * W + right
            found.append([first + step * k for k in range(K)])
    return np.array(found, np.int64).reshape(-1, K)


class Board:
    """A position: who has which cell, who moves, who has won.

    `tic_tac_toe()` and `connect_four()` make the empty ones. A board does not change, and equal
    boards are equal as keys of a dict.

    Args:
        cells: (H, W) of 1, -1 and 0.
        in_a_row: K.
        drops: whether stones drop, and a move is a column.

    Raises `ValueError` for cells that no game can lead to: other numbers, stones in the air, or
    one side with more stones than it had turns.
    """

    def __init__(self, cells, in_a_row, drops):
        self.cells = np.array(cells)
        self.in_a_row, self.drops = checks.positive_integer("in_a_row", in_a_row), bool(drops)
        if (
            self.cells.ndim != 2
            or self.cells.size == 0
            or not np.isin(self.cells, (0, 1, -1)).all()
        ):
            raise ValueError(
                "cells must be (rows, columns), at least one of each, and hold 1 (X), -1 (O) and "
                f"0; got shape {self.cells.shape}: {self.cells.tolist()}"
            )
        self.cells = self.cells.astype(np.int8)
        self.cells.flags.writeable = False
        if self.in_a_row > max(self.cells.shape):
            raise ValueError(f"no line of {in_a_row} fits on a board of {self.cells.shape}")
        ahead = int(self.cells.sum())
        if ahead not in (0, 1):
            raise ValueError(f"X moves first, so it has as many stones as O, or one more: {ahead}")
        if self.drops and ((self.cells[:-1] != 0) & (self.cells[1:] == 0)).any():
            raise ValueError(f"a stone hangs in the air:\n{self}")
        self.to_move = 1 if ahead == 0 else -1

    @property
    def rules(self):
        """(H, W, K, 1 if stones drop): what compiled code needs to know of the game."""
        return (*self.cells.shape, self.in_a_row, int(self.drops))

    @functools.cached_property
    def winning(self):
        """The lines (L, K) of one player's stones: cells row W + column; L is 0 while none won."""
        every = lines(*self.cells.shape, self.in_a_row)
        return every[np.abs(self.cells.ravel()[every].sum(axis=1)) == self.in_a_row]

    @property
    def winner(self):
        """1 if X has won, -1 if O has, 0 if nobody has (yet)."""
        return int(self.cells.ravel()[self.winning[0, 0]]) if len(self.winning) else 0

    @functools.cached_property
    def over(self):
        """Whether somebody has won, or all cells are taken."""
        return len(self.winning) > 0 or bool(self.cells.all())

    @functools.cached_property
    def legal(self):
        """(A,) of bool: which moves there are; none once the game is over."""
        empty = self.cells[0] == 0 if self.drops else self.cells.ravel() == 0
        return empty & (not self.over)

    @property
    def moves(self):
        """List of the legal moves."""
        return np.flatnonzero(self.legal).tolist()

    def play(self, *moves):
        """Return the board after a move, or after several.

        Raises:
            ValueError: the game is over, the move is off the board, its column or cell is full.
            TypeError: the move is no integer.
        """
        board = self
        for move in moves:
            board = board._after(move)
        return board

    def _after(self, move):
        H, W = self.cells.shape
        what = "column" if self.drops else "cell"
        if not checks.is_integer(move):
            raise TypeError(f"a move is a {what}, an integer; got {move!r}")
        if self.over:
            how = f"{NAMES[self.winner]} has won" if self.winner else "it is a draw"
            raise ValueError(f"this game is over: {how}; no move is left. Begin a new one")
        if not 0 <= move < len(self.legal):
            raise ValueError(
                f"{what} {move} is off the board: {what}s are 0 to {len(self.legal) - 1}"
            )
        if not self.legal[move]:
            raise ValueError(f"{what} {move} is full; legal are {', '.join(map(str, self.moves))}")
        row, column = divmod(int(move), W)
        if self.drops:
            row, column = H - 1 - np.count_nonzero(self.cells[:, move]), move
        cells = self.cells.copy()
        cells[row, column] = self.to_move
        return Board(cells, self.in_a_row, self.drops)

    def __eq__(self, other):
        if not isinstance(other, Board):
            return NotImplemented
        return self.rules == other.rules and bool((self.cells == other.cells).all())

    def __hash__(self):
        return hash((self.rules, self.cells.tobytes()))

    def __str__(self):
        rows = [" ".join(NAMES[int(cell)] for cell in row) for row in self.cells]
        if self.drops:
            rows.append(" ".join(str(column % 10) for column in range(self.cells.shape[1])))
        return "\n".join(rows)

    def __repr__(self):
        H, W, K, _ = self.rules
        state = "over" if self.over else f"{NAMES[self.to_move]} to move"
        return f"<Board {H} x {W}, {K} in a row, {np.count_nonzero(self.cells)} stones, {state}>"


def tic_tac_toe(rows=3, columns=3, in_a_row=3):
    """Return the empty board of tic-tac-toe, of any size."""
    return _empty(rows, columns, in_a_row, drops=False)


def connect_four(rows=6, columns=7, in_a_row=4):
    """Return the empty board of Connect Four, of any size."""
    return _empty(rows, columns, in_a_row, drops=True)


def _empty(rows, columns, in_a_row, drops):
    H, W = checks.positive_integer("rows", rows), checks.positive_integer("columns", columns)
    return Board(np.zeros((H, W), np.int8), in_a_row, drops)
