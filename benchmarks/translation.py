"""Translators of two GRUs, with attention and without, on dates and on sentences.

    python benchmarks/translation.py                       both parts, three seeds
    python benchmarks/translation.py --parts dates --seeds 1

dates      One to three written dates in English, French, German or Spanish, into ISO 8601.
           The share of 150 texts without a mistake, for each number of dates.
sentences  French into English, from 4,500 short pairs of Tatoeba (`fra_eng_subset`), words as
           tokens. BLEU by sacrebleu, greedy and with a beam of 5.

All networks are those of chapters 22 and 23 and are equal but for what the decoder may look at: all
states of the encoder, by dot or additive scores, or the last one alone, the code. "code, single
dates" learns from 8,000 texts with one date and nothing else: judge it by the first column. Prints
the mean, the lowest and the highest seed, and processor seconds of training (set
NUMBA_NUM_THREADS=1 and OPENBLAS_NUM_THREADS=1).
"""

import argparse
import re
import time

import numpy as np
from sacrebleu import corpus_bleu
from train_step import markdown

from minidl import Input, Model, layers, utils
from minidl.datasets import dates, fra_eng, fra_eng_subset
from minidl.losses import SparseCategoricalCrossentropy
from minidl.optimizers import Adam
from minidl.optimizers.schedules import CosineDecay
from minidl_course import decoding

LANGUAGES, COUNTS = ("en", "fr", "de", "es"), (1, 2, 3)
HEADS = {
    "dates": ["the decoder looks at", "one date", "two", "three", "CPU-s"],
    "sentences": ["the decoder looks at", "BLEU, greedy", "BLEU, beam of 5", "CPU-s"],
}


