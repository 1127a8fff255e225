"""What chapter 25 shows of the model that ships: its guesses, its parts, its cache."""

import re
import time
from itertools import pairwise
from textwrap import wrap
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np

from minidl import plots
from minidl.layers import MultiHeadAttention
from minidl.plots.common import tint
from minidl_course import bpe, generation, language_model
from minidl_course.chapters.common import folded, softmax
from minidl_course.play import weights

COLOURS = plots.COLOURS
CONTEXTS = {
    "an idiom": "Good morrow, my",
    "grammar: I": "ROMEO:\nI",
    "grammar: thou": "ROMEO:\nThou",
    "who speaks next": "ROMEO:\nGood night.\n\nJULIET:\nGood night.\n\n",
    "a name from the plays": "My lord of Mowbray, and young Mow",
    "a name that it never read": "My lord of Zorbax, and young Zor",
}


def shipped():
    """The model, its tokens, and a text that it has not read."""
    model, tokens = language_model.loaded()
    return model, tokens, weights.load(language_model.NAME)["extra"]["held_out"]


def seen(token):
    """A token as it is shown: blanks and line breaks in sight."""
    text = token.decode("utf-8", "replace") if isinstance(token, bytes) else token
    return text.replace(" ", "␣").replace("\n", "↵")


def cut(tokens, text):
    """A text with a bar between its tokens."""
    return "|".join(seen(tokens.tokens[i]) for i in tokens.encode(text))


def merges_shown(tokens, word):
    """Print a word as it is encoded: its bytes, and what each merge makes of them; the code."""
    ids = list(word.encode())
    print("\n" + "|".join(seen(tokens.tokens[i]) for i in ids))
    for pair, new in tokens.numbers.items():
        before, ids = ids, bpe.merged(ids, pair, new)
        if ids != before:
            told = "|".join(seen(tokens.tokens[i]) for i in ids)
            print(f"{told:20} merge {new - bpe.BYTES + 1}")
    assert ids == tokens.merge(word.encode())
    return folded("How the package encodes a word", type(tokens).merge)


def next_logits(model, ids):
    """The logits (V,) of the token after ids (T,)."""
    return model.forward(np.array([ids], "float32"))[0][0, -1].astype(float)


# What comes next


def bars(ax, tokens, p, numbers, chosen=None, limit=None):
    """A horizontal bar for each of some tokens; `chosen` is drawn in the colour of a choice."""
    colours = [COLOURS["weight" if i == chosen else "output"] for i in numbers]
    limit = limit or max(1.3 * p[numbers].max(), 0.1)
    ax.barh(range(len(numbers)), p[numbers], color=colours)
    for place, i in enumerate(numbers):
        told = f"{p[i]:.2f}" if p[i] else "cut"
        ax.text(p[i] + 0.02 * limit, place, told, va="center", size=8, color="0.3")
    names = [f"{seen(tokens.tokens[i]):>8}" for i in numbers]  # of one width: films do not jump
    ax.set_yticks(range(len(numbers)), names, family="monospace", size=9)
    ax.set(xlim=(0, limit), ylim=(len(numbers) - 0.4, -0.6), xticks=[])
    ax.spines[["top", "right", "bottom"]].set_visible(False)


def contexts_drawn(model, tokens):
    """The five likeliest tokens after six prompts; {what it takes: ([token, ...], p)}."""
    _, axes = plt.subplots(2, 3, figsize=(7.4, 3.8), layout="compressed")
    found = {}
    for ax, (what, text) in zip(axes.flat, CONTEXTS.items()):
        p = softmax(next_logits(model, tokens.encode(text)))
        best = np.argsort(-p)[:5]
        bars(ax, tokens, p, best, limit=1.3)  # one scale: sure or unsure
        told = wrap(text.replace("\n", "↵ "), 34, drop_whitespace=False)[-2:]
        ax.set_title("\n".join([f"{what}:", *told]), fontsize=8.5, loc="left", x=-0.32)
        found[what] = [tokens.tokens[i].decode("utf-8", "replace") for i in best], p[best]
    plots.show(
        "The five likeliest tokens after six prompts, as bars. After 'Good morrow, my' a lord; "
        "after 'I' and 'Thou' the verb that agrees; after a speech a name of that scene; a known "
        "name goes on with certainty, an invented one does not."
    )
    return found


