"""What chapter 18 draws and sets up: a unit with one number to remember, and the adding problem."""

import matplotlib.pyplot as plt
import numpy as np

from minidl import plots
from minidl.kernels.gru import reference as gru_kernel
from minidl.kernels.lstm import reference as lstm_kernel
from minidl.layers import GRU, LSTM, Dense, SimpleRNN
from minidl.models import Sequential
from minidl.plots.common import GREEN, ORANGE, SKY, tint
from minidl_course.chapters.common import folded

COLOURS = plots.COLOURS

# ---------------------------------------------------------------- the film of the hook

SHOWN = (0.5, 0.8, 0.2, 0.6, 0.9, 0.1, 0.7, 0.4, 0.8, 0.3, 0.5, 0.2, 0.9, 0.6, 0.3, 0.1, 0.7, 0.4)
MARKED = (3, 14)


def film():
    """Eighteen numbers, one at a time; two of them stand on yellow."""

    def draw(frame, ax):
        ax.set(xlim=(0, 18), ylim=(-0.4, 3))
        ax.axis("off")
        for n, number in enumerate(SHOWN):
            if n == frame:
                if n in MARKED:
                    patch = plt.Rectangle((7, 0.7), 4, 2.1, color=COLOURS["highlight"], lw=0)
                    ax.add_patch(patch)
                ax.text(9, 1.7, number, ha="center", va="center", size=44)
            if frame == 18:
                if n in MARKED:
                    ax.add_patch(plt.Rectangle((n, 1.1), 1, 0.8, color=COLOURS["highlight"], lw=0))
                ax.text(n + 0.5, 1.5, number, ha="center", va="center", size=12)
            colour = COLOURS["muted"] if n < frame else "0.9"
            ax.add_patch(plt.Rectangle((n + 0.1, -0.2), 0.8, 0.12, color=colour, lw=0))
        if frame == 18:
            ax.text(9, 2.5, "Here they are all. What was the sum?", ha="center", size=12)

    assert len(SHOWN) == 18
    alt = "Eighteen numbers appear one after the other; two of them stand on a yellow ground."
    return plots.movie(draw, range(19), alt, size=(6, 1.6), still=18, seconds=0.9, loop=False)


# ---------------------------------------------------------------- a job for one number

NUMBER = np.array([0.3, -0.5, 0.8, 0.2, -0.4, 0.6, -0.7, -0.2, -0.6, 0.5, 0.1, 0.4, -0.3, 0.7])
STORE, ASK = np.isin(range(14), (2, 8)), np.isin(range(14), (6, 12))
HELD = np.tanh(NUMBER[np.array([0, 0, *[2] * 6, *[8] * 6])]) * (np.arange(14) >= 2)  # wanted


def old_unit(x, h=0.0):
    """The states of chapter 17's unit with the weight 0.9 at the steps of x."""
    states = []
    for x_t in x:
        h = np.tanh(0.9 * h + x_t)
        states.append(h)
    return np.array(states)


def remember(parts, x=NUMBER):
    """Gates i, f, o, memory c and output h of one unit at 14 steps; without a part: always 1."""
    c, steps = 0.0, []
    for t in range(14):
        i = float(STORE[t]) if "i" in parts else 1.0
        f = float(not STORE[t]) if "f" in parts else 1.0
        o = float(ASK[t]) if "o" in parts else 1.0
        c = f * c + i * np.tanh(x[t])
        steps.append((i, f, o, c, o * np.tanh(c)))
    return np.array(steps).T


def draw_trace(ax, memory, wanted, title, upto=14, name="memory $c$", goal="wanted content"):
    """The numbers read, what the memory holds after each step, and what it should hold."""
    t = np.arange(14)
    ax.bar(t[:upto], NUMBER[:upto], 0.5, color=tint("data", 0.45), label="number read")
    ax.plot(t, wanted, "_", ms=12, mew=1.6, color=COLOURS["truth"], label=goal)
    ax.plot(t[:upto], memory[:upto], "o-", ms=5, color=COLOURS["memory"], label=name)
    top = max(1.0, np.abs(memory).max() + 0.15)
    ax.set(xlim=(-0.7, 13.7), ylim=(-1, top), xticks=range(0, 14, 2), yticks=[-1, -0.5, 0, 0.5, 1])
    for n in np.flatnonzero(STORE | ASK):
        ax.axvspan(n - 0.5, n + 0.5, color="0.93", lw=0, zorder=0)
    labels = [f"{n}\nstore" if STORE[n] else f"{n}\nask" if ASK[n] else n for n in range(0, 14, 2)]
    ax.set_xticklabels(labels)
    ax.set_title(title, fontsize=10.5)
    ax.tick_params(labelsize=8)
    ax.text(-0.9, -1.07, "step", ha="right", va="top", size=8, transform=ax.transData)
    place = {"loc": "upper center", "bbox_to_anchor": (0.46, -0.2), "columnspacing": 1}
    ax.legend(**place, ncols=3, fontsize=8, frameon=False, handletextpad=0.5)


