"""The learning rate as programs written for Keras read and set it."""

import operator


class LearningRate(float):
    """A float that knows its optimizer: `optimizer.learning_rate.assign(0.01)` sets the rate.

    Whatever is computed with it is computed with a plain float, because NumPy would take a float32
    array to float64 for a class of ours, and CuPy would refuse it.
    """

    def __new__(cls, value, optimizer=None):
        """Make one, as every number is made."""
        self = super().__new__(cls, value)
        self.optimizer = optimizer
        return self

    def assign(self, value):
        """Set the rate of the optimizer; this number stays what it was."""
        self.optimizer.learning_rate = value

    def numpy(self):
        """Return the rate, a float."""
        return float(self)

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        """Let NumPy see a plain float."""
        plain = [float(a) if isinstance(a, LearningRate) else a for a in inputs]
        return getattr(ufunc, method)(*plain, **options)


for _name in ("add", "sub", "mul", "truediv", "pow"):
    _compute = getattr(operator, _name)
    setattr(LearningRate, f"__{_name}__", lambda self, other, f=_compute: f(float(self), other))
