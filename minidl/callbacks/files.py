"""Models on disk while they train: the best one to keep, and the last one to go on from."""

import pathlib

import numpy as np

from minidl.base import folders, npz
from minidl.base.configurable import to_data
from minidl.callbacks.base import Callback
from minidl.callbacks.interrupt import Interrupt
from minidl.callbacks.monitor import Monitor


class ModelCheckpoint(Monitor):
    """Save the model after every epoch, or after every epoch that is the best so far.

    Each file is written under another name and renamed when it is whole. The best value is
    remembered from one `fit` to the next.

    Args:
        filepath: where; ends in .npz. May hold {epoch:02d}, counted from 1, and names in logs,
            {val_loss:.2f}; without them each file replaces the one before. Folders are made.
        monitor, mode: see `Monitor`; they matter only with save_best_only.
        verbose: 1 says what was saved.
        save_best_only: skip epochs that are not the best so far.
        save_weights_only: write what `save_weights` writes, for `load_weights`, instead of the
            whole model, for `models.load_model`.
        save_freq: "epoch": there is no other.
        initial_value_threshold: the value that the first file has to beat, with save_best_only.
    """

    writes = True

    def __init__(
        self,
        filepath,
        monitor="val_loss",
        verbose=0,
        save_best_only=False,
        save_weights_only=False,
        mode="auto",
        save_freq="epoch",
        initial_value_threshold=None,
    ):
        super().__init__(monitor, mode if save_best_only else "min")
        if save_freq != "epoch":
            raise ValueError(
                'ModelCheckpoint saves at the end of epochs, save_freq="epoch"; '
                f"got {save_freq!r}. BackupAndRestore lets training go on after a crash"
            )
        self.best = initial_value_threshold
        self.filepath = str(npz.npz_path(filepath))
        self.verbose = verbose
        self.save_best_only = save_best_only
        self.save_weights_only = save_weights_only

    def on_train_begin(self, logs=None):
        """See whether the first epoch will be able to save."""
        super().on_train_begin(logs)
        folders.refuse_read_only(pathlib.Path(self.filepath), "ModelCheckpoint")

    def on_epoch_end(self, epoch, logs=None):
        """Save, if this epoch is to be saved."""
        if self.save_best_only and not self.improves(epoch, logs):
            return
        path = self._path(epoch, logs)
        path.parent.mkdir(parents=True, exist_ok=True)
        save = self.model.save_weights if self.save_weights_only else self.model.save
        save(path)
        if self.verbose:
            print(
                f"Saved {path}. {self.best_in_words()}" if self.save_best_only else f"Saved {path}."
            )

    def _path(self, epoch, logs):
        try:
            return pathlib.Path(self.filepath.format(**{**logs, "epoch": epoch + 1}))
        except KeyError as missing:
            raise ValueError(
                f"the filepath {self.filepath!r} asks for {missing}, which this training does not "
                f"report; it reports epoch, {', '.join(logs)}"
            ) from None


class BackupAndRestore(Callback):
    """Let training survive a crash: run the same program again, and it goes on where it was.

    After every epoch one file is written, atomically: weights and states, the optimizer, every
    random generator, the history, and what the other callbacks remember. If `fit` finds it, it
    goes on with the next epoch and ends with the weights that it would have had without the
    crash, bit for bit. When training ends, the file is deleted; after Ctrl-C it stays.

    This callback is called after all others, wherever it stands in the list.

    Args:
        backup_dir: folder for the file; made if missing. Two trainings need two folders.

    Raises:
        ValueError: `fit` found the backup of another model; delete it to start anew.
    """

    comes_last = True

    def __init__(self, backup_dir):
        self.path = pathlib.Path(backup_dir) / "backup.npz"

    def on_train_begin(self, logs=None):
        """Go on from the backup, if there is one."""
        self.in_epoch = False
        folders.refuse_read_only(self.path, "BackupAndRestore")
        if self.found():
            arrays, facts = npz.load(self.path, "backup")
            with npz.of_file(self.path):
                self.restore(arrays, facts)

    def found(self):
        """Remove what a crash left half written; return whether there is a backup."""
        for unfinished in self.path.parent.glob(f"{self.path.name}*.part"):
            unfinished.unlink()
        return self.path.exists()

    def restore(self, arrays, facts):
        """Bring the model, `fit` and the other callbacks to where the backup was made."""
        npz.check_facts(facts, self.path, epoch=int, stop_training=bool, callbacks=dict)
        self.model.set_training_state(arrays, facts, self.path)
        self.model.next_epoch = facts["epoch"] + 1
        self.model.stop_training = facts["stop_training"]
        for key, callback in self._others():
            if key in facts["callbacks"]:
                callback.set_state(facts["callbacks"][key] | npz.under(f"{key}/", arrays))

    def on_epoch_begin(self, epoch, logs=None):
        """Note that there is something to lose."""
        self.in_epoch = True

    def on_epoch_end(self, epoch, logs=None):
        """Write the backup."""
        self.write(*self.collected(epoch))
        self.in_epoch = False

    def collected(self, epoch):
        """Return (arrays, facts): all that the next epoch depends on."""
        arrays, facts = self.model.training_state()
        facts |= {"epoch": epoch, "stop_training": self.model.stop_training, "callbacks": {}}
        for key, callback in self._others():
            state = callback.get_state()
            large = {name: v for name, v in state.items() if isinstance(v, np.ndarray)}
            arrays |= {f"{key}/{name}": array for name, array in large.items()}
            facts["callbacks"][key] = to_data({n: v for n, v in state.items() if n not in large})
        return arrays, facts

    def write(self, arrays, facts):
        """Write the file; a crash leaves the one before."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        npz.save(self.path, arrays, "backup", facts)

    def on_train_end(self, logs=None):
        """Delete the backup, unless Ctrl-C ended the training."""
        stopped = any(isinstance(c, Interrupt) and c.caught for c in self.companions)
        if not self.in_epoch and not stopped:
            self.path.unlink(missing_ok=True)

    def _others(self):
        """Yield (key, callback): EarlyStopping-0 is the first one of that class."""
        counts = {}
        for callback in self.companions:
            name = type(callback).__name__
            counts[name] = counts.get(name, -1) + 1
            yield f"{name}-{counts[name]}", callback
