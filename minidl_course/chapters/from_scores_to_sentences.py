"""What chapter 23 draws, trains beforehand and counts: searches, sentences, summaries."""

import re
import textwrap
from collections import Counter

import matplotlib.pyplot as plt
import numpy as np
from sacrebleu import corpus_bleu
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, TfidfVectorizer

from minidl import plots, utils
from minidl.datasets import docstrings, fra_eng, fra_eng_subset
from minidl.datasets.files import DataNotFoundError
from minidl.layers import (
    GRU,
    Attention,
    Bidirectional,
    Dense,
    Dropout,
    Embedding,
    Input,
    Reshape,
    concatenate,
)
from minidl.models import Model
from minidl_course.chapters.phrases import PhraseTranslator
from minidl_course.play.train_dates import COUNTS, drawn, teach, vocabularies
from minidl_course.rouge import rouge_l

COLOURS = plots.COLOURS


class Translator:
    """The translator of chapter 22; it looks at all "states" of the encoder, or at its "code"."""

    def __init__(self, V_in, V_out, look_at, M=64, D=16, rate=0.0):
        self.alone, self.look = look_at == "code", Attention()
        self.drop, self.drop_2 = Dropout(rate), Dropout(rate)
        self.embed = [Embedding(V, D, mask_zero=True) for V in (V_in, V_out)]
        gru = GRU(M // 2, return_sequences=True, return_state=True)
        self.encoder = Bidirectional(gru)
        self.decoder = GRU(M, return_sequences=True, return_state=True)
        self.join, self.guess = Dense(M, "tanh"), Dense(V_out)
        source, before = Input((None,)), Input((None,))
        logits, _ = self.write(before, *self.read(source))
        self.model = Model([source, before], logits)

    def read(self, source, mask=None):
        """source (N, S) -> the decoder's first state (N, M), and what it may look at."""
        source = self.drop(self.embed[0](source))
        states, there, back = self.encoder(source, mask=mask)
        code = concatenate([there, back])
        return code, Reshape((1, -1))(code) if self.alone else states

    def write(self, before, state, memory, mask=None):
        """before (N, T) -> logits of what comes next (N, T, V_out), and the last state."""
        before = self.drop(self.embed[1](before))
        h, state = self.decoder(before, initial_state=state)
        seen = None if mask is None else (None, mask)
        y = self.look([h, memory], mask=seen)
        return self.guess(self.drop_2(self.join(concatenate([h, y])))), state

    def writer(self, X):
        """For sources X (N, S): the decoder, a step at a time, and its state."""
        mask = X > 0
        code, memory = self.read(X, mask)
        if self.alone:
            mask = np.ones((len(X), 1), bool)

        def step(tokens, state):
            h, memory, mask = state
            logits, h = self.write(tokens[:, None], h, memory, mask > 0)
            return logits[:, 0], (h, memory, mask)

        return step, (code, memory, mask)

    def weights(self, X, Y):
        """The weights (N, T, S) with which Y (N, T + 1), start and stop included, is written."""
        code, memory = self.read(X, X > 0)
        h, _ = self.decoder(self.embed[1](Y[:, :-1]), initial_state=code)
        return self.look([h, memory], return_attention_scores=True)[1]


def forgetful(seed=0, epochs=2, batch=32, rate=1.2e-2):
    """Chapter 22's translator of dates without attention after half its epochs, and what it needs.

    Returns (translator, write, X, isos): the layer that writes, and 150 test texts of two dates.
    """
    groups = [drawn(1300, several, seed=several) for several in COUNTS]
    read, write = vocabularies([text for texts, _ in groups for text in texts])
    data = [(read(texts), write([f"<{iso}>" for iso in isos])) for texts, isos in groups]
    utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    translator = Translator(read.vocabulary_size(), write.vocabulary_size(), "code")
    teach(translator.model, data, epochs, rate, batch, rng)
    texts, isos = drawn(150, 2, "test", seed=2)
    return translator, write, read(texts), isos


def tree(totals=True):
    """Four sentences of a toy decoder; with totals, the likeliest one in colour."""
    d = plots.Diagram(7.2, 2.5)
    start = d.box(0.6, 1.25, "<", 0.4, fill="data")
    first = [d.box(2.4, y, w, 0.7) for w, y in (("he", 1.9), ("it", 0.6))]
    ends = [("is cold", 0.35, 2.25), ("has cold", 0.3, 1.55)]
    ends += [("is cold", 0.9, 0.85), ("was", 0.1, 0.25)]
    for node, p in zip(first, (0.6, 0.4)):
        d.arrow(start, node, f"{p}")
    for n, (word, p, y) in enumerate(ends):
        begin = first[n // 2]
        best = totals and n == 2
        end = d.box(4.5, y, word, 0.95, fill="output" if best else "layer")
        d.arrow(begin, end, f"{p}")
        before = (0.6, 0.4)[n // 2]
        text = f"{before} × {p} = {before * p:.2f}" if totals else "?"
        d.text(5.2, y, text, align="left")
    if totals:
        plots.show(
            "A tree: after the start, he has 0.6 and it has 0.4. He goes on to is cold 0.35 or "
            "has cold 0.3; it goes on to is cold 0.9. The whole it is cold has 0.36, the best of "
            "he only 0.21."
        )
    else:
        plots.show(
            "A tree: after the start, he has 0.6 and it has 0.4. He goes on to is cold 0.35 or "
            "has cold 0.3; it goes on to is cold 0.9 or was 0.1. Which end is likeliest?"
        )


def hook():
    """The tree without its totals: a puzzle."""
    tree(totals=False)


def load_sentences():
    """The 5,000 shortest pairs, from where they are; None where they are not on this machine."""
    for load in (fra_eng_subset.load_data, lambda: fra_eng.load_data(pairs=5000)):
        try:
            return load()
        except DataNotFoundError as error:
            missing = error
    print(f"The cells on French sentences are skipped here: {missing}")
    return None


def plain(text):
    """Lower case, with blanks around every sign."""
    return " ".join(re.findall(r"\w+(?:['’](?=\w))?|[^\w\s]", text.lower()))


def bleu(written, answers):
    """BLEU against all references, both in the form of `plain`."""
    most = max(map(len, answers))
    columns = [[plain(a[i]) if i < len(a) else None for a in answers] for i in range(most)]
    return corpus_bleu(written, columns, tokenize="none", force=True).score


def found_at(place, runs, answers):
    """Share of translations whose first (0) or last (-1) word is that of a reference."""
    words = [
        [re.findall(r"\w+", t)[place:][:1] for t in (text, *map(plain, each))]
        for written in runs
        for text, each in zip(written, answers)
    ]
    return np.mean([bool(own) and own in others for own, *others in words])


def right_ones(asked, written, answers, at_least):
    """The numbers of the translations that equal a reference, of sources of some words at least."""
    pairs = enumerate(zip(written, answers))
    right = [n for n, (text, each) in pairs if text in map(plain, each)]
    return [n for n in right if len(plain(asked[n]).split()) >= at_least]


def nearest(french, english, asked):
    """The English side of the French sentence that has most words and pairs in common."""
    tfidf = TfidfVectorizer(token_pattern=r"\S+", ngram_range=(1, 2))
    likeness = tfidf.fit_transform(map(plain, french))
    places = (tfidf.transform(map(plain, asked)) @ likeness.T).toarray().argmax(axis=1)
    return [plain(english[i]) for i in places]


def counted(french, english, asked):
    """What two translators without a network write, {name: [texts]}: by words, and by phrases."""
    counts = PhraseTranslator(map(plain, french), map(plain, english))
    ways = {"word by word": counts.word_by_word, "counted phrases": counts.translate}
    return {name: [[way(plain(text)) for text in asked]] for name, way in ways.items()}


def growing(kept, words, stop):
    """A film of a beam: at each step the beginnings that are kept, and those that have ended.

    kept: a list of steps, each a list of (log P, ids, ...); words: the text of each id.
    """
    width = max(map(len, kept))
    early = any(one[1][-1] == stop for step in kept[:-1] for one in step)
    below = 2 * width + 0.7 if early else width

    def draw(t, ax):
        ended = [one[:2] for step in kept[:t] for one in step if one[1][-1] == stop]
        rows = [one[:2] for one in kept[t]]
        rows += [None] * (width - len(rows)) + sorted(ended, reverse=True)[:width]
        for place, row in enumerate(rows):
            if row is None:
                continue
            log_p, ids = row
            over = ids[-1] == stop
            y = -place - (place >= width) * 0.7
            text = " ".join(words[i] for i in ids[1:] if i != stop) + (" ■" if over else " …")
            colour = COLOURS["output"] if over else COLOURS["data"]
            ax.barh(y, np.exp(log_p), color=colour)
            ax.text(-0.02, y, text, ha="right", va="center", fontsize=9)
            ax.text(np.exp(log_p) + 0.01, y, f"{np.exp(log_p):.3f}", va="center", fontsize=8)
        for name, y in (("kept", 0), ("ended", -width - 0.7))[: 1 + early]:
            ax.text(-0.85, y, name, va="center", fontsize=9, color="0.4")
        ax.set(xlim=(-0.85, 1.1), ylim=(0.4 - below, 0.6), yticks=[])
        ax.set(xticks=(0, 0.5, 1), xlabel="probability")
        ax.set_title(f"step {t + 1}", fontsize=10, loc="left")
        ax.spines[["top", "left", "right"]].set_visible(False)

    alt = (
        "Bars for the beginnings that a beam search keeps, and for the sentences that have ended: "
    )
    said = " ".join(words[i] for i in max(kept[-1])[1][1:] if i != stop)
    alt += f"step by step they grow by a word, and become less likely, as far as {said}"
    return plots.movie(
        draw, range(len(kept)), alt, size=(7.2, 1.1 + 0.28 * below), seconds=1.4, still=-1
    )


def maps(weights, sources, targets):
    """Three attention maps: a row for each English word, a column for each French one."""
    fig, axes = plt.subplots(1, len(weights), figsize=(7.2, 2.7), layout="compressed")
    for ax, p, source, target in zip(axes, weights, sources, targets):
        ax.imshow(p, cmap="Blues", vmin=0, vmax=1)
        ax.set_xticks(range(p.shape[1]), plain(source).split(), rotation=60, fontsize=8)
        ax.set_yticks(range(len(p)), [*target.split(), ">"], fontsize=8)
    fig.suptitle("Three right translations, and what each word looked at", fontsize=10)
    plots.show(
        "Attention of three translated sentences: a row for each English word, a column for each "
        "French one."
    )


def bleu_table(written, answers):
    """Print how good {name: texts of each run} are; {name: BLEU of each run}."""
    print("                  BLEU                  a reference, word by word")
    scores = {name: [bleu(texts, answers) for texts in runs] for name, runs in written.items()}
    for name, each in scores.items():
        spread = f"({min(each):.1f} to {max(each):.1f})" if len(each) > 1 else ""
        same = np.mean(exact(written[name], answers))
        print(f"{name:17} {np.mean(each):4.1f} {spread:15}  {same:.1%}")
    return scores


def width_and_length(widths, scores, lengths, wanted):
    """BLEU and words against the beam's width; scores and lengths {alpha: (widths, seeds)}."""
    _, axes = plt.subplots(1, 2, figsize=(7.2, 2.6), layout="compressed")
    for ax, found in zip(axes, (scores, lengths)):
        for (alpha, values), mark, kind in zip(found.items(), "os", ("memory", "weight")):
            look = {"color": COLOURS[kind], "label": f"alpha {alpha:g}"}
            ax.plot(widths, np.mean(values, axis=1), mark + "-", **look)
            for each in np.transpose(values):
                ax.plot(widths, each, mark, ms=4, alpha=0.4, color=COLOURS[kind])
        ax.set(xscale="log", xticks=widths, xticklabels=widths, xlabel="width of the beam")
        ax.minorticks_off()
    print("width              " + " ".join(f"{width:5}" for width in widths))
    for name, found in (("BLEU", scores), ("words", lengths)):
        for alpha, values in found.items():
            row = " ".join(f"{x:5.2f}" for x in np.mean(values, axis=1))
            print(f"{name:6} alpha {alpha:g}     {row}")
    print(f"words of the references {wanted:.2f}")
    axes[0].set(ylabel="BLEU", ylim=(18, 28))
    axes[0].set_title("A beam of 5 is wide enough here", fontsize=10)
    axes[1].axhline(wanted, ls=":", color=COLOURS["truth"], label="references")
    axes[1].set(ylabel="words and signs of a sentence", ylim=(3.5, 4.2))
    axes[1].set_title("From width 1 to 20: a little shorter", fontsize=10)
    axes[1].legend(frameon=False, fontsize=8)
    plots.show(
        "Left, BLEU against the beam's width: it rises a little from 1 to 5, and then stays. "
        "Right, the length of the sentences: from width 1 to 20 it falls, less if length counts."
    )


def puzzles(texts, summaries, rng):
    """Shuffled sentences of each text of two or more, and where the summary went."""
    found, places = [], []
    for text, summary in zip(texts, summaries):
        each = [summary, *docstrings.sentences(text)[:7]]
        if len(each) > 2:
            order = rng.permutation(len(each))
            found.append([each[i].lower().rstrip(".") for i in order])
            places.append(int(order.argmin()))
    return found, np.array(places)


def numbered_lines(sentences, width=74):
    """Print sentences with numbers, those that are too long in several lines."""
    for number, sentence in enumerate(sentences, start=1):
        lines = textwrap.wrap(sentence, width - 3)
        print(f"{number}  " + "\n   ".join(lines))


def textrank(each, follow=0.85):
    """Mihalcea and Tarau (2004), no stop words: where a walk between similar sentences ends up."""
    words = [set(s.split()) - ENGLISH_STOP_WORDS for s in each]
    scales = [[np.log(max(len(a) * len(b), 1) + 1) for b in words] for a in words]
    similar = np.array([[len(a & b) for b in words] for a in words]) / scales
    np.fill_diagonal(similar, 0)
    total, n = similar.sum(axis=0), len(words)
    step = np.where(total > 0, similar / np.where(total > 0, total, 1), 1 / n)
    visits = np.full(n, 1 / n)
    for _ in range(50):
        visits = (1 - follow) / n + follow * step @ visits
    return int(visits.argmax())


def naive_bayes(lessons, places, exams):
    """Which sentence of each exam its first word and its length speak for, by counts of lessons."""

    def marks(sentence):
        words = sentence.split()
        return *words[:1], len(words)

    right, wrong = Counter(), Counter()
    for each, place in zip(lessons, places):
        for n, sentence in enumerate(each):
            (right if n == place else wrong).update(marks(sentence))

    def odds(sentence):
        return sum(np.log((right[mark] + 1) / (wrong[mark] + 1)) for mark in marks(sentence))

    return [int(np.argmax([odds(sentence) for sentence in each])) for each in exams]


def chosen_well(chosen, exams, places):
    """Share that is right, and ROUGE-L of the chosen sentences with the true ones."""
    both = [(s[c], s[t]) for s, c, t in zip(exams, chosen, places)]
    return np.mean(np.array(chosen) == places), np.mean([rouge_l(*pair) for pair in both])


def choices_table(found):
    """Print {name: [(share right, ROUGE-L) of each run]}; both means, {name: number} each."""
    means = {}
    for name, runs in found.items():
        right, rouge = np.array(runs).T
        spread = f"({min(right):.0%} to {max(right):.0%})" if len(right) > 1 else ""
        print(f"{name:18} right {right.mean():.0%} {spread:13} ROUGE-L {rouge.mean():.2f}")
        means[name] = right.mean(), rouge.mean()
    return [{name: both[k] for name, both in means.items()} for k in (0, 1)]


def attention_bars(sentences, weights, place):
    """The attention of several readers (readers, S) on sentences; black is the true one."""
    cut = [f"{n}  {s if len(s) < 52 else s[:49] + '...'}" for n, s in enumerate(sentences, start=1)]
    _, ax = plt.subplots(figsize=(7.2, 2.2), layout="compressed")
    bars = ax.barh(range(len(cut)), np.mean(weights, axis=0), color=COLOURS["muted"])
    bars[place].set_color(COLOURS["truth"])
    ax.set_yticks(range(len(cut)), cut, fontsize=8)
    ax.invert_yaxis()
    ax.set(xlim=(0, 1), xlabel="attention, mean of three GRUs")
    ax.set_title("The attention is the answer", fontsize=10)
    print("attention of the GRUs on the summary:", *(f"{w[place]:.2f}" for w in weights))
    plots.show(
        "Six sentences and the attention of the GRUs on each, a bar, two of them too short to see; "
        "black, the longest, is the author's line."
    )


ENGLISH = {"you' m": "you' re", "i' re": "i' m", "am you": "are you", "are i": "am i"}
ENGLISH |= {"you am": "you are", "you was": "you were", "was you": "were you", r"i \.": "me ."}


def one_word_wrong(text):
    """A sentence with another person in it: I for you, he for she, Tom for Mary."""
    swapped = ("i", "you"), ("he", "she"), ("tom", "mary"), ("we", "they")
    other = {a: b for one, two in swapped for a, b in ((one, two), (two, one))}
    words = text.split()
    stems = [word.rstrip("'’") for word in words]
    text = " ".join(other.get(stem, stem) + word[len(stem) :] for stem, word in zip(stems, words))
    for broken, english in ENGLISH.items():
        text = re.sub(rf"\b{broken}(?!\S)", english, text)
    return text


def exact(runs, answers):
    """Share of texts that equal one of the references, for each run."""
    return [np.mean([t in map(plain, a) for t, a in zip(run, answers)]) for run in runs]


def length(texts):
    """Words and signs of a text, the mean."""
    return np.mean([len(text.split()) for text in texts])
