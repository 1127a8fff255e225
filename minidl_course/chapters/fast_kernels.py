"""Pictures and timings of the chapter on fast kernels; the kernels themselves stand on the page."""

import importlib.util
import itertools
import time
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor

import matplotlib.pyplot as plt
import numpy as np
from numba import get_num_threads, njit
from threadpoolctl import threadpool_limits

from minidl import plots
from minidl.base import config
from minidl.kernels import Tier
from minidl.kernels.conv2d import cpu, reference
from minidl.layers import Conv2D, Dense, Flatten, MaxPooling2D
from minidl.models import Sequential
from minidl.plots.common import BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILLION, colour_map


def best(f, *arguments, seconds=0.2, least=3):
    """The shortest time of a call: what else runs on the machine can only make it longer."""
    shortest, spent, calls = np.inf, 0.0, 0
    while calls < least or spent < seconds:
        start = time.perf_counter()
        f(*arguments)
        took = time.perf_counter() - start
        shortest, spent, calls = min(shortest, took), spent + took, calls + 1
    return shortest


def threads_and_pool():
    """As many threads as this process may use, and a pool of them; BLAS gets no more."""
    threads = get_num_threads()
    threadpool_limits(threads, user_api="blas")
    return threads, ThreadPoolExecutor(threads)


@njit(nogil=True, fastmath={"contract", "reassoc"})  # may add in another order
def by_rows(table):
    total = 0.0
    for i in range(table.shape[0]):
        for j in range(table.shape[1]):
            total += table[i, j]
    return total


@njit(nogil=True, fastmath={"contract", "reassoc"})
def by_columns(table):
    total = 0.0
    for j in range(table.shape[1]):
        for i in range(table.shape[0]):
            total += table[i, j]
    return total


def two_orders():
    """Bars of the time that each takes for a large table."""
    table = np.ones((4000, 4100), "float32")
    assert by_rows(table) == by_columns(table) == table.size
    row_time, column_time = best(by_rows, table), best(by_columns, table)
    _, ax = plt.subplots(figsize=(6.4, 1.3), layout="constrained")
    times = [1000 * row_time, 1000 * column_time]
    bars = ax.barh(["by rows", "by columns"], times, color=[BLUE, ORANGE])
    ax.bar_label(bars, fmt="{:.1f} ms", padding=4)
    ax.set(xlim=(0, 1200 * column_time), xticks=[])
    ax.invert_yaxis()
    ax.spines[["top", "right", "bottom"]].set_visible(False)
    plots.show(
        "Two bars: adding by rows takes a small part of the time that adding by columns takes."
    )
    print(f"column by column takes {column_time / row_time:.0f} times as long")
    assert column_time > 2.5 * row_time


def near_and_far():
    """Registers, three caches and memory, with their sizes and their waits."""
    sheet = plots.Diagram(7.2, 2.0)
    levels = (
        ("registers", "1 kB", "no wait", 0.95, 0.7),
        ("cache 1", "32–48 kB", "4 cycles", 1.1, 0.95),
        ("cache 2", "1–2 MB", "15 cycles", 1.25, 1.2),
        ("cache 3", "10s of MB", "50 cycles", 1.4, 1.45),
        ("memory", "GB", "250 cycles", 1.5, 1.7),
    )
    x0, before = 0.1, None
    for name, size, wait, width, height in levels:
        fill = "highlight" if name == "registers" else "muted" if name == "memory" else "data"
        node = sheet.box(x0 + width / 2, 1.05, f"{name}\n{size}\n{wait}", width, height, fill)
        if before:
            sheet.arrow(node, before)
        before, x0 = node, x0 + width + 0.2
    plots.show(
        "Five boxes from left to right, each larger and slower than the one before: registers, "
        "three caches, memory. Numbers travel from the right to the left.",
        sheet.ax,
    )


