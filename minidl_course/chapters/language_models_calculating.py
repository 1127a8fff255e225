"""What chapter 25 shows of its calculator: the steps, what they are worth, where it looks."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Patch

from minidl import plots
from minidl.layers import TransformerDecoderBlock
from minidl.plots.common import tint
from minidl_course import calculating
from minidl_course.chapters.common import measured

COLOURS = plots.COLOURS
EXAMPLE = 87, 58  # held out
WAYS = {"once": "at once", "steps": "with steps"}
LINES = (0, 16, 32, 55, 60)  # where a line of a written product ends, on the sheet


def line_of(a, b):
    """A product and its steps as one text."""
    return calculating.asked(a, "*", b) + calculating.written(a, "*", b)


# The steps on paper


def places(text):
    """Where each character of a written product stands on the sheet: (column, line)."""
    found, line, column = [], 0, 0
    for n in range(len(text)):
        found.append((column, line))
        column += 1
        if line < len(LINES) - 1 and n + 1 - calculating.ROOM == LINES[line]:
            line, column = line + 1, 0
    return found


def put(ax, text, fills, now=None):
    """Write a text on the sheet; fills: {place in the text: colour behind it}.

    now: the place that is being written: what comes after it is pale. Returns the places.
    """
    where = places(text)
    for n, (sign, (column, line)) in enumerate(zip(text, where)):
        if n in fills:
            box = plt.Rectangle((column - 0.5, line - 0.42), 1, 0.84, color=fills[n], lw=0)
            ax.add_patch(box)
        style = {"family": "monospace", "size": 12, "ha": "center", "va": "center"}
        if n == now:
            style |= {"color": COLOURS["output"], "weight": "bold"}
            ax.add_patch(plt.Rectangle((column - 0.5, line - 0.42), 1, 0.84, fill=False, lw=1.2))
        elif now is not None and n > now:
            style["color"] = "0.85"
        ax.text(column, line, sign, **style)
    ax.set(xlim=(-1, 31), ylim=(len(LINES) - 0.4, -0.6))
    ax.axis("off")
    return where


def put_arrow(ax, start, end):
    """An arrow from a place (column, line) over the text to another."""
    down = 0.42 if end[1] > start[1] else -0.42
    style = {"arrowstyle": "->", "color": COLOURS["memory"], "connectionstyle": "arc3,rad=-0.16"}
    ax.annotate("", (end[0], end[1] - 0.42), (start[0], start[1] + down), arrowprops=style)


def carries(text):
    """Pairs (where a carry is written, where it is read) of a product of two-digit numbers."""
    equals = [n for n, sign in enumerate(text) if sign == "="][1:]
    return [(equals[k] + 1, equals[k + 1] - 1) for k in (0, 2, 4, 5)]


def results(text):
    """Pairs (where a digit of the result is found, where it is written in the result)."""
    equals = [n for n, sign in enumerate(text) if sign == "="][1:]
    digits = [equals[k] + 2 for k in (6, 5, 4, 0)]  # the first digit of the result comes last
    last = text.index(".") - 1
    return [(n, last - k) for k, n in enumerate(digits[::-1]) if last - k > equals[6] + 3]


def steps_drawn(a=EXAMPLE[0], b=EXAMPLE[1]):
    """One product with its steps: carries and digits of the result in colour."""
    text, fills = line_of(a, b), {}
    for pairs, name in ((carries(text), "memory"), (results(text), "output")):
        fills |= {n: tint(name, 0.4) for pair in pairs for n in pair}
    _, ax = plt.subplots(figsize=(7.2, 2.3), layout="compressed")
    where = put(ax, text, fills)
    for start, end in carries(text):
        put_arrow(ax, where[start], where[end])
    tens, ones = divmod(b, 10)
    told = (f"the problem: {a} · {b}", f"{a} · {ones} = {a * ones}", f"{a} · {tens} = {a * tens}",
            f"{a * ones} + {a * tens}0, by columns", "the result")  # fmt: skip
    for line, note in enumerate(told):
        ax.text(25, line, note, size=9, va="center", color="0.35")
    ax.legend(
        [Patch(color=tint(name, 0.4)) for name in ("memory", "output")],
        ["carry", "digit of the result"], loc="upper right", ncols=2, frameon=False, fontsize=8,
        bbox_to_anchor=(1, 1.16),
    )  # fmt: skip
    plots.show(
        f"The product {a} times {b} in five lines: the problem, two lines of digits times digits, "
        "one line of sums by columns, the result. Arrows lead from each carry to the step that "
        "adds it; the digits that make the result are marked where they are found and used."
    )


# What the steps are worth


def worth_drawn():
    """Shares of right results, at once and with steps, three seeds; checks what the page says."""
    found = measured("calculator")
    colours = dict(zip(WAYS, ("data", "output")))
    _, (ax, digits) = plt.subplots(1, 2, figsize=(7.2, 2.7), layout="compressed", sharey=True)
    for n, what in enumerate(("sums", "products")):
        for k, (way, name) in enumerate(WAYS.items()):
            runs, x = 100 * np.array(found["right"][way][what]), n + 0.4 * k - 0.2
            label = name if n == 0 else None
            ax.bar(x, runs.mean(), color=tint(colours[way], 0.5), width=0.36, label=label)
            ax.plot(
                x + np.linspace(-0.1, 0.1, len(runs)), runs, "o", color=COLOURS[colours[way]], ms=4
            )
    ax.set_xticks(range(2), ("sums of 3 digits", "products of 2 digits"))
    ax.set(ylabel="right, %", ylim=(0, 118), yticks=range(0, 101, 25))
    ax.set_title("new results that are right", fontsize=10)
    ax.legend(loc="upper center", ncols=2, frameon=False, fontsize=8)
    for way in WAYS:
        for run in found["right"][way]["digits"]:
            digits.plot(100 * np.array(run), "o-", color=COLOURS[colours[way]], ms=4, lw=1.2)
    digits.set_xticks(range(4), ("first", "second", "third", "last"))
    digits.set_title("each digit of a product", fontsize=10)
    for panel in (ax, digits):
        panel.spines[["top", "right"]].set_visible(False)
    plots.show(
        "Left: with steps nearly all new sums and products are right; at once, most sums and few "
        "products. Right: at once, the first and the last digit of a product are nearly always "
        "right, the third one in a quarter of them."
    )
    for what in ("sums", "products"):
        for way, name in WAYS.items():
            print(f"{what:9} {name:11}" + "".join(f"{y:8.1%}" for y in found["right"][way][what]))
    means = np.mean(found["right"]["once"]["digits"], axis=0)
    print("digits at once, means" + "".join(f"{share:8.1%}" for share in means))
    read = (f"{name} {16 * np.mean(found['read'][way]):,.0f}" for way, name in WAYS.items())
    print("lines read:", "; ".join(read))
    assert min(found["right"]["steps"]["products"]) > 0.99
    assert max(found["right"]["once"]["products"]) < 0.2
    assert min(means[0], means[3]) > 0.9 and means[2] < 0.3


# Where it looks


def fetching(model, N=None):
    """At each carry of held-out products: which head looks at it most, and what if it were false?

    Returns rows (block, head, weight, right, misled), a row for each of four carries: the head
    with the largest mean weight on the carry that was written before; which share of the carries
    is right; and which share is the false one, where a false digit stands in that place.
    """
    pairs, rows = calculating.problems("*", N).tolist(), []
    ids = calculating.tokens([line_of(a, b) for a, b in pairs])
    zero = calculating.SIGNS.index("0")
    for n, (written, read) in enumerate(carries(line_of(*EXAMPLE))):
        x, many = ids[:, :read].copy(), 9 if n < 2 else 2  # a product carries 0 to 8, a sum 0 or 1
        weight = looks(model, x)[:, :, :, -1, written].mean(axis=1)  # (blocks, H)
        block, head = np.unravel_index(weight.argmax(), weight.shape)
        shares = []
        for add in (0, many // 2):
            x[:, written] = (x[:, written] - zero + add) % many + zero
            z = model.predict(x, 64, verbose=0)[:, -1]
            shares.append(np.mean(z.argmax(axis=-1) == x[:, written]))
        rows.append((block, head, weight.max(), *shares))
    return rows


def carrying(model, a=EXAMPLE[0], b=EXAMPLE[1]):
    """Print `fetching`; the film of the digits of four steps, and where one head looks.

    It is the head that looks most at the first carry.
    """
    rows = fetching(model)
    print("carry  looked at most by  its weight  right  misled by a false one")
    for n, (block, head, weight, right, misled) in enumerate(rows, start=1):
        name = f"block {block + 1}, head {head + 1}"
        print(f"{n:5}  {name:17}  {weight:10.0%}  {right:5.0%}  {misled:10.1%}")
    _, _, weights, right, misled = zip(*rows)
    assert min(weights) > 0.6 and min(right) > 0.97 and min(misled) > 0.9
    text = line_of(a, b)
    block, head, *_ = rows[0]
    p = looks(model, calculating.tokens([text]))[block, 0, head]  # (T, T)

    def draw(n, ax):
        fills = {k: tint("memory", 0.7 * p[n - 1, k]) for k in range(n) if p[n - 1, k] > 0.05}
        where = put(ax, text, fills, now=n)
        most = p[n - 1, :n].argmax()
        put_arrow(ax, where[most], where[n])
        note = f"writes {text[n]}, looks at {text[most]}: {p[n - 1, most]:.0%}"
        ax.text(20, 0, note, size=10, va="center")

    end = text.index("9+5") if (a, b) == EXAMPLE else len(text)
    frames = [n for n in range(calculating.ROOM, end) if text[n].isdigit()]
    alt = (
        f"The first lines of the product {a} times {b} are written digit by digit. An arrow and a "
        "colour show where one head looks: often at the digit to copy, and at the carry where a "
        "step adds it."
    )
    return plots.movie(draw, frames, alt, size=(7.2, 2.1), still=6, seconds=1.2)


def looks(model, ids):
    """The weights of attention (blocks, N, H, T, T) while a model reads ids (N, T)."""
    layers = [layer for _, layer in model.walk()]
    embed = next(layer for layer in layers if layer.name == "embed")
    x, found = embed.forward(ids.astype("float32"))[0], []
    for block in layers:
        if isinstance(block, TransformerDecoderBlock):
            step = block.self_attention
            z, _ = step.norm.forward(x)
            (_, p), _ = step.layer.forward(z, use_causal_mask=True, return_attention_scores=True)
            found.append(p)
            x, _ = block.forward(x)
    return np.array(found)


def limits(model, N=300):
    """Print which share is right of problems of other lengths than it learned."""
    kinds = {"sums of 2 digits": "+22", "sums of 4 digits": "+44", "3 digits times 2": "*32"}
    rng, shares = np.random.default_rng(3), []
    for kind, (sign, *digits) in kinds.items():
        pairs = np.stack([rng.integers(10 ** (int(n) - 1), 10 ** int(n), N) for n in digits], 1)
        wrote, right = calculating.results(model, sign, pairs, "steps")
        shares.append(right.mean())
        a, b = pairs[0]
        print(f"{kind:17} {right.mean():5.1%} right; {a}{sign}{b}={wrote[0]:.36}")
    assert max(shares) < 0.1
