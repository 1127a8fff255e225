"""What chapter 19 draws and sets up: guessing the next character, and a look at one cell."""

import re
from textwrap import wrap
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np

from minidl import plots
from minidl.datasets import DataNotFoundError, text
from minidl.plots.common import tint
from minidl_course.generation import generate, probabilities

COLOURS = plots.COLOURS

# ---------------------------------------------------------------- the game of the hook


def corpus_and_prompt():
    """Tiny Shakespeare and how a speech begins in it, or Python's documentation instead."""
    try:
        return text.load_shakespeare(), "ROMEO:\n"
    except DataNotFoundError:  # no copy on this machine, and no connection
        return text.load_prose(), "The "


def what_followed(read, contexts):
    """Of each context {character: probability} after it, from counts in `read` (Witten-Bell)."""
    kinds, codes = np.unique(np.array([*read]), return_inverse=True)
    for context in contexts:
        p, at = np.full(len(kinds), 1 / len(kinds)), np.arange(len(codes))
        for n in range(len(context) + 1):
            if n:  # where the last n characters are those of the context
                at = at[at >= n]
                at = at[kinds[codes[at - n]] == context[-n]]
            if at.size:
                counts = np.bincount(codes[at], minlength=len(kinds))
                total, k = counts.sum(), np.count_nonzero(counts)
                p = (counts + k * p) / (total + k)
        yield dict(zip(kinds.tolist(), p))


def hook(longest=4):
    """A film: a line of the held-out text, letter by letter, and what is expected next."""
    corpus, prompt = corpus_and_prompt()
    cut = int(0.9 * len(corpus))
    known = "Good morrow, neighbour" if prompt == "ROMEO:\n" else "the "
    first = corpus.index(known, cut)
    line = corpus[first : first + 20]
    before = [line[max(t - longest, 0) : t] for t in range(20)]
    guesses = [*what_followed(corpus[:cut], before)]
    costs = [-np.log2(p[c]) for p, c in zip(guesses, line)]

    def draw(t, left, right):
        came, p = line[t], guesses[t]
        likeliest = sorted(p, key=p.get, reverse=True)[:6]
        bars = COLOURS["output"], COLOURS["highlight"]
        left.barh(range(6), [p[c] for c in likeliest], color=[bars[c == came] for c in likeliest])
        left.set_yticks(range(6), [repr(c)[1:-1] for c in likeliest], family="monospace", size=11)
        left.set(xlim=(0, 1), ylim=(5.6, -0.6), xlabel="probability", title="what it expects")
        right.axis("off")
        right.set(xlim=(0, 20), ylim=(0, 4))
        for n, c in enumerate(line[: t + 1]):
            if n == t:
                right.add_patch(plt.Rectangle((n, 2.3), 1, 1, color=COLOURS["highlight"], lw=0))
            shown = "␣" if c == " " else c
            right.text(n + 0.5, 2.8, shown, ha="center", va="center", family="monospace", size=15)
        right.set_title("what came", loc="left")
        cost = f"{-np.log2(p[came]):.1f} bits"
        right.text(0, 1.3, f"this letter had the probability {p[came]:.2f}: {cost}", size=11)
        right.text(0, 0.4, f"mean so far: {np.mean(costs[: t + 1]):.1f} bits a letter", size=11)

    assert np.allclose([sum(p.values()) for p in guesses], 1)
    alt = (
        "A line of text appears letter by letter. Beside it, bars show which letters a program "
        "expected; within a word it is often sure, at its start it is not."
    )
    return plots.movie(draw, range(20), alt, size=(7.2, 2.4), columns=2, still=5, seconds=1.4)


def reading_and_writing():
    """Unrolled over five steps: each output is compared with, or becomes, the next input."""
    _, ax = plt.subplots(figsize=(7, 1.9), layout="constrained")
    asked = ["O", "M", "E", "O", ":"]
    plots.unrolled(5, inputs=["R", "O", "M", "E", "O"], outputs=asked, states=("h", "c"), ax=ax)
    plots.show(
        "An LSTM unrolled over the letters R, O, M, E, O. At each step it has to give the next "
        "letter: O, M, E, O and a colon."
    )