def line_film(model, tokens, beginning="ROMEO:\n", steps=19, temperature=0.8, top_p=0.9, seed=8):
    """A player: a line is written token by token, with what could have been drawn."""
    ids, frames = list(tokens.encode(beginning)), []
    rng = np.random.default_rng(seed)
    for _ in range(steps):
        z = next_logits(model, ids)
        every, p = (generation.probabilities(z, temperature, top_p=x) for x in (None, top_p))
        new = int(rng.choice(len(p), p=p))
        frames.append((tokens.decode(ids), every, p, new))
        ids.append(new)

    def draw(frame, left, right):
        text, every, p, new = frame
        best = np.argsort(-every)[:8]
        bars(left, tokens, p, best, new, limit=1.15)
        left.set_title(f"tokens to sample from: {np.count_nonzero(p)}", fontsize=10)
        right.axis("off")
        right.set(xlim=(0, 1), ylim=(0, 1))
        lines = [line for part in text.split("\n") for line in wrap(part, 34) or [""]]
        right.text(0, 0.95, "\n".join(lines[-6:]), va="top", family="monospace", size=9.5)
        right.text(0, 0.12, f"sampled: {seen(tokens.tokens[new])}", family="monospace", size=11,
                   color=COLOURS["weight"])  # fmt: skip
        right.text(0, 0, f"its probability: {p[new]:.2f}", size=9.5)

    return plots.movie(draw, frames, "A line of verse grows token by token. Beside it, the eight "
                       "likeliest next tokens as bars; one sampled among them is orange.",
                       size=(7.2, 2.7), columns=2, still=8, seconds=1.4)  # fmt: skip


def cuts_drawn(probabilities, model, tokens, text):
    """One distribution, and what temperature, top-k and top-p make of it."""
    z = next_logits(model, tokens.encode(text))
    cuts = {
        "as learned": {},
        "temperature 0.5": {"t": 0.5},
        "top-k, k = 5": {"k": 5},
        "top-p, p = 0.7": {"p": 0.7},
    }
    _, axes = plt.subplots(1, 4, figsize=(7.4, 3.1), layout="compressed", sharey=True)
    best, left = np.argsort(-z)[:12], {}
    for ax, (name, how) in zip(axes, cuts.items()):
        p = probabilities(z, **how)
        bars(ax, tokens, p, best, limit=0.62)
        left[name] = int(np.count_nonzero(p > 1e-12))
        ax.set_title(f"{name}\nthe other {len(p) - 12:,}: {abs(1 - p[best].sum()):.2f}", fontsize=9)
    axes[0].set_ylabel("the twelve likeliest tokens")
    plots.show(
        "Four bar charts of the same twelve tokens: as learned; sharpened by a temperature of 0.5; "
        "the five likeliest alone; and the fewest whose probabilities sum to 0.7."
    )
    for k, p in ((None, None), (5, None), (None, 0.8)):
        theirs = generation.probabilities(z, 0.7, k, p)
        np.testing.assert_allclose(probabilities(z, 0.7, k, p or 1.0), theirs, atol=1e-12)
    return left


def how_many(probabilities, model, tokens, text, every=8, window=64):
    """How many tokens a top-p of 0.9 leaves at each place along a text."""
    ids = tokens.encode(text)
    z = model.predict(ids[None, : window + 1].astype("float32"), verbose=0)[0, every:]
    return [np.count_nonzero(probabilities(row.astype(float), p=0.9)) for row in z]


def cuts_told(left, few):
    """Print how many tokens each cut leaves, and top-p along a text; checks what the page says."""
    print(
        "tokens with a chance above 1e-12:",
        *(f"{n:,} {name}" for name, n in left.items()),
        sep="\n  ",
    )
    print(
        f"top-p of 0.9 at {len(few)} new places: {min(few)} to {max(few)} tokens, "
        f"median {np.median(few):.0f}"
    )
    assert left["top-k, k = 5"] == 5 < left["top-p, p = 0.7"] < 20
    assert min(few) == 1 and max(few) > 50 and np.median(few) < 30


# The parts


