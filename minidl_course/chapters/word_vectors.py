"""What chapter 21, Word vectors, draws, draws samples of and prints."""

import matplotlib.pyplot as plt
import numpy as np
from sklearn import config_context
from sklearn.linear_model import LogisticRegression

from minidl import plots
from minidl.datasets import tweets
from minidl_course.chapters.sentiment import load, shorten

COLOURS = plots.COLOURS
FOLLOWED = {  # the words of the film, by what they are about
    "praise": ["great", "awesome", "amazing"],
    "time": ["hours", "minutes"],
    "bags": ["bag", "luggage"],
    "places": ["boston", "denver"],
    "people": ["rude", "helpful"],
}


def more_tweets():
    """Tweets without labels: those for training, and neutral ones, none of them held out."""
    (texts, _), (val_texts, _), (test_texts, _) = load()
    (neutral, kind), (neutral_test, kind_test) = tweets.load_data(neutral=True)
    held_out = {tweets.normalised(text) for text in [*val_texts, *test_texts]}
    more = [*texts, *neutral[kind == 2], *neutral_test[kind_test == 2]]
    return [text for text in more if tweets.normalised(text) not in held_out]


def pairs(rows, keep, window, rng):
    """All pairs (word, neighbour) of one epoch (P, 2), in random order. rows (N, T)

    A word stays with the probability that `keep` has for it, and looks at most `window` words far,
    each time a random number of them.
    """
    walls = np.zeros((len(rows), window), int)  # no window reaches into the next tweet
    stays = rng.random(rows.shape) < keep[rows]
    ids = np.hstack([rows, walls])[np.hstack([stays, walls == 0])]
    reach, found = rng.integers(1, window + 1, len(ids)), []
    for step in range(1, window + 1):
        a, b = ids[:-step], ids[step:]
        real = (a > 0) & (b > 0)
        found.append(np.stack([a, b])[:, real & (reach[:-step] >= step)])
        found.append(np.stack([b, a])[:, real & (reach[step:] >= step)])
    return rng.permutation(np.concatenate(found, axis=1).T)


def hidden_words():
    """Six tweets, each with one word covered: three times "bag", three times "luggage"."""
    (texts, _), *_ = load()
    parts = {
        "find my luggage without blaming": "luggage",
        "everything was fine until you lost my bag": "bag",
        "you can send my luggage to my house": "luggage",
        "looks like our bag has been rescued": "bag",
        "don't know where my luggage is? Seriously": "luggage",
        "So glad to get my bag back": "bag",
    }
    fig = plt.figure(figsize=(7.2, 2.5))
    ax = fig.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, 7.2), ylim=(0, 2.5))
    ax.axis("off")
    for n, (part, word) in enumerate(parts.items(), start=1):
        pieces = shorten(next(text for text in texts if part in text)).split()
        assert pieces.count(word) == 1
        x = 0.08
        for piece in [f"{n}.", *pieces]:
            back = COLOURS["muted"] if piece == word else "none"
            look = {"facecolor": back, "edgecolor": "none", "pad": 2.5}
            piece = 12 * " " if piece == word else piece
            shown = ax.text(x, 2.7 - 0.4 * n, piece, size=9.5, va="center", bbox=look)
            x += shown.get_window_extent().width / fig.dpi + (0.14 if back != "none" else 0.1)
    plots.show(
        "Six tweets with a grey box for one word each: why wont you find my box without blaming "
        "everyone else; everything was fine until you lost my box; you can send my box to my "
        "house; looks like our box has been rescued; now you don't know where my box is; so glad "
        "to get my box back."
    )


