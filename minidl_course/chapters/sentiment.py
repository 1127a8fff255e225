"""What chapter 20, Sentiment, draws and prints: coloured tweets, networks, intervals, curves."""

import re
import textwrap

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from sklearn.metrics import roc_auc_score

from minidl import plots
from minidl.datasets import tweets
from minidl.layers import TextVectorization

COLOURS = plots.COLOURS
SIGNED = LinearSegmentedColormap.from_list("complaint to praise", ["#E69F00", "#f7f7f7", "#56B4E9"])
SIX = (  # a part of each tweet of the first picture
    "Super smooth flight",
    "fun out of air travel",
    "delayed until 1:02",
    "it isn't your fault",
    "why are you always so amazing",
    "care of my luggage",
)
HARD = (  # and of six more, five of them judged wrong
    "Oh well. I'll get to",
    "thank you for the reply. I emailed",
    "deserves a new design",
    "taken the fun out",
    "why u guys are my",
    "Our fleet's on fleek. http://t.co/0WbJ",
)
FRIENDLY, UNFRIENDLY = (
    words.split()
    for words in (
        "good great nice helpful awesome amazing happy friendly comfortable perfect excellent "
        "pleasant easy wonderful smooth fun",
        "bad terrible horrible rude awful disappointed delayed frustrating late disappointing "
        "poor unhelpful ridiculous frustrated broken lost",
    )
)


def clean(text):
    """Lower case; without names, addresses, apostrophes and punctuation."""
    text = re.sub(r"https?://\S+|www\.\S+|@\w+", " ", text.lower().replace("'", ""))
    return " ".join(re.findall(r"[a-z]+|[0-9]+", text))


def shorten(text):
    """A tweet as it is printed: without names (@...), addresses and the sign #."""
    return " ".join(re.sub(r"https?://\S+|www\.\S+|@\w+|#", " ", text).split())


def load():
    """Tweets and labels for training, for the choices (a ninth of these), and for the test."""
    (texts, y), test = tweets.load_data()
    count = len(texts) // 9
    return (texts[count:], y[count:]), (texts[:count], y[:count]), test


def bag_of(texts):
    """What turns tweets into rows of 0 and 1, a column for each of 4,000 words of `texts`."""
    bag = TextVectorization(4000, standardize=clean, output_mode="multi_hot")
    bag.adapt(texts)
    return bag


def bags_of_words():
    """The training tweets as rows of 0 and 1 (N, V), and their labels, 1 for praise."""
    (texts, y), *_ = load()
    return bag_of(texts)(texts), y


def found(parts, texts):
    """The places of the first texts that have these parts."""
    return [next(i for i, text in enumerate(texts) if part in text) for part in parts]


def pushes(text, bag, weight):
    """(word, its weight) of each word of a tweet; "1:02" is two words."""
    unknown = bag.get_vocabulary().index("[UNK]")  # one column for all unknown words
    words = shorten(text).split()
    numbers = [[bag.numbers.get(part, unknown) for part in clean(w).split()] for w in words]
    return [(word, float(weight[each].sum())) for word, each in zip(words, numbers)]


def coloured(lines, alt, limit=3.0, width=7.2):
    """Sentences, given as lists of (word, value), each word on the colour of its value."""
    fig = plt.figure(figsize=(width, 0.4 * len(lines) + 0.1))
    ax = fig.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, width), ylim=(0, 0.4 * len(lines) + 0.1))
    ax.axis("off")
    for row, words in enumerate(lines):
        x, y = 0.08, 0.4 * (len(lines) - row) - 0.12
        for word, value in words:
            shade = "white" if value is None else SIGNED(0.5 + value / 2 / limit)
            look = {"facecolor": shade, "edgecolor": "none", "pad": 2.5}
            shown = ax.text(x, y, word, size=9.5, va="center", bbox=look)
            x += shown.get_window_extent().width / fig.dpi + 0.1
    plots.show(alt)