def two_axes(height=2.6, figure=None):
    """The Axes of a sheet of 3.9 inches, and those of a trace beside it."""
    figure = figure or plt.figure(figsize=(7.2, height))
    figure.set_layout_engine("none")
    figure.clear()
    left, right = figure.add_axes((0, 0, 3.9 / 7.2, 1)), figure.add_axes((0.6, 0.27, 0.385, 0.62))
    return left, right


def draw_cell(ax, parts, gates=None, back=False):
    """One step of the cell with the gates in `parts`; the last of them is new and stands out."""
    d = plots.Diagram(3.9, 2.6, ax)
    new = parts[-1] if parts and gates is None and not back else ""
    value = dict(zip("ifo", gates)) if gates is not None else {}

    def gate(x, y, part):
        share = value.get(part)
        fill = "highlight" if part == new else "memory" if share else "white"
        return d.gate(x, y, "×", fill=fill)

    def box(x, part, words):
        words += f"\n{value[part]:.0f}" if part in value else ""
        return d.box(x, 0.95, words, 0.52, fill="highlight" if part == new else "layer")

    belt = [(0.45, 2.15), (3.5, 2.15)]
    d.text(0.2, 2.15, "$dc_{t-1}$" if back else "$c_{t-1}$")
    d.text(3.72, 2.15, "$dc_t$" if back else "$c_t$")
    signs = ", sign" if "o" in parts else " and sign" if parts else ""
    step = "$x_t$" if back else "number $x_t$" + signs
    read = f"what is read: {step}" + (" and $h_{t-1}$" if "o" in parts else "")
    feed = d.box(1.95, 0.3, read, 3.2)
    g = d.box(2.1, 0.95, r"$g$: tanh", 0.62)
    stops = [d.gate(2.1, 2.15, "+", fill="white" if parts else "highlight")]
    d.arrow((2.1, feed.top[1]), g)
    if "i" in parts:
        through = gate(2.1, 1.58, "i")
        i = box(1.35, "i", r"$i$: $\sigma$")
        d.arrow(g, through)
        d.arrow(through, stops[0])
        d.arrow(i, through, sides=("top", "left"))
        d.arrow((1.35, feed.top[1]), i)
    else:
        d.arrow(g, stops[0])
    if "f" in parts:
        stops.insert(0, gate(0.7, 2.15, "f"))
        f = box(0.7, "f", r"$f$: $\sigma$")
        d.arrow(f, stops[0])
        d.arrow((0.7, feed.top[1]), f)
    for a, b in zip([belt[0], *stops], [*stops, belt[1]]):
        d.arrow(*((b, a) if back else (a, b)), colour="gradient" if back else "memory")
    if "o" in parts:
        o, out = box(2.8, "o", r"$o$: $\sigma$"), gate(3.25, 1.35, "o")
        d.text(3.33, 1.8, "tanh", size=8, align="left")
        d.arrow((3.25, 2.15), out)
        d.arrow(o, out, sides=("top", "left"))
        d.arrow((2.8, feed.top[1]), o)
        d.text(3.72, 0.95, "$h_t$")
        d.arrow(out, (3.72, 1.08), sides=("right", "top"))
    if back:
        d.text(2.8, 2.4, "$dc_t$", "gradient")
        d.text(1.4, 2.4, "$dc_t$", "gradient")
        d.text(0.55, 2.48, "$dc_t * f$", "gradient")


