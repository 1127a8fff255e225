"""Films, maps and clocks of the chapter on GPU kernels; the kernels stand on the page."""

import html
import importlib
import timeit
from functools import partial

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display
from matplotlib.colors import ListedColormap

from minidl import kernels, plots
from minidl.kernels.conv2d import gpu_columns
from minidl.kernels.cuda import Program, on_cpu
from minidl.plots.common import BLUE, GREEN, ORANGE, PURPLE, SKY, colour_map
from minidl_course.chapters.common import fold, measured
from minidl_course.cuda_text import cuda_text, side_by_side

AXIS = np.geomspace(0.03, 3000, 200)  # intensities on the map
STATIONS = {"ReLU": 1 / 8, "two loads each": 1 / 4, "Adam": 13 / 28}  # FLOP per byte
STATIONS |= {f"tiles of {a}": a / 4 for a in (16, 32, 128)}
WARPS, TICKS, WAIT = (1, 4, 8), 16, 7  # of the film in which warps wait
KINDS = {"matmul": BLUE, "kernel": ORANGE, "add": GREEN, "divide": PURPLE, "fill": "0.6"}
PARTS = {"clear": 6, "forward": 14, "loss": 19, "backward": 35, "Adam": 41}  # the last of each


def compiler():
    """Whether a C++ compiler is there to play the GPU; if not, kernels do nothing from now on."""
    ready = on_cpu.compiler() is not None
    if not ready:
        print("No C++ compiler was found (Debian: apt install g++): kernels are shown, not run.")
        Program.launch = lambda *arguments: None
        np.seterr(all="ignore")
    return ready


# Part one: threads, memory, tiles


def _packets(owner, step):
    # the packets, rows of the table, that eight threads ask for in one step
    return {t if owner == "row" else step for t in range(8)}


def eight_workers():
    """A film of eight workers who read a table, each a row of it, and each a column."""

    def draw(step, *axes):
        for ax, owner in zip(axes, ("row", "column")):
            shade, done = np.zeros((8, 8)), sum(len(_packets(owner, k)) for k in range(step + 1))
            shade[list(_packets(owner, step))] = 1
            white_to_blue = colour_map("white", SKY, bad="1")
            ax.pcolormesh(shade, cmap=white_to_blue, vmin=0, vmax=2, edgecolors="0.8", lw=0.6)
            for t in range(8):
                row, column = (t, step) if owner == "row" else (step, t)
                ax.plot(column + 0.5, row + 0.5, "o", color=ORANGE, ms=12, mec="k")
                ax.text(column + 0.5, row + 0.53, t, ha="center", va="center", size=8)
            ax.set(xticks=[], yticks=[], ylim=(8.05, -0.05), xlim=(-0.05, 8.05), aspect="equal")
            ax.set_title(f"each takes a {owner}\n{8 * step + 8} numbers, {done} packets", size=10)

    totals = [sum(len(_packets(owner, k)) for k in range(8)) for owner in ("row", "column")]
    assert totals == [64, 8]
    film = plots.movie(
        draw,
        range(8),
        "Eight numbered workers read an 8 by 8 table. Where each takes a row, they stand below "
        "each other and need eight packets in every step; where each takes a column, they stand "
        "side by side and need one.",
        size=(6, 3.4),
        columns=2,
        still=2,
        seconds=0.9,
    )
    display(film)
    print("packets, by rows and by columns:", totals)


def two_chips():
    """The area of a CPU and of a GPU, in arithmetic, control and cache."""
    fig, axes = plt.subplots(1, 2, figsize=(6, 3), layout="constrained")
    white = {"width": 1, "edgecolor": "white"}
    axes[0].bar(range(4), 6, bottom=10, color=BLUE, label="arithmetic", **white)
    axes[0].bar(range(4), 4, bottom=6, color=ORANGE, label="control", **white)
    axes[0].bar(1.5, 6, width=4, color=SKY, label="cache")
    for row in range(2, 16, 2):
        axes[1].bar(range(16), 2, bottom=row, color=[ORANGE, *15 * [BLUE]], **white)
    axes[1].bar(7.5, 2, width=16, color=SKY)
    for ax, title in zip(axes, ("CPU: few and quick", "GPU: many and slow")):
        ax.set(xticks=(), yticks=(), box_aspect=1, title=title)
        ax.margins(0)
    below = {"ncols": 3, "loc": "outside lower center", "frameon": False}
    fig.legend(*axes[0].get_legend_handles_labels(), **below)
    plots.show(
        "The same area twice. The CPU has four large arithmetic units, large control and a large "
        "cache; the GPU has rows and rows of small arithmetic units with little else."
    )


