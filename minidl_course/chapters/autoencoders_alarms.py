"""What the chapter on autoencoders finds strange: digits never seen, and years of few sunspots."""

from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
from scipy import linalg

from minidl import plots
from minidl.datasets import timeseries
from minidl_course.chapters.autoencoders import COLOURS, digit_canvas, nearest, predict


def squared_error(images, y):
    """Mean squared error of a pixel, for each image."""
    return np.mean((images - y) ** 2, axis=1)


def opponents(known, images):
    """How strange images look to three simple rules, which have seen the digits in `known`."""
    middle = known.mean(axis=0)
    spread = (known - middle).T @ (known - middle)
    U = linalg.eigh(spread, subset_by_index=(768, 783))[1]  # (784, 16): the largest ones
    flat = middle + (images - middle) @ U @ U.T
    return {
        "PCA": squared_error(images, flat),
        "nearest": nearest(known, images)[1],
        "least ink": -images.mean(axis=1),
    }


def alarms(found, watcher, auroc, data):
    """AUROC for each class left out, and what twelve epochs make of ones and nines never seen.

    `found` is {rule: [AUROC of each class, or of each seed of each class]}. Returns the means of
    the network and of the nearest digit.
    """
    by_seed = np.array(found["network"])  # (10, 3)
    print("left out: ", *(f"{c:5}" for c in range(10)), "   mean")
    for name, values in found.items():
        row = np.array(values).reshape(10, -1).mean(axis=1)
        print(f"{name:10}", *(f"{value:5.2f}" for value in row), f"  {row.mean():.2f}")
    print(f"largest spread between two of the three seeds: {np.ptp(by_seed, axis=1).max():.2f}")
    by_class, mean, by_nearest = by_seed.mean(axis=1), by_seed.mean(), np.array(found["nearest"])
    assert np.mean(found["PCA"]) < mean + 0.01 and mean + 0.05 < by_nearest.mean()
    assert np.all(by_class < by_nearest + 0.03)
    assert by_class.argmin() == 1 and by_class[1] < 0.5 and found["least ink"][1] > 0.85
    rows = {}
    for c in (1, 9):
        network = watcher(data.X[data.digits != c], 0, epochs=12)
        rows |= _missed(c, network, auroc, data)

    figure = plt.figure(figsize=(7, 5.2), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=(2.9, 2.3))
    ax = above.subplots()
    places = np.arange(10)
    for k, values in enumerate(by_seed.T):
        label = "network, three seeds" if k == 0 else None
        ax.plot(places, values, "o", color=COLOURS["output"], ms=5, label=label)
    ax.plot(places - 0.2, found["PCA"], "s", color=COLOURS["muted"], ms=6, label="PCA")
    look = {"color": COLOURS["truth"], "ms": 6, "label": "nearest digit"}
    ax.plot(places + 0.2, found["nearest"], "D", **look)
    ax.axhline(0.5, color="0.6", lw=1, ls=":")
    ax.set(xticks=range(10), xlabel="class left out of training", ylabel="AUROC", ylim=(0.3, 1.02))
    ax.set_title("The nearest training digit is the better judge", fontsize=10.5)
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False, fontsize=9)
    digit_canvas(below.subplots(), rows)
    plots.show(
        "Above, AUROC for each class left out: the nearest neighbour is above the autoencoder, "
        "which is above PCA for most classes. At class 1 all are near or below 0.5. Below, ones "
        "rebuilt by a network that never saw a one: thick and smeared. Nines rebuilt by a network "
        "that never saw a nine: some legible, some smeared."
    )
    return mean, by_nearest.mean()


def _missed(c, network, auroc, data):
    """Print how well a network that never saw class c rebuilds it; six digits, and what comes."""
    left_out = data.test_digits == c
    shown, back = data.X_test[left_out][:6], predict(network, data.X_test[left_out][:6])
    missed = squared_error(data.X_test, predict(network, data.X_test))
    ink = np.mean(data.X_test**2, axis=1)
    strange, others = missed[left_out].mean(), missed[~left_out].mean()
    share = [missed[part].mean() / ink[part].mean() for part in (left_out, ~left_out)]
    print(
        f"without {c}, 12 epochs: AUROC {auroc(missed[~left_out], missed[left_out]):.2f}; error "
        f"{strange:.4f}, others {others:.4f};\n"
        f"                      as a share of the ink {share[0]:.0%}, others {share[1]:.0%}"
    )
    assert strange < 1.25 * others
    assert (share[0] > 1.3 * share[1]) == (c == 1)
    return {f"{c}, never seen": shown, f"rebuilt without {c}": back}


