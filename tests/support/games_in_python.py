"""What `minidl_course.games` compiles, in plain Python on `Board`s: slow and easy to read."""

import math

import numpy as np

from minidl_course.games import Positions, connect_four, tic_tac_toe

BOARDS = {
    "tic-tac-toe": tic_tac_toe(),
    "connect four": connect_four(),
    "3 in a row on 3 x 5": connect_four(3, 5, 3),
    "3 x 4, no falling": tic_tac_toe(3, 4, 3),
    "7 x 7": connect_four(7, 7, 4),
}


def random_boards(board, n, seed=0, over=False):
    """Boards after random moves, of all lengths; running ones alone, or those that are over too."""
    rng, found = np.random.default_rng(seed), []
    while len(found) < n:
        line = [board]
        while not line[-1].over:
            line.append(line[-1].play(int(rng.choice(line[-1].moves))))
        found.append(line[rng.integers(len(line) - (not over))])
    return found


def minimax(board, depth):
    """The value of a board without any pruning: depth + 1 - k for a win with the k-th move."""
    if board.over:
        return (depth + 1) * board.winner * board.to_move
    if depth == 0:
        return 0
    return max(-minimax(board.play(move), depth - 1) for move in board.moves)


class Place:
    """A position in a tree."""

    def __init__(self, board, logits):
        self.board, self.after = board, {}
        top = max(logits[a] for a in board.moves)
        weights = {a: math.exp(logits[a] - top) for a in board.moves}
        total = sum(weights.values())
        self.prior = {a: weight / total for a, weight in weights.items()}
        self.visits, self.total = dict.fromkeys(board.moves, 0), dict.fromkeys(board.moves, 0.0)

    def best(self, c):
        """The move that PUCT takes; of equals the first."""
        count = 1 + sum(self.visits.values())

        def score(a):
            q = self.total[a] / self.visits[a] if self.visits[a] else 0.0
            return q + c * math.sqrt(count) * self.prior[a] / (1 + self.visits[a])

        return max(self.board.moves, key=score)


def tree_search(guess, board, visits, c, noise=0.0, drawn=None):
    """The root of one game's tree, and its value.

    `drawn` (A,): gamma numbers, for the noise.
    """

    def asked(board):
        logits, values = guess(Positions(board))
        return Place(board, np.asarray(logits, np.float64)[0]), float(np.ravel(values)[0])

    root, _ = asked(board)
    if noise:
        total = sum(drawn[a] for a in board.moves)
        for a in board.moves:
            root.prior[a] = (1 - noise) * root.prior[a] + noise * drawn[a] / total
    for _ in range(visits):
        place, path = root, []
        while True:
            move = place.best(c)
            path.append((place, move))
            if move not in place.after:
                break
            place = place.after[move]
        after = place.board.play(move)
        if after.over:
            value = float(after.winner * after.to_move)
        else:
            place.after[move], value = asked(after)
        for place, move in reversed(path):
            value = -value
            place.visits[move] += 1
            place.total[move] += value
    return root, sum(root.total.values()) / visits


def play_out(board, x, games):
    """The mean result of random games, seen by who moves on `board`; x is where they begin."""
    results = []
    for _ in range(games):
        end = board
        while not end.over:
            x = (x * 6364136223846793005 + 1442695040888963407) % 2**64
            end = end.play(end.moves[(x >> 33) % len(end.moves)])
        results.append(end.winner * board.to_move)
    return sum(results) / games
