"""Answers to the question `bpe` of chapter 18's exercise."""

from catalogue import Right, Wrong

BPE = [
    Wrong(
        "the first of equal pairs",
        "equally often",
        swap=("(-counts[pair], pair)", "-counts[pair]"),
    ),
    Wrong(
        "the largest of equal pairs",
        "equally often",
        swap=("(-counts[pair], pair)", "(-counts[pair], -pair[0], -pair[1])"),
    ),
    Wrong(
        "equal pairs by the second token",
        "equally often",
        swap=("(-counts[pair], pair)", "(-counts[pair], pair[::-1])"),
    ),
    Wrong(
        "pairs that occur once",
        "Learning ends when no pair",
        swap=("counts[best] < 2", "counts[best] < 1"),
    ),
    Wrong(
        "pairs that occur three times",
        "occurs twice is merged",
        swap=("counts[best] < 2", "counts[best] < 3"),
    ),
    Wrong(
        "counted once",
        "counted anew",
        swap=(
            (
                "ids, pairs = list(map(int, ids)), []\n",
                "ids, pairs = list(map(int, ids)), []\n    first = ids\n",
            ),
            ("range(len(ids) - 1)", "range(len(first) - 1)"),
            (
                "pair = ids[t], ids[t + 1]\n",
                (
                    "pair = first[t], first[t + 1]\n"
                    "            if pair in pairs:\n"
                    "                continue\n"
                ),
            ),
        ),
    ),
    Wrong(
        "places do not overlap",
        "Places may overlap",
        swap=(
            "        best = min(",
            (
                "        counts = {p: len(ids) - len(replaced(ids, *p, -1)) for p in "
                "counts}\n"
                "        best = min("
            ),
        ),
    ),
    Wrong(
        "new tokens from the largest", "pairs is wrong", swap=("V + len(pairs))", "max(ids) + 1)")
    ),
    Wrong("one merge too few", "pairs", swap=("len(pairs) < count", "len(pairs) < count - 1")),
    Wrong(
        "replaced from the right",
        "from left to right",
        swap=(
            "    for k, (a, b) in enumerate(pairs):\n        ids = replaced(ids, a, b, V + k)\n",
            (
                "    for k, (a, b) in enumerate(pairs):\n"
                "        ids = replaced(ids[::-1], b, a, V + k)[::-1]\n"
            ),
        ),
    ),
    Wrong(
        "the merges backwards",
        "in which they were learned",
        swap=(
            "    for k, (a, b) in enumerate(pairs):\n",
            "    for k, (a, b) in reversed(list(enumerate(pairs))):\n",
        ),
    ),
    Wrong(
        "the longest token",
        "takes the longest token",
        swap=(
            (
                "    for k, (a, b) in enumerate(pairs):\n"
                "        ids = replaced(ids, a, b, V + k)\n"
                "    return np.array(ids, np.int64)"
            ),
            (
                "    words = [decode([V + k], V, pairs).tolist() for k in range(len(pairs))]\n"
                "    found = []\n"
                "    while ids:\n"
                "        fits = [(len(w), -k) for k, w in enumerate(words) if ids[: len(w)] == w]\n"
                "        length, k = max(fits, default=(1, None))\n"
                "        found.append(ids[0] if k is None else V - k)\n"
                "        ids = ids[length:]\n"
                "    return np.array(found, np.int64)"
            ),
        ),
    ),
    Wrong(
        "one level",
        "undo those, too",
        swap=("for k in reversed(range(len(pairs))):", "for k in range(len(pairs)):"),
    ),
    Wrong(
        "one pass",
        "undo those, too",
        swap=(
            "    for k in reversed(range(len(pairs))):\n"
            "        ids = [c for i in ids for c in (pairs[k] if i == V + k else [i])]\n",
            "    ids = [c for i in ids for c in (pairs[i - V] if i >= V else [i])]\n",
        ),
    ),
    Wrong(
        "used twice",
        "is used up",
        swap=(
            "        t += 2 if here else 1\n    return found",
            "        t += 1\n    return found",
        ),
    ),
    Wrong(
        "a list",
        "yours is a list: return np.array(...)",
        swap=("return np.array(pairs, np.int64).reshape(-1, 2)", "return pairs"),
    ),
    Wrong(
        "floats",
        "must be integers",
        swap=("return np.array(pairs, np.int64)", "return np.array(pairs, float)"),
    ),
    Right(
        "with NumPy, and by the rank of pairs",
        """
        def learn(ids, V, count):
            ids, pairs = np.array(ids, int), np.zeros((0, 2), int)
            for k in range(count):
                if len(ids) < 2:
                    break
                both = np.stack([ids[:-1], ids[1:]], 1)
                kinds, counts = np.unique(both, axis=0, return_counts=True)
                if counts.max() < 2:
                    break
                pairs = np.vstack([pairs, kinds[counts.argmax()]])
                ids = encode_one(ids, pairs[-1], V + k)
            return pairs

        def encode_one(ids, pair, new):
            out = []
            for i in ids.tolist():
                if out and out[-1] == pair[0] and i == pair[1]:
                    out[-1] = new
                else:
                    out.append(i)
            return np.array(out, int)

        def encode(ids, V, pairs):
            rank = {(int(a), int(b)): k for k, (a, b) in enumerate(pairs)}
            ids = np.array(ids, int)
            while True:
                there = {rank[p] for p in zip(ids.tolist(), ids.tolist()[1:]) if p in rank}
                if not there:
                    return ids
                ids = encode_one(ids, pairs[min(there)], V + min(there))

        def decode(tokens, V, pairs):
            def letters(i):
                return [i] if i < V else [c for j in pairs[i - V] for c in letters(int(j))]

            return np.array([c for i in tokens for c in letters(int(i))], int)
        """,
    ),
    Right(
        "a Counter and a table of words",
        swap=(
            (
                (
                    "        counts = {}\n"
                    "        for t in range(len(ids) - 1):\n"
                    "            pair = ids[t], ids[t + 1]\n"
                    "            counts[pair] = counts.get(pair, 0) + 1\n"
                ),
                (
                    "        from collections import Counter\n"
                    "\n"
                    "        counts = Counter(zip(ids, ids[1:]))\n"
                ),
            ),
            (
                (
                    "    for k in reversed(range(len(pairs))):\n"
                    "        ids = [c for i in ids for c in (pairs[k] if i == V + k else [i])]\n"
                ),
                (
                    "    words = [[i] for i in range(V)]\n"
                    "    for a, b in pairs:\n"
                    "        words.append(words[a] + words[b])\n"
                    "    ids = sum((words[i] for i in ids), [])\n"
                ),
            ),
        ),
    ),
]
