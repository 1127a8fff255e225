"""The loops of `minidl_course.games.tree`, compiled: down a tree, one position more, and back up.

    N games    M places in each tree, 0 the root    A moves
    n counts the games that are searched, `running`: m = running[n] is one

The arrays of a `Tree` are written here and read by `TreeSearch`; nothing is returned.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from minidl.kernels.common.options import INNER
from minidl_course.games import bits


class Tree(NamedTuple):
    """One tree for each of N games."""

    child: np.ndarray  # (N, M, A) int32: the place a move leads to, -1 if not yet known
    prior: np.ndarray  # (N, M, A) P, -1 where a move is illegal
    visits: np.ndarray  # (N, M, A) int32
    total: np.ndarray  # (N, M, A) sum of values, Q = total / visits
    size: np.ndarray  # (N,) int64: how many places are taken
    path: np.ndarray  # (N, M, 2) int32: places and moves of the last walk
    depth: np.ndarray  # (N,) int64: how many moves that walk has


@njit(**bits.COMPILED)
def descend(tree, own, other, rules, c, running, leaf_own, leaf_other):
    """Walk from each running game's root to a new position, or to the end of the game.

    Notes the walk in tree.path, and where it ended in leaf_own and leaf_other (n,).
    """
    for i in range(len(running)):
        n, place, d = running[i], 0, 0
        mine, theirs = own[n], other[n]
        while place >= 0:
            move = _best(tree.prior[n, place], tree.visits[n, place], tree.total[n, place], c)
            tree.path[n, d, 0], tree.path[n, d, 1] = place, move
            mine, theirs = theirs, mine | bits.bit_of(mine | theirs, move, rules)
            place, d = tree.child[n, place, move], d + 1
        tree.depth[n], leaf_own[i], leaf_other[i] = d, mine, theirs


@njit(**bits.COMPILED, **INNER)
def _best(prior, visits, total, c):
    count = 1
    for a in range(len(visits)):
        count += visits[a]
    scale, best, highest = c * math.sqrt(count), -1, -math.inf
    for a in range(len(visits)):
        if prior[a] >= 0:
            q = total[a] / visits[a] if visits[a] else 0.0
            score = q + scale * prior[a] / (1 + visits[a])
            if score > highest:
                best, highest = a, score
    return best


@njit(**bits.COMPILED)
def grow(tree, logits, legal, games):
    """Put a new place at the end of each walk: its P is the softmax over its legal moves.

    logits, legal (n, A) are those of `games` (n,). An empty tree gets its root.
    """
    for i in range(len(games)):
        n, largest, total = games[i], -math.inf, 0.0
        place = tree.size[n]
        tree.size[n] += 1
        if place > 0:
            before, move = tree.path[n, tree.depth[n] - 1]
            tree.child[n, before, move] = place
        for a in range(logits.shape[1]):
            if legal[i, a]:
                largest = max(largest, logits[i, a])
        for a in range(logits.shape[1]):
            if legal[i, a]:
                tree.prior[n, place, a] = math.exp(logits[i, a] - largest)
                total += tree.prior[n, place, a]
        for a in range(logits.shape[1]):
            if legal[i, a]:
                tree.prior[n, place, a] /= total


@njit(**bits.COMPILED)
def back_up(tree, running, worth):
    """Add the worth (n,) of each walk's end, seen by who moves there, to all moves on the way."""
    for i in range(len(running)):
        n, value = running[i], worth[i]
        for d in range(tree.depth[n] - 1, -1, -1):
            value = -value
            place, move = tree.path[n, d, 0], tree.path[n, d, 1]
            tree.visits[n, place, move] += 1
            tree.total[n, place, move] += value


@njit(**bits.COMPILED)
def play_out(own, other, rules, seeds, games, values):
    """Play to the end at random from each of N positions; values (N,) are the mean results.

    The numbers are x <- x 6364136223846793005 + 1442695040888963407 modulo 2^64 (Knuth's MMIX),
    of which bits 33 to 63 choose among the legal moves.
    """
    for n in range(len(own)):
        x, total = np.int64(seeds[n]), 0.0
        for _ in range(games):
            mine, theirs, sign = own[n], other[n], 1.0
            while True:
                if bits.has_won(theirs, rules):
                    total -= sign
                    break
                occupied, legal = mine | theirs, 0
                for move in range(bits.moves_of(rules)):
                    legal += bits.bit_of(occupied, move, rules) != 0
                if legal == 0:
                    break
                x = x * np.int64(6364136223846793005) + np.int64(1442695040888963407)
                left, move = ((x >> 33) & np.int64(0x7FFFFFFF)) % legal, -1
                while left >= 0:
                    move += 1
                    left -= bits.bit_of(occupied, move, rules) != 0
                mine, theirs = theirs, mine | bits.bit_of(occupied, move, rules)
                sign = -sign
        values[n] = total / games
