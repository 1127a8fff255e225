"""Pictures, films and judges of the variational autoencoders in the chapter on autoencoders."""

from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Ellipse
from scipy import stats

from minidl import gradcheck, plots
from minidl.layers import Sampling
from minidl_course.chapters.autoencoders import (
    COLOURS,
    GREYS,
    decoder_of,
    digit_rows,
    encoder_of,
    label_classes,
    predict,
)
from minidl_course.chapters.common import bare
from minidl_course.judging import Judge

MAP = {"xticks": [-2, 0, 2], "yticks": [-2, 0, 2], "aspect": "equal"}


def pixels(decoder, z):
    """What a decoder that puts out logits draws for the codes z (N, K)."""
    return 1 / (1 + np.exp(-predict(decoder, np.asarray(z, "float32"))))


def random_codes(network, standard, data):
    """Ten digits decoded from real codes, ten from drawn ones; print how far real ones spread."""
    codes, decoder = predict(encoder_of(network), data.X), decoder_of(network)
    digit_rows(
        {
            "real codes": predict(decoder, codes[:10]),
            "drawn codes": predict(decoder, standard[:10]),
        },
        "Ten digits decoded from codes of training digits, most of them legible, and ten decoded "
        "from random codes: grey smears.",
    )
    spread = codes.std(axis=0)
    print("spread of the eight numbers in the code:", *spread.round(1))
    assert spread.min() > 2


def noise_from_the_side():
    """A variational autoencoder, with the gradients that pass the draw."""
    sheet = plots.Diagram(7.2, 2.3)
    x = sheet.box(0.45, 1.1, "$x$\n784", 0.6, fill="data")
    encoder = sheet.box(1.5, 1.1, "encoder\n128", 0.8)
    m = sheet.box(2.75, 1.6, "$m$", 0.6)
    s = sheet.box(2.75, 0.6, r"$\log s^2$", 0.6)
    times = sheet.gate(4.0, 0.6, "×")
    plus = sheet.gate(4.0, 1.6, "+")
    noise = sheet.box(5.2, 0.6, r"noise $\varepsilon$", 0.8, fill="white")
    z = sheet.box(4.9, 1.6, "$z$", 0.5, fill="highlight")
    decoder = sheet.box(5.8, 1.6, "decoder\n128", 0.8)
    y = sheet.box(6.75, 1.6, "pixels\n784", 0.7, fill="output")
    plain = (x, encoder), (encoder, m), (encoder, s), (noise, times), (decoder, y), (z, decoder)
    for a, b in plain:
        sheet.arrow(a, b)
    sheet.arrow(m, plus, back="$dm$")
    sheet.arrow(s, times, text="$s$", back=r"$d(\log s^2)$")
    sheet.arrow(times, plus)
    sheet.arrow(plus, z, back="$dz$")
    sheet.text(2.75, 2.1, "KL is paid here: on $m$ and $s$", size=8)
    plots.show(
        "The encoder puts out m and log s squared. Noise from the side is multiplied by s and "
        "added to m. The result z goes to the decoder."
    )


def sampling_compared(m, log_var, dz, divergence, draw, draw_backward):
    """What is done by hand, the same by the package or by small steps, and how close both are."""
    layer = Sampling(0.3, seed=7)
    layer.prepare(((4,), (4,)))
    z, kept = layer.forward((m, log_var), training=True)
    noise = np.random.default_rng(7).standard_normal((5, 4), np.float32).astype("float64")
    yield z, draw(m, log_var, noise), {"rtol": 1e-12}
    _, kl_dm, kl_dlog_var = divergence(m, log_var)
    dm, dlog_var = draw_backward(dz, log_var, noise)
    by_hand = dm + 0.3 / 5 * kl_dm, dlog_var + 0.3 / 5 * kl_dlog_var
    for ours, theirs in zip(by_hand, layer.backward(dz, kept)):
        yield ours, theirs, {"rtol": 1e-9, "atol": 1e-12}

    def upstream():
        return np.sum(dz * draw(m, log_var, noise)) + 0.3 * divergence(m, log_var)[0].mean()

    for array, gradient in zip((m, log_var), by_hand):
        yield gradient, gradcheck.numeric(upstream, array), {"rtol": 1e-6, "atol": 1e-9}


def without_half():
    """What the gradient check says of a `Sampling` that forgets the half of its gradient."""

    class WithoutHalf(Sampling):
        def backward(self, dz, cache):
            dm, dlog_var = super().backward(dz, cache)
            return dm, dlog_var + dz * cache[2] / 2

    try:
        gradcheck.check_layer(WithoutHalf(), ((5, 4), (5, 4)), training=True)
    except AssertionError as error:
        return str(error).split(":")[1].split(".")[0].strip()[:60]
    raise AssertionError("the check missed a wrong factor")


