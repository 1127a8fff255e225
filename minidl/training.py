"""The training loop: what `compile`, `fit`, `evaluate` and `predict` do.

One step is seven lines (`Model._train_step`): clear the gradients, forward and loss, backward,
penalties, update. The rest of this file feeds batches to it and tells what happened.
"""

import numpy as np

from minidl import callbacks as callback_module
from minidl import checks, config, kernels, losses, optimizers, regularizers
from minidl import metrics as metric_module
from minidl.arrays import number, to_numpy
from minidl.batches import Mean, RunningLogs, batches, format_results, split
from minidl.callbacks.base import notify
from minidl.interrupt import interruptible
from minidl.layer import NO_FUNCTIONAL_API, Layer
from minidl.prefetch import explaining_memory_errors, feed


class Model(Layer):
    """A layer that can be trained. `Sequential` is the one you build."""

    compiled = False
    stop_training = False
    next_epoch = 0  # where `fit` starts; a callback that resumes moves it in `on_train_begin`

    def __init__(self, inputs=None, outputs=None, **options):
        if inputs is not None or outputs is not None:
            raise TypeError(NO_FUNCTIONAL_API)
        super().__init__(**options)

    def compile(self, optimizer="sgd", loss=None, metrics=(), backend=None):
        """Choose how to train.

        Args:
            optimizer: a name ("sgd") or an object of `minidl.optimizers`.
            loss: a name ("mse", "sparse_categorical_crossentropy") or an object of
                `minidl.losses`. If the last activation is the softmax or sigmoid that belongs to
                the loss, training goes through both at once, from the logits.
            metrics: names or functions of (y_true, y_pred): ["accuracy"].
            backend: "numpy", "numba" or "cupy"; the process's if not given.

        Raises:
            ValueError: an unknown name; lists the valid ones and suggests the nearest.
        """
        if loss is None:
            raise ValueError('compile needs a loss, for instance loss="mse"')
        self.optimizer = optimizers.get(optimizer)
        self.loss = losses.get(loss)
        self.metrics = metric_module.get_all(metrics)
        self._geometric = [k for k, f in self.metrics.items() if getattr(f, "geometric", False)]
        self.ops = kernels.load(backend or config.backend())
        self.compiled = True
        if self.built:
            self.use(self.ops)

    @explaining_memory_errors
    def fit(
        self,
        x,
        y,
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
    ):
        """Train for `epochs` passes over the data.

        Args:
            x: inputs (N, ...), numbers, finite.
            y: targets (N, ...), in the form that the loss expects.
            batch_size: samples per step, None for 32; the last batch of an epoch may be smaller.
            epochs: number of the last epoch.
            verbose: 0 silent, 1 or "auto" a bar and a line per epoch, 2 the line alone.
            callbacks: objects of `minidl.callbacks`.
            validation_split: share of the data, from the end, to validate on instead.
            validation_data: (x, y) or (x, y, sample_weight) to validate on after each epoch.
            shuffle: draw a new order every epoch.
            class_weight: dict from class to how much each of its samples counts in the loss of
                training; in that of validation all count the same.
            sample_weight: (N,), how much each sample counts in the loss; metrics ignore both.
            initial_epoch: epochs already done, if this continues an earlier run.

        Returns:
            History: `history.history["loss"]` has one float an epoch. Ctrl-C ends training after
            the running batch; weights and history stay.

        Raises:
            RuntimeError: the model is not compiled.
            ValueError, TypeError: the data do not fit; says what was expected.
        """
        self._require_compiled("fit")
        batch_size = checks.batch_size(batch_size)
        checks.positive_integer("epochs", epochs)
        data = self._validate(x, y, sample_weight)
        if validation_data is not None:
            parts = checks.validation_parts(validation_data)
            validation_data = self._validate(*parts, name="validation ")
        elif validation_split:
            data, validation_data = split(data, validation_split)
        data = checks.class_weighted(data, class_weight, self.output_shape)
        self.optimizer.serve(self)

        self.history = callback_module.History()
        N = len(data[0])
        starts = range(0, N, batch_size)
        log = callback_module.ProgressLog(epochs, len(starts), bar=verbose != 2)
        watching = callback_module.prepare_callbacks(
            self, callbacks, [log] if verbose else [], [self.history]
        )
        self.stop_training, self.next_epoch, interrupted = False, initial_epoch, None

        notify(watching, "on_train_begin", {})
        with interruptible() as interrupt:
            for epoch in range(self.next_epoch, epochs):
                if self.stop_training:
                    break
                notify(watching, "on_epoch_begin", epoch, {})
                order = self.rng.permutation(N) if shuffle else np.arange(N)
                mean = Mean(self._geometric)
                rows = [order[start : start + batch_size] for start in starts]
                for batch, arrays in enumerate(feed(data, rows, self.ops.xp)):
                    notify(watching, "on_train_batch_begin", batch, {})
                    mean.add(*self._train_step(*arrays))
                    notify(watching, "on_train_batch_end", batch, RunningLogs(mean))
                    if interrupt.is_set() or self.stop_training:
                        break
                if interrupt.is_set():
                    interrupted = f"epoch {epoch + 1}, after batch {batch + 1} of {len(starts)}"
                    break
                logs = mean.result()
                if validation_data is not None:
                    results = self._evaluate(validation_data, batch_size, watching)
                    logs |= {f"val_{name}": value for name, value in results.items()}
                notify(watching, "on_epoch_end", epoch, logs)
        notify(watching, "on_train_end", {})
        if interrupted:
            print(f"Interrupted in {interrupted}. The weights and the history are kept.")
        return self.history

    @explaining_memory_errors
    def train_on_batch(self, x, y, sample_weight=None, class_weight=None, return_dict=False):
        """Take one step on one batch; return [loss, *metrics] as `evaluate` does."""
        self._require_compiled("train_on_batch")
        data = self._validate(x, y, sample_weight)
        data = checks.class_weighted(data, class_weight, self.output_shape)
        self.optimizer.serve(self)
        (arrays,) = feed(data, [slice(None)], self.ops.xp)
        results, _ = self._train_step(*arrays)
        return format_results({name: float(value) for name, value in results.items()}, return_dict)

    @explaining_memory_errors
    def evaluate(self, x, y, batch_size=32, verbose=1, sample_weight=None, return_dict=False):
        """Return the mean loss, or [loss, *metrics] if there are metrics, or both as a dict.

        Arguments are those of `fit`. A bar shows if it takes more than five seconds.
        """
        self._require_compiled("evaluate")
        batch_size = checks.batch_size(batch_size)
        data = self._validate(x, y, sample_weight)
        return format_results(self._evaluate(data, batch_size, verbose=verbose), return_dict)

    @explaining_memory_errors
    def predict(self, x, batch_size=32, verbose=1):
        """Return the outputs (N, ...) for inputs x (N, ...), computed batch by batch."""
        x = checks.numeric("x", x)
        batch_size = checks.batch_size(batch_size)
        self._prepare_for(x)
        slices = batches(x, batch_size, verbose)
        fed = feed((x,), slices, self.ops.xp)
        return np.concatenate([to_numpy(self.forward(self._cast(part))[0]) for (part,) in fed])

    # ------------------------------------------------------------------------ one step

    def _train_step(self, x, y, weights):
        self.zero_grad()
        params = self.trainable_params()
        means, dy, trunk, cache = self._loss_and_gradient(x, y, weights, params, training=True)
        trunk.accumulate_gradients(dy, cache)
        regularizers.add_gradients(params)
        self.optimizer.step(params, self.ops)
        return means

    def _loss_and_gradient(self, x, y, weights, params, training):
        """Forward, loss and metrics; through the logits where the loss absorbs the last activation.

        The gradient is that of the data's part of the loss. Penalties on outputs add theirs in
        `backward`, penalties on parameters in `_train_step`.
        """
        x = self._cast(x)
        trunk, last = self.split_activation()
        if self.loss.absorbs(last):
            logits, cache, mask = trunk.forward_with_mask(x, training)
            loss, dy = self.loss.on_logits()(y, logits, weights, self.ops, mask)
            y_pred, _ = last.forward(logits)
        else:
            trunk = self
            y_pred, cache, mask = self.forward_with_mask(x, training)
            loss, dy = self.loss(y, y_pred, weights, self.ops, mask)
        loss += trunk.penalty(cache) + regularizers.total_penalty(params)
        return self._means(loss, y, y_pred, mask), dy, trunk, cache

    def _evaluate(self, data, batch_size, watching=(), verbose=0):
        mean, params = Mean(self._geometric), self.trainable_params()
        notify(watching, "on_test_begin", {})
        slices = batches(data[0], batch_size, verbose)
        for batch, arrays in enumerate(feed(data, slices, self.ops.xp)):
            notify(watching, "on_test_batch_begin", batch, {})
            means, *_ = self._loss_and_gradient(*arrays, params, training=False)
            mean.add(*means)
            notify(watching, "on_test_batch_end", batch, RunningLogs(mean))
        results = mean.result()
        notify(watching, "on_test_end", results)
        return results

    def _means(self, loss, y, y_pred, mask):
        """Return the results and how many samples, or steps that are no padding, they stand for."""
        count = len(y) if mask is None else number(mask.sum())
        if mask is not None and self.metrics:
            y, y_pred = y[mask], y_pred[mask]  # (N, T, ...) -> (K, ...): padding is no answer
        return {"loss": loss} | {name: f(y, y_pred) for name, f in self.metrics.items()}, count

    # --------------------------------------------------------------------------- input checks

    def _require_compiled(self, method):
        if not self.compiled:
            raise RuntimeError(
                f"{method} needs a compiled model: call compile(optimizer=..., loss=...) first"
            )

    def _validate(self, x, y, sample_weight=None, name=""):
        """Check data, build the model if they are the first it sees; return (x, y, weights)."""
        x, y = checks.pair(x, y, name)
        self._prepare_for(x)
        self.loss.check(y, (len(x), *checks.fill(self.output_shape, y.shape[1:])))
        if sample_weight is not None:
            sample_weight = checks.sample_weights(sample_weight, len(x), f"{name}sample_weight")
        return x, y, sample_weight

    def _prepare_for(self, x):
        self.prepare(x.shape[1:])
        if self.ops.xp is not np:
            self.check_input(x)

    def _cast(self, x):
        return x.astype(config.floatx(), copy=False)
