"""Rings, digits, films and curves of the chapter on diffusion and flows.

The loss, the networks and the samplers stand on the page.
"""

import time
from functools import partial

import matplotlib.pyplot as plt
import numpy as np
from sklearn.mixture import GaussianMixture

from minidl import plots
from minidl.losses import MeanSquaredError
from minidl.optimizers import Adam
from minidl.optimizers.schedules import CosineDecay
from minidl_course.chapters import gans
from minidl_course.chapters.autoencoders import Pca
from minidl_course.chapters.common import bare, folded, load_digits, show_rows

COLOURS = plots.COLOURS
PIXELS = {"cmap": "gray", "vmin": 0, "vmax": 1, "interpolation": "nearest"}
RING_STEPS = 64  # of the film with two crowds


class Clock:
    """CPU seconds of the parts of a page, in `seconds`; it starts when it is made."""

    def __init__(self):
        self.seconds = {}
        self.start()

    def start(self):
        """What was spent since the last note belongs to no part."""
        self._began = time.process_time()

    def __call__(self, name):
        """Note the time since the last note under this name."""
        self.seconds[name] = time.process_time() - self._began
        self.start()

    def of(self, name, function, *arguments):
        """Run a function, note its time under this name, and return what it returns."""
        self.start()
        result = function(*arguments)
        self(name)
        return result

    def told(self):
        """Print all parts, and the whole page."""
        for name, spent in self.seconds.items():
            print(f"{name:30} {spent:5.1f} CPU-s")
        print(f"{'whole page, with its pictures':30} {time.process_time():5.1f} CPU-s")


def gaussian(seed, *shape):
    """Draws from the standard Gaussian, in float32."""
    return np.random.default_rng(seed).standard_normal(shape, np.float32)


def predict(model, x):
    """What a network answers to x (N, ...), which may be of any type."""
    return model.predict(np.asarray(x, "float32"), batch_size=1000, verbose=0)


def as_pixels(x):
    """Numbers from -1 to 1 as pixels from 0 to 1."""
    return np.clip((x + 1) / 2, 0, 1)


def along(velocity, x, steps):
    """All stages of the way of x (N, D) from t = 0 to 1 in Euler steps: (steps + 1, N, D)."""
    stages = [x]
    for n in range(steps):
        stages.append(stages[-1] + velocity(stages[-1], n / steps) / steps)
    return np.array(stages)