def panel_without():
    """The unit that multiplies, and its state: reading everything, and steps 2 and 8 only."""
    mixed, alone = old_unit(NUMBER), old_unit(NUMBER * STORE)
    left, right = two_axes()
    d = plots.Diagram(3.9, 2.6, left)
    d.text(0.2, 1.5, "$h_{t-1}$")
    d.text(3.72, 1.5, "$h_t$")
    times, plus = d.gate(1.1, 1.5, "×"), d.gate(2.0, 1.5, "+")
    squash = d.box(2.85, 1.5, "tanh")
    feed = d.box(2.0, 0.6, "what is read: number $x_t$")
    d.text(1.1, 2.0, "0.9", "weight")
    for a, b in (((0.45, 1.5), times), (times, plus), (plus, squash), (squash, (3.5, 1.5))):
        d.arrow(a, b, colour="memory")
    d.arrow((1.1, 1.9), times)
    d.arrow(feed, plus)
    right.plot(alone, "s:", ms=4, color=COLOURS["muted"])
    right.text(-0.5, -0.95, "grey: if it read 2 and 8 only", color="0.35", size=8)
    draw_trace(right, mixed, HELD, "It takes in everything, and loses it", name="state $h$")
    alt = "A unit that multiplies its state by 0.9. Its state follows every number that is read."
    plots.show(alt)
    print(f"read only at steps 2 and 8: {alone[2]:.2f} after step 2, {alone[7]:.2f} after step 7")
    assert alone[7] < 0.6 * alone[2] and np.abs(mixed - HELD)[3:].max() > 0.8


def panel(parts, title, alt, memory, wanted=HELD, **names):
    """The cell with some of its gates, and what it does with the fourteen numbers."""
    left, right = two_axes()
    draw_cell(left, parts)
    draw_trace(right, memory, wanted, title, **names)
    plots.show(alt)


def panel_1():
    """A cell that only adds."""
    carousel = remember("")[3]
    alt = "The cell is a line with a plus on it. Its content is the sum of the tanh of all it read."
    panel("", "Nothing fades, but everything gets in", alt, carousel)
    assert np.isclose(carousel[-1], np.tanh(NUMBER).sum())


def panel_2():
    """The same with an input gate."""
    gated = remember("i")[3]
    alt = "A gate in front of the plus. The cell is right until the second number is stored."
    panel("i", "Right, until step 8 adds a second number", alt, gated)
    print(f"in the cell after step 7: {gated[7]:.2f}, after step 8: {gated[8]:.2f}")
    assert np.allclose(gated[:8], HELD[:8]) and np.abs(gated - HELD)[8:].min() > 0.5


def panel_3():
    """The same with a forget gate as well."""
    kept = remember("if")[3]
    alt = "A second gate on the line itself. The cell now holds what was stored last."
    panel("if", "The cell holds what it should", alt, kept)
    assert np.allclose(kept, HELD)


def panel_4():
    """The whole cell, which speaks when it is asked."""
    said = remember("ifo")[4]
    alt = "A third gate between the cell and the output. The unit speaks at steps 6 and 12 only."
    names = {"name": "output $h$", "goal": "wanted output"}
    panel("ifo", "It speaks when asked", alt, said, np.tanh(HELD) * ASK, **names)
    assert np.allclose(said[ASK], np.tanh(HELD[ASK]))
    assert not said[~ASK].any()


def stepper():
    """A film: the gates open and close step by step, and the content of the cell with them."""
    i, f, o, c, _ = remember("ifo")

    def draw(t, ax):
        left, right = two_axes(figure=ax.figure)
        draw_cell(left, "ifo", gates=(i[t], f[t], o[t]))
        sign, does = "no sign", "keeps"
        if STORE[t]:
            sign, does = "store", "drops the old number, takes in the new"
        elif ASK[t]:
            sign, does = "ask", "keeps, and speaks"
        ax.figure.text(0.03, 0.93, f"step {t}, {sign}: it {does}", size=10)
        draw_trace(right, c, HELD, "The cell after this step", upto=t + 1)

    alt = "The gates of the cell open and close step by step, and its content with them."
    frames = (1, 2, 3, 6, 7, 8, 9, 11, 12, 13)  # in the others nothing moves
    return plots.movie(draw, frames, alt, size=(7.2, 2.9), still=7)


def cell_with_gradient():
    """The whole cell, with the gradient that runs back along its line."""
    draw_cell(plt.figure(figsize=(3.9, 2.6)).add_axes((0, 0, 1, 1)), "ifo", back=True)
    plots.show(
        "The whole cell. Along its line the gradient runs back, through the plus and the forget "
        "gate."
    )


