"""What chapter 24 draws: what *it* means, attention step by step, a GPT and what came before it."""

import matplotlib.pyplot as plt
import numpy as np

from minidl import plots, utils
from minidl.initializers import RandomNormal
from minidl.layers import (
    Dense,
    Embedding,
    Input,
    MultiHeadAttention,
    RotaryEmbedding,
    SinePositionEncoding,
    TransformerEncoderBlock,
)
from minidl.layers.layer import Layer
from minidl.models import Model
from minidl.optimizers import Adam
from minidl_course.chapters.common import fold, softmax

COLOURS = plots.COLOURS
ANIMALS = ["dog", "cat", "horse", "cow", "child", "woman", "man", "bird", "fox", "lion"]
THINGS = ["street", "river", "wall", "bridge", "fence", "box", "hill", "table", "field", "gate"]
OF_ANIMALS = ["tired", "hungry", "scared", "lazy", "sleepy", "weak"]
OF_THINGS = ["wide", "deep", "high", "long", "steep", "narrow"]
FORMS = (
    "the {a} did not {v} the {b} because it was too {j}",
    "the {b} did not stop the {a} because it was too {j}",
)
VERBS = ["cross", "climb", "pass", "leave"]
PAIRS = [(n, j) for n in ANIMALS for j in OF_ANIMALS] + [(n, j) for n in THINGS for j in OF_THINGS]
WORDS = sorted(
    {*ANIMALS, *THINGS, *OF_ANIMALS, *OF_THINGS, *VERBS, *FORMS[1].split()[1:]}
    - {"{a}", "{b}", "{j}"}
    | {"the"}
)
NUMBER = {word: n for n, word in enumerate(WORDS)}
IT = FORMS[0].split().index("it")
ASKED = [f"the dog did not cross the river because it was too {j}" for j in ("tired", "deep")]


# What "it" means


def numbered(sentence):
    """The numbers of the words of a sentence."""
    return [NUMBER[word] for word in sentence.split()]


def sentences(count, seed, unseen):
    """Sentences (count, 12) and what "it" means (count, 1).

    Twelve of the 120 pairs, such as (dog, tired), come in the unseen sentences only.
    """
    draws, order = np.random.default_rng(seed), np.random.default_rng(18).permutation(len(PAIRS))
    kept = {("dog", "tired"), ("river", "deep"), *(PAIRS[i] for i in order[:10])}
    assert len(kept) == 12
    x, y = [], []
    while len(x) < count:
        a, b, v = draws.choice(ANIMALS), draws.choice(THINGS), draws.choice(VERBS)
        j = draws.choice(OF_ANIMALS + OF_THINGS)
        meant = a if j in OF_ANIMALS else b
        if ((meant, j) in kept) == unseen:
            x.append(numbered(FORMS[draws.integers(2)].format(a=a, b=b, v=v, j=j)))
            y.append([NUMBER[meant]])
    return np.array(x), np.array(y)


class Steps(Layer):
    """y = x[:, start:stop]: some of the steps."""

    def __init__(self, start, stop=None, **options):
        super().__init__(**options)
        self.start, self.stop = start, stop

    def build(self, shape, rng):
        """Any number of steps may come."""
        return (None, *shape[1:])

    def forward(self, x, training=False):
        """x (N, T, D) -> y (N, stop - start, D)."""
        return x[:, self.start : self.stop], x.shape

    def backward(self, dy, shape):
        """The steps that were left out get no gradient."""
        dx = np.zeros(shape, dy.dtype)
        dx[:, self.start : self.stop] = dy
        return dx


def reader():
    """A network that reads twelve words and says what "it" means.

    Its last layer is simplified, so that it can be read: values are made from the embeddings, and
    no residual stream, norm or feed-forward layer follows.
    """
    ids = Input((12,))
    words = Embedding(len(WORDS), 32, RandomNormal(stddev=1.0))(ids)
    known = TransformerEncoderBlock(16, num_heads=2)(SinePositionEncoding()(words))
    which = MultiHeadAttention(1, key_dim=2, value_dim=32, name="which")
    looked_at = which(known, words, known)  # query, value, key
    return Model(ids, Dense(len(WORDS), "softmax")(Steps(IT, IT + 1)(looked_at)))


