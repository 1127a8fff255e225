"""More answers to the exercise of chapter 04: test_ch04.py holds the others."""

from catalogue import Right, Wrong

ADAM_PLUS, LINE = "(np.sqrt(v_hat) + epsilon)", "        g = g + decay * w\n"
M_HAT, V_HAT, SHRINK = "m / (1 - beta_1**t)", "v / (1 - beta_2**t)", "(1 - learning_rate * decay)"
LATE = "m / (1 - beta_1 ** (t + 1))", "v / (1 - beta_2 ** (t + 1))"
RATE = "0.03 * min(t / (0.2 * T), (T + 1 - t) / (0.8 * T))"
UPDATE = "def update(w, g, state, t, T): return"

ADAM = [
    Wrong("no correction", "Both corrections are", swap=((M_HAT, "m"), (V_HAT, "v"))),
    Wrong("m is not corrected", "correction of m is missing", swap=(M_HAT, "m")),
    Wrong("v is not corrected", "correction of v is missing", swap=(V_HAT, "v")),
    Wrong("for ten steps", "in step 400 w", swap=(V_HAT, f"({V_HAT} if t < 11 else v)")),
    Wrong("L2 unless told", "in step 400", swap=("decoupled=True", "decoupled=False")),
    Wrong("of step 1", "of v is that of the first", swap=(V_HAT, "v / (1 - beta_2)")),
    Wrong(
        "both of step 1",
        "those of the first",
        swap=((M_HAT, "m / (1 - beta_1)"), (V_HAT, "v / (1 - beta_2)")),
    ),
    Wrong("one step late", "w is wrong", swap=((M_HAT, LATE[0]), (V_HAT, LATE[1]))),
    Wrong("in Adam's root", "stands outside", swap=(ADAM_PLUS, "np.sqrt(v_hat + epsilon)")),
    Wrong("m_hat goes out", "m goes out", swap=("epsilon), m, v", "epsilon), m_hat, v")),
    Wrong("v_hat goes out", "v goes out", swap=("epsilon), m, v", "epsilon), m, v_hat")),
    Wrong("no decay", "There is no decay", swap=(SHRINK + " * w", "w")),
    Wrong("decay without rate", "the learning rate is missing", swap=(SHRINK, "(1 - decay)")),
    Wrong("always L2", "does not enter m", swap=("if decoupled", "if False")),
    Wrong("never L2", "before it enters m", swap=("if decoupled", "if True")),
    Wrong(
        "L2 in m alone",
        "enters v",
        swap=("beta_2) * g**2", "beta_2) * (g - (not decoupled) * decay * w) ** 2"),
    ),
    Wrong(
        "both decays",
        "shrink, too",
        swap=(LINE, LINE + "        w = w * (1 - learning_rate * decay)\n"),
    ),
    Wrong("the order", "m is wrong", swap=("epsilon), m, v", "epsilon), v, m")),
    Wrong("changes m", "its argument 3", swap=("    m = beta_1", "    m *= 2\n    m = beta_1")),
    Wrong("float64", "w is float64", swap=("np.sqrt(v_hat)", "np.sqrt(v_hat.astype(float))")),
    Right(
        "the corrections as one factor",
        """
        def adam_update(w, g, m, v, t, eta, beta_1, beta_2, epsilon, decay=0, decoupled=True):
            h = g if decoupled else g + decay * w
            m, v = m + (1 - beta_1) * (h - m), v + (1 - beta_2) * (h * h - v)
            root = (1 - beta_2**t) ** 0.5
            step = eta * root / (1 - beta_1**t) * m / (np.sqrt(v) + root * epsilon)
            return w - step - (eta * decay * w if decoupled else 0), m, v
        """,
    ),
    Right("on a copy", swap=(LINE, "        g = g.copy()\n        g += decay * w\n")),
]

EXPERIMENT = [
    Wrong("gradient descent", "the goal is 0.085", f"{UPDATE} w - 0.1 * g, None"),
    Wrong("Adam at its default", "the goal is", swap=(RATE, "0.001")),
    Wrong("a constant rate", "the goal is", swap=(RATE, "0.02")),
    Wrong("falls at once", "the goal is", swap=(RATE, "0.03 * 0.95**t")),
    Wrong("uphill", "the goal is", swap=("return w - rate", "return w + rate")),
    Wrong("no state", "`return w, state` is needed", swap=("1e-7), (m, v)", "1e-7)")),
    Wrong("diverges", "not finite", f"{UPDATE} w * np.inf, None"),
    Wrong("changes g", "its argument 2", swap=("    m = 0.9", "    g *= 2\n    m = 0.9")),
    Wrong(
        "remembers outside of state",
        "gave two answers",
        swap=(
            ("(0 * w, 0 * w) if state is None else state", "memory or (0 * w, 0 * w)"),
            ("    return w", "    memory[:] = m, v\n    return w"),
            ("def update", "memory = []\n\n\ndef update"),
        ),
    ),
    Wrong(
        "remembers every t",
        "Keep nothing outside of `state`",
        swap=(
            ("(0 * w, 0 * w) if state is None else state", "memory[t - 1] or (0 * w, 0 * w)"),
            ("    return w", "    memory[t] = m, v\n    return w"),
            ("def update", "memory = 321 * [None]\n\n\ndef update"),
        ),
    ),
    Right(
        "shorter memories",
        swap=(
            ("0.9 * m + 0.1", "0.8 * m + 0.2"),
            ("0.9**t", "0.8**t"),
            ("0.99 * v + 0.01", "0.95 * v + 0.05"),
            ("0.99**t", "0.95**t"),
        ),
    ),
    Right(
        "Nesterov with a falling rate",
        """
        def update(w, g, state, t, T):
            rate = 0.15 * (1 - (t - 1) / T)
            v = (0 if state is None else 0.9 * state) - rate * g
            return w + 0.9 * v - rate * g, v
        """,
    ),
    Right("a list, another top", swap=(("0.03 *", "0.025 *"), ("(m, v)", "[m, v]"))),
]
