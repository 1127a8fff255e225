"""The training loop and its step: `fit`, `evaluate` and `predict`, and what they share.

A step is three lines: clear the gradients, find new ones, update.
"""

import numpy as np

from minidl import callbacks as callback_module
from minidl import kernels, losses, optimizers, regularizers
from minidl.base import checks, config
from minidl.base.arrays import to_numpy
from minidl.base.structure import mapped, parts, shape_of
from minidl.callbacks.base import notify
from minidl.callbacks.interrupt import Interrupt
from minidl.kernels.common.blas import one_thread
from minidl.layers.containers import Container
from minidl.models.data import (
    ArraySource,
    BatchSource,
    are_batches,
    explaining_memory_errors,
    feed,
    inputs_from,
    source_of,
    sources_of,
    validated,
)
from minidl.models.objective import Mean, Objective, RunningLogs, format_results
from minidl.models.team import ALONE


class Trainer(Container):
    """A layer that can be trained. `Model` adds graphs, files and tables."""

    compiled = False
    writes_own_step = False  # whether a subclass overrides `train_step`, and may need no loss
    stop_training = False  # whether `fit` ends after this batch
    next_epoch = 0  # where `fit` starts; a callback that resumes moves it in `on_train_begin`
    _flags = None  # what was trainable in `compile`, from each layer
    _trained = _params = _layers = None  # once built: what is trained, all Params, who leads there
    _logits = None  # see `_towards_logits`

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        cls.writes_own_step = cls.train_step is not Trainer.train_step

    def compile(
        self,
        optimizer="sgd",
        loss=None,
        metrics=(),
        loss_weights=None,
        backend=None,
        run_eagerly=None,
        jit_compile=None,
    ):
        """Choose how to train. What is trainable now is trained, until `compile` is called again.

        Args:
            optimizer: a name ("sgd") or an object of `minidl.optimizers`.
            loss: a name ("mse", "sparse_categorical_crossentropy") or an object of
                `minidl.losses`; for several outputs a list of them, or a dict by the outputs'
                names. If the last activation is the softmax or sigmoid that belongs to the loss,
                training goes through both at once, from the logits.
            metrics: names, functions of (y_true, y_pred) or objects of `minidl.metrics`:
                ["accuracy"]; for several outputs a list of lists, or a dict.
            loss_weights: how much the loss of each output counts; 1 each if not given.
            backend: "numpy", "numba" or "cupy"; the process's if not given.
            run_eagerly: Keras's; steps here are always eager.
            jit_compile: likewise without effect: the kernels are always compiled.

        Raises:
            ValueError: an unknown name; lists the valid ones and suggests the nearest.
        """
        if loss is None and not self.writes_own_step:
            raise ValueError('compile needs a loss, for instance loss="mse"')
        several_losses = isinstance(loss, list | tuple | dict)
        self.optimizer = optimizers.get(optimizer)
        self.loss = loss if several_losses or loss is None else losses.get(loss)
        self.compiled_with = self.loss, loss_weights, metrics
        self.ops = kernels.load(backend or config.backend())
        self.compiled, self.objective, self._trained = True, None, None
        self._flags = {layer: layer.trainable for _, layer in self.walk()}
        if self.built:
            self.use(self.ops)
            self._freeze()
        elif not several_losses:
            self._set_objective()

    def prepare(self, shape, ops=None, rng=None):
        """As in `Layer`; what `compile` could not know before the layers were built is noted."""
        output_shape = super().prepare(shape, ops, rng)
        if self.compiled and self._trained is None:
            self._freeze()
        return output_shape

    def _freeze(self):
        """Keep what each step would look for in every layer."""
        self._flags = {layer: layer.trainable for _, layer in self.walk()} | self._flags
        self._trained, self._params = self.trainable_params(self._flags), self.params()
        self._layers = {layer for _, layer in self.walk(enter=self._flags.get)}
        self._set_objective()

    def _set_objective(self):
        """Give each output its loss and metrics; before the model is built there is one."""
        if self.objective is None or self.objective.names != self.output_names:
            self.objective, self._logits = Objective(*self.compiled_with, self.output_names), None

    # ------------------------------------------------------------------------ the loop

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
            told once, in a RuntimeWarning, which np.errstate(invalid="ignore") around `fit` keeps
            quiet.

        Raises:
            RuntimeError: the model is not compiled.
            ValueError, TypeError: the data do not fit; says what was expected.
        """
        self.require_compiled("fit")
        self.require_trained_as_compiled()
        _look_at(verbose, shuffle, epochs=epochs, initial_epoch=initial_epoch)
        sizes, steps = (batch_size, validation_batch_size), (steps_per_epoch, validation_steps)
        validation = validation_data, validation_split
        source, held = sources_of(self, x, y, sample_weight, class_weight, validation, sizes, steps)
        self.history, self.next_epoch = callback_module.History(), initial_epoch
        self.stop_training, team = False, self.team
        team.begin(self, source, batch_size)
        with Interrupt(team) as interrupt:
            watching = self._watching(callbacks, interrupt, source, epochs, verbose)
            notify(watching, "on_train_begin", {})
            for epoch in team.epochs(self, epochs):
                notify(watching, "on_epoch_begin", epoch, {})
                mean = Mean(self.objective)
                batches = source.epoch(self.rng if shuffle else None)
                for batch, data in enumerate(feed(batches, self.ops.xp)):
                    notify(watching, "on_train_batch_begin", batch, {})
                    count = team.count(self, data)
                    mean.add(self.train_step(data), count)
                    notify(watching, "on_train_batch_end", batch, RunningLogs(mean))
                    if team.breaks(self, interrupt):
                        break
                if interrupt.cuts_off():
                    break
                logs = team.results_of_epoch(self, mean)
                if held is not None:
                    results = self._evaluate(held, watching)
                    logs |= {f"val_{name}": value for name, value in results.items()}
                notify(watching, "on_epoch_end", epoch, logs)
            notify(watching, "on_train_end", {})
        return self.history

    def _watching(self, given, interrupt, source, epochs, verbose):
        """Return all callbacks of a run of `fit`, the user's and its own."""
        verbose = verbose if self.team.first else 0
        log = callback_module.ProgressLog(epochs, source.steps, bar=verbose != 2)
        before = [callback_module.WarnOnNaN(), *([log] if verbose else [])]
        after = [self.history, interrupt]
        params = {"epochs": epochs, "steps": source.steps, "verbose": verbose}
        given = self.team.callbacks(given)
        return callback_module.prepare_callbacks(self, given, before, after, params)

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
        _look_at(verbose)
        source = source_of(self, x, y, sample_weight, checks.batch_size(batch_size), steps)
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
        _look_at(verbose)
        if are_batches(x):
            source = BatchSource(x, lambda x, *_: (inputs_from(self, x),), steps, alone=True)
        else:
            source = ArraySource((inputs_from(self, x),), batch_size, steps)
        watching = callback_module.prepare_callbacks(self, callbacks, [], [])
        notify(watching, "on_predict_begin", {})
        found = []
        for batch, (part,) in enumerate(self._batches(source, verbose)):
            notify(watching, "on_predict_batch_begin", batch, {})
            found.append(mapped(to_numpy, self.forward(self.cast(part))[0]))
            notify(watching, "on_predict_batch_end", batch, {"outputs": found[-1]})
        notify(watching, "on_predict_end", {})
        if not isinstance(found[0], tuple):
            return np.concatenate(found)
        outputs = tuple(map(np.concatenate, zip(*found)))
        keys = getattr(self.net, "output_keys", None)
        return dict(zip(keys, outputs)) if keys else outputs

    def _batches(self, source, verbose):
        """Yield all batches of a source; a bar shows if it takes over five seconds."""
        show = bool(verbose) and source.steps != 1
        with callback_module.progress_bar(source.steps, "", show, delay=5) as bar:
            for data in feed(source.epoch(), self.ops.xp):
                yield data
                bar.update()

    # ------------------------------------------------------------------------ the step

    def train_step(self, data):
        """Take one step on a batch. A subclass may do it in its own way.

        Args:
            data: (x, y, sample_weight), where the kernels work; y may be None then.

        Returns:
            dict from name to number: the loss and the metrics of this batch.
        """
        self.zero_grad()
        results, _ = self.loss_and_gradient(*data, input_gradient=False)
        if trained := self.trained_params():
            self.optimizer.step(trained, self.ops)
        return results

    def test_step(self, data):
        """Return the results of a batch, as `train_step` does, and change nothing."""
        *_, results, _ = self._loss(*data, training=False)
        return results

    @one_thread
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
        if not self.built or shape_of(x) != self.input_shape:
            self.prepare(shape_of(x))
        net, cache, results, dz = self._loss(x, y, sample_weight, training)
        self.team.before_backward(self, len(parts(x)[0]), results)
        if input_gradient or not self._trains_what_it_did():
            dx = net.backward(dz, cache)
        else:
            dx = net.accumulate_gradients(dz, cache)
        if costly := self._regularized():
            regularizers.add_gradients(costly)
        return results, dx if input_gradient else None

    def _loss(self, x, y, sample_weight, training):
        """Return (the layers without the last activations, their cache, the results, dL/dz)."""
        net, lasts = self._towards_logits()
        z, cache, mask = net.forward_with_mask(self.cast(x), training)
        results, dz = self.objective(y, z, lasts, sample_weight, self.ops, mask, training)
        results["loss"] += self.penalty(cache)
        if costly := self._regularized():
            results["loss"] += regularizers.total_penalty(costly)
        return net, cache, results, dz

    def _towards_logits(self):
        """Return (the layers without the last activations, those in the form of y).

        Where no loss takes its last activation and itself in one step it is (all of them, None).
        """
        if self._logits is None or self._logits["ops"] is not self.ops:
            net, lasts = self.split_activation()
            if not self.objective.absorbs(lasts):
                net, lasts = self, None
            self._logits = {"ops": self.ops, "ways": (net, lasts)}  # a dict: no layer of its own
        return self._logits["ways"]

    def cast(self, x):
        """Return x in the float type of the process."""
        return mapped(lambda array: array.astype(config.floatx(), copy=False), x)

    # ---------------------------------------------------------------- batches of yours

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

    # -------------------------------------------------------------------- what is trained

    def trained_params(self):
        """Return the dict of params that a step changes: those trainable when it was compiled."""
        return self.trainable_params(self._flags) if self._trained is None else self._trained

    def _regularized(self):
        return {k: p for k, p in self.trained_params().items() if p.regularizer is not None}

    def zero_grad(self):
        """Set every gradient to 0: `backward` adds to what is there."""
        for param in (self.params() if self._trained is None else self._params).values():
            param.grad.fill(0)

    def _trains_what_it_did(self):
        """Whether nothing is frozen now that is to be trained."""
        if self._trained is None:
            return self._trains_as_compiled()
        frozen = [layer for layer in self._layers if not layer._trainable]
        return not frozen and not [p for p in self._trained.values() if not p.trainable]

    def _trains_as_compiled(self):
        """Whether the same parameters are trainable now."""
        return self.trained_params().keys() == self.trainable_params().keys()

    def require_trained_as_compiled(self):
        """Refuse to train a model some of whose layers were frozen, or set free, since compile.

        Only `train_on_batch` goes on then, with what was trainable in compile: a GAN compiles its
        discriminator, freezes it, and compiles the two together.
        """
        if not self._trains_as_compiled():
            changed = self.trainable_params().keys() ^ self.trained_params().keys()
            raise RuntimeError(
                f"trainable has changed since {self.name!r} was compiled, for "
                f"{', '.join(sorted(changed))}: call compile again, which decides what is trained"
            )

    # ---------------------------------------------------------------------- what it knows

    @property
    def team(self):
        """The processes that train this model together: one, or those that the optimizer knows."""
        return getattr(self.optimizer, "team", ALONE)

    @property
    def metrics_names(self):
        """List of the names of what `evaluate` returns, in order."""
        self.require_compiled("metrics_names")
        return self.objective.result_names

    @property
    def metrics(self):
        """Dict from the names in results to the metrics."""
        self.require_compiled("metrics")
        return self.objective.metrics

    @property
    def losses(self):
        """List of the penalties on parameters, as numbers: what the loss has besides the data's."""
        return [p.regularizer.penalty(p.value) for p in self._regularized().values()]

    def reset_metrics(self):
        """Let the metrics that keep count begin anew; `fit` and `evaluate` do so by themselves."""
        for metric in self.objective.counting.values():
            metric.reset_state()

    def require_compiled(self, method):
        """Refuse to go on without a loss and an optimizer."""
        if not self.compiled:
            raise RuntimeError(
                f"{method} needs a compiled model: call compile(optimizer=..., loss=...) first"
            )

    def validate(self, x, y, sample_weight=None, class_weight=None, name=""):
        """Check data, build the model if they are the first it sees; return (x, y, weights)."""
        return validated(self, x, y, sample_weight, class_weight, name)


def _look_at(verbose, shuffle=True, **numbers):
    """Refuse arguments of `fit` that are not what they are called."""
    checks.flag("shuffle", shuffle)
    for name, value in numbers.items():
        checks.positive_integer(name, value, least=1 if name == "epochs" else 0)
    if np.ndim(verbose) or verbose not in (0, 1, 2, "auto"):
        raise ValueError(f'verbose must be 0, 1, 2 or "auto"; got {verbose!r}')