def _timetable(warps):
    # which warp the units serve in each tick: the first that has its numbers, or None
    ready_at, served = [0] * warps, []
    for tick in range(TICKS):
        free = [w for w in range(warps) if ready_at[w] <= tick]
        served.append(free[0] if free else None)
        if free:
            ready_at[free[0]] = tick + 1 + WAIT
    return served


def warps_take_turns():
    """A film of timetables: one warp, four and eight, each of which computes and waits."""
    tables = {warps: _timetable(warps) for warps in WARPS}

    def draw(now, *axes):
        for ax, (warps, served) in zip(axes, tables.items()):
            ax.barh(range(warps), now + 1, color="0.88", height=0.8)
            for tick, warp in enumerate(served[: now + 1]):
                if warp is not None:
                    ax.barh(warp, 1, left=tick, color=BLUE, height=0.8)
            busy = sum(warp is not None for warp in served[: now + 1])
            ax.set(xlim=(0, TICKS), ylim=(7.7, -0.7), xlabel="tick")
            ax.set(xticks=(0, 8, 16), yticks=range(warps))
            many = "1 warp" if warps == 1 else f"{warps} warps"
            ax.set_title(f"{many}: the units work\nin {busy} of {now + 1} ticks", size=10)

    busy = [sum(warp is not None for warp in served) for served in tables.values()]
    print("busy ticks of 16 with 1, 4 and 8 warps:", busy)
    assert busy == [2, 8, 16]
    return plots.movie(
        draw,
        range(TICKS),
        "Three timetables. A single warp computes in one tick of eight and waits grey in between. "
        "Four warps fill half of the ticks. Eight warps take turns, and the units work in every "
        "tick.",
        size=(7.2, 3),
        columns=3,
    )


def _row_of_boxes(ax, y, labels, colours):
    width, size = 12 / len(labels), 8 if len(labels) < 32 else 6.5
    for k, (label, colour) in enumerate(zip(labels, colours)):
        ax.add_patch(plt.Rectangle((k * width, y), width, 0.7, fc=colour, ec="0.3", lw=0.8))
        ax.text((k + 0.5) * width, y + 0.33, label, ha="center", va="center", size=size)


def grid_of_threads():
    """A grid for 1,000 numbers, its last block, the last warp of that, and who owns what."""
    assert 4 * 256 - 1000 == 24 and 3 * 256 + 224 == 992
    _, ax = plt.subplots(figsize=(7.2, 2.9), layout="constrained")
    pale, owned = "#CFE6F5", SKY
    blocks = [f"block {b}: 256 threads" for b in range(4)]
    _row_of_boxes(ax, 3.2, blocks, [pale, pale, pale, owned])
    _row_of_boxes(ax, 1.6, [f"warp {w}" for w in range(8)], [*7 * [pale], owned])
    shown = [t if t in (224, 231, 232, 255) else "" for t in range(224, 256)]
    _row_of_boxes(ax, 0, shown, [*8 * [owned], *24 * ["0.85"]])
    for left, y in ((9, 3.2), (10.5, 1.6)):
        ax.plot([left, 0], [y, y - 0.9], color="0.6", lw=0.8)
        ax.plot([12, 12], [y, y - 0.9], color="0.6", lw=0.8)
    ax.text(0, 4.1, "the grid", size=9, weight="bold")
    below = {"size": 8, "ha": "center", "va": "top"}
    ax.text(1.5, -0.25, "threads 224 to 231 own\nthe numbers 992 to 999", **below)
    ax.text(7.5, -0.25, "24 threads to spare", **below)
    ax.set(xlim=(-0.05, 12.05), ylim=(-0.9, 4.4))
    ax.axis("off")
    plots.show(
        "Three rows, each the magnified end of the row above: a grid of four blocks, the last "
        "block's eight warps, the last warp's 32 threads, of which 8 own a number and 24 have "
        "none.",
        ax,
    )


