"""A training on several ranks as one command.

    mpiexec -n 4 python -m minidl.distributed.train --dataset digits --checkpoint folder

After every epoch the folder holds all that is needed to go on. If a rank dies, the job ends and
says which one it was; the same command with `--resume` goes on after the last finished epoch, and
ends with the same weights as if nothing had happened. Without mpiexec it trains in one process.
"""

import argparse
import pathlib
import sys

import minidl.distributed as dist
from minidl import callbacks, datasets, optimizers
from minidl.distributed.launch import is_supervised, supervise
from minidl.distributed.world import launched
from minidl.layers import BatchNormalization, Conv2D, Dense, Dropout, Flatten, MaxPooling2D
from minidl.models import Sequential

DATASETS = ("digits", "mnist", "fashion_mnist", "cifar10")


def options(arguments=None):
    """Return what the command line says."""
    parser = argparse.ArgumentParser(
        prog="python -m minidl.distributed.train", description=__doc__.partition("\n")[0]
    )
    add = parser.add_argument
    add("--dataset", choices=DATASETS, default="digits")
    add("--network", choices=("dense", "convolutional"), default="dense")
    add("--units", type=int, default=64, help="in the hidden layer")
    add("--dropout", type=float, default=0.2)
    add("--sync-batchnorm", action="store_true", help="statistics over all ranks")
    add("--epochs", type=int, default=5)
    add("--batch-size", type=int, default=64, help="of all ranks together")
    add("--optimizer", default="adam")
    add("--learning-rate", type=float, default=1e-3)
    add("--bucket-bytes", type=int, default=2**20)
    add("--order", choices=("fast", "fixed"), default="fast", help="in which ranks are added up")
    add("--seed", type=int, default=0)
    add("--ranks", type=int, help="refuse to run on another number")
    add("--checkpoint", type=pathlib.Path, help="folder for all that is needed to go on")
    add("--resume", action="store_true", help="go on from there, if there is something")
    add("--save", type=pathlib.Path, help="file for the trained model, .npz")
    return parser.parse_args(arguments)


def network(said, shape, classes):
    """Return a new model for samples of this shape."""
    norm = dist.SyncBatchNormalization if said.sync_batchnorm else BatchNormalization
    if said.network == "convolutional":
        first = [
            Conv2D(16, 3, activation="relu", padding="same", input_shape=shape),
            norm(),
            MaxPooling2D(),
            Flatten(),
        ]
    else:
        first = [Flatten(input_shape=shape)]
    hidden = [Dense(said.units, "relu"), Dropout(said.dropout)]
    return Sequential([*first, *hidden, Dense(classes, "softmax")], seed=said.seed)


def main(arguments=None):
    """Train as the command line says; return the history."""
    said = options(arguments)
    if said.ranks:
        dist.require(said.ranks)
    (x, y), (x_test, y_test) = getattr(datasets, said.dataset).load_data()
    if said.network == "convolutional" and x.ndim == 3:
        x, x_test = x[..., None], x_test[..., None]  # (N, H, W) -> (N, H, W, 1)
    scale = float(x.max())
    x, x_test = (part.astype("float32") / scale for part in (x, x_test))
    y, y_test = y.ravel(), y_test.ravel()
    model = network(said, x.shape[1:], int(y.max()) + 1)
    inner = optimizers.get(said.optimizer)
    inner.learning_rate = said.learning_rate
    together = dist.DistributedOptimizer(inner, said.bucket_bytes, said.order)
    model.compile(together, "sparse_categorical_crossentropy", ["accuracy"])
    watching = []
    if said.checkpoint:
        backup = callbacks.BackupAndRestore(said.checkpoint)
        if dist.is_first() and backup.path.exists() and not said.resume:
            raise FileExistsError(
                f"{backup.path} is what an unfinished training has left: go on from it with "
                "--resume, or delete it"
            )
        watching.append(backup)
    if dist.is_first():
        print(f"{dist.size()} ranks, {said.batch_size} samples a step", flush=True)
    history = model.fit(
        dist.Shards(x, y, said.batch_size, seed=said.seed),
        epochs=said.epochs,
        verbose=2,
        callbacks=watching,
        validation_data=dist.Shards(x_test, y_test, 1024, shuffle=False),
    )
    if said.save and dist.is_first():
        model.save(said.save)
    return history


if __name__ == "__main__":
    if launched() and not is_supervised():
        sys.exit(supervise(["-m", "minidl.distributed.train", *sys.argv[1:]]))
    main()
