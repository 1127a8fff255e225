"""Answers on plans and fixed points, of chapter 23; `test_ch23.py` lists them."""

from catalogue import Right, Wrong

_RUNS = "runs = m + R[k - m, room - 1] + R[m, room]"
_DROP = '            ("drop", there),\n'
_FRONT = "            *part(first, m, room),\n"

CHAIN = [
    Wrong(
        "from the beginning each time",
        "keep some on the way",
        """
        def plan(n, s):
            moves = []
            for i in reversed(range(n)):
                moves += [("run", 0, i), ("back", i), ("drop", i)] if i else [("back", 0)]
            return moves
        """,
    ),
    Wrong(
        "equal distances",
        "what equal distances cost",
        """
        def plan(n, s):
            marks = sorted({round(i * n / s) for i in range(s)})
            moves = [("run", a, b) for a, b in zip(marks, marks[1:])]
            for a, b in zip(marks[::-1], [n, *marks[:0:-1]]):
                for i in reversed(range(a, b)):
                    moves += [("run", a, i), ("back", i), ("drop", i)] if i > a else [("back", a)]
                moves += [("drop", a)] if a else []
            return moves
        """,
    ),
    Wrong("in the middle", "are enough", swap=("m = int(best[k, room])", "m = k // 2 if room > 1 else k - 1")),
    Wrong("never dropped", "there is room for", swap=(_DROP, "")),
    Wrong(
        "as much room behind",
        "there is room for",
        swap=(
            ("R[k - m, room - 1]", "R[k - m, room]"),
            ("*part(there, k - m, room - 1)", "*part(there, k - m, room)"),
        ),
    ),
    Wrong(
        "less room in front",
        "are enough",
        swap=(_FRONT, "            *part(first, m, max(room - 1, 1)),\n"),
    ),
    Wrong(
        "the front first",
        "is the next to run backward",
        swap=(
            '            *part(there, k - m, room - 1),\n            ("drop", there),\n            *part(first, m, room),\n',
            '            *part(first, m, room),\n            *part(there, k - m, room - 1),\n            ("drop", there),\n',
        ),
    ),
    Wrong("the runs in front are free", "are enough", swap=(_RUNS, "runs = R[k - m, room - 1] + R[m, room]")),
    Wrong(
        "always the last one",
        "are enough",
        swap=("m[runs.argmin()], runs.min()", "m[-1], runs[-1]"),
    ),
    Wrong("everything kept", "there is room for", """
        def plan(n, s):
            return [("run", i, i + 1) for i in range(n - 1)] + [("back", i) for i in reversed(range(n))]
        """),
    Wrong("layer 0 is forgotten", "layer 0 has not run", swap=("    return part(0, n, s)", "    return part(0, n, s)[:-1]")),
    Wrong("without names", "no move such as", swap=("    return part(0, n, s)", "    return [move[1:] for move in part(0, n, s)]")),
    Right(
        "with a cache",
        """
        def plan(n, s):
            import functools

            @functools.lru_cache(maxsize=None)
            def best(n, s):
                if n == 1:
                    return 0, 0
                if s == 0:
                    return 10**9, 0
                return min((m + best(n - m, s - 1)[0] + best(m, s)[0], m) for m in range(1, n))

            moves, todo = [], [("part", 0, n, s)]
            while todo:
                name, first, *rest = todo.pop()
                if name != "part":
                    moves.append((name, first))
                elif rest[0] == 1:
                    moves.append(("back", first))
                else:
                    k, room = rest
                    m = best(k, room)[1]
                    moves.append(("run", first, first + m))
                    todo.append(("part", first, m, room))
                    todo.append(("drop", first + m))
                    todo.append(("part", first + m, k - m, room - 1))
            return moves
        """,
    ),
    Right(
        "by binomials",
        """
        def plan(n, s):
            from math import comb

            def reach(s, t):
                return comb(s + t, s) if s >= 0 and t >= 0 else 0

            def part(a, n, s):
                if n == 1:
                    return [["back", a]]
                t = 0
                while reach(s, t) < n:
                    t += 1
                m = max(1, min(reach(s, t - 1), n - reach(s - 1, t - 1)))
                return [["run", a, a + m], *part(a + m, n - m, s - 1), ["drop", a + m], *part(a, m, s)]

            return part(0, n, s)
        """,
    ),
]

_U = "before, u = u, dz + (u * slope) @ W.T"

EXPERIMENT = [
    Wrong("one layer", "dx is wrong", swap=("slope, u, change = 1 - z**2, dz, np.inf", "slope, u, change = 1 - z**2, dz, 0")),
    Wrong("W not transposed", "dx is wrong", swap=(_U, "before, u = u, dz + (u * slope) @ W")),
    Wrong("no slope on the way", "dx is wrong", swap=(_U, "before, u = u, dz + u @ W.T")),
    Wrong("no slope at the end", "dx is wrong", swap=("da = u * slope\n", "da = u\n")),
    Wrong("x for z", "dW", swap=("z.T @ da, x.T @ da", "x.T @ da, z.T @ da")),
    Wrong("ten steps", "z is wrong", swap=("while change > tolerance:\n        before, z", "for _ in range(10):\n        before, z")),
    Wrong("five layers back", "is wrong", swap=("while change > tolerance:\n        before, u", "for _ in range(5):\n        before, u")),
    Wrong("W grows", "above 0.9", swap=("W[:] = shrink(W)", "W[:] = shrink(1.05 * W, 0.98)")),
    Wrong("no W", "nearly 0", swap=("W[:] = shrink(W)", "W[:] = shrink(W, 0.01)")),
    Wrong("learns nothing", "the goal is 94", swap=("range(15)", "range(1)")),
    Wrong("the sign", "the goal is 94", swap=("d = (p - np.eye(10)[labels[batch]])", "d = (np.eye(10)[labels[batch]] - p)")),
    Wrong("exact is not used", "is it used", swap=("W if exact else 0 * W", "W")),
    Right(
        "by linear equations",
        swap=(
            (
                "    slope, u, change = 1 - z**2, dz, np.inf\n    while change > tolerance:\n        "
                + _U
                + "\n        change = np.abs(u - before).max()\n",
                "    slope = 1 - z**2\n    A = np.eye(len(W)) - slope[:, None, :] * W\n"
                "    u = np.linalg.solve(A, dz[:, :, None])[:, :, 0]\n",
            ),
            ("range(15)", "range(12)"),
        ),
    ),
    Right("wider", swap=(("default_rng(seed), 40", "default_rng(seed), 64"), ("range(15)", "range(12)"))),
]
