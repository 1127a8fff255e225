"""A rank that is slower than the others: all wait for it in every step, and it should be named."""

import numpy as np

STEPS = 20  # whose times are added up before they are compared; a rank must be slow twice
LEAST = 5.0  # milliseconds behind the median that are worth a word
SKIPPED = 2  # the first steps, in which kernels are loaded


class SlowRank:
    """Compares how long the ranks worked for a step, and speaks up once.

    Args:
        ranks: how many there are.
        factor: how many times the median a slow rank takes.
    """

    def __init__(self, ranks, factor=2.0):
        self.factor, self.said, self.suspect = factor, False, None
        self.total, self.steps = np.zeros(ranks), -SKIPPED

    def after_step(self, seconds):
        """Count a step; return a sentence if a rank is found to be slow, once, else None.

        Args:
            seconds: (p,), how long each rank worked for it, without waiting for the others.
        """
        self.steps += 1
        if self.steps > 0:
            self.total += seconds
        if self.said or self.steps < STEPS:
            return None
        each = self.total / STEPS * 1e3
        self.total, self.steps = np.zeros(len(each)), 0
        median = np.sort(each)[(len(each) - 1) // 2]  # the smaller one of two
        slow = int(each.argmax())
        before, self.suspect = self.suspect, slow
        if each[slow] <= max(self.factor * median, median + LEAST):
            self.suspect = None
        if self.suspect is None or self.suspect != before:
            return None
        self.said = True
        return (
            f"rank {slow} is slow, and all wait for it: it worked {each[slow]:.1f} ms for a step, "
            f"and the median of the ranks is {median:.1f} ms"
        )