def six_tweets(weight):
    """Six test tweets, each word on the colour of its weight; the sum is wrong for three."""
    (texts, _), _, (test_texts, y_test) = load()
    bag, six = bag_of(texts), found(SIX, test_texts)
    lines = [pushes(test_texts[i], bag, weight) for i in six]
    sums = bag([test_texts[i] for i in six]) @ weight
    np.testing.assert_allclose([sum(dict(line).values()) for line in lines], sums, atol=1e-3)
    assert [bool(s > 0) == bool(y_test[i]) for s, i in zip(sums, six)] == [1, 0, 1, 0, 1, 0]
    coloured(
        [[(f"{n}.", None), *words] for n, words in enumerate(lines, start=1)],
        "Six tweets whose words are coloured orange to blue: 1. Super smooth flight and landing. "
        "2. well done, you have taken the fun out of air travel. 3. now we are delayed. 4. all "
        "good man it isn't your fault. 5. why are you always so amazing. 6. thanks for taking "
        "such good care of my luggage.",
    )


def mean_of_vectors(numbers):
    """Diagram: words become numbers, numbers vectors, and their mean is judged."""
    d = plots.Diagram(7.2, 2.3)
    mean = d.box(5.0, 0.75, "mean")
    for n, word in enumerate(["thanks", "for", "nothing", ""]):
        x = 0.75 + 0.95 * n
        fill = "layer" if word else "muted"
        token = d.box(x, 1.45, str(numbers.get(word, 0)), 0.55, fill=fill)
        vector = d.box(x, 0.75, "vector" if word else "skipped", 0.75, fill=fill)
        d.text(x, 2.0, word or "padding")
        d.arrow((x, 1.88), token)
        d.arrow(token, vector)
        if word:
            d.arrow(vector, mean, sides=("bottom", "bottom"), bend=0.4 - 0.1 * n)
    score = d.box(6.3, 0.75, "Dense(1)\nsigmoid", fill="output")
    d.arrow(mean, score)
    plots.show("Words become numbers, numbers vectors; their mean, without the padding, is judged.")


def kims_network():
    """Diagram: three groups of filters read the same vectors."""
    d = plots.Diagram(7.2, 2.5)
    words = d.volume(0.9, 1.25, (32, 32), "tweet, as vectors", scale=0.035)
    last = d.box(6.45, 1.25, "Dense(1)\nsigmoid", fill="output")
    joined = d.volume(5.3, 1.25, (96,), "joined")
    for n, width in enumerate((2, 3, 4)):
        y0 = 2.05 - 0.8 * n
        filters = d.box(2.75, y0, f"32 filters\nover {width} words")
        best = d.box(4.1, y0, "the largest\nanswer")
        d.arrow(words, filters)
        d.arrow(filters, best)
        d.arrow(best, (joined.left[0], 1.5 - 0.25 * n))
    d.arrow(joined, last)
    plots.show(
        "Kim's network: three groups of filters, over 2, 3 and 4 words, read the same vectors; the "
        "largest answer of each of the 96 filters goes to one neuron."
    )


def both_directions():
    """Diagram: a GRU reads to the right, another one to the left."""
    d = plots.Diagram(7.2, 2.5)
    right = left = first = None
    for n, word in enumerate(["not", "bad", "at", "all"]):
        x = 0.75 + 1.1 * n
        shown = d.box(x, 1.15, word, 0.55, fill="data")
        there = d.box(x, 0.35, "GRU", fill="memory")
        back = d.box(x, 1.95, "GRU", fill="memory")
        d.arrow(shown, there)
        d.arrow(shown, back)
        if n:
            d.arrow(right, there)
            d.arrow(back, left)
        right, left = there, back
        first = first or back
    joined = d.box(5.3, 1.15, "joined")
    d.arrow(right, joined, sides=("right", "bottom"))
    d.arrow(first, joined, sides=("top", "top"), bend=0.2)
    score = d.box(6.4, 1.15, "Dense(1)\nsigmoid", fill="output")
    d.arrow(joined, score)
    plots.show(
        "Two rows of GRU cells over four words, one read to the right, one to the left; their last "
        "states are joined and judged."
    )


