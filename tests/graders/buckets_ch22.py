"""Answers on buckets and on compression, of chapter 22; `test_ch22.py` lists them."""

from catalogue import Right, Wrong

_CLOCK = "np.cumsum(times, axis=1).max(axis=0)"
_ORDER = 'np.argsort(last, kind="stable")'
_READY = "ready[-1] = done[last[i] + 1]"

BUCKETS = [
    Wrong(
        "the first use",
        "not after the first",
        swap=("last[i] = k", "last[i] = k if last[i] < 0 else last[i]"),
    ),
    Wrong(
        "unused ones last",
        "comes before all others",
        swap=(
            ("np.full(len(sizes), -1)", "np.full(len(sizes), len(uses))"),
            (
                "    done = ",
                "    end_of_all = np.cumsum(times, axis=1).max()\n    done = ",
            ),
            (f"{_CLOCK}])", f"{_CLOCK}, [end_of_all]])"),
        ),
    ),
    Wrong("by numbers", "not by their numbers", swap=(_ORDER, "range(len(sizes))")),
    Wrong("from the end", "final first goes first", swap=(_ORDER, f"{_ORDER}[::-1]")),
    Wrong(
        "never above the limit",
        "it may hold more",
        swap=(
            ("if not is_open:", "if not is_open or loads[-1] + sizes[i] > limit:"),
            ("is_open = loads[-1] < limit", "is_open = True"),
        ),
    ),
    Wrong("more than the limit", "exactly `limit`", swap=("[-1] < limit", "[-1] <= limit")),
    Wrong("after the backward pass", "does not wait", swap=(_READY, "ready[-1] = done[-1]")),
    Wrong(
        "ready with the first",
        "not only for the first",
        swap=(
            ("ready.append(0.0)", "ready.append(done[last[i] + 1])"),
            (f"        {_READY}\n", ""),
        ),
    ),
    Wrong("many cables", "one cable", swap=("start.append(max(when, free))", "start.append(when)")),
    Wrong("no latency", "takes alpha, too", swap=("start[-1] + alpha +", "start[-1] +")),
    Wrong("rank 0 alone", "not only the first", swap=(_CLOCK, "np.cumsum(times, axis=1)[0]")),
    Wrong(
        "the mean of the ranks",
        "not the mean",
        swap=(_CLOCK, "np.cumsum(times, axis=1).mean(axis=0)"),
    ),
    Wrong(
        "waiting in each step",
        "do not wait for each other",
        swap=(_CLOCK, "np.cumsum(times.max(axis=0))"),
    ),
    Wrong("each step alone", "one after another", swap=(_CLOCK, "times.max(axis=0)")),
    Wrong(
        "the rest forgotten",
        "must have the shape",
        swap=(
            "    start, end, free = [], [], 0.0\n",
            """    start, end, free = [], [], 0.0
    if is_open:
        loads, ready = loads[:-1], ready[:-1]
""",
        ),
    ),
    Wrong(
        "buckets as floats", "must be integers", swap=("np.zeros(len(sizes), int)", "1.0 * last")
    ),
    Wrong(
        "the times alone",
        "3 results",
        swap=("return bucket, np.array(start)", "return np.array(start)"),
    ),
    Right(
        "with lists of parameters",
        """
        def plan(uses, times, sizes, limit, alpha, beta):
            uses, n = uses.tolist(), len(sizes)
            clock = times.cumsum(axis=1).max(axis=0)
            never = [i for i in range(n) if i not in uses]
            order, seen = [], set()
            for k in reversed(range(len(uses))):
                if uses[k] not in seen:
                    seen.add(uses[k])
                    order.append((uses[k], clock[k]))
            groups, rest = [], [(i, 0.0) for i in never] + order[::-1]
            while rest:
                group = [rest.pop(0)]
                while rest and sum(sizes[i] for i, _ in group) < limit:
                    group.append(rest.pop(0))
                groups.append(group)
            bucket, spans = np.zeros(n, dtype=int), []
            for number, group in enumerate(groups):
                bucket[[i for i, _ in group]] = number
                begin = max([when for _, when in group] + [end for _, end in spans])
                spans.append((begin, begin + alpha + beta * sum(sizes[i] for i, _ in group)))
            start, end = np.array(spans).T
            return bucket, start, end
        """,
    ),
    Right(
        "one number at a time",
        swap=(
            (
                "    for k, i in enumerate(uses):\n        last[i] = k\n",
                "    last[uses] = np.arange(len(uses))\n",
            ),
            (_ORDER, "sorted(range(len(sizes)), key=lambda i: (last[i], i))"),
            (
                "    for load, when in zip(loads, ready):\n        start.append(max(when, free))\n",
                "    for load, when in zip(loads, ready):\n"
                "        start.append(free if free > when else when)\n",
            ),
        ),
    ),
]