def blocks_drawn():
    """A block of 2019 above, one of today below; what changed is coloured."""
    d = plots.Diagram(7.3, 2.9)
    rows = {
        "2019": (2.2, ["LayerNorm", "attention\n6 q, 6 k, 6 v", "LayerNorm", "GELU network"]),
        "today": (0.75, ["RMSNorm", "attention\n6 q, 2 k, 2 v", "RMSNorm", "SwiGLU network"]),
    }
    for name, (y, parts) in rows.items():
        d.text(0.35, y, name)
        x, stops, fill = 0.8, [], "layer" if name == "2019" else "weight"
        for norm, layer in (parts[:2], parts[2:]):
            below = y - 0.5
            first = d.box(x + 0.62, below, norm, 0.85, fill=fill)
            second = d.box(x + 1.82, below, layer, 1.2, 0.42, fill=fill)
            plus = d.gate(x + 2.72, y, "+", fill="white")
            d.arrow((x + 0.1, y), first, sides=("bottom", "left"))
            d.arrow(first, second)
            d.arrow(second, plus, sides=("right", "bottom"))
            stops.append(plus)
            x += 3.0
        line = [(0.65, y), *stops, (7.1, y)]
        for a, b in pairwise(line):
            d.arrow(a, b, colour="memory")
    d.text(0.72, 2.5, "at the input, once: + a learned vector for each position", align="left")
    d.text(0.72, 1.05, "q, k rotated (RoPE)", align="left", colour="weight")
    plots.show(
        "Two blocks, one above the other. 2019: LayerNorm, attention with a key and value for each "
        "head, LayerNorm, GELU. Today: RMSNorm, two shared keys and values, rotation, RMSNorm, "
        "SwiGLU. The residual stream runs through both."
    )


def cache_bytes(blocks, G, d, size):
    """Bytes of keys and values for one token (9)."""
    return 2 * blocks * G * d * size