def looking_up(numbers):
    """Diagram: a word is a number, the number names a row of a table, and that is its vector."""
    d = plots.Diagram(7.2, 2.6)
    words, x = ("thanks", "bag", "luggage"), 3.9
    rng = np.random.default_rng(0)
    shades = rng.uniform(0.15, 0.9, (6, 8))
    for row in range(6):
        for column in range(8):
            shade = plt.get_cmap("Blues")(shades[row, column])
            place = (x + 0.22 * (column - 4), 2.15 - 0.32 * row), 0.2, 0.28
            d.ax.add_patch(plt.Rectangle(*place, facecolor=shade, edgecolor="none"))
    d.text(x, 0.2, "some of the 4,000 rows and 32 columns of a table", size=9)
    for n, (word, row) in enumerate(zip(words, (1, 3, 4))):
        y = 2.29 - 0.32 * row
        shown = d.box(0.75, 2.1 - 0.7 * n, word, 0.9, fill="data")
        token = d.box(1.95, 2.1 - 0.7 * n, str(numbers[word]), 0.6)
        d.arrow(shown, token)
        d.arrow(token, (x - 0.93, y))
        d.arrow((x + 0.93, y), (5.7, y))
        d.text(5.75, y, f"vector of {word!r}", size=9, align="left")
    plots.show(
        "Three words become numbers, each number names a row of a table, and the row is the vector "
        "of the word."
    )


def company():
    """Diagram: a word in the middle of a sentence, with arrows to its neighbours."""
    d = plots.Diagram(7.2, 1.75)
    boxes = []
    for n, word in enumerate(["they", "lost", "my", "luggage", "again", "in", "boston"]):
        fill = "data" if n == 3 else "layer" if abs(n - 3) <= 2 else "white"
        boxes.append(d.box(0.7 + 0.97 * n, 0.75, word, 0.85, fill=fill))
    for n in (1, 2, 4, 5):
        d.arrow(boxes[3], boxes[n], sides=("top", "top"), bend=0.14 + 0.14 * abs(n - 3))
    d.text(3.61, 0.3, "the word in the middle", size=8)
    d.text(1.7, 1.55, "guess its neighbours, at most two away", size=8)
    plots.show(
        "A word in the middle of a sentence, with arrows to its neighbours two words around it."
    )


def directions(table):
    """The rows of a table, each of length 1."""
    return table / np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-9)


def gathering(snapshots, numbers, frames=16):
    """Film: words start anywhere, and those of one kind gather; a plane that shows the end best."""
    words = [word for group in FOLLOWED.values() for word in group]
    kinds = [kind for kind, group in FOLLOWED.items() for _ in group]
    chosen = [snapshots[i] for i in np.linspace(0, len(snapshots) - 1, frames).astype(int)]
    rows = [numbers[word] for word in words]
    paths = np.stack([directions(table[rows]) for table in chosen])  # (frames, words, D)
    paths = paths - paths.mean(axis=1, keepdims=True)
    paths = paths @ np.linalg.svd(paths[-1], full_matrices=False)[2][:2].T
    shades = dict(zip(FOLLOWED, ("output", "truth", "data", "memory", "weight")))
    limit = 1.12 * np.abs(paths).max(axis=(0, 1))

    def drift(frame, ax):
        ax.set(xlim=(-limit[0], limit[0]), ylim=(-limit[1], limit[1]), xticks=[], yticks=[])
        for n, (word, kind) in enumerate(zip(words, kinds)):
            colour = COLOURS[shades[kind]]
            ax.plot(*paths[: frame + 1, n].T, color=colour, lw=1, alpha=0.4)
            ax.plot(*paths[frame, n], "o", color=colour, ms=5)
            ax.annotate(word, paths[frame, n], (4, 4), textcoords="offset points", size=9)
        done = frame / (frames - 1)
        ax.set_title(f"Words of one kind gather: after {done:.0%} of the training", fontsize=10)

    alt = "Words start anywhere; in training those of one kind, such as hours and minutes, gather."
    return plots.movie(drift, range(frames), alt, size=(7.2, 4.2), seconds=0.6)


def balanced(y, praised):
    """The shares of the complaints and of the praise recognized, averaged (chapter 20)."""
    return (np.mean(praised[y == 1]) + np.mean(~praised[y == 0])) / 2


def by_counting(B, y, alpha):
    """Naive Bayes of chapter 20 on bags of words; returns a function from bags to True, False."""
    n = np.stack([B[y == c].sum(axis=0) + alpha for c in (0, 1)])
    share = n / n.sum(axis=1, keepdims=True)
    weight = np.log(share[1]) - np.log(share[0])
    return lambda B: B @ weight > 0


