"""From texts to rows of integers, with Keras's rules."""

import collections
import re
import string

import numpy as np

from minidl.base import checks, naming
from minidl.layers.layer import Layer

PADDING, UNKNOWN = "", "[UNK]"  # what the tokens 0 and 1 stand for
_PUNCTUATION = re.compile(f"[{re.escape(string.punctuation)}]")
_STANDARDIZE = {
    None: lambda text: text,
    "lower": str.lower,
    "strip_punctuation": lambda text: _PUNCTUATION.sub("", text),
    "lower_and_strip_punctuation": lambda text: _PUNCTUATION.sub("", text.lower()),
}
_SPLIT = {None: lambda text: [text], "whitespace": str.split, "character": list}


class TextVectorization(Layer):
    """Each text becomes a row of the numbers of its words, or a row that counts them.

        "int"         (N, T): the words in their order; 0 fills short rows, 1 stands for words that
                      are not in the vocabulary
        "multi_hot"   (N, V): 1 where the text has the word, else 0; no place for padding
        "count"       (N, V): how often the text has it

    It learns its vocabulary from `adapt(texts)` and nothing in training. It is called on the data,
    before `fit`, and cannot stand in a model:

        vectorize = TextVectorization(max_tokens=10_000, output_sequence_length=80)
        vectorize.adapt(texts)
        model.fit(vectorize(texts), y)

    Args:
        max_tokens: size of the vocabulary, padding and unknown included; the most frequent words
            are kept, of equally frequent ones the last in the order of their code points.
        standardize: "lower_and_strip_punctuation", "lower", "strip_punctuation", None, or a
            function from str to str.
        split: "whitespace", "character", None (the text is one token), or a function from str to
            a list of str.
        output_mode: as above.
        output_sequence_length: T for "int": longer rows lose their end. None: the longest row's.
        vocabulary: list of the words, most frequent first, instead of `adapt`.
        options: `name` (see `Layer`).
    """

    def __init__(
        self,
        max_tokens=None,
        standardize="lower_and_strip_punctuation",
        split="whitespace",
        output_mode="int",
        output_sequence_length=None,
        vocabulary=None,
        **options,
    ):
        super().__init__(**options)
        self.max_tokens = max_tokens and checks.positive_integer("max_tokens", max_tokens)
        self.standardize = _one_of("standardize", standardize, _STANDARDIZE)
        self.split = _one_of("split", split, _SPLIT)
        self.output_mode = naming.one_of("output_mode", output_mode, "int", "multi_hot", "count")
        self.output_sequence_length = output_sequence_length
        self.numbers = {}  # of each word
        if vocabulary is not None:
            self.set_vocabulary(vocabulary)

    def build(self, shape, rng):
        """Refuse to stand in a model."""
        raise TypeError(
            f"layer {self.name!r} turns texts into numbers and cannot stand in a model: call it "
            f"on the data, model.fit({self.name}(texts), y), and leave it out of the model"
        )

    def adapt(self, data):
        """Make the vocabulary from a list of texts."""
        counts = collections.Counter(word for text in _texts(data) for word in self.words(text))
        ranked = sorted(counts, key=lambda word: (counts[word], word), reverse=True)
        room = None if self.max_tokens is None else max(self.max_tokens - self._reserved(), 0)
        self.set_vocabulary(ranked[:room])

    def set_vocabulary(self, vocabulary):
        """Take the words of a list, which may begin with "" and "[UNK]"."""
        words = [word for word in vocabulary if word not in (PADDING, UNKNOWN)]
        if len(set(words)) < len(words):
            raise ValueError("a word stands twice in the vocabulary")
        self.numbers = {word: i for i, word in enumerate(words, start=self._reserved())}

    def get_vocabulary(self, include_special_tokens=True):
        """Return the list of words, each at its number; with "" for padding and "[UNK]"."""
        special = [PADDING, UNKNOWN][2 - self._reserved() :]
        return special * include_special_tokens + list(self.numbers)

    def get_config(self):
        """As in `Layer`, with the vocabulary."""
        config = super().get_config()
        return config | {"vocabulary": list(self.numbers)} if self.numbers else config

    def vocabulary_size(self):
        """Return how many tokens there are, padding and unknown included."""
        return len(self.get_vocabulary())

    def words(self, text):
        """Return the list of tokens of one text."""
        return self.split(self.standardize(text))

    def __call__(self, x, **unused):
        """Return (N, T) int64, or (N, V) float32, for a list of N texts, or an array (N, 1)."""
        if not self.numbers:
            raise RuntimeError(f"layer {self.name!r} has no vocabulary: call adapt(texts) first")
        unknown = self._reserved() - 1
        rows = [[self.numbers.get(w, unknown) for w in self.words(text)] for text in _texts(x)]
        if self.output_mode == "int":
            T = self.output_sequence_length or max(map(len, rows))
            y = np.zeros((len(rows), T), np.int64)
            for i, row in enumerate(rows):
                y[i, : len(row)] = row[:T]
            return y
        y = np.zeros((len(rows), self.vocabulary_size()), np.float32)
        for i, row in enumerate(rows):
            np.add.at(y[i], row, 1)
        return np.minimum(y, 1) if self.output_mode == "multi_hot" else y

    def _reserved(self):
        return 2 if self.output_mode == "int" else 1


def _one_of(name, given, table):
    """Return the function that a name stands for, or the function given."""
    if callable(given):
        return given
    if given not in table:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, table))}; got {given!r}")
    return table[given]


def _texts(data):
    """Return the texts of a list, or an array (N,) or (N, 1), as a list of str."""
    array = np.asarray(data, dtype=object)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1 or not len(array) or not all(isinstance(text, str) for text in array):
        got = f"{type(data).__name__} of shape {array.shape}"
        raise TypeError(f"TextVectorization needs a list of texts, each a str; got a {got}")
    return array.tolist()