def trained_reader(seed):
    """A reader of 2,500 sentences."""
    utils.set_random_seed(seed)
    model = reader()
    model.compile(Adam(5e-3), "sparse_categorical_crossentropy")
    model.fit(*sentences(2500, seed + 1, unseen=False), 50, epochs=8, verbose=0)
    return model


def inside(model, ids):
    """For sentences (N, 12): weights (N, 12, 12), queries and keys (N, 12, 2), answers (N,)."""
    named = {type(layer).__name__: layer for layer in model.layers}
    words = named["Embedding"].forward(ids)[0]
    known = named["SinePositionEncoding"].forward(words)[0]
    known = named["TransformerEncoderBlock"].forward(known)[0]
    which = named["MultiHeadAttention"]
    out, _ = which.forward((known, words, known), return_attention_scores=True)
    q, k = which.query_dense.forward(known)[0], which.key_dense.forward(known)[0]
    return out[1][:, 0], q, k, model.predict(ids, verbose=0)[:, 0].argmax(-1)


def named_by(model, word):
    """What the answer would be if *it* looked at `word` alone: "dog 100%"."""
    named = {type(layer).__name__: layer for layer in model.layers}
    which = named["MultiHeadAttention"]
    vector = named["Embedding"].forward(np.array([[NUMBER[word]]]))[0]
    value = which.output_dense.forward(which.value_dense.forward(vector)[0])[0]
    (p,) = named["Dense"].forward(value)[0][0]
    return f"{WORDS[p.argmax()]} {p.max():.0%}"


def show_looks(rows, alt, width=7.2):
    """Sentences as lists of (word, weight), each word on the blue of its weight; None: outside."""
    fig = plt.figure(figsize=(width, 0.62 * len(rows) + 0.1))
    ax = fig.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, width), ylim=(0, 0.62 * len(rows) + 0.1))
    ax.axis("off")
    for row, words in enumerate(rows):
        x, y = 0.08, 0.62 * (len(rows) - row) - 0.2
        for word, weight in words:
            w = weight or 0.0
            shade = plt.get_cmap("Blues")(0.85 * min(1, w / 0.8)) if w > 0.02 else "none"
            look = {"facecolor": shade, "edgecolor": "none", "pad": 2.5}
            dark = "white" if w > 0.5 else "black"
            shown = ax.text(x, y, word, size=10, va="center", color=dark, bbox=look)
            wide = shown.get_window_extent().width / fig.dpi
            if w > 0.02:
                ax.text(x + wide / 2, y - 0.26, f"{w:.0%}", size=8, ha="center", color="0.3")
            x += wide + 0.1
    plots.show(alt)


def hook(readers):
    """Two sentences, and where a network looks from *it*; all readers, its weights, q and k."""
    x_new, y_new = sentences(500, 1899, unseen=True)
    right = [np.mean(inside(m, x_new)[3] == y_new[:, 0]) for m in readers]
    assert min(right) > 0.75 and max(right) > 0.9
    # Counting: a noun that stood beside this last word and was not meant is ruled out.
    told = zip(*sentences(2500, 1, unseen=False))
    out = {(n, s[-1]) for s, (meant,) in told for n in s[[1, 6]] if n != meant}
    for unseen in (True, False):  # of pairs that never met, and of others
        for s, (meant,) in zip(*sentences(500, 1899, unseen)):
            assert [n for n in s[[1, 6]] if (n, s[-1]) not in out] == [meant]
    ids, meant = np.array([numbered(s) for s in ASKED]), [NUMBER["dog"], NUMBER["river"]]
    seen = [inside(m, ids) for m in readers]
    clear = [np.sum(w[[0, 1], IT, [1, 6]]) * np.array_equal(a, meant) for w, _, _, a in seen]
    looks, q, k, answers = seen[int(np.argmax(clear))]
    show_looks(
        [
            [*zip(s.split(), w[IT]), (f"→ {WORDS[a]}", None)]
            for s, w, a in zip(ASKED, looks, answers)
        ],
        "Two sentences that differ in the last word. Looking from the word it, the network looks "
        "at dog where the last word is tired, and at river where it is deep.",
    )
    assert [WORDS[a] for a in answers] == ["dog", "river"]
    assert looks[0, IT].argmax() == 1 and looks[1, IT].argmax() == 6
    return readers, looks[:, IT], q, k


