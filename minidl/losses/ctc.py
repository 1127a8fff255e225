"""The loss of a sequence whose labels have no places in time: speech, handwriting."""

import numpy as np

from minidl.base import checks
from minidl.base.arrays import as_array, on_gpu
from minidl.layers.activations import Softmax
from minidl.losses.base import Loss


class CTC(Loss):
    """Connectionist temporal classification: l = -log P, over all paths that read as the target.

    The formulas and the gradient are those of the kernel (`minidl.kernels.ctc`). Outputs are
    logits (N, T, C), and class 0 is the blank; a softmax at the end of a model is passed by in
    training. Targets y (N, U) are labels from 1 to C - 1, each row filled up with 0 at its end.
    The mask of the outputs (N, T), True up to where a sequence ends, tells how many steps it has.

    Args:
        zero_infinity: what happens to a target that needs more steps than there are. False: an
            error; behind a mask, where the steps are counted late, its loss is infinite. True: it
            counts 0. Its gradient is 0 either way.
        options: see `Loss`.

    Reference: Graves et al. (2006), "Connectionist temporal classification", section 4.
    """

    takes_mask = True

    def __init__(self, zero_infinity=False, **options):
        super().__init__(**options)
        self.zero_infinity = zero_infinity

    def absorbs(self, activation):
        """A softmax: log p is made from its logits here."""
        return type(activation) is Softmax

    def on_logits(self):
        """Return this loss, which takes logits."""
        return self

    def each(self, t, y, ops, mask=None):
        """Return (l (N,), dy (N, T, C))."""
        N, T, _ = y.shape
        steps = ops.xp.full(N, T) if mask is None else mask.sum(axis=1)
        loss, dy = ops.ctc.loss(y, t, steps, (t > 0).sum(axis=1))
        return (np.where(np.isinf(loss), 0, loss) if self.zero_infinity else loss), dy

    def check(self, y_true, shape):
        """Labels must be integers in [0, C), zeros only at a row's end, and have enough steps.

        Steps that are not known yet, None in `shape`, are counted when the outputs are there.
        """
        y_true = as_array(y_true)
        if len(shape) != 3 or y_true.ndim != 2 or len(y_true) != shape[0]:
            raise ValueError(
                f"{self.name} needs outputs (N, T, C) and a row of labels (N, U) for each; got "
                f"outputs {tuple(shape)} and targets {y_true.shape}"
            )
        if on_gpu(y_true):
            return y_true
        labels = checks.labels(self.name, y_true, shape[2])
        real = labels > 0
        if (real[:, 1:] & ~real[:, :-1]).any():
            row = labels[(real[:, 1:] & ~real[:, :-1]).any(axis=1)][0]
            raise ValueError(
                f"{self.name}: 0 is the blank and fills a row at its end; got {row.tolist()}. "
                "Labels begin at 1"
            )
        needs = real.sum(axis=1) + (real[:, 1:] & (labels[:, 1:] == labels[:, :-1])).sum(axis=1)
        if shape[1] is None or self.zero_infinity:
            return labels
        if needs.max(initial=0) > shape[1]:
            n = int(needs.argmax())
            raise ValueError(
                f"{self.name}: target {n} of the batch needs {needs[n]} steps, one for each label "
                f"and one between equal neighbours; the outputs have {shape[1]}. Let the network "
                "keep more steps, leave the sample out, or give zero_infinity=True: it counts 0"
            )
        return labels
