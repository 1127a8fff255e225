"""Pictures of the chapter on many machines; `many_machines_trials` has what its trials need."""

import itertools
import math

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Circle, Rectangle

from minidl import plots
from minidl_course.chapters.common import band, measured

COLOURS = plots.COLOURS
WORKERS = [COLOURS[name] for name in ("data", "weight", "memory", "output")]
PLACES = [(1.25, 2.55), (4.75, 2.55), (4.75, 0.75), (1.25, 0.75)]  # a ring of four
WIDE, HIGH = 1.5, 0.27  # a worker's four bars
RULE_COLOURS = (*WORKERS, COLOURS["gradient"])
SIZES = [32, 128, 512, 1024, 2048]  # samples in a batch
EVERY = [1, 4, 32, 256]  # steps between two averages; an epoch has 32


def around_the_ring(p):
    """A ring of p workers, each with p numbers; what all hold at the end, what each sent, sums."""
    held = np.random.default_rng(0).integers(-99, 100, size=(p, p))  # worker r holds row r
    sums, r, sent = held.sum(axis=0), np.arange(p), 0
    right = (r + 1) % p
    for t in range(2 * (p - 1)):
        part = (r - t) % p  # the number that worker r hands on in round t
        arrives = held[r, part]
        held[right, part] = arrives + (held[right, part] if t < p - 1 else 0)
        sent += 1
    return held, sent, sums


def _ring_state(rounds):
    # who[r][part]: whose numbers are in the sum that worker r holds of that part
    who = [[{r} for _ in range(4)] for r in range(4)]
    for t in range(rounds):
        moved = [(r, (r - t) % 4, who[r][(r - t) % 4]) for r in range(4)]
        for r, part, inside in moved:
            to = (r + 1) % 4
            who[to][part] = inside | who[to][part] if t < 3 else inside
    return who


def _draw_ring(t, ax):
    d = plots.Diagram(6, 3.5, ax=ax)
    who = _ring_state(t)
    for r, (x, y) in enumerate(PLACES):
        d.text(x, y + 2 * HIGH + 0.12, f"worker {r + 1}", size=8)
        for part in range(4):
            low, left = y + (1 - part) * HIGH, x - WIDE / 2
            d.text(left - 0.1, low + HIGH / 2, "abcd"[part], size=8)
            for k in range(4):
                look = {"facecolor": WORKERS[k] if k in who[r][part] else "white"}
                box = Rectangle((left + k * WIDE / 4, low), WIDE / 4, HIGH, edgecolor="0.8", **look)
                d.ax.add_patch(box)
            whole = len(who[r][part]) == 4
            edge = {"edgecolor": "black" if whole else "0.5", "lw": 1.6 if whole else 0.6}
            d.ax.add_patch(Rectangle((left, low), WIDE, HIGH, fill=False, zorder=2, **edge))
        if t < 6:
            part, (to_x, to_y) = (r - t) % 4, PLACES[(r + 1) % 4]
            middle = y + (1.5 - part) * HIGH
            if y == to_y:
                side = WIDE / 2 + 0.2 if to_x > x else -WIDE / 2 - 0.2
                start, end = (x + side, middle), (to_x - side, middle)
            else:
                side = 2 * HIGH + 0.05
                start, end = (x, y - side), (x, to_y + side + 0.2)
                if to_y > y:
                    start, end = (x, y + side + 0.2), (x, to_y - side)
            d.arrow(start, end, "abcd"[part], colour="gradient")
    done = "adds what arrives" if t < 3 else "keeps what arrives"
    ax.set_title(
        f"round {t + 1} of 6: each {done}" if t < 6 else "all have all four sums", fontsize=10
    )


def ring_film():
    """A film of four workers in a ring, whose bars collect colours."""
    return plots.movie(
        _draw_ring,
        range(7),
        "Four workers in a ring, each with four numbers a to d as bars. In three rounds each "
        "number travels on and collects four colours, another number at each worker. In three more "
        "rounds the finished sums travel once round, and all bars have all colours.",
        size=(6, 3.6),
        still=3,
        seconds=1.2,
    )


def _layer_boxes(ax, x, low, high, fill):
    # A layer as a column of four slices; fill[k] is the colour of slice k, or None.
    for k in range(4):
        y, h = high - (k + 1) * (high - low) / 4, (high - low) / 4
        look = {"facecolor": fill[k] or "white", "edgecolor": "0.75", "lw": 0.4}
        ax.add_patch(Rectangle((x, y), 0.7, h, **look))
    ax.add_patch(Rectangle((x, low), 0.7, high - low, fill=False, edgecolor="0.3", lw=0.8))


