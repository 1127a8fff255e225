"""Answers on the likeliest path and on the search, of chapter 19; `test_ch19.py` lists them."""

from catalogue import Right, Wrong

_WAYS = "ways[2, 2:] = np.where((c[2:] > 0) & (c[2:] != c[:-2]), best[:-2], -np.inf)"
_END = "s = S - 1 if S == 1 or best[-1] >= best[-2] else S - 2"
ALIGN = [
    Wrong(
        "greedy",
        "and not as",
        """
        def align(log_p, y):
            path = log_p.argmax(axis=1)
            return path, log_p.max(axis=1).sum()
        """,
    ),
    Wrong("no blank left out", "leave out the blank", swap=(_WAYS, "pass")),
    Wrong("equal labels, too", "and not as", swap=(" & (c[2:] != c[:-2])", "")),
    Wrong("labels left out", "and not as", swap=(_WAYS, "ways[2, 2:] = best[:-2]")),
    Wrong("the last label alone", "blank behind it", swap=(_END, "s = max(S - 2, 0)")),
    Wrong("the last blank alone", "the score is -inf", swap=(_END, "s = S - 1")),
    Wrong(
        "begins with the blank",
        "the score is -inf",
        swap=("best[:2] = log_p[0, c[:2]]", "best[0] = log_p[0, 0]"),
    ),
    Wrong(
        "the sum over all paths",
        "sum over all paths",
        swap=(
            "best = ways.max(axis=0) + log_p[t, c]",
            "best = np.logaddexp.reduce(ways, axis=0) + log_p[t, c]",
        ),
    ),
    Wrong(
        "the nearest neighbour",
        "and not as",
        swap=("path[t] = c[s]\n        s -= came[t, s]", "s -= came[t, s]\n        path[t] = c[s]"),
    ),
    Wrong(
        "the walk begins elsewhere",
        "and not as",
        swap=(
            "score, path = best[s], np.zeros(T, int)",
            "score, path = best[s], np.zeros(T, int)\n    s = S - 1",
        ),
    ),
    Wrong(
        "a mean",
        "not the mean over",
        swap=("score, path = best[s], np", "score, path = best[s] / T, np"),
    ),
    Wrong(
        "the ends added up",
        "not their sum",
        swap=("score, path = best[s], np", "score, path = np.logaddexp.reduce(best[-2:]), np"),
    ),
    Wrong(
        "an array for the score",
        "yours has the shape (1,)",
        swap=("return path, score", "return path, np.array([score])"),
    ),
    Wrong("exchanged", "in this order", swap=("return path, score", "return score, path")),
    Wrong("places, not classes", "and not as", swap=("path[t] = c[s]", "path[t] = s")),
    Wrong("floats", "float64", swap=("np.zeros(T, int)\n    for", "np.zeros(T)\n    for")),
    Wrong(
        "probabilities",
        "score is inf",
        swap=(("best[:2] = log_p", "log_p = np.log(np.exp(log_p) + 1e-30)\n    best[:2] = log_p"),),
    ),
    Wrong(
        "-1e9 for never",
        "far below 0",
        swap=(
            ("np.full(S, -np.inf)", "np.full(S, -1e9)"),
            ("np.full((3, S), -np.inf)", "np.full((3, S), -1e9)"),
            ("best[:-2], -np.inf)", "best[:-2], -1e9)"),
        ),
    ),
    Right(
        "a table and loops",
        """
        def align(log_p, y):
            c = [0]
            for label in y:
                c += [int(label), 0]
            T, S = len(log_p), len(c)
            best = np.full((T, S), -np.inf)
            came = {}
            for s in range(min(2, S)):
                best[0, s] = log_p[0, c[s]]
            for t in range(1, T):
                for s in range(S):
                    before = [s, s - 1] if s else [s]
                    if s > 1 and c[s] and c[s] != c[s - 2]:
                        before.append(s - 2)
                    k = max(before, key=lambda k: best[t - 1, k])
                    came[t, s] = k
                    best[t, s] = best[t - 1, k] + log_p[t, c[s]]
            s = max(range(max(0, S - 2), S), key=lambda k: best[T - 1, k])
            score, path = float(best[T - 1, s]), []
            for t in range(T - 1, -1, -1):
                path.append(c[s])
                s = came.get((t, s))
            return np.array(path[::-1]), score
        """,
    ),
    Right(
        "with the paths carried along",
        """
        def align(log_p, y):
            c = np.zeros(2 * len(y) + 1, dtype=int)
            c[1::2] = y
            alive = {s: (log_p[0, c[s]], (int(c[s]),)) for s in range(min(2, len(c)))}
            for e in log_p[1:]:
                new = {}
                for s, (p, path) in alive.items():
                    for to in (s, s + 1, s + 2):
                        if to >= len(c) or (to == s + 2 and (c[to] == 0 or c[to] == c[s])):
                            continue
                        q = p + e[c[to]]
                        if to not in new or q > new[to][0]:
                            new[to] = q, (*path, int(c[to]))
                alive = new
            score, path = max(v for s, v in alive.items() if s >= len(c) - 2)
            return np.array(path), score
        """,
    ),
]