def asks(readers, looks, q, k):
    """The query of *it* as an arrow and all keys as dots, in both sentences; all, folded."""
    fig, axes = plt.subplots(1, 2, figsize=(7.2, 3.3), layout="compressed")
    middles = [(each.max(axis=0) + each.min(axis=0)) / 2 for each in k]
    reach = max(1.45 * np.abs(each - mid).max() for each, mid in zip(k, middles))
    for ax, sentence, query, key, look, mid in zip(axes, ASKED, q[:, IT], k, looks, middles):
        names = sentence.split()
        beside = {"tired": (0, 7, "center"), "dog": (-8, 6, "right")} if "tired" in names else {}
        beside |= {"deep": (7, -3.5, "left")}
        for n, (at, weight) in enumerate(zip(key, look)):
            ax.plot(*at, "o", ms=4 + 14 * weight, color=COLOURS["weight"], alpha=0.75)
            if n in (1, 6, 11):
                *off, side = beside.get(names[n], (8, 6, "left"))
                ax.annotate(names[n], at, off, textcoords="offset points", size=9.5, ha=side)
        along = query / np.linalg.norm(query)
        for n in (1, 6):  # from a noun straight to the line of the arrow
            foot = (key[n] @ along) * along
            ax.plot(*zip(key[n], foot, (0, 0)), ":", color="0.4", lw=1)
        tip = 0.6 * reach * along
        ax.annotate("", tip, (0, 0), arrowprops={"color": COLOURS["data"], "width": 2})
        ax.text(*(0.3 * reach * along - [0, 0.14 * reach]), "query of $it$", size=9.5, ha="right",
                color=COLOURS["data"])  # fmt: skip
        ax.set(xlim=mid[0] + [-reach, reach], ylim=mid[1] + [-reach, reach])
        ax.set(aspect="equal", xticks=[], yticks=[])
        ax.set_title(f"... because it was too {names[-1]}", fontsize=10)
    alt = (
        "Two sentences: the direction of the query of the word it as an arrow, and the keys of "
        "all words as dots, larger where the weight is larger. Dotted lines lead from both nouns "
        "straight to the line of the arrow."
    )
    png = plots.showing.small(plots.showing.as_png(fig))
    plt.close(fig)
    scores = np.einsum("nd,njd->nj", q[:, IT], k[:, [1, 6]])  # (sentence, noun)
    told = [f"scores where the last word is {last:5}: dog {row[0]:5.1f}, river {row[1]:5.1f}"
            for row, last in zip(scores, ("tired", "deep"))]  # fmt: skip
    assert scores[0, 0] > scores[0, 1] and scores[1, 1] > scores[1, 0]
    x_new, y_new = sentences(500, 1899, unseen=True)
    meant = (x_new == y_new).argmax(-1)  # where the word meant stands
    tests = [inside(m, x_new) for m in readers]
    right = [np.mean(each[3] == y_new[:, 0]) for each in tests]
    pointing = [np.mean(each[0][:, IT].argmax(-1) == meant) for each in tests]
    assert np.mean(pointing) > 0.4
    told.append("all three trainings, on the first sentence:")
    for n, model in enumerate(readers):
        w, _, _, answers = inside(model, np.array([numbered(ASKED[0])]))
        most = f"{ASKED[0].split()[w[0, IT].argmax()]} {w[0, IT].max():.0%}"
        told.append(f"{n + 1}. looks most at {most}, answers {WORDS[answers[0]]}; test: "
                    f"{right[n]:.0%} right, {pointing[n]:.0%} most at the word meant")  # fmt: skip
    told.append(f"1. from the value of *too* alone: {named_by(readers[0], 'too')}")
    text = "\n".join(told)
    picture = plots.showing.as_html(png, alt, "max-width:100%")
    return fold("The query of <i>it</i>, and all keys", f"{picture}<pre>{text}</pre>")


