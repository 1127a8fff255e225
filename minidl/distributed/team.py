"""The ranks as `fit` sees them: what one process asks itself is answered by all of them together.

`minidl.models.team.Alone` has the questions. Decisions must be the same on every rank, at the
same batch: a rank that stopped alone would leave the others waiting for its gradients.
"""

import collections
import copy
import functools
import json
import sys
import time
import weakref

import numpy as np

from minidl import callbacks as callback_module
from minidl.base.arrays import to_numpy
from minidl.distributed import notes
from minidl.distributed.backup import Backup
from minidl.distributed.world import allgather, allgather_texts, allreduce, broadcast, in_order
from minidl.distributed.world import world as this_world
from minidl.layers.weights import Param
from minidl.models.data import length_of
from minidl.models.team import Alone

# Of `SlowRank`.
STEPS = 20  # whose times are added up before they are compared; a rank must be slow twice
LEAST = 5.0  # milliseconds behind the median that are worth a word
SKIPPED = 2  # the first steps, in which kernels are loaded


class Team(Alone):
    """The ranks of this job, of which there are several.

    Attributes:
        counts: how many samples this rank has in the batches to come, where `Shards` made them.
        idle: whether it has none in this batch, and computes with one that does not count.
        weight: how much its gradient counts in this step, in samples.
        seconds: how long it worked for its last step, without waiting for others.
    """

    def __init__(self):
        self.world = this_world()
        self.first = self.world.rank == 0
        self.counts, self.idle = collections.deque(), False
        self._states, self._metrics = (), ()  # what an idle rank puts back
        self.weight = None
        self.rows = 0.0  # samples of this epoch
        self.wants, self.agreed = (False, False), (False, False)
        self.seconds, self._ended, self._waited = 0.0, time.perf_counter(), 0.0
        self.slow = SlowRank(self.world.size)
        self._seeded = weakref.WeakSet()

    # -------------------------------------------------------------------- around training

    def callbacks(self, given):
        """Return those this rank calls: files are written by the first one alone."""
        given = [given] if isinstance(given, callback_module.Callback) else list(given or ())
        mine = []
        for callback in given:
            if isinstance(callback, callback_module.BackupAndRestore):
                mine.append(Backup(callback.path.parent))
            elif self.first or not getattr(callback, "writes", False):
                mine.append(callback)
                if not self.first and getattr(callback, "verbose", 0):
                    callback.verbose = 0
        return mine

    def begin(self, model, source, batch_size):
        """Compare notes; then give layers that draw random numbers others on each rank."""
        self.counts.clear()
        self.agreed, self.rows = (False, False), 0.0
        notes.compare(notes.of_training(model, source, batch_size))
        if model not in self._seeded:
            self._seeded.add(model)
            for rng in layer_generators(model):
                # The same state, so many steps of 2^127 further on: streams that never meet.
                rng.bit_generator.state = rng.bit_generator.jumped(self.world.rank).state
        self._ended, self._waited = time.perf_counter(), self.world.waited

    def breaks(self, model, interrupt):
        """Whether some rank asked for it before the last sum of gradients; all do the same."""
        self.wants = model.stop_training, interrupt.caught
        stop, interrupted = self.agreed
        if stop:
            model.stop_training = True
        return stop or interrupted

    def interrupted(self, interrupt):
        """Whether some rank was interrupted in this epoch."""
        return bool(allreduce(np.array(float(interrupt.caught)), average=False))

    def stops(self, model):
        """Whether some rank wants no other epoch."""
        model.stop_training = bool(allreduce(np.array(float(model.stop_training)), average=False))
        self.wants = self.agreed = (False, False)
        return model.stop_training

    def results_of_epoch(self, model, mean):
        """Average what was kept and not trained, such as running means, and then the results.

        Raises:
            DisagreementError: weights differ.
        """
        tensors = model.tensors()
        kept = [t for t in tensors.values() if not isinstance(t, Param)]
        floats = [t for t in kept if t.dtype.kind == "f"]
        if floats and (rows := allreduce(np.array(self.rows), average=False)):
            flat = np.concatenate([to_numpy(t.value).ravel().astype(float) for t in floats])
            flat = in_order(allgather(flat * self.rows)) / rows
            ends = np.cumsum([t.value.size for t in floats])
            for tensor, numbers in zip(floats, np.split(flat, ends[:-1])):
                tensor.assign(numbers.reshape(tensor.shape).astype(tensor.dtype))
        for tensor in kept:
            if tensor.dtype.kind != "f":
                tensor.assign(broadcast(tensor.numpy()))
        self.rows = 0.0
        notes.compare({notes.WEIGHTS: notes.checksum(tensors)})
        return self.results(mean)

    def results(self, mean):
        """Return the results over the samples of all ranks, the same on each."""
        self._put_back_metrics()
        totals = {name: float(value) for name, value in mean.total.items()}
        said = json.dumps({"count": float(mean.count), "totals": totals})
        parts = [json.loads(text) for text in allgather_texts(said)]
        together = copy.copy(mean)
        together.count = sum(part["count"] for part in parts)
        names = dict.fromkeys(name for part in parts for name in part["totals"])
        together.total = {k: sum(part["totals"].get(k, 0.0) for part in parts) for k in names}
        together.counting = {name: joined(metric) for name, metric in mean.counting.items()}
        return together.result()

    # -------------------------------------------------------------------- around one step

    def count(self, model, data):
        """Return how many samples of a batch count; if none does, keep what they would change."""
        self._put_back_metrics()
        N = self.counts.popleft() if self.counts else length_of(data)
        self.idle = N == 0
        if self.idle:
            kept = [t for t in model.tensors().values() if not isinstance(t, Param)]
            self._states = [(t, t.value.copy()) for t in kept if not getattr(t, "shared", False)]
            metrics = model.objective.counting.values()
            self._metrics = [(metric, dict(vars(metric))) for metric in metrics]
        return N

    def before_backward(self, model, count, results):
        """Find out how much this rank's gradient counts, and let the optimizer begin."""
        objective = model.objective
        if any(loss is not None and loss.reduction == "sum" for loss in objective.losses):
            raise ValueError(
                'ranks are averaged, and a loss with reduction="sum" is no mean: leave it out, and '
                "multiply the learning rate by the batch size"
            )
        if results.masked and not objective.alone:
            raise ValueError(
                "ranks are averaged with one weight each, and outputs with masks would need one "
                "for each output: train such a model in one process"
            )
        counts_steps = results.count is not None and not objective.losses[0].takes_mask
        self.weight = float(results.count if counts_steps else count)
        if self.idle:
            self.weight = 0.0
            for tensor, value in self._states:
                tensor.value[...] = value
        self.rows += 0 if self.idle else count
        if hasattr(model.optimizer, "begin"):
            model.optimizer.begin(self.weight)

    def asked(self):
        """Return two numbers: whether this rank wants to end the epoch, and was interrupted."""
        return tuple(map(float, self.wants))

    def has_worked(self):
        """Note how long this rank worked since its last step; from now on it waits."""
        waited = self.world.waited - self._waited
        self.seconds = time.perf_counter() - self._ended - waited

    def after_step(self, head):
        """Take over what the ranks said about this step."""
        self._ended, self._waited = time.perf_counter(), self.world.waited
        self.idle, self._states, self.weight = False, (), None
        self.agreed = bool(head.total[1]), bool(head.total[2])
        slow = self.slow.after_step(head.total[3:])
        if slow and self.first:
            print(slow, file=sys.stderr, flush=True)

    def _put_back_metrics(self):
        """Let metrics forget the sample of an idle rank, in which they count it."""
        for metric, state in self._metrics:
            vars(metric).update(state)
        self._metrics = ()


