"""Answers on products and series, of chapter 23; `test_ch23.py` lists them."""

from catalogue import Right, Wrong

_ONES = """        for letter, size in dict(zip(name, array.shape)).items():
            if not any(letter in n for n in letters):
                others.append(np.ones(size, dy.dtype))
                letters.append(letter)
"""
_OTHERS = "others = [a for i, a in enumerate(arrays) if i != k]"
_LETTERS = "letters = [out] + [n for i, n in enumerate(names) if i != k]"
_PUT = "np.einsum(f\"{name}->{once}\", dx)[...] = np.einsum(\n            f\"{','.join(letters)}->{once}\", dy, *others\n        )"

EINSUM = [
    Wrong("no ones", "never appeared", swap=(_ONES, "")),
    Wrong("a share of the sum", "not a share of it", swap=("np.ones(size, dy.dtype)", "np.full(size, 1 / size, dy.dtype)")),
    Wrong(
        "beside the diagonal",
        "everything beside it has the gradient 0",
        swap=(
            _PUT,
            _PUT.replace("np.einsum(f\"{name}->{once}\", dx)[...]", "part")
            + "\n        shape = [n if name.index(c) == j else 1 for j, (c, n) in enumerate(zip(name, dx.shape))]"
            + "\n        dx[...] = part.reshape(shape)",
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
    Wrong("without dy", "dy is missing", swap=("->{once}\", dy, *others", "->{once}\", np.ones_like(dy), *others")),
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
        swap=("->{once}\", dy, *others", "->{''.join(sorted(once))}\", dy, *others"),
    ),
    Wrong("in reverse", "d0", swap=("return grads", "return grads[::-1]")),
    Wrong("one array", "a list of 1 is needed", swap=("return grads", "return grads if len(grads) > 1 else grads[0]")),
    Wrong("in float64", "float64 although", swap=("dx = np.zeros_like(array)", "dx = np.zeros(array.shape)")),
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
                    if any(letter in n for n in letters):
                        parts.append(np.eye(array.shape[j], dtype=array.dtype))
                        letters.append(letter + new)
                    elif letter in names[k][:j]:
                        raise ValueError("it stands only in this operand, twice")
                    else:
                        parts.append(np.ones((array.shape[j],) * 2, array.dtype))
                        letters.append(letter + new)
                        parts.append(np.eye(array.shape[j], dtype=array.dtype)[0])
                        letters.append(letter)
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

_MUL = "c[k] = sum(a[j] * b[k - j] for j in range(k + 1))"
_DIV = "c[k] = (a[k] - sum(c[j] * b[k - j] for j in range(k))) / b[0]"
_REST = "c[k] = sum(slopes[j] * other[k - j] for j in range(1, k + 1)) / k"
_END = "    return values[-1]\n"

TAYLOR = [
    Wrong(
        "derivatives",
        "over k!",
        swap=(_END, "    c = values[-1].copy()\n    for k in range(2, P + 1):\n        c[k:] *= k\n    return c\n"),
    ),
    Wrong(
        "divided twice",
        "once too often",
        swap=(_END, "    c = values[-1].copy()\n    for k in range(2, P + 1):\n        c[k:] /= k\n    return c\n"),
    ),
    Wrong("along 1", "along v, not along 1", swap=("start[1:2] = x, v", "start[1:2] = x, 1")),
    Wrong("no mixed terms", "mixed terms", swap=(_MUL, "c[k] = a[k] * b[k]")),
    Wrong("divided one by one", "not divided order by order", swap=(_DIV, "c[k] = a[k] / b[k]")),
    Wrong(
        "exp of each",
        "not exp and tanh of coefficients",
        swap=("elif k == 0:\n                c[0] = np.exp(a[0]) if name == \"exp\" else np.tanh(a[0])", "elif True:\n                c[k] = np.exp(a[k]) if name == \"exp\" else np.tanh(a[k])"),
    ),
    Wrong("no j", "j a_j, not a_j", swap=("[j * a[j] for j", "[a[j] for j")),
    Wrong("no k", "divide by k", swap=(_REST, _REST.removesuffix(" / k"))),
    Wrong("a dual number", "up to the first order alone", swap=("        values.append(c)", "        c[2:] = 0\n        values.append(c)")),
    Wrong("the first line", "not the first line's", swap=(_END, "    return values[len(x) if program else -1]\n")),
    Wrong(
        "sub the other way",
        "The sign is wrong",
        swap=("else a[k] - b[k]", "else b[k] - a[k]"),
    ),
    Wrong("tanh as exp", "c is wrong", swap=("other = c if name == \"exp\" else s", "other = c")),
    Wrong("at least the first order", "For add and P = 0", swap=("(P + 1, *x.shape)", "(max(P, 1) + 1, *x.shape)")),
    Wrong("in float64", "float64 although", swap=("(P + 1, *x.shape), x.dtype)", "(P + 1, *x.shape))")),
    Right(
        "as Toeplitz matrices",
        """
        def taylor(program, x, v, P):
            def toeplitz(c):  # (N, P + 1, P + 1): a series times another one is a product of these
                T = np.zeros((c.shape[1], P + 1, P + 1), c.dtype)
                for k in range(P + 1):
                    for j in range(k + 1):
                        T[:, k, j] = c[k - j]
                return T

            def by(T, c):
                return np.einsum("nij,jn->in", T, c)

            def integrated(first, slope):
                k = np.arange(1, P + 1, dtype=x.dtype)[:, None]
                return np.concatenate([first[None], slope[:P] / k])

            k = np.arange(1, P + 1, dtype=x.dtype)[:, None]
            listed = [np.concatenate([[a], [b], np.zeros((P, len(a)), x.dtype)])[: P + 1]
                      for a, b in zip(x, v)]
            for name, *at in program:
                a, b = listed[at[0]], listed[at[-1]]
                if name == "add":
                    c = a + b
                elif name == "sub":
                    c = a - b
                elif name == "mul":
                    c = by(toeplitz(a), b)
                elif name == "div":
                    c = np.linalg.solve(toeplitz(b), a.T[:, :, None])[:, :, 0].T
                else:
                    slope = np.zeros_like(a)
                    slope[:P] = k * a[1:]
                    c = np.zeros_like(a)
                    c[0] = np.exp(a[0]) if name == "exp" else np.tanh(a[0])
                    one = np.zeros_like(a)
                    one[0] = 1
                    for _ in range(P):  # each round makes one more order right
                        factor = c if name == "exp" else one - by(toeplitz(c), c)
                        c = integrated(c[0], by(toeplitz(slope), factor))
                listed.append(c)
            return listed[-1]
        """,
    ),
    Right(
        "operation by operation",
        """
        def taylor(program, x, v, P):
            def times(a, b):
                return np.array([(a[: k + 1] * b[k::-1]).sum(axis=0) for k in range(P + 1)])

            def over(a, b):
                c = []
                for k in range(P + 1):
                    c.append((a[k] - sum(c[i] * b[k - i] for i in range(k))) / b[0])
                return np.array(c)

            def exp(a):
                c = [np.exp(a[0])]
                for k in range(1, P + 1):
                    c.append(sum(j * a[j] * c[k - j] for j in range(1, k + 1)) / k)
                return np.array(c)

            def tanh(a):
                c, s = [np.tanh(a[0])], [1 - np.tanh(a[0]) ** 2]
                for k in range(1, P + 1):
                    c.append(sum(j * a[j] * s[k - j] for j in range(1, k + 1)) / k)
                    s.append(-sum(c[j] * c[k - j] for j in range(k + 1)))
                return np.array(c)

            known = {"add": np.add, "sub": np.subtract, "mul": times, "div": over}
            known |= {"exp": exp, "tanh": tanh}
            values = []
            for value, way in zip(x, v):
                line = [value, way] + [0 * value] * P
                values.append(np.array(line[: P + 1]))
            for name, *at in program:
                values.append(known[name](*(values[i] for i in at)))
            return values[-1]
        """,
    ),
]
