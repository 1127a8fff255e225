"""Data in batches, and results averaged over them."""

import copy
import functools
import math
from collections.abc import Mapping

from minidl.callbacks import progress_bar


def batches(x, batch_size, verbose=0):
    """Yield the slices of x (N, ...), in order; a bar shows if it takes over five seconds."""
    starts = range(0, len(x), batch_size)
    with progress_bar(len(starts), "", show=bool(verbose), delay=5) as bar:
        for start in starts:
            yield slice(start, start + batch_size)
            bar.update()


def split(data, share):
    """Return (kept, held): the last `share` of the samples is held out.

    Args:
        data: tuple of arrays (N, ...), or None where there is no such array: (x, y, weights).
        share: between 0 and 1.
    """
    x = data[0]
    if not 0 < share < 1:
        raise ValueError(f"validation_split must be a share between 0 and 1; got {share}")
    kept = len(x) - max(1, int(len(x) * share))
    if kept < 1:
        raise ValueError(f"validation_split={share} leaves nothing of {len(x)} samples to train on")
    return rows_of(data, slice(kept)), rows_of(data, slice(kept, None))


def rows_of(data, rows):
    """Return those rows of every array in a tuple; None stays None."""
    return tuple(None if array is None else array[rows] for array in data)


def format_results(results, as_dict):
    """Return a dict of results as it is, or as a list of its values, or as its only value."""
    values = list(results.values())
    return results if as_dict else values if len(values) > 1 else values[0]


class Mean:
    """The mean of results over batches, each weighted by its number of samples.

    Where steps of padding do not count, a batch weighs as much as it has other steps: the mean is
    over them all then, whatever the size of the batches.

    Args:
        geometric: names of the results whose geometric mean is asked for. The mean of two
            perplexities exp(a) and exp(b) is exp((a + b) / 2), not half their sum.
    """

    def __init__(self, geometric=()):
        self.total, self.count, self.geometric = {}, 0, geometric

    def add(self, results, count):
        """Count a batch of `count` samples, or steps, with these results, a dict of numbers."""
        self.count = self.count + count  # `+=` would change what a `RunningLogs` has, on a GPU
        for name, value in results.items():
            value = math.log(value) if name in self.geometric else value
            self.total[name] = self.total.get(name, 0.0) + value * count

    def result(self):
        """Return the dict of means so far, floats."""
        means = {name: float(total) / float(self.count) for name, total in self.total.items()}
        return means | {name: math.exp(means[name]) for name in self.geometric}


class RunningLogs(Mapping):
    """The means after a batch, which are taken when somebody reads them.

    To read a number from a GPU is to wait for it, so nobody does it in vain.
    """

    def __init__(self, mean):
        self.mean = copy.copy(mean)
        self.mean.total = dict(mean.total)  # the means of this moment, whenever they are read

    @functools.cached_property
    def _means(self):
        return self.mean.result()

    def __getitem__(self, name):
        return self._means[name]

    def __iter__(self):
        return iter(self._means)

    def __len__(self):
        return len(self._means)
