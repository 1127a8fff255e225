"""Pictures and trials of the chapter on autograd; the engine itself stands on the page."""

import gc
import math

import matplotlib.pyplot as plt
import numpy as np
from scipy.sparse.linalg import LinearOperator, cg

from minidl import plots
from minidl.datasets import digits
from minidl.layers import Dense
from minidl_course.autograd import Tensor, gradients
from minidl_course.formulas import FORMULAS, compared

COLOURS = plots.COLOURS


def plain(x):
    """The array inside a tracked one, or x itself."""
    return getattr(x, "value", x)


def gradients_come_back():
    """A film of the walk back over a small graph, after the package's tape agreed with it."""
    nodes = {
        "a": (0, 0, "a"),
        "b": (0, 1, "b"),
        "p": (1.1, 0.5, "×"),
        "t": (2.3, 0, "tanh"),
        "L": (3.5, 0.5, "+"),
    }
    edges = [("a", "p"), ("b", "p"), ("p", "t"), ("p", "L"), ("t", "L")]
    values = {"a": 0.5, "b": 2.0, "p": 1.0, "t": math.tanh(1.0), "L": 1.0 + math.tanh(1.0)}
    slope = 1 - values["t"] ** 2
    steps = [  # what is said, the node, and what it adds
        ("L is made last, so it begins, with 1", "L", {"L": 1}),
        (
            "+ hands its 1 to both. p has one of its two parts, and waits",
            "L",
            {("p", "L"): 1, "t": 1},
        ),
        ("tanh multiplies by its slope, 0.42. Now p has both parts", "t", {("p", "t"): slope}),
        ("They add up to 1.42: now p goes on", "p", {"p": 1 + slope}),
        (
            "× swaps: 1.42 times b, and 1.42 times a",
            "p",
            {"a": (1 + slope) * 2, "b": (1 + slope) * 0.5},
        ),
    ]

    def draw(step, ax):
        said, active, _ = steps[step]
        known = {name: g for _, _, new in steps[: step + 1] for name, g in new.items()}
        ax.set_position((0, 0, 1, 1))
        plots.gradient_graph(
            nodes,
            edges,
            values=values,
            gradients=known,
            active=[active],
            words={"p": "p", "L": "L"},
            ax=ax,
        )
        ax.text(0.12, ax.get_ylim()[1] - 0.12, f"{step + 1} of {len(steps)}. {said}", size=10)

    a, b = Tensor(values["a"]), Tensor(values["b"])
    p = a * b
    da, dp = gradients(p + np.tanh(p), [a, p])
    assert np.isclose(da.value, 2 * (1 + slope)) and np.isclose(dp.value, 1 + slope)
    return plots.movie(
        draw,
        range(len(steps)),
        "Gradients come back over a graph of a times b, its tanh, and their sum. The product p is "
        "used twice and waits for both parts, 1 and 0.42, before it goes on to a and b.",
        size=(6.6, 2.75),
        seconds=2,
    )


def calls(Tracked, doublings):
    """How often `backward` runs for ((x + x) + (x + x)) + ..."""
    count = 0

    class Noted(Tracked):
        def __array_ufunc__(self, f, method, *inputs):
            return Noted(f(*map(plain, inputs)), f, inputs)

        def backward(self, g):
            nonlocal count
            count += 1
            super().backward(g)

    y = Noted(np.float64(1))
    for _ in range(doublings):
        y = y + y
    y.backward(1.0)
    return count


def both_ways():
    """Three functions in a row: what is handed on, and what comes back."""
    d = plots.Diagram(7.4, 1.25)
    f = [d.box(1.75 + 1.95 * i, 0.62, f"$f_{i + 1}$", 0.6, 0.5) for i in range(3)]
    d.arrow((0.15, 0.62), f[0], "$u$", "$J_1^T J_2^T J_3^T g$")
    d.arrow(f[0], f[1], "$J_1 u$", "$J_2^T J_3^T g$")
    d.arrow(f[1], f[2], "$J_2 J_1 u$", "$J_3^T g$")
    d.arrow(f[2], (7.25, 0.62), "$J_3 J_2 J_1 u$", "$g$")
    plots.show(
        "Three boxes in a row. Above the arrows a move u goes from left to right and is multiplied "
        "by one Jacobian after the other; below, a gradient g comes back and meets their "
        "transposes."
    )