def _draw_division(ax, what):
    ax.set(xlim=(-0.1, 6), ylim=(-0.75, 4.1))
    ax.axis("off")
    for r in range(4):
        own = what in ("data", "states")
        look = {"facecolor": WORKERS[r] if own else "0.85", "edgecolor": "white"}
        ax.add_patch(Rectangle((0.15, 3 - r + 0.08), 0.75, 0.84, **look))
    for n in range(4):
        x = 1.6 + 1.1 * n
        if what in ("data", "states"):
            for r in range(4):
                kept = [WORKERS[r] if what == "data" or k == r else None for k in range(4)]
                _layer_boxes(ax, x, 3 - r + 0.08, 3 - r + 0.92, kept)
        else:
            _layer_boxes(ax, x, 0.08, 3.92, WORKERS if what == "tensors" else [WORKERS[n]] * 4)
    ax.text(0.52, -0.35, "data", ha="center", va="center", size=8)
    ax.text(3.6, -0.35, "four layers", ha="center", va="center", size=8)


def four_divisions():
    """Four ways to divide training among four workers, one colour each."""
    _, rows = plt.subplots(2, 2, figsize=(7, 4.6), layout="compressed")
    titles = {
        "data": "data: each has the whole network",
        "tensors": "tensors: each has a part of every layer",
        "layers": "layers: each has some of the layers",
        "states": "states: as data, but each keeps a quarter",
    }
    for ax, (what, title) in zip(rows.flat, titles.items()):
        _draw_division(ax, what)
        ax.set_title(title, fontsize=9.5)
    plots.show(
        "Four ways to divide training among four workers, one colour each. Data: a quarter of the "
        "batch and a whole network each. Tensors: a slice of every layer each. Layers: one layer "
        "each. States: a quarter of the batch each, and a slice of every layer to keep."
    )


def _tree_rounds(p):
    # For each round, the pairs (from, to); p is a power of two.
    steps = [2**k for k in range(int(math.log2(p)))]
    up = [[(r + s, r) for r in range(0, p, 2 * s)] for s in steps]
    return up + [[(to, start) for start, to in pairs] for pairs in reversed(up)]


def _draw_tree(t, ax):
    ax.set(xlim=(-0.7, 7.7), ylim=(-0.7, 2.3), aspect="equal")
    ax.axis("off")
    rounds, known = _tree_rounds(8), [1] * 8
    for n in range(t):
        before = list(known)
        for start, to in rounds[n]:
            known[to] = before[start] + (before[to] if n < 3 else 0)
    busy = {r for pair in (rounds[t] if t < 6 else []) for r in pair}
    for r in range(8):
        shade = plt.get_cmap("Blues")(0.1 + 0.6 * math.log2(known[r]) / 3)
        edge = "black" if r in busy or t == 6 else "0.8"
        ax.add_patch(Circle((r, 0), 0.33, facecolor=shade, edgecolor=edge))
        ax.text(r, 0, known[r], ha="center", va="center", size=10)
    for start, to in rounds[t] if t < 6 else []:
        look = {"arrowstyle": "-|>", "color": COLOURS["gradient"], "lw": 1.4}
        look["connectionstyle"] = f"arc3,rad={0.55 if start > to else -0.55}"
        ax.annotate("", (to, 0.38), (start, 0.38), arrowprops=look)
    phase = "up the tree" if t < 3 else "and down again"
    title = f"round {t + 1} of 6, {phase}: {8 - len(busy)} of 8 workers are idle"
    ax.set_title(title if t < 6 else "after 6 rounds all know the sum of 8", fontsize=10)


def tree_film():
    """A film of a sum of eight that goes up a tree and down again."""
    return plots.movie(
        _draw_tree,
        range(7),
        "Eight circles in a row with the number of summands that each knows. Arrows join them in "
        "pairs, then pairs of pairs, until the first knows all 8; then the same arrows lead back.",
        size=(6.4, 2.6),
        still=2,
        seconds=1.2,
    )


def fit_drawn(sizes, seconds, alpha, beta):
    """Time of an all-reduce against bytes, with the fitted line; prints the fit."""
    _, ax = plt.subplots(figsize=(5.6, 2.8), layout="compressed")
    ax.loglog(sizes, seconds * 1e6, "o", color=COLOURS["data"], label="measured, median of 40")
    fit = (alpha + beta * sizes) * 1e6
    ax.loglog(sizes, fit, color="black", lw=1, label="start + bytes × time of a byte")
    title = "Short messages cost their start, long ones their bytes"
    ax.set(xlabel="bytes", ylabel="microseconds", title=title)
    ax.legend(fontsize=8)
    plots.show(
        "Time of an all-reduce of two ranks against bytes, both on log scales: flat for short "
        "arrays, then rising in proportion, with the fitted line."
    )
    print(f"start {alpha * 1e6:.1f} microseconds, {1e-9 / beta:.2f} GB a second, ", end="")
    print(f"off by up to {abs(fit / seconds / 1e6 - 1).max():.0%}")


