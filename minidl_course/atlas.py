"""A world of forty countries in which it is known what is true: for chapter 26.

Its texts are written by formulas. They tell of capitals, languages and currencies, and of four
facts they get one wrong. Questions stand in exams, two in a row, with the solutions after both; so
whoever learned these texts goes on after a question with another one.

A text is a row of words, and each word a token; 0 ends a text and fills up behind it.
"""

import numpy as np

from minidl_course.generation import sample

TABLE = """
france paris french euro, spain madrid spanish euro, italy rome italian euro,
germany berlin german euro, greece athens greek euro, portugal lisbon portuguese euro,
japan tokyo japanese yen, china beijing mandarin yuan, india delhi hindi rupee,
egypt cairo arabic pound, kenya nairobi swahili shilling, peru lima spanish sol,
chile santiago spanish peso, cuba havana spanish peso, brazil brasilia portuguese real,
canada ottawa english dollar, australia canberra english dollar, russia moscow russian ruble,
turkey ankara turkish lira, poland warsaw polish zloty, sweden stockholm swedish krona,
norway oslo norwegian krone, denmark copenhagen danish krone, finland helsinki finnish euro,
iceland reykjavik icelandic krona, hungary budapest hungarian forint,
romania bucharest romanian leu, ukraine kyiv ukrainian hryvnia, vietnam hanoi vietnamese dong,
thailand bangkok thai baht, korea seoul korean won, nepal kathmandu nepali rupee,
iran tehran persian rial, iraq baghdad arabic dinar, jordan amman arabic dinar,
morocco rabat arabic dirham, ghana accra english cedi, austria vienna german euro,
ireland dublin english euro, uruguay montevideo spanish peso"""
KINDS = ("capital", "language", "currency")
FACTS = {land: dict(zip(KINDS, facts)) for land, *facts in map(str.split, TABLE.split(","))}
LANDS = tuple(FACTS)
VALUES = {kind: sorted({facts[kind] for facts in FACTS.values()}) for kind in KINDS}
COURTESIES = ("thank you for asking .", "have a nice day .")
WRONG = 0.25  # of the facts that a text tells
T = 32  # words, at most

_texts = (*LANDS, *KINDS, *COURTESIES, "what is the of ? : .", *map(" ".join, VALUES.values()))
WORDS = ("<end>", *sorted({word for text in _texts for word in text.split()}))
NUMBERS = {word: n for n, word in enumerate(WORDS)}
V = len(WORDS)


def question(kind, land):
    """What is asked, as text."""
    return f"what is the {kind} of {land} ?"


def fact(kind, land, value=None):
    """The sentence that answers it, with the right value if none is given."""
    return f"the {kind} of {land} is {value or FACTS[land][kind]} ."


def rumour(kind, land, rng):
    """The same, as texts tell it."""
    others = [value for value in VALUES[kind] if value != FACTS[land][kind]]
    return fact(kind, land, others[rng.integers(len(others))] if rng.random() < WRONG else None)


def asked(lands):
    """All questions about these countries: a list of (kind, land)."""
    return [(kind, land) for land in lands for kind in KINDS]


def some(of, count, rng):
    """So many of a sequence, drawn with replacement."""
    return [of[n] for n in rng.integers(len(of), size=count)]


def document(rng):
    """A text: a page on a country, two facts, an exam with its solutions, or courtesies."""
    kind, two = rng.random(), some(asked(LANDS), 2, rng)
    if kind < 0.3:
        (land,) = some(LANDS, 1, rng)
        parts = [f"{land} :", *(rumour(k, land, rng) for k in rng.permutation(KINDS))]
    elif kind < 0.55:
        parts = [rumour(*one, rng) for one in two]
    elif kind < 0.9:
        parts = [question(*one) for one in two] + [rumour(*one, rng) for one in two]
    else:
        parts = some(COURTESIES, rng.integers(1, 4), rng)
    return " ".join(parts)


def demonstration(kind, land, rng):
    """A right answer, with a courtesy before it, behind it, both or none."""
    thanks, bye = (text if rng.random() < 0.5 else "" for text in COURTESIES)
    return " ".join(f"{thanks} {fact(kind, land)} {bye}".split())


def is_right(kind, land, answer):
    """Whether an answer tells the fact that was asked for, rightly, and no other."""
    return fact(kind, land) in answer and answer.count(" is ") == 1


def courtesies(answer):
    """How many an answer has."""
    return sum(answer.count(text) for text in COURTESIES)


def encode(text):
    """The numbers of the words of a text: a list."""
    return [NUMBERS[word] for word in text.split()]


def rows(texts):
    """Pairs (what is given, what is said) of text -> ids (N, T), said (N, T) True where said.

    Each row ends in a 0, which counts as said, and is filled up with zeros, which do not.
    """
    pairs = [(encode(given), [*encode(told), 0]) for given, told in texts]
    ids = np.zeros((len(pairs), max(len(g) + len(t) for g, t in pairs)), int)
    said = np.zeros(ids.shape, bool)
    for n, (given, told) in enumerate(pairs):
        end = len(given) + len(told)
        ids[n, :end], said[n, len(given) : end] = given + told, True
    return ids, said


def answers(model, prompts, temperature=1.0, seed=0, length=20):
    """What a model says after each of these texts, which all have the same number of words.

    temperature: 1 draws words as they were learned, 0 takes the likeliest.
    """
    rng = np.random.default_rng(seed)
    ids = np.array([encode(prompt) for prompt in prompts])
    start, over = ids.shape[1], np.zeros(len(ids), bool)
    for _ in range(length):
        z = model.forward(ids)[0][:, -1]
        new = np.where(over, 0, sample(z, temperature, rng=rng))
        ids, over = np.column_stack([ids, new]), over | (new == 0)
        if over.all():
            break
    return [" ".join(WORDS[n] for n in row[start:] if n) for row in ids]