def shapes_in_a_row(V):
    """The shapes of the network that writes."""
    shapes = {
        "characters": (64,),
        "Embedding": (64, 32),
        "LSTM": (64, 128),
        "Dense\nsoftmax": (64, V),
    }
    plots.layers_in_a_row([*shapes.items()])
    plots.show(
        "A row of four shapes: 64 characters, 64 by 32 numbers, 64 by 128, 64 by the characters."
    )


# ---------------------------------------------------------------- samples, counts, temperatures


def show_samples(samples, bits, vocabulary):
    """Print what was written after so many batches; `samples` has ids by the number of batches."""
    for batch, count in zip(samples, (0, 0, 3, 3, 10)):
        told = vocabulary.decode(samples[batch]).strip()
        lines = [line for line in told.split("\n") if line][:count] or [" ".join(told.split())]
        print(f"after {batch} batches ({bits[batch - 1]:.1f} bits on this batch):")
        print(*(f"    {line[:66]}" for line in lines), sep="\n")


def held_out_bits(models, x, y):
    """Bits per character of each model, which begins to read with an empty state."""
    bits = []
    for model in models:
        model.reset_states()
        bits.append(model.evaluate(x, y, batch_size=8, verbose=0) / np.log(2))
    return bits


def draw_counts(by_counting, held):
    """Bits per character by the length of the context, and the LSTMs' as lines."""
    _, ax = plt.subplots(figsize=(6.5, 2.6), layout="constrained")
    ax.plot([b for b, _ in by_counting], "o-", color=COLOURS["muted"])
    for bits in held:
        ax.axhline(bits, color=COLOURS["memory"], lw=1.2)
    held = min(held)
    text_below = "LSTM of 128 units, three seeds"
    ax.text(0.05, held - 0.05, text_below, va="top", color=COLOURS["memory"])
    ax.text(1.2, by_counting[1][0], "tables of counts, with Witten-Bell smoothing", color="0.35")
    ax.set(
        xlabel="how many characters before are looked at",
        ylabel="bits per character",
        ylim=(held - 0.5, None),
    )
    ax.set_title("The LSTM is about as good as the best of these tables")
    plots.show(
        "Bits per character of tables of counts for 0 to 6 characters, and of the three LSTMs."
    )


def table_limits(by_counting, train, held_out, numbered, looked_up):
    """Print what longer contexts cost, and how often they were read; return the share known."""
    print("characters  bits  contexts seen  ten times   counts  with shorter ones")
    known = {}
    for n, (score, size) in enumerate(by_counting[4:], 4):
        contexts = numbered(np.concatenate([train[-n:], held_out])[:-1], n - 1)
        read, times = np.unique(numbered(train[:-1], n - 1), return_counts=True)
        times = looked_up(contexts, read, times)
        known[n], often = (times > 0).mean(), (times >= 10).mean()
        total = sum(size for _, size in by_counting[: n + 1])
        print(f"{n:<10}  {score:.2f}  {known[n]:<13.0%}  {often:<9.0%}  {size:7,}  {total:,}")
    return known


def slider(model, vocabulary, prompt):
    """A slider for the temperature: the first character it has to choose, and what it writes."""
    start = vocabulary.encode(prompt)
    model.reset_states()
    first = np.log(model.predict(start[None], verbose=0)[0, -1] + 1e-12)
    model.reset_states()

    def draw(temperature):
        figure = plt.gcf()
        figure.set_size_inches(7.2, 2.9)
        left, right = figure.subplots(1, 2, width_ratios=[1, 2.4])
        p = probabilities(first, temperature)
        top = first.argsort()[::-1][:10]
        names = [repr(vocabulary.tokens[j])[1:-1] for j in top]
        left.barh(names, p[top], color=COLOURS["output"])
        left.invert_yaxis()
        left.set(xlim=(0, 1), xlabel="probability", title="first character")
        left.set_yticks(range(10), names, family="monospace")
        written = prompt + vocabulary.decode(generate(model, start, 400, temperature, seed=3))
        lines = [part for line in written.split("\n") for part in wrap(line, 52) or [""]]
        lines = "\n".join(lines[:13]).replace("$", r"\$")
        right.text(0, 1, lines, va="top", family="monospace", size=9)
        right.axis("off")
        right.set_title(f"what it writes at temperature {temperature:.1f}")

    alt = "Bars of the ten likeliest first characters, and some lines that the network wrote."
    return plots.sliders(draw, alt, temperature=(0.0, 1.6, 0.1, 0.6))