def by_draws(m, log_var, draw, kl, rng):
    """The divergence of (8), and the same as a mean over 100,000 draws of z: close enough?"""
    z = draw(m, log_var, rng.standard_normal((100_000, *m.shape)))
    sampled = log_density(z, m, log_var) - log_density(z)  # (100000, N)
    mean = sampled.mean(axis=0)
    print("KL by (8):      ", *(f"{value:7.3f}" for value in kl))
    print("KL by sampling: ", *(f"{value:7.3f}" for value in mean))
    assert np.abs(mean - kl).max() < 0.05
    assert np.all(np.abs(mean - kl) < 5 * sampled.std(axis=0) / 100_000**0.5)


def log_density(z, m=0.0, log_var=0.0):
    """Of independent Gaussians, summed over the last axis."""
    return -0.5 * ((z - m) ** 2 / np.exp(log_var) + log_var + np.log(2 * np.pi)).sum(axis=-1)


def bounds(bound, sizes):
    """Print the bounds, in nats a digit, of {K: [(encoder, decoder), ...]} with K = 2 and 8."""
    totals = {}
    for K, several in sizes.items():
        found = [bound(*halves) for halves in several]
        for reconstruction, price in found:
            print(
                f"code of {K}: bound {-reconstruction - price:6.1f} nats a digit "
                f"(pixels {reconstruction:.1f}, code {price:.1f})"
            )
        totals[K] = np.array([-reconstruction - price for reconstruction, price in found])
    assert np.all(np.abs(totals[2] + 175) < 7) and np.all(np.abs(totals[8] + 139) < 5)


def made_digits(plain, variational, draw, standard, data):
    """Judge 1,000 digits from each source, print the verdicts, show eight of each.

    plain and variational are lists of networks and of (encoder, decoder); `standard` are codes from
    the prior.
    """
    judge = Judge(data.X, data.digits)

    def like(codes):
        draws = np.random.default_rng(4)
        at = codes.mean(axis=0), np.cov(codes.T)
        return draws.multivariate_normal(*at, 1000).astype("float32")

    def coded(encoder):
        """One draw of z for each training digit, with the encoder's m and s."""
        m, log_var = predict(encoder, data.X)
        noise = np.random.default_rng(8).standard_normal(m.shape, np.float32)
        return draw(m, log_var, noise)

    pca = data.pca
    by_pca = pca.mean + like(pca.code(data.X, 8)) @ pca.Vt[:8]
    codes = [predict(encoder_of(network), data.X) for network in plain]
    clouds = [coded(encoder) for encoder, _ in variational]
    decoders, theirs = [decoder_of(network) for network in plain], [d for _, d in variational]
    sources = {
        "real test digits": [data.X_test],
        "plain, standard": [predict(decoder, standard) for decoder in decoders],
        "PCA, fitted": [np.clip(by_pca, 0, 1)],
        "variational": [pixels(decoder, standard) for decoder in theirs],
        "variational, fitted": [pixels(d, like(z)) for d, z in zip(theirs, clouds)],
        "plain, fitted": [predict(d, like(z)) for d, z in zip(decoders, codes)],
    }
    distance = {}
    for name, several in sources.items():
        for verdict in (verdicts := [judge(made) for made in several]):
            print(f"{name:19} {verdict}")
        distance[name] = np.array([verdict.distance for verdict in verdicts])
    spreads = np.array([z.std(axis=0) for z in clouds])
    print(f"spread of the variational codes: {spreads.min():.2f} to {spreads.max():.2f}")
    digit_rows(
        {name: several[0][:8] for name, several in list(sources.items())[1:]},
        "Eight digits from each source. Those of the plain autoencoder with a fitted Gaussian are "
        "the sharpest; those of PCA and of the variational autoencoder are blurred.",
    )
    fitted, ours = distance["plain, fitted"], distance["variational"]
    assert fitted.max() < 0.6 * ours.min() and spreads.min() > 1.1
    helped = distance["variational, fitted"]
    assert fitted.max() < helped.min() and helped.max() < 0.8 * ours.min()
    by_pca = distance["PCA, fitted"][0]
    assert ours.max() < 1.1 * by_pca < 0.6 * distance["plain, standard"].min()


def walk(halves, data):
    """A film: a point walks along a spiral through the code, and the digit changes."""
    encoder, decoder = halves
    placed, _ = predict(encoder, data.X_test)
    turn = np.linspace(0, 4 * np.pi, 13)
    path = (np.linspace(0.3, 1.8, 13) * np.stack([np.cos(turn), np.sin(turn)])).T
    walked = pixels(decoder, path)
    moves = np.abs(np.diff(walked, axis=0)).mean(axis=1)
    assert walked.shape == (13, 784) and moves.min() > 0.002

    def step(n, left, right):
        left.scatter(*placed[:200].T, color="0.65", s=5, lw=0)
        label_classes(left, placed, data.test_digits, np.full(2, -3.0), np.full(2, 3.0))
        left.plot(*path[: n + 1].T, "-", color="0.2", lw=1, zorder=4)
        left.plot(*path[n], "o", ms=9, color=COLOURS["highlight"], mec="black", zorder=5)
        left.set(xlim=(-4.6, 4.6), ylim=(-3.4, 3.4), **MAP)
        left.set_title("the code $z$", fontsize=10)
        right.imshow(walked[n].reshape(28, 28), **GREYS)
        bare(right)
        right.set_title("what the decoder draws", fontsize=10)

    alt = "A point walks in a spiral through the code, and the digit it stands for changes step by "
    return plots.movie(step, range(13), alt + "step.", size=(6.4, 2.6), columns=2, still=8)


