"""What chapter 22 draws and counts: dates, and where a translator of them looks."""

import datetime
import itertools
import re

import matplotlib.pyplot as plt
import numpy as np

from minidl import plots
from minidl.datasets import dates

COLOURS = plots.COLOURS
PIECES = [slice(11 * k + a, 11 * k + b) for k in range(3) for a, b in ((0, 4), (5, 7), (8, 10))]


def letters_in_a_row(ax, text, weights=None, y=0.0, step=1.0, size=10):
    """A text in letters of one width, each on the blue of its weight."""
    for n, letter in enumerate(text):
        w = 0.0 if weights is None else float(weights[n])
        shade = plt.get_cmap("Blues")(0.85 * min(1, w / 0.8)) if w > 0.02 else "none"
        box = {"boxstyle": "square,pad=0.12", "facecolor": shade, "edgecolor": "none"}
        dark = "white" if w > 0.5 else "black"
        look = {"family": "monospace", "size": size, "color": dark, "bbox": box}
        ax.text(n * step, y, letter, ha="center", va="center", **look)


def hook():
    """Six written dates; the fourth says another day than the others."""
    thursday = datetime.date(1987, 2, 12)
    asked = ("cy", "eu", "hu", "lv", "sw", "fil")
    day_of = dict.fromkeys(asked, thursday) | {"lv": datetime.date(1987, 3, 12)}
    puzzle = [dates.write([(day_of[language], language, "full")]) for language in asked]
    assert thursday.weekday() == 3
    assert [line.iso != "1987-02-12" for line in puzzle] == [n == 3 for n in range(6)]
    fig = plt.figure(figsize=(7.2, 2.3))
    ax = fig.add_axes((0, 0, 1, 1))
    ax.set(xlim=(-3, 54), ylim=(-5.6, 0.6))
    ax.axis("off")
    for n, line in enumerate(puzzle):
        ax.text(-2, -n, f"{n + 1}.", va="center", size=11, color="0.4")
        letters_in_a_row(ax, line.text, y=-n, step=1.0, size=13)
    plots.show(
        "Six written dates: 1. Dydd Iau, 12 Chwefror 1987. 2. 1987(e)ko otsailaren 12(a), "
        "osteguna. 3. 1987. február 12., csütörtök. 4. ceturtdiena, 1987. gada 12. marts. "
        "5. Alhamisi, 12 Februari 1987. 6. Huwebes, Pebrero 12, 1987."
    )


def translator_diagram(weights=None):
    """Encoder and decoder, joined by the code or, with weights, by attention."""
    d = plots.Diagram(7.2, 3.0)
    readers, writers = [], []
    for n, piece in enumerate(["3", "mai", "1998"]):
        x = 0.7 + 1.0 * n
        token = d.box(x, 0.4, piece, 0.55, fill="data")
        readers.append(d.box(x, 1.1, "GRUs", fill="memory"))
        d.arrow(token, readers[-1])
    for n, (before, after) in enumerate(itertools.pairwise(["<", "1998", "-05", "-03"])):
        x = 4.5 + 1.0 * n
        token = d.box(x, 0.4, before, 0.55, fill="data")
        writers.append(d.box(x, 1.1, "GRU", fill="memory"))
        d.arrow(token, writers[-1])
        guess = d.box(x, 2.65, after, 0.55, fill="output")
        if weights is None or n != 1:
            d.arrow(writers[-1], guess)
        else:
            join = d.box(x, 1.9, "join", 0.55)
            d.arrow(writers[-1], join)
            d.arrow(join, guess)
    for a, b in itertools.pairwise(writers):
        d.arrow(a, b)
    for a, b in itertools.pairwise(readers):  # one GRU there, one back
        gap = a.width / 2, b.width / 2
        d.arrow((a.x + gap[0], 1.18), (b.x - gap[1], 1.18))
        d.arrow((b.x - gap[1], 1.02), (a.x + gap[0], 1.02))
    d.arrow(readers[-1], writers[0], "code")
    d.ax.plot([0.95, 0.95, 3.5, 3.5], [0.94, 0.76, 0.76, 1.1], color="0.35", lw=1)
    d.text(1.7, 0.04, "encoder: reads both ways", size=8)
    d.text(5.5, 0.04, "decoder: writes", size=8)
    if weights is None:
        plots.show(
            "GRU cells read 3, mai, 1998, in both directions. The last states of both, the code, "
            "lead to three GRU cells that write 1998, -05, -03, each given what stands before."
        )
        return
    mean = d.box(1.7, 2.35, "weighted mean", 1.4)
    for n, (w, reader) in enumerate(zip(weights, readers)):
        d.arrow(reader, mean, colour="weight" if w > 0.2 else "muted")
        x = reader.x + (0.08 if n < 2 else -0.02) + (0.12 if n == 0 else 0)
        d.text(x, 1.42, f"{w:.2f}", size=8, align="left")
    d.arrow(mean, join, colour="weight")
    plots.show(
        "The same network with attention: at one step of the decoder, a weighted mean of the "
        "three states of the encoder, with a weight of 0.91 on mai, goes into what is written: -05."
    )


