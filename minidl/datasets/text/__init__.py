"""Text for a network that guesses the next token: a character here, a word there.

    corpus = text.load_sample()                         # str
    vocabulary = text.CharacterVocabulary(corpus)       # "a" <-> 17
    ids = vocabulary.encode(corpus)                     # (T,) int64
    train, held_out = text.chronological_split(ids)     # the last tenth is not trained on
    x, y = text.windows(train, length=64)               # (N, 64), (N, 64): y is x, one later

`corpora.py` has the texts, `vocabulary.py` the numbering, `windows.py` the cutting.
"""

from minidl.datasets.split import chronological_split
from minidl.datasets.text.corpora import load_prose, load_sample, load_shakespeare
from minidl.datasets.text.vocabulary import CharacterVocabulary, Vocabulary, WordVocabulary
from minidl.datasets.text.windows import streams, windows

__all__ = [
    "CharacterVocabulary",
    "Vocabulary",
    "WordVocabulary",
    "chronological_split",
    "load_prose",
    "load_sample",
    "load_shakespeare",
    "streams",
    "windows",
]