# The idea in pictures


def lookup_film():
    """A query turns around among six winds, the keys, and the mean of what they bring follows."""
    winds = np.radians([0, 60, 120, 180, 240, 300])
    keys = np.stack([np.cos(winds), np.sin(winds)], axis=1)  # (6, 2)
    values = np.array([14.0, 18, 9, 4, 6, 11])  # the temperature that each brings

    def soft_lookup(query, sharpness=4.0):
        p = softmax(sharpness * keys @ query)  # (6,): like the query?
        return p, p @ values

    weights, answer = soft_lookup(np.array([0.87, 0.5]))  # a direction that no key has
    print(f"between two keys: weights {np.round(weights, 2)}, answer {answer:.1f} degrees")

    def turning(degrees, plane, bars):
        query = np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])
        weights, answer = soft_lookup(query)
        for key, weight, value in zip(keys, weights, values):
            plane.plot(*key, "o", ms=9 + 22 * weight, color=COLOURS["weight"], alpha=0.75)
            plane.text(*1.42 * key, f"{value:.0f}°", ha="center", va="center", size=10)
        plane.annotate("", query * 0.85, (0, 0), arrowprops={"color": COLOURS["data"], "width": 2})
        plane.set(xlim=(-1.7, 1.7), ylim=(-1.7, 1.7), aspect="equal", xticks=[], yticks=[])
        plane.set_title("query (arrow) and keys (dots)", fontsize=10)
        bars.bar(range(6), weights, color=COLOURS["weight"])
        labels = [f"{v:.0f}°" for v in values]
        bars.set(ylim=(0, 1), xticks=range(6), xticklabels=labels, ylabel="weight")
        bars.set_xlabel("values")
        bars.set_title(f"mean of the values: {answer:.1f}°", fontsize=10)

    at_keys = [soft_lookup(key)[1] for key in keys]
    print("asked for each key:", ", ".join(f"{a:.1f}" for a in at_keys), "degrees")
    assert np.abs(at_keys - values).max() < 3 and np.isclose(soft_lookup(keys[0], 50)[1], 14)
    assert np.allclose(soft_lookup(np.zeros(2))[1], values.mean())
    alt = "A query turns around; the weights of the keys that it points at grow, and the mean "
    frames = range(0, 360, 30)
    return plots.movie(
        turning, frames, alt + "follows.", size=(6.4, 2.9), columns=2, still=2, seconds=0.5
    )


def grid(
    ax, x, y, matrix, cell=(0.36, 0.24), rows=None, title="", form=".1f", kind="signed", size=7.5
):
    """A matrix with its numbers at (x, y), its upper left corner; blue weights, or signed."""
    matrix = np.atleast_2d(matrix)
    wide, high = cell
    top = max(np.abs(matrix[np.isfinite(matrix)]).max(), 1e-9)
    for r, row in enumerate(matrix):
        for c, number in enumerate(row):
            if kind == "weights":
                shade = plt.get_cmap("Blues")(0.85 * min(1, number / 0.8))
            elif np.isfinite(number):
                shade = plt.get_cmap("RdBu_r")(0.5 + 0.3 * number / top)
            else:
                shade = "0.85"
            corner = x + c * wide, y - (r + 1) * high
            ax.add_patch(plt.Rectangle(corner, wide, high, fc=shade, ec="white", lw=0.8))
            words = f"{number:{form}}" if np.isfinite(number) else "−∞"
            words = words.replace("-", "−")
            words = words[1:] if float(number) == 0 and words.startswith("−") else words
            dark = "white" if kind == "weights" and number > 0.5 else "black"
            middle = corner[0] + wide / 2, corner[1] + high / 2 - 0.01
            ax.text(*middle, words, ha="center", va="center", size=size, color=dark)
    for r, name in enumerate(rows or ()):
        ax.text(x - 0.06, y - (r + 0.5) * high, name, ha="right", va="center", size=8.5)
    if title:
        ax.text(x + matrix.shape[1] * wide / 2, y + 0.07, title, ha="center", va="bottom", size=9)


