"""Answers on rules for gradients, of chapter 23; `test_ch23.py` lists them."""

from catalogue import Right, Wrong

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
    Wrong(
        "lost where turned", "so high has it", swap=(_MASKS, "masks = inside, below, (x > high)")
    ),
    Wrong(
        "not summed",
        "sum over what was broadcast",
        swap=("    return g.sum(axis=axes).reshape(shape)\n", "    return g\n"),
    ),
    Wrong(
        "new axes alone",
        "Axes of length 1",
        swap=((_AXES, "    axes = tuple(range(new))\n"), (".reshape(shape)", "")),
    ),
    Wrong(
        "a mean",
        "gradients add up",
        swap=("g.sum(axis=axes).reshape(shape)", "g.mean(axis=axes).reshape(shape)"),
    ),
    Wrong(
        "the last one",
        "gradients add up",
        """
        def clip_back(dy, x, low, high):
            whose = np.where(low > high, 2, np.where(x < low, 1, np.where(x <= high, 0, 2)))
            found = []
            for k, a in enumerate((x, low, high)):
                place = np.broadcast_to(np.arange(a.size).reshape(a.shape), dy.shape)
                g = np.zeros(a.size, dy.dtype)
                g[place[whose == k]] += dy[whose == k]
                found.append(g.reshape(a.shape))
            return tuple(found)
        """,
    ),
    Wrong(
        "axes of length 1 vanish",
        "shape",
        swap=("g.sum(axis=axes).reshape(shape)", "g.sum(axis=axes)"),
    ),
    Wrong(
        "an axis of length 0",
        "cannot reshape array of size 0",
        swap=("if n == 1)", "if n == 1 and g.shape[new + k] > 1)"),
    ),
    Wrong(
        "by the last axes alone",
        "clip_back raised",
        swap=(_AXES, "    axes = tuple(range(g.ndim - 1)) if len(shape) < 2 else ()\n"),
    ),
    Wrong(
        "in float64",
        "float64 although",
        swap=("np.where(mask, dy, 0)", "np.where(mask, dy, 0.0 * np.ones(1))"),
    ),
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
_ONES = """        for letter, size in dict(zip(name, array.shape)).items():
            if not any(letter in n for n in letters):
                others.append(np.ones(size, dy.dtype))
                letters.append(letter)
"""
_OTHERS = "others = [a for i, a in enumerate(arrays) if i != k]"
_LETTERS = "letters = [out] + [n for i, n in enumerate(names) if i != k]"
_WRITTEN = 'np.einsum(f"{name}->{once}", dx)[...]'
_BESIDE = """[n if name.index(c) == j else 1 for j, (c, n) in enumerate(zip(name, dx.shape))]
        dx[...] = part.reshape(shape)"""
EINSUM = [
    Wrong("no ones", "never appeared", swap=(_ONES, "")),
    Wrong(
        "a share of the sum",
        "not a share of it",
        swap=("np.ones(size, dy.dtype)", "np.full(size, 1 / size, dy.dtype)"),
    ),
    Wrong(
        "beside the diagonal",
        "everything beside it has the gradient 0",
        swap=(
            (_WRITTEN, "part"),
            ("        grads.append(dx)", f"        shape = {_BESIDE}\n        grads.append(dx)"),
        ),
    ),
    Wrong(
        "told apart by letters",
        "Operands with the same letters",
        swap=(
            (_OTHERS, "others = [a for a, n in zip(arrays, names) if n != name]"),
            (_LETTERS, "letters = [out] + [n for n in names if n != name]"),
        ),
    ),
    Wrong(
        "without dy",
        "dy is missing",
        swap=('->{once}", dy, *others', '->{once}", np.ones_like(dy), *others'),
    ),
    Wrong(
        "without the others",
        "The other operands are missing",
        swap=(_OTHERS, "others = [np.ones_like(a) for i, a in enumerate(arrays) if i != k]"),
    ),
    Wrong(
        "two operands at most",
        "d0",
        swap=(
            (_OTHERS, "others = [arrays[1 - k]] if len(arrays) > 1 else []"),
            (_LETTERS, "letters = [out, names[1 - k]] if len(arrays) > 1 else [out]"),
        ),
    ),
    Wrong(
        "letters in their order in the alphabet",
        "einsum_back raised",
        swap=('->{once}", dy, *others', "->{''.join(sorted(once))}\", dy, *others"),
    ),
    Wrong("in reverse", "d0", swap=("return grads", "return grads[::-1]")),
    Wrong(
        "one array",
        "a list of 1 is needed",
        swap=("return grads", "return grads if len(grads) > 1 else grads[0]"),
    ),
    Wrong(
        "in float64",
        "float64 although",
        swap=("dx = np.zeros_like(array)", "dx = np.zeros(array.shape)"),
    ),
    Wrong(
        "a matrix product alone",
        "einsum_back raised",
        """
        def einsum_back(text, dy, arrays):
            a, b = arrays
            return [dy @ b.T, a.T @ dy]
        """,
    ),
    Right(
        "new letters for the diagonal",
        """
        def einsum_back(text, dy, arrays):
            left, out = text.split("->")
            names = left.split(",")
            found = []
            for k, array in enumerate(arrays):
                own, parts, letters = "", [dy], [out]
                for i, name in enumerate(names):
                    if i != k:
                        parts.append(arrays[i])
                        letters.append(name)
                for j, letter in enumerate(names[k]):  # each place gets a letter of its own
                    new = chr(ord("A") + j)
                    own += new
                    if not any(letter in n for n in letters):
                        parts.append(np.ones(array.shape[j], array.dtype))
                        letters.append(letter)
                    parts.append(np.eye(array.shape[j], dtype=array.dtype))
                    letters.append(letter + new)
                found.append(np.einsum(",".join(letters) + "->" + own, *parts))
            return found
        """,
    ),
    Right(
        "broadcast, then a mask",
        """
        def einsum_back(text, dy, arrays):
            (left, out), found = text.split("->"), []
            names = left.split(",")
            for k, (name, array) in enumerate(zip(names, arrays)):
                rest = ",".join([out, *names[:k], *names[k + 1 :]])
                known = [c for c in dict.fromkeys(name) if c in rest]
                g = np.einsum(f"{rest}->{''.join(known)}", dy, *arrays[:k], *arrays[k + 1 :])
                first = [j for j, c in enumerate(name) if name.index(c) == j and c in known]
                shape = [n if j in first else 1 for j, n in enumerate(array.shape)]
                g = np.broadcast_to(g.reshape(shape), array.shape).astype(array.dtype)
                at = np.indices(array.shape)
                for j, c in enumerate(name):
                    g = np.where(at[j] == at[name.index(c)], g, 0)
                found.append(g)
            return found
        """,
    ),
]