def gru_drawn():
    """One step of a GRU."""
    d = plots.Diagram(7, 2.9)
    feed = d.box(3.3, 0.3, "what is read: $x_t$ and $h_{t-1}$", 5.4)
    keep, plus = d.gate(1.6, 2.4, "×"), d.gate(5.2, 2.4, "+", fill="white")
    d.text(0.2, 2.4, "$h_{t-1}$")
    d.text(6.75, 2.4, "$h_t$")
    z = d.box(1.6, 1.05, r"update $z$: $\sigma$", 1.2)
    r = d.box(3.1, 1.05, r"reset $r$: $\sigma$", 1.1)
    n, share = d.box(5.2, 1.05, "$n$: tanh", 0.8), d.gate(5.2, 1.75, "×")
    other, seen = d.box(3.1, 1.75, "$1 - z$", 0.65), d.gate(4.2, 1.05, "×")
    for a, b in (((0.5, 2.4), keep), (keep, plus), (plus, (6.5, 2.4))):
        d.arrow(a, b, colour="memory")
    for x, node in ((1.6, z), (3.1, r), (4.2, seen), (5.2, n)):
        d.arrow((x, feed.top[1]), node)
    d.text(4.28, 0.68, "from $h_{t-1}$", size=8, align="left")
    d.text(5.28, 0.68, "from $x_t$", size=8, align="left")
    for a, b in ((z, keep), (n, share), (share, plus), ((1.6, 1.75), other), (other, share)):
        d.arrow(a, b)
    d.arrow(r, seen)
    d.arrow(seen, n)
    d.text(0.85, 2.0, "keep\n$z * h_{t-1}$", "memory")
    d.text(6.1, 1.75, "write\n$(1 - z) * n$", "memory")
    plots.show(
        "The GRU: one state that is multiplied by z, to which the candidate times one minus z "
        "is added."
    )


# ---------------------------------------------------------------- the package, beside the page


def weights_of(layer, shape, seed=0):
    """W, U and b of a fresh layer, in float64."""
    layer.prepare(shape, rng=np.random.default_rng(seed))
    layer.astype("float64")
    return [param.value for param in layer.params().values()]


def gradients_of(layer):
    """The gradients of a layer's weights after its backward pass."""
    return [param.grad for param in layer.params().values()]


def case_of(cell, rng, N=3, T=6, D=2, H=4):
    """A layer, what its forward pass takes (x, W, U, b and its states), and a random dy."""
    x, dy = rng.standard_normal((N, T, D)), rng.standard_normal((N, T, H))
    states = rng.standard_normal((2 if cell is LSTM else 1, N, H))
    weights = weights_of(layer := cell(H, return_sequences=True), (T, D))
    weights[-1] += rng.standard_normal(weights[-1].shape)  # zeros would hide a mistake
    return layer, [x, *weights, *states], dy


def by_package(layer, given, dy):
    """y and all gradients of the package: by its kernel in NumPy, and by the layer."""
    x, states = given[0], given[4:]
    if isinstance(layer, LSTM):
        y, _, cache = lstm_kernel.forward(*given, None, None)
        gradients = lstm_kernel.backward(dy, np.zeros_like(states[1]), cache)
    else:
        y, cache = gru_kernel.forward(*given, None, None)
        gradients = gru_kernel.backward(dy, cache)
    y_layer, kept = layer.forward((x, *states))
    dx, *dstates = layer.backward(dy, kept)
    return [y, *gradients], [y_layer, dx, *gradients_of(layer), *dstates]


def agree(ours, *others):
    """Compare array by array; say and return how many pairs agree to within 1e-12."""
    pairs = [pair for theirs in others for pair in zip(ours, theirs, strict=True)]
    assert all(np.abs(a - b).max() < 1e-12 for a, b in pairs)
    print(f"{len(pairs)} arrays compared: all agree to within 1e-12")
    return len(pairs)


def source_of(cell):
    """The package's own backward pass of a cell in NumPy, one click away."""
    kernel = {LSTM: lstm_kernel, GRU: gru_kernel}[cell]
    article = {LSTM: "an LSTM", GRU: "a GRU"}[cell]
    return folded(f"The package's own backward pass of {article}", kernel.backward)


# ---------------------------------------------------------------- the carousel, measured


