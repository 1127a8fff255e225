"""Answers on graphs and fixed points, of chapter 23; `test_ch23.py` lists them."""

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
    Wrong(
        "end has one", "comes from outside", swap=("uses, look = {end: 0}", "uses, look = {end: 1}")
    ),
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
        "the largest number comes first",
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
    Wrong(
        "lists",
        "must be an array",
        swap=("np.array(nodes), " + _USES, "nodes, [uses[i] for i in nodes]"),
    ),
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

_U = "before, u = u, dz + (u * slope) @ W.T"

EXPERIMENT = [
    Wrong(
        "one layer",
        "what z does to itself is missing",
        swap=("slope, u, change = 1 - z**2, dz, np.inf", "slope, u, change = 1 - z**2, dz, 0"),
    ),
    Wrong(
        "W not transposed",
        "In the equation W is transposed",
        swap=(_U, "before, u = u, dz + (u * slope) @ W"),
    ),
    Wrong(
        "no slope on the way", "In the equation u counts", swap=(_U, "before, u = u, dz + u @ W.T")
    ),
    Wrong("no slope at the end", "in the end, too", swap=("da = u * slope\n", "da = u\n")),
    Wrong("x for z", "dW", swap=("z.T @ da, x.T @ da", "x.T @ da, z.T @ da")),
    Wrong(
        "ten steps",
        "z is wrong",
        swap=(
            "while change > tolerance:\n        before, z",
            "for _ in range(10):\n        before, z",
        ),
    ),
    Wrong(
        "five layers back",
        "is wrong",
        swap=(
            "while change > tolerance:\n        before, u",
            "for _ in range(5):\n        before, u",
        ),
    ),
    Wrong("W grows", "above 0.9", swap=("W[:] = shrink(W)", "W[:] = shrink(1.05 * W, 0.98)")),
    Wrong("no W", "nearly 0", swap=("W[:] = shrink(W)", "W[:] = shrink(W, 0.01)")),
    Wrong("learns nothing", "the goal is 94", swap=("range(15)", "range(1)")),
    Wrong(
        "the sign",
        "the goal is 94",
        swap=("d = (p - np.eye(10)[labels[batch]])", "d = (np.eye(10)[labels[batch]] - p)"),
    ),
    Wrong("exact is not used", "is it used", swap=("W if exact else 0 * W", "W")),
    Right(
        "by linear equations",
        swap=(
            (
                "    slope, u, change = 1 - z**2, dz, np.inf\n    while change > tolerance:\n"
                f"        {_U}\n        change = np.abs(u - before).max()\n",
                "    slope = 1 - z**2\n    A = np.eye(len(W)) - slope[:, None, :] * W\n"
                "    u = np.linalg.solve(A, dz[:, :, None])[:, :, 0]\n",
            ),
            ("range(15)", "range(12)"),
        ),
    ),
    Right(
        "wider",
        swap=(("default_rng(seed), 40", "default_rng(seed), 64"), ("range(15)", "range(12)")),
    ),
]
