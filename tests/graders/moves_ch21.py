"""Answers on a policy and on credit, of chapter 21; `test_ch21.py` lists them."""

from catalogue import Right, Wrong

_RULES = "    z = np.where(may, z, -np.inf)\n"
_DZ = "dz = (advantages[:, None] * (p - one) + beta * p * (log_p + H)) / N"
_L = "L = -np.mean(advantages * log_p[one] + beta * H[:, 0])"

POLICY = [
    Wrong("no rules", "took part in the softmax", swap=(_RULES, "")),
    Wrong(
        "less 10,000 for what is not allowed",
        "is",
        swap=(_RULES, "    z = z - 1e4 * ~may\n"),
    ),
    Wrong(
        "nan behind",
        "is",
        swap=(_RULES, "    z = np.where(may, z, 0) + np.where(may, 0, 1) * z * -1e9\n"),
    ),
    Wrong(
        "0 log 0",
        "is nan",
        swap=("p, log_p = np.exp(log_p), np.where(may, log_p, 0)", "p = np.exp(log_p)"),
    ),
    Wrong(
        "the logarithm of p",
        "is",
        swap=(
            "p, log_p = np.exp(log_p), np.where(may, log_p, 0)",
            "p = np.exp(log_p)\n    log_p = np.where(may, np.log(p), 0)",
        ),
    ),
    Wrong(
        "no largest logit",
        "is",
        swap=("    z = z - z.max(axis=1, keepdims=True)\n", ""),
    ),
    Wrong(
        "the largest of forbidden moves, too",
        "is",
        swap=(
            _RULES + "    z = z - z.max(axis=1, keepdims=True)\n",
            "    z = np.where(may, z - z.max(axis=1, keepdims=True), -np.inf)\n",
        ),
    ),
    Wrong(
        "the sign of the loss",
        "should become likelier",
        swap=((_L, _L.replace("(adv", "(-adv")), (_DZ, _DZ.replace("(adv", "(-adv"))),
    ),
    Wrong(
        "a small entropy",
        "should become larger",
        swap=((_L, _L.replace("+ beta", "- beta")), (_DZ, _DZ.replace("+ beta", "- beta"))),
    ),
    Wrong(
        "no entropy", "entropy is missing", swap=((_L, "L = -np.mean(advantages * log_p[one])"),)
    ),
    Wrong("no advantages", "advantages are missing", swap=(_L, _L.replace("advantages * ", ""))),
    Wrong(
        "p for log p",
        "logarithm of p(a)",
        swap=(_L, _L.replace("log_p[one]", "p[one]")),
    ),
    Wrong(
        "the sum", "It is the sum", swap=((_L, _L.replace("np.mean", "np.sum")), (_DZ, _DZ[:-4]))
    ),
    Wrong("dz of the sum", "It is the sum", swap=(_DZ, _DZ[:-4])),
    Wrong(
        "H of the batch",
        "H is wrong. It is the sum",
        swap=("return L, H.mean()", "return L, H.sum()"),
    ),
    Wrong(
        "in bits",
        "natural logarithm",
        swap=("return L, H.mean()", "return L, H.mean() / np.log(2)"),
    ),
    Wrong(
        "the gradient without the entropy",
        "gradient of the entropy",
        swap=(_DZ, "dz = advantages[:, None] * (p - one) / N"),
    ),
    Wrong(
        "the entropy by p",
        "softmax is still to come",
        swap=(_DZ, _DZ.replace("(log_p + H)", "(log_p + 1)")),
    ),
    Wrong(
        "p log p alone",
        "something is missing",
        swap=(_DZ, _DZ.replace("(log_p + H)", "log_p")),
    ),
    Wrong("the sign of dz", "The sign is wrong", swap=(_DZ, _DZ.replace("dz = (", "dz = -("))),
    Right(
        "row by row",
        """
        def policy_loss(z, may, actions, advantages, beta):
            dz, L, total = np.zeros_like(z), 0.0, 0.0
            for n, (row, free, a, A) in enumerate(zip(z, may, actions, advantages)):
                s = row[free] - row[free].max()
                log_p = s - np.log(np.exp(s).sum())
                p, at = np.exp(log_p), int(free[:a].sum())
                H = -(p * log_p).sum()
                L, total = L - A * log_p[at] - beta * H, total + H
                d = A * p + beta * p * (log_p + H)
                d[at] -= A
                dz[n, free] = d / len(z)
            return L / len(z), total / len(z), dz
        """,
    ),
    Right(
        "the entropy's mean first",
        swap=(
            ("    one = ", "    mean = H.sum() / N\n    one = "),
            (_L, "L = -(advantages @ log_p[one]) / N - beta * mean"),
            ("return L, H.mean()", "return L, mean"),
        ),
    ),
]

