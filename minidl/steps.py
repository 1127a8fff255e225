"""One step of training, which is three lines: clear the gradients, find new ones, update."""

from minidl import diverged, regularizers
from minidl.arrays import to_numpy
from minidl.compiled import Compiled
from minidl.forms import mapped, parts
from minidl.kernels.common.blas import one_thread
from minidl.prefetch import explaining_memory_errors, feed
from minidl.results import Mean, format_results


class Steps(Compiled):
    """A layer that can take a step on a batch."""

    divergence = None  # the report of `fit` on a loss that is NaN or infinite

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        cls.writes_own_step = cls.train_step is not Steps.train_step

    def train_step(self, data):
        """Take one step on a batch. A subclass may do it in its own way.

        Args:
            data: (x, y, sample_weight), where the kernels work; y may be None then.

        Returns:
            dict from name to number: the loss and the metrics of this batch.
        """
        self.zero_grad()
        results, _ = self.loss_and_gradient(*data, input_gradient=False)
        if self.divergence and diverged.lost(results):
            self.divergence.look(self, data[0])  # now: the update makes all weights NaN
        if trained := self.trained_params():
            self.optimizer.step(trained, self.ops)
        return results

    def test_step(self, data):
        """Return the results of a batch, as `train_step` does, and change nothing."""
        *_, results, _ = self._loss(*data, training=False)
        return results

    def loss_and_gradient(self, x, y, sample_weight=None, training=True, input_gradient=True):
        """Go forward and backward once: dL/dW is added to the grad of every parameter.

        L is all of the loss: that of the outputs, and the penalties on outputs and parameters.
        Batches stand where the kernels work. Returns (results, dx): a dict of the loss and the
        metrics, and dL/dx in the form of x, or None where `input_gradient` is False.

        Raises:
            RuntimeError: the model has not been compiled, so it has no loss.
            ValueError: it was built for samples of another shape than those of x.
        """
        self.require_compiled("loss_and_gradient")
        self.prepare(mapped(lambda array: array.shape[1:], x))
        logits_model, cache, results, dz = self._loss(x, y, sample_weight, training)
        self.team.before_backward(self, len(parts(x)[0]), results)
        if input_gradient or not self.trains_what_it_did():
            dx = logits_model.backward(dz, cache)
        else:
            dx = logits_model.accumulate_gradients(dz, cache)
        regularizers.add_gradients(self.trained_params())
        return results, dx if input_gradient else None

    def _loss(self, x, y, sample_weight, training):
        """Return (the model without its last activations, its cache, the results, dL/dz)."""
        logits_model, lasts = self.split_activation()
        if not self.objective.absorbs(lasts):
            logits_model, lasts = self, None
        z, cache, mask = logits_model.forward_with_mask(self.cast(x), training)
        results, dz = self.objective(y, z, lasts, sample_weight, self.ops, mask, training)
        results["loss"] += self.penalty(cache) + regularizers.total_penalty(self.trained_params())
        return logits_model, cache, results, dz

    # ------------------------------------------------------------------ batches of yours

    @one_thread
    @explaining_memory_errors
    def train_on_batch(self, x, y=None, sample_weight=None, class_weight=None, return_dict=False):
        """Take one step on one batch; return its [loss, *metrics], in the form of `evaluate`."""
        return self._one_batch("train", x, y, sample_weight, class_weight, return_dict)

    @one_thread
    @explaining_memory_errors
    def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False):
        """Return [loss, *metrics] of one batch, in the form of `evaluate`."""
        return self._one_batch("test", x, y, sample_weight, None, return_dict)

    def _one_batch(self, kind, x, y, sample_weight, class_weight, return_dict):
        self.require_compiled(f"{kind}_on_batch")
        step = self.train_step if kind == "train" else self.test_step
        data = self.validate(x, y, sample_weight, class_weight)
        (batch,) = feed([data], self.ops.xp)
        mean = Mean(self.objective)
        count = self.team.count(self, batch)
        mean.add(step(batch), count)
        return format_results(self.team.results(mean), return_dict)

    def predict_on_batch(self, x):
        """Return the outputs for one batch of inputs."""
        return mapped(to_numpy, self(x))
