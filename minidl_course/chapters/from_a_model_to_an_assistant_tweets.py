"""Tweets for chapter 26: encoders that learn from text without labels, then from few labels."""

from typing import NamedTuple

import numpy as np

from minidl import layers, utils
from minidl.layers import Input
from minidl.models import Model, Sequential
from minidl.optimizers import Adam, AdamW
from minidl_course import lora
from minidl_course.chapters import sentiment, word_vectors
from minidl_course.chapters.common import softmax
from minidl_course.chapters.word_vectors import balanced
from minidl_course.language_model import SMALL, share_of_rate

V, T = 4000, 32  # words with a number, and words of a tweet at most, as in chapter 20
MASK = V  # the token of a covered word
UNKNOWN = 1


class Tweets(NamedTuple):
    """Training, validation and test as tokens (N, T) and labels; all tweets that have no label."""

    parts: list
    labels: list
    more: np.ndarray
    words: list


def load():
    """The tweets of chapter 20, and those of chapter 21 without labels."""
    given = sentiment.load()
    vectorize = layers.TextVectorization(V, sentiment.clean, output_sequence_length=T)
    vectorize.adapt(given[0][0])
    tokens = [vectorize(texts).astype(int) for texts, _ in given]
    more = vectorize(word_vectors.more_tweets()).astype(int)
    return Tweets(tokens, [y for _, y in given], more, [*vectorize.get_vocabulary(), "[MASK]"])


def body(causal, D=64, blocks=2, heads=4, seed=0):
    """Tokens (N, T) -> vectors (N, T, D): an encoder, or with `causal` the same blocks of a GPT."""
    utils.set_random_seed(seed)
    block = layers.TransformerDecoderBlock if causal else layers.TransformerEncoderBlock
    how = {"normalize_first": True, "norm": "rms", "activation": "swiglu", "rotary": True}
    how |= {"use_bias": False, "dropout": 0.1, "kernel_initializer": SMALL}
    ids = Input((None,))
    x = layers.Dropout(0.1)(layers.Embedding(V + 1, D, SMALL, mask_zero=True)(ids))
    for _ in range(blocks):
        x = block(8 * D // 3 // 16 * 16, heads, **how)(x)
    return Model(ids, layers.RMSNormalization()(x))


def guess(model, x, y, where):
    """The loss of guessing the words y (N, T) at the places `where`; gradients are added.

    Logits are products with the vectors of the words, and made at these places alone.
    """
    E = next(layer for layer in model.layers if isinstance(layer, layers.Embedding)).W
    h, cache = model.forward(x, True)  # (N, T, D)
    seen, truth = h[where], y[where]
    p = softmax(seen @ E.value.T)  # (P, V), in float32: they are many
    loss = -np.log(p[np.arange(len(p)), truth]).mean()
    p[np.arange(len(p)), truth] -= 1
    dz = (p / len(p)).astype(h.dtype)
    dh = np.zeros_like(h)
    dh[where] = dz @ E.value
    model.backward(dh, cache)
    E.grad += dz.T @ seen
    return float(loss)


def hide(ids, rng, share=0.4):
    """Tokens with some masked, and where they have to be guessed."""
    where = (ids > UNKNOWN) & (rng.random(ids.shape) < share)
    dice = rng.random(ids.shape)
    x = np.where(where & (dice < 0.8), MASK, ids)
    other = rng.integers(2, V, ids.shape)
    return np.where(where & (dice > 0.9), other, x), where


def game(ids, causal, rng):
    """What is read, what is to be guessed and where, in one of the two games."""
    if causal:
        return ids[:, :-1], ids[:, 1:], ids[:, 1:] > UNKNOWN
    x, where = hide(ids, rng)
    return x, ids, where


def pretrain(model, more, causal, seconds, clock, rate=3e-3, N=64, seed=0):
    """Play a game for so many seconds of a clock; the losses of all steps.

    The rate rises over a twentieth of the time and falls as half a cosine. Tweets of a batch are
    about equally long, and nobody computes the padding behind the longest.
    """
    rng, losses, batches = np.random.default_rng(seed), [], []
    optimizer = AdamW(rate, 0.05, global_clipnorm=1.0)
    length, start = (more > 0).sum(axis=1), clock()
    while (share := (clock() - start) / seconds) < 1:
        if not batches:
            order = np.argsort(length + 4 * rng.random(len(length)))
            batches = list(rng.permutation(order[: len(order) // N * N].reshape(-1, N)))
        few = batches.pop()
        ids = more[few, : length[few].max()]
        optimizer.learning_rate = rate * share_of_rate(share)
        model.zero_grad()
        losses.append(guess(model, *game(ids, causal, rng)))
        optimizer.step(model.trainable_weights, model.ops)
    return losses


def for_a_moment(more, clock, seconds=5):
    """Play the game of masked words for some seconds, and say what that brings."""
    losses = pretrain(body(causal=False), more, False, seconds, clock)
    first, last = np.mean(losses[:5]), np.mean(losses[-20:])
    print(f"{len(more):,} tweets without labels; after {seconds} seconds")
    print(f"the loss has come from {first:.1f} to {last:.1f} nats")
    assert last < first - 1


def judge(body, train="all", r=4, seed=0):
    """A classifier on the mean of the vectors of a body: all of it is trained, LoRA, or a head."""
    utils.set_random_seed(seed)
    steps = [body, layers.GlobalAveragePooling1D(), layers.Dropout(0.3)]
    model = Sequential([*steps, layers.Dense(1, "sigmoid")])
    model.prepare((T,))
    if train != "all":
        body.trainable = train == "LoRA"
    if train == "LoRA":
        lora.attach(body, r)
    return model


def fine_tune(model, tweets, count, epochs, rate, seed=0):
    """Learn from `count` labels, drawn by the seed; keep the epoch that is best on validation.

    Returns the test score: the balanced accuracy of chapter 20.
    """
    (x, x_val, x_test), (y, y_val, y_test) = tweets.parts, tweets.labels
    few = np.random.default_rng(seed).permutation(len(y))[:count]
    praise = y[few].mean()
    model.compile(Adam(rate), "binary_crossentropy")
    best, kept = 0, None
    for _ in range(epochs):
        options = {"verbose": 0, "class_weight": {0: 0.5 / (1 - praise), 1: 0.5 / praise}}
        model.fit(x[few], y[few], 16 if count < 1000 else 64, 1, **options)
        score = balanced(y_val, praised(model, x_val))
        if score > best:
            best, kept = score, model.get_weights()
    model.set_weights(kept)
    return balanced(y_test, praised(model, x_test))


def praised(model, x):
    """True where a classifier says praise."""
    return model.predict(x, 128, verbose=0)[:, 0] > 0.5
