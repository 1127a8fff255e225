"""Answers on graphs and bounds, of chapter 23; `test_ch23.py` lists them."""

from catalogue import Right, Wrong

_USES = "np.array([uses[i] for i in nodes])"

ORDER = [
    Wrong(
        "the smallest first",
        "the largest number comes first",
        swap=(
            ("ready, nodes = dict(uses), [-end]", "ready, nodes = dict(uses), [end]"),
            ("-heapq.heappop(ready)", "heapq.heappop(ready)"),
            ("heapq.heappush(ready, -i)", "heapq.heappush(ready, i)"),
        ),
    ),
    Wrong(
        "sorted by number",
        "Numbers are only names",
        swap=(
            "    return np.array(nodes)",
            "    nodes = sorted(uses, reverse=True)\n    return np.array(nodes)",
        ),
    ),
    Wrong(
        "all nodes count",
        "Uses by nodes that do not run",
        swap=(_USES, "np.array([sum(listed.count(i) for listed in inputs) for i in nodes])"),
    ),
    Wrong(
        "a double use counts once",
        "is used twice",
        swap=(_USES, "np.array([sum(i in inputs[j] for j in nodes) for i in nodes])"),
    ),
    Wrong("end has one", "comes from outside", swap=("uses, look = {end: 0}", "uses, look = {end: 1}")),
    Wrong(
        "how many inputs",
        "is something else",
        swap=(_USES, "np.array([len(inputs[i]) for i in nodes])"),
    ),
    Wrong(
        "forward",
        "`end` comes first",
        swap=("    return np.array(nodes)", "    nodes.reverse()\n    return np.array(nodes)"),
    ),
    Wrong(
        "ready at the first report",
        "not the first of them",
        """
        def order(inputs, end):
            nodes, uses = [end], {end: 0}
            for node in nodes:
                for i in inputs[node]:
                    uses[i] = uses.get(i, 0) + 1
                    if i not in nodes:
                        nodes.append(i)
            return np.array(nodes), np.array([uses[i] for i in nodes])
        """,
    ),
    Wrong(
        "depth first",
        "of several ready ones",
        """
        def order(inputs, end):
            nodes, seen, stack = [], set(), [(end, False)]
            while stack:
                i, known = stack.pop()
                if known:
                    nodes.append(i)
                elif i not in seen:
                    seen.add(i)
                    stack += [(i, True)] + [(j, False) for j in inputs[i][::-1]]
            nodes.reverse()
            uses = dict.fromkeys(nodes, 0)
            for i in nodes:
                for j in inputs[i]:
                    uses[j] += 1
            return np.array(nodes), np.array([uses[i] for i in nodes])
        """,
    ),
    Wrong(
        "along every path",
        "runs more than once",
        """
        def order(inputs, end):
            nodes = [end]
            for node in nodes:
                nodes.extend(inputs[node])
            return np.array(nodes), np.array([nodes[1:].count(i) for i in nodes])
        """,
    ),
    Wrong(
        "recursion",
        "RecursionError",
        """
        def order(inputs, end):
            uses = {end: 0}

            def count(node):
                for i in inputs[node]:
                    new = i not in uses
                    uses[i] = uses.get(i, 0) + 1
                    if new:
                        count(i)

            count(end)
            missing, ready, nodes = dict(uses), [end], []
            while ready:
                node = max(ready)
                ready.remove(node)
                nodes.append(node)
                for i in inputs[node]:
                    missing[i] -= 1
                    if missing[i] == 0:
                        ready.append(i)
            return np.array(nodes), np.array([uses[i] for i in nodes])
        """,
    ),
    Wrong("lists", "must be an array", swap=("np.array(nodes), " + _USES, "nodes, [uses[i] for i in nodes]")),
    Right(
        "counted by users",
        """
        def order(inputs, end):
            known, look = {end}, [end]
            while look:
                new = {*inputs[look.pop()]} - known
                known |= new
                look += new
            uses = np.zeros(len(inputs), int)
            for node in known:
                np.add.at(uses, np.array(inputs[node], int), 1)
            left, ready, nodes = uses.copy(), {end}, []
            while ready:
                node = max(ready)
                ready.discard(node)
                nodes.append(node)
                for i in inputs[node]:
                    left[i] -= 1
                    if not left[i]:
                        ready.add(i)
            nodes = np.array(nodes)
            return nodes, uses[nodes]
        """,
    ),
    Right(
        "with a Counter",
        """
        def order(inputs, end):
            from collections import Counter

            listed, known = [end], {end}
            for node in listed:
                for i in inputs[node]:
                    if i not in known:
                        known.add(i)
                        listed.append(i)
            uses = Counter(i for node in listed for i in inputs[node])
            missing, ready, nodes = Counter(uses), [(-end, end)], []
            while ready:
                _, node = heapq.heappop(ready)
                nodes.append(node)
                for i in inputs[node]:
                    missing[i] -= 1
                    if not missing[i]:
                        heapq.heappush(ready, (-i, i))
            return np.asarray(nodes), np.asarray([uses[i] for i in nodes])
        """,
    ),
]

