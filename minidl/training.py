"""The training loop: what `compile`, `fit`, `evaluate` and `predict` do.

One step is five lines (`Model._train_step`): clear the gradients, forward, loss, backward,
update. The rest of this file feeds batches to it and tells what happened.
"""

import numpy as np

from minidl import callbacks as callback_module
from minidl import checks, config, kernels, losses, optimizers
from minidl import metrics as metric_module
from minidl.batches import Mean, batches, split
from minidl.interrupt import interruptible
from minidl.layer import Layer


class Model(Layer):
    """A layer that can be trained. `Sequential` is the one you build."""

    compiled = False
    stop_training = False

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
        metrics = [metrics] if isinstance(metrics, str) else metrics
        self.metrics = dict(metric_module.get(m) for m in metrics)
        self.ops = kernels.load(backend or config.backend())
        self.compiled = True
        if self.built:
            self.use(self.ops)

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
        initial_epoch=0,
    ):
        """Train for `epochs` passes over the data.

        Args:
            x: inputs (N, ...), numbers, finite.
            y: targets (N, ...), in the form that the loss expects.
            batch_size: samples per step; the last batch of an epoch may be smaller.
            epochs: number of the last epoch.
            verbose: 0 silent, 1 a bar and a line per epoch, 2 the line alone.
            callbacks: objects of `minidl.callbacks`.
            validation_split: share of the data, from the end, to validate on instead.
            validation_data: (x, y) to validate on after each epoch.
            shuffle: draw a new order every epoch.
            initial_epoch: epochs already done, if this continues an earlier run.

        Returns:
            History: `history.history["loss"]` has one float an epoch. Ctrl-C ends training after
            the running batch; weights and history stay.

        Raises:
            RuntimeError: the model is not compiled.
            ValueError, TypeError: the data do not fit; says what was expected.
        """
        self._require_compiled("fit")
        x, y = checks.pair(x, y)
        batch_size = checks.positive_integer("batch_size", batch_size)
        checks.positive_integer("epochs", epochs)
        if validation_data is not None:
            validation_data = checks.pair(*validation_data[:2], name="validation ")
        elif validation_split:
            x, y, validation_data = split(x, y, validation_split)
        self._meet(x, y)
        if validation_data is not None:
            self._meet(*validation_data)

        self.history = callback_module.History()
        starts = range(0, len(x), batch_size)
        watching = [self.history, *callbacks]
        if verbose:
            log = callback_module.ProgressLog(epochs, len(starts), bar=verbose == 1)
            watching.insert(0, log)
        for callback in watching:
            callback.model = self
        self.stop_training = False

        _call(watching, "on_train_begin")
        with interruptible() as interrupt:
            for epoch in range(initial_epoch, epochs):
                _call(watching, "on_epoch_begin", epoch)
                order = self.rng.permutation(len(x)) if shuffle else np.arange(len(x))
                mean = Mean()
                for batch, start in enumerate(starts):
                    rows = order[start : start + batch_size]
                    mean.add(self._train_step(x[rows], y[rows]), len(rows))
                    _call(watching, "on_train_batch_end", batch, mean.result())
                    if interrupt.is_set():
                        break
                if interrupt.is_set():
                    break
                logs = mean.result()
                if validation_data is not None:
                    results = self._evaluate(*validation_data, batch_size)
                    logs |= {f"val_{name}": value for name, value in results.items()}
                _call(watching, "on_epoch_end", epoch, logs)
                if self.stop_training:
                    break
        _call(watching, "on_train_end")
        if interrupt.is_set():
            print(
                f"Interrupted in epoch {epoch + 1}, after batch {batch + 1} of {len(starts)}. "
                "The weights and the history are kept."
            )
        return self.history

    def train_on_batch(self, x, y, return_dict=False):
        """Take one step on one batch; return [loss, *metrics] as `evaluate` does."""
        self._require_compiled("train_on_batch")
        x, y = checks.pair(x, y)
        self._meet(x, y)
        return _form(self._train_step(x, y), return_dict)

    def evaluate(self, x, y, batch_size=32, verbose=1, return_dict=False):
        """Return the mean loss, or [loss, *metrics] if there are metrics, or both as a dict.

        Arguments are those of `fit`. A bar shows if it takes more than two seconds.
        """
        self._require_compiled("evaluate")
        x, y = checks.pair(x, y)
        batch_size = checks.positive_integer("batch_size", batch_size)
        self._meet(x, y)
        return _form(self._evaluate(x, y, batch_size, verbose), return_dict)

    def predict(self, x, batch_size=32, verbose=1):
        """Return the outputs (N, ...) for inputs x (N, ...), computed batch by batch."""
        x = checks.numeric("x", x)
        batch_size = checks.positive_integer("batch_size", batch_size)
        self._meet(x)
        parts = [self.forward(self._cast(x[rows]))[0] for rows in batches(x, batch_size, verbose)]
        return np.concatenate(parts)

    # ------------------------------------------------------------------------ one step

    def _train_step(self, x, y):
        self.zero_grad()
        loss, dy, y_pred, trunk, cache = self._loss_and_gradient(self._cast(x), y, training=True)
        trunk.backward(dy, cache)
        self.optimizer.step(self.trainable_params(), self.ops)
        return self._results(loss, y, y_pred)

    def _loss_and_gradient(self, x, y, training):
        """Forward and loss; through the logits where the loss absorbs the last activation."""
        trunk, last = self.split_activation()
        if not self.loss.absorbs(last):
            y_pred, cache = self.forward(x, training)
            return *self.loss(y, y_pred, self.ops), y_pred, self, cache
        logits, cache = trunk.forward(x, training)
        loss, dy = self.loss.on_logits()(y, logits, self.ops)
        return loss, dy, last.forward(logits)[0], trunk, cache

    def _evaluate(self, x, y, batch_size, verbose=0):
        mean = Mean()
        for rows in batches(x, batch_size, verbose):
            loss, _, y_pred, *_ = self._loss_and_gradient(self._cast(x[rows]), y[rows], False)
            mean.add(self._results(loss, y[rows], y_pred), len(y_pred))
        return mean.result()

    def _results(self, loss, y, y_pred):
        return {"loss": loss} | {name: f(y, y_pred) for name, f in self.metrics.items()}

    # --------------------------------------------------------------------------- doors

    def _require_compiled(self, method):
        if not self.compiled:
            raise RuntimeError(
                f"{method} needs a compiled model: call compile(optimizer=..., loss=...) first"
            )

    def _meet(self, x, y=None):
        """Build the model for x if this is the first it sees; check x and y against it."""
        self.prepare(x.shape[1:])
        if y is not None:
            self.loss.check(y, (len(x), *self.output_shape))

    def _cast(self, x):
        return x.astype(config.floatx(), copy=False)


def _call(watching, moment, *arguments):
    for callback in watching:
        getattr(callback, moment)(*arguments)


def _form(results, as_dict):
    if as_dict:
        return results
    values = list(results.values())
    return values if len(values) > 1 else values[0]
