"""Two parts of `summaries.py`: choose a summary among sentences, and find one among others.

All is in lower case and loses its last full stop, so that neither gives a summary away.
"""

import collections
import time

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from minidl import Input, Model, Sequential, layers, utils
from minidl.datasets import docstrings
from minidl.datasets.text import WordVocabulary
from minidl.optimizers import Adam
from minidl_course.chapters.from_scores_to_sentences import textrank
from minidl_course.rouge import rouge_l, rouge_n

SENTENCES, WORDS = 8, 24  # of a docstring, the summary included; of a sentence


def candidates(texts, summaries):
    """Return [summary, sentence, ...] of each text that has two sentences or more."""
    found = []
    for text, summary in zip(texts, summaries):
        sentences = docstrings.sentences(text)[: SENTENCES - 1]
        if len(sentences) > 1:
            found.append([s.lower().rstrip(".") for s in (summary, *sentences)])
    return found


def shuffled(found, rng):
    """Return the sentences of each in another order, and the places (N,) of the summaries."""
    orders = [rng.permutation(len(sentences)) for sentences in found]
    mixed = [[s[i] for i in order] for s, order in zip(found, orders)]
    return mixed, np.array([int(order.argmin()) for order in orders])


def numbered(mixed, vocabulary, n_sentences=SENTENCES):
    """Return the numbers of the words (N, S, L); 0 fills up."""
    x = np.zeros((len(mixed), n_sentences, WORDS), np.int64)
    for i, sentences in enumerate(mixed):
        for j, sentence in enumerate(sentences):
            ids = vocabulary.encode(sentence)[:WORDS]
            x[i, j, : len(ids)] = ids
    return x


def first(sentences, weigh):
    """The first in the shuffled order: chance."""
    return 0


def shortest(sentences, weigh):
    """The one with the fewest words; the first of them."""
    return int(np.argmin([len(s.split()) for s in sentences]))


def central(sentences, weigh):
    """TF-IDF: the one nearest to the mean of all."""
    v = weigh.transform(sentences).toarray()  # (S, V)
    return int((v @ v.mean(axis=0)).argmax())


def central_by_walk(sentences, weigh):
    """TextRank, as chapter 23 has it."""
    return textrank(sentences)


def reader(vocabulary, kind, dim=32, drop=0.3):
    """Return what makes a vector (D,) of a sentence (L,); one without words gives zeros."""
    encoder = layers.GRU(dim) if kind == "gru" else layers.GlobalAveragePooling1D()
    words = layers.Embedding(len(vocabulary), dim, mask_zero=True)
    return Sequential([words, layers.SpatialDropout1D(drop), encoder])


def chooser(vocabulary, kind, compare=True, dim=32, drop=0.3):
    """Return a model whose answer is its attention: which sentence the mean of all looks at."""
    x = Input((SENTENCES, WORDS))
    v = layers.Masking()(
        layers.TimeDistributed(reader(vocabulary, kind, dim, drop))(x)
    )  # (N, S, D)
    v = layers.Dropout(drop)(v)
    if compare:
        q = layers.Reshape((1, dim))(layers.Dense(dim)(layers.GlobalAveragePooling1D()(v)))
        k = layers.Dense(dim)(v)
        _, w = layers.AdditiveAttention()([q, v, k], return_attention_scores=True)  # (N, 1, S)
        return Model(x, layers.Reshape((SENTENCES,))(w))
    score = layers.Dense(1)(layers.Dense(dim, "tanh")(v))  # each sentence by itself
    return Model(x, layers.Softmax()(layers.Reshape((SENTENCES,))(score)))


def choose(train, held, seeds):
    """Return {title: [(accuracy, ROUGE-1, -2, -L, seconds) of each seed]}."""
    train, held = candidates(*train), candidates(*held)
    vocabulary = WordVocabulary(
        "\n".join(s for sentences in train for s in sentences),
        **{"min_count": 2, "unknown": "<unk>", "padding": "<pad>"},
    )
    weigh = TfidfVectorizer(sublinear_tf=True).fit([" ".join(sentences) for sentences in train])
    print(
        f"choose: {len(train):,} to learn from, {len(held):,} to judge, {len(vocabulary):,} words"
    )
    mixed, places = shuffled(train, np.random.default_rng(0))
    x, judged = (
        numbered(mixed, vocabulary),
        [shuffled(held, np.random.default_rng(s)) for s in seeds],
    )
    results = collections.defaultdict(list)
    for title, way in OPPONENTS.items():
        for sentences, true in judged:
            chosen = np.array([way(s, weigh) for s in sentences])
            results[title].append((*judge(sentences, chosen, true), np.nan))
    for title, (kind, compare, epochs) in NETWORKS.items():
        for seed, (sentences, true) in zip(seeds, judged):
            utils.set_random_seed(seed)
            model = chooser(vocabulary, kind, compare)
            model.compile(Adam(5e-3), "sparse_categorical_crossentropy")
            began = time.process_time()
            model.fit(x, places, 32, epochs, verbose=0)
            seconds = time.process_time() - began
            w = model.predict(numbered(sentences, vocabulary), batch_size=256, verbose=0)
            chosen = np.array([row[: len(s)].argmax() for row, s in zip(w, sentences)])
            results[title].append((*judge(sentences, chosen, true), seconds))
    return results


