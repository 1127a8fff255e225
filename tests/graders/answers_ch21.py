"""Answers on values, of chapter 21; `test_ch21.py` lists them."""

from catalogue import Right, Wrong

_V = "V = np.where(end, 0, q.max(axis=1)).astype(before.dtype)"
_Q = "q = np.where(may, mean + gamma * (P @ before), -np.inf)"
_FOLLOW = "    r = (p[:, :, None] * P * R).sum(axis=(1, 2))\n"

SWEEPS = [
    Wrong("rules ignored", "must never be taken", swap=(_Q, "q = mean + gamma * (P @ before)")),
    Wrong(
        "0 where not allowed",
        "with losses, 0 would win",
        swap=(_Q, "q = np.where(may, mean + gamma * (P @ before), 0)"),
    ),
    Wrong(
        "the worst",
        "not the worst",
        swap=(_V, "V = np.where(end, 0, np.where(may, q, np.inf).min(axis=1))"),
    ),
    Wrong(
        "the mean of the actions",
        "not their mean",
        swap=(
            _V,
            "V = np.where(end, 0, np.where(may, q, 0).sum(axis=1) / may.sum(axis=1).clip(1))",
        ),
    ),
    Wrong(
        "the reward discounted",
        "reward is not discounted",
        swap=("may, mean + gamma", "may, gamma * mean + gamma"),
    ),
    Wrong("no discount", "gamma times", swap=("mean + gamma * (P", "mean + (P")),
    Wrong(
        "in place",
        "All states at once",
        swap=(
            f"        before = V\n        {_Q}\n        {_V}",
            """        before = V.copy()
        for s in range(len(V)):
            q = np.where(may[s], mean[s] + gamma * P[s] @ V, -np.inf)
            V[s] = 0 if end[s] else q.max()""",
        ),
    ),
    Wrong(
        "ends at -inf",
        "In an end nothing",
        swap=("np.where(end, 0, q.max(axis=1))", "q.max(axis=1)"),
    ),
    Wrong("one more sweep", "one sweep too many", swap=("range(K)", "range(K + 1)")),
    Wrong(
        "no factor",
        "factor gamma / (1 - gamma)",
        swap=("gamma / (1 - gamma) * np.abs", "np.abs"),
    ),
    Wrong("the bound before", "a gamma more", swap=("gamma / (1 - gamma)", "1 / (1 - gamma)")),
    Wrong(
        "the mean change",
        "The largest change",
        swap=("np.abs(V - before).max()", "np.abs(V - before).mean()"),
    ),
    Wrong(
        "one policy for all",
        "weigh the actions",
        swap=(_FOLLOW, "    p = np.where(p.any(1)[:, None], 1 / p.shape[1], 0)\n" + _FOLLOW),
    ),
    Wrong(
        "the likeliest action",
        "not only its likeliest",
        swap=(
            _FOLLOW,
            "    p = np.eye(p.shape[1])[p.argmax(axis=1)] * p.any(axis=1)[:, None]\n" + _FOLLOW,
        ),
    ),
    Wrong("transposed", "leads from s to s'", swap=("P).sum(axis=1)\n", "P).sum(axis=1).T\n")),
    Wrong(
        "swept",
        "not exact",
        swap=(
            "return np.linalg.solve(np.eye(len(P), dtype=M.dtype) - gamma * M, r).astype(M.dtype)",
            "V = 0 * r\n    for _ in range(200):\n        V = r + gamma * M @ V\n    return V",
        ),
    ),
    Right(
        "as einsum",
        """
        def iterate(P, R, may, gamma, K):
            V, old = np.zeros(len(P)), None
            reward = np.einsum("sat,sat->sa", P, R)
            for _ in range(K):
                q = reward + gamma * np.einsum("sat,t->sa", P, V)
                q[~may] = q.min() - 1
                old, V = V, q.max(axis=1) * may.any(axis=1)
            return V, np.max(abs(V - old)) * gamma / (1 - gamma)


        def follow(P, R, p, gamma):
            M = np.einsum("sa,sat->st", p, P)
            r = np.einsum("sa,sat,sat->s", p, P, R)
            return np.linalg.inv(np.eye(len(M)) - gamma * M) @ r
        """,
    ),
    Right(
        "states that may do something",
        swap=(
            (_V, "V = np.zeros_like(before)\n        V[~end] = q[~end].max(axis=1)"),
            (_FOLLOW, "    r = (p * (P * R).sum(axis=2)).sum(axis=1)\n"),
        ),
    ),
]

