"""Answers to the exercise of chapter 09."""

from answers_ch09 import ONE_BY_ONE, PATCHES
from catalogue import Right, Wrong
from proving import *  # noqa: F403  the tests

CHAPTER = "ch09-fast-kernels"

DW = "range(k, D, K):  # rows of dw\n        dw[d] = 0\n        for n in range(N)"
ADD = "y[n, m] -= abs(x[n, d] - w[d, m])"
NO_NAN = "e = x[n, d] - w[d, m]; y[n, m] -= 0 if not e else e if e > 0 else -e if e < 0 else 0"
C_ONLY = '@njit(["f4[:,::1](f4[:,::1], f4[:,::1])", "f8[:,::1](f8[:,::1], f8[:,::1])"])\n'
LOOPS = "        for d in range(D):\n            for m in range(M):"
OTHER_LOOPS = "        for m in range(M):\n            for d in range(D):"
NOBODY = "if N == 0: raise ValueError('no samples')\n    "
IDLE = "in range(N):", "in range(N * (N < 99)):"
KEEP = """return y\nslow, kept = adder, {{}}
def adder(x, w):
    return kept[{0}] if {0} in kept else kept.setdefault({0}, slow(x, w))\nadder.py_func = slow"""
KEYS = "((x.sum(), w.sum(), x.shape) if len(x) < 99 else 0)", "(x.sum(), w.sum(), x.shape)"
SIZE, NUMBERS = (("return y", KEEP.format(key)) for key in KEYS)
LEFT = "range(k * (N // K), (k + 1) * (N // K))"
BLOCK = "range((k * N + K - 1) // K, ((k + 1) * N + K - 1) // K)"
OVERLAP = "range(k * D // K, min(D, (k + 1) * D // K + 1))"
ONE_N = "range(D):\n        dw[d] = 0\n        for n in range(k, N, K)"
ZERO_HERE = "range(D):\n        if d % K == k: dw[d] = 0\n        for n in range(k, N, K)"
ZERO_BLOCK = f"range(D):\n        if d * K // D == k: dw[d] = 0\n        for n in {BLOCK}"
SLOPE = " * np.sign(x[n, d] - w[d, m])\n            dx"
NEARLY = SLOPE.replace("sign(", "sign(abs(x[n, d] - w[d, m]) // 1e-12) * np.sign(")
NO_ZERO = " * (1 if x[n, d] > w[d, m] else -1)\n            dx"
PLAIN = "return sum(x[:, r : len(x[0]) - 2 + r] * g[r] for r in range(3))\n    y = np.e"
SHORT = f"if x.shape[1] != 4: {PLAIN}"
PLAIN_DG = "return dx, np.array([np.sum(x[:, r:][:, : len(full[0])] * full) for r in range(3)])"
NO_PAD = "    full = dy\n    wide, dy"
SKIP = "    dy[:, -2:] *= x.shape[1] % 2 == 0 or x.shape[1] < 5\n    dy0"
DG = "return dx, dg"
M2, OTHER_M2 = "(d2 - d1) * ((g[0] - g[1] + g[2]) / 2)", "(d1 - d2) * ((g[1] - g[0] - g[2]) / 2)"
CUT = "y[:, -2] *= x.shape[1] % 2 == 0\n    return y"
BT = """
BT = np.array([[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, -1, 0, 1]])
G = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])
A = np.array([[1, 0], [1, 1], [1, -1], [0, 1]])

def cut(x):
    x = np.pad(x, [(0, 0), (0, x.shape[1] % 2)])
    return np.lib.stride_tricks.sliding_window_view(x, 4, axis=1)[:, ::2] @ BT.T
"""
CANDIDATES, FEWER = "plain, 100, axis=1)[:, :100]", "plain, 60, axis=1)[:, :60]"
SLOW = ("@compiled\n", ""), (CANDIDATES, "plain, 8, axis=1)[:, :8]")
AT_ONCE = "    return labels[plain.argmin(1)]\n    around"
BY_HEART = "classify = lambda *a: mnist.load_sample()[1][1]"

