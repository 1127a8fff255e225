"""Results averaged over batches."""

import contextlib
import copy
import functools
import math
import signal
import threading
from collections.abc import Mapping

import numpy as np

from minidl import callbacks as callback_module
from minidl import regularizers
from minidl.base import checks
from minidl.base.arrays import to_numpy
from minidl.base.structure import mapped, parts
from minidl.callbacks.base import notify
from minidl.kernels.common.blas import one_thread
from minidl.models import diverged
from minidl.models.compiling import Compiled
from minidl.models.data import (
    ArraySource,
    BatchSource,
    are_batches,
    explaining_memory_errors,
    feed,
    split,
    validation_parts,
)


def format_results(results, as_dict):
    """Return a dict of results as it is, or as a list of its values, or as its only value."""
    values = list(results.values())
    return results if as_dict else values if len(values) > 1 else values[0]


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


@contextlib.contextmanager
def interruptible():
    """Yield an event that the first Ctrl-C sets; a second one raises KeyboardInterrupt."""
    event = threading.Event()

    def on_interrupt(signum, frame):
        if event.is_set():
            raise KeyboardInterrupt
        event.set()

    if threading.current_thread() is not threading.main_thread():
        yield event  # only the main thread may handle signals
        return
    before = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield event
    finally:
        signal.signal(signal.SIGINT, before)


class Steps(Compiled):
    """A layer that can take a step on a batch."""

    divergence = None  # the report of `fit` on a loss that is NaN or infinite

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        cls.writes_own_step = cls.train_step is not Steps.train_step

    def train_step(self, data):
        """Take one step on a batch. A subclass may do it in its own way.

        Args:
            data: (x, y, sample_weight), where the kernels work; y may be None then.

        Returns:
            dict from name to number: the loss and the metrics of this batch.
        """
        self.zero_grad()
        results, _ = self.loss_and_gradient(*data, input_gradient=False)
        if self.divergence and diverged.lost(results):
            self.divergence.look(self, data[0])  # now: the update makes all weights NaN
        if trained := self.trained_params():
            self.optimizer.step(trained, self.ops)
        return results

    def test_step(self, data):
        """Return the results of a batch, as `train_step` does, and change nothing."""
        *_, results, _ = self._loss(*data, training=False)
        return results

    def loss_and_gradient(self, x, y, sample_weight=None, training=True, input_gradient=True):
        """Go forward and backward once: dL/dW is added to the grad of every parameter.

        L is all of the loss: that of the outputs, and the penalties on outputs and parameters.
        Batches stand where the kernels work. Returns (results, dx): a dict of the loss and the
        metrics, and dL/dx in the form of x, or None where `input_gradient` is False.

        Raises:
            RuntimeError: the model has not been compiled, so it has no loss.
            ValueError: it was built for samples of another shape than those of x.
        """
        self.require_compiled("loss_and_gradient")
        self.prepare(mapped(lambda array: array.shape[1:], x))
        logits_model, cache, results, dz = self._loss(x, y, sample_weight, training)
        self.team.before_backward(self, len(parts(x)[0]), results)
        if input_gradient or not self.trains_what_it_did():
            dx = logits_model.backward(dz, cache)
        else:
            dx = logits_model.accumulate_gradients(dz, cache)
        regularizers.add_gradients(self.trained_params())
        return results, dx if input_gradient else None

    def _loss(self, x, y, sample_weight, training):
        """Return (the model without its last activations, its cache, the results, dL/dz)."""
        logits_model, lasts = self.split_activation()
        if not self.objective.absorbs(lasts):
            logits_model, lasts = self, None
        z, cache, mask = logits_model.forward_with_mask(self.cast(x), training)
        results, dz = self.objective(y, z, lasts, sample_weight, self.ops, mask, training)
        results["loss"] += self.penalty(cache) + regularizers.total_penalty(self.trained_params())
        return logits_model, cache, results, dz

    # ------------------------------------------------------------------ batches of yours

    @one_thread
    @explaining_memory_errors
    def train_on_batch(self, x, y=None, sample_weight=None, class_weight=None, return_dict=False):
        """Take one step on one batch; return its [loss, *metrics], in the form of `evaluate`."""
        return self._one_batch("train", x, y, sample_weight, class_weight, return_dict)

    @one_thread
    @explaining_memory_errors
    def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False):
        """Return [loss, *metrics] of one batch, in the form of `evaluate`."""
        return self._one_batch("test", x, y, sample_weight, None, return_dict)

    def _one_batch(self, kind, x, y, sample_weight, class_weight, return_dict):
        self.require_compiled(f"{kind}_on_batch")
        step = self.train_step if kind == "train" else self.test_step
        data = self.validate(x, y, sample_weight, class_weight)
        (batch,) = feed([data], self.ops.xp)
        mean = Mean(self.objective)
        count = self.team.count(self, batch)
        mean.add(step(batch), count)
        return format_results(self.team.results(mean), return_dict)

    def predict_on_batch(self, x):
        """Return the outputs for one batch of inputs."""
        return mapped(to_numpy, self(x))


