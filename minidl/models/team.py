"""Who trains the same model: one process alone, or one of several (`minidl.distributed.team`)."""

from minidl.models.data import length_of


class Alone:
    """The team of one process: what `fit` would ask those that train the same model with it.

    `model.team` is one of these, unless the optimizer is one of `minidl.distributed`: its team has
    several processes, which see other samples and must stay together.
    """

    first = True  # whether this process reports and writes files

    def callbacks(self, given):
        """Return those of the callbacks given to `fit` that this process calls."""
        return given

    def begin(self, model, source, batch_size):
        """Run before training: the model is built and the data are looked at."""

    def epochs(self, model, last):
        """Yield the numbers of the epochs to come, as long as nobody stops training."""
        for epoch in range(model.next_epoch, last):
            if self.stops(model):
                return
            yield epoch

    def count(self, model, data):
        """Return how many samples a batch has; called before the step that it is for."""
        return length_of(data)

    def before_backward(self, model, count, results):
        """Run between the forward and the backward pass of a step.

        Args:
            model: compiled.
            count: of samples in the batch.
            results: of the batch, the loss among them.
        """

    def breaks(self, model, interrupt):
        """Whether the epoch ends after this batch: `stop_training`, or Ctrl-C."""
        return interrupt.caught or model.stop_training

    def interrupted(self, interrupt):
        """Whether training was interrupted in this epoch."""
        return interrupt.caught

    def stops(self, model):
        """Whether there is to be no other epoch."""
        return model.stop_training

    def results_of_epoch(self, model, mean):
        """Return the dict of results, once the last step of an epoch is done."""
        return self.results(mean)

    def results(self, mean):
        """Return the dict of results of a `Mean`."""
        return mean.result()


ALONE = Alone()
