"""A training that `test_resume.py` runs in a process of its own and kills.

    python resumed_program.py FOLDER SEED MOMENT NETWORK

MOMENT is "never", or when to die: "batch 2 3" in the middle of epoch 2 (counted from 0), "end 2"
after the other callbacks saw its end and before its backup, "write 2" while that backup is
written, "written 2" right after. NETWORK is "row" or "graph".
"""

import json
import os
import pathlib
import signal
import sys

import numpy as np
import whole_graph

from minidl import Sequential, callbacks, config
from minidl.base import npz
from minidl.layers import BatchNormalization, Dense, Dropout, Flatten, RandomTranslation
from minidl.optimizers import SGD

EPOCHS = 8


def die():
    os.kill(os.getpid(), signal.SIGKILL)


class KillAt(callbacks.Callback):
    """Die at the given moment, as by kill -9: nothing is flushed, closed or told."""

    def __init__(self, moment):
        self.kind, *self.numbers = moment

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if (self.kind, *self.numbers) == ("batch", self.epoch, batch):
            die()

    def on_epoch_end(self, epoch, logs=None):
        if (self.kind, *self.numbers) == ("end", epoch):
            die()
        if (self.kind, *self.numbers) == ("write", epoch):
            np.savez = lambda file, **arrays: (file.write(b"half of it"), file.flush(), die())
        if (self.kind, *self.numbers) == ("written", epoch):
            replace = pathlib.Path.replace
            pathlib.Path.replace = lambda path, target: (replace(path, target), die())


class Average(callbacks.Callback):
    """Somebody's own callback with a memory: the running mean of one array of weights."""

    def __init__(self, index):
        self.index = index

    def on_train_begin(self, logs=None):
        self.mean, self.count = np.zeros(()), 0

    def on_epoch_end(self, epoch, logs=None):
        self.count += 1
        self.mean = self.mean + (self.model.get_weights()[self.index] - self.mean) / self.count

    def get_state(self):
        return {"mean": self.mean, "count": self.count}

    def set_state(self, state):
        self.mean, self.count = state["mean"], state["count"]


def row(seed):
    """A row of layers, and data: x, y."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 4, 500)
    x = rng.standard_normal((4, 6, 6))[y] + 2 * rng.standard_normal((500, 6, 6))
    layers = [RandomTranslation(0.1, 0.1), Flatten(), Dense(16, "relu"), BatchNormalization()]
    model = Sequential([*layers, Dropout(0.3), Dense(4, "softmax")], seed=seed)
    model.compile(SGD(0.2, momentum=0.9), "sparse_categorical_crossentropy", ["accuracy"])
    return model, x, y


def graph(seed):
    """A graph with several of everything, and data in dicts."""
    config.set_random_seed(seed)
    return whole_graph.compiled(whole_graph.network()), *whole_graph.data(500)


def main(folder, seed, moment, network):
    config.set_backend("numpy")
    model, x, y = {"row": row, "graph": graph}[network](seed)
    best = {"row": "val_accuracy", "graph": "val_label_accuracy"}[network]
    held, used = (whole_graph.part((x, y), rows) for rows in (slice(400, None), slice(400)))
    averages = [Average(0), Average(1)]
    watching = [
        callbacks.BackupAndRestore(folder / "backup"),
        # No loss falls by 10: it stops after epoch 6, after the rate was halved twice.
        callbacks.EarlyStopping(min_delta=10, patience=6, restore_best_weights=True),
        callbacks.ReduceLROnPlateau(min_delta=10, patience=3, factor=0.5),
        callbacks.ModelCheckpoint(folder / "best.npz", best, save_best_only=True),
        callbacks.ModelCheckpoint(folder / "last.npz"),
        callbacks.CSVLogger(folder / "log.csv"),
        *averages,
        KillAt(moment),
    ]
    options = {"validation_data": held, "batch_size": 64, "verbose": 0}
    history = model.fit(*used, epochs=EPOCHS, callbacks=watching, **options)
    npz.save(folder / "end.npz", {key: t.value for key, t in model.tensors().items()})
    result = {
        "history": history.history,
        "epoch": history.epoch,
        "means": [average.mean.tolist() for average in averages],
    }
    (folder / "history.json").write_text(json.dumps(result))


if __name__ == "__main__":
    kind, *numbers = sys.argv[3].split()
    main(pathlib.Path(sys.argv[1]), int(sys.argv[2]), (kind, *map(int, numbers)), sys.argv[4])