def groups_drawn(H=6, blocks=4, d=32):
    """Six heads with six, two and one pair of keys and values, and what a token takes."""
    sheet, found = plots.Diagram(7.3, 2.35), {}
    names = {6: "multi-head (MHA)", 2: "grouped-query (GQA)", 1: "multi-query (MQA)"}
    for panel, (G, name) in enumerate(names.items()):
        x0 = 0.35 + 2.42 * panel
        sheet.text(x0 + 0.95, 2.2, name)
        heads = [x0 + 0.38 * h for h in range(H)]
        for g in range(G):
            own = heads[g * H // G : (g + 1) * H // G]
            middle = sum(own) / len(own)
            low = sheet.box(middle, 0.85, "", 0.17 if G == H else 0.24, 0.3, fill="memory")
            for x in own:
                sheet.ax.plot([x, middle], [1.6, low.top[1]], color="0.55", lw=0.9, zorder=1)
        for x in heads:
            sheet.ax.add_patch(plt.Circle((x, 1.72), 0.105, fc=tint("data"), ec=COLOURS["data"]))
        found[G] = cache_bytes(blocks, G, d, 4)
        many = f"{G} keys, {G} values" if G > 1 else "1 key, 1 value"
        sheet.text(x0 + 0.95, 0.45, f"{many}: {found[G]:,} bytes")
    sheet.text(0.18, 1.98, "queries", align="left", colour="data")
    sheet.text(3.65, 0.14, f"for each token, in {blocks} blocks, {d} numbers each, float32")
    plots.show(
        "Six heads of queries as circles. Left: each is joined to a key and value of its own. "
        "Middle: three share one. Right: all six share one. Below: the bytes that a token takes."
    )
    return found


def cache_drawn(T=6):
    """Which keys and values are computed at each step, without a cache and with one."""
    _, axes = plt.subplots(1, 2, figsize=(7.2, 2.4), layout="constrained")
    work = {}
    for ax, name in zip(axes, ("without a cache", "with a cache")):
        grid = np.tril(np.ones((T, T)))
        if name == "with a cache":
            grid = grid * 0.35 + np.eye(T) * 0.65
        work[name] = int((grid == 1).sum())
        ax.imshow(np.where(grid > 0, grid, np.nan), cmap="Greens", vmin=0, vmax=1.4)
        for t in range(T):
            for j in range(t + 1):
                name_of, colour = ("new", "white") if grid[t, j] == 1 else ("kept", "black")
                ax.text(j, t, name_of, color=colour, ha="center", va="center", size=8)
        ax.set(xticks=range(T), yticks=range(T), xlabel="key and value of token", ylabel="step")
        ax.set_xticklabels(range(1, T + 1))
        ax.set_yticklabels(range(1, T + 1))
        ax.set_title(f"{name}: {work[name]} computed", fontsize=10)
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
    plots.show(
        "Two triangles of six steps. Without a cache every step computes the keys and values of "
        "all tokens anew, 21 in all; with one, each step computes its own alone, 6 in all."
    )
    return work


# The code by hand, and the package's


def by_name(model):
    """The weights of the model, float64, and its sizes, as the formulas of the page name them."""
    every = {name: tensor.numpy().astype(float) for name, tensor in model.tensors().items()}
    looks = [layer for _, layer in model.walk() if isinstance(layer, MultiHeadAttention)]

    def block(n):
        look, network = f"block{n}/self_attention/", f"block{n}/feedforward/"
        names = {"before": f"{look}norm/scale", "between": f"{network}norm/scale"}
        for letter, name in zip("QKVO", ("query", "key", "value", "output")):
            names[letter] = f"{look}layer/{name}_dense/W"
        names |= {"gate": f"{network}layer/wide/gate/W", "up": f"{network}layer/wide/dense/W"}
        names |= {"down": f"{network}layer/narrow/W"}
        found = {name: every[path] for name, path in names.items()}
        return SimpleNamespace(base=looks[n - 1].rotation.max_wavelength, **found)

    blocks = [block(n + 1) for n in range(len(looks))]
    sizes = {"G": looks[0].num_key_value_heads, "d": looks[0].key_dim}
    named = {"embedding": every["embed/W"], "last": every["last/scale"]}
    return SimpleNamespace(blocks=blocks, **named, **sizes)


def as_the_package(grouped, grouped_backward, H=8, G=2, d=4, T=6):
    """Grouped queries by hand beside the package's layer with the same weights."""
    rng = np.random.default_rng(0)
    x, dout = rng.standard_normal((2, T, H * d))
    layer = MultiHeadAttention(H, d, use_bias=False, num_key_value_heads=G)
    layer.prepare((T, H * d), rng=rng)
    layer.astype(np.float64)
    out, cache = layer.forward(x[None], use_causal_mask=True)
    dx = layer.backward(dout[None], cache)[0]
    W = [getattr(layer, f"{name}_dense").W for name in ("query", "key", "value", "output")]
    q, k, v = ((x @ one.value).reshape(T, -1, d).swapaxes(0, 1) for one in W[:3])
    y, p = grouped(q, k, v)
    rows = y.swapaxes(0, 1).reshape(T, -1)
    np.testing.assert_allclose(rows @ W[3].value, out[0], atol=1e-12)
    dy = (dout @ W[3].value.T).reshape(T, H, d).swapaxes(0, 1)
    back = [a.swapaxes(0, 1).reshape(T, -1) for a in grouped_backward(dy, q, k, v, p)]
    np.testing.assert_allclose(sum(a @ one.value.T for a, one in zip(back, W)), dx, atol=1e-12)
    for a, one in zip(back, W):
        np.testing.assert_allclose(x.T @ a, one.grad, atol=1e-12)
    return MultiHeadAttention


def cache_race(write, ids, w, tokens, length=100):
    """The same text with a cache and without; the tokens read, and the time."""
    texts, spent = {}, {}
    read = {"anew": sum(range(len(ids), len(ids) + length)), "cache": len(ids) + length - 1}
    for name in read:
        start = time.process_time()
        texts[name] = write(ids, length, w, keep=name == "cache", t=0.8, p=0.9)
        spent[name] = time.process_time() - start
        print(f"{name:6} reads {read[name]:6,} tokens in {spent[name]:.2f} s")
    same = texts["anew"] == texts["cache"]
    print(f"the same {length} tokens: {same}; {spent['anew'] / spent['cache']:.1f} times as fast\n")
    for line in tokens.decode(texts["cache"]).splitlines()[:8]:
        print(f"    {line[:70]}")
    assert same and spent["cache"] < spent["anew"]
    return read


# What goes wrong


def cost(model, tokens, before, word):
    """The bits of a word after a text."""
    ids, new = tokens.encode(before), tokens.encode(word)
    z = model.forward(np.array([[*ids, *new]], "float32"))[0][0, len(ids) - 1 : -1].astype(float)
    return -np.log2(softmax(z)[np.arange(len(new)), new]).sum()


def a_space_too_many(model, tokens, text, count=40, reach=160):
    """What words cost after a text that ends as others do, and after one with a space typed."""
    words = [m for m in re.finditer(r"(?<=[a-z,]) [a-z]{3,}", text) if m.start() > reach]
    some = words[:: len(words) // count][:count]
    befores = [text[m.start() - reach : m.start()] for m in some]
    found = {
        "as in the text": np.mean([cost(model, tokens, b, m[0]) for b, m in zip(befores, some)]),
        "typed": np.mean([cost(model, tokens, f"{b} ", m[0][1:]) for b, m in zip(befores, some)]),
    }
    print(f"{len(some)} words of new text, bits each: {found['as in the text']:.1f}; "
          f"with the space typed {found['typed']:.1f}")  # fmt: skip
    for before in ("ROMEO:\nMy lord, I", "ROMEO:\nMy lord, I "):
        p = softmax(next_logits(model, tokens.encode(before)))
        best = [f"{seen(tokens.tokens[i])} {p[i]:.2f}" for i in np.argsort(-p)[:5]]
        print(f"after {seen(before[7:])!r}: {', '.join(best)}")
    return found
