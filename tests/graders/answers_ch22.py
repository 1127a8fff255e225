"""Answers on an all-reduce and on shares of a batch, of chapter 22; `test_ch22.py` lists them."""

from catalogue import Right, Wrong

_EDGE = "total, edge = x.copy(), len(x) * np.arange(p + 1) // p"
_GIVE = "got = yield rank ^ d, total[edge[other[0]] : edge[other[1]]]"
_BACK = "got = yield rank ^ d, total[edge[low] : edge[high]]"
_KEEP = "total[edge[start] : edge[start + d]] = got"

HALVING = [
    Wrong(
        "round the ring",
        "deadlock in round 0",
        swap=((_GIVE, _GIVE.replace("rank ^ d", "(rank + 1) % p")),),
    ),
    Wrong(
        "the nearest first",
        "away, and go back",
        swap=(
            (_GIVE, _GIVE.replace("^ d", "^ (p // 2 // d)")),
            (_BACK, _BACK.replace("^ d", "^ (p // 2 // d)")),
        ),
    ),
    Wrong(
        "whole arrays, each way once",
        "half of the rounds",
        """
        def halving(rank, p, x):
            total, d = x.copy(), p // 2
            while d:
                got = yield rank ^ d, total
                total, d = total + got, d // 2
            return total
        """,
    ),
    Wrong(
        "whole arrays",
        "It is the whole array",
        swap=(
            (_GIVE, "got = yield rank ^ d, total"),
            ("] += got", "] += got[edge[low] : edge[high]]"),
            (_BACK, "got = yield rank ^ d, total"),
            (_KEEP, _KEEP + "[edge[start] : edge[start + d]]"),
        ),
    ),
    Wrong(
        "sends what it keeps",
        "what rank 0 returns is wrong",
        swap=(_GIVE, _GIVE.replace("other", "mine")),
    ),
    Wrong(
        "pieces rounded up",
        "all are rounded up",
        swap=(
            _EDGE,
            "total, edge = x.copy(), np.minimum(-(-len(x) // p) * np.arange(p + 1), len(x))",
        ),
    ),
    Wrong(
        "the longer pieces first",
        "np.array_split puts",
        swap=(
            _EDGE,
            """total = x.copy()
    edge = np.cumsum([0, *(len(a) for a in np.array_split(x, p))])""",
        ),
    ),
    Wrong("no way back", "half of the rounds", swap=("while d < p:", "while d < 0:")),
    Wrong("replaced", "Halving: add", swap=("+= got", "= got")),
    Wrong("added twice", "is a sum already", swap=(_KEEP, _KEEP.replace("= got", "+= got"))),
    Wrong("nothing kept", "does not keep", swap=(_KEEP, "pass")),
    Wrong("in place", "changes its argument", swap=("x.copy()", "x")),
    Wrong("nothing returned", "is None", swap=("    return total", "    total.sum()")),
    Wrong(
        "the mean",
        "what rank 0 returns is wrong",
        swap=("    return total", "    return total / p"),
    ),
    Right(
        "with a list of pieces",
        """
        def halving(rank, p, x):
            edge = [len(x) * i // p for i in range(p + 1)]
            pieces = [x[a:b] for a, b in zip(edge, edge[1:])]
            ready, d = [*range(p)], p // 2
            while d:
                give = [i for i in ready if i & d != rank & d]
                ready = [i for i in ready if i & d == rank & d]
                got = yield rank ^ d, np.concatenate([pieces[i] for i in give])
                for i in ready:
                    part, got = got[: len(pieces[i])], got[len(pieces[i]) :]
                    pieces[i] = pieces[i] + part
                d //= 2
            for d in (2**j for j in range(p.bit_length() - 1)):
                got = yield rank ^ d, np.concatenate([pieces[i] for i in ready])
                for i in [i ^ d for i in ready]:
                    pieces[i], got = got[: len(pieces[i])], got[len(pieces[i]) :]
                    ready.append(i)
                ready.sort()
            return np.concatenate(pieces)
        """,
    ),
    Right(
        "calls itself",
        """
        def halving(rank, p, x):
            total, n = np.array(x), len(x)

            def care(low, high):
                if high - low > 1:
                    d, middle = (high - low) // 2, (high + low) // 2
                    first, cut, last = n * low // p, n * middle // p, n * high // p
                    parts = slice(first, cut), slice(cut, last)
                    mine, other = parts if rank < middle else parts[::-1]
                    got = yield rank ^ d, total[other]
                    total[mine] += got
                    yield from care(low, middle) if rank < middle else care(middle, high)
                    got = yield rank ^ d, total[mine]
                    total[other] = got

            yield from care(0, p)
            return total
        """,
    ),
]

