"""Searching for a likely sequence, one token after the other.

A decoder gives log p(y_t | y_<t, source). The likeliest whole sequence is the one with the largest
sum of them; to try all V^T of them is out of the question. So:

    greedy         take the likeliest token, always; one bad choice cannot be undone
    beam search    keep the `width` likeliest beginnings, and choose among the ends at the end

A longer sequence has more factors below 1, so a sum prefers short ones. Beam search therefore
ranks what has ended by Wu et al.'s formula (14), without their penalty for coverage:

    s(Y) = log p(Y) / lp(Y),    lp(Y) = ((5 + |Y|) / 6)^alpha

|Y| counts the stop sign. alpha = 0 ranks by the probability alone.

The decoder is a function `step(tokens, state) -> (logits, state)`: of each of K rows the last
token, (K,) int64, and what it remembers, an array (K, ...) or a tuple of them; the logits (K, V) of
the next token.

References: Wu et al., "Google's neural machine translation system", 2016, section 7; Sutskever,
Vinyals and Le, "Sequence to sequence learning with neural networks", NeurIPS 2014, section 3.2.
"""

import itertools
from dataclasses import dataclass

import numpy as np

from minidl.base import checks, structure
from minidl.base.arrays import to_numpy


@dataclass(frozen=True)
class Found:
    """One sequence: `ids` (T,) without start and stop, its `log_p`, its `score` s(Y).

    `ended` says whether it came to a stop sign, or was cut off.
    """

    ids: np.ndarray
    log_p: float
    score: float
    ended: bool


def greedy(step, state, start, stop, length):
    """Return for each of N rows the ids of its likeliest tokens, a list of arrays (T_n,) int64.

    Args:
        step: the decoder, see above.
        state: what it remembers before the first token, arrays (N, ...).
        start: the token that stands before the first.
        stop: the token that ends a sequence; neither is part of the ids.
        length: how many tokens a sequence may have at most.

    Raises `ValueError` for a state without rows or with an empty array, which an empty source
    makes, for logits of another form, and if one is NaN.
    """
    N = _rows(state)
    checks.positive_integer("length", length)
    tokens = np.full(N, start, np.int64)
    found = [[] for _ in range(N)]
    running = np.ones(N, bool)
    for _ in range(length):
        logits, state = step(tokens, state)
        tokens = log_probabilities(logits, N).argmax(axis=1)
        running &= tokens != stop
        if not running.any():
            break
        for n in np.flatnonzero(running):
            found[n].append(int(tokens[n]))
    return [np.array(ids, np.int64) for ids in found]


def beam(step, state, start, stop, length, width=4, alpha=0.6):
    """Return for each of N rows a list of `Found`, at least one, the best first.

    At every step the `width` likeliest continuations of what is alive are kept; those that end in
    the stop sign are put aside. It is over when `width` have ended and no other can get a better
    score than the last of them. Those that ended come first, then what `length` cut off. With
    width=1 this is `greedy`.

    Args:
        step: the decoder, see above.
        state: what it remembers before the first token, arrays (N, ...).
        start: the token that stands before the first.
        stop: the token that ends a sequence; neither is part of the ids.
        length: how many tokens a sequence may have at most.
        width: how many beginnings are kept.
        alpha: how much length is favoured: 0 not at all, 1 nearly the mean of the log p.

    Raises `ValueError` as `greedy`, and for a width below 1 or a negative alpha.
    """
    N = _rows(state)
    checks.positive_integer("length", length)
    checks.positive_integer("width", width)
    checks.finite_number("alpha", alpha, at_least=0)
    alive = [[((), 0.0, n)] for n in range(N)]  # of each source (ids, log p, row of state)
    ended = [[] for _ in range(N)]
    tokens = np.full(N, start, np.int64)
    for t in range(1, length + 1):
        logits, state = step(tokens, state)
        log_p = log_probabilities(logits, len(tokens))  # (K, V)
        first = 0
        for n, beginnings in enumerate(alive):
            if not beginnings:
                continue
            alive[n], last = [], first + len(beginnings)
            so_far = np.array([p for _, p, _ in beginnings]).reshape(-1, 1)
            for k, token, p in _likeliest(so_far + log_p[first:last], width):
                ids = (*beginnings[k][0], token)
                if token == stop:
                    ended[n].append(_found(ids[:-1], p, t, alpha, True))
                else:
                    alive[n].append((ids, p, first + k))
            first = last
            ended[n].sort(key=lambda found: -found.score)
            if _decided(ended[n], alive[n], width, length, alpha):
                alive[n] = []
        rows = [row for beginnings in alive for _, _, row in beginnings]
        if not rows:
            break
        tokens = np.array([ids[-1] for beginnings in alive for ids, _, _ in beginnings], np.int64)
        state = structure.mapped(lambda array, rows=rows: array[rows], state)
    cut = [[_found(ids, p, length, alpha, False) for ids, p, _ in part] for part in alive]
    return [(ended[n] + cut[n])[:width] for n in range(N)]


def length_penalty(length, alpha):
    """Return lp(Y) = ((5 + |Y|) / 6)^alpha, Wu et al.'s."""
    return ((5 + length) / 6) ** alpha


