"""ROUGE: how much of a reference is in a summary, and how much else.

    ROUGE-n   runs of n words that both have, each as often as in the one that has fewer
    ROUGE-L   the longest row of words that both have in this order, gaps allowed

Divided by what the reference has it is the recall, by what the summary has the precision, and
the score is their F: 2 PR / (P + R). Words are in lower case; only letters and digits count.

Reference: Lin (2004), "ROUGE: a package for automatic evaluation of summaries", sections 2 and 3.
"""

import re
from collections import Counter

from minidl.base.checks import positive_integer


def rouge_n(summary, reference, n=1):
    """Return the F of runs of n words, from 0 to 1. Both are str; 0 if one has no such run."""
    positive_integer("n", n)
    a, b = (Counter(zip(*(words(text)[i:] for i in range(n)))) for text in (summary, reference))
    return _f(sum((a & b).values()), sum(a.values()), sum(b.values()))


def rouge_l(summary, reference):
    """Return the F of the longest common row of words, from 0 to 1."""
    a, b = words(summary), words(reference)
    best = [0] * (len(b) + 1)  # best[j]: of the words of a read so far and the first j of b
    for word in a:
        before = 0  # best[j] for one word of a less
        for j, other in enumerate(b):
            longer = before + 1 if word == other else max(best[j], best[j + 1])
            before, best[j + 1] = best[j + 1], longer
    return _f(best[-1], len(a), len(b))


def words(text):
    """Return the words of a text that ROUGE compares, a list."""
    return re.findall(r"[a-z0-9]+", text.lower())


def _f(common, of_summary, of_reference):
    """F of precision and recall: 2 common / (length + length)."""
    return 2 * common / (of_summary + of_reference) if common else 0.0