_AHEAD = "ahead = np.where(terminated[t], 0, values[t + 1])"
_CARRY = "carried = np.where(terminated[t] | truncated[t], 0, carried)"
_STEP = "step = rewards[t] + gamma * ahead - values[t] + gamma * lam * carried"
_LAST = "np.where(real, A + values[:-1], 0)"

CREDIT = [
    Wrong(
        "never an end",
        "neither a value nor credit",
        swap=(
            (_AHEAD, "ahead = values[t + 1]"),
            (_CARRY, "carried = np.where(truncated[t], 0, carried)"),
        ),
    ),
    Wrong(
        "time up is an end",
        "would have come still counts",
        swap=(_AHEAD, "ahead = np.where(terminated[t] | truncated[t], 0, values[t + 1])"),
    ),
    Wrong(
        "through truncated steps",
        "another episode begins",
        swap=(_CARRY, "carried = np.where(terminated[t], 0, carried)"),
    ),
    Wrong("over all ends", "over an end", swap=(_CARRY, "carried = carried + 0")),
    Wrong(
        "all steps are real",
        "Steps that are not real",
        swap=(("np.where(real[t], step, 0)", "step"), (_LAST, "(A + values[:-1])")),
    ),
    Wrong(
        "masked at the end",
        "Through a step",
        swap=(
            ("A[t] = carried = np.where(real[t], step, 0)", "A[t] = carried = step"),
            (f"return A, {_LAST}", f"A = np.where(real, A, 0)\n    return A, {_LAST}"),
        ),
    ),
    Wrong(
        "times zero", "got through", swap=(_AHEAD, "ahead = (1 - terminated[t]) * values[t + 1]")
    ),
    Wrong(
        "the end of the rollout",
        "is not an end",
        swap=(_AHEAD, _AHEAD.replace("terminated[t]", "terminated[t] | (t == T - 1)")),
    ),
    Wrong("no discount of V", "gamma times", swap=("gamma * ahead", "ahead")),
    Wrong("lambda alone", "gamma is missing there", swap=("gamma * lam *", "lam *")),
    Wrong("gamma alone", "lambda is missing there", swap=("gamma * lam *", "gamma *")),
    Wrong("delta alone", "credit from later steps", swap=(" + gamma * lam * carried", "")),
    Wrong("nothing expected", "take it away", swap=(" - values[t] +", " +")),
    Wrong("the same value", "the next observation", swap=("values[t + 1])", "values[t])")),
    Wrong("forward", "the last step", swap=("in reversed(range(T))", "in range(T)")),
    Wrong("G of the next value", "G is wrong", swap=(_LAST, "np.where(real, A + values[1:], 0)")),
    Wrong("G without V", "it is A", swap=(_LAST, "A.copy()")),
    Wrong("G where nothing is real", "G is 0 as well", swap=(_LAST, "(A + values[:-1])")),
    Right(
        "deltas at once",
        """
        def credit(values, rewards, terminated, truncated, real, gamma, lam):
            following = np.where(terminated, 0, values[1:])
            delta = np.where(real, rewards + gamma * following - values[:-1], 0)
            goes_on = gamma * lam * (real & ~terminated & ~truncated)
            A = np.copy(delta)
            for t in range(len(A) - 2, -1, -1):
                A[t] += goes_on[t] * A[t + 1]
            return A, np.where(real, A + values[:-1], 0)
        """,
    ),
    Right(
        "as a matrix for each environment",
        """
        def credit(values, rewards, terminated, truncated, real, gamma, lam):
            T, N = rewards.shape
            A = np.zeros((T, N))
            for n in range(N):
                ahead = values[1:, n].copy()
                ahead[terminated[:, n]] = 0
                delta = (rewards[:, n] + gamma * ahead - values[:-1, n])
                delta[~real[:, n]] = 0
                on = gamma * lam * (real & ~(terminated | truncated))[:-1, n]
                A[:, n] = np.linalg.solve(np.eye(T) - np.diag(on, k=1), delta)
            return A, (A + values[:-1]) * real if np.isfinite(values).all() else np.where(
                real, A + np.where(real, values[:-1], 0), 0
            )
        """,
    ),
]