def head_drawn(words, x, W_Q, W_K, W_V, y):
    """A head of one number on three words, each number of it; `y` is what the page's head found."""
    d = plots.Diagram(7.2, 1.5)
    q, k, v = x @ W_Q, x @ W_K, x @ W_V  # (3, 1) each
    s = np.where(np.tri(3, dtype=bool), q @ k.T, -np.inf)  # the root of 1 is 1
    p = softmax(s)
    np.testing.assert_allclose(p @ v, y)
    assert np.allclose(p[2], [0, 0.98, 0.02], atol=0.005) and np.isclose(y[2, 0], 5.96, atol=0.005)
    told = zip(("queries", "keys", "values"), (q, k, v))
    print("; ".join(f"{name} {', '.join(map(str, m[:, 0].astype(int)))}" for name, m in told))
    panels = [
        (x, "words $X$", ".0f", "signed"),
        (q, "$Q$", ".0f", "signed"),
        (k, "$K$", ".0f", "signed"),
        (v, "$V$", ".0f", "signed"),
        (s, r"scores $QK^{\mathsf{T}}$", ".0f", "signed"),
        (p, "weights $P$", ".2f", "weights"),
        (y, "$Y = PV$", ".2f", "signed"),
    ]
    at, wide, high = 0.5, 0.4, 0.28
    for n, (matrix, title, form, kind) in enumerate(panels):
        grid(d.ax, at, 1.12, matrix, (wide, high), None if n else words, title, form, kind)
        rows = 3 if title in ("$K$", "$V$") else 1  # the last word meets all keys and values
        frame = (at, 1.12 - 3 * high), matrix.shape[1] * wide, rows * high
        d.ax.add_patch(plt.Rectangle(*frame, fill=False, ec="0.2", lw=1.3))
        at += matrix.shape[1] * wide + 0.3
    plots.show(
        "Three words with two numbers each, and one number each for their queries, keys and "
        "values; the scores, minus infinity above the diagonal, the weights, and the weighted "
        "means. Frames show what the last word has part in."
    )


def heads_drawn():
    """Two heads: whole words go in; queries, keys and values are cut in two."""
    d = plots.Diagram(7.2, 2.75)
    shades = ("memory", "output")

    def block(x, y, wide, high, fills, text):
        for n, fill in enumerate(fills):
            part = wide / len(fills)
            face = plots.common.tint(fill, 0.45)
            place = (x + n * part, y - high / 2)
            d.ax.add_patch(plt.Rectangle(place, part, high, fc=face, ec="0.35", lw=0.8))
        above = high / 2 + 0.12 if len(fills) > 1 else 0  # not on the border of two colours
        d.text(x + wide / 2, y + above, text, size=8.5)

    block(0.1, 1.4, 0.6, 0.45, ["data"], "$X$")
    d.text(0.4, 1.0, "(T, D)", size=8)
    for y, name in ((2.2, "Q"), (1.4, "K"), (0.6, "V")):
        block(1.25, y, 0.6, 0.5, shades, f"$W_{name}$")
        block(2.3, y, 0.6, 0.45, shades, f"${name}$")
        d.arrow((0.75, 1.4), (1.2, y))
        d.arrow((1.9, y), (2.25, y))
    d.text(1.55, 0.2, "(D, D)", size=8)
    d.text(2.6, 0.2, "(T, D),\ncut in two", size=8)
    for n, (y, fill) in enumerate(zip((2.0, 0.8), shades)):
        look = d.box(4.1, y, f"head {n + 1}: $Q_{n + 1}, K_{n + 1}, V_{n + 1}$", 1.5, fill=fill)
        for start in (2.2, 1.4, 0.6):
            d.arrow((2.95, start + 0.1 * (1 - 2 * n)), (3.33, y), colour=fill)
        d.arrow(look, (5.15 + 0.3 * n, 1.4 + 0.25 * (1 - 2 * n)), colour=fill)
    block(5.0, 1.4, 0.6, 0.45, shades, "$Y$")
    d.text(5.3, 0.55, "side by\nside", size=8)
    d.arrow((5.65, 1.4), (5.85, 1.4))
    block(5.9, 1.4, 0.5, 0.6, ["weight"], "$W_O$")
    d.arrow((6.45, 1.4), (6.6, 1.4))
    block(6.63, 1.4, 0.5, 0.45, ["data"], "$O$")
    plots.show(
        "The whole words X go through W_Q, W_K and W_V. The products Q, K, V are cut in two: the "
        "left halves go to head 1, the right halves to head 2. What the heads bring stands side "
        "by side in Y, and W_O mixes it."
    )


