"""What goes wrong on several ranks, on purpose; `tests/distributed` runs it by mpiexec.

python ranks_faults.py disagree|raise|slow|files FOLDER
python ranks_faults.py train FOLDER [RANK EPOCH BATCH]      that rank is killed there
"""

import json
import os
import pathlib
import signal
import sys
import time

import numpy as np
import ranks_training

import minidl.distributed as dist
from minidl import Sequential, callbacks, config, models
from minidl.layers import BatchNormalization, Dense, Dropout
from minidl.optimizers import SGD, Adam

LOSS = "sparse_categorical_crossentropy"


def network(seed=1, units=8, rate=0.3):
    rows = [Dense(units, "relu", input_shape=(6,)), BatchNormalization(), Dropout(rate)]
    return Sequential([*rows, Dense(2, "softmax")], seed=seed)


def compiled(model, optimizer=None):
    model.compile(dist.DistributedOptimizer(optimizer or Adam(0.01)), LOSS)
    return model


def disagree(_):
    """On rank 1 something else each time; the last one is caught by nobody."""
    odd, (x, y) = dist.rank() == 1, ranks_training.data()
    double = compiled(network())
    if odd:
        double.astype("float64")
    trials = {
        "weights": (compiled(network(seed=1 + odd)), {}),
        "units": (compiled(network(units=8 + odd)), {}),
        "types": (double, {}),
        "data": (compiled(network()), {"x": x.astype("float32" if odd else "float64")}),
        "batch": (compiled(network()), {"batch_size": 12 - 2 * odd}),
        "rate": (compiled(network(), Adam(0.02 if odd else 0.01)), {}),
        "kind": (compiled(network(), SGD(0.01) if odd else Adam(0.01)), {}),
    }
    found = {}
    for name, (model, given) in trials.items():
        try:
            fit(model, **{"x": x, "y": y} | given)
        except dist.DisagreementError as error:
            found[name] = str(error)
    by_hand = compiled(network(seed=1 + odd))
    dist.broadcast_parameters(by_hand)
    found["brought"] = fit(by_hand, x, y).history["loss"]
    print(json.dumps(found), flush=True)
    fit(compiled(network(seed=1 + odd)), x, y)


def fit(model, x, y, batch_size=12, **options):
    return model.fit(dist.Shards(x, y, batch_size), verbose=0, **options)


class Trouble(callbacks.Callback):
    def __init__(self, trouble, rank, epoch=1, batch=1):
        self.trouble, self.place = trouble, (rank, epoch, batch)

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if (dist.rank(), self.epoch, batch) == self.place:
            self.trouble(self.model)


def fail(model):
    raise ZeroDivisionError("on purpose")


def stop(model):
    model.stop_training = True


def alone_in_trouble(_):
    trouble = Trouble(fail, rank=1)
    fit(compiled(network()), *ranks_training.data(), epochs=3, callbacks=[trouble])


def slow(_):
    """Rank 1 sleeps in every step, rank 0 in none; then one asks all to stop."""
    x, y = ranks_training.data()
    doze = callbacks.LambdaCallback(on_train_batch_end=lambda *_: time.sleep(0.02 * dist.rank()))
    fit(compiled(network()), x, y, epochs=10, callbacks=[doze])
    ended = fit(compiled(network()), x, y, epochs=9, callbacks=Trouble(stop, rank=1))
    print(json.dumps({"epochs": len(ended.epoch)}))


def files(folder):
    """Who writes what, and what random numbers each rank has drawn."""
    os.chdir(folder)
    mine = f"rank-{dist.rank()}"
    watching = [
        callbacks.ModelCheckpoint(f"{mine}.npz", verbose=1),
        callbacks.CSVLogger(f"{mine}.csv"),
        callbacks.EarlyStopping(monitor="loss", min_delta=10, patience=1, verbose=1),
    ]
    model, (x, y) = compiled(network()), ranks_training.data()
    model.fit(dist.Shards(x, y, 12), epochs=9, verbose=2, callbacks=watching)
    dist.barrier()
    (name,) = (path.name for path in pathlib.Path().glob("*.npz"))
    again = models.load_model(name)
    draws = {
        "dropout": model.layers[2].rng.random(),
        "order": model.rng.random(),
        "optimizer": type(again.optimizer).__name__,
        "same": all(map(np.array_equal, again.get_weights(), model.get_weights())),
    }
    print(json.dumps(draws))


def without_dropout(folder, cut_off):
    """Four epochs that depend on the number of ranks in their rounding only."""
    watching = [callbacks.BackupAndRestore(folder)]
    if cut_off:
        watching.append(Trouble(fail, dist.rank(), 2, 1))
    model = ranks_training.plain(dist.DistributedOptimizer(Adam(0.01)))
    try:
        history = fit(model, *ranks_training.data(), epochs=4, callbacks=watching).history
    except ZeroDivisionError:
        return None
    return {"weights": [w.tolist() for w in model.get_weights()], "loss": history["loss"]}


def train(folder, *when):
    """Four epochs with a backup after each; the end as digests."""
    plain = without_dropout(pathlib.Path(folder) / "plain", when)
    model, watching = compiled(network()), [callbacks.BackupAndRestore(folder)]
    if when:
        kill = lambda model: os.kill(os.getpid(), signal.SIGKILL)  # noqa: E731
        watching.append(Trouble(kill, *map(int, when)))
    history = fit(model, *ranks_training.data(), epochs=4, callbacks=watching).history
    end = {"digest": ranks_training.digest(model), "history": history}
    end["plain"] = plain
    print(json.dumps(end | {"dropout": model.layers[2].rng.random()}))


if __name__ == "__main__":
    config.set_backend("numpy")
    config.set_floatx("float64" if sys.argv[1] in ("train", "files") else "float32")
    does = {"disagree": disagree, "raise": alone_in_trouble, "slow": slow, "files": files}
    (does | {"train": train})[sys.argv[1]](*sys.argv[2:])
