"""The third part of `summaries.py`: write the summary line, with and without copying.

An encoder (GRUs from both sides) reads the first words of a text, a decoder (a GRU with attention)
writes the summary. Its vocabulary is small on purpose: `VOCABULARY` words. A word outside it that
stands in the text has a number of its own, from there on, and can be copied
(`layers.PointerGenerator`); without copying it is <unk>, and so is never right.

Judged on the first `JUDGED` texts of a shuffled held-out part, written word by word, the most
probable one each time: by ROUGE; by the share of words that are right if all before them are given,
<unk> never being right; and by the same share of the words that can only be copied.
"""

import time

import numpy as np

from minidl import Input, Model, layers, utils
from minidl.datasets import docstrings
from minidl.datasets.text import WordVocabulary
from minidl.initializers import RandomNormal
from minidl.optimizers import Adam
from minidl_course.rouge import rouge_l, rouge_n

VOCABULARY = 1000
SOURCE, TARGET, EXTRA = 60, 16, 60  # words of a text, of a summary; words that are only copied
JUDGED = 1000
PAD, UNKNOWN, START, END = range(4)
EPOCHS = 6


class Pairs:
    """Texts and summaries as numbers.

    Attributes:
        source, extended: (N, S), the words of the text as the encoder reads them, with <unk>, and
            as they are copied.
        given, target: (N, T), what the decoder reads, and what it should say.
        extra: for each text the list of its words outside the vocabulary.
    """

    def __init__(self, texts, summaries, vocabulary):
        self.words = {word: i for i, word in enumerate(vocabulary)}
        self.source, self.extended = np.zeros((2, len(texts), SOURCE), np.int64)
        self.given, self.target = np.zeros((2, len(texts), TARGET), np.int64)
        self.extra = []
        for n, (text, summary) in enumerate(zip(texts, summaries)):
            words = tokens(text)[:SOURCE]
            extra = list(dict.fromkeys(w for w in words if w not in self.words))
            number = self.words | {w: len(vocabulary) + i for i, w in enumerate(extra)}
            self.extra.append(extra)
            self.extended[n, : len(words)] = [number[w] for w in words]
            said = [number.get(w, UNKNOWN) for w in tokens(summary)[: TARGET - 1]]
            self.target[n, : len(said) + 1] = [*said, END]
            self.given[n, : len(said) + 1] = [START, *said]
        V = len(vocabulary)
        self.source = np.where(self.extended < V, self.extended, UNKNOWN)
        self.given = np.where(self.given < V, self.given, UNKNOWN)
        self.V = V

    def inputs(self, copying):
        """Return what the network reads, and what it should say."""
        if copying:
            return [self.source, self.given, self.extended], self.target
        return [self.source, self.given], np.where(self.target < self.V, self.target, UNKNOWN)

    def text(self, n, numbers):
        """Return the words of some numbers, up to the end."""
        words = [*self.words, *self.extra[n]]
        numbers = numbers.tolist()
        end = numbers.index(END) if END in numbers else len(numbers)
        return " ".join(words[i] for i in numbers[:end])


def tokens(text):
    """Return the words and marks of a text in lower case, without its last full stop."""
    return WordVocabulary.split(None, text.rstrip("."))


