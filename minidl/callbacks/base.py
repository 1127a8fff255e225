"""What a callback is, and how a training run gathers its callbacks."""


class Callback:
    """Base of all callbacks: override the moments you need.

    `fit` calls them, and those of the validation (`on_test_...`) only if it validates. `evaluate`
    and `predict` call `on_test_...` and `on_predict_...` of the callbacks that they are given.

    Attributes:
        model: the model in training; set by `fit`.
        params: dict with "epochs", "steps" and "verbose", as `fit` was given them.
        companions: every callback of this run, in the order in which they are called.
        comes_last: True for one that is called after the others, wherever it stands in the list.
        writes: True for one that writes files: of several processes that train one model, only
            the first calls it.
    """

    model = None
    params = {}  # replaced, never changed
    companions = ()
    comes_last = writes = False

    def set_model(self, model):
        """Remember the model; called before anything else."""
        self.model = model

    def set_params(self, params):
        """Remember how training was asked for; called after `set_model`."""
        self.params = params

    def on_train_begin(self, logs=None):
        """Run before the first epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        """Run before an epoch, counted from 0."""

    def on_train_batch_begin(self, batch, logs=None):
        """Run before a batch, counted from 0."""
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch, logs=None):
        """Run after a batch, counted from 0; logs are the means of the epoch so far."""
        self.on_batch_end(batch, logs)

    def on_epoch_end(self, epoch, logs=None):
        """Run after an epoch, with validation results in logs if there are any."""

    def on_train_end(self, logs=None):
        """Run after the last epoch, also when training was interrupted."""

    def on_test_begin(self, logs=None):
        """Run before the validation that ends an epoch."""

    def on_test_batch_begin(self, batch, logs=None):
        """Run before a batch of the validation, counted from 0."""

    def on_test_batch_end(self, batch, logs=None):
        """Run after a batch of the validation; logs are its means so far, without "val_"."""

    def on_test_end(self, logs=None):
        """Run after the validation; logs are its results, without "val_"."""

    def on_predict_begin(self, logs=None):
        """Run before a prediction."""

    def on_predict_batch_begin(self, batch, logs=None):
        """Run before a batch of a prediction, counted from 0."""

    def on_predict_batch_end(self, batch, logs=None):
        """Run after a batch of a prediction; logs has its "outputs"."""

    def on_predict_end(self, logs=None):
        """Run after a prediction."""

    def on_batch_begin(self, batch, logs=None):
        """Older name of `on_train_batch_begin`."""

    def on_batch_end(self, batch, logs=None):
        """Older name of `on_train_batch_end`."""

    def get_state(self):
        """Return what must survive a crash, for `BackupAndRestore`: a dict of plain data or arrays.

        A callback that counts epochs, or remembers a best value, keeps it here.
        """
        return {}

    def set_state(self, state):
        """Go on from what `get_state` returned; called after `on_train_begin`."""


class LambdaCallback(Callback):
    """Functions instead of a class: `LambdaCallback(on_epoch_end=lambda epoch, logs: ...)`.

    Args:
        on_epoch_begin, on_epoch_end: called with (epoch, logs).
        on_train_begin, on_train_end: called with (logs).
        on_train_batch_begin, on_train_batch_end: called with (batch, logs).
        on_batch_begin, on_batch_end: older names of the last two.
        on_test_begin, on_test_end: called with (logs), around the validation.
        on_test_batch_begin, on_test_batch_end: called with (batch, logs).
        on_predict_begin and the others of `predict`: likewise.

    Raises:
        TypeError: a name that no callback has.
    """

    def __init__(self, **hooks):
        for name in hooks:
            if not (name.startswith("on_") and hasattr(Callback, name)):
                raise TypeError(f"unexpected keyword argument {name!r}: no method of Callback")
        vars(self).update({name: hook for name, hook in hooks.items() if hook is not None})


def prepare_callbacks(model, callbacks, before, after, params=None):
    """Return the callbacks of one run in the order in which they are called, each told its model.

    Args:
        model: the model in training.
        callbacks: what the user gave to `fit`: a list, one callback, or None.
        before: list of `fit`'s own callbacks that come first.
        after: list of its own that come later, and see what the user's add to logs.
        params: dict that each is told.

    Raises:
        TypeError: something that is not a callback; a class that was not called, say.
    """
    given = [callbacks] if isinstance(callbacks, Callback) else list(callbacks or ())
    for callback in given:
        if not isinstance(callback, Callback):
            hint = f"; write {callback.__name__}(...)" if isinstance(callback, type) else ""
            raise TypeError(
                f"callbacks must be objects of minidl.callbacks; got {callback!r}{hint}"
            )
    together = sorted([*before, *given, *after], key=lambda callback: callback.comes_last)
    for callback in together:
        callback.companions = together
        callback.set_model(model)
        callback.set_params(params or {})
    return together


def notify(callbacks, moment, *arguments):
    """Call the method named `moment` of each callback."""
    for callback in callbacks:
        getattr(callback, moment)(*arguments)
