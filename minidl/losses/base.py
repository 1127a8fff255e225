"""What every loss shares: shapes are checked, samples are averaged, once and here."""

from minidl import kernels
from minidl.base import checks, config, naming
from minidl.base.arrays import as_array, number, on_gpu
from minidl.base.configurable import Configurable


class Loss(Configurable):
    """Base of all losses: a subclass writes `each`.

    Args:
        name: what errors call it; its class's name if not given.
        reduction: "sum_over_batch_size" or "mean": the mean over the samples; "sum": their sum,
            so that the steps grow with the batch.
    """

    takes_mask = False  # whether `each` has an argument `mask`, and the loss no steps left to count
    reduction = "sum_over_batch_size"
    _name = None

    def __init__(self, *, name=None, reduction="sum_over_batch_size"):
        if reduction in ("none", None):
            raise ValueError(
                "a loss is one number here, and its gradient: for the loss of every sample call "
                "`each`, or loss(y_true[i : i + 1], y_pred[i : i + 1])"
            )
        self.reduction = naming.one_of("reduction", reduction, "sum_over_batch_size", "mean", "sum")
        self._name = name

    def __call__(self, y_true, y_pred, sample_weight=None, ops=None, mask=None):
        """Return (mean loss, gradient); the sum with reduction="sum".

        Args:
            y_true: targets; the shape depends on the loss.
            y_pred: outputs of the model (N, ...).
            sample_weight: (N,), how much each sample counts; 1 if not given. The sum of weighted
                losses is still divided by the number of samples, not by the sum of the weights.
            ops: the kernels, from `minidl.kernels.load`; the process's backend if not given.
            mask: (N, T) of bool, which steps of y_pred (N, T, ...) count; the mean is over them.

        Returns:
            value: float, the mean over all samples; on a GPU an array without axes, since to read
                it would make the program wait.
            dy: d value / d y_pred, in the shape and dtype of y_pred.

        Raises:
            ValueError: shapes or labels do not fit, or there are none, or y_true is not finite;
                says what was expected. NaN in y_pred is a RuntimeWarning.
            TypeError: not numbers: text, objects, complex numbers; or a masked array.
        """
        if not checks.trusted():
            y_true, y_pred = checks.pair(self.name, y_true, y_pred)
            if mask is not None and not on_gpu(mask):
                mask = checks.mask(mask, y_pred.shape[:2], self.name)
        if y_pred.dtype.kind != "f":
            y_pred = y_pred.astype(config.floatx())
        y_true = self.check(y_true, y_pred.shape)
        ops = ops or kernels.load(config.backend())
        if self.takes_mask:
            (loss, dy), mask = self.each(y_true, y_pred, ops, mask), None
        else:
            loss, dy = self.each(y_true, y_pred, ops)
        if sample_weight is not None:
            if not on_gpu(sample_weight):
                sample_weight = checks.sample_weights(
                    sample_weight, loss.shape[0] if loss.ndim else 0
                )
            w = sample_weight.astype(loss.dtype)
            w = w.reshape(-1, *[1] * (loss.ndim - 1))  # (N,) -> (N, 1, ..., 1): loss is (N, ...)
            loss, dy = w * loss, w.reshape(-1, *[1] * (dy.ndim - 1)) * dy
        share = 1.0  # of the elements of the loss that count
        if mask is not None:
            if loss.shape[: mask.ndim] != mask.shape:
                raise ValueError(f"{self.name} has no loss of every step, and takes no mask")
            share = number(mask.mean())
            if not on_gpu(mask) and share == 0:  # on a GPU nobody waits for it: the loss is NaN
                raise ValueError(
                    f"{self.name}: every step of this batch is padding (its mask is False "
                    "throughout): leave empty sequences out"
                )
            m = mask.reshape(*mask.shape, *[1] * (loss.ndim - mask.ndim)).astype(loss.dtype)
            loss, dy = m * loss, m[..., None] * dy
        dy = dy.astype(y_pred.dtype, copy=False)  # a loss of yours may have taken another type
        if self.reduction == "sum":
            return number(loss.sum()), dy
        count = loss.size * share
        count = count.astype(dy.dtype) if on_gpu(count) else dy.dtype.type(count)
        return number(loss.mean() / share), dy / count

    def each(self, y_true, y_pred, ops):
        """Return (loss (N, ...), gradient (N, ..., C)): each sample's own, not averaged."""
        raise NotImplementedError(type(self).__name__)

    def check(self, y_true, shape):
        """Return y_true in the form that `each` expects, for outputs of `shape`.

        Arrays on a GPU come from `fit`, which has looked at their numbers before it moved them.
        """
        y_true = as_array(y_true)
        if y_true.shape == shape[:-1] and shape[-1] == 1:
            y_true = y_true[..., None]  # (N,) against (N, 1) would broadcast to (N, N)
        if y_true.shape != tuple(shape):
            raise ValueError(
                f"{self.name} needs targets of the shape of the outputs, {tuple(shape)}; "
                f"got {y_true.shape}{self.shape_hint(y_true, shape)}"
            )
        return y_true

    def shape_hint(self, y_true, shape):
        """What to do about targets of the wrong shape, where that is known."""
        images = len(y_true.shape) == len(shape) == 4  # (N, H, W, C)
        if images and (y_true.shape[0], y_true.shape[3]) == (shape[0], shape[3]):
            return (
                ". Strides and pools round sizes, and a decoder cannot know how: pad or crop the "
                "images to a size that every stride divides, or crop what comes back (Cropping2D)"
            )
        return ""

    def absorbs(self, activation):
        """Whether `on_logits()` replaces this loss and that activation together."""
        return False

    @property
    def name(self):
        """What errors call it."""
        return self._name or type(self).__name__
