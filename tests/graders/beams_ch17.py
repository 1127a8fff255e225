"""Answers on beam search and BLEU, of chapter 17; `test_ch17.py` lists them."""

from catalogue import Right, Wrong

_SCORE = "return one[1] / ((5 + len(one[0]) - 1) / 6) ** alpha"
BEAM = [
    Wrong("greedy", "beam of 1", swap=("axis=None)[:width]", "axis=None)[:1]")),
    Wrong("no length", "The length is left out", swap=(_SCORE, "return one[1]")),
    Wrong(
        "the stop sign does not count",
        "counts in |Y|",
        swap=("len(one[0]) - 1)", "len(one[0]) - 2)"),
    ),
    Wrong("the start sign counts", "start sign", swap=("len(one[0]) - 1)", "len(one[0]))")),
    Wrong(
        "a power of the length",
        "adds 5 and divides",
        swap=("((5 + len(one[0]) - 1) / 6) ** alpha", "(len(one[0]) - 1) ** alpha"),
    ),
    Wrong(
        "the first stop sign",
        "with the first stop sign",
        swap=("        if not alive:", "        if ended or not alive:"),
    ),
    Wrong(
        "width have ended",
        "as soon as `width`",
        swap=("        if not alive:", "        if len(ended) >= width or not alive:"),
    ),
    Wrong(
        "what goes on is as good",
        "only if nothing has",
        swap=(
            ("max(ended or alive, key=score)", "max(ended + alive, key=score)"),
            ("if ended else best[0][1:]", "if best[0][-1] == stop else best[0][1:]"),
        ),
    ),
    Wrong(
        "goes on behind the stop",
        "is not continued",
        swap=(("alive = [one for one in found if one[0][-1] != stop]", "alive = found"),),
    ),
    Wrong(
        "put aside and replaced",
        "takes a place of the beam",
        swap=(
            "        for place in np.argsort(-total, axis=None)[:width]:\n",
            "        for place in np.argsort(-total, axis=None):\n"
            "            if sum(one[0][-1] != stop for one in found) == width:\n"
            "                break\n",
        ),
    ),
    Wrong(
        "the stop sign is kept",
        "neither start nor stop",
        swap=("best[0][1:-1] if ended", "best[0][1:] if ended"),
    ),
    Wrong(
        "one step too many",
        "`length` steps",
        swap=("for _ in range(length):", "for _ in range(length + 1):"),
    ),
    Wrong(
        "nothing has ended",
        "the likeliest of those that go on",
        swap=(
            "    best = max(ended or alive, key=score)\n",
            "    if not ended:\n        return np.array([], int), -np.inf\n"
            "    best = max(ended, key=score)\n",
        ),
    ),
    Wrong(
        "stop is 1",
        "stop=2",
        swap=(
            ("if one[0][-1] == stop]", "if one[0][-1] == 1]"),
            ("if one[0][-1] != stop]", "if one[0][-1] != 1]"),
        ),
    ),
    Right(
        "heaps",
        """
        import heapq


        def beam(log_p, start, stop, length, width, alpha):
            running, done = [(0.0, [])], []
            for t in range(1, length + 1):
                longer = [
                    (p + row[j], [*Y, j])
                    for p, Y in running
                    for row in [log_p[Y[-1] if Y else start]]
                    for j in range(len(row))
                ]
                best = heapq.nlargest(width, longer, key=lambda pair: pair[0])
                running = [pair for pair in best if pair[1][-1] != stop]
                for p, Y in best:
                    if Y[-1] == stop:
                        done.append((p * (6 / (5 + t)) ** alpha, Y[:-1]))
                if not running:
                    break
            if not done:
                p, Y = running[0]
                return np.array(Y), p * (6 / (5 + length)) ** alpha
            s, Y = max(done, key=lambda pair: pair[0])
            return np.array(Y, dtype=np.int64), s
    """,
    ),
    Right(
        "partition",
        swap=(
            "np.argsort(-total, axis=None)[:width]",
            "sorted(range(total.size), key=lambda i: -total.flat[i])[:width]",
        ),
    ),
]

