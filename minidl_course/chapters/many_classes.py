"""What chapter 02 draws: a Jacobian, ten templates, what each pixel says, measured slopes."""

import matplotlib.pyplot as plt
import numpy as np

from minidl import plots
from minidl.callbacks import LambdaCallback
from minidl.layers import Dense, Flatten
from minidl.layers.activations import sigmoid
from minidl.models import Sequential
from minidl.optimizers import SGD
from minidl.plots.common import BLUE, GREEN, ORANGE, VERMILLION, colour_map
from minidl_course.chapters.common import bare, load_digits, softmax
from minidl_course.chapters.one_neuron import ink_and_middle

SIGNED = colour_map(BLUE, "white", VERMILLION, bad="white")
MOMENTS = (0, 1, 3, 6, 12, 25, 50, 75, 100, 125, 188, 250, 375, 500, 750, 1250)  # batches


def ink_of_three(images, digits):
    """Of the 1s, 7s and 8s: ink and ink in the middle (1200, 2), labels 0, 1, 2 (1200,).

    The inputs are in standard deviations from their mean.
    """
    kept = np.isin(digits, (1, 7, 8))
    inputs = ink_and_middle(images[kept])
    labels = np.searchsorted((1, 7, 8), digits[kept])
    return (inputs - inputs.mean(axis=0)) / inputs.std(axis=0), labels


def read(model, images, digits, digit):
    """The first image of a digit that the model reads."""
    answers = model.predict(images, verbose=0).argmax(axis=1)
    return next(n for n in range(len(answers)) if answers[n] == digits[n] == digit)


def misread(model, images, digits):
    """The first image whose digit is the second guess, after a sure first one."""
    p = model.predict(images, verbose=0)
    second = np.argsort(p, axis=1)[:, -2]
    found = next(n for n in range(len(p)) if second[n] == digits[n] and p[n].max() > 0.6)
    assert p[found].argmax() != digits[found]
    return found


def evidence(model, images, digits, which):
    """What each pixel adds to the logits of the two likeliest answers, a row for each image."""
    W, b = model.get_weights()
    p = model.predict(images, verbose=0)  # (N, 10)
    order = np.argsort(p, axis=1)  # (N, 10), the likeliest last
    size = (6.4, 2.35 * len(which))
    _, axes = plt.subplots(len(which), 3, figsize=size, layout="constrained", squeeze=False)
    for row, n in zip(axes, which):
        row[0].imshow(images[n], "gray")
        row[0].set_title(f"the digit is {digits[n]}", size=10)
        for ax, c in zip(row[1:], order[n, :-3:-1]):
            added = (images[n].ravel() * W[:, c]).reshape(28, 28)
            ax.imshow(added, cmap=SIGNED, vmin=-0.4, vmax=0.4)
            logit = added.sum() + b[c]
            ax.set_title(f"for {c}: $z$ = {logit:.1f}, $p$ = {p[n, c]:.2f}", size=10)
    bare(axes)
    images_are = {1: "A test digit, an 8 that looks a little like a 2."}
    plots.show(
        f"{images_are.get(len(which), 'Two test digits.')} Beside each, for the two likeliest "
        "answers, the pixels that speak for it in vermillion and those against it in blue, with "
        "the sum of the evidence."
    )


def hook():
    """A misread digit, and what each of its pixels says to two of ten neurons."""
    (images, digits), test = load_digits(28, 28)
    model = Sequential([Flatten(input_shape=(28, 28)), Dense(10, activation="softmax")], seed=0)
    model.compile(SGD(0.1), "sparse_categorical_crossentropy")
    model.fit(images, digits, epochs=10, verbose=0)
    evidence(model, *test, [misread(model, *test)])


def three_neurons(x, labels):
    """Three neurons with a softmax, trained on x (N, D)."""
    model = Sequential([Dense(3, activation="softmax")], seed=0)
    model.compile(SGD(0.2), "sparse_categorical_crossentropy")
    model.fit(x, labels, epochs=40, verbose=0)
    return model