def table(name, scores):
    """Print scores (seeds, number of dates, 2): texts without a mistake, and letters right."""
    print("looks at  dates  without a mistake (three seeds)  letters right")
    for k in range(scores.shape[1]):
        exact, letters = scores[:, k].T
        print(
            f"{name:9} {k + 1}      {exact.mean():6.1%} "
            f"{f'({min(exact):.1%} to {max(exact):.1%})':19}   {letters.mean():6.1%}"
        )


def letters_right(written, isos):
    """Share of the letters of each text that stand where they should; the mean of the texts."""
    shares = [sum(x == y for x, y in zip(a, b)) / len(b) for a, b in zip(written, isos)]
    return np.mean(shares)


def examples(groups):
    """Print what was written beside what is right; groups of (written, isos)."""
    print(f"\n{'written':34}right")
    for text, iso in itertools.chain.from_iterable(zip(*group) for group in groups):
        print(f"{text:34}{iso}")


def days(groups):
    """All days of groups of (texts, isos), a set."""
    return {day for _, isos in groups for iso in isos for day in iso.split()}


def pieces_right(runs, isos):
    """What several runs have right of years, months and days of three dates (runs, 9), in %.

    The last date is looked for in the last one written, be it the second or the third.
    """
    runs = [[text[:22].ljust(22) + text.split(" ")[-1] for text in run] for run in runs]
    shares = [[np.mean([a[p] == b[p] for a, b in zip(run, isos)]) for p in PIECES] for run in runs]
    return 100 * np.array(shares)


def commonest(isos):
    """Share of the commonest year, month and day at each of the nine places (9,), in %."""
    cuts = [[iso[p] for iso in isos] for p in PIECES]
    return np.array([100 * max(map(each.count, each)) / len(each) for each in cuts])


def with_and_without(scores, pieces, common):
    """Texts right by number of dates, and what is right in three dates; the same in numbers.

    scores: {name: (seeds, 3, 2)}, as `table` has them; pieces: {name: (seeds, 9)} and common (9,),
    in percent.
    """
    _, axes = plt.subplots(1, 2, figsize=(7.2, 2.7), layout="compressed", width_ratios=(1, 2))
    looks = {"attention": ("weight", "o"), "code alone": ("memory", "s")}
    counts = (1, 2, 3)
    for name, (kind, mark) in looks.items():
        for ax, x, y in zip(axes, (counts, range(9)), (100 * scores[name][..., 0], pieces[name])):
            label = {"label": name} if ax is axes[1] else {}
            ax.plot(x, y.mean(axis=0), mark + "-", color=COLOURS[kind], **label)
            for seed in y:
                ax.plot(x, seed, mark, ms=4, alpha=0.45, color=COLOURS[kind])
    axes[1].plot(common, ":", color=COLOURS["truth"], label="always the most common one")
    axes[0].set(xticks=counts, xlabel="dates in a text", ylim=(-3, 105))
    axes[0].set_ylabel("texts without a mistake, %")
    axes[0].set_title("Four epochs, three seeds", fontsize=10)
    axes[1].set_xticks(range(9), ["year", "month", "day"] * 3, fontsize=8)
    axes[1].set(xlabel="first, second and last of three dates", ylabel="right, %", ylim=(-3, 105))
    axes[1].set_title("The code alone keeps some of both ends", fontsize=10)
    axes[1].legend(frameon=False, loc=(0.03, 0.5), fontsize=8)
    plots.show(
        "Left, share of texts without a mistake for one, two and three dates, means: attention "
        "98 to 100 %, the code alone 12, 0 and 0 %. Right, share of years, months and days right "
        "in three dates, means: attention 98 to 100 %; the code alone 1 to 37 %, most for the last "
        "year."
    )
    print(f"right, in %      {' | '.join(['year mon. day '] * 3)}")
    means = {name: each.mean(axis=0) for name, each in pieces.items()}
    for name, each in [*means.items(), ("most common one", common)]:
        rows = " | ".join(" ".join(f"{x:4.0f}" for x in row) for row in each.reshape(3, 3))
        print(f"{name:16} {rows}")


def two_dates():
    """A French and an English date in one text."""
    days = datetime.date(1998, 3, 24), datetime.date(2025, 12, 6)
    return dates.write([(days[0], "fr", "full"), (days[1], "en", "full")])


def looking(pair, weights):
    """A film: each digit that is written, and behind each letter of the text its weight (T, S)."""
    digits = [t for t, letter in enumerate(pair.iso) if letter.isdigit()]

    def draw(t, ax):
        ax.set(xlim=(-1, len(pair.text)), ylim=(-2.2, 0.9))
        ax.axis("off")
        letters_in_a_row(ax, pair.text, weights[t], size=9)
        for n, letter in enumerate(pair.iso[: t + 1]):
            now = n == t
            look = {"family": "monospace", "size": 11, "ha": "center", "va": "center"}
            look["weight"] = "bold" if now else "normal"
            ax.text(12 + n, -1.5, letter, color=COLOURS["output"] if now else "0.45", **look)

    alt = "A French and an English date. While each digit is written, the letters looked at turn "
    return plots.movie(draw, digits, alt + "blue.", size=(7.2, 1.1), seconds=0.9, still=5)