def block_at_work():
    """A film of a block that multiplies by tiles: it loads two, uses them, loads the next."""
    stages = [(q, phase) for q in range(3) for phase in ("load", 0, 1, 2, 3)]
    look = ListedColormap(["0.97", "#FFF6DF", "#FBDf9C", ORANGE, "#E9C6DA", PURPLE])

    def draw(stage, *axes):
        q, phase = stage
        rows, columns, inner = slice(4, 8), slice(8, 12), slice(4 * q, 4 * q + 4)
        x, w, y = np.zeros((3, 12, 12))
        x[rows], w[:, columns] = 1, 1  # what the block will ever need
        x[rows, inner] = w[inner, columns] = 2  # what is in shared memory
        y[rows, columns] = 4
        steps = 4 * q
        if phase != "load":
            x[rows, 4 * q + phase] = w[4 * q + phase, columns] = 3  # what is used now
            y[6, 9] = 5  # one thread of the block
            steps += phase + 1
        for ax, matrix, name in zip(axes, (x, w, y), ("$x$", "$w$", "$y$")):
            ax.pcolormesh(matrix, cmap=look, vmin=0, vmax=5, edgecolors="0.8", lw=0.4)
            ax.hlines([4, 8], 0, 12, color="0.4", lw=0.9)
            ax.vlines([4, 8], 0, 12, color="0.4", lw=0.9)
            ax.set(xticks=[], yticks=[], aspect="equal", xlim=(-0.1, 12.1), ylim=(12.1, -0.1))
            ax.set_title(name, size=10)
        if phase != "load":
            for ax, corner in ((axes[0], (4 * q + phase, 6)), (axes[1], (9, 4 * q + phase))):
                ax.add_patch(plt.Rectangle(corner, 1, 1, fc="none", ec="k", lw=1.8, zorder=5))
        what = "all load: two numbers each" if phase == "load" else "all use both tiles"
        axes[0].set_xlabel(f"round {q + 1}: {what}", size=9)
        axes[1].set_xlabel(f"loaded: {32 * (q + 1)} numbers", size=9)
        axes[2].set_xlabel(f"{16 * steps} multiply-adds\n(alone: {32 * steps} loads)", size=9)

    assert 32 * 3 == 96 and 16 * 12 * 2 == 384
    return plots.movie(
        draw,
        stages,
        "A block owns a 4 by 4 tile of y. Round by round, a tile of x and a tile of w move into "
        "shared memory, and all sixteen threads use them: 96 loads for 192 multiply-adds, where "
        "threads on their own would load 384.",
        size=(7.2, 3),
        columns=3,
        still=8,
    )


def stored():
    """What `make gpu-report` has measured: (limits and kernels, launches and training steps)."""
    return measured("gpu"), measured("gpu_steps")


def _roof(ax, gpu, marks):
    """The roof that was measured, with the limits of some kernels below it."""
    ax.loglog(AXIS, np.minimum(gpu["peak"], AXIS * gpu["bandwidth"]) / 1e9, "k", lw=2)
    for name, at in marks.items():
        top = min(gpu["peak"], at * gpu["bandwidth"]) / 1e9
        ax.plot([at, at], [4, top], "o:", color=BLUE, mfc="white", markevery=[1], lw=1)
        box = {"fc": "white", "ec": "none", "pad": 0.5}  # no line runs through a name
        ax.text(1.09 * at, 5, name, rotation=90, size=9, color=BLUE, bbox=box, va="bottom")
    ax.set(xlabel="intensity $I$ (FLOP per byte)", ylabel="GFLOP/s", xlim=(0.03, 3000))
    ax.set_ylim(4, 3e-9 * gpu["peak"])


def first_map(gpu):
    """The roof of a GPU with the stations of the page."""
    _, ax = plt.subplots(figsize=(7.2, 3.7), layout="constrained")
    _roof(ax, gpu, STATIONS)
    ax.text(0.07, 1500, "memory\nis the limit", size=9, ha="center")
    ax.text(300, 75_000, "arithmetic is the limit", size=9, ha="center")
    named = f"{gpu['device']}, measured on {gpu['date']}"
    ax.set_title(f"The map: tiles climb to the right\n{named}", size=11)
    plots.show(
        "A roof over the intensity: a slope, then flat. Empty circles on the slope mark the limits "
        "of ReLU, of a product with two loads each, of Adam, and of products with tiles of 16 and "
        "32; that of tiles of 128 is on the flat part.",
        ax,
    )
    assert STATIONS["tiles of 32"] < gpu["peak"] / gpu["bandwidth"] < STATIONS["tiles of 128"]