def cable():
    """What the benchmark measured with 2 and 4 ranks, and over a cable, against the bound (5)."""
    bench = measured("distributed")
    _, ax = plt.subplots(figsize=(5.8, 3.0), layout="compressed")
    lines = {
        "2 ranks, 2 cores": (bench["reduce"]["2"], "o-", "data"),
        "4 ranks, 2 cores": (bench["reduce"]["4"], "s-", "memory"),
        "2 ranks and a cable": (bench["cable"]["reduce"], "^-", "weight"),
    }
    for name, (one, style, colour) in lines.items():
        size = np.array([int(text) for text in one["seconds"]])
        took = 1e6 * np.array(list(one["seconds"].values()))
        ax.loglog(size, took, style, ms=4, lw=1, color=COLOURS[colour], label=name)
    found = bench["cable"]
    mbit = int(found["cable"].split()[0])  # "400 Mbit/s; ..."
    bound = 2 * (2 - 1) / 2 * size / (mbit / 8 * 1e6)  # (5)
    look = {"color": "black", "ls": "--", "lw": 1}
    ax.loglog(size, 1e6 * bound, label=f"(5) at {mbit} Mbit a second", **look)
    title = "The bound, and what a cable makes of it"
    ax.set(xlabel="bytes", ylabel="microseconds", title=title)
    ax.set_ylim(2, 1e6)
    ax.legend(fontsize=8)
    plots.show(
        "Time of an all-reduce against bytes for 2 and 4 ranks on two cores and 2 ranks over a "
        "cable. From 64 kB on, the cable's curve runs along the dashed line of the bound."
    )
    seconds = found["reduce"]["seconds"][str(4 * 2**20)]
    print(bench["machine"])
    print(f"4 MB over the cable: {seconds:.3f} s; by (5) at least {bound[-1]:.3f} s")
    sent, least = found["sent a step"] / 1e6, found["bound"] / 1e6
    print(f"a training step sent {sent:.2f} MB over it; by (5) at least {least:.2f} MB")
    step = found["step ms"]
    print(f"a step: sums after the backward pass {step['after']:.0f} ms, ", end="")
    print(f"during it {step['overlap']:.0f}")
    short = [1e6 * bench["reduce"][p]["seconds"]["8"] for p in ("2", "4")]
    print(f"8 bytes on two cores: 2 ranks {short[0]:.0f} microseconds, 4 ranks {short[1]:.0f}")
    assert size[-1] == 4 * 2**20 and 0.95 < seconds / bound[-1] < 1.8 and 1 <= sent / least < 1.15


def on_paper(star, tree, ring_time):
    """Milliseconds of three ways to add up, of (p, n), for 4 kB and 100 MB."""
    arrays = (4e3, "4 kB"), (100e6, "100 MB")
    for n, name in arrays:
        ways = {"star": star, "tree": tree, "ring": ring_time}.items()
        times = ", ".join(f"{label} {1e3 * way(1000, n):,.1f} ms" for label, way in ways)
        print(f"{name} over 1,000 workers: {times}")
    workers = np.unique(np.geomspace(2, 1000, 60).round())
    _, axes = plt.subplots(1, 2, figsize=(7, 2.7), layout="compressed", sharex=True)
    for ax, (n, name) in zip(axes, arrays):
        for way, label, colour, style in (
            (star, "star", COLOURS["gradient"], ":"),
            (tree, "tree", COLOURS["memory"], "--"),
            (ring_time, "ring", COLOURS["data"], "-"),
        ):
            ax.loglog(workers, 1e3 * way(workers, n), style, color=colour, label=label)
        best = "the tree is fastest from 4 on" if n < 1e6 else "the ring is fastest"
        ax.set(xlabel="workers", title=f"{name}: {best}")
    axes[0].set_ylabel("milliseconds")
    axes[0].legend(fontsize=8)
    plots.show(
        "Time against the number of workers up to 1,000, for star, tree and ring. With 4 kB the "
        "tree is fastest from four workers on; with 100 MB the ring is, and rises least."
    )
    fastest = tree(workers, 4e3) < np.minimum(ring_time(workers, 4e3), star(workers, 4e3))
    np.testing.assert_array_equal(fastest, workers >= 4)
    both = np.minimum(tree(workers, 100e6), star(workers, 100e6))
    assert (ring_time(workers, 100e6) < both).all()
    assert tree(1000, 4e3) < ring_time(1000, 4e3) < star(1000, 4e3)
    assert ring_time(1000, 100e6) < tree(1000, 100e6) < star(1000, 100e6)
    assert 2 < ring_time(1000, 100e6) / ring_time(8, 100e6) < 2.5


