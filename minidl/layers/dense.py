"""The fully connected layer."""

from minidl.base import checks
from minidl.kernels.common.blas import column_sums, product
from minidl.layers.activations import regularized
from minidl.layers.layer import Layer


class Dense(Layer):
    """y = f(x W + b): every output sees every input.

        x (..., D)    W (D, M)    b (M,)    y (..., M)    f the activation

    Args:
        units: M, how many outputs.
        activation: a name ("relu"), an activation layer, or None for f(z) = z.
        use_bias: False leaves out b.
        kernel_initializer: how W starts: a name or an object of `minidl.initializers`.
        bias_initializer: how b starts.
        kernel_regularizer, bias_regularizer: what large weights cost, as part of the loss: a name
            ("l2") or an object of `minidl.regularizers`.
        activity_regularizer: what large outputs cost, divided by the number of samples.
        kernel_constraint, bias_constraint: what the weights fulfil after each step: a name
            ("max_norm") or an object of `minidl.constraints`.
        options: `name`, `input_shape`, `input_dim`, `trainable` (see `Layer`).

    Reference: Goodfellow, Bengio, Courville (2016), "Deep Learning", section 6.5.6.
    """

    ends_in_activation = True
    roles = {"kernel": "glorot_uniform", "bias": "zeros"}  # and how each starts

    def __init__(
        self, units, activation=None, use_bias=True, *, activity_regularizer=None, **options
    ):
        super().__init__(**options)
        self.units = checks.positive_integer("units", units)
        self.activation = regularized(activation, activity_regularizer)
        self.use_bias = use_bias

    def build(self, shape, rng):
        """Create W (D, M) and b (M,)."""
        *lead, D = shape
        self.W = self.param("kernel", (D, self.units), rng)
        if self.use_bias:
            self.b = self.param("bias", (self.units,), rng)
        return self.activation.prepare((*lead, self.units), self.ops, rng)

    def forward(self, x, training=False):
        """x (..., D) -> y (..., M)."""
        rows = x.reshape(-1, x.shape[-1])  # every leading axis is a batch axis: (N, D)
        z = product(rows, self.W.value)  # (N, D) (D, M) -> (N, M)
        if self.use_bias:
            z += self.b.value
        y, f_cache = self.activation.forward(z.reshape(*x.shape[:-1], self.units), training)
        return y, (x, f_cache)

    def backward(self, dy, cache):
        """dW = x^T dz,  db = sum of dz over the batch,  dx = dz W^T,  with dz = f'(z) dy."""
        x, f_cache = cache
        dz = self.activation.backward(dy, f_cache)  # (..., M)
        rows = dz.reshape(-1, self.units)  # (N, M)
        self.W.grad += product(x.reshape(len(rows), -1).T, rows)  # (D, N) (N, M) -> (D, M)
        if self.use_bias:
            self.b.grad += column_sums(rows)  # (M,)
        dx = product(rows, self.W.value.T)  # (N, M) (M, D) -> (N, D)
        return dx.reshape(x.shape)

    def accumulate_gradients(self, dy, cache):
        """dW and db alone, where nobody needs dx: `backward` without a third of its products."""
        x, f_cache = cache
        rows = self.activation.backward(dy, f_cache).reshape(-1, self.units)  # (N, M)
        self.W.grad += product(x.reshape(len(rows), -1).T, rows)
        if self.use_bias:
            self.b.grad += column_sums(rows)