# Kernels of the package, and the race


def adam_twice(numba, cuda):
    """The package's Adam, as a loop and as a kernel, folded."""
    table = side_by_side(numba.optimizers._adam, cuda.optimizers._CUDA, "adam")
    return fold("Adam, in Numba and in CUDA", table.data)


def pooling_and_gather(numba, cuda):
    """Max pooling as a loop and as a kernel, and the kernel of im2col, folded."""
    table = side_by_side(numba.pool2d._max_forward, cuda.pool2d._CUDA, "max_forward")
    display(fold("Max pooling, in Numba and in CUDA", table.data))
    text = html.escape(cuda_text(gpu_columns._CUDA, "gather"), quote=False)
    return fold("im2col, the kernel that gathers, in CUDA", f"<pre>{text}</pre>")


def errors_of_the_race(wrong, ready):
    """The errors of y in both orders of threads; `wrong` is {order: (D = 16, D = 64)}."""
    fig, axes = plt.subplots(1, 2, figsize=(7.2, 3.1), layout="constrained")
    for ax, (order, (short, long)) in zip(axes, wrong.items()):
        image = ax.imshow(long, cmap="Oranges", vmin=0, vmax=225)
        ax.set(title=order, xlabel="column $m$", ylabel="row $n$")
        assert not ready or (short.max() == 0 and (long > 0).sum() == 2295 and long.max() == 225)
    of_threads = wrong["first thread first"][1][[0, 1, 15], [15, 0, 15]]
    assert not ready or [*of_threads] == [90, 6, 225]
    plt.setp(axes, xticks=range(0, 48, 16), yticks=range(0, 48, 16))
    fig.colorbar(image, ax=axes, label="|error|, $D = 64$")
    plots.show(
        "The errors of y in both orders of threads, in nine tiles that look alike: from right in "
        "one corner of each tile to an error of 225 in the opposite one. The other order is the "
        "same, turned round."
    )


def layers_agree(cuda, plain, both, rng, ready):
    """Convolution and pooling give NumPy's numbers; both(function, ...) tries both orders."""
    uneven = ((2, 1), ((1, 0), (0, 1)))  # stride and padding
    for dtype, tolerance in (("float32", 1e-5), ("float64", 1e-12)):
        shapes = (3, 7, 5, 11), (3, 2, 11, 5)
        images, filters = (rng.standard_normal(shape).astype(dtype) for shape in shapes)
        convolved, pooled = [], []
        for tier in (cuda, plain):
            convolved.append(both(tier.conv2d.forward, images, filters, *uneven, (1, 2), 1))
            pooled.append(both(tier.pool2d.max_forward, images, (3, 2), *uneven))
        for a, b in [convolved, *zip(*pooled)]:
            assert not ready or np.allclose(a, b, rtol=tolerance, atol=tolerance)


# Part two: what a training step costs


def learn_the_same(models, digits, labels, ready):
    """Print the losses of twenty steps of {name: model}; they agree, and fall."""
    curves = []
    for name, model in models.items():
        batches = (slice(n, n + 32) for n in range(0, 640, 32))
        curve = [model.train_on_batch(digits[batch], labels[batch]) for batch in batches]
        print(f"{name}: loss of the first step {curve[0]:.2f}, of the twentieth {curve[-1]:.2f}")
        curves.append(curve)
    assert not ready or np.allclose(*curves, rtol=1e-3)
    assert not ready or curves[1][-1] < 0.5 * curves[1][0]


