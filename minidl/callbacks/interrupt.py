"""Ctrl-C, while a model trains."""

import signal
import threading

from minidl.callbacks.base import Callback


class Interrupt(Callback):
    """Ctrl-C ends `fit` after the running batch, so that no parameter is left half updated.

    During validation it ends `fit` with the epoch. A second one raises KeyboardInterrupt. Only the
    main thread may handle signals.

    Args:
        team: `model.team`; where several processes train, all of them stop at the same batch.
    """

    comes_last = True  # after a backup, which is not to remember that this run was stopped

    def __init__(self, team):
        self.team, self.caught, self.cut = team, False, False

    def __enter__(self):
        self.main = threading.current_thread() is threading.main_thread()
        if self.main:
            self.before = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, *_):
        if self.main:
            signal.signal(signal.SIGINT, self.before)

    def _note(self, signum, frame):
        if self.caught:
            raise KeyboardInterrupt
        self.caught = True

    def cuts_off(self):
        """Whether this epoch ends here, for all who train together."""
        self.cut = self.team.interrupted(self)
        return self.cut

    def on_epoch_begin(self, epoch, logs=None):
        """Note the epoch."""
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        """Note the batch."""
        self.batch = batch

    def on_epoch_end(self, epoch, logs=None):
        """Caught during validation: no other epoch begins."""
        if self.caught:
            self.model.stop_training = True

    def on_train_end(self, logs=None):
        """Say where training ended."""
        if not (self.cut or self.caught) or not self.team.first:
            return
        where = f"after epoch {self.epoch + 1}"
        if self.cut:
            steps = self.params["steps"]
            of = "" if steps is None else f" of {steps}"
            where = f"in epoch {self.epoch + 1}, after batch {self.batch + 1}{of}"
        print(f"Interrupted {where}. The weights and the history are kept.")