WORD = re.compile(r"[^\W\d_]{3,}")  # three letters or more


def at_temperatures(model, vocabulary, prompt, read):
    """Draw, print and return what it writes at nine temperatures, three samples each.

    The shares, (9, 3), of words that exist in `read` and of pieces of eight characters that the
    sample did not have before.
    """
    start, learned = vocabulary.encode(prompt), set(WORD.findall(read))
    scale = np.linspace(0, 1.6, 9)
    real, fresh = np.empty((2, len(scale), 3))
    for row, t in enumerate(scale):
        for seed in range(3):
            if t > 0 or seed == 0:  # at 0 all seeds write the same
                written = vocabulary.decode(generate(model, start, 800, t, seed=seed))
            words = WORD.findall(written)
            real[row, seed] = np.mean([w in learned for w in words]) if words else 0
            fresh[row, seed] = len({written[n : n + 8] for n in range(793)}) / 793
    _, ax = plt.subplots(figsize=(6.5, 2.6), layout="constrained")
    curves = ("words that exist", real, "data"), ("pieces that are new", fresh, "output")
    for name, share, colour in curves:
        ax.plot(scale, share.mean(axis=1), color=COLOURS[colour], label=name)
        ax.fill_between(scale, share.min(axis=1), share.max(axis=1), color=tint(colour), lw=0)
        ax.text(1.62, share[-1].mean(), name, color=COLOURS[colour], va="center")
    ax.set(xlim=(0, 2.2), xticks=scale[::2], ylim=(0, 1.09), xlabel=r"temperature $\tau$")
    ax.set_title("Cold, it repeats itself; hot, it invents words")
    plots.show("Over the temperature, the share of existing words falls, that of new pieces rises.")
    for row in (0, 3, 8):
        told = vocabulary.decode(generate(model, start, 160, scale[row], seed=3))
        told = [part for line in told.split("\n") for part in wrap(line, 66)][:4]
        print(f"temperature {scale[row]:.1f}:", *told, sep="\n    ")
    for row in (0, 2, 3, 5, 8):
        print(f"temperature {scale[row]:.1f}: {real[row].mean():.0%} of the words exist, ", end="")
        print(f"{fresh[row].mean():.0%} of the pieces are new")
    return real, fresh


# ---------------------------------------------------------------- one cell out of 128


def labels_of(characters, names):
    """1 from a blank line to the next colon (names), or from one double quote to the next."""
    inside, labels = False, []
    for n, character in enumerate(characters):
        if names:
            inside = inside or characters[max(n - 2, 0) : n] == "\n\n"
            labels.append(inside)
            inside = inside and character != ":"
        else:
            inside = (inside != (character == '"')) and characters[max(n - 1, 0) : n + 1] != "\n\n"
            labels.append(inside)
    return np.array(labels, float)


def memories(network, passage):
    """The cells c and the gates after each character, (characters, 128) and (characters, 512)."""
    network.prepare((None,))
    embedding, lstm, _ = network.layers
    weights = [param.value for param in lstm.params().values()]
    zeros = np.zeros((1, 128), np.float32)
    start = (zeros, zeros, None, None)
    _, c, cache = lstm.ops.lstm.forward(embedding(passage[None]), *weights, *start)
    *_, gates = cache[:10]
    return c[0], gates[0]