def launches_of_a_step(step, gpu, launch):
    """The bytes of each launch of a training step, as bars in the colours of their kinds."""
    kinds = [started.kind for started in step]
    half = launch * gpu["bandwidth"]  # bytes that take as long as the launch
    _, ax = plt.subplots(figsize=(7.4, 3), layout="constrained")
    for kind, shade in KINDS.items():
        at = [k for k, started in enumerate(step, 1) if started.kind == kind]
        ax.bar(at, [step[k - 1].bytes / 1e3 for k in at], color=shade, label=kind)
    equal = f"{half / 1e6:.1f} MB: half of the time is work"
    for kilobytes, words in ((100, "100 kB"), (half / 1e3, equal)):
        ax.axhline(kilobytes, color="0.3", ls="--", lw=1)
        ax.text(16 if kilobytes == 100 else 0.8, 1.1 * kilobytes, words, size=8, va="bottom")
    for name, start, end in zip(PARTS, (0, *PARTS.values()), PARTS.values()):
        ax.text((start + end + 1) / 2, 1e-3, name, ha="center", size=9, va="top")
        ax.axvline(end + 0.5, color="0.8", lw=0.8, zorder=0)
    ax.set(yscale="log", xlim=(0.3, 41.7), ylim=(2e-3, 1e5), ylabel="kB moved", xticks=())
    ax.set_title("A training step with 32 digits: 41 launches, most of them small")
    ax.legend(ncols=5, fontsize=8, loc="upper right")
    plots.show(
        "41 bars, one for each launch of a training step, coloured by kind. Their order: clearing, "
        "forward, loss, backward, Adam. 27 of them stay below 100 kB; none reaches 14.9 MB.",
        ax,
    )
    assert kinds[:6] == ["fill"] * 6 and kinds[14] == "kernel" and kinds[35:] == ["kernel"] * 6
    assert max(started.bytes for started in step) < half


def strips(shares, works, gpu, launch):
    """A training step in a strip, for three batches: grey starts, blue works.

    `shares` is {batch size: the share of starting}, `works` the seconds of each launch.
    """
    fig, axes = plt.subplots(3, 1, figsize=(7.4, 3.6), layout="constrained")
    for ax, (N, share), work in zip(axes, shares.items(), works):
        at = 0
        for busy in 1e6 * work:
            ax.barh(0, 1e6 * launch, left=at, color="0.82", height=1, lw=0)
            ax.barh(0, busy, left=at + 1e6 * launch, color=BLUE, height=1, lw=0)
            at += 1e6 * launch + busy
        ax.set(xlim=(0, at), ylim=(-0.5, 0.5), yticks=[], xticks=[])
        ax.set_ylabel(f"batch\n{N:,}", rotation=0, ha="right", va="center", size=10)
        ax.set_title(f"{at:,.0f} µs, {1 - share:.0%} of them work", size=9, loc="right", pad=3)
        ax.spines[:].set_visible(False)
    title = "One training step on a GPU: grey starts, blue works"
    model = f"a model of the {gpu['device']}, {len(works[0])} launches of 5 µs"
    fig.suptitle(f"{title}\n({model})", size=11)
    plots.show(
        "Three strips, one training step each. With a batch of 32 the strip is nearly all grey "
        "with thin blue lines; with 1,024 a quarter is blue; with 8,192 most of it.",
        fig,
    )


