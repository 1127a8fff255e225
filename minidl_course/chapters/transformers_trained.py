"""What chapter 24 trains on a text, a cache, and what goes wrong; the phone book is apart."""

import time
from collections import namedtuple
from functools import cache

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display

from minidl import gradcheck, plots
from minidl.datasets import text
from minidl.initializers import RandomNormal
from minidl.layers import (
    LSTM,
    Dense,
    Embedding,
    Input,
    LayerNormalization,
    MultiHeadAttention,
    Residual,
    SinePositionEncoding,
    TransformerDecoderBlock,
    TransformerEncoderBlock,
)
from minidl.models import Sequential
from minidl.optimizers import Adam
from minidl.optimizers.schedules import CosineDecay
from minidl_course import bpe
from minidl_course.chapters.common import folded, measured, softmax
from minidl_course.chapters.writing_text import corpus_and_prompt
from minidl_course.generation import generate

COLOURS = plots.COLOURS


# A text

Text = namedtuple("Text", "characters tokens as_characters as_tokens is_shakespeare")


@cache
def shakespeare():
    """Training text, held-out text, and the whole: Shakespeare, or else Python's documentation."""
    corpus, _ = corpus_and_prompt()
    training, held_out = text.chronological_split(np.array(list(corpus)))
    training, held_out = "".join(training), "".join(held_out)
    return training, held_out[20_000:40_000] or held_out, corpus  # the first chose the settings


def numbers_of(texts):
    """The training text as numbers of its characters."""
    training, _, corpus = texts
    place = {letter: n for n, letter in enumerate(sorted(set(corpus)))}
    return np.array([place[letter] for letter in training])


def in_tokens(texts):
    """The two texts as numbers of characters and of BPE tokens."""
    training, held_out, corpus = texts
    pairs = bpe.BytePairs(bpe.learn(training, bpe.BYTES + 200))
    characters = sorted(set(corpus))
    place = {letter: n for n, letter in enumerate(characters)}
    as_characters = [np.array([place[c] for c in part]) for part in (training, held_out)]
    occur = np.array([*sorted(set(corpus.encode())), *range(bpe.BYTES, len(pairs))])
    as_tokens = [np.searchsorted(occur, pairs.encode(part)) for part in (training, held_out)]
    assert pairs.decode(occur[as_tokens[1]]) == held_out
    tokens = [pairs.decode([n]) for n in occur]
    print("first merges:", ", ".join(map(repr, tokens[-200:-192])))
    print("last merges:", ", ".join(map(repr, tokens[-6:])))
    cut = "|".join(tokens[n] for n in as_tokens[1][25:45]).replace("\n", "/")
    print(f"new text in tokens (/ is a new line):\n    {cut}")
    per_token = len(held_out) / len(as_tokens[1])
    print(f"{len(tokens)} tokens instead of {len(characters)}; {per_token:.2f} characters a token")
    assert 1.4 < per_token < 2.6
    display(folded("Byte-pair encoding, faster", bpe.learn, bpe.merged))
    return Text(characters, tokens, as_characters, as_tokens, len(corpus) > 1_000_000)


def lstm_writer(V, seed=1):
    """The LSTM of chapter 19, of 128 units."""
    steps = [Input((None,)), Embedding(V, 32, RandomNormal(stddev=1.0))]
    return Sequential([*steps, LSTM(128, return_sequences=True), Dense(V, "softmax")], seed=seed)