def large_drawn(large, run, seeds):
    """Test accuracy against the batch size for five rules; prints it, and three controls."""
    _, ax = plt.subplots(figsize=(5.8, 2.9), layout="compressed")
    for (name, found), colour, style in zip(
        large.items(), RULE_COLOURS, ("o:", "v-.", "s-", "^--", "D-")
    ):
        right = 100 * np.array(found)
        mean = right.mean(axis=1)
        band(ax, right.T, colour, style, name, SIZES, alpha=0.15)
        told = "  ".join(f"{N}: {m:.1f}" for N, m in zip(SIZES, mean))
        print(f"{name:20} {told} %")
    ax.set(xscale="log", xlabel="samples in a batch", ylabel="test accuracy in %", ylim=(0, 100))
    ax.set(xticks=SIZES, xticklabels=SIZES)
    ax.set_title("Linear scaling breaks at 1,024, but not on centred pixels")
    ax.minorticks_off()
    ax.legend(fontsize=8)
    plots.show(
        "Test accuracy against the batch size from 32 to 2,048, mean and range of three seeds. At "
        "1,024 the rate times k breaks down; on centred pixels it stays near 90 %."
    )
    patient = np.mean([run(2048, 0.4, seed, epochs=160) for seed in seeds])
    brisk = np.mean([run(32, 0.4, seed, epochs=5) for seed in seeds])
    print(f"rate 0.4, batches of 2,048, 160 epochs, 320 steps: {patient:.1%}")
    print(f"rate 0.4, batches of 32, 5 epochs, 625 steps: {brisk:.1%}")
    broken = np.mean([run(32, 1.6, seed) for seed in seeds])
    print(f"rate 1.6, batches of 32: {broken:.1%}")
    means = {name: np.mean(found, axis=1) for name, found in large.items()}
    old, root, linear, _, centred = means.values()
    assert linear[2] > old[2] + 0.03 and linear[3] < 0.6 and root[4] > old[4]
    assert min(centred) > old[0] - 0.03
    assert patient > old[0] - 0.01 and abs(patient - brisk) < 0.02 and broken < 0.4


def compressed_drawn(compact):
    """Test accuracy against bytes sent, {way: (accuracy, bytes) of seeds}; prints both."""
    _, ax = plt.subplots(figsize=(5.8, 2.8), layout="compressed")
    for (name, found), colour in zip(compact.items(), (*WORKERS, COLOURS["gradient"])):
        right, sent = np.array(found).T
        inside = colour if "memory" in name or name == "full" else "white"
        look = {"s": 34, "color": colour, "facecolor": inside, "label": name}
        ax.scatter(sent / 1e6, 100 * right, **look)
        spread = f"({right.min():.1%} to {right.max():.1%})"
        print(f"{name:16} {sent[0] / 1e6:6.2f} MB a rank, right {right.mean():.1%} {spread}")
    ax.set(xscale="log", xlabel="MB that a rank sends in all", ylabel="test accuracy in %")
    ax.minorticks_off()
    ax.set(xticks=[3, 5, 10, 20, 40], xticklabels=[3, 5, 10, 20, 40])
    ax.set_title("With a memory, nearly as good as full gradients")
    ax.legend(fontsize=8, loc="lower right")
    plots.show(
        "Test accuracy against the bytes sent, three seeds a method: full gradients, signs and the "
        "largest 1 %, with and without a memory."
    )
    right = {name: np.mean([one[0] for one in found]) for name, found in compact.items()}
    by_ring, by_signs, by_largest = (compact[name][0][1] for name in ("full", "signs", "largest"))
    np.testing.assert_allclose(by_ring, 2 * 7 / 8 * 4 * 25450 * 256)  # the bound (5), 256 steps
    less, far_less = by_ring / by_signs, by_ring / by_largest
    print(f"signs: 1/{less:.1f} of the bytes, the largest 1 %: 1/{far_less:.1f}")
    np.testing.assert_allclose([less, far_less], [64 / 8, 100 / 8], rtol=0.01)
    assert right["largest"] < right["full"] - 0.03 and right["signs"] < right["full"] - 0.01
    assert min(right["largest, memory"], right["signs, memory"]) > right["full"] - 0.015


