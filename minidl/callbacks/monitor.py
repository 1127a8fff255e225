"""Watching one number: what `EarlyStopping`, `ModelCheckpoint` and `ReduceLROnPlateau` share."""

import math

import numpy as np

from minidl.base import config, naming
from minidl.callbacks.base import Callback

_SHALL_RISE = {"accuracy", "acc", "auc", "precision", "recall", "f1", "iou", "io", "r2", "true"}
_SHALL_FALL = {
    "loss",
    "error",
    "mse",
    "mae",
    "rmse",
    "crossentropy",
    "divergence",
    "perplexity",
    "bits",
    "false",
}


class Monitor(Callback):
    """Base of callbacks that watch a number: knows which of two values is the better one.

    Args:
        monitor: name in logs: "val_loss", "accuracy".
        mode: "min", "max", or "auto": a loss or an error shall fall, an accuracy shall rise.
        min_delta: an improvement of less does not count.

    Raises:
        ValueError: "auto" does not know this name, or the mode is none of the three.
    """

    counted = ("best", "best_epoch")

    def __init__(self, monitor, mode="auto", min_delta=0):
        self.monitor = monitor
        self.sign = _sign(monitor, mode)
        self.min_delta = abs(min_delta)
        self.best = self.best_epoch = None

    def improves(self, epoch, logs):
        """Whether the watched value is the best so far; remembers it then. NaN never is."""
        value = self.current(logs)
        better = self.better(value, self.best)
        if better:
            self.best, self.best_epoch = value, epoch
        return better

    def current(self, logs):
        """Return the watched value.

        Raises:
            ValueError: training does not report this name; lists those that it reports.
        """
        if self.monitor in logs:
            return logs[self.monitor]
        hint = ""
        if self.monitor.startswith("val_") and not any(name.startswith("val_") for name in logs):
            hint = ". Give fit validation_data or validation_split"
        raise ValueError(
            f"{type(self).__name__} watches {self.monitor!r}, which this training does not report; "
            f"it reports {', '.join(logs)}{hint}"
        )

    def better(self, value, than):
        """Whether value is better by more than min_delta; None stands for nothing yet.

        Compared in the type of the computation, as in Keras: 2.9 is not better than 3 by more than
        0.1, though 3 - 2.9 > 0.1 in float64.
        """
        if than is None:
            return not math.isnan(value)
        floatx = np.dtype(config.floatx()).type
        return bool(
            self.sign * floatx(value - self.sign * self.min_delta) > self.sign * floatx(than)
        )

    def best_in_words(self):
        """Return a sentence that tells the best value and its epoch."""
        if self.best is None:
            return f"{self.monitor} was never a number."
        return f"Best {self.monitor} so far: {self.best:.4g} in epoch {self.best_epoch + 1}."

    def get_state(self):
        """Return what was counted."""
        return {name: getattr(self, name) for name in self.counted}

    def set_state(self, state):
        """Go on counting."""
        for name in self.counted:
            setattr(self, name, state[name])


def _sign(monitor, mode):
    """Return +1 if larger is better, -1 if smaller is."""
    if naming.one_of("mode", mode, "min", "max", "auto") != "auto":
        return 1 if mode == "max" else -1
    words = set(monitor.lower().split("_"))
    if words & _SHALL_FALL:
        return -1
    if words & _SHALL_RISE:
        return 1
    raise ValueError(
        f'shall {monitor!r} rise or fall? The name does not tell: give mode="max" or "min"'
    )