def scales(rng):
    """How hard a softmax is, by the length of the queries, with and without the root of d."""
    widths = [2, 8, 32, 128, 512]
    largest, slope = {False: [], True: []}, {False: [], True: []}
    for divide in (False, True):
        for d in widths:
            q, k = rng.standard_normal((1000, 1, d)), rng.standard_normal((1000, 16, d))
            s = (q * k).sum(axis=-1) / (np.sqrt(d) if divide else 1)  # (1000, 16)
            p = softmax(s)
            largest[divide].append(p.max(axis=1).mean())
            slope[divide].append((p * (1 - p)).sum(axis=1).mean())
    _, axes = plt.subplots(1, 2, figsize=(7, 2.5), layout="compressed")
    titles = ("largest weight", "slopes, Σ p (1 − p): the Jacobian's trace")
    for ax, shown, title in zip(axes, (largest, slope), titles):
        lines = ((False, "as they are", "gradient"), (True, "divided", "memory"))
        for divide, name, colour in lines:
            ax.plot(widths, shown[divide], "o-", color=COLOURS[colour])
            ax.text(700, shown[divide][-1], name, va="center", size=9, color=COLOURS[colour])
        ax.set(xscale="log", xlabel="numbers in a query, $d$", ylim=(0, 1.05), xlim=(1.6, 6000))
        ax.set_xticks(widths, widths)
        ax.minorticks_off()
        ax.set_title(title, fontsize=10.5)
    plots.show("Undivided, the largest weight nears 1 and the slope 0 as d grows; divided, both "
               "stay.")  # fmt: skip
    for name, each in (("largest weight", largest), ("trace of the Jacobian", slope)):
        print(f"d = 512, {name}: {each[False][-1]:.2f}, divided {each[True][-1]:.2f}")
    assert largest[False][-1] > 0.9 and slope[False][-1] < 0.15
    assert largest[True][-1] < 0.4 and slope[True][-1] > 0.7


