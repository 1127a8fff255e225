"""The rules in compiled code: a position is two integers, one bit for each cell.

    own, other    int64: the stones of who moves next, and those of the other
    rules         (H, W, K, drops) of integers, as `Board.rules`

Cell (row, column) is bit column (H + 1) + (H - 1 - row): a column lies in one piece, lowest cell
first, with one bit above it that is never set. So a line is four bits that are equally far apart,

    1 upwards,  H + 1 to the right,  H + 2 up to the right,  H down to the right,

and the bit above ends every line at the edge. Shifting the stones K - 1 times, and keeping those
bits that are still set, leaves the beginnings of all lines of K at once.

Reference: Fierz (2003), "Bitboards"; the layout is that of J. Tromp's Fhourstones.
"""

import numpy as np
from numba import njit

from minidl.kernels.common import compiling
from minidl.kernels.common.options import INNER

compiling.announce()

# without fused products: a reference in plain Python must come to the same numbers
COMPILED = {"cache": True, "nogil": True, "error_model": "numpy"}
MOST_BITS = 62
ONE = np.int64(1)


@njit(**COMPILED, **INNER)
def moves_of(rules):
    """Return A: how many moves there are, legal or not."""
    H, W, _, drops = rules
    return W if drops else H * W


@njit(**COMPILED, **INNER)
def bit_of(occupied, move, rules):
    """Return the bit that a move sets, 0 if its column or cell is full."""
    H, W, _, drops = rules
    if drops:
        foot = move * (H + 1)
        bit = ((occupied >> foot) & ((ONE << H) - ONE)) + ONE  # a carry through all stones
        return np.int64(0) if bit == ONE << H else bit << foot
    bit = ONE << ((move % W) * (H + 1) + H - 1 - move // W)
    return np.int64(0) if occupied & bit else bit


@njit(**COMPILED, **INNER)
def has_won(stones, rules):
    """Whether K of these stones stand in a row."""
    H, _, K, _ = rules
    for step in (1, H + 1, H + 2, H):
        run = stones
        for _ in range(K - 1):
            run &= run >> step
        if run:
            return True
    return False


@njit(**COMPILED, **INNER)
def is_full(occupied, rules):
    """Whether every cell is taken."""
    H, W, _, _ = rules
    for column in range(W):
        if (occupied >> (column * (H + 1))) & ((ONE << H) - ONE) != (ONE << H) - ONE:
            return False
    return True


@njit(**COMPILED)
def look(own, other, rules, over, lost, legal, planes):
    """Fill in what there is to know of N positions.

    over, lost (N,) bool    legal (N, A) bool    planes (N, H, W, 2): own stones, the other's
    """
    H, W, _, _ = rules
    for n in range(len(own)):
        occupied = own[n] | other[n]
        lost[n] = has_won(other[n], rules)  # who moves next has not moved last
        over[n] = lost[n] or is_full(occupied, rules)
        for move in range(moves_of(rules)):
            legal[n, move] = not over[n] and bit_of(occupied, move, rules) != 0
        for row in range(H):
            for column in range(W):
                place = column * (H + 1) + H - 1 - row
                planes[n, row, column, 0] = (own[n] >> place) & ONE
                planes[n, row, column, 1] = (other[n] >> place) & ONE


@njit(**COMPILED)
def play(own, other, moves, games, rules):
    """Play moves (n,), which must be legal, in `games` (n,): there the sides change places."""
    for i in range(len(games)):
        n = games[i]
        bit = bit_of(own[n] | other[n], moves[i], rules)
        own[n], other[n] = other[n], own[n] | bit
