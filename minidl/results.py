"""Results averaged over batches."""

import copy
import functools
import math
from collections.abc import Mapping


def format_results(results, as_dict):
    """Return a dict of results as it is, or as a list of its values, or as its only value."""
    values = list(results.values())
    return results if as_dict else values if len(values) > 1 else values[0]


class Results(dict):
    """The results of a batch, from name to number."""

    count = None  # how many steps they stand for, where steps of padding do not count
    masked = False  # whether some outputs have such steps


class Mean:
    """The mean of results over batches, each weighted by its number of samples.

    Where steps of padding do not count, a batch weighs as much as it has other steps: the mean is
    over them all then, whatever the size of the batches.

    The mean of two perplexities exp(a) and exp(b) is exp((a + b) / 2), not half their sum.

    Args:
        objective: says whose mean is geometric, and has the metrics that keep count themselves,
            which begin anew here.
    """

    def __init__(self, objective):
        self.total, self.count = {}, 0
        self.geometric, self.counting = objective.geometric, objective.counting
        self.order = objective.result_names
        for metric in self.counting.values():
            metric.reset_state()

    def add(self, results, N):
        """Count a batch of N samples with these results: `Results`, or another dict of numbers."""
        if N == 0:
            return  # what an idle process of several computed with a sample that does not count
        count = getattr(results, "count", None)
        count = N if count is None else count
        self.count = self.count + count  # `+=` would change what a `RunningLogs` has, on a GPU
        for name, value in results.items():
            value = math.log(value) if name in self.geometric else value
            self.total[name] = self.total.get(name, 0.0) + value * count

    def result(self):
        """Return the dict of means so far, floats, the loss first."""
        means = {name: float(total) / float(self.count) for name, total in self.total.items()}
        means |= {name: math.exp(means[name]) for name in self.geometric if name in means}
        means |= {name: float(metric.result()) for name, metric in self.counting.items()}
        return {name: means[name] for name in [*self.order, *means] if name in means}


class RunningLogs(Mapping):
    """The means after a batch, which are taken when somebody reads them.

    To read a number from a GPU is to wait for it, so nobody does it in vain.
    """

    def __init__(self, mean):
        self.mean = copy.copy(mean)
        # The means of this moment, whenever they are read.
        self.mean.total = dict(mean.total)
        self.mean.counting = {name: copy.copy(m) for name, m in mean.counting.items()}

    @functools.cached_property
    def _means(self):
        return self.mean.result()

    def __getitem__(self, name):
        return self._means[name]

    def __iter__(self):
        return iter(self._means)

    def __len__(self):
        return len(self._means)
