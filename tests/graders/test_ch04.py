"""Answers to the exercise of chapter 04."""

from answers_ch04 import ADAM, EXPERIMENT
from catalogue import Right, Wrong
from proving import *  # noqa: F403  the tests

CHAPTER = "ch04-optimizers"
STEP, SHARE, LOOK = "momentum * v - learning_rate * g", "(1 - rho)", "gradient(x + momentum * v)"
NEW_V, KEPT, PLUS = f"    v = {STEP}\n", "rho * s + (1 - rho)", "(np.sqrt(s) + epsilon)"
OLD_ROOT = (
    ("    s = rho", "    old = s\n    s = rho"),
    ("(np.sqrt(s) + epsilon)", "(np.sqrt(old) + epsilon)"),
)
LISTED = "return [w - learning_rate * np.divide(g, np.sqrt(s) + epsilon), s]"
ALL, H_W, BACK = "L, deta, dmu", "(H @ ws[t - 1])", "dw - eta * (H @ dv)"

ANSWERS = {
    "numbers": [
        Wrong("no momentum", "what gradient descent does", swap=("= 0.16", "= 0.36")),
        Wrong("one step", "It is w after the first", swap=("= 0.06", "= 0.4")),
        Wrong("not Nesterov", "without Nesterov's idea", swap=("= 0.06", "= 0.16")),
        Wrong("before the look ahead", "keeps the one behind", swap=("= 0.06", "= 0.24")),
        Wrong("the root is missing", "its root divides", swap=("= 0.8 ", "= 0.9 ")),
        Wrong("rho turned round", "the share 1 - rho", swap=("= 0.8 ", "= 1 - 0.4 / 12**0.5 ")),
        Wrong("Adam as SGD", "does not depend on the size", swap=("= 0.9 ", "= 0.6 ")),
        Wrong("uncorrected", "are corrected", swap=("= 0.9 ", "= 1 - 0.01 / 0.001**0.5 ")),
        Wrong("the best rate", "in one step", swap=("= 0.5 ", "= 0.25 ")),
        Wrong("curvature 1", "L is not w^2 / 2", swap=("= 0.5 ", "= 2 ")),
        Wrong("a name is missing", "`w_adam` is not there", swap=("w_adam", "adam")),
        Right("w_adam as an array", swap=("w_adam = 0.9", "w_adam = np.array(0.9)")),
        Right(
            "computed",
            """
            v, w_momentum, u, w_nesterov = 0.0, 1.0, 0.0, 1.0
            for _ in range(2):
                v = 0.5 * v - 0.4 * w_momentum
                w_momentum += v
                g = 4 * w_nesterov
                u = 0.5 * u - 0.1 * g
                w_nesterov += 0.5 * u - 0.1 * g
            w_rmsprop, w_adam, limit = 1 - 0.4 / np.sqrt(0.25 * 16), np.float32(0.9), 2 / 4
            """,
        ),
    ],
    "ball": [
        Wrong(
            "a share 1 - mu", "no factor 1 - mu", swap=(NEW_V, NEW_V[:-1] + " * (1 - momentum)\n")
        ),
        Wrong("uphill", "v is wrong", swap=(NEW_V, NEW_V.replace("-", "+"))),
        Wrong("the old v", "by the old v", swap=((NEW_V, "    u = v\n" + NEW_V), ("e v)", "e u)"))),
        Wrong("nesterov is ignored", "without nesterov", swap=("g if nesterov", "g if 0")),
        Wrong("always nesterov", "w is wrong", swap=("g if nesterov", "g if 1")),
        Wrong(
            "v is all of it",
            "the whole step of w",
            swap=("e v), v", f"e v), v + nesterov * ({STEP} - v)"),
        ),
        Wrong("no look ahead", "without looking ahead", swap=(LOOK, "gradient(x)")),
        Wrong("looks ahead by v", "only mu v is sure", swap=(LOOK, "gradient(x + v)")),
        Wrong("behind it", "behind the look ahead", swap=("x + v, v", "x + v + momentum * v, v")),
        Wrong(
            "the order",
            "v is wrong: it is w",
            swap=(("return w +", "return (w +"), ("e v), v", "e v), v)[::-1]")),
        ),
        Wrong("x alone", "`return x, v` is needed", swap=("return x + v, v", "return x + v")),
        Wrong("changes v", "its argument 3", swap=(NEW_V, f"    v += {STEP} - v\n")),
        Wrong("float64", "w is float64", swap=("return w + (", "return w.astype(float) + (")),
        Wrong(
            "a global",
            "is wrong",
            swap=(NEW_V, f"    v = globals().get('u', v)\n{NEW_V}    globals()['u'] = v\n"),
        ),
        Right(
            "PyTorch's velocity, and one by way of the other",
            """
            def sgd_update(w, g, v, learning_rate, momentum, nesterov=False):
                u = g - momentum * v / learning_rate
                step = g + momentum * u if nesterov else u
                return w - learning_rate * step, -learning_rate * u

            def nesterov_step(gradient, x, v, learning_rate, momentum):
                ahead = x + momentum * v
                ahead, new = sgd_update(ahead, gradient(ahead), v, learning_rate, momentum, True)
                return [ahead - momentum * new, new]
            """,
        ),
        Right(
            "two branches",
            swap=(f"w + ({STEP} if nesterov else v), v", f"[w + v, w + {STEP}][nesterov], v"),
        ),
    ],
    "rmsprop": [
        Wrong("rho turned round", "rho is the share", swap=(KEPT, "(1 - rho) * s + rho")),
        Wrong("all of g^2", "the share 1 - rho enters", swap=(KEPT, "rho * s + 1")),
        Wrong("the average of g", "that of g^2 is needed", swap=("rho) * g**2", "rho) * g")),
        Wrong("no root", "not s itself", swap=(PLUS, "(s + epsilon)")),
        Wrong("in the root", "epsilon stands outside", swap=(PLUS, "np.sqrt(s + epsilon)")),
        Wrong("no memory", "The old s has no share", swap=(KEPT, "0 * s + (1 - rho)")),
        Wrong("Adagrad", "All of the old s is kept", swap=(KEPT, "s + (1 - rho)")),
        Wrong("the old root", "root of the old s", swap=OLD_ROOT),
        Wrong("s alone", "`return w, s` is needed", swap=("epsilon), s", "epsilon)")),
        Wrong(
            "changes s", "its argument 3", swap=("    s = rho", "    s += 0 * s + 1\n    s = rho")
        ),
        Wrong("float64", "w is float64", swap=("np.sqrt(s)", "np.sqrt(s.astype(float))")),
        Right(
            "a step towards g^2",
            """
            def rmsprop_update(w, g, s, learning_rate, rho, epsilon):
                s = s + (1 - rho) * (g * g - s)
                return w - learning_rate / (epsilon + s**0.5) * g, s
            """,
        ),
        Right("a list", swap=("return w - learning_rate * g / (np.sqrt(s) + epsilon), s", LISTED)),
    ],
    "adam": ADAM,
    "walk": [
        Wrong("no memory", "is not carried", swap=("mu * vs[-1]", "0 * vs[-1]")),
        Wrong("the old v", "by the old v", swap=("ws[-1] + vs[-1]", "ws[-1] + vs[-2]")),
        Wrong(
            "looks ahead",
            "as in Nesterov's form",
            swap=("H @ ws[-1]", "H @ (ws[-1] + mu * vs[-1])"),
        ),
        Wrong("uphill", "is wrong", swap=("- eta *", "+ eta *")),
        Wrong(
            "without the start", "must have the shape (5, 3)", swap=("array(ws)", "array(ws[1:])")
        ),
        Wrong("one step more", "must have the shape (5, 3)", swap=("range(T)", "range(T + 1)")),
        Wrong("the ends", "must have the shape (5, 3)", swap=("array(ws)", "array(ws[-1])")),
        Wrong("H is a diagonal", "is wrong", swap=("(H @ ws[-1])", "(np.diag(H) * ws[-1])")),
        Wrong("changes w", "changes its argument 2", swap=("    ws,", "    w *= 2\n    ws,")),
        Right(
            "into arrays that are there",
            """
            def walk(H, w, eta, mu, T):
                ws, vs = np.zeros((2, T + 1, len(w)), w.dtype)
                ws[0] = w
                for t in range(1, T + 1):
                    vs[t] = mu * vs[t - 1] - eta * ws[t - 1] @ H
                    ws[t] = ws[t - 1] + vs[t]
                return ws, vs
            """,
        ),
        Right(
            "the velocity from two points",
            """
            def walk(H, w, eta, mu, T):
                points = [w, w]
                for _ in range(T):
                    v = points[-1] - points[-2]
                    points.append(points[-1] + mu * v - eta * H @ points[-1])
                points = np.stack(points)
                return [points[1:], np.diff(points, axis=0)]
            """,
        ),
    ],
    "through": [
        Wrong("the last step", "the last step brings", swap=("deta -= dv", "deta = deta or -dv")),
        Wrong("v is not carried", "v_t is used once more", swap=("dv = mu * dv", "dv = 0 * dv")),
        Wrong("no way through g", "gradient of the next", swap=(BACK, "dw")),
        Wrong("no way through w", "once more, in w_t", swap=(BACK, "-eta * (H @ dv)")),
        Wrong("no mu", "deta is wrong", swap=("dv = mu * dv", "dv = 1 * dv")),
        Wrong("the sign", "deta is wrong", swap=("deta -= dv", "deta += dv")),
        Wrong(
            "twelve steps back",
            "is wrong",
            swap=("range(T, 0, -1)", "range(T, max(T - 12, 0), -1)"),
        ),
        Wrong("the new v", "dmu is wrong", swap=("vs[t - 1]", "vs[t]")),
        Wrong("the new w", "deta is wrong", swap=(H_W, "(H @ ws[t])")),
        Wrong("no half", "The half in L is missing", swap=("ws[-1] / 2", "ws[-1]")),
        Wrong("zeros", "deta is wrong", swap=(f"return {ALL}", "return L, 0.0, 0.0")),
        Wrong("dmu is 0", "dmu is wrong", swap=(f"return {ALL}", "return L, deta, 0.0")),
        Wrong("no L", f"`return {ALL}`", swap=(f"return {ALL}", "return deta, dmu")),
        Wrong("too many steps", "one step too late", swap=("range(T)", "range(T + 1)")),
        Wrong("changes w", "changes its argument 2", swap=("    ws,", "    w *= 2\n    ws,")),
        Wrong(
            "finite differences",
            "is yours a finite difference?",
            """
            def through_steps(H, w, eta, mu, T, h=1e-5):
                def loss(eta, mu):
                    x, v = w, 0 * w
                    for _ in range(T):
                        v = mu * v - eta * (H @ x)
                        x = x + v
                    return x @ H @ x / 2

                deta = (loss(eta + h, mu) - loss(eta - h, mu)) / (2 * h)
                return loss(eta, mu), deta, (loss(eta, mu + h) - loss(eta, mu - h)) / (2 * h)
            """,
        ),
        Right(
            "forwards, with the derivatives of w and v",
            """
            def through_steps(H, w, eta, mu, T):
                v, w1, v1, w2, v2 = (np.zeros(len(w)) for _ in range(5))
                for _ in range(T):
                    g = H @ w
                    v1 = mu * v1 - g - eta * H @ w1
                    v2 = v + mu * v2 - eta * H @ w2
                    v = mu * v - eta * g
                    w, w1, w2 = w + v, w1 + v1, w2 + v2
                return 0.5 * w @ H @ w, w1 @ H @ w, w2 @ H @ w
            """,
        ),
        Right(
            "in place", swap=((f"dv @ {H_W}", "dv.dot(H.dot(ws[t - 1]))"), ("dv = dv +", "dv +="))
        ),
    ],
    "experiment": EXPERIMENT,
}