def trials(witnesses, rng):
    """{operation: its two distances}: from finite differences, and from push by (1)."""
    a, row = rng.standard_normal((3, 4)), rng.uniform(0.5, 2, 4)
    column = rng.uniform(0.5, 2, (3, 1))
    binary = (np.add, np.subtract, np.multiply, np.divide, np.maximum)
    asked = {
        **{f.__name__: (f, a, row) for f in binary},
        "divide, a column": (np.divide, a, column),
        **{f.__name__: (f, a) for f in (np.exp, np.tanh)},
        "log": (np.log, row),
        "matmul": (np.matmul, a, rng.standard_normal((4, 2))),
    }
    apart = {name: witnesses(*trial) for name, trial in asked.items()}
    apart["sum over axis 1"] = witnesses(np.sum, a, axis=1)
    apart["sum, kept"] = witnesses(np.sum, a, axis=0, keepdims=True)
    print(f"{'operation':18} finite differences   (1)")
    for name, (steps, transposed) in apart.items():
        print(f"{name:18} {steps:18.0e}   {transposed:.0e}")
    return apart


class Slip(Dense):
    """A dense layer whose bias has a gradient that is wrong by a thousandth."""

    def backward(self, dy, cache):
        self.b.grad += 0.001 * dy.sum(axis=0)
        return super().backward(dy, cache)


def hand_against_machine(by_layer, difference):
    """A row for each layer; returns the error of the one with a slip, and how many gradients."""
    slip = difference(*compared(FORMULAS["dense"], Slip(4)))
    count = sum(len(compared(case)[0]) - 1 for case in FORMULAS.values())
    _, ax = plt.subplots(figsize=(6.6, 4.9), layout="compressed")
    names = list(by_layer)
    for i, name in enumerate(names):
        ax.plot(max(by_layer[name], 1e-17), i, "o", color=COLOURS["weight"], ms=5)
    ax.plot(slip, len(names), "X", color=COLOURS["gradient"], ms=8)
    labels = [f"{name}  {FORMULAS[name].chapter:02}" for name in names]
    ax.set_yticks(range(len(names) + 1), [*labels, "dense, with a slip of 0.001"], fontsize=8)
    ax.axvline(np.finfo(float).eps, color="black", lw=0.8, ls="--")
    ax.text(3e-16, -0.2, "2.2e-16, between 1 and its neighbour", fontsize=8, va="center")
    ax.set(xscale="log", xlim=(5e-18, 1), xlabel="largest relative difference, hand and machine")
    ax.invert_yaxis()
    ax.set_title("All agree to rounding; a slip of a thousandth does not hide", fontsize=10)
    ax.grid(axis="x", alpha=0.3)
    plots.show(
        "A row for each layer with its chapter. All points lie between 1e-17 and 1e-14, and a "
        "layer with a deliberate slip near 5e-4."
    )
    return slip, count


def answers(x, w):
    """Scores (N, 10) of the network that the page trains."""
    W1, b1, W2, b2 = w
    return np.tanh(x @ W1 + b1) @ W2 + b2


def training(losses, w, images):
    """The loss of each step, and what the network answers to some new digits."""
    ratios = [4, *[1] * len(images)]
    _, axes = plt.subplots(1, 7, figsize=(7.4, 2.1), width_ratios=ratios, layout="compressed")
    axes[0].plot(losses, color=COLOURS["output"])
    axes[0].set(xlabel="step", ylabel="loss", ylim=(0, None), title="The engine trains a network")
    for ax, image in zip(axes[1:], images):
        ax.imshow(image.reshape(8, 8), cmap="gray_r")
        ax.set(xticks=[], yticks=[], title=f"{answers(image[None], w).argmax()}")
    plots.show(
        "The loss of a network that learns by the engine of this page falls in 300 steps from "
        "above 2 to below 0.1; beside it six new digits, each below its answer."
    )


class Counted(np.ndarray):
    """An array that counts operations on numbers."""

    done = 0

    def __array_ufunc__(self, f, method, *inputs, **options):
        a = [np.asarray(x) for x in inputs]
        y = np.asarray(getattr(f, method)(*a, **options))
        each = a[0].shape[-1] if f is np.matmul else 1
        Counted.done += each * (a[0].size if method == "reduce" else y.size)
        return y.view(Counted)


def cost(work):
    """Operations of work()."""
    before = Counted.done
    work()
    return Counted.done - before


def costs_of_a_jacobian(Dual, Traced, grads, rng, outputs, n=64, M=32):
    """Operations for each number of outputs: the values, the Jacobian by n pushes, by m pulls."""

    def counts(m):
        W1, W2 = (rng.standard_normal(s).view(Counted) for s in ((n, M), (M, m)))
        x = rng.standard_normal((1, n)).view(Counted)
        eyes = np.eye(n).view(Counted), np.eye(m).view(Counted)
        pushed, pulled = [], []

        def f(x):
            return np.tanh(x @ W1) @ W2

        def by_push():
            pushed.extend(f(Dual(x, eyes[0][i : i + 1])).u for i in range(n))

        def by_pull():
            t = Traced(x)
            y = f(t)
            pulled.extend(grads(y, [t], eyes[1][i : i + 1])[0] for i in range(m))

        found = cost(lambda: f(x)), cost(by_push), cost(by_pull)
        columns, rows = (np.concatenate([*map(np.asarray, made)]) for made in (pushed, pulled))
        np.testing.assert_allclose(columns.T, rows, atol=1e-10)
        return found

    return np.array([counts(m) for m in outputs])