def squared_distances(a, b):
    """Of each of a (N, D) from each of b (M, D) -> (N, M)."""
    return np.maximum((a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * a @ b.T, 0)


def to_nearest(a, b):
    """The distance (N,) of each of a (N, D) from the nearest of b (M, D)."""
    return np.sqrt(squared_distances(a, b).min(axis=1))


def strip_of(images):
    """Images (n, 784) side by side with white between them, for `imshow(..., **PIXELS)`."""
    tiles = np.pad(np.reshape(images, (-1, 28, 28)), ((0, 0), (0, 0), (1, 1)), constant_values=1)
    return tiles.transpose(1, 0, 2).reshape(28, -1)


# The perfect machine, on digits and on a ring


def hook(machine):
    """Ten images of noise become digits, in five rows; returns the ten (10, 784), from -1 to 1."""
    (X, _), _ = load_digits(784)
    pixels = 2 * X - 1
    stages = along(lambda x, t: machine(x, t, pixels), gaussian(1, 10, 784), 20)
    show_rows(
        {f"t = {n / 20:g}": (stages[n] + 1) / 2 for n in (0, 8, 12, 16, 20)},
        "Five rows of ten images. The first is noise; further down, grey shapes appear in the "
        "noise and become ten sharp digits.",
        width=6.4,
        interpolation="nearest",
    )
    return stages[-1]


def ring(seed, n):
    """n points (n, 2) on the eight spots of chapter 30."""
    return gans.ring(np.random.default_rng(seed), n)


def judge_ring(points):
    """The share of points within 0.3 of a cloud's middle, and the clouds that have over 5 %."""
    squares = squared_distances(points, gans.MODES)
    good = squares.min(axis=1) < 0.3**2
    shares = np.bincount(squares.argmin(axis=1)[good], minlength=8) / len(points)
    return good.mean(), int((shares > 0.05).sum())


def _plane(ax, limit):
    ax.set(xlim=(-limit, limit), ylim=(-limit, limit), xticks=[], yticks=[], aspect="equal")


def one_place(machine, crowd):
    """Lines through one place and their mean velocity; then an arrow at every place."""
    place = np.array([0.3, 0.8], "float32")
    begins, ends = gaussian(10, 40_000, 2), ring(3, 40_000)
    through = np.linalg.norm((begins + ends) / 2 - place, axis=1) < 0.1  # at t = 0.5
    mean_velocity = (ends - begins)[through].mean(axis=0)
    assert through.sum() > 100
    assert np.linalg.norm(mean_velocity - machine(place[None], 0.5, crowd)) < 0.4
    axis = np.linspace(-2.2, 2.2, 12)
    places = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    velocities = machine(places, 0.5, crowd)

    _, (left, right) = plt.subplots(1, 2, figsize=(6.6, 3.6), layout="constrained")
    for i in np.flatnonzero(through)[:40]:
        left.plot(*np.stack([begins[i], ends[i]]).T, color=COLOURS["data"], lw=0.7, alpha=0.6)
        left.plot(*ends[i], "o", color=COLOURS["data"], ms=3)
    arrow = {"arrowstyle": "-|>", "color": COLOURS["output"], "lw": 3, "mutation_scale": 18}
    arrow["shrinkA"] = 0
    left.annotate("", place + mean_velocity / 2, place, arrowprops=arrow, zorder=5)
    left.plot(*place, "o", color="black", ms=6, zorder=6)
    left.set_title("40 lines through one place at t = 0.5,\nand their mean", fontsize=10)
    right.scatter(*crowd[:400].T, s=2, color=COLOURS["muted"])
    right.quiver(*places.T, *velocities.T, color=COLOURS["output"], width=0.006, scale=32)
    right.plot(*place, "o", color="black", ms=3)
    right.set_title("the mean at every place, t = 0.5", fontsize=10)
    _plane(left, 2.8)
    _plane(right, 2.8)
    plots.show(
        "Left: 40 lines from noise pass through one place and end in several clouds of the ring; "
        "an arrow shows their mean velocity. Right: an arrow for the mean velocity at each place."
    )


def two_crowds(machine, crowd):
    """A film: one crowd on straight lines to partners, one that follows the mean velocity."""
    start, partners = gaussian(0, 600, 2), ring(1, 600)
    ways = along(lambda x, t: machine(x, t, crowd), start, RING_STEPS)  # (65, 600, 2)
    times = np.linspace(0, 1, RING_STEPS + 1)[:, None, None]
    lines = (1 - times) * start + times * partners
    for n in (16, 32, 48, 64):  # both crowds look the same at every time
        both = [np.linalg.norm(a[n], axis=1) for a in (lines, ways)]
        assert abs(both[0].mean() - both[1].mean()) < 0.08
        assert abs(both[0].std() - both[1].std()) < 0.08
    good, clouds = judge_ring(ways[-1])
    assert good > 0.97 and clouds == 8
    chord = times * (ways[-1] - ways[0]) + ways[0]
    bend = np.abs(ways - chord).max(axis=(0, 2))
    marked = np.argsort(bend)[-60::10]

    def travel(n, left, right):
        for ax, now in ((left, lines[n]), (right, ways[n])):
            ax.scatter(*now[:350].T, s=3, color=COLOURS["muted"])
            _plane(ax, 3)
        dots = {"s": 28, "edgecolor": "black", "zorder": 3}
        for i in marked:
            left.plot(*np.stack([start[i], lines[n, i]]).T, color=COLOURS["data"], lw=1.2)
            right.plot(*ways[: n + 1, i].T, color=COLOURS["output"], lw=1.2)
        left.scatter(*lines[n, marked].T, color=COLOURS["data"], **dots)
        right.scatter(*ways[n, marked].T, color=COLOURS["output"], **dots)
        title = f"to a partner: straight, crossing   t = {n / RING_STEPS:.2f}"
        left.set_title(title, fontsize=10)
        right.set_title("with the crowd: bent, never meeting", fontsize=10)

    return plots.movie(
        travel,
        [*range(0, 64, 6), 64],
        "Two panels of 350 points that go from a round cloud to a ring of eight clouds. On the "
        "left, marked points travel on crossing straight lines; on the right their paths bend.",
        size=(6.2, 3.3),
        columns=2,
        still=9,
        seconds=0.4,
    )


def copies(made, X, X_test):
    """Print how far made digits (n, 784), from -1 to 1, and new ones are from the nearest of X."""
    nearest = to_nearest(made.astype("float64"), 2 * X.astype("float64") - 1) / 2
    usual = to_nearest(X_test, X)
    print(f"distance to the nearest training digit: made {nearest.max():.4f} at most")
    print(f"for comparison, new real digits: {np.median(usual):.2f} (median)")
    assert nearest.max() < 0.01 and usual.min() > 0.5


# The network, and what it learns on the ring


def network_of_time():
    """Boxes: the place and the waves of the time are joined, and the velocity comes out."""
    d = plots.Diagram(7.2, 1.7)
    place = d.box(0.7, 1.15, "$x_t$\nD", 0.8, fill="data")
    moment = d.box(0.7, 0.4, "$t$", 0.8, fill="data")
    waves = d.box(2.2, 0.4, "8 sines,\n8 cosines", 1.1)
    joined = d.box(3.6, 0.8, "D + 16", 0.7, fill="white")
    row = d.box(5.0, 0.8, "Dense, ReLU\n2 or 3 times", 1.2)
    out = d.box(6.5, 0.8, "$v$\nD", 0.7, fill="output")
    for a, b in ((moment, waves), (waves, joined), (joined, row), (row, out), (place, joined)):
        d.arrow(a, b)
    plots.show(
        "The time becomes 8 sines and 8 cosines, which join the place as inputs of a network."
    )


def package_agrees(network, inputs, flow_loss, flow_backward):
    """Loss and gradient of the velocities of a network (4 outputs) are also the package's."""
    network.compile("sgd", "mse")
    targets = gaussian(3, len(inputs), 4)
    results, _ = network.loss_and_gradient(inputs, targets)
    loss, e = flow_loss(predict(network, inputs), targets, 0)
    assert np.isclose(loss.mean(), results["loss"], rtol=1e-5)
    dv = flow_backward(np.full(len(e), 1 / len(e)), e)
    of_bias = network.layers[-1].b.grad
    np.testing.assert_allclose(of_bias, dv.sum(axis=0), rtol=1e-3, atol=1e-6)
    print("loss and gradient: by hand, by small steps and by the package the same")


def off_the_perfect(learned, machine, crowd):
    """Print the squared errors of learned velocities at three times, and return them."""
    errors = []
    for t in (0.2, 0.5, 0.8):
        places = (1 - t) * gaussian(4, 500, 2) + t * ring(5, 500)
        perfect = machine(places, t, crowd)
        errors.append(np.mean((learned(places, t) - perfect) ** 2) / np.mean(perfect**2))
        what = f"squared error of the learned velocity, {errors[-1]:.0%}"
        print(f"t = {t}: {what} of its mean square")
    return errors


def source_of_the_loss():
    """The package's loss, folded."""
    title = "minidl.losses.MeanSquaredError, as the package has it: the same loss for any shape"
    return folded(title, MeanSquaredError)


def train_without_time(network, data, steps):
    """The velocity that a network learns which is not told the time."""
    network.compile(Adam(CosineDecay(2e-3, steps)), "mse")
    draws = np.random.default_rng(0)
    for _ in range(steps):
        x = data[draws.integers(0, len(data), 512)]
        noise, t = draws.standard_normal(x.shape, np.float32), draws.random((512, 1), np.float32)
        network.train_on_batch((1 - t) * noise + t * x, x - noise)
    return lambda x, t: predict(network, x)


def mistakes(on_ring, untold, euler, crowd):
    """Four panels of points: the learned flow, and three mistakes; `untold` is a new network."""
    timeless, fresh = train_without_time(untold, crowd, 1200), gaussian(6, 1000, 2)
    outcomes = {
        "as it should be": euler(on_ring, fresh, 40),
        "no time": euler(timeless, fresh, 40),
        "reversed": euler(lambda x, t: on_ring(x, 1 - t), fresh, 40),
        "one step": euler(on_ring, fresh, 1),
    }
    _, axes = plt.subplots(1, 4, figsize=(7.4, 2.3), layout="constrained")
    found = {}
    for ax, (name, points) in zip(axes, outcomes.items()):
        found[name] = judge_ring(points)
        print(f"{name:16} good points {found[name][0]:4.0%}, clouds over 5 %: {found[name][1]}")
        ax.scatter(*points.T, s=2, color=COLOURS["output"])
        _plane(ax, 3.2)
        ax.set_title(f"{name}: {found[name][0]:.0%} good", fontsize=9.5)
    plots.show(
        "Four panels of 1,000 points. The correct flow shows eight clouds. The three mistakes show "
        "a star with eight rays, a ring of clumps that is too small, and a blob in the middle."
    )
    assert found["as it should be"][0] > 0.75 and found["as it should be"][1] == 8
    assert max(found[name][0] for name in ("no time", "reversed", "one step")) < 0.6
    assert np.linalg.norm(outcomes["one step"], axis=1).mean() < 0.6


# Generators of digits, and their judge


def mixture(codes, components, rng, n=1000):
    """n draws from a mixture of Gaussians fitted to codes (N, K)."""
    fitted = GaussianMixture(components, reg_covar=1e-3, random_state=0)
    fitted.fit(codes.astype("float64"))
    return rng.permutation(fitted.sample(n)[0]).astype("float32")


def simple_generators(X, X_test, rng):
    """Real digits, and those of one and of 30 Gaussians fitted to 32 principal components of X."""
    pca = Pca(X)

    def of(n):
        return np.clip(pca.mean + mixture(pca.code(X, 32), n, rng) @ pca.Vt[:32], 0, 1)

    return {"real digits": X_test, "PCA, Gaussian": of(1), "PCA, mixture of 30": of(30)}


def judged_pixels(judge, made):
    """Print and return the verdicts on {name: digits}."""
    verdicts = {name: judge(digits) for name, digits in made.items()}
    for name, verdict in verdicts.items():
        print(f"{name:20} {verdict}")
    gaussian_of_pca = verdicts["PCA, Gaussian"].distance
    assert verdicts["flow of pixels"].distance > gaussian_of_pca + 10
    assert verdicts["PCA, mixture of 30"].distance < 0.6 * gaussian_of_pca
    return verdicts


def three_guesses(judge, begin, to_digits, to_digits_same_loss, made, verdicts):
    """Print the verdicts on flows of pixels that guess the velocity or the digit.

    The better one joins `made` and `verdicts`; returns the stages of its way (41, N, 784).
    """
    stages = along(to_digits, begin, 40)
    made["pixels, digit guessed"] = as_pixels(stages[-1])
    of_digits = verdicts["pixels, digit guessed"] = judge(made["pixels, digit guessed"])
    same_loss = judge(as_pixels(along(to_digits_same_loss, begin, 40)[-1]))
    velocity = verdicts["flow of pixels"]
    print(f"velocity guessed                 {velocity}")
    print(f"digit guessed, velocity's loss   {same_loss}")
    print(f"digit guessed, its own loss      {of_digits}")
    assert of_digits.distance + 15 < same_loss.distance < velocity.distance - 10
    assert of_digits.distance < 0.5 * velocity.distance
    assert verdicts["PCA, mixture of 30"].distance < of_digits.distance
    assert of_digits.distance < verdicts["PCA, Gaussian"].distance
    return stages


def becoming(by_velocity, by_digit):
    """A film of six images, whose network guesses the velocity above and the digit below."""

    def draw(n, *axes):
        rows = {"velocity": by_velocity[n][:6], "digit": by_digit[n][:6]}
        for ax, (name, row) in zip(axes, rows.items()):
            ax.imshow(strip_of(as_pixels(row)), **PIXELS)
            ax.set_ylabel(name, fontsize=9)
        bare(axes)
        title = f"guessing velocity or digit, t = {n / 40:.2f}"
        axes[0].set_title(title, loc="left", fontsize=10)

    return plots.movie(
        draw,
        range(0, 41, 5),
        "Two rows of six images that begin as the same noise. Above, strokes stay buried in noise; "
        "below, nearly clean strokes appear, and some are digits.",
        size=(5.2, 2.2),
        rows=2,
        still=8,
    )


def mixtures_of_codes(codes, decoded, judge, rng):
    """{number of Gaussians: (CPU seconds of the fit, 1,000 digits, their distance)}."""
    mixtures = {}
    for n in (1, 10, 30, 60):
        began = time.process_time()
        drawn = mixture(codes, n, rng)
        spent = time.process_time() - began
        digits = decoded(drawn)
        mixtures[n] = spent, digits, judge(digits).distance
    return mixtures


def all_generators(judge, decoded, flows, begin, mixtures, made, verdicts, X):
    """Print the verdict on each, the worst first, and draw ten digits of all that are made up.

    What is judged here joins `made` and `verdicts`. Returns the distances of the flows of codes.
    """
    by_seed = [decoded(along(flow, begin, 40)[-1]) for flow in flows]
    made["code, flow"] = by_seed[0]
    made["code, Gaussian"], made["code, mixture of 30"] = mixtures[1][1], mixtures[30][1]
    for name in made:
        verdicts[name] = verdicts.get(name) or judge(made[name])
    distances = np.array([judge(digits).distance for digits in by_seed])
    order = sorted(verdicts, key=lambda name: -verdicts[name].distance)
    for name in order:
        copied = np.median(to_nearest(made[name], X))
        verdict = str(verdicts[name]).replace("   ", "  ")
        print(f"{name:22} {verdict}  nearest {copied:4.1f}")
    others = [mixtures[n][2] for n in (10, 60)]
    print("mixtures of 10 and 60 in the code:", *(f"{value:.1f}" for value in others))
    print("flow of codes, three seeds:", *(f"{value:.1f}" for value in distances))
    show_rows(
        {name: made[name][:10] for name in order[:-2]},
        "Ten digits from each of seven generators: noise from the flow of pixels, clouds from PCA "
        "with one Gaussian; in the other rows some to most digits can be read.",
        width=6.4,
    )
    assert distances.max() < 7 < verdicts["code, Gaussian"].distance < 25
    assert verdicts["code, mixture of 30"].distance < distances.min()
    assert others[1] < others[0] < distances.max() and others[1] < distances.min()
    assert distances.max() < 0.5 * verdicts["PCA, mixture of 30"].distance
    assert verdicts["code, Gaussian"].distance < verdicts["pixels, digit guessed"].distance
    return distances


def headline(verdicts, distances):
    """The distances of flows and of the best mixture, in a line."""
    names = ("code, mixture of 30", "flow of pixels", "pixels, digit guessed")
    best, in_pixels, guessed = (verdicts[name].distance for name in names)
    print(
        f"distance: flow in a code {distances.mean():.1f} (3 seeds), mixture {best:.1f}; "
        f"flow of pixels {in_pixels:.0f} or {guessed:.0f}"
    )


# Diffusion


def two_ways_to_noise(a, digit):
    """Shares of data and of noise on both paths, and seven pictures of a digit on each."""
    noise, T = gaussian(11, 784), len(a) - 1
    progress = np.linspace(0, 1, 7)
    at = (progress * T).round().astype(int)
    shares = {
        "diffusion (8)": (np.sqrt(a[at]), np.sqrt(1 - a[at]), COLOURS["data"]),
        "line (1)": (1 - progress, progress, COLOURS["output"]),
    }
    assert np.allclose(shares["diffusion (8)"][0] ** 2 + shares["diffusion (8)"][1] ** 2, 1)
    fig = plt.figure(figsize=(7.6, 2.5), layout="constrained")
    chart, images = fig.subfigures(1, 2, width_ratios=[1, 2.3])
    ax = chart.subplots()
    turn = np.linspace(0, np.pi / 2, 60)
    ax.plot(np.sin(turn), np.cos(turn), color=COLOURS["data"], lw=1)
    ax.plot([0, 1], [1, 0], color=COLOURS["output"], lw=1)
    rows = images.subplots(2, 1)
    for line, (name, (of_data, of_noise, colour)) in zip(rows, shares.items()):
        ax.plot(of_noise, of_data, "o", color=colour, ms=5)
        mixed = as_pixels(of_data[:, None] * digit + of_noise[:, None] * noise)
        line.imshow(strip_of(mixed), **PIXELS)
        line.set_title(name, fontsize=9.5, color=colour, loc="left")
    bare(rows)
    ax.set(xlabel="share of noise", ylabel="share of data", aspect="equal")
    ax.set(xlim=(-0.06, 1.1), ylim=(-0.06, 1.1), xticks=[0, 1], yticks=[0, 1])
    plots.show(
        "Left: share of data against share of noise; the line is a chord, diffusion a quarter of a "
        "circle. Right: a digit that drowns in noise, in seven pictures on each path."
    )


def check_diffusion(beta, rng, flow):
    """(10) and (11) hold for numbers drawn at random, at every step; and so does (15)."""
    a, k = np.cumprod(1 - beta), np.arange(2, len(beta))
    variance = (1 - a[k - 1]) / (1 - a[k]) * beta[k]
    np.testing.assert_allclose(1 / variance, (1 - beta[k]) / beta[k] + 1 / (1 - a[k - 1]))
    x, noise = rng.standard_normal((2, len(k)))
    y = np.sqrt(a[k]) * x + np.sqrt(1 - a[k]) * noise  # (8)
    mean = np.sqrt(1 - beta[k]) * y / beta[k] + np.sqrt(a[k - 1]) * x / (1 - a[k - 1])
    short = y - beta[k] / np.sqrt(1 - a[k]) * noise
    np.testing.assert_allclose(variance * mean, short / np.sqrt(1 - beta[k]))
    x, t, later = gaussian(12, 5, 16), 0.3, 0.45
    v = flow(x, t)
    ddim = later * (x + (1 - t) * v) + (1 - later) * (x - t * v)
    np.testing.assert_allclose(ddim, x + (later - t) * v, atol=1e-5)


def distances_by_steps(samplers, begin, judge, decoded, all_steps):
    """Print and draw the distance over the steps; DDPM also takes all steps, once.

    `samplers` are {name: (networks, draw(network, x, steps))}.
    """
    counts = (2, 5, 10, 20, 50)

    def distance(drawn):
        return judge(decoded(drawn)).distance

    by_steps = {
        name: np.array([[distance(draw(net, begin, n)) for net in nets] for n in counts])
        for name, (nets, draw) in samplers.items()
    }
    print("steps      ", *(f"{n:>9}" for n in counts))
    for name, table in by_steps.items():
        print(f"{name:11}", *(f"{f'{row.min():.1f}-{row.max():.1f}':>9}" for row in table))
    (network, *_), draw = samplers["DDPM"]
    longest = distance(draw(network, begin, all_steps))
    print(f"DDPM with all {all_steps} steps, one seed: {longest:.1f}")
    _, ax = plt.subplots(figsize=(5.6, 2.8), layout="constrained")
    styles = ("o-", COLOURS["output"]), ("s-", COLOURS["data"]), ("^--", COLOURS["gradient"])
    for (name, table), (style, colour) in zip(by_steps.items(), styles):
        ax.plot(counts, table.mean(axis=1), style, color=colour, label=name)
        ax.vlines(counts, table.min(axis=1), table.max(axis=1), color=colour, lw=1)
    ax.set(xscale="log", yscale="log", xticks=counts, xticklabels=counts)
    ax.minorticks_off()
    ax.set(yticks=[3, 10, 30], yticklabels=[3, 10, 30], ylim=(2.5, 40))
    ax.set(xlabel="looks into the network", ylabel="distance")
    ax.legend(frameon=False)
    ax.set_title("Evenly spaced steps, three seeds", fontsize=10.5)
    plots.show(
        "Distance against the number of steps for the flow, DDIM and DDPM, on logarithmic axes. "
        "All fall with more steps; from 5 steps on, DDPM is the highest."
    )
    for name in ("flow, Euler", "DDIM"):
        assert by_steps[name][2].max() < by_steps["DDPM"][2].min()
    assert by_steps["DDPM"][-1].mean() < 0.5 * by_steps["DDPM"][1].mean()
    assert by_steps["flow, Euler"][0].min() > 2 * by_steps["flow, Euler"][-1].max()


def samplers_at_work(samplers, begin, decoded):
    """A film: the first network of each sampler takes 20 steps from five points of noise."""

    def stages(network, draw):
        seen = []

        def watched(x, when):
            seen.append(x)
            return network(x, when)

        last = draw(watched, begin[:5], 20)
        return np.array([decoded(z) for z in [*seen, last]])  # (21, 5, 784)

    five = {name: stages(networks[0], draw) for name, (networks, draw) in samplers.items()}
    assert np.array_equal(five["DDIM"][0], five["DDPM"][0])  # from the same noise
    change = {name: np.abs(np.diff(frames, axis=0)).mean() for name, frames in five.items()}
    each = ", ".join(f"{name} {c:.3f}" for name, c in change.items())
    print("change of a pixel in a step:", each)
    assert change["DDPM"] > max(change["DDIM"], change["flow, Euler"])

    def sampling(n, *axes):
        for ax, (name, frames) in zip(axes, five.items()):
            ax.imshow(strip_of(frames[n]), **PIXELS)
            ax.set_ylabel(name, fontsize=9)
        bare(axes)
        axes[0].set_title(f"step {n}", loc="left", fontsize=10)

    return plots.movie(
        sampling,
        [0, 1, 2, 4, 7, 10, 13, 16, 20],
        "Three rows of five shapes decoded from the same noise. In 20 steps most turn into digits: "
        "smoothly for the flow and DDIM, with jumps for DDPM.",
        size=(4.6, 3.0),
        rows=3,
        still=7,
    )


# Guidance, and what quality costs


def guidance(guided, by_class, begin, judge, decoded, standard, classes, rng):
    """Print the verdict on the digits of each strength, and on mixtures of the classes.

    Then ten images of each strength, for the classes 0 to 9. `by_class` is the flow that can be
    asked for them; `standard` are codes, and `classes` theirs.
    """
    wanted, rows, found = np.arange(len(begin)) % 10, {}, {}
    for strength in (0, 1, 2, 5):
        way = partial(guided, by_class, wanted, strength)
        made = decoded(along(way, begin, 20)[-1])
        verdict, share = judge(made), np.mean(judge.read(made).argmax(axis=1) == wanted)
        print(f"strength {strength}   {verdict}   as asked {share:4.0%}")
        rows[f"strength {strength}"] = made[:10]
        found[strength] = verdict.distance, share
    of_classes = [mixture(standard[classes == c], 3, rng, 100) for c in range(10)]
    print(f"three Gaussians a class   {judge(decoded(np.concatenate(of_classes)))}")
    show_rows(
        rows,
        "Ten images for the classes 0 to 9, with strength 0, 1, 2 and 5: arbitrary digits first, "
        "then more and more clearly 0 to 9.",
        width=6.2,
    )
    assert found[0][1] < 0.2 and found[1][1] > 0.85 and found[2][1] > 0.93
    assert found[5][0] > 1.5 * found[1][0]


def quality_over_time(curve, seconds_a_step, mixtures, verdicts):
    """Distance over the CPU seconds of flows and of mixtures.

    `curve` is {steps: distances of the seeds}, `mixtures` {Gaussians: (seconds, digits, distance)}.
    """
    floor = verdicts["rebuilt digits"].distance
    values = [np.mean(distances) for distances in curve.values()]
    times = np.array(list(curve)) * seconds_a_step
    for length, spent, value in zip(curve, times, values):
        print(f"flow, {length:4} steps        {spent:5.2f} CPU-s   distance {value:4.1f}")
    for n, (spent, _, value) in mixtures.items():
        print(f"mixture of {n:2} Gaussians {spent:5.2f} CPU-s   distance {value:4.1f}")
    _, ax = plt.subplots(figsize=(6.2, 3.2), layout="constrained")
    ax.plot(times, values, "o-", color=COLOURS["output"])
    longest = list(curve.values())[-1]
    ax.plot([times[-1]] * len(longest), longest, "o", color=COLOURS["output"], mfc="white", ms=5)
    above = {"xytext": (0, 7), "textcoords": "offset points", "size": 8.5, "ha": "center"}
    for x, length, y in zip(times, curve, values):
        ax.annotate(f"{length:,} steps", (x, y), **{**above, "ha": "left"})
    fits, theirs = np.array([(spent, value) for spent, _, value in mixtures.values()]).T
    ax.plot(fits, theirs, "s--", color=COLOURS["data"])
    for n, x, y in zip(mixtures, fits, theirs):
        ax.annotate("1 Gaussian" if n == 1 else f"{n}", (x, y), **above)
    ax.axhline(floor, color="0.5", lw=1, ls=":")
    ax.text(0.0023, floor * 1.04, "rebuilt digits", size=8.5, color="0.3")
    beside = {"xytext": (9, -3), "textcoords": "offset points"}
    ax.annotate("flow", (times[-1], values[-1]), color=COLOURS["output"], **beside)
    ax.annotate("mixture", (fits[-1], theirs[-1]), color=COLOURS["data"], **beside)
    ax.set(xscale="log", yscale="log", xlim=(0.002, 15), ylim=(0.9, 22))
    ax.set(xticks=[0.01, 0.1, 1, 10], xticklabels=["0.01", "0.1", "1", "10"])
    ax.set(yticks=[1, 3, 10], yticklabels=[1, 3, 10])
    ax.minorticks_off()
    ax.set(xlabel="CPU-seconds of fitting, after the autoencoder", ylabel="distance")
    ax.set_title("In this code, mixtures are better sooner", fontsize=10.5)
    plots.show(
        "Distance against CPU-seconds of fitting. The curve of the mixtures lies to the left of "
        "and below that of the flow; both fall towards the distance of rebuilt digits."
    )
    assert verdicts["code, Gaussian"].distance > values[0] > values[2] > values[3]
    assert mixtures[30][2] < values[3] and mixtures[30][0] < times[3]