def bits(model, ids, tokens, T=64):
    """Bits a character of a held-out text; each guess sees 32 to 63 tokens before it."""
    starts = np.arange(0, len(ids) - T - 1, T // 2)[:, None] + np.arange(T)
    p = model.predict(ids[starts], 64, verbose=0)[:, T // 2 :]
    truth = ids[starts + 1][:, T // 2 :]
    each = -np.log2(np.take_along_axis(p, truth[..., None], axis=2))
    return each.sum() / sum(len(tokens[n]) for n in truth.ravel())


def next_bits(model, ids, T=48):
    """Bits of the character after each window: the last guess alone, where nothing follows."""
    pieces = np.arange(0, 12_000, 24)[:, None] + np.arange(T)
    p = model.predict(ids[pieces], 64, verbose=0)[:, -1]
    return -np.log2(np.maximum(p[np.arange(len(p)), ids[pieces[:, -1] + 1]], 1e-9)).mean()


def writing_race(writer, train, found):
    """Train an LSTM and a GPT on characters and on BPE tokens; the networks, their bits."""
    pieces, letters = found.as_tokens, found.as_characters
    plans = {
        "LSTM": (lstm_writer, letters, 1e-2, 504),
        "GPT": (writer, letters, 6e-3, 288),
        "LSTM, BPE tokens": (lstm_writer, pieces, 1e-2, 330),
        "GPT, BPE tokens": (writer, pieces, 6e-3, 264),
    }
    writers, curves = {}, {}
    for name, (make, (ids, unseen), rate, batches) in plans.items():

        def look(model, unseen=unseen):
            return bits(model, unseen, found.tokens)

        V = len(found.tokens if ids is pieces[0] else found.characters)
        train(make(V), ids, rate, 6, lambda model: 0.0)  # compiles what has to be compiled
        writers[name] = make(V)
        curves[name] = train(writers[name], ids, rate, batches, look)
    display(folded("The rates, and the LSTM", writing_race, lstm_writer))
    return writers, text_shown(curves, writers, found.is_shakespeare)


def cheater(V):
    """A GPT of encoder blocks, in which everybody sees everybody."""
    steps = [Input((None,)), Embedding(V, 64, RandomNormal(stddev=1.0))]
    for _ in range(2):
        steps.append(TransformerEncoderBlock(192, 2, normalize_first=True, rotary=True))
    return Sequential([*steps, LayerNormalization(), Dense(V, "softmax")], seed=1)


def unmasked(honest, train, found):
    """Train a writer that sees the future; its bits where it does, and on a window's last guess."""
    ids, unseen = found.as_characters
    cheat = cheater(len(found.characters))
    train(cheat, ids, 6e-3, 120, lambda model: 0.0)
    seen = bits(cheat, unseen, found.tokens)
    blind, masked = (next_bits(model, unseen) for model in (cheat, honest))
    print(f"bits where the future is in sight: {seen:.2f} without a mask")
    print(f"bits on the last guess of each window: {blind:.2f} without, {masked:.2f} with one")
    assert seen < 1.5 and blind > masked + 0.5


def text_shown(curves, writers, is_shakespeare):
    """Bits a character after each third of the training, and the seconds that all of it took."""
    print("bits a character, held out, after each third of the training:")
    for name, curve in curves.items():
        size, seconds = writers[name].count_params(), curve[-1, 0]
        thirds = ", ".join(f"{bits:.2f}" for bits in curve[:, 1])
        print(f"{name:17} {size:7,} parameters, {seconds:3.1f} s  {thirds}")
    scores = {name: curve[-1, 1] for name, curve in curves.items()}
    assert scores["LSTM"] < scores["GPT"] - 0.05 and scores["GPT"] < 3.5
    if is_shakespeare:  # the documentation is a small text
        assert abs(scores["LSTM, BPE tokens"] - scores["LSTM"]) < 0.2
        assert scores["LSTM, BPE tokens"] < scores["GPT, BPE tokens"]
        assert scores["GPT, BPE tokens"] < scores["GPT"] - 0.05
    assert abs(writers["GPT"].count_params() / writers["LSTM"].count_params() - 1) < 0.1
    return scores


def in_a_line(scores):
    """The chapter's result: a text after seconds, on characters, and after minutes, in one line."""
    print("bits after seconds: LSTM {LSTM:.2f}, GPT {GPT:.2f};".format(**scores), end=" ")
    later = measured("language_model")["equal"]  # chapter 25: three seeds, its GPT on BPE tokens
    assert later["minutes"] == 4 and max(later["gpt"]) < min(later["lstm"])
    after = [f"{np.mean(later[name]):.3f}" for name in ("lstm", "gpt")]
    print("4 min: LSTM {}, GPT (BPE) {}".format(*after))
    assert after == ["2.175", "2.155"]


def package_gpt(V, D, blocks, heads, hidden):
    """The GPT with rotation, of the package's own blocks."""
    steps = [Input((None,)), Embedding(V, D, RandomNormal(stddev=1.0))]
    for _ in range(blocks):
        block = TransformerDecoderBlock(hidden, heads, normalize_first=True, rotary=True)
        steps.append(block)
    return Sequential([*steps, LayerNormalization(), Dense(V, "softmax")], seed=0)


def small_steps(attention, rng):
    """All gradients of an attention by hand against small steps; the layer, x and upstream."""
    x = rng.standard_normal((2, 5, 8))
    upstream = rng.standard_normal(x.shape)
    largest = {}
    for rope in (True, False):
        layer = attention(2, rope)
        layer(x.astype("float32"))  # makes the weights
        for one in (layer.W, layer.W_O):  # float64 for the small steps
            one.value, one.grad = one.value.astype(float), np.zeros(one.shape)
        dx = layer.backward(upstream, layer.forward(x)[1])

        def loss(layer=layer):
            return (layer.forward(x)[0] * upstream).sum()

        arrays = x, layer.W.value, layer.W_O.value
        gradients = dx, layer.W.grad, layer.W_O.grad
        for name, array, gradient in zip(("x", "W", "W_O"), arrays, gradients):
            error = gradcheck.relative_error(gradient, gradcheck.numeric(loss, array)).max()
            largest[name] = max(error, largest.get(name, 0.0))
            assert error < 1e-6
    print("gradients against finite differences, with and without rotation:")
    print("largest relative error:", ", ".join(f"{n} {e:.0e}" for n, e in largest.items()))
    return layer, x, upstream


def as_the_package(layer, gpt, x, upstream):
    """A layer by hand and a block of `gpt` beside the package's, with the same weights."""
    few, up = x.astype("float32"), upstream.astype("float32")
    theirs = MultiHeadAttention(2, 4, use_bias=False)
    theirs(few)
    hand_over_attention(layer, theirs)
    y, ours = layer.forward(x)
    out, cache = theirs.forward(few, use_causal_mask=True)
    np.testing.assert_allclose(out, y, atol=1e-6)
    dx = layer.backward(upstream, ours)
    np.testing.assert_allclose(theirs.backward(up, cache), dx, atol=1e-5)
    model, block = gpt(9, 8, 1, 2, 32, position="rotation"), package_gpt(9, 8, 1, 2, 32)
    hand_over(model, block)
    (_, first, second, *_), block = model.layers, block.layers[1]
    y, c_first = first.forward(few)
    y, c_second = second.forward(y)
    out, cache = block.forward(few)
    np.testing.assert_allclose(out, y, atol=1e-6)
    dx = first.backward(second.backward(up, c_second), c_first)
    np.testing.assert_allclose(block.backward(up, cache), dx, atol=1e-5)
    print("a layer, and a block of gpt: outputs and gradients as the package's")
    sizes = [sum(p.value.size for p in part.params().values() if p.value.ndim == 2)
             for part in (first, second)]  # fmt: skip
    print(f"matrices of the block: attention {sizes[0]}, feed-forward {sizes[1]} parameters")
    assert sizes[1] == 2 * sizes[0]
    return folded("The checks, and the package's layer", small_steps, MultiHeadAttention)


def hand_over_attention(ours, theirs):
    """Give the weights of a `CausalAttention` to a layer of the package."""
    parts = *np.split(ours.W.value, 3, axis=1), ours.W_O.value
    for name, W in zip(("query", "key", "value", "output"), parts):
        getattr(theirs, f"{name}_dense").W.assign(W)


def hand_over(ours, theirs):
    """Give the weights of a model of `gpt` to one of the package's blocks."""
    branches = [layer for layer in ours.layers if isinstance(layer, Residual)]
    blocks = [layer for layer in theirs.layers if isinstance(layer, TransformerDecoderBlock)]
    for n, block in enumerate(blocks):
        (norm, look), (norm_2, *dense) = (b.layers for b in branches[2 * n : 2 * n + 2])
        attention, (wide, narrow) = block.self_attention.layer, block.feedforward.layer.layers
        block.self_attention.norm.set_weights(norm.get_weights())
        block.feedforward.norm.set_weights(norm_2.get_weights())
        hand_over_attention(look, attention)
        wide.set_weights(dense[0].get_weights())
        narrow.set_weights(dense[1].get_weights())
    for mine, other in ((0, 0), (-2, -2), (-1, -1)):
        theirs.layers[other].set_weights(ours.layers[mine].get_weights())


def as_package(ours, D, blocks, heads, hidden):
    """The package's GPT with the weights of a model of `gpt`."""
    theirs = package_gpt(len(ours.get_weights()[-1]), D, blocks, heads, hidden)
    hand_over(ours, theirs)
    return theirs


# Writing with a cache


def next_step(layer, x, kept):
    """One step x (D,) of a `CausalAttention`; `kept` holds the keys and values so far."""
    q, k, v = (x @ layer.W.value).reshape(3, layer.heads, -1)  # (H, d) each
    kept["k"].append(k)
    kept["v"].append(v)
    keys, values = np.stack(kept["k"], axis=1), np.stack(kept["v"], axis=1)  # (H, t, d)
    p = softmax((keys @ q[..., None])[..., 0] * layer.scale)  # (H, t)
    y = (p[:, None] @ values)[:, 0].reshape(-1)
    return y @ layer.W_O.value


def cache_checked(layer, x):
    """Compare a layer that reads a text at once with one that reads it step by step."""
    kept = {"k": [], "v": []}
    one_by_one = np.array([next_step(layer, step, kept) for step in x])
    off = np.abs(one_by_one - layer.forward(x[None])[0][0]).max()
    print(f"your layer, token by token with a cache: off by {off:.0e} at most")
    assert off < 1e-10


def cache_race(write, yours, written, found):
    """The page's 200 tokens by the package's blocks: all read anew, and with a cache, in less time.

    write: the page's loop; written: 20 tokens and 200 more, which it wrote with the model `yours`.
    """
    model = as_package(yours, 64, 2, 2, 192)
    some = found.as_tokens[1][:2048].reshape(32, 64)
    both = [m.astype("float64").predict(some, verbose=0) for m in (model, yours)]
    off = np.abs(both[0] - both[1]).max()
    print(f"2,048 guesses, yours and the package's: {off:.0e} apart at most")
    assert off < 1e-6
    prompt = written[:20]
    work, plain_forward = [], model.forward

    def counted(x, *args, **options):
        work.append(x.size)
        return plain_forward(x, *args, **options)

    model.forward = counted
    results = {}
    for name, way in (("anew", lambda: write(model, prompt, 200)[20:]),
                      ("cache", lambda: generate(model, prompt, 200, 0.7, seed=0))):  # fmt: skip
        work.clear()
        start = time.process_time()
        tokens = way()
        results[name] = tokens, sum(work), time.process_time() - start
    del model.forward
    same = all(np.array_equal(tokens, written[20:]) for tokens, _, _ in results.values())
    print(f"both write the 200 tokens that yours wrote: {same}")
    for name, (_, read, seconds) in results.items():
        print(f"{name:6} reads {read:6,} tokens in {seconds:.2f} s")
    ratio = results["anew"][2] / results["cache"][2]
    print(f"{ratio:.1f} times as fast with the cache, on this machine")
    assert same and results["cache"][1] == 219 and results["anew"][1] == sum(range(20, 220))
    return folded("A step with a cache", next_step)


# What goes wrong


def block_drawn():
    """The norm in the branches, and on the stream."""
    d = plots.Diagram(7.2, 2.75)
    for y, first, name in ((2.05, True, "pre-LN"), (0.7, False, "post-LN")):
        d.text(0.3, y, name)
        stops, x = [], 0.75
        for part in ("attention", "feed-forward"):
            below = y - 0.45
            if first:
                norm = d.box(x + 0.65, below, "norm", 0.6, fill="white")
                layer = d.box(x + 1.7, below, part, 1.1)
                plus = d.gate(x + 2.6, y, "+", fill="white")
                d.arrow((x + 0.2, y), norm, sides=("bottom", "left"))
                d.arrow(norm, layer)
                d.arrow(layer, plus, sides=("right", "bottom"))
                stops.append(plus)
                x += 2.75
            else:
                layer = d.box(x + 0.95, below, part, 1.1)
                plus = d.gate(x + 1.75, y, "+", fill="white")
                norm = d.box(x + 2.4, y, "norm", 0.6, fill="white")
                d.arrow((x + 0.2, y), layer, sides=("bottom", "left"))
                d.arrow(layer, plus, sides=("right", "bottom"))
                stops += [plus, norm]
                x += 2.75
        line = [(0.6, y), *stops, (6.9, y)]
        for n in range(len(line) - 1):
            d.arrow(line[n], line[n + 1], colour="memory")
    plots.show(
        "Two blocks. Above, pre-normalization: the stream runs straight through two plus signs, "
        "and norms stand in the branches. Below, post-normalization: norms stand on the stream "
        "itself."
    )


def deep(V, pre, seed):
    """Four blocks of the package, with the norms in the branches or on the stream."""
    steps = [Input((None,)), Embedding(V, 32, RandomNormal(stddev=1.0)), SinePositionEncoding()]
    steps += [TransformerDecoderBlock(64, num_heads=2, normalize_first=pre) for _ in range(4)]
    steps += [LayerNormalization()] if pre else []
    return Sequential([*steps, Dense(V, "softmax")], seed=seed)


def first_batches(model, ids, warm=False, rate=1e-2, T=32, batches=130):
    """The loss, in bits, of each of the first batches of training at a high rate."""
    draws = np.random.default_rng(0)
    rising = CosineDecay(0.0, 10**6, warmup_target=rate, warmup_steps=100)
    model.compile(Adam(rising if warm else rate), "sparse_categorical_crossentropy")
    losses = []
    for _ in range(batches):
        piece = draws.integers(0, len(ids) - T - 1, 16)[:, None] + np.arange(T)
        losses.append(model.train_on_batch(ids[piece], ids[piece + 1]) / np.log(2))
    return losses


def apart(model, ids, T=32):
    """After the embedding and each block: how far vectors are from their mean, as a share."""
    x = ids[np.arange(0, 12_000, 200)[:, None] + np.arange(T)]
    shares = []
    for layer in model.layers:
        x = layer.forward(x)[0]
        if isinstance(layer, SinePositionEncoding | TransformerDecoderBlock):
            shares.append(np.linalg.norm(x - x.mean(axis=(0, 1))) / np.linalg.norm(x))
    return shares


def warm_up(gpt, found, seeds):
    """Losses of the first batches, and how much vectors differ after each block, every seed."""
    V, (ids, unseen) = len(found.characters), found.as_characters
    cases = {
        "post-LN": (False, False),
        "post-LN, warm-up": (False, True),
        "pre-LN": (True, False),
    }
    models = {n: [deep(V, pre, s) for s in seeds] for n, (pre, _) in cases.items()}
    starts = {n: [first_batches(m, ids, cases[n][1]) for m in each] for n, each in models.items()}
    differing = {name: [apart(model, unseen) for model in each] for name, each in models.items()}
    by_hand = np.mean(first_batches(gpt(V, 32, 4, 2, 64), ids)[-20:])
    warm_up_shown(starts, differing, ids)
    print(f"your gpt: {by_hand:.2f} bits")
    last = {name: [np.mean(run[-20:]) for run in runs] for name, runs in starts.items()}
    post, warm, pre = cases
    assert abs(by_hand - np.mean(last[pre])) < 0.2
    assert min(last[post]) > np.mean(last[warm]) > np.mean(last[pre])
    assert max(s[-1] for s in differing[post]) < 0.4 < min(s[-1] for s in differing[pre])


def warm_up_shown(starts, differing, ids):
    """Draw and print what `warm_up` found."""
    _, axes = plt.subplots(1, 2, figsize=(7.2, 2.8), layout="compressed", width_ratios=(1.5, 1))
    for name, colour in zip(starts, ("gradient", "weight", "memory")):
        for run, shares in zip(starts[name], differing[name]):
            smooth = np.convolve(run, np.ones(10) / 10, "valid")
            axes[0].plot(np.arange(len(smooth)) + 10, smooth, color=COLOURS[colour], lw=1.4)
            axes[1].plot(range(5), shares, "o-", ms=3.5, color=COLOURS[colour], lw=1.4)
    for x, y, name, colour in ((128, 5.05, "post-LN", "gradient"), (128, 3.4, "pre-LN", "memory"),
                               (68, 5.55, "post-LN, warm-up", "weight")):  # fmt: skip
        axes[0].text(x, y, name, color=COLOURS[colour], va="center", ha="right")
    axes[0].set(xlabel="batches", ylabel="bits on the batch", xlim=(8, 132), ylim=(3, 7))
    axes[0].set_title("Post-LN, rate 0.01: warm-up helps", fontsize=10)
    axes[1].set(xlabel="after block", ylim=(0, 1.05), xticks=range(5))
    axes[1].set_xticks(range(5), ["input", 1, 2, 3, 4])
    axes[1].set_title("Post-LN without warm-up: all alike", fontsize=10)
    axes[1].set_ylabel("how much vectors differ")
    plots.show("Left: loss over 130 batches; post-LN without warm-up stays near 4.8 bits, with "
               "warm-up it comes down, pre-LN comes down at once. Right: how much the vectors of "
               "a text differ after each block; for post-LN without it, "
               "it falls to 0.")  # fmt: skip
    print("bits, and how much vectors differ, before the first block -> after the last")
    for name, runs in starts.items():
        last = ", ".join(f"{np.mean(run[-20:]):.2f}" for run in runs)
        ways = ", ".join(f"{shares[0]:.2f} -> {shares[-1]:.2f}" for shares in differing[name])
        print(f"{name:16} {last}; {ways}")
    often = np.bincount(ids) / len(ids)
    often = often[often > 0]
    print(f"who only knows how common each character is: {-often @ np.log2(often):.2f} bits")
