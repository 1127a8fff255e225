"""Each rank's part of every batch: no sample twice, none left out."""

import math

import numpy as np

from minidl.base import checks
from minidl.base.structure import mapped, parts
from minidl.distributed.world import world
from minidl.models.data import length_of, rows_of


class Shards:
    """Samples cut into batches for all ranks together; this rank's rows of each.

        model.fit(Shards(x, y, batch_size=64), epochs=5)        # 16 rows each on 4 ranks

    Every rank has all samples, or reads them from where they lie (a `np.memmap`), and draws the
    same order. Of a batch of B samples rank r takes those from B r // p to B (r + 1) // p: sizes
    differ by one at most, and where B < p some ranks have none.

    Args:
        x, y: arrays (N, ...), or tuples of them; y may be None.
        batch_size: of all ranks together; the last batch of an epoch may be smaller.
        sample_weight: (N,), how much each sample counts in the loss.
        seed: each epoch has an order of its own, which follows from the seed and the epoch. None
            takes the model's generator, so that the batches are those of `fit(x, y, batch_size)`
            in one process.
        shuffle: False keeps the order of the arrays.

    A loop of yours goes over `shards[i]` for i < len(shards), and calls `on_epoch_end()`.
    """

    def __init__(self, x, y=None, batch_size=32, sample_weight=None, seed=0, shuffle=True):
        self.data = tuple(mapped(np.asanyarray, part) for part in (x, y, sample_weight))
        for part in parts(self.data[0]) + (() if y is None else parts(self.data[1])):
            checks.same_length(parts(self.data[0])[0], part, "x and y")
        self.batch_size = checks.batch_size(batch_size)
        self.seed, self.shuffle, self.epoch = seed, shuffle, 0
        self.world = world()

    def __len__(self):
        """How many batches an epoch has, on every rank."""
        return math.ceil(length_of(self.data) / self.batch_size)

    def __getitem__(self, i):
        """Return this rank's (x, y), or (x, y, sample_weight), of batch i; 0 rows are possible."""
        if not 0 <= i < len(self):
            raise IndexError(f"there are {len(self)} batches; got number {i}")
        x, y, w = rows_of(self.data, self.rows(i))
        return (x, y) if w is None else (x, y, w)

    def rows(self, i):
        """Return which rows of x this rank has in batch i of this epoch."""
        return self.part_of(self.order(self.epoch), i)

    def on_epoch_end(self):
        """Go on to the order of the next epoch."""
        self.epoch += 1

    def order(self, epoch, rng=None):
        """Return the order (N,) of the samples in an epoch, counted from 0."""
        N = length_of(self.data)
        if not self.shuffle:
            return np.arange(N)
        if self.seed is not None:
            rng = np.random.default_rng([self.seed, epoch])
        elif rng is None:
            raise ValueError("Shards with seed=None takes the order of a model's fit: give a seed")
        return rng.permutation(N)

    def part_of(self, order, i):
        """Return this rank's part of batch i, of samples in this order."""
        batch = order[i * self.batch_size : (i + 1) * self.batch_size]
        B, r, p = len(batch), self.world.rank, self.world.size
        return batch[B * r // p : B * (r + 1) // p]

    def source_for(self, model, steps=None, class_weight=None, name=""):
        """Return where `fit` takes its batches from; see `minidl.models.data`."""
        return ShardSource(self, model, steps, class_weight, name)


class ShardSource:
    """The batches of `Shards` for a model, looked at once.

    A rank without a sample in a batch takes the batch's first one with a weight of 0: it must walk
    through its layers like the others, because some of them talk to each other.
    """

    def __init__(self, shards, model, steps, class_weight, name):
        self.shards, self.model = shards, model
        self.data = model.validate(*shards.data, class_weight, name)
        self.batch_size = shards.batch_size
        if steps is not None and steps > len(shards):
            raise ValueError(f"{name}x has {len(shards)} batches; got {steps} steps")
        self.steps = steps or len(shards)
        self.epochs = 0

    def epoch(self, rng=None):
        """Yield this rank's part of the batches of one epoch."""
        shards, team = self.shards, self.model.team
        first = self.model.next_epoch if rng is not None else 0
        order = shards.order(first + self.epochs, rng) if shards.shuffle and rng else None
        if order is None:
            order = np.arange(length_of(self.data))
        counts = getattr(team, "counts", None)
        if counts is not None:
            counts.clear()
        for i in range(self.steps):
            rows = shards.part_of(order, i)
            if counts is not None:
                counts.append(len(rows))
            if len(rows):
                yield rows_of(self.data, rows)
            else:
                x, y, _ = rows_of(self.data, order[i * self.batch_size :][:1])
                yield x, y, np.zeros(1)
        self.epochs += 1