def by_fitting(inputs, y, C):
    """Logistic regression of chapter 20 on any inputs; returns such a function, too."""
    options = {"class_weight": "balanced", "solver": "newton-cg", "max_iter": 1000}
    model = LogisticRegression(C=C, **options).fit(inputs, y)
    return lambda inputs: model.predict(inputs) > 0.5


def with_labels(count, fit, settings, inputs, labels):
    """The setting that is best on validation, and its test score for each draw of labels.

    `inputs` and `labels` each have three parts: for training, for validation and for the test.
    """
    (train, val, test), (y, y_val, y_test) = inputs, labels
    fits = []
    for seed in range(5 if count < len(y) else 1):
        few = np.random.default_rng(seed).permutation(len(y))[:count]
        fits.append([fit(train[few], y[few], setting) for setting in settings])
    scores = [[balanced(y_val, f(val)) for f in draw] for draw in fits]  # (draws, settings)
    best = np.mean(scores, axis=0).argmax()
    return settings[best], np.array([balanced(y_test, draw[best](test)) for draw in fits])


@config_context(assume_finite=True, skip_parameter_validation=True)  # of thousands of fits
def with_fewer_labels(methods, sizes, labels):
    """{method: [scores in % for each size]}, and {method: [settings for each size]}.

    A method is (how it learns, settings to choose from, a list of inputs: one for each seed).
    """
    curves, chosen = {}, {}
    for name, (fit, settings, seeds) in methods.items():
        runs = [[with_labels(n, fit, settings, inputs, labels) for inputs in seeds] for n in sizes]
        chosen[name] = [[setting for setting, _ in run] for run in runs]
        curves[name] = [100 * np.concatenate([scores for _, scores in run]) for run in runs]
    return curves, chosen


def label_curves(curves, sizes, by_list):
    """Balanced accuracy against the number of labels; a band from the lowest to the highest.

    `by_list` is that of a list of words, which needs no label.
    """
    _, ax = plt.subplots(figsize=(7.2, 3.4), layout="compressed")
    looks = zip("os^Dv", ("truth", "data", "output", "memory", "muted"))
    for (name, runs), (mark, colour) in zip(curves.items(), looks):
        look = {"color": COLOURS[colour], "label": name}
        ax.plot(sizes, [each.mean() for each in runs], f"{mark}-", ms=5, **look)
        low, high = ([f(each) for each in runs] for f in (min, max))
        ax.fill_between(sizes, low, high, color=COLOURS[colour], alpha=0.15, lw=0)
    ax.axhline(100 * by_list, color="0.3", ls="--", lw=1, label="ten words,\nno label")
    ax.set(xscale="log", xticks=sizes, xticklabels=sizes, xlabel="labelled tweets")
    ax.set(ylabel="balanced accuracy, %")
    ax.minorticks_off()
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    ax.set_title("Text without labels helps while labels are few", fontsize=11)
    plots.show(
        "Balanced accuracy against the number of labels, 50 to 7,959. The means of word2vec "
        "vectors and of counted vectors are far ahead at 100 and 200 labels; at 4,000 words are "
        "ahead. Random vectors stay below all. A dashed line, ten words without a label, is about "
        "where the vectors are at 100."
    )


def label_table(curves, sizes):
    """The same as numbers: the mean over draws of labels and seeds, and the spread."""
    print("labels", *(f"{name.split(',')[0]:>13}" for name in curves), sep="")
    for k, n in enumerate(sizes):
        print(
            f"{n:6}", *(f"{r[k].mean():7.1f} ±{r[k].std():4.1f}" for r in curves.values()), sep=""
        )


def analogies(table, numbers, words):
    """Of all "a is to as as b is to ?", what is nearest: shares of b, of a, as and of bs.

    The last share is that of bs where the three words of the question are no candidates.
    """
    unit, found = directions(table), []
    unit[:2] = 0  # neither padding nor unknown words
    for a in words:
        for b in (word for word in words if word != a):
            asked = [numbers[word] for word in (b, a, f"{a}s")]
            right = numbers[f"{b}s"]
            likeness = unit @ (unit[asked[2]] - unit[asked[1]] + unit[asked[0]])
            best = likeness.argmax()
            likeness[asked] = -np.inf
            found.append(
                (best == asked[0], best in asked[1:], best == right, likeness.argmax() == right)
            )
    return np.mean(found, axis=0)
