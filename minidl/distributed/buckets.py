"""Gradients in buckets: a few large messages instead of many small ones, each on its way early.

A message costs its latency before the first byte arrives, so gradients travel together, in buckets
of about `bucket_bytes`. A bucket may start as soon as its last gradient is final, while layers
nearer to the input still go backward:

    backward   | dense_3 | dense_2 | dense_1 |
    sums                 | bucket 0 | bucket 1 | bucket 2 |

When a gradient is final is not declared. The first step takes down which layers went backward, in
order; a gradient is final after the last turn of a layer that holds it, so shared layers need no
word about them. A later step that goes another way sends the rest at its end.

All ranks must start the same sums in the same order. The contents of the buckets and their order
therefore follow from the list of parameters alone; a rank's own way through its layers decides
only how early it starts.
"""

import numpy as np

from minidl.base.arrays import array_module, to_numpy
from minidl.distributed.world import world

LAST = float("inf")  # after every layer


class Bucket:
    """Some gradients of one dtype as one row of numbers, and the sum over the ranks.

    Args:
        params: list of Params.
        in_order: whether the rows of all ranks come here, to be added in the order of the ranks;
            else MPI adds them.
    """

    def __init__(self, params, in_order):
        self.params, self.in_order = params, in_order
        sizes = [param.value.size for param in params]
        self.mine = np.empty(sum(sizes), params[0].value.dtype)
        parts = world().size if in_order else 1
        self.total = np.empty((parts, self.mine.size), self.mine.dtype)
        ends = np.cumsum(sizes).tolist()
        self.rows = [slice(end - size, end) for end, size in zip(ends, sizes)]
        self.request, self.early = None, False

    def pack(self, weight):
        """Copy weight times each gradient into `mine`."""
        for param, rows in zip(self.params, self.rows):
            np.multiply(_row(param.grad), self.mine.dtype.type(weight), out=self.mine[rows])

    def start(self):
        """Let the sum begin."""
        comm = world().gradients
        begin = comm.Iallgather if self.in_order else comm.Iallreduce
        self.request = begin(self.mine, self.total)

    def test(self):
        """Let the sum move on: MPI works only while it is called."""
        self.request.Test()

    def wait(self):
        """Return when the sum is here."""
        world().wait(self.request)

    def changed(self, weight):
        """Return those Params whose gradients are no longer what was packed, bit for bit."""
        bits = np.dtype(f"u{self.mine.dtype.itemsize}")  # NaN is equal to itself, as bits
        found = []
        for param, rows in zip(self.params, self.rows):
            now = _row(param.grad) * self.mine.dtype.type(weight)
            if not np.array_equal(now.view(bits), self.mine[rows].view(bits)):
                found.append(param)
        return found

    def unpack(self, divisor):
        """Write the sum, divided, into the gradients; parts are added in order."""
        total = self.total[0]
        for part in self.total[1:]:
            total += part
        total /= total.dtype.type(divisor)
        for param, rows in zip(self.params, self.rows):
            param.grad[...] = array_module(param.grad).asarray(total[rows].reshape(param.shape))


def _row(gradient):
    return np.ascontiguousarray(to_numpy(gradient)).reshape(-1)


def fill(params, bucket_bytes, in_order=False):
    """Return the buckets of these Params, in the order in which they are sent.

    Those at the end, whose layers go backward first, come first. Those with a regularizer come
    last: its gradient is added when all layers have gone backward. Weights of one layer stay
    together, since they are final at the same moment.

    Args:
        params: dict from path to Param, "dense/W".
        bucket_bytes: see `DistributedOptimizer`.
        in_order: see `Bucket`.
    """
    buckets = []
    for bound in (False, True):
        layers = {}  # what must be together: of one layer and one dtype
        for path, param in reversed(params.items()):
            if (param.regularizer is not None) == bound:
                key = path.rpartition("/")[0], param.value.dtype
                layers.setdefault(key, []).append(param)
        held, size, kind = [], 0, None
        for (_, dtype), group in layers.items():
            more = sum(param.value.nbytes for param in group)
            if held and (dtype != kind or size + more > bucket_bytes):
                buckets.append(Bucket(held, in_order))
                held, size = [], 0
            held, size, kind = held + group, size + more, dtype
        if held:
            buckets.append(Bucket(held, in_order))
    return buckets


class Schedule:
    """Which buckets may start after which layer's turn; taken down in one step.

    Attributes:
        turns: list of the names of the layers in the order in which they went backward.
        ready: for each bucket the number of turns after which it may start, never falling.
    """

    def __init__(self):
        self.turns, self.last, self.ready = [], {}, None

    def note(self, layer):
        """Take down a turn, and that the gradients of this layer may have changed in it."""
        self.turns.append(layer.name)
        for param in layer.params().values():
            self.last[param] = len(self.turns)

    def close(self, buckets):
        """Find out when each bucket is complete."""
        self.ready, after = [], 0
        for bucket in buckets:
            for param in bucket.params:
                bound = param.regularizer is not None
                after = max(after, LAST if bound else self.last.get(param, LAST))
            self.ready.append(after)
