"""What training makes small, and what is reported beside it: losses and metrics of every output."""

import copy
import functools
import math
from collections.abc import Mapping

from minidl import losses, metrics
from minidl.base import checks
from minidl.base.arrays import number
from minidl.base.checks import trusting
from minidl.base.structure import arrange, fill, like, parts, shapes


class Results(dict):
    """The results of a batch, from name to number."""

    count = None  # how many steps they stand for, where steps of padding do not count
    masked = False  # whether some outputs have such steps


class Objective:
    """The losses of a model's outputs, weighted and added up, and their metrics.

    Args:
        loss, loss_weights, metrics_given: as `compile` takes them: for one output a loss, a number
            and a list of metrics; for several a list of each, or a dict by name. A lone loss, or a
            flat list of metrics, belongs to every output.
        names: of the outputs.

    Raises:
        ValueError: another number of losses, weights or lists of metrics than of outputs, or other
            names.
    """

    def __init__(self, loss, loss_weights, metrics_given, names):
        self.names, self.alone = names, len(names) == 1
        several = isinstance(loss, list | tuple | dict)
        given = arrange("loss", loss, names) if several else [loss] * len(names)
        self.losses = [None if one is None else losses.get(one) for one in given]
        self.on_logits = [None] * len(names)  # those losses for logits, once they are needed
        if not isinstance(loss_weights, list | tuple | dict | None):
            loss_weights = [loss_weights]
        given = [1] * len(names) if loss_weights is None else loss_weights
        given = arrange("loss_weights", given, names)
        self.weights = [checks.finite_number("loss_weights", weight) for weight in given]
        self.measures = [  # for each output, from the name in results to the metric
            {name if self.alone else f"{output}_{name}": m for name, m in of.items()}
            for output, of in zip(names, map(metrics.get_all, self._metrics(metrics_given)))
        ]
        self.metrics = {name: m for of in self.measures for name, m in of.items()}
        self.result_names = ["loss", *([] if self.alone else [f"{name}_loss" for name in names])]
        self.result_names += list(self.metrics)
        self.counting = {k: m for k, m in self.metrics.items() if isinstance(m, metrics.Metric)}
        self.geometric = [k for k, m in self.metrics.items() if getattr(m, "geometric", False)]

    def _metrics(self, given):
        if isinstance(given, dict):
            known = given.keys() <= set(self.names)  # else `arrange` says which are not
            given = dict.fromkeys(self.names if known else (), ()) | given  # some may be left out
        elif not (isinstance(given, list | tuple) and any(isinstance(m, list) for m in given)):
            given = [given, *(copy.deepcopy(given) for _ in self.names[1:])]
        return arrange("metrics", given, self.names)

    def absorbs(self, lasts):
        """Whether a loss takes the last activation of its output and itself in one step."""
        pairs = zip(self.losses, parts(lasts))
        return any(loss is not None and loss.absorbs(last) for loss, last in pairs)

    def check(self, y, N, output_shape):
        """Return targets y in the form of the outputs, each looked at by its loss."""
        y = y if self.alone else arrange("y", y, self.names)
        for loss, t, shape in zip(self.losses, parts(y), shapes(output_shape)):
            if loss is not None:
                given = () if loss.takes_mask else t.shape[1:]  # a target with a length of its own
                loss.check(t, (N, *fill(shape, given)))
        return y

    def __call__(self, y_true, z, lasts, sample_weight, ops, mask, training):
        """Return (results of the batch, dz): the loss from z, the last activations behind it.

        Args:
            y_true: targets, in the form of the outputs.
            z: what the model without its last activations returned.
            lasts: those activations, in the same form, or None where there is none.
            sample_weight: None, (N,), or a tuple of these.
            ops: the kernels.
            mask: of z, in the same form.
            training: whether this is a step of training.
        """
        values, measured, gradients, K = [], {}, [], len(self.names)
        given = (lasts, sample_weight, mask)  # each a tuple, or one for all outputs
        rest = [one if isinstance(one, tuple) else [one] * K for one in given]
        with trusting():
            for k, (t, z_k, last, w, m) in enumerate(zip(parts(y_true), parts(z), *rest)):
                value, dz, y = self._through(k, t, z_k, last, w, ops, m, training)
                weight = self.weights[k]
                values.append(value if weight == 1 else weight * value)
                gradients.append(dz if weight == 1 or dz is None else dz * dz.dtype.type(weight))
                measured |= _measured(self.measures[k], t, y, m)
                if not self.alone:
                    measured[f"{self.names[k]}_loss"] = value
        results = Results({"loss": sum(values[1:], values[0])} | measured)
        results.masked = any(m is not None for m in parts(mask))
        if mask is not None and self.alone:
            results.count = number(mask.sum())
        return results, like(z, gradients)

    def _through(self, k, t, z, last, weights, ops, mask, training):
        """Return (value, dz, y) of y = last(z), for output k.

        A loss that absorbs `last` takes both steps at once; y is for the metrics then.
        """
        loss, y, cache = self.losses[k], z, None
        absorbed = last is not None and loss is not None and loss.absorbs(last)
        if last is not None and (self.measures[k] or not absorbed):
            y, cache = last.forward(z, training)
        if loss is None:
            return 0.0, None, y  # an output that nothing is asked of
        if absorbed:
            if self.on_logits[k] is None:
                self.on_logits[k] = loss.on_logits()
            return *self.on_logits[k](t, z, weights, ops, mask), y
        value, dy = loss(t, y, weights, ops, mask)
        return value, dy if last is None else last.backward(dy, cache), y


def _measured(measures, t, y, mask):
    """Tell metrics that keep count; return what the functions say of this batch."""
    if mask is not None and measures:
        t, y = t[mask], y[mask]  # (N, T, ...) -> (K, ...): padding is no answer
    found = {}
    for name, metric in measures.items():
        if isinstance(metric, metrics.Metric):
            metric.update_state(t, y)
        else:
            found[name] = metric(t, y)
    return found


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


def format_results(results, as_dict):
    """Return a dict of results as it is, or as a list of its values, or as its only value."""
    values = list(results.values())
    return results if as_dict else values if len(values) > 1 else values[0]
