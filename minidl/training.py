"""The training loop: `fit`, `evaluate` and `predict` feed batches to a step and tell what happened.

A step is in `minidl.steps`.
"""

import numpy as np

from minidl import callbacks as callback_module
from minidl import checks, diverged
from minidl.arrays import to_numpy
from minidl.callbacks.base import notify
from minidl.data import ArraySource, BatchSource, are_batches, split
from minidl.forms import mapped
from minidl.interrupt import interruptible
from minidl.kernels.common.blas import one_thread
from minidl.prefetch import explaining_memory_errors, feed
from minidl.results import Mean, RunningLogs, format_results
from minidl.steps import Steps


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
            parts = checks.validation_parts(validation_data)
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