def share_left(forward, backward, x, dy, b_f, b_i=0.0):
    """The length of dc in a fresh LSTM, 0 to T - 1 steps back, relative to the last step's.

    `forward` and `backward` are the page's LSTM; x (N, T, D), dy (N, H) enters at the last step.
    """
    (N, T, D), H = x.shape, dy.shape[1]
    W, U, b = weights_of(LSTM(H), (T, D))
    b[:H], b[H : 2 * H] = b_i, b_f
    _, steps = forward(x, W, U, b, *np.zeros((2, N, H)))
    lengths, dh, dc = [], dy, np.zeros((N, H))
    for n in reversed(range(T)):
        *_, o, c = steps[n]
        lengths.append(np.linalg.norm(dc + dh * o * (1 - np.tanh(c) ** 2)))
        *_, dh, dc = backward(dh[:, None], dc, W, U, steps[n : n + 1])
    return np.array(lengths) / lengths[0]


def share_left_simple(x, dy):
    """The same for dh in the simple layer."""
    (_, T, D), H = x.shape, dy.shape[1]
    _, U, _ = weights_of(rnn := SimpleRNN(H, return_sequences=True), (T, D))
    states, _ = rnn.forward(x)
    lengths, dh = [], dy
    for n in reversed(range(T)):
        lengths.append(np.linalg.norm(dh))
        dh = dh * (1 - states[:, n] ** 2) @ U.T
    return np.array(lengths) / lengths[0]


def shares(forward, backward, x, rng, units=32):
    """Draw what four fresh layers keep of a gradient over the steps of x; return their last."""
    dy = rng.standard_normal((len(x), units))  # of the last step
    long_memory = np.log(rng.uniform(1, x.shape[1] - 1, units))  # (12)
    given = forward, backward, x, dy
    left = {
        "(a) simple layer": share_left_simple(x, dy),
        "(b) $b_f = 1$": share_left(*given, 1),
        "(c) $b_f = 5$": share_left(*given, 5),
        "(d) as in (12)": share_left(*given, long_memory, -long_memory),
    }
    draw_shares(left)
    return [share[-1] for share in left.values()]


def draw_shares(left):
    """The four curves, on a logarithmic axis."""
    _, ax = plt.subplots(figsize=(6.8, 3), layout="constrained")
    for (name, shares), style in zip(left.items(), ("-", "-", "-.", ":")):
        colour = COLOURS["muted" if "simple" in name else "gradient"]
        ax.semilogy(np.arange(100), shares, style, color=colour, lw=2)
        ax.text(100, shares[-1], f"{name}: {shares[-1]:.0e}", va="center", size=9)
    ax.axhline(1, color="0.85", lw=0.8, zorder=0)
    ax.set(
        xlim=(0, 135),
        xticks=range(0, 101, 20),
        xlabel="steps back in time",
        ylabel="length relative to the last step",
    )
    ax.set_title("The default start loses more than the simple layer")
    alt = "Four curves on a logarithmic axis: how long a gradient is after up to 99 steps back."
    plots.show(alt)


# ---------------------------------------------------------------- the adding problem


def learned_it(errors, goal=0.01):
    """Whether the mean error of the last 20 batches is below the goal."""
    return np.mean(errors[-20:]) < goal


def needed(trained, limit=900):
    """The batches that each seed took, as text."""
    return ", ".join(f"{len(e)}" if learned_it(e) else f"> {limit}" for _, e in trained)


def table_of(runs, x_test, y_test):
    """Print batches and test errors; return them, (3,) each, by name."""
    batches, tests = {}, {}
    print(f"{'':19} batches needed       test MSE")
    for name, trained in runs.items():
        batches[name] = np.array([len(errors) for _, errors in trained])
        tests[name] = np.array([m.evaluate(x_test, y_test, verbose=0) for m, _ in trained])
        low, high = tests[name].min(), tests[name].max()
        print(f"{name:19} {needed(trained):20} {low:.4f} to {high:.4f}")
    return batches, tests


def largest_error(trained):
    """The largest error of a batch on the way."""
    return max(max(errors) for _, errors in trained)


def table_of_ends(trials):
    """Print batches and the error at the end; return them, (3,) each, by name."""
    batches, ends = {}, {}
    print(f"{'':19} batches needed   MSE at the end")
    for name, trained in trials.items():
        ends[name] = np.array([np.mean(errors[-20:]) for _, errors in trained])
        batches[name] = [len(errors) for _, errors in trained]
        low, high = ends[name].min(), ends[name].max()
        print(f"{name:19} {needed(trained):16} {low:.3f} to {high:.3f}")
    return batches, ends


