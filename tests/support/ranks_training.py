"""Trainings that `tests/distributed` runs on several ranks, and again in one process.

As a program it does all of them and prints what came out: a dict as JSON.
"""

import hashlib
import json
import sys

import numpy as np

import minidl.distributed as dist
from minidl import Input, Model, Sequential, config
from minidl.layers import BatchNormalization, Dense, Embedding
from minidl.losses import SparseCategoricalCrossentropy
from minidl.metrics import AUC
from minidl.optimizers import SGD, Adam

N, BATCH = 50, 12  # the last batch of an epoch has 2 samples: of 3 ranks one has none


def data(kind="labels"):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((N, 6))
    y = (x[:, :2].sum(axis=1) + x[:, 2] ** 2 > 0.5).astype(int)
    if kind == "steps":  # sentences of 1 to 5 words, 0 is padding; a target for each word
        x = rng.integers(1, 9, (N, 5)) * (np.arange(5) < rng.integers(1, 6, (N, 1)))
        y = (x % 2)[..., None]
    return x, y


def plain(optimizer):
    model = Sequential([Dense(8, "tanh", input_shape=(6,)), Dense(2, "softmax")], seed=1)
    model.compile(optimizer, "sparse_categorical_crossentropy", ["accuracy"])
    return model


def shared(optimizer):
    """A layer that stands twice, a penalty on weights, a fork."""
    config.set_random_seed(2)
    inputs, twice = Input((6,)), Dense(6, "tanh", kernel_regularizer="l2")
    a = twice(inputs)
    b = Dense(6, "tanh")(a)
    outputs = Dense(1, "sigmoid")(twice(b))
    model = Model(inputs, outputs)
    model.compile(optimizer, "binary_crossentropy", [AUC()])
    return model


def normalized(optimizer, layer=None):
    norm = layer or dist.SyncBatchNormalization
    rows = [Dense(8, input_shape=(6,)), norm(), Dense(5, "relu"), norm(momentum=0.5)]
    model = Sequential([*rows, Dense(2, "softmax")], seed=3)
    model.compile(optimizer, "sparse_categorical_crossentropy", ["accuracy"])
    return model


def masked(optimizer):
    rows = [Embedding(9, 4, mask_zero=True, input_shape=(5,)), Dense(6, "tanh")]
    model = Sequential([*rows, Dense(1, "sigmoid")], seed=4)
    model.compile(optimizer, "binary_crossentropy", ["accuracy"])
    return model


# name: (model, optimizer inside, options of fit, kind of data)
CASES = {
    "plain": (plain, lambda: Adam(0.01), {}, "labels"),
    "class weights": (plain, lambda: SGD(0.1), {"class_weight": {0: 1.0, 1: 3.0}}, "labels"),
    "clipped": (plain, lambda: SGD(0.1, momentum=0.9, global_clipnorm=0.1), {}, "labels"),
    "shared": (shared, lambda: SGD(0.1), {}, "labels"),
    "normalized": (normalized, lambda: SGD(0.1), {}, "labels"),
    "masked": (masked, lambda: SGD(0.5), {}, "steps"),
}


def train(name, **how):
    """Return the trained model and its history."""
    make, optimizer, options, kind = CASES[name]
    x, y = data(kind)
    model = make(dist.DistributedOptimizer(optimizer(), **how))
    weights = None if "class_weight" in options else np.linspace(0.5, 1.5, N)
    shards = dist.Shards(x, y, BATCH, sample_weight=weights)
    held = dist.Shards(x[:20], y[:20], 7, shuffle=False)
    history = model.fit(shards, epochs=3, verbose=0, validation_data=held, **options)
    return model, history.history


def digest(model):
    return hashlib.sha256(b"".join(w.tobytes() for w in model.get_weights())).hexdigest()


def outcome(name, **how):
    model, history = train(name, **how)
    early = [bucket.early for bucket in getattr(model.optimizer, "buckets", ())]
    weights = [w.tolist() for w in model.get_weights()]
    return {"weights": weights, "history": history, "digest": digest(model), "early": early}


def one_by_one(ranks):
    """A training in which one process adds up the gradients of the ranks: weights after 1 epoch."""
    model, (x, y) = plain(SGD(0.1)), data()
    shards = dist.Shards(x, y, BATCH)
    for i in range(len(shards)):
        batch = shards.order(0)[i * BATCH : (i + 1) * BATCH]
        params, B = model.trainable_weights, len(batch)
        totals = [np.zeros_like(p.value) for p in params]
        for r in range(ranks):
            rows = batch[B * r // ranks : B * (r + 1) // ranks]
            model.zero_grad()
            if len(rows):
                model.loss_and_gradient(x[rows].astype(config.floatx()), y[rows])
            for total, param in zip(totals, params):
                total += param.grad * param.grad.dtype.type(len(rows))
        for total, param in zip(totals, params):
            param.grad[...] = total / total.dtype.type(B)
        model.optimizer.step(params)
    return digest(model)


def in_order():
    """The same by all ranks together."""
    model, (x, y) = plain(dist.DistributedOptimizer(SGD(0.1), order="fixed")), data()
    model.fit(dist.Shards(x, y, BATCH), epochs=1, verbose=0)
    return digest(model)


def running_statistics():
    """Plain batch normalization: its running means must be equal on all ranks in the end."""
    model, (x, y) = normalized(dist.DistributedOptimizer(SGD(0.1)), BatchNormalization), data()
    model.fit(dist.Shards(x, y, BATCH), epochs=1, verbose=0)
    return digest(model)


def by_hand():
    """A loop of one's own, with rows of other numbers on each rank."""
    model, (x, y) = plain(dist.DistributedOptimizer(SGD(0.1))), data()
    shards = dist.Shards(x, y, BATCH)
    for i in range(len(shards) - 1):
        mine, answers = shards[i]
        model.zero_grad()
        model.loss_and_gradient(mine.astype(config.floatx()), answers)
        model.optimizer.step(model.trainable_params())
    return [w.tolist() for w in model.get_weights()]


def refused():
    """Errors for what has no mean over ranks; nothing is sent before they are raised."""
    x, y = data()
    model = plain(dist.DistributedOptimizer(SGD(0.1)))
    model.compile(model.optimizer, SparseCategoricalCrossentropy(reduction="sum"))
    inputs = Input((5,))
    words = Dense(3)(Embedding(9, 4, mask_zero=True)(inputs))
    several = Model(inputs, [Dense(1)(words), Dense(1)(words)])
    several.compile(model.optimizer, "mse")
    found, steps = [], np.ones((N, 5, 1))
    for one, given in ((model, (x, y)), (several, (data("steps")[0], (steps, steps)))):
        try:
            one.fit(dist.Shards(*given, BATCH), verbose=0)
        except ValueError as error:
            found.append(str(error))
    return found


def everything():
    found = {name: outcome(name) for name in CASES}
    found["small buckets"] = outcome("plain", bucket_bytes=1)
    found["late"] = outcome("plain", overlap=False)
    found["in order"] = in_order()
    found["one by one"] = one_by_one(dist.size())
    found["running statistics"] = running_statistics()
    found["by hand"] = by_hand()
    found["refused"] = refused()
    return found


if __name__ == "__main__":
    config.set_backend("numpy")
    config.set_floatx(sys.argv[1])
    print(json.dumps(everything()))
