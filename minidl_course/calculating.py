"""Sums and products as text, with and without their steps: for chapter 25 and its benchmark.

A problem and its answer are one line of the characters in `SIGNS`:

    once     47*86=4042.
    steps    47*86=7*6=42 4*6+4=28 7*8=56 4*8+5=37 8+6=14 2+7+1=10 3+1=04 4042.

As on paper, a step takes one digit of each number and the carry of the step before. What it finds
has two digits always, and the result four, so that all lines have their parts at the same places.
A sum has the steps of the last row alone.

Reference: Nye et al. (2021), "Show your work: scratchpads for intermediate computation with
language models".
"""

import time

import numpy as np

from minidl.losses import SparseCategoricalCrossentropy
from minidl.models import Sequential
from minidl.optimizers import Adam
from minidl_course.chapters.transformers import Steps
from minidl_course.generation import Memory
from minidl_course.language_model import gpt
from minidl_course.play import weights

NAME = "calculator"  # of its weights, among those of the demos
SIGNS = " .0123456789+*="
ROOM = 8  # characters of a problem; blanks stand before a shorter one
STYLES = ("once", "steps")
WHAT = {"+": (100, 1000), "*": (10, 100)}  # from where to where the numbers go, the end excluded


def asked(a, sign, b):
    """Return a problem as text, such as "  47*86="."""
    return f"{a}{sign}{b}=".rjust(ROOM)


def written(a, sign, b, style="steps"):
    """What is to be written behind a problem, up to the full stop."""
    result = a * b if sign == "*" else a + b
    before = _steps(a, sign, b) if style == "steps" else []
    return " ".join([*before, shown(result)]) + "."


def shown(result):
    """A result as text: four digits, or more where four are too few."""
    return f"{result:04}"


def _steps(a, sign, b):
    """The steps, as on paper."""
    a, b = ([int(digit) for digit in reversed(str(number))] for number in (a, b))
    if sign == "+":
        length = max(len(a), len(b))
        a, b = (number + [0] * (length - len(number)) for number in (a, b))
        return _added(list(zip(a, b)))
    steps, rows = [], []
    for y in b:
        carry, row = 0, []
        for n, x in enumerate(a):
            found = x * y + carry
            steps.append(f"{x}*{y}" + (f"+{carry}" if n else "") + f"={found:02}")
            carry = found // 10
            row.append(found % 10)
        rows.append([*row, carry])
    total = rows[0]
    for n, row in enumerate(rows[1:], start=1):  # each row stands one place further left
        above = total[n:] + [0] * (n + len(row) - len(total))
        columns = list(zip(above, row))
        more = _added([*columns[:-1], columns[-1][1:]])
        steps += more
        total = total[:n] + [int(step[-1]) for step in more]
    return steps


def _added(columns):
    """The steps of a sum; columns: the digits of each, those of the last place first."""
    steps, carry = [], 0
    for n, digits in enumerate(columns):
        found = sum(digits) + carry
        shown = [*digits, carry] if n else digits
        steps.append("+".join(map(str, shown)) + f"={found:02}")
        carry = found // 10
    return steps


def tokens(texts):
    """The numbers of the characters of texts: ids (N, T); blanks stand behind shorter ones."""
    length = max(map(len, texts))
    return np.array([[SIGNS.index(sign) for sign in text.ljust(length)] for text in texts])


def held_out(sign):
    """Which pairs of numbers are never trained on, in either order: (n, n) bool, a tenth."""
    low, high = WHAT[sign]
    u = np.random.default_rng([12345, ord(sign)]).random((high - low, high - low), "float32")
    u = np.triu(u)
    return np.maximum(u, u.T) < 0.1


def problems(sign, N=None, seed=0):
    """Held-out problems: N random ones or all, rows of two numbers (N, 2)."""
    pairs = np.argwhere(held_out(sign)) + WHAT[sign][0]
    return pairs if N is None else np.random.default_rng(seed).choice(pairs, N, replace=False)


def batches(signs, style, seed, N=16):
    """Yield batches of N lines (N, T) to learn from, for ever: for each of the signs by turns."""
    rng, held = np.random.default_rng(seed), {sign: held_out(sign) for sign in signs}
    while True:
        for sign in signs:
            low, high = WHAT[sign]
            pairs = rng.integers(low, high, (2 * N + 16, 2))  # a tenth of them is refused
            pairs = pairs[~held[sign][*(pairs - low).T]][:N].tolist()
            yield tokens([asked(a, sign, b) + written(a, sign, b, style) for a, b in pairs])


def network(**changed):
    """The calculator: 100,000 weights; `changed`: arguments of `gpt`."""
    return gpt(len(SIGNS), **{"width": 64, "blocks": 2, "heads": 4} | changed)


def train(model, lines, shares, rate=3e-3):
    """Teach a model of `network` to continue a problem; only what follows the problem counts.

    Args:
        model: changed.
        lines: yields batches (N, T), as `batches`.
        shares: yields before each batch which share of the training is over, from 0 to 1: the
            rate rises for 3 % of it, and falls as a cosine.
        rate: of Adam, at its highest.

    Returns how many batches it read.
    """
    optimizer, n = Adam(rate, beta_2=0.98), 0
    taught = Sequential([model, Steps(ROOM - 1)])
    taught.compile(optimizer, SparseCategoricalCrossentropy(from_logits=True))
    for share, x in zip(shares, lines):
        falling = (1 + np.cos(np.pi * share)) / 2
        optimizer.learning_rate = rate * min(1, share / 0.03 + 0.01) * (0.02 + 0.98 * falling)
        taught.train_on_batch(x[:, :-1], x[:, ROOM:])
        n += 1
    return n


def seconds(total):
    """Yield which share of so many seconds of processor time is over, until all are."""
    begun = time.process_time()
    while (spent := time.process_time() - begun) < total:
        yield spent / total


def answered(model, texts, length):
    """What a model writes behind problems of one length, always the likeliest: up to the stop.

    length: how many characters it may write at most.
    """
    read, wrote = tokens(texts), []
    with Memory(model).kept() as step:
        for _ in range(length):
            read = step(read)[:, -1:].argmax(axis=-1)  # (N, 1)
            wrote.append(read[:, 0])
    lines = ["".join(SIGNS[n] for n in row) for row in np.transpose(wrote)]
    return [line.partition(".")[0] for line in lines]


def results(model, sign, pairs, style):
    """What it writes for pairs of numbers (N, 2) of one length, and which results are right."""
    longest = max(len(written(a, sign, b, style)) for a, b in pairs.tolist())
    wrote = answered(model, [asked(a, sign, b) for a, b in pairs.tolist()], longest)
    truth = pairs.prod(axis=1) if sign == "*" else pairs.sum(axis=1)
    return wrote, np.array([w.split(" ")[-1] == shown(y) for w, y in zip(wrote, truth)])


def calculator():
    """The network that ships: sums of numbers of three digits, products of two, with steps."""
    return weights.restored(network(), NAME)