def strongest(weight, bag, B, y, count=8):
    """The words that speak most for praise and for complaint, and how many tweets have them."""
    words, order = np.array(bag.get_vocabulary()), np.argsort(-weight)
    for side, ids in (("praise", order[:count]), ("complaint", order[: -count - 1 : -1])):
        each = [f"{words[i]} {weight[i]:+.1f} ({B[:, i].sum():.0f})" for i in ids]
        print(textwrap.fill(f"{side}: {', '.join(each)}", 76, subsequent_indent="    "))
    assert {"exceptional", "comfortable"} <= set(words[order[:31]])
    assert {"worst", "rude"} <= set(words[order[-15:]])
    assert B[y == 0, bag.numbers["exceptional"]].sum() == 0


def intervals(scores, redrawn):
    """Points above the first method: dots are seeds, bars intervals over draws of tweets."""
    (ruler, *names), differences = scores, {}
    _, ax = plt.subplots(figsize=(6.8, 2.1), layout="compressed")
    ax.axvline(0, color=COLOURS["truth"], lw=1.5, zorder=0)
    bar = {"color": COLOURS["muted"], "lw": 5, "alpha": 0.6, "solid_capstyle": "butt"}
    for row, name in enumerate(names):
        interval = 100 * np.percentile(redrawn[name] - redrawn[ruler], [2.5, 97.5])
        each = 100 * (np.array(scores[name]) - np.mean(scores[ruler]))
        ax.plot(interval, [row, row], **bar)
        ax.plot(each, [row] * len(each), "o", ms=7, alpha=0.7, color=COLOURS["output"])
        differences[name] = np.mean(each), *interval
    ax.set(yticks=range(len(names)), yticklabels=names, ylim=(len(names) - 0.5, -0.5))
    ax.set(xlabel=f"points of balanced accuracy above {ruler}")
    ax.set_title("All four intervals contain 0: none is clearly ahead of counting", fontsize=11)
    plots.show(
        "Differences of four methods to naive Bayes in points of balanced accuracy, each with its "
        "95 % interval over draws of test tweets; all four intervals, about 3 points wide, "
        "contain 0."
    )
    print(f"minus {ruler}, points: mean, 95 % interval over draws of test tweets")
    for name, (mean, low, high) in differences.items():
        print(f"{name:20} {mean:+5.1f} {low:+8.1f} to {high:+.1f}")
    return differences


def answers_of_filter(network, tokens, width=3):
    """What the filter of this width that matters most says over each place, and its weight."""
    embedding = next(x for x in network.layers if type(x).__name__ == "Embedding")
    convs = [x for x in network.layers if type(x).__name__ == "Conv1D"]
    place = [x.w.value.shape[0] for x in convs].index(width)
    heights = convs[place].forward(embedding.forward(tokens)[0])[0][0]  # (T - width + 1, filters)
    count = heights.shape[1]
    weight = network.layers[-1].W.value[place * count : (place + 1) * count, 0]
    chosen = int(np.argmax(np.abs(weight) * heights.max(axis=0)))
    return heights[:, chosen], weight[chosen]


def sliding_filter(network, vectorize, text):
    """Film: a window of three words slides over the second tweet; bars are a filter's answers."""
    words = clean(text).split()
    tokens = vectorize([" ".join(words)])[:, : len(words)]
    heights, weight = answers_of_filter(network, tokens)
    best = int(np.argmax(heights))
    assert words[best : best + 3] == ["well", "done", "you"]
    assert heights[words.index("taken")] < 0.2 * heights[best]
    side = "praise" if weight > 0 else "complaint"

    def slide(frame, ax):
        ax.set(xlim=(-0.6, len(words) - 0.4), ylim=(-0.75, 1.25))
        ax.axis("off")
        for n, word in enumerate(words):
            inside = frame <= n < frame + 3
            look = {"facecolor": "#fff3b0" if inside else "0.96", "edgecolor": "none", "pad": 2.5}
            ax.text(n, -0.3, word, ha="center", size=8.5, bbox=look)
        seen = heights[: frame + 1]
        for n, height in enumerate(seen):
            colour = "output" if height == seen.max() and height > 0 else "muted"
            ax.bar(n + 1, height / heights.max(), 0.6, color=COLOURS[colour])
            ax.text(n + 1, height / heights.max() + 0.04, f"{height:.1f}", ha="center", size=8)
        ax.set_title(f"One filter of width 3; its largest answer speaks for {side}", fontsize=10)

    alt = "A window of three words slides over a sentence; a bar above each place is its answer."
    return plots.movie(slide, range(len(heights)), alt, size=(7, 2.2), seconds=0.9)


