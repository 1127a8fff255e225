"""Which number stands for which token.

A network reads numbers. A vocabulary gives every token of a text one, from 0 on: first the tokens
that you reserve, then those of the text, the most frequent first, and in the order of their code
points where two are equally frequent. The same text gives the same numbers, in every process.
"""

import re
from collections import Counter

import numpy as np


class Vocabulary:
    """What both vocabularies share; a subclass says how to `split` a text and `join` tokens.

    Args:
        text: str; its tokens make the vocabulary.
        min_count: tokens that occur less often are left out.
        max_size: how many tokens there may be, reserved ones included; the rarest are left out.
        unknown: a token such as "<unk>" that stands for all that is not in the vocabulary.
            Without it, such a token is an error.
        padding: a token such as "<pad>" that fills short sequences (`utils.pad_sequences`). It
            gets the number 0, which `Embedding(mask_zero=True)` skips; `decode` leaves it out.

    Attributes:
        tokens: list of str, each at its number.
        counts: dict from token to how often the text has it, rare ones included.

    Raises:
        ValueError: a text without tokens; a reserved token that the text contains; tokens that
            would be left out, and no `unknown` to stand for them.
    """

    def __init__(self, text, min_count=1, max_size=None, unknown=None, padding=None):
        if not isinstance(text, str):
            raise TypeError(f"a vocabulary is made from a text, a str; got {type(text).__name__}")
        self.unknown, self.padding = unknown, padding
        reserved = [token for token in (padding, unknown) if token is not None]
        counts = Counter(self.split(text))
        self.counts = dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
        if not counts:
            raise ValueError(f"a text of length {len(text)} has no tokens to make a vocabulary of")
        if clash := [token for token in reserved if token in counts]:
            raise ValueError(f"the text contains {clash[0]!r}, which cannot be reserved then")
        if max_size is not None and max_size <= len(reserved):
            raise ValueError(f"max_size={max_size} leaves no room beside {len(reserved)} reserved")
        frequent = [token for token, count in self.counts.items() if count >= min_count]
        self.tokens = (reserved + frequent)[:max_size]
        left_out = len(counts) + len(reserved) - len(self.tokens)
        if left_out and unknown is None:
            raise ValueError(
                f"min_count={min_count} and max_size={max_size} leave out {left_out} of "
                f'{len(counts)} tokens: say what stands for them, such as unknown="<unk>"'
            )
        self._numbers = {token: i for i, token in enumerate(self.tokens)}

    def split(self, text):
        """Return the list of tokens of a text."""
        raise NotImplementedError(f"{type(self).__name__}.split")

    def join(self, tokens):
        """Return the text of a list of tokens."""
        raise NotImplementedError(f"{type(self).__name__}.join")

    def encode(self, text):
        """Return the numbers of the tokens of a text, (T,) int64.

        Raises `ValueError` if a token is not in the vocabulary and nothing stands for it.
        """
        tokens = self.split(text)
        instead = self._numbers.get(self.unknown, -1)
        ids = np.array([self._numbers.get(token, instead) for token in tokens], np.int64)
        if (ids < 0).any():
            missing = list(dict.fromkeys(t for t in tokens if t not in self._numbers))
            raise ValueError(
                f"{', '.join(map(repr, missing[:5]))}{', ...' if missing[5:] else ''} at position "
                f"{int(np.argmin(ids))} of the text: not in this vocabulary of {len(self)} tokens. "
                'Leave it out of the text, or make the vocabulary with unknown="<unk>"'
            )
        return ids

    def decode(self, ids):
        """Return the text that ids (T,) stand for; padding is left out.

        Raises `ValueError` if one is not the number of a token.
        """
        ids = np.asarray(ids)
        if ids.ndim != 1 or (ids.size and ids.dtype.kind not in "iu"):
            raise ValueError(f"decode needs integers (T,); got {ids.dtype} of shape {ids.shape}")
        if ids.size and not 0 <= ids.min() <= ids.max() < len(self):
            raise ValueError(
                f"decode needs numbers from 0 to {len(self) - 1}; got some from {ids.min()} to "
                f"{ids.max()}"
            )
        tokens = (self.tokens[i] for i in ids.tolist())
        return self.join([token for token in tokens if token != self.padding])

    def __len__(self):
        """How many tokens there are: the width of the model's last layer."""
        return len(self.tokens)

    def __contains__(self, token):
        return token in self._numbers


class CharacterVocabulary(Vocabulary):
    """Every character is a token, blanks and line ends too: `decode(encode(text)) == text`."""

    def split(self, text):
        """Return the list of characters."""
        return list(text)

    def join(self, tokens):
        """Return the characters in a row."""
        return "".join(tokens)


class WordVocabulary(Vocabulary):
    """Words and punctuation marks are the tokens, in lower case.

    A word is letters, digits and underscores, with apostrophes inside: "don't" is one. `decode`
    puts a blank between two tokens, so capitals and line ends are lost.
    """

    def split(self, text):
        """Return the list of words and punctuation marks."""
        return re.findall(r"\w+(?:['’]\w+)*|[^\w\s]", text.lower())

    def join(self, tokens):
        """Return the tokens with blanks between them."""
        return " ".join(tokens)
