"""Answers on Taylor series, of chapter 23; `test_ch23.py` lists them."""

from catalogue import Right, Wrong

_SCALED = """    c = values[-1].copy()
    for k in range(2, P + 1):
        c[k:] *= k
    return c
"""
_MUL = "c[k] = sum(a[j] * b[k - j] for j in range(k + 1))"
_DIV = "c[k] = (a[k] - sum(c[j] * b[k - j] for j in range(k))) / b[0]"
_REST = "c[k] = sum(slopes[j] * other[k - j] for j in range(1, k + 1)) / k"
_END = "    return values[-1]\n"

TAYLOR = [
    Wrong(
        "derivatives",
        "over k!",
        swap=(
            _END,
            _SCALED,
        ),
    ),
    Wrong(
        "divided twice",
        "once too often",
        swap=(
            _END,
            _SCALED.replace("*= k", "/= k"),
        ),
    ),
    Wrong("order 0 forgotten", "IndexError", swap=("start[1:2] = x, v", "start[1] = x, v")),
    Wrong("along 1", "along v, not along 1", swap=("start[1:2] = x, v", "start[1:2] = x, 1")),
    Wrong("no mixed terms", "mixed terms", swap=(_MUL, "c[k] = a[k] * b[k]")),
    Wrong("divided one by one", "not divided order by order", swap=(_DIV, "c[k] = a[k] / b[k]")),
    Wrong(
        "exp of each",
        "not exp and tanh of coefficients",
        swap=(
            'elif k == 0:\n                c[0] = np.exp(a[0]) if name == "exp" else np.tanh(a[0])',
            'elif True:\n                c[k] = np.exp(a[k]) if name == "exp" else np.tanh(a[k])',
        ),
    ),
    Wrong("no j", "j a_j, not a_j", swap=("[j * a[j] for j", "[a[j] for j")),
    Wrong("no k", "divide by k", swap=(_REST, _REST.removesuffix(" / k"))),
    Wrong(
        "a dual number",
        "up to the first order alone",
        swap=("        values.append(c)", "        c[2:] = 0\n        values.append(c)"),
    ),
    Wrong(
        "the first line",
        "not the first line's",
        swap=(_END, "    return values[len(x) if program else -1]\n"),
    ),
    Wrong(
        "sub the other way",
        "The sign is wrong",
        swap=("else a[k] - b[k]", "else b[k] - a[k]"),
    ),
    Wrong("tanh as exp", "c is wrong", swap=('other = c if name == "exp" else s', "other = c")),
    Wrong(
        "at least the first order",
        "For add and P = 0",
        swap=("(P + 1, *x.shape)", "(max(P, 1) + 1, *x.shape)"),
    ),
    Wrong(
        "in float64", "float64 although", swap=("(P + 1, *x.shape), x.dtype)", "(P + 1, *x.shape))")
    ),
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