def copies():
    """Gigabytes a second of copying, over the size of the arrays."""
    sizes = 2 ** np.arange(14, 28)  # bytes, of both arrays together
    pairs = (np.ones((2, size // 8), "float32") for size in sizes)
    rates = [2 * a.nbytes / best(np.copyto, a, b, seconds=0.1) / 1e9 for a, b in pairs]
    _, ax = plt.subplots(figsize=(6.4, 2.6), layout="constrained")
    ax.semilogx(sizes / 1024, rates, "o-", color=BLUE, base=2)
    ax.axvspan(16, sizes[np.array(rates) > 0.9 * max(rates)][0] / 1024, color="0.9")
    ticks = ["16 KiB", "64 KiB", "256 KiB", "1 MiB", "4 MiB", "16 MiB", "64 MiB"]
    ax.set_xticks(4.0 ** np.arange(2, 9), ticks, size=9)
    ax.set(xlabel="size of both arrays", ylabel="GB/s, one thread", ylim=0)
    ax.set_title("Arrays that outgrow the near caches are copied more slowly")
    plots.show(
        "Gigabytes per second over the size of the arrays: rising in the grey part, and lower "
        "behind it, lowest there for the largest arrays."
    )
    print(f"at best {max(rates):.0f} GB/s, the largest arrays {rates[-1]:.0f} GB/s")
    assert max(rates) > 1.1 * rates[-1]


def _walk_through(order, held=4, per_line=4):
    # What an 8 x 8 table's cache does: (place, lines held, lines fetched so far) of each step.
    cache, fetched, story = OrderedDict(), 0, []
    for i, j in order:
        line = (i, j // per_line)
        if line in cache:
            cache.move_to_end(line)
        else:
            fetched += 1
            cache[line] = True
            if len(cache) > held:
                cache.popitem(last=False)
        story.append(((i, j), list(cache), fetched))
    return story


def lines_film():
    """A film of two walks through a table, with the lines that a cache holds."""
    in_rows = _walk_through([(i, j) for i in range(8) for j in range(8)])
    in_columns = _walk_through([(i, j) for j in range(8) for i in range(8)])

    def two_walks(step, *axes):
        for ax, story, name in zip(axes, (in_rows, in_columns), ("row by row", "column by column")):
            (i, j), cache, fetched = story[step]
            shade = np.zeros((8, 8))
            for row, part in cache:
                shade[row, 4 * part : 4 * part + 4] = 1
            ax.imshow(shade, cmap=colour_map("white", SKY, bad="1"), vmin=0, vmax=2)
            for (a, b), _, _ in story[: step + 1]:
                ax.plot(b, a, ".", color="0.55", ms=4)
            ax.plot(j, i, "o", color=ORANGE, ms=9, mec="k")
            for k in range(1, 8):
                ax.axhline(k - 0.5, color="0.8", lw=0.6)
            ax.axvline(3.5, color="0.3", lw=1.2)
            ax.set_title(f"{name}: {step + 1} numbers,\n{fetched} lines fetched", size=10)
            ax.set(xticks=[], yticks=[])

    assert in_rows[-1][2] == 16 and in_columns[-1][2] == 64
    assert _walk_through([place for place, _, _ in in_columns], held=8)[-1][2] == 16
    return plots.movie(
        two_walks,
        [0, 1, 3, 5, 7, 9, 11, 13, 15, 19, 23, 31, 39, 47, 55, 63],
        "Two loops walk through an 8 by 8 table. Row by row, each line that is fetched serves four "
        "numbers: 16 lines in all. Column by column every number needs a line anew: 64.",
        size=(5.6, 3.2),
        columns=2,
        still=8,
    )


def _one_tile(step, *axes):
    tile, k = divmod(step, 4)
    top, left = 3 * (tile // 2), 3 * (tile % 2)
    done = step + 1
    for ax, shape, title in zip(axes, ((6, 4), (4, 6), (6, 6)), ("$X$", "$W$", "$Y = X\\,W$")):
        H, W = shape
        for i in range(H):
            for j in range(W):
                colour = "0.96"
                if title == "$X$" and top <= i < top + 3:
                    colour = ORANGE if j == k else "#FBE5B5"
                elif title == "$W$" and left <= j < left + 3:
                    colour = ORANGE if i == k else "#FBE5B5"
                elif title[1] == "Y":
                    here = (i // 3) * 2 + j // 3
                    colour = PURPLE if here < tile else "#E9C6DA" if here == tile else "0.96"
                ax.add_patch(plt.Rectangle((j, i), 1, 1, fc=colour, ec="0.5", lw=0.7))
        ax.set(xlim=(-0.2, 6.2), ylim=(6.2, -0.2), aspect="equal", xticks=[], yticks=[])
        ax.spines[:].set_visible(False)
        ax.set_title(title, size=10)
    text = f"{9 * done} multiply-adds; loads: {6 * done} with tiles, {18 * done} without"
    axes[1].set_xlabel(text, size=10)


def tile_film():
    """A film of a tile of outputs that moves over a matrix product."""
    return plots.movie(
        _one_tile,
        range(16),
        "A tile of 3 by 3 outputs moves over Y. In each step three numbers of X and three of W are "
        "loaded, and nine multiply-adds done with them; without tiles it would be 18 loads.",
        size=(6.6, 2.8),
        columns=3,
        still=6,
    )


class Machine:
    """What this machine can compute and move at most: peak GFLOP/s, bandwidth in GB/s.

    `adding` is the place of adding two arrays on the map: (intensity, GFLOP/s).
    """

    def __init__(self, rng, pool, threads):
        self.large = rng.random((2, 512, 512), "float32")
        self.peak = self.large_product()
        a, b = np.ones((2, threads, 2**24 // threads), "float32")  # 64 MiB, a row for each thread
        adding = best(lambda: list(pool.map(np.add, a, b, b)), seconds=0.6)  # b += a
        self.bandwidth = 3 * a.nbytes / adding / 1e9
        self.adding = 1 / 12, a.size / adding / 1e9

    def large_product(self):
        """GFLOP/s of a large matrix product."""
        return 2e-9 * 512**3 / best(np.matmul, *self.large, seconds=1)

    def allows(self, intensity):
        """GFLOP/s under the roof."""
        return np.minimum(self.peak, intensity * self.bandwidth)

    def roof(self, ax, intensity):
        """Draw the roof, and a dotted line at an intensity."""
        axis = np.geomspace(0.03, 3000, 200)
        ax.loglog(axis, self.allows(axis), color="k", lw=2)
        ax.axvline(intensity, color="0.7", ls=":")
        ax.set(xlabel="intensity $I$ (FLOP per byte)", ylabel="GFLOP/s", xlim=(0.03, 3000))


def empty_map(machine, intensity):
    """The roof of this machine, with the stations that are still to be measured."""
    peak = machine.peak
    _, ax = plt.subplots(figsize=(7.2, 3.6), layout="constrained")
    machine.roof(ax, intensity)
    ax.set_ylim(3e-4, 20 * peak)
    edge = peak / machine.bandwidth
    ax.text(edge / 9, peak / 2.2, "memory\nis the limit", ha="right", size=9)
    ax.text(edge * 1.2, peak * 1.8, "arithmetic\nis the limit", size=9)
    ax.plot(*machine.adding, "o", color=GREEN)
    ax.annotate("adding arrays", machine.adding, (8, -4), textcoords="offset points", size=9)
    names = "6 Winograd\n5 matrix product\n4 blocked\n3 right order\n2 compiled\n1 Python's loops"
    ax.text(intensity * 1.3, 6e-4, "to be measured\non this line:\n\n" + names, size=9, color=BLUE)
    ax.set_title("The map: the climb of this chapter is on the dotted line")
    plots.show(
        "The roof: a slope, then flat. Beside a dotted line that crosses the flat part stand the "
        "names of six stations: they will be measured on this line, and none has a place on it so "
        "far."
    )
    print(
        f"pi = {peak:.0f} GFLOP/s, beta = {machine.bandwidth:.0f} GB/s; "
        f"the roof bends at I = {edge:.0f}"
    )


def winograd_tiles():
    """Tiles of inputs and of outputs, and how many products an output takes."""
    _, ax = plt.subplots(figsize=(6.4, 2.6), layout="constrained")
    for k, (m, colour) in enumerate(((1, "0.5"), (2, SKY), (4, BLUE), (6, PURPLE))):
        n = m + 2
        for size, shade, at in ((n, 0.25, 0), (m, 0.9, 1)):
            corner = (10 * k + at * (n - m) / 2, -n / 2 + at * (n - m) / 2)
            for i, j in np.ndindex(size, size):
                place = (corner[0] + j, corner[1] + i)
                look = {"fc": colour, "alpha": shade, "ec": "0.4", "lw": 0.5}
                ax.add_patch(plt.Rectangle(place, 1, 1, **look))
        name = "definition" if m == 1 else f"$F({m} × {m}, 3 × 3)$"
        ax.text(10 * k + n / 2, 4.9, name, ha="center", size=9)
        count = f"{n * n} products,\n{m * m} output{'s' * (m > 1)}:"
        ax.text(10 * k + n / 2, -5.4, count, ha="center", size=9, va="top")
        each = f"{n * n / m**2:.2f} each"
        ax.text(10 * k + n / 2, -8.6, each, ha="center", size=9, weight="bold")
    ax.set(xlim=(-3, 40), ylim=(-9.4, 6), aspect="equal")
    ax.axis("off")
    plots.show(
        "Tiles of inputs, light, and of outputs, dark, for one, 2 × 2, 4 × 4 and 6 × 6 outputs: "
        "9, 4, 2.25 and 1.78 products for each output."
    )


def slopes_agree(rng, options, x, w, dy, dx, dw):
    """Assert that dx and dw agree with differences of outputs in random directions.

    The output is linear in x and in w, so the outputs of the directions are the differences.
    """
    h_x, h_w = (rng.standard_normal(a.shape).astype("float32") for a in (x, w))
    for args, h, slope in (((h_x, w), h_x, dx), ((x, h_w), h_w, dw)):
        difference = cpu.forward(*args, **options)  # (N, P, Q, M)
        size = np.linalg.norm(difference) * np.linalg.norm(dy)
        assert np.isclose(np.vdot(difference, dy), np.vdot(h, slope), rtol=0, atol=1e-5 * size)


def _pytorch(x, w, y, threads):
    # The same convolution in PyTorch, which agrees with y; None where it is not installed.
    if not importlib.util.find_spec("torch"):
        return None
    torch = importlib.import_module("torch")
    torch.set_num_threads(threads)
    x, w = torch.tensor(x).permute(0, 3, 1, 2), torch.tensor(w).permute(3, 2, 0, 1)
    assert np.abs(torch.conv2d(x, w).permute(0, 2, 3, 1).numpy() - y).max() < 1e-3
    return lambda: torch.conv2d(x, w)


def _timed(name, run, share):
    config.set_convolution("exact" if name == "package: im2col" else "fast")
    if name == "Python: loops":
        return best(run, seconds=0, least=1) / share
    return best(run, seconds=0.15)


def shade(name):
    """The colour of a version of the convolution, by who made it."""
    shades = {"Python": "0.4", "NumPy": ORANGE, "Numba": SKY, "package": BLUE}
    return (shades | {"PyTorch": VERMILLION})[name.split(":")[0]]


def ladder(runs, machine, x, w, y, threads):
    """Bars of all versions' speeds, by the definition's products; returns them and three gains.

    Python's loops do four output pixels only, and their time is scaled up.
    """
    if their := _pytorch(x, w, y, threads):
        runs = runs | {"PyTorch": their}
    multiply_adds, share = w[..., 0].size * y.size, 4 * w.shape[3] / y.size
    rounds = []
    for _ in range(3):
        rounds.append({name: _timed(name, run, share) for name, run in runs.items()})
        machine.peak = max(machine.peak, machine.large_product())
    every = {name: [2e-9 * multiply_adds / r[name] for r in rounds] for name in runs}  # GFLOP/s
    speeds = {name: max(three) for name, three in every.items()}
    _, ax = plt.subplots(figsize=(7.4, 3.8), layout="constrained")
    bars = ax.barh(list(speeds), list(speeds.values()), color=[shade(name) for name in speeds])
    for k, three in enumerate(every.values()):
        ax.plot(three, [k] * 3, "k.", ms=4)
    ax.bar_label(bars, fmt="{:.3g}", padding=6, backgroundcolor="w")
    ax.axvline(machine.peak, color="k", ls="--", lw=1, label="large matrix product")
    ax.set(xscale="log", xlabel="GFLOP/s, by the definition", xlim=(None, 5 * max(speeds.values())))
    ax.set_title(f"One convolution, {threads} thread{'s' * (threads > 1)}")
    ax.invert_yaxis()
    ax.legend(loc="upper right", fontsize=8)
    plots.show(
        "Bars on a logarithmic axis, from Python's loops at the top to the package's Winograd and "
        "PyTorch at the bottom, a factor of tens of thousands; points show three rounds."
    )
    print(f"{'the shortest time of a call':34}{'ms':>10}{'GFLOP/s':>11}")
    for name, speed in speeds.items():
        milliseconds = 2e-6 * multiply_adds / speed
        print(f"{name.replace('$', ''):34}{milliseconds:10,.2f}{speed:11.3g}")
    print(f"{'dashed: a large matrix product':34}{'':10}{machine.peak:11.3g}")
    gains = [speeds[b] / speeds[a] for a, b in itertools.pairwise(list(speeds)[:4])]
    print("as written, m innermost, blocked: ", end="")
    print(", ".join(f"{gain:.1f}" for gain in gains), "times the speed before")
    gain = speeds["package: Winograd"] / speeds["package: im2col"]
    print(f"package: Winograd is {gain:.1f} times as fast as im2col")
    assert gain < 4
    return speeds, gains


def full_map(machine, intensity, speeds):
    """The roof with all versions of the convolution, and dense layers on its slope."""
    dense, W = {}, np.full((4096, 4096), 0.01, "float32")
    for h in (np.ones((N, 4096), "float32") for N in (1, 4, 16, 64)):
        work, moved = 2 * len(h) * W.size, W.nbytes + 2 * h.nbytes
        speed = work / best(np.matmul, h, W, seconds=0.6) / 1e9
        dense[len(h)] = work / moved, speed
    _, ax = plt.subplots(figsize=(7.4, 4.4), layout="constrained")
    machine.roof(ax, intensity)
    ax.set(ylim=(3e-4, 40 * machine.peak), title="The map, filled in")
    ax.plot(*machine.adding, "D", color=GREEN, label="adding two arrays")
    squares = "a dense layer, for batches of 1 to 64"
    ax.plot(*zip(*dense.values()), "s", color=GREEN, label=squares)
    for batch, mark in dense.items():
        ax.annotate(batch, mark, (0, -13), textcoords="offset points", ha="center", fontsize=8)
    ax.plot([], [], "o", color="0.4", label="the convolution, in the colours of the bars")
    ax.legend(loc="lower left", fontsize=8)
    rising = sorted(speeds, key=speeds.get)
    low, high = np.log10(ax.get_ylim())
    places = [(np.log10(speeds[name]) - low) / (high - low) for name in rising]
    for k in 100 * [*range(len(rising) - 1)]:  # names stand outside, and push each other apart
        push = max(0, 0.055 - places[k + 1] + places[k]) / 2
        places[k], places[k + 1] = places[k] - push, places[k + 1] + push
    line = {"arrowstyle": "-", "color": "0.7", "relpos": (0, 0.5), "shrinkB": 4}
    beside = {"textcoords": "axes fraction", "va": "center", "fontsize": 8}
    beside |= {"arrowprops": line, "annotation_clip": False}
    for name, place in zip(rising, places):
        point = intensity, speeds[name]
        ax.plot(*point, "o", color=shade(name), zorder=3)
        ax.annotate(name, point, (1.03, place), **beside)
    plots.show(
        "The roof with everything measured: adding on the slope, the dense layers below the roof, "
        "further right for larger batches, the versions of the convolution one above the other, "
        "from far below the flat part to above it, Winograd highest."
    )
    print(f"roof: {machine.peak:.0f} GFLOP/s and {machine.bandwidth:.0f} GB/s")
    print("dense layer, GFLOP/s:")
    for n, (at, speed) in dense.items():
        print(f"    batch {n:2}: {speed:3.0f} of {machine.allows(at):3.0f}")
    assert machine.adding[1] < machine.peak
    assert speeds["Python: loops"] < machine.allows(intensity) / 100


class Clock:
    """A kernel that adds up the seconds that its functions take."""

    def __init__(self, kernel):
        self.kernel, self.seconds = kernel, 0

    def __getattr__(self, name):
        def call(*arguments, **options):
            start = time.perf_counter()
            result = getattr(self.kernel, name)(*arguments, **options)
            self.seconds += time.perf_counter() - start
            return result

        return call


def small_network():
    """Two convolutions and two dense layers, compiled."""
    row = [Conv2D(32, 3, padding="same", activation="relu"), MaxPooling2D(2)]
    row += [Conv2D(64, 3, padding="same", activation="relu"), MaxPooling2D(2)]
    model = Sequential([*row, Flatten(), Dense(128, "relu"), Dense(10, "softmax")], seed=0)
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def clocked(conv, way, digits, labels):
    """Seconds of each part of a training step; clocks stand in for the model's kernels."""
    config.set_convolution(way)
    model = small_network()
    ops, rounds = model.ops, []
    for batch in (slice(start, start + 64) for start in range(0, 640, 64)):
        clocks = {name: Clock(getattr(ops, name)) for name in ("pool2d", "relu", "optimizers")}
        clocks = {"conv2d": Clock(conv), **clocks}
        model.use(Tier(**vars(ops) | clocks))
        step = best(model.train_on_batch, digits[batch], labels[batch], seconds=0, least=1)
        spent = {name: clock.seconds for name, clock in clocks.items()}
        rounds.append(spent | {"rest": step - sum(spent.values())})
    least = {part: min(spent[part] for spent in rounds) for part in rounds[0]}
    return least | {"step": sum(least.values())}


def where_a_step_goes(digits, labels):
    """A training step with three convolutions: its parts, and what Amdahl's law leaves."""
    ways = {"NumPy": (reference, "exact"), "im2col": (cpu, "exact"), "fast": (cpu, "fast")}
    times = {name: clocked(*way, digits, labels) for name, way in ways.items()}
    before, after = times["NumPy"], times["fast"]
    share = before["conv2d"] / before["step"]  # p
    _, (left, right) = plt.subplots(1, 2, figsize=(7.4, 3), layout="constrained")
    ends, parts = 0, {"conv2d": BLUE, "pool2d": ORANGE, "relu": GREEN, "optimizers": PURPLE}
    for part, colour in (parts | {"rest": "0.7"}).items():
        width = np.array([1000 * t[part] for t in times.values()])
        left.barh(list(times), width, left=ends, color=colour, label=part)
        ends += width
    left.set(xlabel="milliseconds", title="Where a training step goes")
    left.invert_yaxis()
    k = np.geomspace(1, 100, 50)
    right.semilogx(k, 1 / (1 - share + share / k), color=BLUE, label=f"Amdahl, $p$ = {share:.2f}")
    right.axhline(1 / (1 - share), color="k", ls="--", lw=1, label=f"limit: {1 / (1 - share):.1f}")
    for name, style in (("im2col", "s"), ("fast", "o")):
        at = [before[part] / times[name][part] for part in ("conv2d", "step")]
        right.plot(*at, style, color=VERMILLION, label=f"measured: {name}")
    right.set(xlabel="$k$: convolution faster by", ylabel="step faster by")
    right.set(title="What Amdahl leaves")
    right.set_ylim(0)
    left.legend(fontsize=7)
    right.legend(fontsize=7)
    plots.show(
        "Left, three bars of a training step's milliseconds by part: convolution shrinks, the rest "
        "stays. Right, Amdahl's curve with two measured points near it, and its limit."
    )
    gain, faster = before["conv2d"] / after["conv2d"], before["step"] / after["step"]
    print("ms      " + "".join(f"{part:>11}" for part in before))
    for name, spent in times.items():
        print(f"{name:8}" + "".join(f"{1000 * seconds:11.1f}" for seconds in spent.values()))
    print(f"p = {share:.2f}: convolution {gain:.1f} times as fast, step {faster:.1f} times;")
    print(f"predicted {1 / (1 - share + share / gain):.1f}")


def tile_errors(sizes, whole, fractions, package, exact):
    """Errors over the size of a tile, with whole numbers and with fractions as points.

    `package` is that of the package's points at m = 4, `exact` of whole ones in float64, m = 8.
    """
    _, ax = plt.subplots(figsize=(5.6, 3), layout="constrained")
    ax.semilogy(sizes, whole, "o-", color=VERMILLION, label="whole numbers")
    ax.semilogy(sizes, fractions, "s-", color=BLUE, label="fractions")
    ax.semilogy(4, package, "*", color=GREEN, ms=12, label="the package's points")
    ax.axhline(2.0**-24, color="k", ls="--", lw=1, label="rounding one number")
    ax.set(xlabel="$m$", ylabel="largest error, relative", xticks=sizes, ylim=(1e-8, 1))
    ax.set_title("$F(m × m, 3 × 3)$ in float32: larger tiles cost digits")
    ax.legend(fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    plots.show(
        "The relative error over m on a logarithmic axis. It rises from below a millionth at m = 2 "
        "to more than a hundredth at m = 8 with whole numbers, less with fractions."
    )
    print("whole numbers: " + ", ".join(f"m = {m}: {e:.1e}" for m, e in zip(sizes, whole)))
    print("fractions:     " + ", ".join(f"m = {m}: {e:.1e}" for m, e in zip(sizes, fractions)))
    print(f"the package's points: {package:.1e}; m = 8 in float64: {exact:.1e}")
    assert whole[0] < 1e-6 and 5e-7 < whole[1] < 2e-5 and package < whole[1]
    assert whole[3] > 0.01 and fractions[3] > 50 * fractions[1] and exact < 1e-7


def torn_edges(five, winograd):
    """The edges of a digit with three sizes of tiles; returns how far the last two are off.

    winograd(x, w, m) makes m x m outputs at a time.
    """
    sobel = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], "float32")[..., None, None]
    edges = [winograd(five, sobel, m)[0, ..., 0] for m in (4, 8, 10)]
    fig, axes = plt.subplots(1, 3, figsize=(7.2, 2.5), layout="compressed")
    for ax, k, picture in zip(axes, (4, 8, 10), edges):
        signed = colour_map(BLUE, "white", VERMILLION, bad="1")
        image = ax.imshow(picture, cmap=signed, vmin=-4, vmax=4)
        ax.set(title=f"edges, $m = {k}$" + ", clipped" * (k == 10), xticks=(), yticks=())
    label = "right minus left, clipped at ±4"
    fig.colorbar(image, ax=axes, label=label, shrink=0.8, extend="both")
    plots.show(
        "The edges of a 5 with m = 4, 8 and 10. The first two look alike; the third is torn by "
        "dark spots in orange and blue that nobody drew. Colours are clipped at 4."
    )
    worst = [np.abs(e - edges[0]).max() / 4 for e in edges[1:]]
    print(f"edges, furthest from m = 4, of 4: m = 8 {worst[0]:.1%}, m = 10 {worst[1]:.0%}")
    return worst