def positions_drawn(sinusoidal, rotate, rng):
    """Four sines; products of positions, and scores of rotated vectors, by relative position."""
    q, k = rng.standard_normal((2, 1, 16)).astype("float32")
    zeros, many = np.zeros((1, 40, 32), "float32"), np.tile(q, (1, 40, 1))
    assert np.allclose(SinePositionEncoding()(zeros)[0], sinusoidal(40, 32), atol=1e-6)
    assert np.allclose(RotaryEmbedding()(many)[0], rotate(many[0]), atol=1e-6)
    P = sinusoidal(60, 32)
    products = P @ P.T  # (60, 60)
    scores = rotate(np.tile(q, (60, 1))) @ rotate(np.tile(k, (60, 1))).T
    _, axes = plt.subplots(1, 3, figsize=(7.4, 2.5), layout="compressed")
    for i, shade in zip((0, 2, 4, 6), (1.0, 0.75, 0.5, 0.35)):
        axes[0].plot(P[:, 2 * i] - 2.4 * i / 2, color=COLOURS["data"], alpha=shade)
        axes[0].text(61, P[-1, 2 * i] - 2.4 * i / 2, f"$i={i}$", va="center", size=8)
    axes[0].set(xlabel="position $t$", yticks=[], xlim=(0, 74))
    axes[0].set_title("Sinusoidal: fast to slow", fontsize=9.5)
    for ax, table, title in zip(
        axes[1:], (products, scores), ("Sinusoidal: $E_t \\cdot E_j$", "Rotary: scores")
    ):
        for t, mark in zip((20, 30, 40), ("o", "s", "^")):
            ax.plot(
                np.arange(-18, 19),
                table[t, t - 18 : t + 19],
                mark,
                ms=5.5 - 1.5 * (t - 20) / 10,
                alpha=0.7,
                label=f"$t={t}$",
            )
        ax.set(xlabel="relative position $j - t$")
        ax.set_title(title, fontsize=9.5)
    axes[1].legend(frameon=False, fontsize=8, loc="upper right", handletextpad=0.1)
    plots.show(
        "Left: four sines over the position, from fast to slow. Middle: the product of the codes "
        "of two positions over their relative position, the same symmetric curve for three "
        "positions, highest at 0. Right: the score of one rotated query and key over their "
        "relative position, again the same for three positions, and not symmetric."
    )
    for table in (products, scores):
        spread = [np.ptp(np.diagonal(table, n)) for n in range(-20, 20)]
        assert max(spread) < 1e-3 < np.ptp(table)
    far = np.linalg.norm(P[:, None] - P, axis=-1)
    assert far[np.triu_indices(60, 1)].min() > 0.1


# A whole GPT


def machine(d, lit=()):
    """A GPT of one block from below to above, on the left of a sheet; `lit` boxes are yellow."""
    x, side = 0.75, 1.78

    def box(name, at, y, wide, fill):
        return d.box(at, y, name, wide, 0.3, fill="highlight" if name in lit else fill)

    words = box("words", x, 0.25, 1.0, "data")
    embedding = box("embedding", x, 0.72, 1.0, "layer")
    place = d.gate(x, 1.17, "+", fill="highlight" if "positions" in lit else "white")
    d.arrow(box("positions", side, 1.17, 0.8, "layer"), place)
    first = d.gate(x, 2.1, "+", fill="highlight" if "+ attention" in lit else "white")
    second = d.gate(x, 3.0, "+", fill="highlight" if "+ network" in lit else "white")
    for plus, y, name in ((first, 1.62, "norm, attention"), (second, 2.52, "norm, feed-forward")):
        part = box(name, side, y, 1.38, "memory" if plus is first else "layer")
        d.arrow((x, y), part)
        d.arrow(part, plus, sides=("top", "right"))
    logits = box("norm, logits", x, 3.45, 1.0, "layer")
    out = box("softmax", x, 3.92, 1.0, "output")
    stream = [words, embedding, place, first, second, logits, out]
    for n in range(len(stream) - 1):
        d.arrow(stream[n], stream[n + 1], colour="memory" if 2 <= n <= 4 else None)
    d.panel(0.12, 1.38, 2.44, 1.8)
    d.text(2.52, 3.1, "block (× many)", size=8, align="right")


def stack_drawn():
    """The same machine, and what each of its boxes is for."""
    d = plots.Diagram(7.2, 4.15)
    machine(d)
    for y, told in (
        (0.25, "the dog was"),
        (0.72, "each word becomes a vector"),
        (1.17, "where it stands is added"),
        (1.62, "attends to other words, takes what it needs"),
        (2.52, "works on each word by itself"),
        (3.45, "a score for each word that may come next"),
        (3.92, "probabilities: tired, or hungry"),
    ):
        d.text(2.75, y, told, "0.3", size=10, align="left")
    plots.show(
        "A GPT from below to above: words, embedding, positions added, a block of attention and "
        "feed-forward layer, each behind a norm in its branch, that stands there many times, norm "
        "and logits, softmax."
    )


