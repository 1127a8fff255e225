"""A metric of pictures whose every pixel has a class."""

import numpy as np

from minidl.base import checks
from minidl.base.arrays import as_array, on_gpu, to_numpy
from minidl.base.checks import pair
from minidl.metrics.base import Metric, weights_of


class MeanIoU(Metric):
    """The mean over the classes of their IoU: pixels that are it and are called it, over either.

    A class that is nowhere, neither in targets nor in answers, is left out of the mean. 0 if
    nothing was counted.

    Args:
        num_classes: C.
        name: what results call it; "mean_io_u", as in Keras, if not given.
        ignore_class: a label of targets whose pixels count nowhere, such as 255 or -1.
        sparse_y_true: whether targets are labels (N, ...) or (N, ..., 1); else rows (N, ..., C), of
            which the largest counts.
        sparse_y_pred: the same of the outputs. True is Keras's default; what a softmax gives needs
            False.

    Reference: Everingham et al. (2015), "The Pascal visual object classes challenge: a
    retrospective", section 2.4.
    """

    def __init__(
        self,
        num_classes,
        name=None,
        *,
        ignore_class=None,
        sparse_y_true=True,
        sparse_y_pred=True,
    ):
        super().__init__(name or "mean_io_u")
        self.num_classes = checks.positive_integer("num_classes", num_classes)
        self.ignore_class = ignore_class
        self.sparse_y_true, self.sparse_y_pred = sparse_y_true, sparse_y_pred
        self.reset_state()

    def reset_state(self):
        """Start anew."""
        self.confusion = 0.0  # (C, C) once there is something: rows are targets, columns answers

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Count a batch: targets and outputs, and how much each sample counts (N,)."""
        C = self.num_classes
        y_true, y_pred = pair(self.name, y_true, y_pred)
        was = self._labels(y_true, self.sparse_y_true, "targets")
        said = self._labels(y_pred, self.sparse_y_pred, "outputs")
        if was.shape != said.shape:
            raise ValueError(
                f"{self.name} needs a target for each answer: got labels of shape {was.shape} for "
                f"answers of shape {said.shape}. Rows of C numbers, such as a softmax gives, need "
                "sparse_y_pred=False, and one-hot targets sparse_y_true=False"
            )
        weights = weights_of(sample_weight, was)
        if self.ignore_class is not None:
            weights = weights * (was != self.ignore_class)
            was = np.where(was == self.ignore_class, 0, was)
        for labels, whose in ((was, "targets"), (said, "outputs")):
            if not on_gpu(labels) and labels.size and not (0 <= labels.min() <= labels.max() < C):
                raise ValueError(
                    f"{self.name} needs {whose} from 0 to {C - 1}, because num_classes is {C}; got "
                    f"labels from {labels.min()} to {labels.max()}"
                )
        places = (C * was + said).reshape(-1)
        counts = np.bincount(places, weights=weights.reshape(-1), minlength=C * C)
        self.confusion = self.confusion + counts.reshape(C, C)

    def result(self):
        """Return the mean."""
        counts = np.broadcast_to(to_numpy(self.confusion), [self.num_classes] * 2)
        both = counts.diagonal()
        either = counts.sum(axis=0) + counts.sum(axis=1) - both
        there = either > 0
        return float((both[there] / either[there]).mean()) if there.any() else 0.0

    def _labels(self, values, sparse, whose):
        """Return integer labels (N, ...)."""
        values = as_array(values)
        if not sparse:
            if values.ndim < 2 or values.shape[-1] != self.num_classes:
                raise ValueError(
                    f"{self.name} needs {whose} of {self.num_classes} numbers a pixel; got shape "
                    f"{values.shape}"
                )
            return values.argmax(axis=-1)
        if values.ndim > 1 and values.shape[-1] == 1:
            values = values[..., 0]
        labels = values.astype(np.int64)
        if not on_gpu(values) and not np.array_equal(labels, values):
            raise ValueError(
                f"{self.name} needs integer labels as {whose}; got {values.dtype} fractions. For "
                f"rows of {self.num_classes} numbers say sparse_y_{_SHORT[whose]}=False"
            )
        return labels


_SHORT = {"targets": "true", "outputs": "pred"}
