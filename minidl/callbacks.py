"""Callbacks: what else happens while a model trains.

`fit` calls these methods at the moments in their names. `logs` is a dict from a name ("loss",
"val_accuracy") to its float.
"""

import sys
import time

from tqdm import tqdm


class Callback:
    """Base of all callbacks: override what you need. `self.model` is the model in training."""

    model = None

    def on_train_begin(self):
        """Run before the first epoch."""

    def on_epoch_begin(self, epoch):
        """Run before an epoch, counted from 0."""

    def on_train_batch_end(self, batch, logs):
        """Run after a batch, counted from 0; logs are the means of the epoch so far."""

    def on_epoch_end(self, epoch, logs):
        """Run after an epoch, with validation results in logs if there are any."""

    def on_train_end(self):
        """Run after the last epoch, also when training was interrupted."""


class History(Callback):
    """Every epoch's results: `history.history["loss"][3]` is the loss after four epochs.

    Attributes:
        history: dict from a name to its list of floats, one an epoch.
        epoch: list of the epochs' numbers, counted from 0.
    """

    def __init__(self):
        self.history = {}
        self.epoch = []

    def on_epoch_end(self, epoch, logs):
        """Append this epoch's results."""
        self.epoch.append(epoch)
        for name, value in logs.items():
            self.history.setdefault(name, []).append(value)


class ProgressLog(Callback):
    """A bar while an epoch runs and one line when it is done.

    Args:
        epochs: number of the last epoch.
        batches: how many batches an epoch has.
        bar: False prints the lines only.
    """

    def __init__(self, epochs, batches, bar=True):
        self.epochs, self.batches, self.bar = epochs, batches, bar

    def on_epoch_begin(self, epoch):
        """Start the bar."""
        self.started = time.perf_counter()
        self.title = f"Epoch {epoch + 1:{len(str(self.epochs))}}/{self.epochs}"
        self.tqdm = progress_bar(self.batches, self.title, show=self.bar)

    def on_train_batch_end(self, batch, logs):
        """Move the bar."""
        self.tqdm.set_postfix_str(_results(logs), refresh=False)
        self.tqdm.update()

    def on_epoch_end(self, epoch, logs):
        """Replace the bar by the epoch's line."""
        self.tqdm.close()
        print(f"{self.title}  {_results(logs)}  {time.perf_counter() - self.started:.1f} s")

    def on_train_end(self):
        """Remove the bar of an epoch that was interrupted."""
        self.tqdm.close()


def progress_bar(total, title, show=True, delay=0.0):
    """Return a tqdm bar on standard output that vanishes when it is closed.

    Standard error would turn a notebook's cell red. Where nobody watches (a file, a pipe),
    there is no bar.
    """
    watched = sys.stdout.isatty() or type(sys.stdout).__module__.startswith("ipykernel")
    return tqdm(
        total=total,
        desc=title,
        file=sys.stdout,
        leave=False,
        disable=not (show and watched),
        delay=delay,
        bar_format="{desc} {percentage:3.0f}% {bar:24} {n_fmt}/{total_fmt} [{remaining}]{postfix}",
    )


def _results(logs):
    return "  ".join(f"{name} {value:.4f}" for name, value in logs.items())