def steps_over_batches(parts, work, there, bus, launch):
    """Milliseconds a step over the batch size, modelled, and measured on a GPU.

    Left 784-512-256-10, right 784-32-10. Returns, for each tuple of hidden layers, the batch sizes
    at which work and launches of 2, 5, 10 and 40 µs are equal.
    """
    sizes, turns = np.geomspace(0.8, 1e5, 2000), {}
    copying = sizes * 4 * 784 / bus  # seconds until the batch is there
    fig, axes = plt.subplots(1, 2, figsize=(7.4, 4.4), layout="constrained", sharey=True)
    for ax, units in zip(axes, ((512, 256), (32,))):
        one, more = parts(units)
        busy = np.array([work(one, more, N).sum() for N in sizes])
        floor, costs = len(one) * launch, np.array([2e-6, launch, 10e-6, 40e-6])
        turns[units] = low, turn, high, _ = np.interp(len(one) * costs, busy, sizes)
        ax.loglog(sizes, 1e3 * (floor + busy), BLUE, lw=2.5, label="model: launches + work")
        ax.loglog(sizes, 1e3 * busy, BLUE, ls=":", label="model: work")
        ax.loglog(sizes, 1e3 * copying, PURPLE, label="the batch, over the bus")
        rows = [row for row in there["steps"] if tuple(row["hidden"]) == units]
        batches = [row["batch"] for row in rows]
        for key, look, shade, name in (
            ("seconds", "s", ORANGE, "minidl's step"),
            ("PyTorch", "^", GREEN, "PyTorch's step"),
            ("graph", "x", GREEN, "PyTorch's, as a CUDA graph"),
            ("work", ".", "k", "the GPU's work in minidl's"),
        ):
            ax.plot(batches, [1e3 * row[key] for row in rows], look, color=shade, label=name)
        ax.axvspan(low, min(high, 1e5), color="0.92", zorder=0)
        ax.axvline(turn, color="0.6", lw=1)
        name = "-".join(map(str, (784, *units, 10)))
        ax.set(xlabel="batch size $N$", title=name, xlim=(0.8, 1e5))
        ours = [row["seconds"] / row["launches"] for row in rows if row["batch"] <= 16384]
        counts = sorted(row["launches"] for row in rows)
        print(f"{name}: {counts[0]:.0f} to {counts[-1]:.0f} launches,", end=" ")
        print(f"{1e6 * min(ours):.0f} to {1e6 * max(ours):.0f} µs each up to N = 16,384")
    axes[0].set(ylabel="milliseconds a step", ylim=(2e-4, 20))
    below = {"ncols": 3, "fontsize": 8, "loc": "outside lower center"}
    fig.legend(*ax.get_legend_handles_labels(), **below)
    fig.suptitle(f"Lines: a model. Points: measured, {there['device']}", size=11)
    plots.show(
        "Milliseconds a step over the batch size for two networks. The model is flat, then rises. "
        "Measured steps lie 6 to 13 times above its flat part, up to 16,384 samples, and "
        "come near the model at 65,536 in the larger network. The measured work comes near the "
        "model's there, but is never below 0.04 milliseconds. PyTorch's step as a CUDA graph takes "
        "up to 2.3 times that work.",
        fig,
    )
    for name, seconds in there["starts"].items():
        print(f"the smallest kernel, {name}: {1e6 * seconds:.1f} µs")
    large = {row["batch"]: row for row in there["steps"] if len(row["hidden"]) == 2}
    one, more = parts((512, 256))
    modelled = {n: work(one, more, n).sum() for n in (64, 65536)}
    for n in modelled:
        ms = [1e3 * large[n][key] for key in ("seconds", "PyTorch", "graph", "work")]
        step = f"minidl {ms[0]:.1f} ms, PyTorch {ms[1]:.1f}, graph {ms[2]:.2f}"
        print(f"N = {n:,}: {step}; work {ms[3]:.2f}, model {1e3 * modelled[n]:.2f}")
    small = {row["batch"]: row for row in there["steps"] if len(row["hidden"]) == 1}
    flat = [row["seconds"] for n, row in large.items() if n <= 16384]
    assert min(flat) > 1.3e-3 and max(flat) < 2.3e-3 and len(one) * launch < min(flat) / 6
    assert 0.8 < modelled[65536] / large[65536]["work"] < 0.95
    assert large[65536]["seconds"] < 1.05 * large[65536]["work"] < modelled[65536] + 41 * 40e-6
    assert 0.04e-3 < min(row["work"] for row in there["steps"]) < 0.05e-3
    assert 0.04 < large[256]["work"] / large[256]["seconds"] < 0.06
    few = [row for row in there["steps"] if row["batch"] <= 16384]
    assert all(0.9e-3 < row["PyTorch"] < 1.8e-3 for row in few)
    assert all(0.04e-3 < row["graph"] - row["work"] < 0.15e-3 for row in few)
    assert large[65536]["graph"] > 0.95 * large[65536]["PyTorch"]
    assert 6 < large[64]["PyTorch"] / large[64]["graph"] < 7
    for n, works in ((1024, (large, small)), (4096, (small,))):
        micro = " and ".join(f"{1e6 * rows[n]['work']:.0f}" for rows in works)
        print(f"{n:,} digits: {1e6 * 4 * 784 * n / bus:.0f} µs over the bus, {micro} of work")
    assert small[1024]["work"] > 4 * 784 * 1024 / bus
    assert small[4096]["work"] < 4 * 784 * 4096 / bus
    assert 6 < bus / there["ways"]["pageable"] < 8
    return turns