def judge(sentences, chosen, true):
    """Return the accuracy, and ROUGE-1, -2 and -L of what was chosen."""
    scores = [(chosen == true).mean()]
    pairs = [(s[c], s[t]) for s, c, t in zip(sentences, chosen, true)]
    for score in (rouge_n, lambda a, b: rouge_n(a, b, 2), rouge_l):
        scores.append(np.mean([score(*pair) for pair in pairs]))
    return tuple(map(float, scores))


def find(train, held, seeds, n=10, epochs=8):
    """Return {title: [(accuracy, seconds) of each seed]}: which of ten belongs to a text?"""
    lower = [[np.char.lower(side.astype(str)) for side in part] for part in (train, held)]
    vocabulary = WordVocabulary(
        "\n".join([*lower[0][0], *lower[0][1]]), min_count=2, unknown="<unk>", padding="<pad>"
    )
    weigh = TfidfVectorizer(sublinear_tf=True).fit(lower[0][0])
    print(f"find: {len(lower[0][0]):,} to learn from, {len(lower[1][0]):,} to judge")
    results = collections.defaultdict(list)
    for seed in seeds:
        texts, choices, true = among(*lower[1], n, np.random.default_rng(seed))
        a, b = weigh.transform(texts), [weigh.transform(c) for c in choices]
        found = np.array([(c @ a[i].T).toarray().argmax() for i, c in enumerate(b)])
        results["TF-IDF, cosine"].append(((found == true).mean(), np.nan))
        utils.set_random_seed(seed)
        model = matcher(vocabulary, n)
        model.compile(Adam(3e-3), "sparse_categorical_crossentropy")
        began = time.process_time()
        rng = np.random.default_rng(seed)
        for _ in range(epochs):  # nine others are drawn anew
            text, ten, places = among(*lower[0], n, rng)
            model.fit(pairs(text, ten, vocabulary, n), places, 64, 1, verbose=0)
        seconds = time.process_time() - began
        p = model.predict(pairs(texts, choices, vocabulary, n), batch_size=256, verbose=0)
        results["learned, both sides"].append(((p.argmax(axis=1) == true).mean(), seconds))
    return results


def among(texts, summaries, n, rng):
    """Return texts, n summaries of each in a random order, and the places of their own."""
    N = len(texts)
    others = (np.arange(N)[:, None] + rng.integers(1, N, (N, n))) % N  # never one's own
    places = rng.integers(0, n, N)
    others[np.arange(N), places] = np.arange(N)
    return texts, summaries[others], places


def pairs(texts, choices, vocabulary, n):
    """Return what `matcher` reads: the words of the texts (N, 8, L) and of the summaries."""
    cut = [docstrings.sentences(text)[:SENTENCES] for text in texts]
    return [numbered(cut, vocabulary), numbered(choices, vocabulary, n)]


def matcher(vocabulary, n, dim=64, drop=0.3):
    """Return a model that gives text and summaries vectors, and takes the product for a score."""
    text, ten = Input((SENTENCES, WORDS)), Input((n, WORDS))
    read = reader(vocabulary, "bag", dim, drop)
    sentences = layers.Masking()(layers.TimeDistributed(read)(text))  # (N, S, D)
    q = layers.Dense(dim)(layers.GlobalAveragePooling1D()(sentences))  # (N, D)
    k = layers.Dense(dim)(layers.TimeDistributed(read)(ten))  # (N, n, D)
    return Model([text, ten], layers.Softmax()(layers.Dot((2, 1))([k, q])))


OPPONENTS = {"first": first, "shortest": shortest, "TF-IDF": central, "TextRank": central_by_walk}
NETWORKS = {
    "bag, each by itself": ("bag", False, 2),
    "bag, attention": ("bag", True, 2),
    "GRU, each by itself": ("gru", False, 2),
    "GRU, attention": ("gru", True, 2),
}
