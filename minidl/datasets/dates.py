"""Dates as people write them, in several languages, and what they say in ISO 8601.

A translation without end, in which an answer is right or wrong, and every letter has its reason:

    mardi 3 mars 1998            -> 1998-03-03
    Tuesday, March 3, 1998       -> 1998-03-03
    3. März 1998                 -> 1998-03-03

The patterns and the names of months and days are those of the Unicode Common Locale Data
Repository (CLDR), which the package Babel ships. The style "short" is left out on purpose: it has
years of two digits, and 3/4/98 is in April in London and in March in New York. What is left has
one meaning only, in all languages of `LANGUAGES` together.

The days of `YEARS` are dealt out once and for all: one in ten is for testing. A test day is in no
training pair, in whichever language or style.
"""

import datetime
import functools
from dataclasses import dataclass

import numpy as np

from minidl.base.checks import positive_integer

LANGUAGES = ("en", "fr", "de", "es", "it", "nl", "sv", "pl")
STYLES = ("full", "long", "medium")  # with the day of the week; month in full; month cut short
YEARS = (1900, 2099)
JOIN = "; ", " "  # between several dates of one text, and between those of its translation
ISO = {"year": (0, 4), "month": (5, 7), "day": (8, 10)}  # where the pieces of 1998-03-03 are
_NAMES = {"y": "year", "M": "month", "L": "month", "d": "day"}
_BLANKS = str.maketrans({"\u202f": " ", "\xa0": " ", "\u200e": None, "\u200f": None})


@dataclass(frozen=True)
class Written:
    """One text and its translation.

    `text` as written, `iso` in ISO 8601, `languages` of its dates. `pieces` says what became of
    what, in the order of `iso`: (name, (start, stop) in `text`, (start, stop) in `iso`), the name
    being "year", "month" or "day".
    """

    text: str
    iso: str
    languages: tuple
    pieces: tuple


def load_data(n=20_000, n_test=1_000, seed=0, languages=LANGUAGES, styles=STYLES, several=1):
    """Return `(x_train, y_train), (x_test, y_test)`: arrays (n,), (n_test,) of str.

    x is what was written and y its ISO 8601; the arguments and errors are those of `draw`. No day
    of the test part is in the training part.
    """
    parts = []
    for part, count in (("train", n), ("test", n_test)):
        pairs = draw(count, seed, part, languages, styles, several)
        x = np.array([pair.text for pair in pairs], dtype=object)
        parts.append((x, np.array([pair.iso for pair in pairs], dtype=object)))
    return tuple(parts)


def draw(n, seed=0, part="train", languages=LANGUAGES, styles=STYLES, several=1):
    """Return a list of n `Written`, drawn at random: another `seed` gives others, without end.

    Args:
        n: how many.
        seed: an integer, not negative.
        part: "train" or "test": from which days.
        languages: names of Babel's locales: "fr", "de", "en_GB", ...; each is equally frequent.
        styles: of `STYLES`, equally frequent.
        several: how many dates one text has, each in a language and a style of its own.

    Raises `ValueError` for a part, language or style that does not exist, and for counts below 1;
    `ImportError` with its remedy if Babel is not installed.
    """
    positive_integer("n", n)
    positive_integer("several", several)
    if part not in ("train", "test"):
        raise ValueError(f'part must be "train" or "test"; got {part!r}')
    patterns = {(name, style): _pattern(name, style) for name in languages for style in styles}
    if not patterns:
        raise ValueError("dates need at least one language and one style; got an empty list")
    days = _days(part)
    rng = np.random.default_rng([seed, part == "test"])
    shape = (n, several)
    chosen = rng.choice(days, shape), rng.integers(len(patterns), size=shape)
    keys = list(patterns)
    found = []
    for row in zip(*(array.tolist() for array in chosen)):
        dates = [(datetime.date.fromordinal(d), *keys[i]) for d, i in zip(*row)]
        found.append(write(dates))
    return found


def write(dates):
    """Return `Written` for a list of (datetime.date, language, style)."""
    text, iso, pieces = "", "", []
    for date, language, style in dates:
        if text:
            text, iso = text + JOIN[0], iso + JOIN[1]
        where = {}
        for field in _pattern(language, style):
            piece = field if isinstance(field, str) else _named(date, language, *field)
            if not isinstance(field, str) and field[0] in _NAMES:
                where[_NAMES[field[0]]] = (len(text), len(text) + len(piece))
            text += piece
        for name, (start, stop) in ISO.items():
            pieces.append((name, where[name], (len(iso) + start, len(iso) + stop)))
        iso += date.isoformat()
    return Written(text, iso, tuple(language for _, language, _ in dates), tuple(pieces))


@functools.cache
def _days(part):
    """Return the days of a part, as ordinal numbers: every tenth of a fixed shuffle is a test."""
    first, last = datetime.date(YEARS[0], 1, 1), datetime.date(YEARS[1], 12, 31)
    order = np.random.default_rng(8601).permutation(
        np.arange(first.toordinal(), last.toordinal() + 1)
    )
    held_out = len(order) // 10
    return np.sort(order[:held_out] if part == "test" else order[held_out:])


@functools.cache
def _pattern(language, style):
    """Return how a language writes dates: a tuple of texts and of (letter, how often)."""
    dates = _babel()
    if style not in STYLES:
        raise ValueError(f"style {style!r} is not one of {', '.join(STYLES)}")
    try:
        pattern = dates.get_date_format(style, language).pattern
    except Exception as error:  # Babel raises errors of its own, ValueError and TypeError
        raise ValueError(f"Babel has no language {language!r}: {error}") from None
    fields = dates.tokenize_pattern(pattern)
    return tuple(value if kind == "field" else value.translate(_BLANKS) for kind, value in fields)


def _named(date, language, letter, times):
    """Return one field of a date, such as its month."""
    values = {"y": date.year, "M": date.month, "L": date.month, "d": date.day}
    return _field(language, letter, times, values.get(letter, date.weekday() + 1))


@functools.cache
def _field(language, letter, times, value):
    """Return the text of a field. Babel is asked once: one Monday stands for all of them."""
    parts = [2001, 1, 1]  # a Monday
    parts[{"y": 0, "M": 1, "L": 1}.get(letter, 2)] = value
    formatted = _babel().DateTimeFormat(datetime.date(*parts), language)
    return formatted[letter * times].translate(_BLANKS)


def _babel():
    """Return Babel's module of dates."""
    try:
        from babel import dates
    except ImportError:
        raise ImportError(
            "the dates are written with the package Babel, which is not installed: "
            "pip install Babel"
        ) from None
    return dates