def full_map(gpu, launch):
    """The roof once more, those of small kernels below it, and a convolution's two circles."""
    flop = 2 * 9 * 64 * 8 * 16**2 * 64  # chapter 34's convolution
    once = 4 * 64 * (8 * 18**2 + 9 * 64 + 8 * 16**2)  # the bytes of x, w and y
    copied = 4 * 9 * 64 * 8 * 16**2  # and of `columns`
    im2col, ideal = flop / (once + 2 * copied), flop / once
    _, ax = plt.subplots(figsize=(7.4, 4.3), layout="constrained")
    _roof(ax, gpu, STATIONS | {"gather + product": im2col, "conv, each once": ideal})
    for moved, words in ((8e6, "8 MB"), (1e5, "100 kB")):
        F = AXIS * moved
        speed = F / (launch + np.maximum(F / gpu["peak"], moved / gpu["bandwidth"]))
        ax.loglog(AXIS, speed / 1e9, color="0.5", ls="--", lw=1.2)
        k = 170 if words == "100 kB" else 92
        ax.text(AXIS[k], 0.75 * speed[k] / 1e9, words, color="0.35", size=9, va="top")
    timed = sorted(gpu["kernels"], key=lambda kernel: kernel["operations"] / kernel["seconds"])
    fastest = {kernel["name"].split(".")[0]: kernel for kernel in timed}
    for name, kernel in fastest.items():
        at, speed = (kernel["operations"] / kernel[unit] for unit in ("bytes", "seconds"))
        ax.plot(at, speed / 1e9, "o", color=GREEN)
        box = {"fc": "white", "ec": "none", "pad": 0.3}
        up = 1 if name == "optimizers" else -3  # softmax_xent's name is below it
        where = {"xytext": (5, up), "textcoords": "offset points", "bbox": box}
        ax.annotate(name, (at, speed / 1e9), fontsize=8, **where)
    ax.set_title(f"The roof sinks for kernels that move little\n{gpu['device']}", size=11)
    plots.show(
        "The map again with two dashed roofs below it, of kernels that move 8 MB and 100 kB in "
        "all, and two more circles: the convolution with im2col left of the bend, and with "
        "each number moved once far to the right. Green points, measured: ReLU, pooling, losses "
        "and optimizers near the slope, the convolution at 60 percent of the roof, attention far "
        "below it.",
        ax,
    )
    alone = 1e5 / gpu["bandwidth"]
    at_100, real = alone / (launch + alone), alone / (40e-6 + alone)
    columns = f"{copied / 1e6:.1f} MB of columns"
    print(f"im2col: {columns}, I = {im2col:.0f}; each number once: I = {ideal:.0f}")
    print(f"on the slope, a kernel that moves 100 kB reaches {at_100:.1%} of the roof")
    print(f"at 5 µs a launch, {real:.2%} at 40 µs")
    assert [round(im2col), round(ideal)] == [14, 113] and at_100 < 0.01
    speeds = {name: kernel["operations"] / kernel["seconds"] for name, kernel in fastest.items()}
    assert 0.55 < speeds["conv2d"] / gpu["peak"] < 0.65 and speeds["attention"] < 0.1 * gpu["peak"]


def on_gpu(run, product, network, digits, labels, numba):
    """Check and time the page's kernels, and training steps, where a GPU is there."""
    if why := kernels.unavailable_reason("cupy"):
        print(f"Nothing is timed here: {why}.")
        return
    cupy, profiler = map(importlib.import_module, ("cupy", "cupyx.profiler"))
    x, y, z = (cupy.ones(shape, "float32") for shape in ((4096, 4096), 2**18, 2**26))
    flop, read = (2 * 4096**3, "FLOP/s"), (z.nbytes + y.nbytes, "B/s")
    calls = [("two launches", 0, (20, "B/s"), run, "descend", y[:1], y[:1], 1.0)]
    calls += [("copy", 1, (2 * z.nbytes, "B/s"), cupy.copy, z)]
    calls += [("columns", 256, read, run, "sums", y, z, 1, 2**18, 256)]
    calls += [("rows", 256, read, run, "sums", y, z, 256, 1, 256)]
    calls += [("simple", 4096, flop, run, "simple", x, x, x, 4096, 4096)]
    calls += [("tiles", 4096, flop, product, x, x), ("cuBLAS", 4096, flop, cupy.matmul, x, x)]
    for name, right, (work, unit), function, *given in calls:
        assert bool((function(*given) == right).all())
        took = profiler.benchmark(function, tuple(given), n_repeat=20, name=name).gpu_times.min()
        print(f"{name}: {1e3 * took:.3f} ms, {work / took / 1e9:,.0f} G{unit}")
    for n, ops in [(n, ops) for n in (32, 1024, 16384) for ops in (kernels.load("cupy"), numba)]:
        batch = np.resize(digits, (n, 784)), np.resize(labels, n)
        call = partial(network(512, 256, ops=ops).train_on_batch, *batch)
        took = min(timeit.repeat(call, number=1, repeat=5))
        print(f"a step, N = {n}, {ops.backend}: {1e3 * took:.2f} ms")
