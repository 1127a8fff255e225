"""The learning rate between epochs: after a plan of yours, or when nothing improves.

For a rate that changes with every step, give the optimizer a schedule of `optimizers.schedules`.
"""

import inspect

from minidl.base import checks
from minidl.callbacks.base import Callback
from minidl.callbacks.monitor import Monitor


class LearningRateScheduler(Callback):
    """Set the learning rate before every epoch.

    Adds "learning_rate" to the epoch's results.

    Args:
        schedule: a function of (epoch, learning_rate) or of (epoch), epochs counted from 0,
            that returns this epoch's rate.
        verbose: 1 says the rate of every epoch.
    """

    def __init__(self, schedule, verbose=0):
        if not callable(schedule):
            raise TypeError(
                "schedule must be a function of (epoch) or (epoch, learning_rate) that returns the "
                f"rate of an epoch; got {schedule!r}"
            )
        self.schedule = schedule
        self.verbose = verbose
        try:
            inspect.signature(schedule).bind(0, 0.1)
            self.takes_rate = True
        except TypeError:
            self.takes_rate = False

    def on_epoch_begin(self, epoch, logs=None):
        """Ask for the rate and set it."""
        optimizer = self.model.optimizer
        arguments = (epoch, float(optimizer.learning_rate)) if self.takes_rate else (epoch,)
        optimizer.learning_rate = self.schedule(*arguments)
        if self.verbose:
            print(f"Epoch {epoch + 1}: learning rate {optimizer.learning_rate:.4g}")

    def on_epoch_end(self, epoch, logs=None):
        """Add the rate to the results."""
        logs["learning_rate"] = float(self.model.optimizer.learning_rate)


class ReduceLROnPlateau(Monitor):
    """Take smaller steps when the watched value has not improved for `patience` epochs.

    Adds "learning_rate" to the epoch's results: the rate that the epoch had.

    Args:
        monitor, mode, min_delta: see `Monitor`.
        factor: what the learning rate is multiplied by, between 0 and 1.
        patience: how many epochs in a row may pass without an improvement.
        verbose: 1 says when the rate changes.
        cooldown: the epoch after a change with which counting starts again; 0 is the same as 1.
        min_lr: the rate is not reduced below this.
    """

    counted = (*Monitor.counted, "wait", "resting")

    def __init__(
        self,
        monitor="val_loss",
        factor=0.1,
        patience=10,
        verbose=0,
        mode="auto",
        min_delta=1e-4,
        cooldown=0,
        min_lr=0.0,
    ):
        super().__init__(monitor, mode, min_delta)
        if not 0 < factor < 1:
            raise ValueError(f"factor must lie between 0 and 1, to reduce the rate; got {factor}")
        self.factor = factor
        self.patience = checks.positive_integer("patience", patience, least=0)
        self.verbose = verbose
        self.cooldown = checks.positive_integer("cooldown", cooldown, least=0)
        self.min_lr = checks.finite_number("min_lr", min_lr, at_least=0)

    def on_train_begin(self, logs=None):
        """Forget the run before."""
        optimizer = self.model.optimizer
        optimizer.learning_rate = float(optimizer.learning_rate)  # a schedule refuses, now
        self.wait = self.resting = 0
        self.best = self.best_epoch = None

    def on_epoch_end(self, epoch, logs=None):
        """Compare; reduce the rate if patience is at its end."""
        improved = self.improves(epoch, logs)
        rate = logs["learning_rate"] = float(self.model.optimizer.learning_rate)
        self.resting = max(0, self.resting - 1)
        if improved or self.resting:
            self.wait = 0
            return
        self.wait += 1
        smaller = max(rate * self.factor, self.min_lr)
        if self.wait >= self.patience and smaller < rate:
            self.model.optimizer.learning_rate = smaller
            self.resting, self.wait = self.cooldown, 0
            if self.verbose:
                print(
                    f"Epoch {epoch + 1}: learning rate reduced to {smaller:.4g}.",
                    self.best_in_words(),
                )