def sunspots():
    """Windows of 22 years: `known` from 1850 on, `old` before, of which some are `quiet`."""
    years, spots = timeseries.load_sunspots()
    level = np.sqrt(spots)  # counts: the root makes their noise about even
    modern = years >= 1850
    level = (level - level[modern].mean()) / level[modern].std()
    cut = np.lib.stride_tricks.sliding_window_view
    known, old = (cut(level[part], 22).astype("float32") for part in (modern, ~modern))
    middle, later = (cut(years[part], 22).mean(axis=1) for part in (~modern, modern))
    quiet = (middle >= 1790) & (middle <= 1830)
    series = {"years": years, "spots": spots, "middle": middle, "later": later}
    return SimpleNamespace(known=known, old=old, quiet=quiet, **series)


def planted(windows, rng):
    """A copy of windows (N, 22) in which one year of each is wrong by 1.5 standard deviations."""
    wrong = windows.copy()
    years = rng.integers(0, 22, len(windows))
    wrong[np.arange(len(windows)), years] += rng.choice([-1.5, 1.5], len(windows))
    return wrong


def sun_watched(sun, watchers, auroc, rng):
    """Two alarms beside two simple rules, printed; the series and the error of its windows."""

    def errors_of(network, windows):
        return squared_error(windows, predict(network, windows))

    def bend(windows):
        return np.abs(np.diff(windows, 2)).max(axis=1)

    old, quiet, spiked = sun.old, sun.quiet, planted(sun.old, rng)
    error = [errors_of(network, old) for network in watchers]
    sunk = -old.mean(axis=1)
    dalton = [auroc(e[~quiet], e[quiet]) for e in error], auroc(sunk[~quiet], sunk[quiet])
    spikes = [auroc(e, errors_of(network, spiked)) for e, network in zip(error, watchers)]
    spikes = spikes, auroc(bend(old), bend(spiked))
    names = ("Dalton minimum", "low mean"), ("planted year  ", "largest bend")
    for (what, rule), (found, simple) in zip(names, (dalton, spikes)):
        print(f"{what}  autoencoder {min(found):.2f} to {max(found):.2f}   {rule} {simple:.2f}")
    parts = {
        "before 1790": sun.middle < 1790,
        "1800 to 1825": (sun.middle >= 1800) & (sun.middle <= 1825),
    }
    medians = {name: np.array([np.median(e[part]) for e in error]) for name, part in parts.items()}
    for name, values in medians.items():
        print(f"median error of windows {name:12}  {values.min():.2f} to {values.max():.2f}")
    with_height = [np.corrcoef(e, old.std(axis=1))[0, 1] for e in error]
    low, high = min(with_height), max(with_height)
    print(f"correlation of a window's error with its ups and downs: {low:.2f} to {high:.2f}")
    assert dalton[1] > max(dalton[0]) + 0.1 and min(dalton[0]) > 0.5
    assert spikes[1] > max(spikes[0]) + 0.08 and min(spikes[0]) > 0.6
    assert low > 0.2 and np.all(medians["1800 to 1825"] < 2 * medians["before 1790"])

    _, (top, bottom) = plt.subplots(2, 1, figsize=(7, 3.4), layout="constrained", sharex=True)
    top.plot(sun.years, sun.spots, color=COLOURS["data"], lw=1.2)
    top.set(ylabel="sunspots", ylim=(-5, 235))
    note = {"color": "0.35", "size": 9, "va": "top", "ha": "center"}
    top.text(1810, 228, "Dalton\nminimum", **note)
    title = "The error jumps at the long cycle of 1784 to 1798, not at the quiet ones"
    top.set_title(title, fontsize=10.5)
    bottom.plot(sun.middle, error[0], color=COLOURS["output"])
    bottom.plot(sun.later, errors_of(watchers[0], sun.known), color=COLOURS["muted"])
    bottom.set(ylabel="error of window", xlabel="year (middle of the window)")
    bottom.text(1925, 0.9 * error[0].max(), "grey: the years it was trained on", **note)
    for ax in (top, bottom):
        ax.axvspan(1790, 1830, color=COLOURS["highlight"], alpha=0.35, lw=0)
    plots.show(
        "Sunspots from 1700 to 2008 with the Dalton minimum marked, and the error of each window: "
        "it is highest at the long cycle before the quiet years, and unremarkable in their middle."
    )