def reliability_curves(curves, heats):
    """How often right against how sure, before and after the temperature, a panel for each."""
    _, axes = plt.subplots(1, len(curves), figsize=(7.2, 2.9), layout="compressed", sharey=True)
    for ax, (name, pair) in zip(axes, curves.items()):
        ax.plot([50, 100], [50, 100], "--", color=COLOURS["muted"], lw=1)
        looks = (("o-", "before", "output"), ("s-", "after", "truth"))
        for (sure, often, _), (mark, word, colour) in zip(pair, looks):
            ax.plot(100 * sure, 100 * often, mark, ms=4, color=COLOURS[colour], label=word)
        ax.set(xlim=(48, 102), ylim=(35, 102), xlabel="how sure, %")
        ax.set_title(f"{name}\ntemperature {heats[name]:.2f}", fontsize=9.5)
    axes[0].set_ylabel("right, %")
    axes[0].legend(frameon=False, loc="lower right", fontsize=8)
    plots.show(
        "How often three methods are right against how sure they are, before and after the "
        "temperature. Before, naive Bayes and the network trained for long are mostly below the "
        "diagonal."
    )


def parts(**labels):
    """How many tweets a part has, and how many of them praise."""
    for name, y in labels.items():
        print(f"{name:10} {len(y):5} tweets, {y.mean():.0%} of them praise")


def table(scores, answers, y, numbers):
    """Balanced accuracy of each method over its seeds, its ranking and how many numbers it has."""
    print(f"\n{'':20} balanced  lowest-highest  ranking  numbers")
    for (name, each), count in zip(scores.items(), numbers):
        area = np.mean([roc_auc_score(y, z) for z in answers[name]])
        low, high = f"{min(each):.1%}", f"{max(each):.1%}"
        print(f"{name:20} {np.mean(each):8.1%}  {low}-{high:9} {area:.3f} {count:8,}")


def overlap(wrong, others, y):
    """Of the mistakes `wrong`, the share that the others make, too, and what chance would be."""
    together = np.mean([other[wrong].mean() for other in others])
    by_class = [
        [(wrong & (y == c)).sum() * other[y == c].mean() for c in (0, 1)] for other in others
    ]
    apart = np.mean(np.sum(by_class, axis=1)) / wrong.sum()
    print(f"of the mistakes of naive Bayes the GRU makes {together:.0%}, too")
    print(f"if mistakes were independent within each class: {apart:.0%}")
    return together, apart


def hours_and_hold(B, y, numbers):
    """How often two words of a complaint meet, and how often they would by chance: two pairs."""
    hours, hold = (B[:, numbers[word]] == 1 for word in ("hours", "hold"))
    found = []
    for name, group in (("all training tweets", y >= 0), ("complaints", y == 0)):
        met = (hours & hold)[group].sum()
        by_chance = hours[group].sum() * hold[group].sum() / group.sum()
        print(f"'hours' with 'hold', {name}: {met}, by chance {by_chance:.0f}")
        found.append((met, by_chance))
    return found


def pushes_of_not(scorers, pushed_up):
    """{method: in what share of friendly and of unfriendly sentences a "not" pushes up}."""
    print("a 'not' pushes up:  friendly sentences  unfriendly ones")
    shares = {}
    for name, group in scorers:
        shares[name] = [np.mean([pushed_up(f, w) for f in group]) for w in (FRIENDLY, UNFRIENDLY)]
        print(f"{name:18} {shares[name][0]:19.0%} {shares[name][1]:16.0%}")
    return shares


