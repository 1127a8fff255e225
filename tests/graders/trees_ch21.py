"""Answers on a tree of moves, and the experiment, of chapter 21; `test_ch21.py` lists them."""

from catalogue import Right, Wrong

_Q = "Q = np.where(N > 0, total[i] / np.maximum(N, 1), mean)"
_MEAN = "mean = total[i].sum() / max(N.sum(), 1)"
_SCORE = "score = Q + c * prior[i] * np.sqrt(1 + N.sum()) / (1 + N)"
_BEST = "a = int(np.where(prior[i] > 0, score, -np.inf).argmax())"
_BACK = "value if player[i] == who else -value"
_ALONE = """
def back_up(path, player, visits, total, who, value):
    visits, total = np.array(visits), np.array(total)
    if len(path):
        rows, moves = np.transpose(path)
        np.add.at(visits, (rows, moves), 1)
        np.add.at(total, (rows, moves), np.where(player[rows] == who, value, -value))
    return visits, total
"""

TREE = [
    Wrong("0 without a visit", "not as 0", swap=(_MEAN, "mean = 0.0")),
    Wrong(
        "the mean of the moves",
        "not of the moves",
        swap=(_MEAN, "mean = np.mean((total[i] / np.maximum(N, 1))[N > 0]) if N.any() else 0.0"),
    ),
    Wrong("lost without a visit", "not as lost", swap=(_MEAN, "mean = -1.0")),
    Wrong("the sum of values", "not their sum", swap=(_Q, "Q = np.where(N > 0, total[i], mean)")),
    Wrong("the sign turned again", "no sign", swap=(_SCORE, _SCORE.replace("= Q +", "= -Q +"))),
    Wrong("no 1", "there is a 1, too", swap=(_SCORE, _SCORE.replace("1 + N.sum()", "N.sum()"))),
    Wrong(
        "no root",
        "root is missing",
        swap=(_SCORE, _SCORE.replace("np.sqrt(1 + N.sum())", "(1 + N.sum())")),
    ),
    Wrong(
        "no prior",
        "P(a) is missing",
        swap=(
            _SCORE,
            "score = np.where(prior[i] > 0, Q + c * np.sqrt(1 + N.sum()) / (1 + N), -np.inf)",
        ),
    ),
    Wrong("greedy", "worth trying", swap=(_SCORE, "score = np.where(prior[i] > 0, Q, -np.inf)")),
    Wrong(
        "the last of equal ones",
        "the first one",
        swap=(
            _BEST,
            "a = prior.shape[1] - 1 - int(np.where(prior[i] > 0, score, -np.inf)[::-1].argmax())",
        ),
    ),
    Wrong("one step", "goes on as long", swap=("i = children[i, a]\n", "i = -1\n")),
    Wrong(
        "without its last move",
        "belongs to the path",
        swap=(
            "return np.array(path, int)",
            "path = path[:-1] if i < 0 else path\n    return np.array(path, int)",
        ),
    ),
    Wrong(
        "from the end",
        "begins with the root",
        swap=("np.array(path, int)", "np.array(path[::-1], int)"),
    ),
    Wrong("no shape", "shape", swap=("np.array(path, int).reshape(-1, 2)", "np.array(path, int)")),
    Wrong("as floats", "must be integers", swap=("np.array(path, int)", "np.array(path, float)")),
    Wrong(
        "always turns",
        "do not always take turns",
        swap=(
            ("    for i, a in path:", "    for k, (i, a) in enumerate(path[::-1]):"),
            (_BACK, "value if k % 2 else -value"),
        ),
    ),
    Wrong("never turns", "bad for the other", swap=(_BACK, "value")),
    Wrong("turned", "gets it as it is", swap=(_BACK, "-value if player[i] == who else value")),
    Wrong(
        "seen from the root",
        "whoever moves at the root",
        swap=(_BACK, "value if player[i] == player[path[0, 0]] else -value"),
    ),
    Wrong(
        "seen by player 0", "not by player 0", swap=(_BACK, "value if player[i] == 0 else -value")
    ),
    Wrong(
        "in place",
        "changes its argument",
        swap=("    visits, total = visits.copy(), total.copy()\n", ""),
    ),
    Wrong(
        "the last move alone",
        "not only the last",
        swap=("    for i, a in path:", "    for i, a in path[-1:]:"),
    ),
    Right(
        "by a loop over moves",
        """
        def descend(children, prior, visits, total, c):
            path, i = [], 0
            while i != -1:
                allowed = [a for a in range(prior.shape[1]) if prior[i, a]]
                if not allowed:
                    break
                count = visits[i].sum()
                value = sum(total[i, a] for a in range(len(prior[i]))) / count if count else 0
                best, move = None, None
                for a in allowed:
                    n = visits[i, a]
                    Q = total[i, a] / n if n else value
                    score = Q + c * prior[i, a] * (1 + count) ** 0.5 / (1 + n)
                    if best is None or score > best:
                        best, move = score, a
                path.append([i, move])
                i = int(children[i, move])
            return np.array(path, dtype=int).reshape(len(path), 2)

        """
        + _ALONE.replace("\n", "\n        "),
    ),
    Right(
        "all at once on the way back",
        swap=(
            """    for i, a in path:
        visits[i, a] += 1
        total[i, a] += value if player[i] == who else -value
""",
            """    rows, moves = path.T
    visits[rows, moves] += 1
    total[rows, moves] += value * (1 - 2 * (player[rows] != who))
""",
        ),
    ),
]

EXPERIMENT = [
    Wrong("learns nothing", "the goal is 475", swap=("range(60)", "range(1)")),
    Wrong(
        "the sign of the gradient",
        "the goal is 475",
        swap=("w[:, None] * (p -", "-w[:, None] * (p -"),
    ),
    Wrong(
        "the return from the beginning",
        "the goal is 475",
        swap=(
            "G = up[::-1].cumsum(axis=0)[::-1].astype(float)",
            "G = up.cumsum(axis=0).astype(float)",
        ),
    ),
    Wrong(
        "other episodes with the baseline",
        "must play the same episodes",
        swap=("1000 * seed + update,", "1000 * seed + update + 500 * baseline,"),
    ),
    Wrong(
        "no baseline", "the same: is it used?", swap=("        if baseline:", "        if False:")
    ),
    Wrong(
        "the model alone",
        "`return model, lengths`",
        swap=("return model, np.array(lengths)", "return model"),
    ),
    Wrong("an output too few", "IndexError", swap=('"tanh"), Dense(2)]', '"tanh"), Dense(1)]')),
    Wrong(
        "the flip of the first view",
        "the goal is 475",
        swap=(", view, flip)\n", ", np.eye(4), 0)\n"),
    ),
    Right("wider, and fewer updates", swap=(("Dense(32", "Dense(64"), ("range(60)", "range(50)"))),
    Right(
        "with relu and smaller steps",
        swap=(
            ('"tanh"', '"relu"'),
            ("Adam(0.01)", "Adam(0.008)"),
            ("play(model, 20, 1000", "play(model, 24, 1000"),
        ),
    ),
]
