"""A whole GPT at work in chapter 24: its numbers, box by box, as a film and on one sheet."""

from collections import namedtuple

import numpy as np

from minidl import plots
from minidl.initializers import RandomNormal
from minidl.layers import (
    Dense,
    Embedding,
    Input,
    LayerNormalization,
    SinePositionEncoding,
    TransformerDecoderBlock,
)
from minidl.models import Sequential
from minidl.optimizers import Adam
from minidl_course.chapters.common import softmax
from minidl_course.chapters.transformers import grid, machine

VOCABULARY = ["the", "was", "dog", "cat", "river", "sea", "tired", "hungry", "deep", "wide"]
Weights = namedtuple("Weights", "embedding W_Q W_K W_V W_O W_1 b_1 W_2 b_2 W b")


def small_gpt(seed=13):
    """A GPT of the package, one block, trained on "the dog was tired" and its kind; its Weights."""
    draws = np.random.default_rng(seed)
    block = TransformerDecoderBlock(8, num_heads=2, normalize_first=True)
    words = Embedding(10, 4, RandomNormal(stddev=1.0))
    steps = [Input((None,)), words, SinePositionEncoding(), block, LayerNormalization(epsilon=1e-5)]
    model = Sequential([*steps, Dense(10, "softmax")], seed=seed)
    look, net = block.self_attention.layer, block.feedforward.layer.layers
    norms = block.self_attention.norm, block.feedforward.norm, model.layers[-2]
    parts = [look.query_dense, look.key_dense, look.value_dense, look.output_dense]
    fixed = [part.b for part in parts] + [p for n in norms for p in n.params().values()]
    for one in fixed:  # no biases in attention, no scales in the norms: fewer numbers to look at
        one.trainable = False
    model.compile(Adam(0.02), "sparse_categorical_crossentropy")
    for _ in range(300):
        thing = draws.integers(0, 4, 32)
        said = 6 + 2 * (thing // 2) + draws.integers(0, 2, 32)
        ids = np.stack([np.zeros(32, int), 2 + thing, np.ones(32, int), said], axis=1)
        model.train_on_batch(ids[:, :3], ids[:, 1:])
    arrays = [words.W, *(part.W for part in parts)]
    arrays += [net[0].W, net[0].b, net[1].W, net[1].b, model.layers[-1].W, model.layers[-1].b]
    return model, Weights(*(each.value.astype(float) for each in arrays))


def pass_stages(words, weights, positions):
    """Every number of a pass through `small_gpt`: (lit boxes, what is done, panels), in order."""
    w, T = weights, len(words)
    names = [VOCABULARY[n] for n in words]

    def norm(x):
        return (x - x.mean(1, keepdims=True)) / np.sqrt(x.var(1, keepdims=True) + 1e-5)

    e = w.embedding[words]
    x = e + positions
    z = norm(x)
    cut = [np.split(z @ W, 2, axis=1) for W in (w.W_Q, w.W_K, w.W_V)]
    s = [q @ k.T / np.sqrt(2) for q, k in zip(*cut[:2])]
    p = [softmax(np.where(np.tri(T, dtype=bool), each, -np.inf)) for each in s]
    y = np.concatenate([a @ v for a, v in zip(p, cut[2])], axis=1)
    after = x + y @ w.W_O
    hidden = np.maximum(norm(after) @ w.W_1 + w.b_1, 0)
    last = after + hidden @ w.W_2 + w.b_2
    logits = norm(last) @ w.W + w.b
    signed = "signed"
    stages = [
        ("words", "Three words, three numbers", [(np.array(words)[:, None], "", ".0f", signed)]),
        ("embedding", "Each takes its row of a table", [(e, "embedding", ".1f", signed)]),
        (
            "positions",
            "The sinusoidal encoding is added",
            [(positions, "positions", ".1f", signed), (x, "sum: the stream", ".1f", signed)],
        ),
        (
            "norm, attention",
            "Normalized, then three products, cut in two",
            [
                (np.concatenate(three, axis=1), title, ".1f", signed)
                for three, title in zip(cut, ("Q: head 1 | 2", "K", "V"))
            ],
        ),
        (
            "norm, attention",
            "Scores of both heads, none from later",
            [
                (np.where(np.tri(T, dtype=bool), each, -np.inf), f"head {n}", ".1f", signed)
                for n, each in enumerate(s, 1)
            ],
        ),
        (
            "norm, attention",
            "A softmax of each row: attention weights",
            [(each, f"head {n}", ".2f", "weights") for n, each in enumerate(p, 1)],
        ),
        (
            "norm, attention",
            "Means of the values, side by side",
            [(y, "head 1 | 2", ".1f", signed)],
        ),
        (
            "+ attention",
            "Mixed by $W_O$, and added to the stream",
            [(y @ w.W_O, "what is added", ".1f", signed), (after, "the stream", ".1f", signed)],
        ),
        (
            "norm, feed-forward",
            "Normalized, then each word by itself: eight units, ReLU",
            [(hidden, "hidden layer", ".1f", signed)],
        ),
        (
            "+ network",
            "Added to the stream, too",
            [
                (hidden @ w.W_2 + w.b_2, "what is added", ".1f", signed),
                (last, "the stream", ".1f", signed),
            ],
        ),
        ("norm, logits", "Ten numbers: a score for each word", [(logits, "", ".1f", signed)]),
        ("softmax", "The next word", [(softmax(logits), "", ".2f", "weights")]),
    ]
    return names, stages, logits


def pass_sheet(names, stages, ax):
    """All numbers of `pass_stages` at once, in four rows, from the words to the next one."""
    d, high = plots.Diagram(7.2, 4.15, ax=ax), 0.2
    panels = [panels for _, _, panels in stages]
    (embedding,), (places, stream), three, scores, weights, (means,) = panels[1:7]
    (mixed, seen), (hidden,), (worked, last), (logits,), (p,) = panels[7:]
    rows = (
        (3.88, 0.254, [(embedding, "embedding", "+"), (places, "positions", "="),
                       (stream, "the stream", ""), *((each, each[1], "") for each in three)]),
        (2.93, 0.27, [*((s, f"scores {n}", "") for n, s in enumerate(scores, 1)),
                      *((w, f"weights {n}", "") for n, w in enumerate(weights, 1)),
                      (means, "means: head 1 | 2", ""), (mixed, "mixed by $W_O$", "")]),
        (1.98, 0.29, [(seen, "stream + mixed", ""), (hidden, "hidden layer (ReLU)", ""),
                      (worked, "feed-forward", ""), (last, "stream + that", "")]),
        (0.92, 0.28, [(logits, "", ""), (p, "", "")]),
    )  # fmt: skip
    for y, wide, row in rows:
        at = 0.42
        for n, ((matrix, _, form, kind), title, sign) in enumerate(row):
            cell = (wide + 0.06 * (form == ".2f"), high)
            grid(d.ax, at, y, matrix, cell, None if n else names, title, form, kind, 6.8)
            if matrix.shape[1] == 10:
                for c, word in enumerate(VOCABULARY):
                    place = at + (c + 0.4) * cell[0], y + 0.04
                    d.ax.text(*place, word, size=7, rotation=60, ha="left", va="bottom")
                below = (
                    "a softmax: probabilities of the next word" if kind == "weights" else "logits"
                )
                d.text(at + 5 * cell[0], y - 3 * high - 0.13, below, size=9)
            at += matrix.shape[1] * cell[0]
            d.text(at + 0.075, y - 1.5 * high, sign, size=9)
            at += 0.18 if wide > 0.26 else (0.14, 0.14, 0.14, 0.08, 0.08, 0)[n]


def pass_film(words, package, weights, positions, logits):
    """The film of a whole forward pass; `logits` are what the page's own functions found."""
    names, stages, found = pass_stages(words, weights, positions)
    np.testing.assert_allclose(found, logits, atol=1e-9)
    off = np.abs(softmax(logits) - package.predict(np.array([words]), verbose=0)[0]).max()
    assert off < 1e-6
    print(f"probabilities of the next word: as the package's, to {off:.0e}")
    on_noun = [panel[0][2, 1] for panel in stages[5][2]]
    print("was attends to dog with weights of", ", ".join(f"{p:.2f}" for p in on_noun))
    assert min(on_noun) > 0.5
    x = stages[2][2][1][0][2]  # the stream of the last word, normed here
    z, column = (x - x.mean()) / np.sqrt(x.var() + 1e-5), weights.W_Q[:, 0]
    vectors = (f"({', '.join(f'{n:.2f}' for n in each)})" for each in (z, column))
    print(f"Q of was: {' · '.join(vectors)} = {z @ column:.1f}")
    assert np.isclose(z @ column, stages[3][2][0][0][2, 0])

    def draw(stage, ax):
        if stage is None:
            pass_sheet(names, stages, ax)
            return
        lit, told, panels = stage
        d = plots.Diagram(7.2, 4.15, ax=ax)
        machine(d, {lit})
        d.text(4.9, 3.75, told, size=11)
        wide = sum(panel[0].shape[1] for panel in panels)
        cell = (min(0.46, 3.7 / wide), 0.36) if wide < 9 else (0.395, 0.36)
        at = 3.12
        if len(panels) == 3:
            cell = (0.3, 0.36)
        for n, (matrix, title, form, kind) in enumerate(panels):
            rows = names if n == 0 else None
            grid(d.ax, at, 2.75, matrix, cell, rows, title, form, kind)
            if matrix.shape[1] == 10:
                for c, word in enumerate(VOCABULARY):
                    place = at + (c + 0.5) * cell[0], 2.8
                    d.ax.text(*place, word, size=8, rotation=60, ha="left", va="bottom")
            at += matrix.shape[1] * cell[0] + 0.25
        if lit == "softmax":
            likely = np.argsort(-panels[0][0][-1])[:2]
            d.text(4.9, 1.2, f"the dog was → {' or '.join(VOCABULARY[n] for n in likely)}", size=11)

    alt = (
        "A machine of boxes, and beside it the numbers of three words on their way through it: "
        "embedding, positions, queries, keys and values of two heads, scores, weights, means, the "
        "stream, the feed-forward layer, logits and the probabilities of the next word. The last "
        "picture has all of these numbers on one sheet."
    )
    return plots.movie(draw, [*stages, None], alt, size=(7.2, 4.15), seconds=1.6)