def count_not(texts, y):
    """Share of praise among texts with "not", and how often it stands before an unfriendly word."""
    spoken = [f" {clean(text)} " for text in texts]
    has = np.array([" not " in text for text in spoken])
    before = sum(f" not {word} " in text for text in spoken for word in UNFRIENDLY)
    print(f"training tweets with 'not': {has.sum()}, of which praise: {y[has].mean():.0%}")
    print(f"'not' right before one of the {len(UNFRIENDLY)} unfriendly words: {before} times")
    return y[has].mean(), before


def examined(rows):
    """A line for each pupil: what it judges friendly, and its score on the test tweets."""
    print("judged friendly:  'not' + unfriendly  'not' + friendly   test tweets")
    for name, (up, down, test) in rows.items():
        print(f"{name:16} {up:18.0%} {down:17.0%} {test:13.1%}")


def mistakes(texts, y, counted, read):
    """Six tweets with their label, and the sums of counting and of the GRU."""
    for i in found(HARD, texts):
        print(f"\n{textwrap.fill(shorten(texts[i]), 76)}")
        label = "praise" if y[i] else "complaint"
        print(f"    {label}; counted {counted[i]:+.1f}, GRU {read[i]:+.1f}")


def reliability(z, y, bins=10):
    """How sure, how often right, and how many, for each bin of sureness from 50 to 100 %."""
    sure = 1 / (1 + np.exp(-np.abs(z)))
    which = np.minimum(((sure - 0.5) * 2 * bins).astype(int), bins - 1)
    groups = [which == b for b in range(bins) if (which == b).any()]
    right = (z > 0) == (y == 1)
    return np.array([(sure[g].mean(), right[g].mean(), g.mean()) for g in groups]).T


def mean_gap(sure, often, share):
    """The expected calibration error: how far "how sure" is from "how often right"."""
    return float(np.sum(share * np.abs(sure - often)))


def apart(B, y, rng):
    """Bags in which each word is shuffled among the tweets of a class: none come in pairs."""
    B = B.copy()
    for c in (0, 1):
        B[y == c] = rng.permuted(B[y == c], axis=0)
    return B


def calibration_errors(curves):
    """The mean gap of each method, before and after the temperature."""
    gaps = {name: [mean_gap(*curve) for curve in pair] for name, pair in curves.items()}
    for name, (before, after) in gaps.items():
        print(f"{name:20} mean gap {before:.1%}, after {after:.1%}")
    return gaps


def left_out(sums, text):
    """For each word of a text, its sum with the word minus its sum without it."""
    words = clean(text).split()[:32]
    without = [words[:k] + words[k + 1 :] for k in range(len(words))]
    z = sums([" ".join(each) for each in [words, *without]])
    return z[0] - z[1:]


def agreement(shaded, sums, texts):
    """Mean correlation, over texts of at least four words, of saliency and leaving words out."""
    each = []
    for text in texts:
        values = [value for _, value in shaded(text)]
        if len(values) > 3:
            each.append(np.corrcoef(values, left_out(sums, text))[0, 1])
    mean = np.mean(each)
    print(f"correlation with leaving the word out, mean of {len(each)} tweets: {mean:.2f}")
    return mean


def refuses(ask, text):
    """Whether a question about a text without a known word gets an error that says so."""
    try:
        ask(text)
    except ValueError as error:
        return "no word" in str(error)
    return False


def measured_by(**measured):
    """Mean, lowest and highest score of each way to choose words."""
    for name, each in measured.items():
        low, high = min(each), max(each)
        print(f"words chosen {name.replace('_', ' ')}: {np.mean(each):.0%}", end=" ")
        print(f"({len(each)} draws, {low:.0%} to {high:.0%})")


def with_word(word, texts, y):
    """How many texts have a word, and which share of them praises."""
    has = np.array([f" {word} " in f" {clean(text)} " for text in texts])
    print(f"\ntraining tweets with {word!r}: {has.sum()}, of which praise: {y[has].mean():.0%}")
    return has