def chart(halves, data):
    """The clouds of 1,000 test digits, and a chart of what the decoder draws at 81 places."""
    encoder, decoder = halves
    placed, log_var = predict(encoder, data.X_test)
    quantiles = stats.norm.ppf(np.linspace(0.04, 0.96, 9))
    places = np.array([(a, b) for b in quantiles[::-1] for a in quantiles])
    canvas = pixels(decoder, places).reshape(9, 9, 28, 28)
    canvas = canvas.transpose(0, 2, 1, 3).reshape(252, 252)
    _, (left, right) = plt.subplots(1, 2, figsize=(6.4, 3.3), layout="compressed")
    for middle, radius in zip(placed, np.exp(log_var / 2)):
        cloud = Ellipse(middle, *(4 * radius), color="#9ecae1", lw=0, antialiased=False)
        left.add_patch(cloud)
    left.add_patch(plt.Circle((0, 0), 2, fill=False, ls="--", ec="0.3"))
    label_classes(left, placed, data.test_digits, np.full(2, -3.0), np.full(2, 3.0))
    left.set(xlim=(-3.6, 3.6), ylim=(-3.6, 3.6), **MAP)
    left.set_title("Clouds, and a bare place", fontsize=10.5)
    right.imshow(canvas, **GREYS)
    bare(right)
    right.set_title("One digit turns into the next", fontsize=10.5)
    plots.show(
        "On the left, clouds around the codes of digits fill much of a circle of radius 2, with a "
        "bare place at the lower left, and lie outside it, too. On the right, a chart of 9 x 9 "
        "decoded digits: neighbours are alike, one digit turns into another."
    )
    drawn = np.random.default_rng(6).standard_normal((500, 2))
    m, log_var = predict(encoder, data.X)
    distance = ((drawn[:, None] - m) ** 2 / np.exp(log_var)).sum(axis=2)
    practised = (distance.min(axis=1) < 4).mean()
    print(f"draws from the prior that lie in the cloud of a training digit: {practised:.0%}")
    assert practised > 0.8


class Outcome(NamedTuple):
    """Of one weight: nats for the pixels, nats for the code, numbers in use, change of digits."""

    pixels: float
    code: float
    used: int
    change: float


def collapsed(halves, again, bound, data):
    """What four weights of the divergence lead to, printed, and six digits that come back.

    halves is {weight: (encoder, decoder)}, `again` two more pairs with the weight 784.
    """
    rows, outcome = {"digit": data.X_test[data.first[:6]]}, {}
    print("        nats:           numbers  change between")
    print("weight  pixels    code   in use      digits      loss, epoch by epoch")
    for beta, (encoder, decoder) in halves.items():
        m, log_var = predict(encoder, data.X_test)
        each = 0.5 * (m**2 + np.exp(log_var) - 1 - log_var).mean(axis=0)  # (K,)
        back = pixels(decoder, m)
        used, change = int((each > 0.05).sum()), back.std(axis=0).mean()
        outcome[beta] = found = Outcome(*bound(encoder, decoder), used, change)
        rows[f"weight {beta}"] = back[data.first[:6]]
        losses = encoder.history.history["loss"]
        print(
            f"{beta:6}  {found.pixels:6.1f}  {found.code:6.3f} {used:8} {change:11.3f}   ",
            *(f"{loss:.3f}"[1:] for loss in losses),
        )
        assert np.all(np.diff(losses) < 0)
    others = [bound(*pair)[1] for pair in again]
    print(
        f"weight 784, two more seeds, three epochs: code {others[0]:.3f} and {others[1]:.3f} nats"
    )
    assert max(others) < 0.05
    weak, one, ten, whole = (outcome[beta] for beta in (0.1, 1, 10, 784))
    assert whole.code < 0.05 and whole.used == 0 and whole.change < 0.01
    assert weak.pixels < one.pixels < ten.pixels < whole.pixels
    assert one.used >= 6 and ten.used < one.used
    totals = {beta: -found.pixels - found.code for beta, found in outcome.items()}
    assert max(totals, key=totals.get) == 1
    digit_rows(
        rows,
        "Six digits and what comes back with weights 0.1, 1, 10 and 784: good copies, fair copies, "
        "vague ones, and six times the same grey cloud.",
    )