def log_probabilities(logits, K=None):
    """Return log softmax of logits (K, V), float64; -inf is a token that cannot come.

    Raises `ValueError` if they are not (K, V), or hold NaN, or a row allows no token.
    """
    z = to_numpy(logits).astype(np.float64)
    if z.ndim != 2 or z.shape[1] == 0 or (K is not None and len(z) != K):
        raise ValueError(f"the decoder's logits must be ({K or 'K'}, V); got {z.shape}")
    top = z.max(axis=1, keepdims=True)
    if not np.isfinite(top).all():  # NaN wins every max
        raise ValueError("the decoder's logits hold NaN or +inf, or -inf only: nothing can follow")
    z -= top
    z -= np.log(np.exp(z).sum(axis=1, keepdims=True))
    return z


def _likeliest(total, width):
    """Yield (row, token, log p) of the `width` largest in total (K, V), the first of equals."""
    flat = total.ravel()
    least = np.partition(flat, -width)[-width] if width < flat.size else -np.inf
    some = np.flatnonzero(flat >= least)  # to sort a few is quicker than to sort K V
    for i in some[np.argsort(-flat[some], kind="stable")][:width]:
        if flat[i] > -np.inf:
            yield (*map(int, divmod(i, total.shape[1])), float(flat[i]))


def _found(ids, log_p, length, alpha, ended):
    score = log_p / length_penalty(length, alpha)
    return Found(np.array(ids, np.int64), log_p, score, ended)


def _decided(ended, alive, width, length, alpha):
    """Whether nothing alive, likeliest first, can beat one of `width` that ended: p only falls."""
    if len(ended) < width or not alive:
        return False
    return alive[0][1] / length_penalty(length, alpha) <= ended[width - 1].score


def _rows(state):
    """Return how many rows a state has."""
    arrays = []
    structure.mapped(arrays.append, state)
    if not arrays or any(np.ndim(array) == 0 for array in arrays):
        raise ValueError("the state must be an array (N, ...), or a tuple of them")
    for array in arrays:
        if array.size == 0:
            raise ValueError(
                f"the state holds an empty array, of shape {array.shape}: is the source empty?"
            )
        if len(array) != len(arrays[0]):
            raise ValueError(f"a state of {len(arrays[0])} rows holds an array of {len(array)}")
    return len(arrays[0])


BLANK = 0


def collapse(path):
    """Return what a path (T,) of classes says, (U,) int64: repeats merged, then no blanks."""
    return np.array([c for c, _ in itertools.groupby(map(int, path)) if c != BLANK], np.int64)


def best_path(z, steps=None):
    """Return what the likeliest path of each sample says: a list of N arrays (U_n,) int64.

    Args:
        z: logits or probabilities (N, T, C).
        steps: (N,), how many steps each sample has; T if not given.

    Raises `ValueError` if z has another form or holds NaN, or steps are not from 0 to T.
    """
    z, steps = _checked(z, steps)
    return [collapse(row[:T].argmax(axis=1)) for row, T in zip(z, steps)]


def prefix_search(z, steps=None, width=8):
    """Return for each sample its likeliest labels: a list of N lists of (labels (U,), log p).

    The best comes first. log p is the logarithm of the sum over all paths that stayed in the
    beam: with a wide one, minus the loss of `CTC`.

    Args:
        z: logits (N, T, C).
        steps: (N,), how many steps each sample has; T if not given.
        width: how many beginnings are kept, at least 1.

    Raises `ValueError` as `best_path`.
    """
    z, steps = _checked(z, steps)
    checks.positive_integer("width", width)
    log_p = z - np.logaddexp.reduce(z, axis=2, keepdims=True)
    return [_search(row[:T], width) for row, T in zip(log_p, steps)]


def _search(log_p, width):
    beam = {(): (0.0, -np.inf)}  # of each beginning: log p of its paths with a blank last, without
    for e in log_p:
        grown = {}
        for labels, (blank, other) in beam.items():
            both = np.logaddexp(blank, other)
            _add(grown, labels, both + e[BLANK], -np.inf)
            if labels:
                _add(grown, labels, -np.inf, other + e[labels[-1]])  # the same sound goes on
            for c in range(1, len(e)):
                before = blank if labels and c == labels[-1] else both
                _add(grown, (*labels, c), -np.inf, before + e[c])
        worth = -np.logaddexp(*np.transpose(list(grown.values())))
        best = sorted(zip(worth.tolist(), grown))[:width]
        beam = {labels: grown[labels] for _, labels in best}
    return [(np.array(k, np.int64), float(np.logaddexp(*v))) for k, v in beam.items()]


def _add(beam, labels, blank, other):
    if blank == other == -np.inf:
        return  # no path comes this way
    if labels in beam:
        blank, other = np.logaddexp(beam[labels], (blank, other))
    beam[labels] = blank, other


def _checked(z, steps):
    z = np.asarray(z, np.float64)
    if z.ndim != 3 or np.isnan(z).any():
        raise ValueError(f"z must be (N, T, C), without NaN; got {z.shape}")
    steps = np.full(len(z), z.shape[1]) if steps is None else np.asarray(steps)
    if steps.shape != z.shape[:1] or (steps < 0).any() or (steps > z.shape[1]).any():
        raise ValueError(
            f"steps must be {len(z)} numbers from 0 to {z.shape[1]}, one for each sample; got "
            f"{steps.tolist()}"
        )
    return z, steps
