"""Chapter 22's translator of dates: two GRUs, and attention between them."""

import numpy as np

from minidl import utils
from minidl.datasets import dates
from minidl.layers import (
    GRU,
    Attention,
    Bidirectional,
    Dense,
    Embedding,
    Input,
    TextVectorization,
    concatenate,
)
from minidl.losses import SparseCategoricalCrossentropy
from minidl.models import Model
from minidl.optimizers import Adam
from minidl.optimizers.schedules import CosineDecay
from minidl_course import decoding
from minidl_course.play import weights

LANGUAGES, COUNTS = ("en", "fr", "de", "es"), (1, 2, 3)
ANSWERS = list("0123456789- <>")  # letters of a translation; < starts it and > ends it


class Translator:
    """The chapter's translator: letters (N, S) and what was written (N, T) -> logits (N, T, V)."""

    def __init__(self, V_in, V_out, M=64, D=16):
        self.embed = Embedding(V_in, D, mask_zero=True, name="read")
        self.embed_out = Embedding(V_out, D, mask_zero=True, name="write")
        one_way = GRU(M // 2, return_sequences=True, return_state=True)
        self.encoder = Bidirectional(one_way, name="encoder")
        self.decoder = GRU(M, return_sequences=True, return_state=True, name="decoder")
        self.look = Attention()
        self.join, self.guess = Dense(M, "tanh", name="join"), Dense(V_out, name="guess")
        source, before = Input((None,)), Input((None,))
        memory, code = self.read(source)
        self.model = Model([source, before], self.write(before, code, memory)[0])

    def read(self, source, real=None):
        """source (N, S) -> all states of the encoder (N, S, M), and the decoder's first (N, M)."""
        states, there, back = self.encoder(self.embed(source), mask=real)
        return states, concatenate([there, back])

    def write(self, before, state, memory, real=None):
        """before (N, T) -> logits of the next letters (N, T, V_out), and the last state."""
        h, state = self.decoder(self.embed_out(before), initial_state=state)
        y = self.look([h, memory], mask=None if real is None else (None, real))
        return self.guess(self.join(concatenate([h, y]))), state

    def translate(self, X, start, stop, length=40):
        """The likeliest letters for sources X (N, S): a list of arrays of ids."""
        real = X > 0
        memory, code = self.read(X, real)

        def step(tokens, state):
            h, memory, real = state
            logits, h = self.write(tokens[:, None], h, memory, real > 0)
            return logits[:, 0], (h, memory, real)

        return decoding.greedy(step, (code, memory, real), start, stop, length)


def vocabularies(texts):
    """The layers that turn letters into numbers: what is read, what is written."""
    read = TextVectorization(standardize=None, split="character")
    read.adapt(texts)
    write = TextVectorization(standardize=None, split="character", vocabulary=ANSWERS)
    return read, write


def drawn(n, several, part="train", seed=0):
    """Texts and what they say: two lists of n strings."""
    pairs = dates.draw(n, seed, part, LANGUAGES, several=several)
    return [pair.text for pair in pairs], [pair.iso for pair in pairs]


def teach(model, data, epochs, rate, batch, rng):
    """Train a translator on groups (X, Y) of equal length, in batches of one group each."""
    steps = epochs * sum(-(-len(X) // batch) for X, _ in data)
    loss = SparseCategoricalCrossentropy(from_logits=True)
    model.compile(Adam(CosineDecay(rate, steps)), loss)
    for _ in range(epochs):
        batches = []
        for X, Y in data:
            order = rng.permutation(len(X))
            batches += [(X[i], Y[i]) for i in np.array_split(order, -(-len(X) // batch))]
        for n in rng.permutation(len(batches)):
            X, Y = batches[n]
            model.train_on_batch((X, Y[:, :-1]), Y[:, 1:])


def main(epochs=8, batch=32, rate=1.2e-2, seed=0, each=2600):
    """Train as the chapter does, with twice the texts and lessons; write weights/dates.json."""
    utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    groups = [drawn(each, several, seed=several) for several in COUNTS]
    read, write = vocabularies([text for texts, _ in groups for text in texts])
    data = [(read(texts), write([f"<{iso}>" for iso in isos])) for texts, isos in groups]
    translator = Translator(read.vocabulary_size(), write.vocabulary_size())
    teach(translator.model, data, epochs, rate, batch, rng)
    weights.rounded(translator.model)
    answers, found = write.get_vocabulary(), {"texts of each": 500}
    for several in COUNTS:
        texts, isos = drawn(500, several, "test", seed=several)
        ids = translator.translate(read(texts), write.numbers["<"], write.numbers[">"])
        written = ["".join(answers[i] for i in row) for row in ids]
        share = np.mean([a == b for a, b in zip(written, isos)])
        found[f"{several} in a text"] = round(float(share), 4)
    one, two, three = (found[f"{several} in a text"] for several in COUNTS)
    told = (
        "Chapter 22's translator. It writes every letter right in "
        f"{one:.1%}, {two:.1%} and {three:.1%} of 500 new texts with one, two and three dates, of "
        "days that it never saw, in English, French, German and Spanish."
    ).replace("%", " %")
    extra = {"reads": list(read.get_vocabulary()), "writes": list(answers)}
    arrays = {key: tensor.numpy() for key, tensor in translator.model.tensors().items()}
    weights.write("dates", arrays, measured=found, told=told, extra=extra)
    print(found)