def draw_batches(ax, runs, colours, limit=900):
    """The batches that each of the three seeds took, one row a network."""
    for row, trained in enumerate(runs.values()):
        for seed, (_, errors) in enumerate(trained):
            mark = "o" if learned_it(errors) else "x"
            ax.plot(len(errors), row + 0.15 * (seed - 1), mark, color=colours[row], ms=6)
    ax.set(xlim=(0, limit + 60), xlabel=f"batches needed (×: more than {limit})")
    ax.set_yticks(range(len(runs)), runs)
    ax.set_ylim(len(runs) - 0.5, -0.5)


def draw_runs(runs, limit=900):
    """Left every curve, right the batches that each of the three seeds took."""
    colours = ("0.5", "0.2", SKY, ORANGE, GREEN)
    shape = {"figsize": (7.2, 3.3), "layout": "constrained", "width_ratios": [3, 2]}
    _, (left, right) = plt.subplots(1, 2, **shape)
    left.axhline(1 / 6, color="0.75", ls="--", lw=1)
    left.text(limit, 0.23, 'always "1"', ha="right", size=8, color="0.35")
    for row, trained in enumerate(runs.values()):
        for _, errors in trained:
            curve = np.reshape(errors, (-1, 20)).mean(axis=1)
            left.semilogy(20 * np.arange(1, len(curve) + 1), curve, color=colours[row], lw=1.3)
    left.set(xlabel="batches", ylabel="MSE (mean of 20 batches)", xlim=(0, limit + 20))
    left.set(ylim=(0.003, 1), title="Only the tanh layer learns nothing")
    draw_batches(right, runs, colours)
    plots.show(
        "Learning curves of five networks with three seeds, and how many batches each of them took."
    )


def draw_halves(halves):
    """The batches that each of the three seeds took from four starts."""
    _, ax = plt.subplots(figsize=(7, 1.7), layout="constrained")
    draw_batches(ax, halves, (ORANGE, ORANGE, ORANGE, GREEN))
    ax.set_title("Writing rarely helps, and both halves together help most")
    plots.show("For four starts and three seeds, how many batches the LSTM needed.")


def fullness(forward, x, b_i, b_f):
    """Print and return the mean of |c| after the last step before training: with b_i = 0, b_i."""
    full, units = [], len(b_f)
    for start in (0, b_i):
        W, U, b = weights_of(LSTM(units), x.shape[1:])
        b[:units], b[units : 2 * units] = start, b_f
        _, steps = forward(x, W, U, b, *np.zeros((2, len(x), units)))
        full.append(np.abs(steps[-1][-1]).mean())
    text = "mean |c| before training: {:.2f} if it only keeps long, {:.2f} with both"
    print(text.format(*full))
    return full


def opened(forward, model, x):
    """Gates i and f and cell c of the LSTM of a model, (N, T, H) each."""
    W, U, b = (param.value.astype(float) for param in model.layers[0].params().values())
    _, steps = forward(x, W, U, b, *np.zeros((2, len(x), len(U))))
    return (np.stack([step[n] for step in steps], axis=1) for n in (3, 4, 7))


def open_cells(forward, models, start, x, y):
    """Print what one cell of each model learned, and draw it for the first; return the numbers.

    The cell is the one whose share in the answers to the first 500 sequences varies most. Before
    and after training, a row for each seed: i at the marks, i elsewhere, the least f, and how
    closely the content at the end follows the sum, all on the next 500 sequences.
    """
    judged, sums = x[500:1000], y[500:1000, 0]
    at_marks, learned = judged[:, :, 1] > 0, []
    print(f"{'':14} i: marks  elsewhere  f: marks  elsewhere  r with sum")
    for seed, model in enumerate(models):
        _, _, c = opened(forward, model, x[:500])
        weight = model.layers[1].params()["W"].value[:, 0]
        unit = np.abs(weight * np.tanh(c[:, -1]).std(axis=0)).argmax()
        H = len(weight)
        fresh = Sequential([LSTM(H), Dense(1)], seed=seed)
        fresh.prepare(x.shape[1:])
        fresh.layers[0].b.value[:H], fresh.layers[0].b.value[H : 2 * H] = start(seed)
        for when, network in (("before", fresh), ("after", model)):
            i, f, c = (a[..., unit] for a in opened(forward, network, judged))
            r = np.corrcoef(c[:, -1], sums)[0, 1]
            means = (a[part].mean() for a in (i, f) for part in (at_marks, ~at_marks))
            i_marks, i_else, *f_means = means
            learned.append((i_marks, i_else, f.min(), abs(r)))
            row = "{:9.3f}{:11.3f}{:10.3f}{:11.3f}".format(i_marks, i_else, *f_means)
            print(f"seed {seed}, {when:6} {row}{abs(r):12.2f}")
        if seed == 0:
            example = judged[3], i[3], f[3], np.sign(r) * c[3], np.sign(r) * c.mean(axis=0)
    draw_gates(*example)
    return np.array(learned[::2]), np.array(learned[1::2])