def local_drawn(local):
    """Test accuracy against steps between averages, {shards: (lengths, seeds)}; prints it."""
    _, ax = plt.subplots(figsize=(5.8, 2.7), layout="compressed")
    for (name, found), colour, style in zip(local.items(), WORKERS, ("o-", "s--")):
        right = 100 * found
        mean = right.mean(axis=1)
        band(ax, right.T, colour, style, f"{name} shards", EVERY, alpha=0.15)
        told = "  ".join(f"every {H}: {m:.1f}%" for H, m in zip(EVERY, mean))
        print(f"{name:7} {told}")
    ax.set(xscale="log", xlabel="steps between two averages", ylabel="test accuracy in %")
    ax.set(xticks=EVERY, xticklabels=EVERY, ylim=(0, 100))
    ax.minorticks_off()
    ax.set_title("Rare averages cost little on mixed shards, much on sorted ones")
    ax.legend(fontsize=8)
    plots.show(
        "Test accuracy against the steps between two averages, 1 to 256, for mixed and for sorted "
        "shards, mean and range of three seeds."
    )
    mixed, by_digit = (local[name].mean(axis=1) for name in ("mixed", "sorted"))
    assert mixed[2] > mixed[0] - 0.015 and by_digit[2] < by_digit[0] - 0.1
    assert by_digit[3] < 0.55 and mixed[3] > 0.85


def _draw_line(ax, p, m):
    for rank, j in itertools.product(range(p), range(m)):
        for slot, alpha in ((rank + j, 0.9), (m + 2 * (p - 1) - rank + j, 0.4)):  # there and back
            place, look = (slot, p - 1 - rank), {"facecolor": WORKERS[rank], "edgecolor": "white"}
            ax.add_patch(Rectangle(place, 1, 0.85, alpha=alpha, **look))
            ax.text(slot + 0.5, p - 0.58 - rank, j + 1, ha="center", va="center", size=7)
    ax.set(xlim=(0, 2 * (m + p - 1)), ylim=(-0.1, p), yticks=[], xlabel="time slots")
    idle = (p - 1) / (m + p - 1)
    ax.set_title(f"{m} micro-batch{'es' * (m > 1)}: idle {idle:.0%}", fontsize=9.5)
    return idle


def pipeline():
    """Which of four ranks works when, with one micro-batch and with eight."""
    _, axes = plt.subplots(1, 2, figsize=(7.2, 1.8), layout="compressed", width_ratios=[1, 1.6])
    idle = [_draw_line(ax, 4, m) for ax, m in zip(axes, (1, 8))]
    axes[0].set_ylabel("ranks")
    plots.show(
        "Which rank works when. With one micro-batch one of four ranks works at a time, and 75 % "
        "is idle; with eight, 27 %. Pale boxes are the way back."
    )
    assert idle == [0.75, 3 / 11]


def zero_drawn(bytes_a_rank):
    """Memory a rank in the stages of ZeRO, 7.5 billion numbers and 64 ranks; prints it."""
    kept = [bytes_a_rank(7.5e9, 64, stage) for stage in range(4)]
    sums = [sum(parts.values()) / 1e9 for parts in kept]
    for stage, total in enumerate(sums):
        print(f"stage {stage}: {total:5.1f} GB a rank")
    _, ax = plt.subplots(figsize=(5.8, 1.9), layout="compressed")
    colours = [COLOURS[name] for name in ("memory", "gradient", "weight")]
    for stage, parts in enumerate(kept):
        left = 0
        for (name, size), colour in zip(parts.items(), colours):
            label = name if stage == 0 else None
            ax.barh(stage, size / 1e9, left=left, color=colour, label=label)
            left += size / 1e9
    ax.axvline(80, color="black", ls="--", lw=1)
    ax.text(81, 3.1, "a card of 80 GB", size=8, va="center")
    ax.set(yticks=range(4), yticklabels=["everything", "1", "2", "3"])
    ax.set(ylabel="stage", xlabel="GB a rank, 64 ranks")
    ax.invert_yaxis()
    ax.legend(fontsize=8, loc="center right")
    plots.show(
        "Memory a rank: 120 GB without ZeRO, then 31, 17 and 2 GB in the stages 1 to 3, against a "
        "card of 80 GB."
    )
    assert np.allclose(sums, [120, 31.4, 16.6, 1.875], atol=0.05)