def pushes_and_pulls(outputs, costs):
    """Both modes over the number of outputs; returns where they cost the same."""
    crossing = np.interp(0, np.log(costs[:, 2] / costs[:, 1]), outputs)
    _, ax = plt.subplots(figsize=(5.8, 2.9), layout="compressed")
    ax.loglog(outputs, costs[:, 1], "o-", color=COLOURS["data"], label="64 pushes (forward)")
    ax.loglog(outputs, costs[:, 2], "o-", color=COLOURS["gradient"], label="m pulls (reverse)")
    ax.loglog(outputs, costs[:, 0], "--", color="black", label="the values alone")
    ax.axvline(crossing, color=COLOURS["muted"], lw=0.8)
    ax.set(xlabel="outputs m", ylabel="operations", title="One pull for a loss, 64 pushes")
    ax.legend(fontsize=8)
    plots.show(
        "Operations over m: pushes are flat at first, pulls rise with m and cross them near 125."
    )
    return crossing


def last_cheaper(Dual, Traced, grads):
    """Print and return the largest m up to which m pulls cost less than 64 pushes."""
    outputs = np.arange(100, 151)
    costs = costs_of_a_jacobian(Dual, Traced, grads, np.random.default_rng(0), outputs)
    cheaper = costs[:, 2] < costs[:, 1]
    last = int(outputs[cheaper][-1])
    assert cheaper.sum() == last - 99  # up to there all are, and from there on none
    print(f"pulls cost less up to m = {last}")
    return last


def cost_of_a_loss(loss, Traced, grads, x, y, weights):
    """Operations of a loss, and of the loss with all of its gradients."""
    counted = [w.view(Counted) for w in weights]
    traced = [Traced(w) for w in counted]
    value = cost(lambda: loss(x, y, *counted))
    gradient = cost(lambda: grads(loss(x, y, *traced), traced))
    print(f"a loss: {value:,} operations; its {sum(w.size for w in weights)} slopes: {gradient:,}")
    return value, gradient


def newton(loss, curvature, w, steps):
    """Yield the norm of the gradient before each step, and how many products the step took."""
    for _ in range(steps):
        x, products = Tensor(w), []
        (slope,) = gradients(loss(x), [x])

        def product(u, w=w, products=products):
            products.append(u)
            return curvature(loss, w, u)

        H = LinearOperator((w.size, w.size), product, dtype=float)
        s, _ = cg(H, -slope.value.ravel(), rtol=1e-8)
        yield np.linalg.norm(slope.value), len(products)
        w = w + s.reshape(w.shape)


def eights_and_threes(centred=False):
    """The loss of telling 8 from 3 by logistic regression, its start, and the curvatures there."""
    (images, labels), _ = digits.load_data()
    chosen = np.isin(labels, (3, 8))
    X = images[chosen].reshape(chosen.sum(), -1) / 16.0
    X = X - X.mean(axis=0) if centred else X
    sign = np.where(labels[chosen] == 8, 1.0, -1.0)[:, None]

    def logistic(w):
        return np.mean(np.log(1 + np.exp(-sign * (X @ w)))) + 0.005 * np.sum(w * w)

    curvatures = np.linalg.eigvalsh(X.T @ X) / 4 / len(X) + 0.01  # known without a walk
    return logistic, np.zeros((X.shape[1], 1)), curvatures


def _newton_and_descent(loss, curvature, w, largest):
    # Norms of the gradient on both ways down, and how many walks Newton's steps had cost.
    by_newton = np.array(list(newton(loss, curvature, w, 7)))
    by_descent = []
    for _ in range(400):
        (slope,) = gradients(loss(t := Tensor(w)), [t])
        by_descent.append(np.linalg.norm(slope.value))
        w = w - slope.value / largest
    walks = 1 + np.concatenate([[0], np.cumsum(1 + 2 * by_newton[:-1, 1])])  # a product is two
    return by_newton, by_descent, walks