_ADD = "new[longer] = np.logaddexp(new.get(longer, -np.inf), p + e)"
_KEPT = "kept = {Y: new[Y] for Y in sorted(new, key=score, reverse=True)[:width]}"
_KNOWN = "known[longer] = known[Y] + weight * log_q[before, c] + bonus"
BEAM = [
    Wrong(
        "the likeliest way",
        "are added up",
        swap=(_ADD, "new[longer] = max(new.get(longer, -np.inf), p + e)"),
    ),
    Wrong(
        "merged as in CTC",
        "Nothing is merged here",
        swap=("longer = (*Y, c) if c else Y", "longer = (*Y, c) if c and Y[-1:] != (c,) else Y"),
    ),
    Wrong(
        "no first label",
        "row 0 of log_q",
        swap=(
            _KNOWN,
            _KNOWN.replace("log_q[before, c]", "(log_q[before, c] if Y else 0)"),
        ),
    ),
    Wrong("transposed", "j after i", swap=("log_q[before, c]", "log_q[c, before]")),
    Wrong(
        "kept by log P",
        "decided by s",
        swap=(_KEPT, "kept = {Y: new[Y] for Y in sorted(new, key=new.get, reverse=True)[:width]}"),
    ),
    Wrong(
        "the largest log P at the end",
        "At the end",
        swap=("best = max(kept, key=score)", "best = max(kept, key=kept.get)"),
    ),
    Wrong(
        "log P comes back",
        "It is log P",
        swap=("return np.array(best, int), score(best)", "return np.array(best, int), kept[best]"),
    ),
    Wrong("P for log P", "so log P = 0", swap=("    kept = {(): 0.0}", "    kept = {(): 1.0}")),
    Wrong("always the start", "not always 0", swap=("before = Y[-1] if Y else 0", "before = 0")),
    Wrong("no lambda", "lambda is missing", swap=("weight * log_q", "log_q")),
    Wrong("no bonus", "bonus is missing", swap=("log_q[before, c] + bonus", "log_q[before, c]")),
    Wrong(
        "a cost", "bonus is added", swap=("log_q[before, c] + bonus", "log_q[before, c] - bonus")
    ),
    Wrong("greedy", "beam of 1", swap=("reverse=True)[:width]", "reverse=True)[:1]")),
    Wrong(
        "everything is kept",
        "wider than `width`",
        swap=("reverse=True)[:width]", "reverse=True)[:3000]"),
    ),
    Wrong("floats", "say `dtype=int`", swap=("np.array(best, int)", "np.array(best)")),
    Wrong(
        "the smallest numbers first",
        "turned round",
        swap=("np.array(best, int)", "np.array(best[::-1], int)"),
    ),
    Wrong(
        "exchanged",
        "in this order",
        swap=("return np.array(best, int), score(best)", "return score(best), np.array(best, int)"),
    ),
    Right(
        "lists",
        """
        def beam(log_p, log_q, weight, bonus, width):
            running = [((), 0.0, 0.0)]
            for row in log_p:
                table = {}
                for Y, p, told in running:
                    for c in range(len(row)):
                        if c == 0:
                            key, said = Y, told
                        else:
                            key = Y + (c,)
                            said = told + weight * log_q[Y[-1] if Y else 0][c] + bonus
                        old = table.get(key, (-np.inf, 0.0))[0]
                        table[key] = np.logaddexp(old, p + row[c]), said
                running = [(Y, p, told) for Y, (p, told) in table.items()]
                running.sort(key=lambda one: -(one[1] + one[2]))
                del running[width:]
            Y, p, told = running[0]
            return np.array(Y, dtype=np.int64), p + told
        """,
    ),
    Right(
        "the model anew each time",
        """
        import heapq


        def beam(log_p, log_q, weight, bonus, width):
            def told(Y):
                chain = (0,) + Y
                return sum(weight * log_q[i, j] + bonus for i, j in zip(chain, chain[1:]))

            alive = {(): 0.0}
            for e in log_p:
                grown = {}
                for Y, p in alive.items():
                    for c in range(len(e)):
                        grown.setdefault(Y + (c,) * (c > 0), []).append(p + e[c])
                grown = {Y: np.logaddexp.reduce(p) for Y, p in grown.items()}
                alive = {
                    Y: grown[Y]
                    for Y in heapq.nlargest(width, grown, key=lambda Y: grown[Y] + told(Y))
                }
            scores = {Y: p + told(Y) for Y, p in alive.items()}
            Y = max(scores, key=scores.get)
            return np.asarray(Y, int), scores[Y]
        """,
    ),
]
