"""What chapter 24 trains on a phone book, and what is lost with each part of a transformer."""

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display

from minidl import gradcheck, plots
from minidl.initializers import RandomNormal
from minidl.layers import LSTM, Dense, Embedding, Input, Residual
from minidl.layers.containers import Chain
from minidl.layers.layer import Layer
from minidl.models import Sequential
from minidl.optimizers import Adam
from minidl_course.chapters.common import folded
from minidl_course.chapters.transformers import Steps
from minidl_course.chapters.transformers_trained import COLOURS


def lstm_reader(seed):
    """An LSTM of 128 units for the lists of letters and digits."""
    words = Embedding(36, 32, RandomNormal(stddev=1.0))
    steps = [Input((None,)), words, LSTM(128, return_sequences=True), Steps(16)]
    return Sequential([*steps, Dense(10, "softmax")], seed=seed)


class TokenBefore(Layer):
    """y (N, T, D): half of each vector comes from the token before; the first gets zeros."""

    def build(self, shape, rng):
        """It has no parameters."""
        return shape

    def forward(self, x, training=False):
        """x (N, T, D) -> y."""
        y, half = x.copy(), x.shape[2] // 2
        y[:, 0, half:], y[:, 1:, half:] = 0, x[:, :-1, half:]
        return y, None

    def backward(self, dy, cache):
        """What came from the token before sends its gradient there."""
        dx, half = dy.copy(), dy.shape[2] // 2
        dx[:, -1, half:], dx[:, :-1, half:] = 0, dy[:, 1:, half:]
        return dx


def weights_of(model, x):
    """The weights (T, T) of the first head of each attention, for one text (1, T)."""
    seen = []
    for layer in model.layers:
        if isinstance(layer, Residual):
            z, _ = layer.layers[0].forward(x)
            seen.append(layer.layers[1].forward(z)[1][4][0, 0])
        x, _ = layer.forward(x)
    return seen


def share_right(model, lists):
    """The share of digits that is right in 300 lists kept for this."""
    x, y = lists(np.random.default_rng(99), 300)
    return np.mean(model.predict(x, 300, verbose=0).argmax(-1) == y)


def trainer(lists, rate):
    """The function that trains on 200 batches of 32 `lists`; it returns shares of right digits."""

    def train_on_lists(model, seed, every=20, watch=lambda model: None):
        rng, shares = np.random.default_rng(seed), []
        model.compile(Adam(rate), "sparse_categorical_crossentropy")
        for batch in range(200):
            if batch % every == 0:
                shares.append(share_right(model, lists))
                watch(model)
            model.train_on_batch(*lists(rng, 32))
        return [*shares, share_right(model, lists)]

    shown = trainer, share_right, lstm_reader, TokenBefore
    display(folded("How they are trained, the LSTM, and the token before", *shown))
    return train_on_lists


def recall_runs(gpt, answers_only, train_on_lists, lists, seeds):
    """Shares of right digits of five networks, three seeds; a pair of layers, and its weights.

    The shares come after every 20 batches, of the network without positions at the end alone.
    """
    example = lists(np.random.default_rng(5), 1)[0]

    def attention_only(layers, seed, position="sinusoidal"):
        return answers_only(gpt(36, 48, layers, 1, 0, seed, position, False))

    def handed(seed):
        words, places, *rest = attention_only(1, seed).layers
        return Sequential([words, places, TokenBefore(), *rest], seed=0)

    pair, maps = attention_only(2, 0), []

    def watch(model):
        maps.append(weights_of(model, example))

    found = {"two layers": [train_on_lists(pair, 0, watch=watch)]}
    found["two layers"] += [train_on_lists(attention_only(2, s), s) for s in seeds[1:]]
    found["one layer"] = [train_on_lists(attention_only(1, s), s) for s in seeds]
    found["one layer, token before"] = [train_on_lists(handed(s), s) for s in seeds]
    found["LSTM"] = [train_on_lists(lstm_reader(s), s) for s in seeds]
    found["no positions"] = [train_on_lists(attention_only(2, s, None), s, 200) for s in seeds]
    gradcheck.check_layer(TokenBefore(), (2, 3, 4))
    models = pair, attention_only(1, 0), handed(0), lstm_reader(0), pair
    sizes = dict(zip(found, [model.count_params() for model in models]))
    return found, sizes, pair, (maps, example)


def commonest(book, answers):
    """The share of digits that is right if you always name the commonest of the list."""
    often = np.array([np.bincount(row[1:16:2] - 26, minlength=10).argmax() for row in book])
    return np.mean(often[:, None] == answers)