def softmax_of_ink(x, labels):
    """Three neurons on the ink alone: their logits and the softmax of them; then on both inputs.

    Args: x (N, 2), ink and ink in the middle, and labels (N,), 0 for a 1, 1 for a 7, 2 for an 8.
    Returns: the probabilities (200, 3) along the axis of ink.
    """
    model = three_neurons(x[:, :1], labels)
    grid = np.linspace(-2.5, 4, 200)
    W, b = model.get_weights()
    z, p = grid[:, None] * W[0] + b, model.predict(grid[:, None])  # (200, 3) each
    _, axes = plt.subplots(1, 3, figsize=(9, 3), layout="constrained")
    axes[1].axhspan(0, 1, color="0.93")
    looks = [*zip(("a 1", "a 7", "an 8"), (ORANGE, GREEN, BLUE), ("-.", "--", "-"))]
    for ax, curves in zip(axes, (z, p)):
        for curve, (name, colour, style) in zip(curves.T, looks):
            ax.plot(grid, curve, style, color=colour, lw=2, label=name)
        ax.set(xlabel="ink $x$ (standard deviations)")
    for c, (_, colour, _) in enumerate(looks):
        axes[1].plot(x[labels == c, 0], np.full(np.sum(labels == c), -0.1 - 0.06 * c), "|",
                     color=colour, ms=4, alpha=0.4)  # fmt: skip
    axes[1].set(ylim=(-0.3, 1.05))
    axes[0].set_title("Three logits: three lines", size=10)
    axes[1].set_title("Softmax: three probabilities", size=10)
    axes[0].legend(loc="upper center", fontsize=8)
    regions(axes[2], three_neurons(x, labels), x, labels)
    plots.show(
        "Three panels. Over ink, three straight lines, one for each digit, and three softmax "
        "curves between 0 and 1, each the highest on a stretch of its own. Then the plane of ink "
        "and ink in the middle, parted by straight borders into three regions, with 120 digits of "
        "each kind, most of them in the region of their kind."
    )
    return p


def regions(ax, model, x, labels):
    """Where each of three neurons is ahead, in the plane of two inputs, and the digits."""
    across, up = np.linspace(-2.6, 4.2, 150), np.linspace(-3.2, 3.2, 150)
    plane = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)  # (22500, 2)
    ahead = model.predict(plane, verbose=0).argmax(axis=1).reshape(150, 150)
    colours = (ORANGE, GREEN, BLUE)
    ax.contourf(across, up, ahead, (-0.5, 0.5, 1.5, 2.5), colors=colours, alpha=0.3)
    ax.contour(across, up, ahead, (0.5, 1.5), colors="black", linewidths=0.8)
    for c, (digit, colour) in enumerate(zip("178", colours)):
        ax.scatter(*x[labels == c][:120].T, 18, color=colour, marker=f"${digit}$", lw=0.3)
    share = model.predict(x, verbose=0).argmax(axis=1) == labels
    ax.set(xlabel="ink", ylabel="ink in the middle")
    ax.set_title(f"Two inputs: {share.mean():.0%} right", size=10)


def measured_jacobian(p, h=1e-6):
    """The slopes (C, C) of a softmax whose probabilities are p, a column for each logit."""
    z = np.log(p)
    steps = h * np.eye(len(p))
    return np.stack([(softmax(z + s) - softmax(z - s)) / (2 * h) for s in steps], axis=1)