def layer_generators(model):
    """Return the random generators below a model, each once, without the model's own."""
    found = {}
    for _, layer in model.walk():
        for value in vars(layer).values():
            if isinstance(value, np.random.Generator) and value is not model.rng:
                found[id(value)] = value
    return list(found.values())


def joined(metric):
    """Return a metric that has counted what this metric has counted on all ranks.

    Raises:
        TypeError: its `reset_state` starts from something else than zeros, so that nobody knows
            whether states may be added.
    """
    names = state_of(metric)
    said = json.dumps({name: to_numpy(getattr(metric, name)).tolist() for name in names})
    states = [json.loads(text) for text in allgather_texts(said)]
    together = copy.copy(metric)
    for name in names:
        parts = [np.asarray(state[name]) for state in states]
        total = sum(parts[1:], parts[0])  # one that has seen nothing has 0 for an array
        setattr(together, name, total if total.ndim else total.item())
    return together


def state_of(metric):
    """Return the names of the attributes that `reset_state` sets."""
    unset, names = object(), []
    for name in vars(metric):
        probe = copy.copy(metric)
        setattr(probe, name, unset)
        try:
            probe.reset_state()
        except Exception:
            continue  # it reads this one, so it is an option
        if getattr(probe, name) is not unset:
            names.append(name)
            if np.any(getattr(probe, name)):
                raise TypeError(
                    f"the metric {metric.name!r} does not start from zero ({name}), so it cannot "
                    "be added up over ranks: let its state be sums, and its result what follows"
                )
    return names


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


@functools.cache
def team():
    """Return the `Team` of this process."""
    return Team()