_MASKS = "masks = inside, below, ~(inside | below)"
_WHERE = "np.where(mask, dy, 0)"
_AXES = "    axes = tuple(range(new)) + tuple(new + k for k, n in enumerate(shape) if n == 1)\n"

CLIP = [
    Wrong("a product", "choose with np.where", swap=(_WHERE, "mask * dy")),
    Wrong(
        "the bounds have it",
        "Where x meets a bound",
        swap=("(low <= x) & (x <= high), (x < low)", "(low < x) & (x < high), (x <= low)"),
    ),
    Wrong(
        "turned bounds by x",
        "y is high, and so high has it",
        swap=("(x < low) & (low <= high)", "x < low"),
    ),
    Wrong(
        "low wins",
        "y is high, and so high has it",
        swap=("(x < low) & (low <= high)", "(x < low) | (low > high)"),
    ),
    Wrong("lost where turned", "there dy is lost", swap=(_MASKS, "masks = inside, below, (x > high)")),
    Wrong("not summed", "sum over what was broadcast", swap=("    return g.sum(axis=axes).reshape(shape)\n", "    return g\n")),
    Wrong(
        "new axes alone",
        "Axes of length 1",
        swap=(_AXES, "    axes = tuple(range(new))\n"),
    ),
    Wrong(
        "a mean",
        "gradients add up",
        swap=("g.sum(axis=axes).reshape(shape)", "g.mean(axis=axes).reshape(shape)"),
    ),
    Wrong(
        "the last one",
        "gradients add up",
        swap=("g.sum(axis=axes).reshape(shape)", "g[tuple(-1 if k in axes else slice(None) for k in range(g.ndim))].reshape(shape)"),
    ),
    Wrong(
        "axes of length 1 vanish",
        "shape",
        swap=("g.sum(axis=axes).reshape(shape)", "g.sum(axis=axes)"),
    ),
    Wrong(
        "by the last axes alone",
        "clip_back raised",
        swap=(_AXES, "    axes = tuple(range(g.ndim - 1)) if len(shape) < 2 else ()\n"),
    ),
    Wrong("in float64", "float64 although", swap=("np.where(mask, dy, 0)", "np.where(mask, dy, 0.0 * np.ones(1))")),
    Wrong(
        "bounds exchanged",
        "dlow",
        swap=(_MASKS, "masks = inside, ~(inside | below), below"),
    ),
    Right(
        "entry by entry",
        """
        def clip_back(dy, x, low, high):
            grads = [np.zeros(a.shape, dy.dtype) for a in (x, low, high)]
            X, A, B = np.broadcast_arrays(x, low, high)
            for place in np.ndindex(dy.shape):
                if A[place] <= X[place] <= B[place]:
                    k, a = 0, x
                elif X[place] < A[place] <= B[place]:
                    k, a = 1, low
                else:
                    k, a = 2, high
                own = place[dy.ndim - a.ndim :]
                grads[k][tuple(i if n > 1 else 0 for i, n in zip(own, a.shape))] += dy[place]
            return tuple(grads)
        """,
    ),
    Right(
        "with add.at",
        """
        def clip_back(dy, x, low, high):
            whose = np.where(x < low, 1, np.where(x <= high, 0, 2))
            whose = np.where(low > high, 2, whose)
            found = []
            for k, a in enumerate((x, low, high)):
                place = np.broadcast_to(np.arange(a.size).reshape(a.shape), dy.shape)
                g = np.zeros(a.size, dy.dtype)
                np.add.at(g, place[whose == k], dy[whose == k])
                found.append(g.reshape(a.shape))
            return found[0], found[1], found[2]
        """,
    ),
]