class Trainer(Steps):
    """A layer that can be trained. `Model` adds graphs, files and tables."""

    stop_training = False
    next_epoch = 0  # where `fit` starts; a callback that resumes moves it in `on_train_begin`

    @one_thread
    @explaining_memory_errors
    def fit(
        self,
        x,
        y=None,
        batch_size=32,
        epochs=1,
        verbose=1,
        callbacks=(),
        validation_split=0.0,
        validation_data=None,
        shuffle=True,
        class_weight=None,
        sample_weight=None,
        initial_epoch=0,
        steps_per_epoch=None,
        validation_steps=None,
        validation_batch_size=None,
    ):
        """Train for `epochs` passes over the data.

        Args:
            x: inputs (N, ...), numbers, finite; several as a tuple, a list or a dict by name. Or
                what makes batches (x, y): a generator, or an object with len() and x[i].
            y: targets (N, ...), in the form that the loss expects; several as in x.
            batch_size: samples per step, None for 32; the last batch of an epoch may be smaller.
            epochs: number of the last epoch.
            verbose: 0 silent, 1 or "auto" a bar and a line per epoch, 2 the line alone.
            callbacks: objects of `minidl.callbacks`.
            validation_split: share of the data, from the end, to validate on instead.
            validation_data: (x, y) or (x, y, sample_weight) to validate on after each epoch, or
                what makes batches.
            shuffle: draw a new order every epoch.
            class_weight: dict from class to how much each of its samples counts in the loss of
                training; in that of validation all count the same.
            sample_weight: (N,), how much each sample counts in the loss; metrics ignore both.
            initial_epoch: epochs already done, if this continues an earlier run.
            steps_per_epoch: how many batches make an epoch; None for all there are.
            validation_steps: likewise; None for all.
            validation_batch_size: None for `batch_size`.

        Returns:
            History: `history.history["loss"]` has one float an epoch. Ctrl-C ends training after
            the running batch; weights and history stay. A loss that becomes NaN or infinite is
            told once, with the layer where it began: a RuntimeWarning, which
            np.errstate(invalid="ignore") around `fit` keeps quiet.

        Raises:
            RuntimeError: the model is not compiled.
            ValueError, TypeError: the data do not fit; says what was expected.
        """
        self.require_compiled("fit")
        self.require_trained_as_compiled()
        batch_size = checks.batch_size(batch_size)
        checks.positive_integer("epochs", epochs)
        checks.positive_integer("initial_epoch", initial_epoch, least=0)
        checks.flag("shuffle", shuffle)
        _check_verbose(verbose)
        if validation_split and validation_data is None and not are_batches(x):
            data = self.validate(x, y, sample_weight)
            (x, y, sample_weight), validation_data = split(data, validation_split)
        source = self.source(x, y, sample_weight, batch_size, steps_per_epoch, class_weight)
        held = None
        if validation_data is not None:
            parts = validation_parts(validation_data)
            size = checks.batch_size(validation_batch_size or batch_size)
            held = self.source(*parts, size, validation_steps, name="validation ")

        team = self.team
        team.begin(self, source, batch_size)
        callbacks, verbose = team.callbacks(callbacks), verbose if team.first else 0
        self.history = callback_module.History()
        log = callback_module.ProgressLog(epochs, source.steps, bar=verbose != 2)
        before, after = [log] if verbose else [], [self.history]
        params = {"epochs": epochs, "steps": source.steps, "verbose": verbose}
        watching = callback_module.prepare_callbacks(self, callbacks, before, after, params)
        stops = any(isinstance(c, callback_module.TerminateOnNaN) for c in watching)
        report = self.divergence = diverged.Report(told=stops)
        self.stop_training, self.next_epoch, interrupted = False, initial_epoch, None
        notify(watching, "on_train_begin", {})
        with interruptible() as interrupt:
            for epoch in range(self.next_epoch, epochs):
                if team.stops(self):
                    break
                notify(watching, "on_epoch_begin", epoch, {})
                mean = Mean(self.objective)
                batches = source.epoch(self.rng if shuffle else None)
                for batch, data in enumerate(feed(batches, self.ops.xp)):
                    notify(watching, "on_train_batch_begin", batch, {})
                    count = team.count(self, data)
                    results = self.train_step(data)
                    report.tell(results, f"epoch {epoch + 1}, batch {batch + 1}")
                    mean.add(results, count)
                    notify(watching, "on_train_batch_end", batch, RunningLogs(mean))
                    if team.breaks(self, interrupt):
                        break
                if team.interrupted(interrupt):
                    of = "" if source.steps is None else f" of {source.steps}"
                    interrupted = f"epoch {epoch + 1}, after batch {batch + 1}{of}"
                    break
                team.after_epoch(self)
                logs = team.results(mean)
                if held is not None:
                    results = self._evaluate(held, watching)
                    logs |= {f"val_{name}": value for name, value in results.items()}
                for name in ("loss", "val_loss"):  # on a GPU the first that is read
                    report.tell(logs, f"epoch {epoch + 1}", name)
                notify(watching, "on_epoch_end", epoch, logs)
        notify(watching, "on_train_end", {})
        if interrupted and team.first:
            print(f"Interrupted in {interrupted}. The weights and the history are kept.")
        return self.history

    @one_thread
    @explaining_memory_errors
    def evaluate(
        self,
        x,
        y=None,
        batch_size=32,
        verbose=1,
        sample_weight=None,
        steps=None,
        callbacks=(),
        return_dict=False,
    ):
        """Return the mean loss, or [loss, *metrics] if there are metrics, or both as a dict.

        Arguments are those of `fit`. A bar shows if it takes more than five seconds.
        """
        self.require_compiled("evaluate")
        _check_verbose(verbose)
        source = self.source(x, y, sample_weight, checks.batch_size(batch_size), steps)
        watching = callback_module.prepare_callbacks(self, callbacks, [], [])
        return format_results(self._evaluate(source, watching, verbose), return_dict)

    def _evaluate(self, source, watching=(), verbose=0):
        mean = Mean(self.objective)
        notify(watching, "on_test_begin", {})
        for batch, data in enumerate(self._batches(source, verbose)):
            notify(watching, "on_test_batch_begin", batch, {})
            count = self.team.count(self, data)
            mean.add(self.test_step(data), count)
            notify(watching, "on_test_batch_end", batch, RunningLogs(mean))
        results = self.team.results(mean)
        notify(watching, "on_test_end", results)
        return results

    @one_thread
    @explaining_memory_errors
    def predict(self, x, batch_size=32, verbose=1, steps=None, callbacks=()):
        """Return the outputs (N, ...), or a tuple of them, for inputs x, batch by batch.

        Outputs that `Model` was given as a dict come as one.
        """
        batch_size = checks.batch_size(batch_size)
        _check_verbose(verbose)
        if are_batches(x):
            source = BatchSource(x, lambda x, *_: (self.inputs_from(x),), steps, alone=True)
        else:
            source = ArraySource((self.inputs_from(x),), batch_size, steps)
        watching = callback_module.prepare_callbacks(self, callbacks, [], [])
        notify(watching, "on_predict_begin", {})
        found = []
        for batch, (part,) in enumerate(self._batches(source, verbose)):
            notify(watching, "on_predict_batch_begin", batch, {})
            found.append(mapped(to_numpy, self._answer(self.cast(part))))
            notify(watching, "on_predict_batch_end", batch, {"outputs": found[-1]})
        notify(watching, "on_predict_end", {})
        if not isinstance(found[0], tuple):
            return np.concatenate(found)
        outputs = tuple(map(np.concatenate, zip(*found)))
        return dict(zip(self.output_keys, outputs)) if self.output_keys else outputs

    def _answer(self, x):
        """Return y for a batch of `predict`."""
        return self.forward(x)[0]

    def _batches(self, source, verbose):
        """Yield all batches of a source; a bar shows if it takes over five seconds."""
        show = bool(verbose) and source.steps != 1
        with callback_module.progress_bar(source.steps, "", show, delay=5) as bar:
            for data in feed(source.epoch(), self.ops.xp):
                yield data
                bar.update()


def _check_verbose(verbose):
    if np.ndim(verbose) or verbose not in (0, 1, 2, "auto"):
        raise ValueError(f'verbose must be 0, 1, 2 or "auto"; got {verbose!r}')