def find_cell(untrained, trained, passage, characters, names):
    """The cell that follows the label best: chosen on the first half, judged on the second.

    Prints it for both networks, and two rules beside it. Returns what the pictures need: `unit`,
    `sign`, `cells`, `gates`, `inside` (the label), `half`, `passage`, `characters`, and `found`,
    the correlations on the second half by name.
    """
    inside, half, found = labels_of(characters, names), len(passage) // 2, {}
    for name, network in (("untrained", untrained), ("trained", trained)):
        cells, gates = memories(network, passage)
        memory = np.tanh(cells)
        with np.errstate(invalid="ignore"):  # a cell that never moves has no correlation
            choosing, judging = (
                np.nan_to_num(np.corrcoef(memory[part], inside[part], rowvar=False)[-1, :-1])
                for part in (slice(half), slice(half, None))
            )
        unit = np.abs(choosing).argmax()
        found[name] = abs(judging[unit])
        r = f"chosen with {choosing[unit]:+.2f}, judged {judging[unit]:+.2f}"
        print(f"{name:9} cell {unit:3}: {r}")
    capital = np.array([character.isupper() for character in characters])
    newline = np.array([character == "\n" for character in characters])
    again = capital & np.roll(capital | (newline & np.roll(newline, 1)), 1)
    rules = {"a capital": capital, "a capital after a capital or an empty line": again}
    for name, rule in rules.items():
        found[name] = np.corrcoef(rule[half:], inside[half:])[0, 1]
        print(f'"{name}": {found[name]:+.2f} on the second half')
    return SimpleNamespace(
        unit=unit,
        sign=np.sign(judging[unit]),
        cells=cells,
        gates=gates,
        inside=inside,
        half=half,
        passage=passage,
        characters=characters,
        found=found,
    )