_AFTER = "after = target[rows, online.argmax(axis=1)]"
_Y = "np.where(terminated, 0, after)"

DOUBLE = [
    Wrong(
        "the target's own best", "chooses the action", swap=(_AFTER, "after = target.max(axis=1)")
    ),
    Wrong(
        "online's own value",
        "what the action is worth",
        swap=(_AFTER, "after = online.max(axis=1)"),
    ),
    Wrong(
        "the smaller of both",
        "another method",
        swap=(
            _AFTER,
            "after = np.minimum(target[rows, online.argmax(axis=1)], online.max(axis=1))",
        ),
    ),
    Wrong(
        "the action before",
        "belongs to the state before",
        swap=(_AFTER, "after = target[rows, actions]"),
    ),
    Wrong("never an end", "nothing comes", swap=(_Y, "after")),
    Wrong(
        "time up is an end",
        "would have come counts",
        swap=(_Y, "np.where(terminated | truncated, 0, after)"),
    ),
    Wrong("the other end", "not the truncated one", swap=(_Y, "np.where(truncated, 0, after)")),
    Wrong(
        "terminated, unless truncated",
        "y is wrong",
        swap=(_Y, "np.where(terminated & ~truncated, 0, after)"),
    ),
    Wrong("times zero", "got through", swap=(_Y, "(1 - terminated) * after")),
    Wrong("no discount", "gamma times", swap=("rewards + gamma * np", "rewards + np")),
    Wrong(
        "a square",
        "the loss is straight",
        swap=("slope = np.clip(e, -delta, delta)", "slope = e"),
    ),
    Wrong(
        "no weights",
        "weights are missing",
        swap=(
            ("np.mean(weights * slope", "np.mean(slope"),
            ("= weights * slope / N", "= slope / N"),
        ),
    ),
    Wrong(
        "by the weights",
        "not by the sum of the weights",
        swap=(
            (
                "np.mean(weights * slope * (e - slope / 2))",
                "np.sum(weights * slope * (e - slope / 2)) / weights.sum()",
            ),
            ("slope / N", "slope / weights.sum()"),
        ),
    ),
    Wrong("dq of the sum", "It is the sum", swap=("weights * slope / N", "weights * slope")),
    Wrong(
        "all actions",
        "Only the action",
        swap=("dq[rows, actions] = weights * slope / N", "dq[:] = (weights * slope / N)[:, None]"),
    ),
    Wrong("the sign", "sign of e", swap=("= weights * slope / N", "= -weights * slope / N")),
    Wrong(
        "the slope of a square", "dq is wrong", swap=("= weights * slope / N", "= weights * e / N")
    ),
    Wrong(
        "a slope of 1",
        "not 1",
        swap=("= weights * slope / N", "= weights * np.where(abs(e) > delta, np.sign(e), e) / N"),
    ),
    Wrong(
        "the last of equal ones",
        "y is wrong",
        swap=("online.argmax(axis=1)", "(online.shape[1] - 1 - online[:, ::-1].argmax(axis=1))"),
    ),
    Right(
        "with the two formulas",
        """
        def double(q, online, target, a, r, terminated, truncated, w, gamma, delta):
            N = len(q)
            best = online.argmax(axis=1)[:, None]
            ahead = np.take_along_axis(target, best, axis=1)[:, 0]
            y = r.copy()
            y[~terminated] += gamma * ahead[~terminated]
            e = np.take_along_axis(q, a[:, None], axis=1)[:, 0] - y
            size = np.abs(e)
            h = np.where(size <= delta, e**2 / 2, delta * (size - delta / 2))
            slope = np.where(size <= delta, e, delta * np.sign(e))
            one = a[:, None] == np.arange(q.shape[1])
            return y, (w @ h) / N, np.where(one, (w * slope)[:, None], 0) / N
        """,
    ),
    Right(
        "one-hot",
        swap=(
            "dq = np.zeros_like(q)\n    dq[rows, actions] = weights * slope / N",
            "dq = np.eye(q.shape[1])[actions] * (weights * slope / N)[:, None]",
        ),
    ),
]