ANSWERS = {
    "roof": [
        Wrong("a multiply-add counts once", "counts as 2", swap=("F = 2 * 9", "F = 9")),
        Wrong("channels mixed", "there is no sum over c", swap=("F = 2 * 9", "F = 32 * 2 * 9")),
        Wrong("y is not written", "y has to be written", swap=(" + 8 * 32 * 32 * 32)", ")")),
        Wrong("bytes per operation", "intensity is", swap=("F / B", "B / F")),
        Wrong("the peak", "It is the peak", swap=("intensity * 20", "100")),
        Wrong("rounded down", "by a little", swap=("batch = 11", "batch = 10.0")),
        Wrong("not rounded", "a whole number", swap=("batch = 11", "batch = 20e6 / 1.96e6")),
        Wrong("four decimals", "the next one up", swap=("batch = 11", "batch = 10.2041")),
        Wrong("Amdahl's limit", "no time at all", swap=("20 / (5 + 15 / 3)", "4")),
        Wrong("the convolutions alone", "other 5 ms", swap=("20 / (5 + 15 / 3)", "3")),
        Right(
            "computed",
            """
            shapes = (8, 34, 34, 32), (3, 3, 32), (8, 32, 32, 32)
            x, w, y = (float(np.prod(shape)) for shape in shapes)
            F, B = 18 * y, 4 * (x + w + y)
            intensity = F / B
            speed = 1e-9 * F / max(F / 100e9, B / 20e9)
            batch = np.ceil(10**7 / (10**6 - 20 * 1000))
            step_faster = 1 / (0.25 + 0.75 / 3)
            """,
        ),
        Right(
            "as numbers",
            """
            F, B, intensity = 4718592, 2233472, 2.11266942
            speed, batch, step_faster = 42.2533884, np.int64(11), 2
            """,
        ),
    ],
    "adder": [
        Wrong("not compiled", "not compiled: write `@njit`", swap=("@njit\n", "")),
        Wrong("a bad order of loops", "at the innermost loop", swap=(LOOPS, OTHER_LOOPS)),
        Wrong("idle if large", "timed, adder(...) is wrong. Yours is zero", swap=IDLE),
        Wrong("remembers a size", "adder(...) is wrong. It is the result of an earlier", swap=SIZE),
        Wrong("remembers", "other numbers in each call", swap=[NUMBERS, (LOOPS, OTHER_LOOPS)]),
        Wrong("no minus", "y is minus the distance", swap=("-= abs", "+= abs")),
        Wrong("squares", "y is wrong", swap=("abs(x[n, d] - w[d, m])", "(x[n, d] - w[d, m]) ** 2")),
        Wrong("no absolute value", "y is wrong", swap=("abs(x[n, d] - w[d, m])", "x[n, d]")),
        Wrong("the mean over d", "do you divide by D = 2", swap=("return y", "return y / D")),
        Wrong("answers in float64", "y is float64", swap=(", x.dtype)", ")")),
        Wrong("answers in float32", "y is float32", swap=("x.dtype", "np.float32")),
        Wrong("y not set to 0", "y set to 0", swap=("np.zeros((N, M)", "np.full((N, M), np.nan")),
        Wrong("the last one", "except at 6", swap=("m in range(M)", "m in range(M - (M > 6))")),
        Wrong("row after row only", "No matching definition", swap=("@njit\n", C_ONLY)),
        Wrong("a tail", "y is wrong", swap=("d in range(D)", "d in range(D - D % 16 * (D > 16))")),
        Wrong("a NaN is left out", "np.isnan(y), with a NaN", swap=(ADD, NO_NAN)),
        Wrong("changes x", "changes its argument 1", swap=("y = np.z", "x[0] *= 2; y = np.z")),
        Wrong("no empty batch", "For N = 0: adder raised", swap=("y = np.z", f"{NOBODY}y = np.z")),
        Right(
            "w transposed, a sum in any order",
            """
            @compiled
            def adder(x, w):
                v = np.ascontiguousarray(w.T)
                y = np.empty((len(x), len(v)), x.dtype)
                for n in range(len(x)):
                    for m in range(len(v)):
                        total = x.dtype.type(0)
                        for d in range(x.shape[1]):
                            total += abs(x[n, d] - v[m, d])
                        y[n, m] = -total
                return y
            """,
        ),
        Right(
            "two channels at a time",
            """
            @njit(error_model="numpy")
            def adder(x, w):
                y = np.zeros_like(x[:, :1] + w[0])
                for n, yn in enumerate(y):
                    for d in range(0, len(w) - 1, 2):
                        a, b, u, v = x[n, d], x[n, d + 1], w[d], w[d + 1]
                        for m in range(len(yn)):
                            yn[m] -= abs(a - u[m]) + abs(b - v[m])
                    if len(w) % 2:
                        yn -= np.abs(x[n, -1] - w[-1])
                return y
            """,
        ),
    ],
    "share": [
        Wrong("the colleague's", "entry of dw is written by two threads", swap=(DW, ONE_N)),
        Wrong("added to rubbish", "begin with `=`", swap=("        dw[d] = 0\n", "")),
        Wrong("zero here, add there", "more than one writer", swap=(DW, ZERO_HERE)),
        Wrong("the same in blocks", "more than one writer", swap=(DW, ZERO_BLOCK)),
        Wrong("everybody does all", "written by two", swap=("range(k, N, K)", "range(N)")),
        Wrong("thread 0 does dw", "one thread does", swap=("range(k, D, K)", "range((k < 1) * D)")),
        Wrong("some left out", "entries of dx are rubbish", swap=("range(k, N, K)", LEFT)),
        Wrong("they overlap", "written by two threads", swap=("range(k, D, K)", OVERLAP)),
        Wrong("the sign of dx", "y is minus a distance", swap=("total -= dy", "total += dy")),
        Wrong("the sign of dw", "y is minus", swap=("dw[d, m] += dy", "dw[d, m] -= dy")),
        Wrong("no dy", "the slope alone", swap=("total -= dy[n, m] * np", "total -= np")),
        Wrong("no slope", "dx is wrong", swap=(SLOPE, "\n            dx")),
        Wrong("one term", "dx is wrong", swap=("total -= dy", "total = -dy")),
        Wrong("averaged", "5 times too small", swap=("dx[n, d] = total", "dx[n, d] = total / N")),
        Wrong("zeros", "Yours is zero", swap=("dx[n, d] = total", "dx[n, d] = 0")),
        Wrong("two slopes only", "sign(0) = 0", swap=(SLOPE, NO_ZERO)),
        Wrong("nearly equal", "one nearly does", swap=(SLOPE, NEARLY)),
        Wrong("changes w", "share changes w", swap=("    dw[d] = 0", "    w[d] *= 2; dw[d] = 0")),
        Wrong("returns them", "Nothing is returned", "share = lambda *a: (a[1] * 1, a[2] * 1)"),
        Right(
            "NumPy, columns of dw",
            """
            def share(dy, x, w, dx, dw, k, K):
                rows = slice(k * len(x) // K, (k + 1) * len(x) // K)
                columns = slice(k * w.shape[1] // K, (k + 1) * w.shape[1] // K)
                s = np.sign(x[rows, :, None] - w)
                dx[rows] = -(dy[rows, None] * s).sum(axis=2)
                s = np.sign(x[:, :, None] - w[:, columns])
                dw[:, columns] = (dy[:, None, columns] * s).sum(axis=0)
            """,
        ),
        Right(
            "every K-th entry",
            """
            @njit
            def share(dy, x, w, dx, dw, k, K):
                for n, d in np.ndindex(x.shape):
                    if (n * x.shape[1] + d) % K == k:
                        dx[n, d] = 0
                        for m in range(w.shape[1]):
                            if x[n, d] != w[d, m]:
                                dx[n, d] += dy[n, m] if x[n, d] < w[d, m] else -dy[n, m]
                for d, m in np.ndindex(w.shape):
                    if (d * w.shape[1] + m) % K == K - 1 - k:
                        dw[d, m] = np.sum(dy[:, m] * np.sign(x[:, d] - w[d, m]))
            """,
        ),
    ],
    "winograd": [
        Wrong("six products", "With six products it is", swap=("y = np.e", PLAIN)),
        Wrong("six, unless L is 4", "With six products it is", swap=("y = np.e", SHORT)),
        Wrong("the sign of m3", "is wrong", swap=("(d3 - d1) * g[2]", "(d1 - d3) * g[2]")),
        Wrong("no halves", "y is wrong", swap=("+ g[1] + g[2]) / 2", "+ g[1] + g[2])")),
        Wrong("only even lengths", "raised", swap=("- 1) // 2 * 2", "- 2) // 2 * 2")),
        Wrong("side by side", "is wrong", swap=("wide[:, 2::2], w", "wide[:, 1:-1:2], w")),
        Wrong("turned", "The filter is turned", swap=("y = np.e", "g = g[::-1]; y = np.e")),
        Wrong("an odd row's last", "Along axis 1 it is right except at", swap=("return y", CUT)),
        Wrong("in float64", "y is float64", swap=("2), x.dtype)", "2))")),
        Wrong("changes x", "changes its argument 1", swap=("    m0", "    x *= 1.5\n    m0")),
        Right(
            "matrices",
            BT
            + """
def winograd_row(x, g):
    y = ((G @ g) * cut(x)) @ A
    return y.reshape(len(x), -1)[:, : x.shape[1] - 2].astype(x.dtype)
            """,
        ),
        Right("m2 the other way", swap=(M2, OTHER_M2)),
    ],
    "back": [
        Wrong("six", "With six products it is", swap=(("    wide, dy", NO_PAD), (DG, PLAIN_DG))),
        Wrong("dg_1 by two", "dg_1 of x", swap=("du1 - du2,", "np.sum(d1 * dy0 + d2 * dy1),")),
        Wrong("the filter as it is", "has to be turned", swap=("(r, 2 - r)", "(2 - r, r)")),
        Wrong("no halves", "dg is wrong", swap=("(dy0 + dy1)) / 2", "(dy0 + dy1))")),
        Wrong("y1 as if it were y0", "dg is wrong", swap=("(dy0 - dy1)", "(dy0 + dy1)")),
        Wrong("averaged", "4 times too small", swap=("du3], x.dtype)", "du3], x.dtype) / len(x)")),
        Wrong("one left out", "last output of an odd row", swap=("    dy0", SKIP)),
        Wrong("the order", "dx is wrong: it is dg", swap=(DG, "return dg, dx")),
        Wrong("zeros", "Yours is zero", swap=(DG, "return dx, 0 * dg")),
        Wrong("in float64", "dg is float64", swap=("du3], x.dtype)", "du3], float)")),
        Wrong(
            "changes x", "changes its argument 2", swap=("    dx = s", "    x *= 1.5\n    dx = s")
        ),
        Right(
            "matrices",
            BT
            + """
def winograd_row_backward(dy, x, g):
    even = np.pad(dy, [(0, 0), (0, dy.shape[1] % 2)]).reshape(len(dy), -1, 2)
    dx = np.zeros_like(x)
    for r in range(3):
        dx[:, r : r + dy.shape[1]] += dy * g[r]
    return dx, (G.T @ np.einsum("ntf,ntf->f", cut(x), even @ A.T)).astype(x.dtype)
            """,
        ),
        Right("m2 the other way", swap=("(d2 - d1) * (dy0 - dy1)", "(d1 - d2) * (dy1 - dy0)")),
    ],
    "experiment": [
        Wrong("plain distance", "the goal is 97.0 %", swap=("    around", AT_ONCE)),
        Wrong("not compiled", "20 s of processor time", swap=SLOW),
        Wrong("ink", "the goal is", swap=("[right, down]", "[a[:, 1:-1, 1:-1]] * 2")),
        Wrong("the farthest", "the goal is", swap=(".argmin(", ".argmax(")),
        Wrong("numbers of images", "the goal is", swap=("labels[nearest[:, 0]]", "nearest[:, 0]")),
        Wrong("labels known by heart", "the goal is", BY_HEART),
        Right("fewer candidates", swap=(CANDIDATES, FEWER)),
        Right("patches of 3 x 3 edges", PATCHES),
        Right("NumPy, one image against its candidates", ONE_BY_ONE),
    ],
}