def jacobian(p, J):
    """The Jacobian of a softmax in steps: a diagonal, minus a product, is J; (C, C) each."""
    C = len(p)
    _, axes = plt.subplots(1, 3, figsize=(7.4, 2.75), layout="constrained")
    parts = (
        ("diag($p$): the numerator", np.diag(p)),
        ("$-\\,p\\,p^T$: the sum", -np.outer(p, p)),
        ("together: $J$", J),
    )
    for ax, (title, matrix) in zip(axes, parts):
        ax.imshow(matrix, cmap=SIGNED, vmin=-0.6, vmax=0.6)
        for (row, column), entry in np.ndenumerate(matrix):
            ax.text(column, row, f"{entry:.2f}".replace("-", "−"), ha="center", va="center")
        ax.set_xticks(range(C), [f"$z_{i + 1}$" for i in range(C)])
        ax.set_yticks(range(C), [f"$p_{j + 1}$ = {p[j]:.1f}" for j in range(C)])
        ax.tick_params(length=0)
        ax.set_title(title, size=11)
    axes[2].set_xlabel("the logit that is raised")
    for ax in axes[1:]:
        ax.set_yticks([])
    for ax, sign in zip(axes[1:], ("+", "=")):
        ax.text(-0.12, 0.5, sign, transform=ax.transAxes, size=16, ha="center", va="center")
    plots.show(
        "Three squares of three by three numbers. The probabilities 0.6, 0.3 and 0.1 on a "
        "diagonal, plus their products, all negative, make the Jacobian: 0.24, 0.21 and 0.09 on "
        "the diagonal, and negative numbers elsewhere. Each column adds up to 0."
    )


def two_lopsided_us(measured_error, places):
    """The error of a measured slope over its step, in float32 and in float64, beside formula (8).

    In (8), a is a sixth of the third derivative at `places` (N,), and c is read off the left arm.

    Args: `measured_error(h, dtype)` as on the page, for the logistic loss with t = 0.
    Returns: {dtype: (slopes of the left arm and of the right one, best step, its error, step
        by (9))}; printed.
    """
    found, p = {}, sigmoid(places)
    a = np.sqrt(np.mean((p * (1 - p) * (1 - 2 * p)) ** 2)) / 6
    _, ax = plt.subplots(figsize=(6.5, 3.8), layout="constrained")
    looks = (np.float32, ORANGE, "o", 8), (np.float64, BLUE, "s", 3.5)  # the blue lies on top
    for dtype, colour, marker, size in looks:
        eps = np.finfo(dtype).eps
        hs = 2.0 ** np.arange(np.log2(eps) + 5, 1)
        errors = np.array([measured_error(h, dtype) for h in hs.astype(dtype)])
        arms = hs < eps ** (1 / 3) / 8, (8 * eps ** (1 / 3) < hs) & (hs < 1)
        slopes = [np.polyfit(np.log(hs[arm]), np.log(errors[arm]), 1)[0] for arm in arms]
        c = np.exp(np.mean(np.log(errors[arms[0]] * hs[arms[0]] / eps)))
        best = (c * eps / (2 * a)) ** (1 / 3)
        ax.loglog(hs, errors, marker, color=colour, ms=size, label=dtype.__name__)
        ax.loglog(hs, a * hs**2 + c * eps / hs, color="black", lw=0.8)
        ax.plot(best, a * best**2 + c * eps / best, "k*", ms=11, zorder=4)
        ax.axvline(eps ** (1 / 3), color=colour, ls=":", label=r"its $\epsilon^{1/3}$")
        found[dtype.__name__] = slopes, hs[np.argmin(errors)], min(errors), best
    ax.plot([], [], "k-*", lw=0.8, ms=9, label="(8), and its minimum (9)")
    ax.set(xlabel="step $h$", ylabel="root mean square error")
    ax.set_title("The minima lie near those of (9)")
    ax.legend(loc="lower left")
    plots.show(
        "Two curves, for float32 and float64, over the step h on logarithmic axes. Each falls with "
        "slope 2 from right to left, has its lowest point near the star that formula (9) predicts, "
        "a few times the cube root of epsilon, and rises again."
    )
    for name, (slopes, h, error, best) in found.items():
        print(f"{name}: slopes {slopes[0]:.2f} and {slopes[1]:.2f},", end=" ")
        print(f"least error {error:.0e} at h = {h:.1e}; (9): {best:.1e}")
    return found