def draw_cell(at):
    """Text with each character coloured by the content of the cell, and its gates below."""
    length, inside, unit = len(at.passage), at.inside, at.unit
    opened = at.half + 1 + np.flatnonzero(np.diff(inside[at.half : length - 400]) > 0)
    many = [np.sum((opened >= n) & (opened < n + 224)) for n in opened]
    start = opened[np.argmax(np.array(many) >= min(3, max(many)))]
    signs = at.characters[start : start + 224].replace("\n", "↵")
    cell = at.sign * np.tanh(at.cells[start : start + 224, unit])
    i, f, _, o = at.gates[start : start + 56, unit::128].T
    fig, axes = plt.subplots(2, 1, figsize=(7.2, 3.4), layout="constrained", height_ratios=[4, 3])
    diverging = axes[0].imshow(cell.reshape(4, 56), cmap="PuOr_r", vmin=-1, vmax=1, aspect="auto")
    sequential = axes[1].imshow([f, i, o], cmap="Greens", vmin=0, vmax=1, aspect="auto")
    for n, character in enumerate(signs):
        colour = "white" if abs(cell[n]) > 0.6 else "black"
        look = {"ha": "center", "va": "center", "family": "monospace", "size": 8.5, "color": colour}
        axes[0].text(n % 56, n // 56, character, **look)
        if inside[start + n]:
            x, y = n % 56, n // 56 - 0.44
            line = {"color": COLOURS["highlight"], "lw": 3, "clip_on": False}
            axes[0].plot([x - 0.5, x + 0.5], [y, y], **line)
    title = (
        f"Cell {unit} after each character, on text it has never read (yellow line: the label is 1)"
    )
    axes[0].set(xticks=[], yticks=[], xlim=(-0.5, 55.5), ylim=(3.5, -0.5))
    axes[0].set_title(title, fontsize=10.5)
    axes[1].set_yticks(range(3), ["forget $f$", "input $i$", "output $o$"], size=8)
    axes[1].set_title("What its gates did in the first of these lines", fontsize=10.5)
    axes[1].set_xticks(range(56), signs[:56], family="monospace", size=8)
    axes[1].tick_params(axis="x", length=0)
    fig.colorbar(diverging, ax=axes[0], label=r"$\pm\tanh(c)$")
    fig.colorbar(sequential, ax=axes[1], label="gate")
    plots.show(
        "Text with each character coloured by the content of one cell, and the gates of that cell. "
        "It is orange in names and purple in speeches, with a few exceptions."
    )


def table_of_gates(at):
    """Print the means of the cell and its gates in four kinds of places; return c, tanh(c)."""
    newline, colon = (np.array([c == sign for c in at.characters]) for sign in "\n:")
    groups = {
        "the empty line": newline & np.roll(newline, 1),
        "letters of a name": (at.inside > 0) & ~colon,
        "its colon": (at.inside > 0) & colon,
        "in a speech": (at.inside == 0) & ~newline,
    }
    contents = {}
    print(f"{'':17}      c  tanh(c)     f     i      g     o")
    for name, group in groups.items():
        group = np.flatnonzero(group[at.half :]) + at.half
        if len(group):
            i, f, g, o = at.gates[group, at.unit :: 128].mean(axis=0)
            c = at.cells[group, at.unit]
            mean, content = contents[name] = at.sign * c.mean(), at.sign * np.tanh(c).mean()
            row = f"{mean:+7.1f}{content:+9.2f}{f:6.2f}{i:6.2f}{at.sign * g:+7.2f}{o:6.2f}"
            print(f"{name:17}{row}")
    return contents


def bits_without(model, at, cells, length=3000):
    """Bits for each character of the second half, in a row for each cell that is held at 0."""
    embedding, lstm, dense = model.layers
    W, U, b = (param.value for param in lstm.params().values())
    W_out, b_out = (param.value for param in dense.params().values())
    read = at.passage[at.half : at.half + length + 1]
    s_read = embedding(read[None, :-1])[0] @ W + b
    held_at_0 = tuple(np.transpose([(n, cell) for n, cell in enumerate(cells) if cell is not None]))
    h, c, bits = *np.zeros((2, len(cells), 128), np.float32), []
    for s_t, following in zip(s_read, read[1:]):
        s = s_t + h @ U
        i, f, o = (1 / (1 + np.exp(-s[:, k * 128 : (k + 1) * 128])) for k in (0, 1, 3))
        c = f * c + i * np.tanh(s[:, 256:384])
        c[held_at_0] = 0
        h = o * np.tanh(c)
        logits = h @ W_out + b_out
        bits.append(np.log2(np.exp(logits).sum(axis=1)) - logits[:, following] / np.log(2))
    return np.array(bits).T


def without_each_cell(model, at):
    """Print what names and the rest cost without the cell; return the bits, a row a network."""
    cost = bits_without(model, at, [None, *range(128)])
    in_label = at.inside[at.half + 1 : at.half + 3001] > 0
    left_out = f"without {at.unit}"
    print(f"{'bits':10}  all cells  {left_out:>11}  without a typical one  cost more")
    for name, part in (("label is 1", in_label), ("elsewhere", ~in_label)):
        with_all, *without = cost[:, part].mean(axis=1)
        more = np.sum(np.array(without) > without[at.unit])
        row = f"{with_all:9.2f}  {without[at.unit]:11.2f}  {np.median(without):21.2f}  {more:9}"
        print(f"{name:10}  {row}")
    return cost


# ---------------------------------------------------------------- the scan


def scan_film(T=8):
    """A film: after each round, which steps every state has taken in."""
    rounds = int(np.ceil(np.log2(T)))

    def draw(number, ax):
        reach = 2**number
        ax.set(xlim=(-1.7, T + 0.2), ylim=(-0.6, T + 0.4))
        ax.axis("off")
        for t in range(T):
            for n in range(t + 1):
                read = t - n < reach
                new = read and number and t - n >= reach // 2
                colour = "highlight" if new else "memory" if read else "white"
                look = {"facecolor": tint(colour, 0.6), "edgecolor": "0.75", "lw": 0.8}
                ax.add_patch(plt.Rectangle((n, T - 1 - t), 0.92, 0.85, **look))
            ax.text(-0.2, T - 0.6 - t, f"$h_{t}$", ha="right", va="center", size=11)
            ax.text(t + 0.46, -0.35, f"step {t}", ha="center", size=8)
        words = "before: each state has its own step" if number == 0 else f"after round {number}"
        if number:
            words += f": up to {reach} steps each (yellow: new)"
        ax.text(0, T + 0.1, words, size=10)

    alt = (
        "A triangle of squares, a row a state. Each round doubles how many steps a state may have "
        f"taken in; after {rounds} rounds all {T} states are complete."
    )
    return plots.movie(draw, range(rounds + 1), alt, size=(7, 3), still=2, seconds=1.5)
