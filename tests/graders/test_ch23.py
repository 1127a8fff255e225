"""Answers to the exercise of chapter 23."""

from answers_ch23 import EXPERIMENT, ORDER
from catalogue import Right, Wrong
from proving import *  # noqa: F403  the tests
from rules_ch23 import CLIP, EINSUM
from series_ch23 import TAYLOR

CHAPTER = "ch23-autograd-and-frameworks"

_RUNS = "runs = m + R[k - m, room - 1] + R[m, room]"
_DROP = '            ("drop", there),\n'
_BACK = "            *part(there, k - m, room - 1),\n"
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
    Wrong(
        "in the middle",
        "are enough",
        swap=("m = int(best[k, room])", "m = k // 2 if room > 1 else k - 1"),
    ),
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
            f"{_BACK}{_DROP}{_FRONT}",
            f"{_FRONT}{_BACK}{_DROP}",
        ),
    ),
    Wrong(
        "the runs in front are free",
        "are enough",
        swap=(_RUNS, "runs = R[k - m, room - 1] + R[m, room]"),
    ),
    Wrong(
        "always the last one",
        "are enough",
        swap=("m[runs.argmin()], runs.min()", "m[-1], runs[-1]"),
    ),
    Wrong(
        "everything kept",
        "there is room for",
        """
        def plan(n, s):
            moves = [("run", i, i + 1) for i in range(n - 1)]
            return moves + [("back", i) for i in reversed(range(n))]
        """,
    ),
    Wrong(
        "layer 0 is forgotten",
        "layer 0 has not run",
        swap=("    return part(0, n, s)", "    return part(0, n, s)[:-1]"),
    ),
    Wrong(
        "without names",
        "no move such as",
        swap=("    return part(0, n, s)", "    return [move[1:] for move in part(0, n, s)]"),
    ),
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
                behind, front = part(a + m, n - m, s - 1), part(a, m, s)
                return [["run", a, a + m], *behind, ["drop", a + m], *front]

            return part(0, n, s)
        """,
    ),
]

ANSWERS = {
    "numbers": [
        Wrong("one use of a", "one of its two uses", swap=("by_a = 15", "by_a = 9")),
        Wrong("a product", "are added, not multiplied", swap=("by_a = 15", "by_a = 54")),
        Wrong("one use of x", "b uses it, too", swap=("by_x = 36", "by_x = 30")),
        Wrong("by y", "gradient by y", swap=("by_x = 36", "by_x = 45")),
        Wrong("both upward", "y becomes smaller", swap=("along = -9", "along = 81")),
        Wrong("the other way", "not the other way round", swap=("along = -9", "along = 9")),
        Wrong("one mixed derivative", "Both mixed", swap=("bend = -30", "bend = 0")),
        Wrong("no mixed derivative", "mixed ones", swap=("bend = -30", "bend = 30")),
        Wrong("H v", "v is still to come", swap=("bend = -30", "bend = -18")),
        Wrong("the other order", "the other order", swap=("reverse = 6_000", "reverse = 102_000")),
        Wrong("one product", "this is one", swap=("forward = 102_000", "forward = 100_000")),
        Wrong("reading alone", "so does writing", swap=("traffic = 11 / 4", "traffic = 7 / 4")),
        Wrong("upside down", "upside down", swap=("traffic = 11 / 4", "traffic = 4 / 11")),
        Wrong("a name is missing", "`traffic` is not there", swap=("traffic =", "trafic =")),
        Right(
            "as floats",
            "by_a, by_x, along, bend = 15.0, 36., -9.0, -3e1\n"
            "reverse, forward, traffic = 6e3, 1.02e5, 2.75",
        ),
        Right(
            "computed",
            """
            x, y = 3, 2
            by_a, by_x = 2 * x * y + x, 2 * x * y**2 + 2 * x * y
            g = np.array([by_x, 2 * x**2 * y + x**2])
            H = np.array([[2 * y**2 + 2 * y, 4 * x * y + 2 * x], [4 * x * y + 2 * x, 2 * x**2]])
            v = np.array([1, -1])
            along, bend = g @ v, v @ H @ v
            reverse, forward = 20 * 50 + 50 * 100, 20 * 50 * 100 + 20 * 100
            traffic = np.float32(2.75)
            """,
        ),
    ],
    "order": ORDER,
    "clip": CLIP,
    "einsum": EINSUM,
    "taylor": TAYLOR,
    "chain": CHAIN,
    "experiment": EXPERIMENT,
}