_PARTS = "parts = b // p + (np.arange(p) < b % p)"
_RANKS = "ranks.append(np.repeat(np.arange(p), parts))"
_FACTOR = "factors.append(p * parts / b)"
_STEP = "np.arange(N) // B"
_MEAN = "np.where(factor[:, None] > 0, factor[:, None] * g, 0).mean(axis=0)"

SHARE = [
    Wrong(
        "the last ranks have more",
        "come first",
        swap=(_PARTS, "parts = b // p + (np.arange(p) >= p - b % p)"),
    ),
    Wrong("like cards", "dealt out like cards", swap=(_RANKS, "ranks.append(np.arange(b) % p)")),
    Wrong(
        "rounded up",
        "parts are rounded up",
        swap=(_PARTS, "parts = np.bincount(np.arange(b) // -(-b // p), minlength=p)"),
    ),
    Wrong(
        "the last one gets the rest",
        "What is left over",
        swap=(_PARTS, "parts = b // p + b % p * (np.arange(p) == p - 1)"),
    ),
    Wrong(
        "the last batch dropped",
        "last batch counts",
        swap=(("range(0, N, B)", "range(0, N - B + 1, B)"), (_STEP, "np.arange(N // B * B) // B")),
    ),
    Wrong("dealt to steps", "neighbours in the order", swap=(_STEP, "np.arange(N) % len(factors)")),
    Wrong(
        "the epoch divided",
        "not the whole epoch",
        swap=("np.concatenate(ranks)", "np.arange(N) * p // N"),
    ),
    Wrong("all alike", "All ranks count alike", swap=(_FACTOR, "factors.append(np.ones(p))")),
    Wrong(
        "all with samples alike",
        "that have samples count alike",
        swap=(_FACTOR, "factors.append((parts > 0) * 1.0)"),
    ),
    Wrong("without p", "divides by p once more", swap=(_FACTOR, "factors.append(parts / b)")),
    Wrong(
        "busy ranks",
        "whether or not",
        swap=(_FACTOR, "factors.append((parts > 0).sum() * parts / b)"),
    ),
    Wrong("a full batch", "that it has", swap=(_FACTOR, "factors.append(p * parts / B)")),
    Wrong(
        "turned round",
        "not less",
        swap=(
            _FACTOR,
            "factors.append(np.divide(b, p * parts, out=np.zeros(p), where=parts > 0))",
        ),
    ),
    Wrong("steps as floats", "must be integers", swap=(_STEP, "np.floor(np.arange(N) / B)")),
    Wrong("times nan", "0 * nan is nan", swap=(_MEAN, "(factor[:, None] * g).mean(axis=0)")),
    Wrong(
        "no factors",
        "factors are missing",
        swap=(_MEAN, "np.where(factor[:, None] > 0, g, 0).mean(axis=0)"),
    ),
    Wrong("the sum", "there is a p below", swap=(_MEAN, _MEAN.replace("mean", "sum"))),
    Wrong(
        "the mean of busy ranks",
        "Below is p",
        swap=(_MEAN, "(factor[factor > 0, None] * g[factor > 0]).mean(axis=0)"),
    ),
    Right(
        "with array_split",
        """
        def share(N, B, p):
            batches = np.split(np.arange(N), range(B, N, B))
            step, rank = np.zeros(N, int), np.zeros(N, int)
            factor = np.zeros((len(batches), p))
            for s, batch in enumerate(batches):
                step[batch] = s
                for r, own in enumerate(np.array_split(batch, p)):
                    rank[own] = r
                    factor[s, r] = len(own) / (len(batch) / p)
            return step, rank, factor


        def combine(g, factor):
            busy = factor > 0
            return factor[busy] @ g[busy] / len(g)
        """,
    ),
    Right(
        "place by place",
        """
        def share(N, B, p):
            step = np.arange(N) // B
            b = np.minimum(B, N - B * np.arange(step[-1] + 1))
            size, rest = b // p, b % p
            i, s, long = np.arange(N) % B, size[step], rest[step]
            late = long + (i - long * (s + 1)) // np.maximum(s, 1)
            rank = np.where(i < long * (s + 1), i // (s + 1), late)
            parts = size[:, None] + (np.arange(p) < rest[:, None])
            return step, rank, parts * (p / b)[:, None]


        def combine(g, factor):
            rows = [f * row for f, row in zip(factor, g) if f]
            return sum(rows) / len(g)
        """,
    ),
]