_LENGTH = "r += min((abs(len(other) - len(words)), len(other)) for other in others)[1]"
_LAST = "return float(np.exp(min(0, 1 - r / c) + np.log(hits / total).mean()))"
BLEU = [
    Wrong(
        "not clipped",
        "not clipped",
        swap=("(grams & most).total()", "sum(c for g, c in grams.items() if g in most)"),
    ),
    Wrong("clipped by the sum", "not by their sum", swap=("most |= Counter", "most += Counter")),
    Wrong(
        "the first reference",
        "not only the first",
        swap=(
            "for other in others:\n                most",
            "for other in others[:1]:\n                most",
        ),
    ),
    Wrong(
        "a mean over sentences",
        "before anything is divided",
        """
        def bleu(translations, references):
            values = []
            for words, others in zip(translations, references):
                hits, total = np.zeros(4), np.zeros(4)
                r = min((abs(len(other) - len(words)), len(other)) for other in others)[1]
                for n in range(1, 5):
                    most = Counter()
                    for other in others:
                        most |= Counter(zip(*(other[i:] for i in range(n))))
                    grams = Counter(zip(*(words[i:] for i in range(n))))
                    hits[n - 1], total[n - 1] = (grams & most).total(), grams.total()
                if hits.all():
                    penalty = min(0, 1 - r / len(words))
                    values.append(np.exp(penalty + np.log(hits / total).mean()))
                else:
                    values.append(0.0)
            return float(np.mean(values or [0]))
    """,
    ),
    Wrong("no penalty", "penalty is missing", swap=("min(0, 1 - r / c) + ", "")),
    Wrong("a bonus", "no bonus", swap=("min(0, 1 - r / c)", "(1 - r / c)")),
    Wrong(
        "the longer of two",
        "the shorter one counts",
        swap=(
            _LENGTH,
            "r += -min((abs(len(other) - len(words)), -len(other)) for other in others)[1]",
        ),
    ),
    Wrong("the shortest", "not of the shortest", swap=(_LENGTH, "r += min(map(len, others))")),
    Wrong("c and r exchanged", "are exchanged", swap=("1 - r / c", "1 - c / max(r, 1)")),
    Wrong("the length of the first", "closest reference", swap=(_LENGTH, "r += len(others[0])")),
    Wrong(
        "an arithmetic mean",
        "geometric mean",
        swap=(_LAST, "return float(np.exp(min(0, 1 - r / c)) * (hits / total).mean())"),
    ),
    Wrong(
        "smoothed",
        "BLEU",
        swap=(
            (
                "    if not hits.all():\n        return 0.0\n",
                "    hits, total = hits + 1e-9, total + 1e-9\n    c = max(c, 1e-9)\n",
            ),
        ),
    ),
    Wrong(
        "sets of n-grams",
        "BLEU",
        swap=(
            "grams = Counter(zip(*(words[i:] for i in range(n))))",
            "grams = Counter({*zip(*(words[i:] for i in range(n)))})",
        ),
    ),
    Wrong(
        "nothing to divide by",
        "ZeroDivisionError",
        swap=(
            "    if not hits.all():\n        return 0.0\n",
            "    penalty = 1 - r / c\n    if not hits.all():\n        return 0.0\n",
        ),
    ),
    Right(
        "lists of n-grams",
        """
        def bleu(translations, references):
            c = sum(len(words) for words in translations)
            r = 0
            for words, others in zip(translations, references):
                lengths = sorted(map(len, others))
                r += min(lengths, key=lambda length: abs(length - len(words)))
            value = 1.0
            for n in range(1, 5):
                hits = total = 0
                for words, others in zip(translations, references):
                    grams = [tuple(words[i : i + n]) for i in range(len(words) - n + 1)]
                    total += len(grams)
                    for gram in set(grams):
                        most = 0
                        for other in others:
                            here = [tuple(other[i : i + n]) for i in range(len(other) - n + 1)]
                            most = max(most, here.count(gram))
                        hits += min(most, grams.count(gram))
                if not hits:
                    return 0.0
                value *= (hits / total) ** 0.25
            return value * (1.0 if c >= r else np.exp(1 - r / c))
    """,
    ),
    Right(
        "a root", swap=(_LAST, "return np.prod(hits / total) ** 0.25 * min(1.0, np.exp(1 - r / c))")
    ),
]
