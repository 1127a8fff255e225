"""What `fit` shows while it runs."""

import sys
import time

from minidl.callbacks.base import Callback


class ProgressLog(Callback):
    """A bar while an epoch runs and one line when it is done.

    Args:
        epochs: number of the last epoch.
        batches: how many batches an epoch has.
        bar: False prints the lines only.
    """

    def __init__(self, epochs, batches, bar=True):
        self.epochs, self.batches, self.bar = epochs, batches, bar
        self.tqdm = None

    def on_epoch_begin(self, epoch, logs=None):
        """Start the bar."""
        self.started, self.read = time.perf_counter(), 0.0
        self.title = f"Epoch {epoch + 1:{len(str(self.epochs))}}/{self.epochs}"
        self.tqdm = progress_bar(self.batches, self.title, show=self.bar)

    def on_train_batch_end(self, batch, logs=None):
        """Move the bar; results are read only as often as it is drawn."""
        if not self.tqdm.disable and time.perf_counter() - self.read >= self.tqdm.mininterval:
            self.tqdm.set_postfix_str(_results(logs), refresh=False)
            self.read = time.perf_counter()
        self.tqdm.update()

    def on_epoch_end(self, epoch, logs=None):
        """Replace the bar by the epoch's line."""
        self.tqdm.close()
        print(f"{self.title}  {_results(logs)}  {time.perf_counter() - self.started:.1f} s")

    def on_train_end(self, logs=None):
        """Remove the bar of an epoch that was interrupted."""
        if self.tqdm is not None:
            self.tqdm.close()


def progress_bar(total, title, show=True, delay=0.0):
    """Return a tqdm bar on standard output that vanishes when it is closed.

    Standard error would turn a notebook's cell red. Where nobody watches (a file, a pipe),
    there is no bar.
    """
    watched = sys.stdout.isatty() or type(sys.stdout).__module__.startswith("ipykernel")
    if not (show and watched):
        return _NoBar()
    from tqdm import tqdm  # here, as only a bar that is seen is worth waiting for

    return tqdm(
        total=total,
        desc=title,
        file=sys.stdout,
        leave=False,
        delay=delay,
        bar_format="{desc} {percentage:3.0f}% {bar:24} {n_fmt}/{total_fmt} [{remaining}]{postfix}",
    )


class _NoBar:
    """Takes tqdm's place where nobody watches; a bar that is off costs a quarter of a `predict`."""

    disable = True

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def update(self, n=1):
        pass

    def close(self):
        pass


def _results(logs):
    return "  ".join(f"{name} {value:.4f}" for name, value in logs.items())