class Translator:
    """Encoder and decoder; `look_at` is "states", "additive" or "code"."""

    def __init__(self, V_in, V_out, look_at, M=64, D=16, drop=0.0):
        self.look_at = look_at
        self.embed, self.embed_out = (layers.Embedding(V, D, mask_zero=True) for V in (V_in, V_out))
        gru = layers.GRU(M // 2, return_sequences=True, return_state=True)
        self.encoder = layers.Bidirectional(gru)
        self.decoder = layers.GRU(M, return_sequences=True, return_state=True)
        self.thin, self.thin_out = layers.Dropout(drop), layers.Dropout(drop)
        self.join, self.guess = layers.Dense(M, "tanh"), layers.Dense(V_out)
        if look_at == "additive":
            self.look = layers.AdditiveAttention()
            self.query, self.key = (layers.Dense(M // 2, use_bias=False) for _ in range(2))
        else:
            self.look = layers.Attention()
        source, before = Input((None,)), Input((None,))
        memory, code = self.read(source)
        self.model = Model([source, before], self.write(before, code, memory)[0])

    def read(self, source, real=None):
        """source (N, S) -> what the decoder may look at, and its first state (N, M)."""
        states, there, back = self.encoder(self.thin(self.embed(source)), mask=real)
        code = layers.concatenate([there, back])
        return (layers.Reshape((1, -1))(code) if self.look_at == "code" else states), code

    def write(self, before, state, memory, real=None):
        """before (N, T) -> logits (N, T, V_out), and the last state."""
        h, state = self.decoder(self.thin(self.embed_out(before)), initial_state=state)
        given, mask = [h, memory], (None, real)
        if self.look_at == "additive":
            given, mask = [self.query(h), memory, self.key(memory)], (None, real, None)
        y = self.look(given, mask=None if real is None else mask)
        return self.guess(self.thin_out(self.join(layers.concatenate([h, y])))), state

    def writer(self, X):
        """Return (step, state) for `minidl_course.decoding`."""
        real = X > 0
        memory, code = self.read(X, real)
        if self.look_at == "code":
            real = np.ones((len(X), 1), bool)

        def step(tokens, state):
            h, memory, real = state
            logits, h = self.write(tokens[:, None], h, memory, real > 0)
            return logits[:, 0], (h, memory, real)

        return step, (code, memory, real)


def learn(translator, groups, epochs, batch, rate, rng):
    """Train on a list of (X, Y), a batch of one of them at a time; return processor seconds."""
    seconds, steps = 0.0, epochs * sum(-(-len(X) // batch) for X, _ in groups)
    loss = SparseCategoricalCrossentropy(from_logits=True)
    translator.model.compile(Adam(CosineDecay(rate, steps)), loss)
    for _ in range(epochs):
        batches = []
        for X, Y in groups:
            order = rng.permutation(len(X))
            batches += [(X[i], Y[i]) for i in np.array_split(order, -(-len(X) // batch))]
        begun = time.process_time()
        for n in rng.permutation(len(batches)):
            X, Y = batches[n]
            translator.model.train_on_batch((X, Y[:, :-1]), Y[:, 1:])
        seconds += time.process_time() - begun
    return seconds


def on_dates(look_at, seed, counts=COUNTS, n=1300):
    """Return the shares without a mistake for each number of dates, and seconds.

    `counts`: of dates in the texts to learn from, n each.
    """
    letters = {"standardize": None, "split": "character"}
    read, write = (layers.TextVectorization(**letters) for _ in range(2))

    def drawn(n, part, counts):
        for several in counts:
            found = dates.draw(n, several, part, LANGUAGES, several=several)
            yield [pair.text for pair in found], [pair.iso for pair in found]

    train = list(drawn(n, "train", counts))
    read.adapt([text for texts, _ in train for text in texts])
    write.adapt(["0123456789- <>"])

    groups = [(read(texts), write([f"<{iso}>" for iso in isos])) for texts, isos in train]
    utils.set_random_seed(seed)
    translator = Translator(read.vocabulary_size(), write.vocabulary_size(), look_at)
    seconds = learn(translator, groups, 4, 32, 1.2e-2, np.random.default_rng(seed))
    start, stop, listed = write.numbers["<"], write.numbers[">"], write.get_vocabulary()
    shares = []
    for texts, isos in drawn(150, "test", COUNTS):
        ids = decoding.greedy(*translator.writer(read(texts)), start, stop, 40)
        written = ["".join(listed[i] for i in each) for each in ids]
        shares.append(np.mean([a == b for a, b in zip(written, isos)]))
    return *shares, seconds


def plain(text):
    """Lower case, with blanks around every sign."""
    return " ".join(re.findall(r"\w+(?:['’](?=\w))?|[^\w\s]", text.lower()))


def on_sentences(look_at, seed):
    """Return BLEU, greedy and with a beam, and seconds."""
    (x, y), test = fra_eng_subset.load_data()
    asked, answers = fra_eng.references(*test)
    read = layers.TextVectorization(standardize=plain)
    write = layers.TextVectorization(standardize=None)
    framed = [f"< {plain(text)} >" for text in y]
    read.adapt(x)
    write.adapt(framed)
    pair = [(read(x), write(framed))]
    utils.set_random_seed(seed)
    sizes = read.vocabulary_size(), write.vocabulary_size()
    translator = Translator(*sizes, look_at, M=128, D=64, drop=0.3)
    seconds = learn(translator, pair, 5, 32, 1e-2, np.random.default_rng(seed))
    start, stop, listed = write.numbers["<"], write.numbers[">"], write.get_vocabulary()
    decoder = translator.writer(read(asked))
    greedy = decoding.greedy(*decoder, start, stop, 14)
    beams = decoding.beam(*decoder, start, stop, 14, width=5, alpha=1.0)
    columns = [
        [plain(each[i]) if i < len(each) else None for each in answers]
        for i in range(max(map(len, answers)))
    ]
    scores = [
        corpus_bleu(
            [" ".join(listed[i] for i in ids) for ids in found],
            columns,
            tokenize="none",
            force=True,
        ).score
        for found in (greedy, [each[0].ids for each in beams])
    ]
    return *scores, seconds


def table(part, results):
    """Print {title: [(score, ..., seconds) of each seed]}."""
    digits = ".0%" if part == "dates" else ".1f"
    lines = []
    for title, runs in results.items():
        *scores, seconds = zip(*runs)
        cells = [
            f"{np.mean(each):{digits}} ({min(each):{digits}} to {max(each):{digits}})"
            for each in scores
        ]
        lines.append([title, *cells, f"{np.mean(seconds):.0f}"])
    print(f"\n{part}\n\n{markdown(HEADS[part], lines)}", flush=True)


def check(part, results):
    """Hold what chapters 22 and 23 say of these results."""
    mean = {title: np.mean(runs, axis=0) for title, runs in results.items()}
    if part == "dates":
        assert mean["states, dot"][2] > 0.85 and mean["code"][2] < 0.05
        assert mean["code, single dates"][0] > 0.95 > 0.7 > mean["code"][0]
    else:
        assert min(mean["states, dot"][1], mean["states, additive"][1]) > mean["code"][1] + 5
        assert abs(mean["states, dot"][1] - mean["states, additive"][1]) < 4


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", default=",".join(HEADS), help="names, with commas")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    ways = {
        "dates": {
            "code": lambda s: on_dates("code", s),
            "states, dot": lambda s: on_dates("states", s),
            "states, additive": lambda s: on_dates("additive", s),
            "code, single dates": lambda s: on_dates("code", s, (1,), 8000),
        },
        "sentences": {
            "code": lambda s: on_sentences("code", s),
            "states, dot": lambda s: on_sentences("states", s),
            "states, additive": lambda s: on_sentences("additive", s),
        },
    }
    for part in options.parts.split(","):
        results = {name: [run(s) for s in range(options.seeds)] for name, run in ways[part].items()}
        table(part, results)
        check(part, results)


if __name__ == "__main__":
    main()