def network(V, copying, dim=48, units=64, drop=0.3):
    """Return a model of texts and the words said so far; it gives probabilities of the next ones.

    Vectors of words begin large. With the usual +-0.05 the first epochs bring nothing but how
    frequent words are.
    """
    source, given, extended = Input((SOURCE,)), Input((TARGET,)), Input((SOURCE,))
    look_up = layers.Embedding(V, dim, RandomNormal(stddev=0.5), mask_zero=True)
    read = layers.Bidirectional(layers.GRU(units // 2, return_sequences=True))
    h = read(layers.SpatialDropout1D(drop)(look_up(source)))  # (N, S, units)
    start = layers.Dense(units, "tanh")(layers.GlobalAveragePooling1D()(h))
    said = layers.SpatialDropout1D(drop)(look_up(given))
    s = layers.GRU(units, return_sequences=True)(said, initial_state=start)  # (N, T, units)
    context, w = layers.Attention()([layers.Dense(units)(s), h], return_attention_scores=True)
    p = layers.Dense(V, "softmax")(layers.Dropout(drop)(layers.Concatenate()([s, context])))
    if not copying:
        return Model([source, given], p)
    g = layers.Dense(1, "sigmoid")(layers.Concatenate()([s, context, said]))
    return Model([source, given, extended], layers.PointerGenerator(EXTRA)([p, w, g, extended]))


def written(model, pairs, copying):
    """Return the numbers (N, T) of what the model writes, the most probable word each time."""
    source, _, *extended = pairs.inputs(True)[0]
    extended = extended if copying else []
    given, numbers = np.zeros((2, len(source), TARGET), np.int64)
    given[:, 0] = START
    for t in range(TARGET):
        p = model.predict([source, given, *extended], batch_size=128, verbose=0)[:, t]
        p[:, [PAD, UNKNOWN, START]] = 0
        numbers[:, t] = p.argmax(axis=1)
        if t + 1 < TARGET:
            given[:, t + 1] = np.where(numbers[:, t] < pairs.V, numbers[:, t], UNKNOWN)
    return numbers


def right(model, pairs, copying):
    """Return the share of words right, all before them given; the same of those to be copied."""
    p = model.predict(pairs.inputs(copying)[0], batch_size=128, verbose=0)
    hit = (p.argmax(axis=2) == pairs.target) & (pairs.target != UNKNOWN)
    words, copied = pairs.target > END, pairs.target >= pairs.V
    unknown = pairs.target == UNKNOWN
    return hit[words | unknown].mean(), hit[copied].mean()


def write(train, held, seeds):
    """Train with and without copying.

    Returns {title: [(ROUGE-1, -2, -L, words right, copied right, seconds) of each seed]} and the
    first lines that were written.
    """
    order = np.random.default_rng(0).permutation(len(held[0]))[:JUDGED]
    texts, summaries = held[0][order], held[1][order]
    counted = WordVocabulary("\n".join([*train[0], *train[1]])).tokens
    vocabulary = ["<pad>", "<unk>", "<start>", "<end>", *counted][:VOCABULARY]
    learned, judged = (Pairs(*part, vocabulary) for part in (train, (texts, summaries)))
    words = judged.target[(judged.target > END) | (judged.target == UNKNOWN)]
    print(
        f"write: {len(train[0]):,} to learn from, {len(texts):,} to judge; of the words to write, "
        f"{(words >= VOCABULARY).mean():.1%} can only be copied and "
        f"{(words == UNKNOWN).mean():.1%} stand neither in the vocabulary nor in the text"
    )
    results = {"first sentence of the text": []}
    leads = [docstrings.sentences(text)[0] for text in texts]
    results["first sentence of the text"].append((*rouge(leads, summaries), *[np.nan] * 3))
    shown = []
    for title, copying in {"generated": False, "generated or copied": True}.items():
        for seed in seeds:
            utils.set_random_seed(seed)
            model = network(VOCABULARY, copying)
            model.compile(Adam(3e-3), "sparse_categorical_crossentropy")
            began = time.process_time()
            model.fit(*learned.inputs(copying), batch_size=32, epochs=EPOCHS, verbose=0)
            seconds = time.process_time() - began
            lines = [judged.text(n, i) for n, i in enumerate(written(model, judged, copying))]
            scores = *rouge(lines, summaries), *right(model, judged, copying), seconds
            results.setdefault(title, []).append(tuple(map(float, scores)))
            print(title, seed, *(f"{score:.3f}" for score in scores), flush=True)
        shown.append((title, lines[:8]))
    return results, [("the author", [s.rstrip(".") for s in summaries[:8]]), *shown]


def rouge(lines, summaries):
    """Return the means of ROUGE-1, -2 and -L."""
    ways = (rouge_n, lambda a, b: rouge_n(a, b, 2), rouge_l)
    return tuple(np.mean([way(*pair) for pair in zip(lines, summaries)]) for way in ways)
