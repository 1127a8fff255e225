"""An optimizer that steps by the mean gradient of all ranks, sent while others still arise."""

import numpy as np

from minidl import optimizers
from minidl.base import checks, naming
from minidl.distributed import buckets as parts
from minidl.distributed.team import team
from minidl.distributed.world import world
from minidl.layers.layer import after_backward
from minidl.optimizers import Optimizer


class DistributedOptimizer(Optimizer):
    """Average the gradients over the ranks, then let another optimizer step: Horovod's words.

        model.compile(DistributedOptimizer(Adam(1e-3)), "mse")

    Each rank's gradient counts as much as the rank has samples in the batch (steps that are no
    padding, where there is a mask), so that the mean is that of the whole batch. All ranks get the
    same bits, and so keep the same weights. In one process it is the optimizer inside. Gradients on
    a GPU travel through main memory.

    Args:
        optimizer: one of `minidl.optimizers`, or its name.
        bucket_bytes: gradients travel together up to so many bytes; a larger layer travels alone.
        order: "fast": MPI adds in the order that it likes best; "fixed": in that of the ranks, as
            one process would that adds their gradients one by one. Every rank then receives
            p - 1 gradients, and not 2 (p - 1) / p.
        overlap: False sends everything after the backward pass.

    Attributes:
        inner: the optimizer inside, which remembers everything, and is what a file keeps.
        sent: bytes of gradients that this rank has put into sums, with its own share.

    References: Sergeev and Del Balso (2018), "Horovod: fast and easy distributed deep learning in
    TensorFlow"; Li et al. (2020), "PyTorch distributed: experiences on accelerating data parallel
    training", section 3.2 (buckets, and sums that overlap with the backward pass).
    """

    def __init__(self, optimizer="adam", bucket_bytes=2**20, order="fast", overlap=True):
        self.inner = optimizers.get(optimizer)
        self.bucket_bytes = checks.positive_integer("bucket_bytes", bucket_bytes)
        self.order = naming.one_of("order", order, "fast", "fixed")
        self.overlap = overlap
        self.world, self.sent = world(), 0
        if self.world.size > 1:
            self.team = team()
        self.params, self.buckets, self.schedule = None, [], None
        self._head = None  # what every rank says about this step: see `begin`

    # ------------------------------------------------------------- what the inner one knows

    alone = property(lambda self: self.inner)
    learning_rate = property(
        lambda self: self.inner.learning_rate,
        lambda self, value: setattr(self.inner, "learning_rate", value),
    )
    iterations = property(lambda self: self.inner.iterations)
    state = property(lambda self: self.inner.state)
    steps = property(lambda self: self.inner.steps)
    slots = property(lambda self: self.inner.slots)

    def state_arrays(self, params):
        """As in `Optimizer`: what the inner one remembers."""
        return self.inner.state_arrays(params)

    def load_state_arrays(self, arrays, params):
        """As in `Optimizer`: into the inner one."""
        self.inner.load_state_arrays(arrays, params)

    # ------------------------------------------------------------------------------- a step

    def begin(self, weight):
        """Say how much this rank's gradient counts; watch for gradients that are final.

        Called before the backward pass. Every rank's number, whether it wants to stop, and how
        long its last step took, are summed in a small message of their own.
        """
        if self._head is not None:
            if weight != self._head.mine[0]:
                raise ValueError(
                    f"two backward passes before one step have {self._head.mine[0]:g} and "
                    f"{weight:g} samples, and one weight of this rank must hold for both: give "
                    "them equal sizes, or take a step after each"
                )
            return
        self._head = _Head(self.world, weight, self.team)
        self._turn = self._next = 0
        if self.overlap:
            if self.schedule is None:
                self.schedule = parts.Schedule()
            after_backward.append(self._after)

    def _after(self, layer):
        """Take down a layer's turn, or send what is complete by it."""
        schedule, self._turn = self.schedule, self._turn + 1
        if schedule.ready is None:
            schedule.note(layer)
            return
        known = self._turn <= len(schedule.turns)
        if not known or schedule.turns[self._turn - 1] != layer.name:
            self._turn = -parts.LAST  # another way than in the first step: the rest at the end
        while self._next < len(self.buckets) and schedule.ready[self._next] <= self._turn:
            self._send(early=True)
        for bucket in self.buckets[: self._next]:
            bucket.test()

    def _send(self, early=False):
        """Start the sum of the next bucket."""
        bucket = self.buckets[self._next]
        bucket.pack(self._head.mine[0])
        bucket.early, self.sent = early, self.sent + bucket.mine.nbytes
        bucket.start()
        self._next += 1

    def step(self, params, ops=None):
        """As in `Optimizer`; the gradients are the mean over the ranks afterwards.

        Raises:
            RuntimeError: a gradient was changed after it had been sent.
        """
        if self.world.size == 1 or not params:
            self.inner.step(params, ops)
            return
        if not isinstance(params, dict):
            params = {f"{k}/": param for k, param in enumerate(params)}
        if self._head is None:
            self.begin(1)
        if self._after in after_backward:
            after_backward.remove(self._after)
        if self.params is None or not _same(params, self.params):
            self._arrange(params)
        if self.schedule is not None and self.schedule.ready is None and self.schedule.turns:
            self.schedule.close(self.buckets)
        while self._next < len(self.buckets):
            self._send()
        self.team.has_worked()
        head, self._head = self._head, None
        head.finish()
        for bucket in self.buckets:
            self._finish(bucket, head)
        self.inner.step(params, ops)
        self.team.after_step(head)

    def _arrange(self, params):
        """Make the buckets for these parameters."""
        if self._next:
            raise RuntimeError(
                "step was given other weights than the steps before, whose gradients are on their "
                "way already: make the optimizer with overlap=False"
            )
        self.params = dict(params)
        self.buckets = parts.fill(params, self.bucket_bytes, self.order == "fixed")
        if self.schedule is not None and self.schedule.ready is not None:
            self.schedule.close(self.buckets)

    def _finish(self, bucket, head):
        bucket.wait()
        if bucket.early and (changed := bucket.changed(head.mine[0])):
            shapes = ", ".join(str(param.shape) for param in changed)
            raise RuntimeError(
                f"gradients of shape {shapes} were changed after they had been sent, by another "
                "use of their layer than in the first step: make the optimizer with overlap=False"
            )
        bucket.unpack(head.divisor)


def _same(params, others):
    """Whether two dicts have the same Params in the same order."""
    return list(map(id, params.values())) == list(map(id, others.values()))


class _Head:
    """What the ranks say about a step: weight, two flags, and the seconds of the last step.

    Attributes:
        mine, total: the numbers of this rank, and their sums over all.
        divisor: by what the summed gradients are divided.
    """

    def __init__(self, world, weight, team):
        self.world = world
        self.mine = np.zeros(3 + world.size)
        self.mine[:3] = weight, *team.asked()
        self.mine[3 + world.rank] = team.seconds
        self.total = np.empty_like(self.mine)
        self.request = world.gradients.Iallreduce(self.mine, self.total)

    def finish(self):
        """Wait until all have spoken."""
        self.world.wait(self.request)
        self.divisor = self.total[0] or 1
