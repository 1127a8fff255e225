"""What chapter 25 trains and measures: parts, sizes, what is learned by heart, what repeats.

`copied` and `memory` are also what benchmarks/language_model.py calls for its part of
language_model.json; the other functions draw what it found.
"""

import matplotlib.pyplot as plt
import numpy as np

from minidl import plots
from minidl.datasets import text
from minidl_course import language_model
from minidl_course.chapters.common import measured
from minidl_course.chapters.writing_text import corpus_and_prompt
from minidl_course.generation import Memory, sample
from minidl_course.language_model import NAME
from minidl_course.play import weights

COLOURS = plots.COLOURS
TEMPERATURES = (0.5, 0.8, 1.0)


def recorded(what):
    """What benchmarks/language_model.py has found: "parts", "sizes", "equal" or "memory"."""
    return measured("language_model")[what]


# One training


def in_tokens(tokens):
    """Nine tenths of the text of chapter 19, and its last twentieth: two arrays of tokens (T,)."""
    corpus, _ = corpus_and_prompt()
    read, held_out = text.chronological_split(np.array(list(corpus)))
    return [tokens.encode("".join(part)) for part in (read, held_out[len(held_out) // 2 :])]


def told(when, model, tokens, new):
    """Print and return the bits a character on a new text, and print how ROMEO: goes on."""
    found = language_model.bits(model, new, tokens)
    wrote = tokens.decode(written(model, [tokens.encode("ROMEO:\n")], 30, 0.8)[0])
    wrote = wrote.replace("\n", "↵")[:54]
    line = "".join(c if c.isprintable() and c != "\ufffd" else "·" for c in wrote)
    print(f"{when:>9}  {found:.2f} bits  {line}", flush=True)
    return found


# What is written


def written(model, prompts, length, temperature, seed=0, window=128):
    """Continue prompts (N, T) side by side; return the new tokens (N, length).

    Where the window is full, the model goes on from the second half of it.
    """
    rng, text = np.random.default_rng(seed), np.array(prompts)
    first = text.shape[1]
    while text.shape[1] < first + length:
        new = text[:, -window // 2 :]
        with Memory(model).kept() as read:
            for _ in range(window - new.shape[1]):
                z = read(new.astype("float32"))[:, -1]
                new = sample(z, temperature, rng=rng)[:, None]
                text = np.concatenate([text, new], axis=1)
    return text[:, first : first + length]


def beginnings(tokens, text, count, T=16):
    """Beginnings (count, T) of tokens, evenly spread over a text."""
    ids = tokens.encode(text)
    starts = np.linspace(0, len(ids) - T, count).astype(int)
    return ids[starts[:, None] + np.arange(T)]


# What repeats


def repeated(ids, n=8):
    """Which share of the n-grams stood in these tokens (T,) before."""
    grams = [tuple(ids[i : i + n]) for i in range(len(ids) - n + 1)]
    return 1 - len(set(grams)) / len(grams)


def repeats(model, tokens, text, count=8, length=200):
    """Print the shares of repeated 8-grams at temperature 0 and 0.8, and in Shakespeare."""
    prompts = beginnings(tokens, text, count)
    ids = tokens.encode(text)
    starts = np.linspace(0, len(ids) - length, count).astype(int)
    texts = {
        "temperature 0": written(model, prompts, length, 0),
        "temperature 0.8": written(model, prompts, length, 0.8),
        "Shakespeare": ids[starts[:, None] + np.arange(length)],
    }
    shares = {name: [repeated(row.tolist()) for row in rows] for name, rows in texts.items()}
    for name, share in shares.items():
        print(f"{name:16} {np.mean(share):4.0%} repeated, {min(share):.0%} to {max(share):.0%}")
    worst = int(np.argmax(shares["temperature 0"]))
    print(f"\nthe end of text {worst + 1} at temperature 0:")
    last = tokens.decode(texts["temperature 0"][worst, -90:]).splitlines()
    print(*(f"    {line[:70]}" for line in last[-6:]), sep="\n")
    assert np.mean(shares["temperature 0"]) > 0.3
    assert max(shares["temperature 0.8"]) < 0.1


# What is learned by heart


def copied(sample, source):
    """For each place of a sample: how many characters from there on stand in the source."""
    n, found = 0, []
    for start in range(len(sample)):
        n = max(n - 1, 0)  # what began one place earlier still stands there
        while start + n < len(sample) and sample[start : start + n + 1] in source:
            n += 1
        found.append(n)
    return np.array(found)


def copied_checked(by_hand, text):
    """The page's own `copied` finds what the one above finds."""
    some = text[:300], text[200:900]
    np.testing.assert_array_equal(by_hand(*some), copied(*some))


def lines_copied(sample, source, least=20):
    """Which share of the lines of a sample, of `least` characters or more, stand in the source."""
    lines = [line for line in sample.split("\n")[1:-1] if len(line) >= least]
    return np.mean([f"\n{line}\n" in source for line in lines])


def summary(samples, source, longest=60):
    """What is recorded of some samples: plain numbers, and the longest stretch itself."""
    reach = [copied(one, source) for one in samples]
    best = max(range(len(samples)), key=lambda i: reach[i].max())
    at, n = int(reach[best].argmax()), int(reach[best].max())
    every = np.concatenate(reach)
    return {
        "longest": [int(one.max()) for one in reach],
        "stretch": samples[best][at : at + n],
        "mean": float(every.mean()),
        "reach": [round(float((every >= n).mean()), 5) for n in range(longest + 1)],
        "lines": float(np.mean([lines_copied(one, source) for one in samples])),
    }


def memory(model, tokens, training, held_out, count=8, length=500):
    """How much of what a model writes stands in the text that it read, beside a held-out text.

    Returns {"characters": of a sample, "held out": ..., "0.5": ..., ...}: `summary` of each.
    """
    prompts = beginnings(tokens, held_out, count)
    texts = {
        str(t): [tokens.decode(row) for row in written(model, prompts, length, t)]
        for t in TEMPERATURES
    }
    C = min(len(one) for several in texts.values() for one in several)
    starts = np.linspace(0, len(held_out) - C, count).astype(int)
    texts = {"held out": [held_out[i : i + C] for i in starts]} | texts
    found = {name: summary([one[:C] for one in several], training)
             for name, several in texts.items()}  # fmt: skip
    return {"characters": C, "samples": count} | found


def memory_drawn(found):
    """How far stretches reach that stand in the training text, and the longest of them."""
    _, ax = plt.subplots(figsize=(7, 2.7), layout="compressed")
    colours = dict(zip(map(str, TEMPERATURES), ("gradient", "weight", "output")))
    for name in ("held out", *colours):
        share = np.array(found[name]["reach"])
        colour = COLOURS[colours.get(name, "truth")]
        label = "Shakespeare, held out" if name == "held out" else f"temperature {name}"
        ax.semilogy(np.where(share > 0, share, np.nan), color=colour, label=label,
                    ls="--" if name == "held out" else "-")  # fmt: skip
    ax.set(xlabel="characters in a row that stand in the training text", ylabel="share of places")
    ax.legend(frameon=False, fontsize=9)
    plots.show("Share of the places from which at least so many characters stand word for word in "
               "the training text, for three temperatures and held-out Shakespeare.")  # fmt: skip
    print(f"{found['samples']} samples of {found['characters']:,} characters each")
    for name in ("held out", *colours):
        one = found[name]
        longest, median = max(one["longest"]), np.median(one["longest"])
        print(
            f"{name:9} mean {one['mean']:4.1f}, longest {longest} (median "
            f"{median:.0f}), 20 or more {one['reach'][20]:.1%}, whole lines {one['lines']:.0%}"
        )
    for name in ("held out", "0.8"):
        print(f"longest, {name}: {found[name]['stretch']!r:.64}")


# Parts left out


LABELS = {  # what the page calls the parts that language_model.json holds
    "all": "as it is",
    "layer norm": "LayerNorm",
    "GELU, as many weights": "GELU, same parameters",
    "every head its own keys": "multi-head (MHA)",
    "logits by a matrix of their own": "untied embeddings",
}
STARTS = {  # of parts that begin in another way than the rest: another start, its bits (NOTES.md)
    "logits by a matrix of their own": ("as small as the tied one", -0.05),
    "learned positions": ("from zeros", 0.20),
}


def parts_drawn(found):
    """Bits a character with all parts and with each changed, a dot a seed; {name: mean}."""
    bits = {name: np.array(runs) for name, runs in found["bits"].items()}
    order = ["all", *sorted(set(bits) - {"all"}, key=lambda name: bits[name].mean())]
    _, ax = plt.subplots(figsize=(7, 2.6), layout="compressed")
    for y, name in enumerate(order):
        colour = COLOURS["memory" if name == "all" else "gradient"]
        ax.plot(bits[name], [y] * len(bits[name]), "o", color=colour, ms=6, alpha=0.8)
    ax.axvline(bits["all"].mean(), color=COLOURS["memory"], lw=1)
    labels = {name: LABELS.get(name, name) for name in order}
    ax.set_yticks(range(len(order)), labels.values())
    ax.set(ylim=(len(order) - 0.5, -0.5), xlabel="bits a character, held-out text")
    plots.show("Bits a character of the model and of the same model with one part taken out, as it "
               "was before, or another in its place, three dots for three seeds each.")  # fmt: skip
    for name in order:
        each = ", ".join(f"{b:.3f}" for b in bits[name])
        more = "" if name == "all" else f"{(bits[name] - bits['all']).mean():+.3f}"
        step = f"step {found['cost of a step'][name]:.2f}"
        mark = " *" if name in STARTS else ""
        print(f"{labels[name]:21} {each}  {more:6}  {step}{mark}")
    others = ", ".join(f"{told} {more:+.2f}" for told, more in STARTS.values())
    print(f"* with another start: {others}")
    return {name: runs.mean() for name, runs in bits.items()}


# Beside an LSTM


def ships():
    """Bits a character of the model that ships: {of what: bits}."""
    return weights.load(NAME)["measured"]["bits a character"]


# Sizes


def curves(found):
    """{weights, embedding included: (seconds (K,), tokens (K,), bits (K,))}, means of the seeds."""
    out = {}
    for run in sorted(found, key=lambda run: run["weights"]):
        out.setdefault(run["weights"] + run["embedding"], []).append(np.array(run["curve"], float))
    return {size: np.mean(runs, axis=0).T for size, runs in out.items()}


def envelope(found):
    """The lowest bits of any size after so many seconds: (seconds, bits, weights of the best)."""
    sizes = curves(found)
    seconds = np.mean([one[0] for one in sizes.values()], axis=0)
    table = np.array([np.interp(seconds, one[0], one[2]) for one in sizes.values()])
    return seconds, table.min(axis=0), np.array(list(sizes))[table.argmin(axis=0)]


def sizes_drawn(found, law):
    """Curves over time, the law of their lower edge, the checkpoint, and the best sizes."""
    sizes, (seconds, _, best) = curves(found), envelope(found)
    made = weights.load(NAME)["measured"]
    hour = 60 * made["minutes of one core"] * made["epochs until its best"] / made["epochs"]
    ends = {name: ships()[name] for name in ("test", "trained on")}
    _, (left, right) = plt.subplots(1, 2, figsize=(7.4, 3.2), layout="compressed",
                                    width_ratios=(1.8, 1))  # fmt: skip
    shades = plt.colormaps["viridis"](np.linspace(0.9, 0, len(sizes)))
    for shade, (count, (t, _, bits)) in zip(shades, sizes.items()):
        left.loglog(t, bits, "o-", color=shade, lw=1.5, ms=3, label=f"{count:,}")
    ahead = np.geomspace(seconds[0], hour, 50)
    left.loglog(ahead, law(ahead), ":", color=COLOURS["truth"], lw=1.2)
    left.annotate("fit (11)", (400, law(400)), (4, 4), textcoords="offset points", size=8)
    for (name, bits), fill in zip(ends.items(), (COLOURS["gradient"], "white")):
        left.loglog(hour, bits, "D", color=COLOURS["gradient"], mfc=fill, ms=6)
        left.annotate(f"checkpoint, {name}", (hour, bits), (5, 7), textcoords="offset points",
                      ha="right", size=8)  # fmt: skip
    left.legend(title="weights", frameon=False, fontsize=7.5, title_fontsize=8, loc="lower left")
    left.set(ylabel="bits a character", ylim=(1.15, 4.5), xlim=(1.6, 5000))
    right.loglog(seconds, best, "o-", color=COLOURS["weight"], ms=4)
    right.set(ylabel="weights of the best size")
    for ax, ticks in ((left, (2, 8, 32, 128, 512, 2048)), (right, seconds)):
        ax.set_xticks(ticks, [f"{tick:.0f}" for tick in ticks])
        ax.set_xlabel("seconds of processor time")
        ax.minorticks_off()
    ticks = 1.25, 1.5, 2, 2.5, 3, 4
    left.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    right.set_yticks([*sizes], [f"{count:,}" for count in sizes], size=8)
    plots.show("Left: bits a character over processor time for six sizes, both axes logarithmic. "
               "Their lower edge is nearly straight; the checkpoint ends far above its "
               "continuation on new text. Right: the best size.")  # fmt: skip
    print(f"after {hour:,.0f} seconds the line says {law(hour):.2f}, and the checkpoint has")
    print(f"{ends['test']:.2f}, and {ends['trained on']:.2f} on the text that it read")
    per_weight = [sizes[size][1][i] / size for i, size in enumerate(best)]
    print("tokens read for each weight, best sizes:", *(f"{n:.0f}" for n in per_weight))
    return per_weight