def encoder_decoder():
    """The transformer of 2017, as its paper draws it, and who may look at whom in it."""
    d = plots.Diagram(7.2, 4.75)
    d.panel(0.42, 1.22, 1.85, 1.95)
    d.panel(2.87, 1.22, 1.85, 2.78)
    d.text(0.4, 2.2, "6 ×", align="right")
    d.text(4.76, 2.6, "× 6", align="left")
    d.text(0.42, 3.34, "encoder", align="left").set_weight("bold")
    d.text(2.87, 4.17, "decoder", align="left").set_weight("bold")
    tops = []
    for x, said, side, layers in (
        (1.5, "source: 3 words", "left", ("self-attention", "feed-forward")),
        (3.65, "so far: 4 words", "right",
         ("masked\nself-attention", "cross-attention", "feed-forward")),
    ):  # fmt: skip
        below = d.box(x, 0.22, said, 1.3, 0.28, fill="data")
        words = d.box(x, 0.6, "embedding", 1.3, 0.28)
        plus = d.gate(x, 0.98, "+", fill="white")
        away = -1 if side == "left" else 1
        d.text(
            x + 0.42 * away,
            0.98,
            "positional\nencoding",
            align="right" if away < 0 else "left",
            size=8,
        )
        d.arrow((x + 0.38 * away, 0.98), plus)
        d.arrow(below, words)
        d.arrow(words, plus)
        for n, name in enumerate(layers):
            y = 1.62 + 0.87 * n
            fill = {"f": "layer", "c": "weight"}.get(name[0], "memory")
            layer = d.box(x, y, name, 1.25, 0.38, fill=fill)
            norm = d.box(x, y + 0.38, "add, then norm", 1.25, 0.22, fill="white")
            d.arrow(plus, layer)
            d.arrow((x, y - 0.27), norm, sides=(side, side), bend=0.12)
            d.arrow(layer, norm)
            plus = norm
            if name == "cross-attention":
                line = {"color": COLOURS["weight"], "lw": 1.1, "zorder": 2}
                d.ax.plot((1.5, 1.5, 2.57, 2.57), (tops[0].top[1], 3.36, 3.36, y), **line)
                d.arrow((2.565, y), layer, colour="weight")
                d.text(2.05, 3.5, "K, V", size=8)
                d.text(x - 0.06, y - 0.3, "Q", align="right", size=8)
        tops.append(plus)
    d.arrow(tops[1], d.box(3.65, 4.5, "linear, softmax: next word", 2.0, 0.28, fill="output"))
    masks = [("self-attention\nof the encoder", np.ones((3, 3))),
             ("masked\nself-attention", np.tri(4)),
             ("cross-attention", np.ones((4, 3)))]  # fmt: skip
    for (title, seen), y in zip(masks, (1.75, 3.05, 4.35)):
        for t, row in enumerate(seen):
            for j, one in enumerate(row):
                face = plt.get_cmap("Blues")(0.5) if one else "0.93"
                at = 5.35 + 0.2 * j, y - 0.2 * (t + 1)
                d.ax.add_patch(plt.Rectangle(at, 0.2, 0.2, fc=face, ec="white"))
        d.text(6.2, y - 0.1 * len(seen), title, size=8, align="left")
    d.text(6.15, 0.7, "rows: queries; blue:\nkeys they may attend to", size=8)
    plots.show(
        "As the paper of 2017 draws it: an encoder of six blocks, self-attention and feed-forward "
        "layer, reads the source. A decoder of six blocks, masked self-attention, cross-attention "
        "and feed-forward layer, reads what is written so far; its cross-attention takes keys and "
        "values from the encoder's top. Each part has a way around it into an add and norm. Beside "
        "it three masks: all blue for the encoder, a triangle for the decoder, all blue for "
        "cross-attention."
    )
