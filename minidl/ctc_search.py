"""Reading what a network trained by CTC has written: from scores of every step to labels.

A path has one class for each step; it is read by merging repeats and dropping blanks, class 0
(`minidl.kernels.ctc`). The likeliest path is found at once: the likeliest class of every step. But
many paths read the same, so the likeliest labels may be others. Prefix search adds up the paths of
each beginning, and keeps the `width` likeliest beginnings at every step. Of each it knows two
numbers, the probabilities of its paths so far that end in a blank and of those that do not: after
"a", another a without a blank between is still the same "a".

    best_path      one pass, no choice to take back
    prefix_search  Graves' prefix search with a beam, as in Hannun et al.

References: Graves et al. (2006), "Connectionist temporal classification", section 3.2; Hannun et
al. (2014), "First-pass large vocabulary continuous speech recognition using bi-directional
recurrent DNNs", algorithm 1, without their language model.
"""

import collections
import itertools

import numpy as np

from minidl import checks

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
        grown = collections.defaultdict(lambda: (-np.inf, -np.inf))
        for labels, (blank, other) in beam.items():
            both = np.logaddexp(blank, other)
            _add(grown, labels, both + e[BLANK], -np.inf)
            if labels:
                _add(grown, labels, -np.inf, other + e[labels[-1]])  # the same sound goes on
            for c in range(1, len(e)):
                before = blank if labels and c == labels[-1] else both
                _add(grown, (*labels, c), -np.inf, before + e[c])
        best = sorted(grown.items(), key=lambda item: (-np.logaddexp(*item[1]), item[0]))
        beam = dict(best[:width])
    return [(np.array(k, np.int64), float(np.logaddexp(*v))) for k, v in beam.items()]


def _add(beam, labels, blank, other):
    if blank == other == -np.inf:
        return  # no path comes this way
    old_blank, old_other = beam[labels]
    beam[labels] = np.logaddexp(old_blank, blank), np.logaddexp(old_other, other)


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