def draw_gates(shown, i, f, c, usual):
    """A sequence, and what the gates and the content of one trained cell do."""
    t = np.arange(len(i))
    _, axes = plt.subplots(3, 1, figsize=(7.2, 4), layout="constrained", sharex=True)
    axes[0].bar(t, shown[:, 0], 0.8, color=np.where(shown[:, 1] > 0, COLOURS["data"], "0.85"))
    title = "The gate opens at the two marked steps, and the cell keeps what came in"
    axes[0].set(ylabel="number", title=title)
    axes[1].plot(t, f, color=COLOURS["muted"], label="forget gate $f$")
    axes[1].plot(t, i, color=COLOURS["weight"], label="input gate $i$")
    axes[1].set(ylim=(-0.05, 1.1), ylabel="gates")
    axes[2].plot(t, c, color=COLOURS["memory"], label="this sequence")
    axes[2].plot(t, usual, ":", color=COLOURS["memory"], label="mean of 500")
    axes[2].set(xlabel="step", ylabel="cell $c$", xlim=(-1, 100))
    for ax in axes[1:]:
        ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=8)
    plots.show(
        "A trained cell: its input gate peaks at the two marked steps. There its content falls "
        "for the small number and rises for the large one; in between it climbs slowly."
    )


# ---------------------------------------------------------------- what goes wrong


class NoCarousel(LSTM):
    """An LSTM whose backward pass forgets `dc` from one step to the next.

    Without it every block of ds is dh times a factor, so all factors are computed at once. The
    numbers in the comments are those of the page.
    """

    def unroll_backward(self, dy, dstate, cache):
        x, W, U, h0, c0, _, _, y, c, gates = cache[:10]
        i, f, g, o = np.split(gates, 4, axis=2)  # each (N, T, H)
        h_before = np.concatenate([h0[:, None], y[:, :-1]], axis=1)
        c_before = np.concatenate([c0[:, None], c[:, :-1]], axis=1)
        tanh_c = np.tanh(c)
        to_c = o * (1 - tanh_c**2)  # (6), and below (7) and (8)
        d_i, d_f = to_c * g * i * (1 - i), to_c * c_before * f * (1 - f)
        d_g, d_o = to_c * i * (1 - g**2), tanh_c * o * (1 - o)
        factors, ds = np.stack([d_i, d_f, d_g, d_o], axis=2), np.empty_like(gates)
        dh = np.zeros_like(h0)
        for t in reversed(range(x.shape[1])):
            ds[:, t] = ((dh + dy[:, t])[:, None] * factors[:, t]).reshape(len(x), -1)
            dh = ds[:, t] @ U.T
            dh[np.abs(dh) < 1e-25] = 0  # smaller floats take a processor long
        summed = [np.tensordot(a, ds, ((0, 1), (0, 1))) for a in (x, h_before)]
        return ds @ W.T, *summed, ds.sum(axis=(0, 1)), dh, np.zeros_like(c0)


def cut_and_by_hand(forward, backward, rng):
    """dx, dW, dU, db, dh0 on six steps: by `NoCarousel`, and by the page without its carousel."""
    W, U, b = weights_of(cut := NoCarousel(4, return_sequences=True), (6, 2))
    x, dy = rng.standard_normal((3, 6, 2)), rng.standard_normal((3, 6, 4))
    h0, c0 = rng.standard_normal((2, 3, 4))
    _, kept = cut.forward((x, h0, c0))
    dx, dh0, _ = cut.backward(dy, kept)
    steps = forward(x, W, U, b, h0, c0)[1]
    by_hand = backward(dy, np.zeros((3, 4)), W, U, steps, carousel=0)
    return [dx, *gradients_of(cut), dh0], by_hand[:-1]
