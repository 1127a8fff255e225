"""What is a position worth, if both sides play as well as can be?

    value(s) = max over moves a of -value(s after a),    -1 where who moves next has lost

`solve` does that to the end, and keeps what it found: right for games as small as tic-tac-toe.
`alpha_beta` looks d moves ahead. What lies beyond is worth 0, so it knows nothing of a position
but what it sees by force; a win is worth more the sooner it comes.

Alpha-beta leaves out what cannot change the result: a move that gives the opponent a reply better
for them than what we have elsewhere need not be looked at further.

Reference: Knuth and Moore (1975), "An analysis of alpha-beta pruning", section 2.
"""

import numpy as np
from numba import njit

from minidl.base import checks
from minidl.kernels.common.options import INNER
from minidl_course.games import bits

ILLEGAL = -(2**30)  # the score of a move that cannot be played


def solve(board):
    """Return a dict {Board: value} of `board` and of all that can follow it.

    A value is 1 if who moves next wins, 0 for a draw, -1 if they lose, both sides playing best.
    From the empty board of tic-tac-toe these are 5,478; larger games have too many.
    """
    values = {}

    def value(board):
        if board not in values:
            if board.over:
                values[board] = board.winner * board.to_move
            else:
                values[board] = max(-value(board.play(move)) for move in board.moves)
        return values[board]

    value(board)
    return values


def alpha_beta(positions, depth):
    """Return the score of every move in every position, (N, A) int64, `depth` moves ahead.

    0 is a draw, or nothing decided within `depth`. A win with the k-th move from here, k counting
    both sides' moves, is depth + 1 - k, a loss minus that. Illegal moves score `ILLEGAL`.
    """
    depth = checks.positive_integer("depth", depth)
    scores = np.empty(positions.legal.shape, np.int64)
    _scores(positions.own, positions.other, positions.over, positions.rules, depth, scores)
    return scores


@njit(**bits.COMPILED)
def _scores(own, other, over, rules, depth, scores):
    A = bits.moves_of(rules)
    for n in range(len(own)):
        for move in range(A):
            bit = bits.bit_of(own[n] | other[n], move, rules)
            scores[n, move] = ILLEGAL
            if bit and not over[n]:
                scores[n, move] = -_value(
                    other[n], own[n] | bit, rules, depth - 1, -depth - 1, depth + 1
                )


@njit(**bits.COMPILED, **INNER)
def _value(own, other, rules, depth, alpha, beta):
    if bits.has_won(other, rules):
        return np.int64(-depth - 1)
    if depth == 0:
        return np.int64(0)
    A, best, moved = bits.moves_of(rules), np.int64(ILLEGAL), False
    for i in range(A):
        # the middle first: most lines go through it, and a good first move cuts most
        aside = (i + 1) // 2
        move = A // 2 + (aside if i % 2 == A % 2 else -aside)
        bit = bits.bit_of(own | other, move, rules)
        if bit == 0:
            continue
        moved = True
        v = -_value(other, own | bit, rules, depth - 1, -beta, -alpha)
        best, alpha = max(best, v), max(alpha, v)
        if alpha >= beta:
            break
    return best if moved else np.int64(0)
