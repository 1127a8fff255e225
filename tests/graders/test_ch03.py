"""Answers to the exercise of chapter 03."""

from answers_ch03 import EXPERIMENT, START
from catalogue import Right, Wrong
from proving import *  # noqa: F403  the tests

CHAPTER = "ch03-activations-and-initialization"
TO_MIDDLE, WOKEN = "(z[-count] + z[-count - 1]) / 2", "np.where(z[-1] <= 0, b - middle, b)"
FLAT, SUM = "0 * z", "np.sum(share * f(np.sqrt(q) * u) ** 2) / share.sum()"
MEAN = SUM.replace(" ** 2", "")
GRID = """
def mean_square(f, q):
    z = np.linspace(-30, 30, 20001)
    share = np.exp(-(z**2) / 2 / q)
    return np.sum(share * f(z) ** 2) / share.sum()
"""


def own(f, dz):
    """An answer to question 4: y and dz as text, in z, s and dy."""
    sigmoid = "s = 1 / (1 + np.exp(-z))"
    forward = f"def own_forward(z):\n    {sigmoid}\n    return {f}, z\n"
    return f"{forward}def own_backward(dy, z):\n    {sigmoid}\n    return {dz}"


ANSWERS = {
    "numbers": [
        Wrong("a ReLU's half", "Half of the signal", swap=("signal = 4", "signal = 2")),
        Wrong("D on the way back", "another number of terms", swap=("= 16", "= 4")),
        Wrong("a ReLU's slope", "Half of the units is not lost", swap=("= 16", "= 8")),
        Wrong("the mean square", "The size is its root", swap=("= 1024", "= 4**10")),
        Wrong("a ReLU's depth", "loses nothing", swap=("= 1024", "= 32")),
        Wrong("ten layers add up", "do not add up", swap=("= 1024", "= 20")),
        Wrong("the variance", "It is the variance", swap=("std = 0.1", "std = 0.01")),
        Wrong("He", "It is He's, which", swap=("std = 0.1", "std = 0.1414")),
        Wrong("M for D", "keeps the gradient", swap=("std = 0.1", "std = 0.05")),
        Wrong("Glorot", "Glorot's compromise", swap=("std = 0.1", "std = 0.0632")),
        Wrong("the limit is std", "lies further out", swap=("= 0.1732", "= 0.1")),
        Wrong("He's limit", "He's limit", swap=("= 0.1732", "= 0.245")),
        Wrong("measured roughly", "signal is wrong", swap=("signal = 4", "signal = 4.05")),
        Wrong("a name is missing", "`limit` is not there", swap=("limit =", "a =")),
        Right(
            "computed",
            """
            variance = 0.2**2
            signal, gradient = 100 * variance, np.float32(400 * variance)
            depth, std = np.sqrt(signal**10), np.sqrt(1 / 100)
            limit = std * np.sqrt(3)
            """,
        ),
        Right("as floats", "signal, gradient, depth, std, limit = 4.0, 16.0, 1024.0, 0.1, 0.1732"),
    ],
    "square": [
        Wrong("not squared", "np.positive, 4.0) is", swap=("* u) ** 2)", "* u))")),
        Wrong("q as a standard deviation", "you took it for", swap=("np.sqrt(q)", "q")),
        Wrong("q does not count", "It does not look at q", swap=("np.sqrt(q) * u", "u")),
        Wrong("a variance", "It is the variance of f(z)", swap=(SUM, f"{SUM} - ({MEAN}) ** 2")),
        Wrong("the root", "It is the root", swap=(SUM, f"({SUM}) ** 0.5")),
        Wrong(
            "no weights", "np.positive, 4.0) is", swap=("np.exp(-(u**2) / 2)", "np.ones_like(u)")
        ),
        Wrong("a coarse grid", "np.positive, 4.0) is", swap=("8, 4001", "8, 9")),
        Wrong("a fixed grid", "400.0) is", GRID),
        Wrong(
            "an array",
            "must have the shape ()",
            swap=(SUM, SUM.replace("np.sum(", "0 * u + np.sum(")),
        ),
        Right(
            "a million random numbers",
            """
            def mean_square(f, q):
                z = np.random.default_rng(5).normal(0, np.sqrt(q), 1_000_000)
                return float(np.mean(np.square(f(z))))
            """,
        ),
        Right(
            "Gauss's rule",
            """
            def mean_square(f, q):
                u, weights = np.polynomial.hermite.hermgauss(100)
                return weights @ f((2 * q) ** 0.5 * u) ** 2 / np.pi**0.5
            """,
        ),
    ],
    "start": START,
    "own": [
        Wrong("ReLU", "made of straight pieces", own("np.maximum(z, 0)", "dy * (z > 0)")),
        Wrong("tanh", "sigmoid or tanh with", own("np.tanh(z)", "dy / np.cosh(z) ** 2")),
        Wrong("stretched tanh", "sigmoid or tanh with", own("3 * np.tanh(z / 1.37)", "dy")),
        Wrong("moved softplus", "softplus with", own("np.logaddexp(0, z) - np.log(2)", "dy * s")),
        Wrong("another ELU", "elu with", own("np.where(z > 0, z, s * 0 + np.expm1(z))", "dy")),
        Wrong("SiLU, turned", "silu with", own("-z / (1 + np.exp(2 * z))", "dy * z")),
        Wrong("a sigmoid", "f(0)", own("s", "dy * s * (1 - s)")),
        Wrong("the square", "steeper than 3", own("z * z", "dy * 2 * z")),
        Wrong("a wave", "between -3 and 3", own("1 - np.cos(2 * np.pi * z)", "dy")),
        Wrong("overflows", "f(-1000) is not finite", own("np.sinh(z)", "dy * np.cosh(z)")),
        Wrong("flat", "f is flat", own(FLAT, FLAT)),
        Wrong("rows matter", "f of a single entry", own("z / (1 + abs(z).max())", "dy")),
        Wrong("dy is ignored", "dy has to multiply it", swap=("dy / np.sqrt", "1 / np.sqrt")),
        Wrong("another slope", "dz", swap=("dy / np.sqrt(1 + z * z)", "dy / (1 + z * z)")),
        Wrong("the sign", "The sign is wrong", swap=("return dy / np", "return -dy / np")),
        Wrong("flat far out", "dz at z = ", swap=("1 + z * z)", "1 + z * z) * (abs(z) < 20)")),
        Wrong("right for z > 0", "dz is wrong", swap=("1 + z * z", "1 + np.maximum(z, 0) ** 2")),
        Wrong("right near 0", "dz is wrong", swap=("1 + z * z", "1 + np.minimum(abs(z), 3) ** 2")),
        Wrong("zeros", "Yours is zero everywhere", swap=("dy / np.sqrt(", "0 * dy / np.sqrt(")),
        Wrong(
            "the cache in a global",
            "dz is wrong",
            swap=(("return np", "globals()['kept'] = z; return np"), ("z = cache", "z = kept")),
        ),
        Wrong("no cache", "`return y, cache` is needed", swap=("arcsinh(z), z", "arcsinh(z)")),
        Wrong("y is float64", "y is float64", swap=("arcsinh(z)", "arcsinh(z + np.zeros(1))")),
        Wrong("dz is float64", "dz is float64", swap=("z = cache", "z = cache.astype(float)")),
        Wrong("changes z", "changes its argument 1", swap=("arcsinh(z)", "arcsinh(z, out=z)")),
        Wrong(
            "far away",
            "dz is not finite",
            own("z * s**2", "dy * s * (s + z * 2 * s / np.exp(z) * s)"),
        ),
        Right("softsign", own("z / (1 + abs(z))", "dy / (1 + abs(z)) ** 2")),
        Right("a line with a wave", own("z + np.sin(z)", "dy * (1 + np.cos(z))")),
        Right("even", own("z * np.tanh(z)", "dy * (np.tanh(z) + z * (1 - np.tanh(z) ** 2))")),
        Right(
            "a rectifier with a bent side, entry by entry",
            """
            def own_forward(z):
                y, slope = np.empty_like(z), np.empty_like(z)
                for i, t in np.ndenumerate(z):
                    y[i] = t if t > 0 else t / (1 - t)
                    slope[i] = 1 if t > 0 else 1 / (1 - t) ** 2
                return y, {"slope": slope}

            def own_backward(dy, cache):
                return cache["slope"] * dy
            """,
        ),
    ],
    "dead": [
        Wrong("any in place of all", "is not dead", swap=(".all(axis=0)", ".any(axis=0)")),
        Wrong("the wrong axis", "must have the shape", swap=("all(axis=0)", "all(axis=1)")),
        Wrong("the living ones", "where the unit is alive", swap=("(y == 0).all", "(y > 0).any")),
        Wrong("no ReLU between", "ReLU is missing", swap=(("b, 0)", "b, -9e9)"), ("y ==", "y <="))),
        Wrong("no bias", "dead_units(x, Ws, bs)[0] is wrong", swap=("y @ W + b, 0", "y @ W, 0")),
        Wrong("the last layer only", "each of the 3", swap=("return dead", "return dead[-1:]")),
        Wrong("exactly at 0", "is on for", swap=(TO_MIDDLE, "z[-count]")),
        Wrong("one too many", "is on for", swap=(TO_MIDDLE, "z[-count - 1] - 1")),
        Wrong("wakes all", "of a unit that is not dead", swap=(WOKEN, "b - middle")),
        Wrong("always one", "with count = 3", swap=(TO_MIDDLE, "(z[-1] + z[-2]) / 2")),
        Wrong("the others at 0", "that is not dead", swap=("b - middle, b)", "b - middle, 0 * b)")),
        Wrong("without b", "is on for", swap=("b - middle", "-middle")),
        Wrong(
            "changes b", "changes its argument 3", swap=("    z = np", "    b -= 0.5\n    z = np")
        ),
        Right(
            "unit by unit",
            """
            def dead_units(x, Ws, bs):
                dead = []
                for W, b in zip(Ws, bs):
                    z = x @ W + b
                    dead.append(np.array([max(column) <= 0 for column in z.T]))
                    x = z * (z > 0)
                return tuple(dead)

            def wake(x, W, b, count):
                new = b.copy()
                for m in range(len(b)):
                    z = sorted(x @ W[:, m] + b[m], reverse=True)
                    if z[0] <= 0:
                        new[m] -= 0.3 * z[count - 1] + 0.7 * z[count]
                return new
            """,
        ),
        Right("not any", swap=("(y == 0).all(axis=0)", "1 - (y > 0).any(axis=0)")),
    ],
    "experiment": EXPERIMENT,
}