def on_target(weights, drawn):
    """Mean weight on the letters of a piece, two more on either side, its date; by chance; month?

    weights: (N, T, S) of pairs drawn by `dates`; a row for each year, month and day.
    """
    shares = []
    for p, pair in zip(weights, drawn):
        cuts = [0, *[m.start() for m in re.finditer(";", pair.text)], len(pair.text)]
        for name, (a, b), (first, last) in pair.pieces:
            date = next((x, y) for x, y in itertools.pairwise(cuts) if x <= a < y)
            rows = p[first:last].mean(axis=0)
            places = (a, b), (max(a - 2, 0), b + 2), date
            chance = (b - a) / len(pair.text)
            shares.append((*[rows[x:y].sum() for x, y in places], chance, name == "month"))
    return np.array(shares)


def letters_seen(weights, drawn):
    """How many letters share the weight: exp of its entropy, for digits and for other signs."""
    seen = np.exp(-(weights * np.log(np.maximum(weights, 1e-12))).sum(axis=-1))  # (N, T)
    digit = np.array([[letter.isdigit() for letter in d.iso] for d in drawn])
    seen = seen[:, : digit.shape[1]]  # without the stop sign
    return seen[digit].mean(), seen[~digit].mean()


def target_table(shares, wide):
    """Print what `on_target` and `letters_seen` found; the mean share of months, of the others."""
    names = "just its letters", "two more on either side", "its date", "by chance"
    means = np.array([each[:, :4].mean(axis=0) for each in shares])
    for name, each in zip(names, means.T):
        print(f"{name:24} {each.mean():4.0%} ({min(each):.0%} to {max(each):.0%}, three seeds)")
    months, others = (
        np.mean([each[each[:, 4] == month, 0].mean() for each in shares]) for month in (1, 0)
    )
    print(f"just the letters, months alone {months:.0%}; years and days {others:.0%}")
    print(f"letters that share the weight: digit {wide[0]:.1f}, dash or blank {wide[1]:.1f}")
    return months, others


def heat_map(weights, pair):
    """Weights (T, S): a row for each letter written; frames say which letters it comes from."""
    fig, ax = plt.subplots(figsize=(7.2, 3.9), layout="compressed")
    picture = ax.imshow(weights, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    ax.set_xticks(range(len(pair.text)), list(pair.text), family="monospace", fontsize=8)
    ax.set_yticks(range(len(pair.iso)), list(pair.iso), family="monospace", fontsize=8)
    for _, (a, b), (first, last) in pair.pieces:
        frame = plt.Rectangle((a - 0.5, first - 0.5), b - a, last - first, fill=False)
        frame.set(edgecolor=COLOURS["truth"], linewidth=1.5)
        ax.add_patch(frame)
    ax.set_title("For digits, most of the weight lies where the truth is (frames)", fontsize=10)
    fig.colorbar(picture, label="weight", pad=0.01)
    plots.show(
        "Heat map: a row for each letter written, a column for each letter read. Frames mark "
        "where each year, month and day stand; for digits, most of the weight lies in these frames."
    )


def shares_of_letters(shares):
    """Print shares of right letters (seeds, 4), each column with what its letters were given."""
    ways = "given the right letters", "given its own"
    after = (
        "after its first mistake: given the right ones",
        "after its first mistake: given its own",
    )
    for name, column in zip((*ways, *after), shares.T):
        print(f"{name:46} {column.mean():.1%} ({column.min():.1%} to {column.max():.1%})")


def same_letters(written, isos):
    """Whether each letter is right (N, T); isos of one length."""
    own = [text.ljust(len(iso)) for text, iso in zip(written, isos)]
    return np.array([[a == b for a, b in zip(x, y)] for x, y in zip(own, isos)])


def dates_kept(runs, texts, isos):
    """Print which dates of a text are written; their shares (runs, dates), dates written."""
    wanted = [iso.split() for iso in isos]
    lines = [[text.split() for text in run] for run in runs]
    kept = [[[day in a for day in b] for a, b in zip(run, wanted)] for run in lines]
    kept = np.mean(kept, axis=1)
    for k, each in enumerate(kept.T, start=1):
        spread = f"({min(each):.0%} to {max(each):.0%}, three seeds)"
        print(f"date {k} of {len(kept.T)} is written in {each.mean():4.0%} of the texts  {spread}")
    count = np.mean([len(days) for run in lines for days in run])
    print(f"dates written: {count:.1f}")
    print(f"\n{texts[0]}\nright    {isos[0]}")
    for seed, run in enumerate(runs):
        print(f"seed {seed}  ", run[0])
    return kept, count
