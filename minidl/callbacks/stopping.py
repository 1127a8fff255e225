"""When to stop: because nothing improves any more, or because everything is lost."""

import math
import warnings

import numpy as np

from minidl.base import checks
from minidl.callbacks.base import Callback
from minidl.callbacks.monitor import Monitor


class EarlyStopping(Monitor):
    """Stop when the watched value has not improved for `patience` epochs.

    Args:
        monitor, mode, min_delta: see `Monitor`.
        patience: how many epochs in a row may pass without an improvement.
        verbose: 1 says when and why it stopped.
        baseline: the value to beat; patience runs until it is beaten.
        restore_best_weights: end with the weights of the best epoch, not of the last; also where
            training went through to the end.
        start_from_epoch: epochs before this one (counted from 0) are not looked at.

    Attributes:
        best, best_epoch: the best value, and its epoch, counted from 0.
        stopped_epoch: the epoch after which it stopped, counted from 0; None if it did not.

    Reference: Prechelt (1998), "Early stopping - but when?".
    """

    counted = (*Monitor.counted, "wait", "stopped_epoch")

    def __init__(
        self,
        monitor="val_loss",
        min_delta=0,
        patience=0,
        verbose=0,
        mode="auto",
        baseline=None,
        restore_best_weights=False,
        start_from_epoch=0,
    ):
        super().__init__(monitor, mode, min_delta)
        self.patience = checks.positive_integer("patience", patience, least=0)
        self.verbose = verbose
        self.baseline = baseline
        self.restore_best_weights = restore_best_weights
        self.start_from_epoch = checks.positive_integer(
            "start_from_epoch", start_from_epoch, least=0
        )

    def on_train_begin(self, logs=None):
        """Forget the run before."""
        self.wait = 0
        self.best = self.best_epoch = self.stopped_epoch = None
        self.best_weights = {}

    def on_epoch_end(self, epoch, logs=None):
        """Compare; stop if patience is at its end."""
        self.current(logs)  # a wrong name is reported at once, not after start_from_epoch
        if epoch < self.start_from_epoch:
            return
        self.wait += 1
        if self.improves(epoch, logs):
            if self.restore_best_weights:
                tensors = self.model.tensors()
                self.best_weights = {path: t.numpy() for path, t in tensors.items()}
            if self.baseline is None or self.better(self.best, self.baseline):
                self.wait = 0
        elif self.wait >= self.patience:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs=None):
        """Bring the best weights back."""
        if self.best_weights:
            self.model.set_weights([self.best_weights[path] for path in self.model.tensors()])
        if self.verbose and self.stopped_epoch is not None:
            print(f"Stopped early after epoch {self.stopped_epoch + 1}. {self.best_in_words()}")

    def get_state(self):
        """Return what was counted, and the best weights under their paths."""
        weights = {f"weights/{path}": value for path, value in self.best_weights.items()}
        return super().get_state() | weights

    def set_state(self, state):
        """Go on counting."""
        super().set_state(state)
        self.best_weights = {
            path.removeprefix("weights/"): value
            for path, value in state.items()
            if path.startswith("weights/")
        }


class TerminateOnNaN(Callback):
    """Stop after the batch in which the loss became NaN or infinite: nothing good can follow."""

    def on_train_batch_end(self, batch, logs=None):
        """Look at the mean loss so far, which cannot recover from a NaN either."""
        loss = logs.get("loss", 0.0)  # a train_step of one's own may not report it
        if not math.isfinite(loss):
            print(f"The loss became {loss} in batch {batch + 1}: training stops.")
            self.model.stop_training = True


class WarnOnNaN(Callback):
    """Say once, in a RuntimeWarning, when a loss became NaN or infinite; `fit` always has one.

    As NumPy's own warnings, it keeps quiet under np.errstate(invalid="ignore"), and where
    `TerminateOnNaN` speaks. Nobody waits for a GPU here: there the epoch's end tells.
    """

    def on_train_begin(self, logs=None):
        """Begin anew."""
        stops = any(isinstance(other, TerminateOnNaN) for other in self.companions)
        self.told = stops or np.geterr()["invalid"] == "ignore"

    def on_epoch_begin(self, epoch, logs=None):
        """Note the epoch."""
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        """Look at the sum of losses so far, if it is here already."""
        total = logs.mean.total.get("loss", 0.0)
        if isinstance(total, float):
            self._tell("loss", total, f"epoch {self.epoch + 1}, batch {batch + 1}")

    def on_epoch_end(self, epoch, logs=None):
        """Look at the epoch's results."""
        for name in ("loss", "val_loss"):
            self._tell(name, logs.get(name, 0.0), f"epoch {epoch + 1}")

    def _tell(self, name, value, when):
        if self.told or math.isfinite(value):
            return
        self.told = True
        text = f"the {name} became {value} in {when}. inspection.first_not_finite(model, x) looks "
        text += "for the layer; callbacks.TerminateOnNaN() stops there"
        warnings.warn(text, RuntimeWarning, stacklevel=7)  # the line that called `fit`