_V = "    v = v + u\n"
_PLACES = 'np.argsort(-np.abs(v), axis=1, kind="stable")[:, :k]'
_MEAN = "np.where(sent, v, 0).mean(axis=0)"

COMPRESS = [
    Wrong("no memory", "is forgotten", swap=(_V, "    v = u\n")),
    Wrong("v is kept", "no longer owed", swap=("np.where(sent, 0, v)", "v")),
    Wrong("u is kept", "u is 0, too", swap=("np.where(sent, 0, u)", "u")),
    Wrong("with their signs", "absolute values", swap=("-np.abs(v)", "-v")),
    Wrong("the largest g", "where |g| is largest", swap=("-np.abs(v)", "-np.abs(g)")),
    Wrong("the largest u", "is largest", swap=("-np.abs(v)", "-np.abs(u)")),
    Wrong("the smallest", "not the smallest", swap=("-np.abs(v)", "np.abs(v)")),
    Wrong(
        "the last of equal ones",
        "the first is taken",
        swap=(_PLACES, 'np.argsort(np.abs(v), axis=1, kind="stable")[:, ::-1][:, :k]'),
    ),
    Wrong(
        "sends u",
        "not only u",
        swap=((_MEAN, "np.where(sent, u, 0).mean(axis=0)"), ("(sent, 0, v)", "(sent, v - u, v)")),
    ),
    Wrong("the sum", "the mean is asked for", swap=(_MEAN, "np.where(sent, v, 0).sum(axis=0)")),
    Wrong("v adds up g", "not g", swap=(_V, "    v = v + g\n")),
    Wrong("v fades", "v forgets nothing", swap=(_V, "    v = m * v + u\n")),
    Wrong("no m", "m is missing", swap=("u = m * u + g", "u = u + g")),
    Wrong("a running mean", "no factor 1 - m", swap=("m * u + g", "m * u + (1 - m) * g")),
    Wrong("in place", "changes its argument", swap=("u = m * u + g", "u *= m\n    u += g")),
    Wrong(
        "argpartition",
        "raised ValueError",
        swap=(_PLACES, "np.argpartition(-np.abs(v), k - 1, axis=1)[:, :k]"),
    ),
    Wrong(
        "all that are as large",
        "is wrong",
        swap=(
            "    np.put_along_axis(sent, places, True, axis=1)\n",
            """    np.put_along_axis(sent, places, True, axis=1)
    sent = np.abs(v) >= np.where(sent, np.abs(v), np.inf).min(axis=1, keepdims=True)
""",
        ),
    ),
    Wrong(
        "the largest of all ranks",
        "is wrong",
        swap=(
            _PLACES,
            'np.argsort(-np.abs(v).sum(axis=0, keepdims=True) + 0 * v, kind="stable")[:, :k]',
        ),
    ),
    Right(
        "row by row",
        """
        def compress(g, u, v, m, k):
            u, v = m * u + g, m * u + g + v
            total = np.zeros(g.shape[1], g.dtype)
            for own_u, own_v in zip(u, v):
                size = np.abs(own_v)
                for _ in range(min(k, g.shape[1])):
                    i = size.argmax()
                    total[i] += own_v[i]
                    own_u[i] = own_v[i] = 0
                    size[i] = -1
            return total / len(g), u, v
        """,
    ),
    Right(
        "by the rank of each number",
        """
        def compress(g, u, v, m, k):
            u = u * m + g
            v = v + u
            place = np.argsort(np.argsort(-abs(v), axis=1, kind="stable"), axis=1)
            rest = place >= k
            return (v * ~rest).sum(axis=0) / g.shape[0], u * rest, v * rest
        """,
    ),
]