def recalled_shown(recalled, sizes, book):
    """Shares of right digits while networks learn, every seed, and a table of where they end."""
    by_guess = commonest(*book)
    _, ax = plt.subplots(figsize=(7, 2.7), layout="compressed")
    colours = {"two layers": "memory", "one layer": "gradient", "LSTM": "data"}
    colours["one layer, token before"] = "output"
    for name, colour in colours.items():
        for run in recalled[name]:
            ax.plot(range(0, 201, 20), 100 * np.array(run), color=COLOURS[colour], lw=1.4)
    ax.axhline(100 * by_guess, color="0.5", ls=":", lw=1)
    ax.text(202, 98, "two layers", color=COLOURS["memory"], va="center")
    ax.text(202, 35, "one layer", color=COLOURS["gradient"], va="center")
    ax.text(202, 25, "LSTM", color=COLOURS["data"], va="center")
    words = "one layer, half of\neach vector from\nthe token before"
    ax.text(43, 80, words, color=COLOURS["output"], ha="right", va="center", size=9)
    note = "dotted: always the commonest\ndigit of the list"
    ax.text(135, 100 * by_guess + 8, note, color="0.4", size=8)
    ax.set(xlabel="batches of 32 lists", ylabel="digits right, %", ylim=(0, 104), xlim=(0, 230))
    ax.set_title("Two layers look up, or one that is handed the token before", fontsize=11)
    plots.show(
        "Shares of right digits over 200 batches, three seeds each: two layers rise suddenly to "
        "nearly 100 percent, one layer and the LSTM stay near 30; one layer with half of each "
        "vector from the token before rises sooner, to 100."
    )
    for name, runs in recalled.items():
        ends = ", ".join(f"{run[-1]:.1%}" for run in runs)
        print(f"{name:23} {sizes[name]:7,} parameters  {ends}")
    print(f"guessing the commonest digit of the list: {by_guess:.1%}")
    ends = {name: [run[-1] for run in runs] for name, runs in recalled.items()}
    assert min(ends["two layers"]) > 0.9 and max(ends["one layer"]) < 0.45
    assert max(ends["LSTM"]) < 0.45 and 0.4 < np.mean(ends["no positions"]) < 0.9
    assert min(ends["one layer, token before"]) > 0.95
    two, handed = (
        np.mean([run[5] for run in recalled[name]])  # after 100 batches
        for name in ("two layers", "one layer, token before")
    )
    assert handed > two + 0.2
    return ends


def heads_forming(maps, example):
    """The film of two layers of attention while they learn; frames mark the right answers."""
    names = [chr(97 + t) if t < 26 else str(t - 26) for t in example[0]]
    right_at = [names[:16].index(n) + 1 for n in names[16:]]  # where each answer stands
    found = [np.mean([m[1][16 + n, place] for n, place in enumerate(right_at)]) for m in maps]
    before = [np.mean([m[0][n, n - 1] for n in range(1, 16, 2)]) for m in maps]

    def forming(frame, *axes):
        for ax, p, title in zip(axes, maps[frame], ("layer 1", "layer 2")):
            ax.imshow(p, cmap="Blues", vmin=0, vmax=1)
            ax.set_xticks(range(24), names, fontsize=7)
            ax.set_yticks(range(24), names, fontsize=7)
            ax.set_title(f"{title}, after {20 * frame} batches", fontsize=9.5)
        for n, place in enumerate(right_at):
            answer = plt.Rectangle((place - 0.5, 15.5 + n), 1, 1, fill=False, lw=0.8)
            axes[1].add_patch(answer)

    print(f"layer 1, digit to the letter before it: {before[0]:.0%} -> {before[-1]:.0%}")
    print(f"layer 2, question to its answer: {found[0]:.0%} -> {found[-1]:.0%}")
    assert found[0] < 0.2 and found[-1] > 0.5 and before[-1] > before[0] + 0.2
    last = maps[-1][1][16:].argmax(axis=1)
    print("largest weight in its frame, last picture:", np.sum(last == right_at), "of 8 questions")
    alt = (
        "Weights of two layers while they learn: first a stripe beside the diagonal, most digits "
        "attend to the letter before them; then most questions attend to their answers, marked by "
        "frames."
    )
    frames = *range(0, len(maps), 2), len(maps) - 1
    return plots.movie(forming, frames, alt, size=(7.2, 3.7), columns=2, seconds=0.6)


def read_with_cut(model, x, pairs=()):
    """Guesses (N, 8) and weights of layer 2; in layer 1 the `pairs` (row, column) have weight 0."""
    first, weights = True, None
    for layer in model.layers:
        if isinstance(layer, Residual):
            norm, look = layer.layers
            y, (_, _, _, v, weights, _) = look.forward(norm.forward(x)[0])
            if first and len(pairs):
                p = weights.copy()
                p[:, :, *np.transpose(pairs)] = 0
                p /= p.sum(axis=-1, keepdims=True)
                y = (p @ v).swapaxes(1, 2).reshape(x.shape) @ look.W_O.value
            x, first = x + y, False
        else:
            x = layer.forward(x)[0]
    return x.argmax(axis=-1), weights[:, 0]