def read_with_a_hinge(x, labels, x_new, labels_new):
    """The share of new digits that ten neurons read which learned with a hinge in 50 steps."""
    x, x_new = (images.reshape(-1, 784) for images in (x, x_new))
    t, W, b = np.eye(10)[labels], np.zeros((784, 10)), np.zeros(10)
    for _ in range(50):
        z = x @ W + b  # (N, 10)
        close = (z - (z * t).sum(axis=1, keepdims=True) + 1 > 0) * (1 - t)
        dz = (close - t * close.sum(axis=1, keepdims=True)) / len(x)
        W, b = W - 0.1 * x.T @ dz, b - 0.1 * dz.sum(axis=0)
    return np.mean((x_new @ W + b).argmax(axis=1) == labels_new)


class Watch(LambdaCallback):
    """Keeps (share of the test digits right, W) of a network at each of MOMENTS."""

    def __init__(self, model, test):
        super().__init__(on_train_batch_end=self.look)
        self.learner, self.test, self.batches, self.kept = model, test, -1, []
        self.look()

    def look(self, batch=None, logs=None):
        self.batches += 1
        if self.batches in MOMENTS:
            share = self.learner.evaluate(*self.test, verbose=0)[1]
            self.kept.append((share, self.learner.get_weights()[0].copy()))


def watched(learner, images, digits, test):
    """Train ten neurons for ten epochs, and return what a `Watch` has kept of them."""
    watch = Watch(learner, test)
    learner.fit(images, digits, epochs=10, verbose=0, callbacks=[watch])
    return watch.kept


def templates_form(kept):
    """The weights of ten neurons as ten images, while they learn; `kept` is a `Watch`'s."""
    assert len(kept) == len(MOMENTS) and kept[0][0] < 0.25 and kept[-1][0] > 0.88

    def draw(moment, ax):
        share, W = kept[moment]
        canvas = np.full((2 * 30, 5 * 30), np.nan)
        for digit, image in enumerate(W.T.reshape(10, 28, 28)):
            row, column = divmod(digit, 5)
            canvas[30 * row : 30 * row + 28, 30 * column : 30 * column + 28] = image
            corner = (30 * column - 0.5, 30 * row - 0.5)
            ax.add_patch(plt.Rectangle(corner, 28, 28, fill=False, edgecolor="0.7", lw=0.6))
            ax.text(30 * column + 1, 30 * row + 1, digit, va="top", size=11, weight="bold")
        ax.imshow(canvas, cmap=SIGNED, vmin=-0.4, vmax=0.4)
        steps, epochs = MOMENTS[moment], MOMENTS[moment] // 125
        when = f"{steps} step{'s' * (steps != 1)}"
        when += f" ({epochs} epoch{'s' * (epochs > 1)})" * (epochs > 0)
        ax.set_title(f"after {when}: {share:.0%} of the test digits right", size=11)
        ax.axis("off")

    return plots.movie(
        draw,
        range(len(MOMENTS)),
        "The weights of ten neurons as ten images. At first they are noise; step by step blurred "
        "digits appear in them: a 0 with a blue hole, a 1 with a red stroke.",
        size=(7, 3.2),
        seconds=0.7,
        loop=False,
    )


def two_learning_curves(many, few):
    """Training loss and test loss, with many digits and with few, over the same number of steps."""
    _, axes = plt.subplots(1, 2, figsize=(7.4, 2.9), layout="constrained", sharey=True)
    for ax, history, title in zip(axes, (many, few), ("4,000 digits", "1,000 digits")):
        plots.learning_curves(history, ax=ax, held_out="test")
        gap = history["val_loss"][-1] - history["loss"][-1]
        ax.set(title=f"{title}: a gap of {gap:.2f}", ylim=(0, 1.6))
    axes[1].set_ylabel("")
    plots.show(
        "Training loss and test loss over ten epochs of 4,000 digits, and over forty of 1,000; the "
        "second curve ends above the first, and with fewer digits further above."
    )
    print(f"4,000 digits, 10 epochs: loss {many['loss'][-1]:.2f}, test {many['val_loss'][-1]:.2f}")
    print(f"1,000 digits, 40 epochs: loss {few['loss'][-1]:.2f}, test {few['val_loss'][-1]:.2f}")