def two_ways_down(curvature):
    """The norm of the gradient over the walks that it cost, by Newton's steps and by descent.

    Returns the norms, then those on centred pixels; and the walks to 1e-4 there.
    """
    _, ax = plt.subplots(figsize=(5.8, 2.9), layout="compressed")
    norms = []
    for pixels, style in (("pixels as they are", "-"), ("centred pixels", "--")):
        loss, w, curvatures = eights_and_threes(centred=style == "--")
        H = [curvature(loss, w, u) for u in np.eye(w.size)]
        np.testing.assert_allclose(np.linalg.eigvalsh(H), curvatures, rtol=1e-4)
        by_newton, by_descent, walks = _newton_and_descent(loss, curvature, w, curvatures[-1])
        norms += [by_newton[:, 0], by_descent]
        for name, at, norm, mark, colour in (
            ("Newton", walks, by_newton[:, 0], "o", "weight"),
            ("descent", 1 + np.arange(400), by_descent, "", "muted"),
        ):
            ax.semilogy(at, norm, mark + style, color=COLOURS[colour], label=f"{name}, {pixels}")
        print(f"{pixels}: largest over smallest curvature {curvatures[-1] / curvatures[0]:.0f}")
        print("  norm of the gradient, Newton:", *(f"{norm:.0e}" for norm in by_newton[:, 0]))
        print("  products with H a step:      ", *by_newton[:, 1].astype(int))
        print(f"  gradient descent after 400 walks: {by_descent[-1]:.0e}")
    to_newton = int(walks[np.argmax(by_newton[:, 0] < 1e-4)])
    to_descent = 1 + int(np.argmax(np.array(by_descent) < 1e-4))
    print(f"  walks until it is below 1e-4: Newton {to_newton}, descent {to_descent}")
    ax.set(xlabel="walks over a tape", ylabel="norm of the gradient")
    ax.set_title("Centred pixels help gradient descent more than Newton", fontsize=10)
    ax.legend(fontsize=8)
    plots.show(
        "Newton's gradient falls to 1e-13 after 211 walks, with centred pixels after 183; gradient "
        "descent's to 2e-3 after 400, with centred pixels to 5e-12."
    )
    return norms, to_newton, to_descent


def penalty_by_hand(points, arrays):
    """Gradients of chapter 30's penalty: one more pass through a network of straight pieces."""
    h, slopes = points, []
    for W in arrays[:-1]:
        slopes.append(np.where(h @ W > 0, 1, 0.2))
        h = slopes[-1] * (h @ W)
    v, kept = np.ones((len(points), 1)), []
    for W, slope in zip(reversed(arrays), [1.0, *reversed(slopes)]):
        v = v * slope
        kept.insert(0, (v, slope))
        v = v @ W.T
    length = np.linalg.norm(v, axis=1, keepdims=True)
    back, dW = 2 * (length - 1) * v / length / len(points), []
    for (v, slope), W in zip(kept, arrays):
        dW.append(back.T @ v)
        back = (back @ W) * slope
    return dW


def alive():
    """How many notes nobody has forgotten yet."""
    return sum(type(o) is Tensor and bool(o.inputs) for o in gc.get_objects())


def segments_tried(checkpointed, rng, segments):
    """The most arrays kept for each length of a segment; all gradients equal to the last bit."""
    gc.collect()
    gc.freeze()  # what is there now is not looked at again
    deep = [rng.standard_normal((8, 8)) / 3 for _ in range(72)]
    x, dy = rng.standard_normal((4, 8)), rng.standard_normal((4, 8))
    most, reference = [], None
    for every in segments:
        found, kept = checkpointed(x, deep, dy, every)
        reference = reference or found
        for a, b in zip(found, reference):
            np.testing.assert_array_equal(a.value, b.value)
        most.append(kept)
    return most


def memory(segments, most, expected):
    """Arrays kept over the layers in a segment, counted and by (6)."""
    _, ax = plt.subplots(figsize=(5.8, 2.6), layout="compressed")
    ax.plot(segments, most, "o", color=COLOURS["memory"], label="counted")
    ax.plot(segments, expected, color="black", lw=0.8, label="(6)")
    ax.set(xscale="log", yscale="log", xlabel="layers in a segment, k", ylabel="arrays kept")
    ax.set_xticks(segments, segments)
    ax.set_yticks([24, 50, 100, 145], [24, 50, 100, 145])
    ax.minorticks_off()
    ax.set_title("72 layers: 24 arrays in place of 145", fontsize=10)
    ax.legend(fontsize=8)
    plots.show("Arrays kept over k: a valley with its floor of 24 at k = 6, 145 at k = 72.")
    print("layers in a segment", *(f"{k:4}" for k in segments))
    print("arrays kept        ", *(f"{count:4}" for count in most))


def refusals():
    """Print what the package says to five mistakes."""

    def said(work):
        try:
            work()
        except (TypeError, ValueError) as error:
            return f"{type(error).__name__}: {error}"[:75] + "..."
        raise AssertionError("not refused")

    def changed_in_place():
        data = np.array([1.0, 2.0, 3.0])
        x = Tensor(data)
        y = np.sum(x * x)
        data[:] = 0
        gradients(y, [x])

    three = Tensor(np.ones(3))
    print(said(changed_in_place))
    print(said(lambda: np.sin(three)))
    print(said(lambda: three.__setitem__(0, 1.0)))
    print(said(lambda: 1 if three else 2))
    print(said(lambda: np.array(three)))