def cuts_shown(model, x, answers):
    """Shares of right digits with nothing cut in layer 1, its previous-token head, or others."""
    cuts = {
        "nothing": (),
        "digit to the letter before": [(n, n - 1) for n in range(1, 16, 2)],
        "letter to the digit before": [(n, n - 1) for n in range(2, 16, 2)],
    }
    right = {}
    for name, pairs in cuts.items():
        guessed, weights = read_with_cut(model, x, pairs)
        right[name] = np.mean(guessed == answers)
        print(f"cut: {name:27} {right[name]:6.1%} right")
        if not pairs:
            at = np.array([[list(row[:16]).index(n) + 1 for n in row[16:]] for row in x])
            in_frame = np.mean(weights[:, 16:].argmax(axis=-1) == at)
            assert np.array_equal(guessed, model.predict(x, verbose=0).argmax(-1))
    print(f"largest weight of layer 2 on the answer, 300 lists: {in_frame:.0%}")
    assert right["nothing"] > 0.9 and right["letter to the digit before"] > 0.8
    assert right["digit to the letter before"] < 0.5 < in_frame


def without(model, part):
    """A model of `gpt` as it is before training, and one of its parts taken out."""
    layers = []
    for layer in model.layers:
        if isinstance(layer, Residual):
            inner = list(layer.layers)
            if part == "root" and hasattr(inner[-1], "heads"):
                inner[-1].scale = 1.0
            layers.append(Chain(inner) if part == "stream" else Residual(inner))
        else:
            layers.append(layer)
    return Sequential(layers, seed=0)


def neighbours(rng, count, what, T=16, V=6):
    """Digits (count, T), of those one and three positions before both, or if the sum is even."""
    x = rng.integers(0, V, (count, T))
    near, far = np.roll(x, 1, axis=1), np.roll(x, 3, axis=1)
    y = V * near + far if what == "both" else (near + far) % 2
    return x, y


def neighbours_named(model, what, seed, batches):
    """Train a model of `gpt` to name neighbours; the share that is right."""
    classes = 36 if what == "both" else 2
    steps = [*model.layers[:-1], Steps(3), Dense(classes, "softmax")]
    model, rng = Sequential(steps, seed=0), np.random.default_rng(seed)
    model.compile(Adam(4e-3), "sparse_categorical_crossentropy")
    for _ in range(batches):
        x, y = neighbours(rng, 32, what)
        model.train_on_batch(x, y[:, 3:])
    x, y = neighbours(np.random.default_rng(99), 300, what)
    return np.mean(model.predict(x, verbose=0).argmax(-1) == y[:, 3:])


def parts(gpt, answers_only, train_on_lists, ends, seeds):
    """A table: each part, a task that needs it, and three seeds with and without it.

    The functions are the page's; ends: what two layers have recalled.
    """

    def pairs(part):
        return [without(gpt(36, 48, 2, 1, 0, s, "sinusoidal", False), part) for s in seeds]

    def neighbours_of(what, heads, mlp, batches):
        models = [gpt(6, 48, 1, heads, 192, s, "sinusoidal", mlp) for s in seeds]
        return [neighbours_named(model, what, s, batches) for s, model in enumerate(models)]

    lookup = {
        part: [train_on_lists(answers_only(m), s, 200)[-1] for s, m in enumerate(pairs(part))]
        for part in ("root", "stream")
    }
    lookup |= {"positions": ends["no positions"], "whole": ends["two layers"]}
    both = [neighbours_of("both", heads, False, 300) for heads in (2, 1)]
    even = [neighbours_of("even", 2, mlp, 500) for mlp in (True, False)]
    parts_shown(lookup, both, even)
    lost = *lookup["root"], *lookup["stream"]
    assert min(lookup["whole"]) > 0.9 > 0.5 > max(lost)
    assert min(both[0]) > 0.95 > 0.5 > max(both[1])
    assert min(even[0]) > 0.95 > 0.8 > max(even[1])
    return folded("What is taken out, and how", without, neighbours, neighbours_named, parts)


def parts_shown(lookup, both, even):
    """Print the table of `parts`."""

    def three(shares):
        return " ".join(f"{100 * share:4.0f}%" for share in shares)

    print(f"{'taken out':26}{'task':12}{'with it':20}without")
    names = {"root": "scaling by 1/sqrt(d)", "stream": "residual stream"}
    for part, name in (names | {"positions": "positions"}).items():
        print(f"{name:26}{'recall':12}{three(lookup['whole']):20}{three(lookup[part])}")
    print(f"{'a second head':26}{'both':12}{three(both[0]):20}{three(both[1])}")
    print(f"{'feed-forward layer':26}{'even':12}{three(even[0]):20}{three(even[1])}")
