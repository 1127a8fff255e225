"""The three cells: what happens in one step.

x_t (N, D) is the input of step t, h_{t-1} (N, M) the state before it; W (D, ...), U (M, ...) and b
are the same at every step. `*` is the product of elements, sigmoid and tanh act on elements.
The loop over time, forward and backward, is in `minidl.kernels`: rnn, lstm and gru. Other
activations than theirs are computed by the loops in `plain`, which are slow and say so.
"""

import functools
from types import SimpleNamespace

from minidl.layers import activations
from minidl.layers.recurrent import plain
from minidl.layers.recurrent.base import Recurrent

# What the kernel `rnn` calls the activations that it has.
KERNEL_NAMES = {activations.Tanh: "tanh", activations.ReLU: "relu", activations.Linear: "linear"}


class SimpleRNN(Recurrent):
    """The plain recurrent layer: the new state from the input and the old state.

        h_t = f(x_t W + h_{t-1} U + b)        W (D, M)    U (M, M)    b (M,)
        y_t = h_t

    The gradient passes U and f' once a step: over many steps it dies out or explodes (Bengio,
    Simard and Frasconi 1994, "Learning long-term dependencies with gradient descent is
    difficult").

    Args:
        units: M.
        activation: f. The kernel has "tanh", "relu" and "linear"; None is "linear".
        Others: see `Recurrent`.

    Reference: Elman (1990), "Finding structure in time".
    """

    def __init__(self, units, activation="tanh", use_bias=True, **options):
        super().__init__(units, use_bias, **options)
        self.activation = activations.get(activation)
        self.f = KERNEL_NAMES.get(type(self.activation))

    def loop(self):
        """Return the kernel for this activation, or a plain loop."""
        if self.f is None:
            return plain.RNNLoop(self.activation)
        forward = functools.partial(self.ops.rnn.forward, activation=self.f)
        return SimpleNamespace(forward=forward, backward=self.ops.rnn.backward)


class Gated(Recurrent):
    """Base of the cells with gates, which have an activation of their own.

    Args: see `LSTM`.
    """

    def __init__(
        self, units, activation="tanh", recurrent_activation="sigmoid", use_bias=True, **options
    ):
        super().__init__(units, use_bias, **options)
        self.activation = activations.get(activation)
        self.recurrent_activation = activations.get(recurrent_activation)

    def has_usual_activations(self):
        """Whether they are those that the kernels have."""
        kinds = type(self.activation), type(self.recurrent_activation)
        return kinds == (activations.Tanh, activations.Sigmoid)


class LSTM(Gated):
    """Long short-term memory: a state c that is added to, and three gates between 0 and 1.

        i_t = sigmoid(x_t W_i + h_{t-1} U_i + b_i)      input gate: what to write
        f_t = sigmoid(x_t W_f + h_{t-1} U_f + b_f)      forget gate: what to keep
        g_t = tanh   (x_t W_g + h_{t-1} U_g + b_g)      candidate: what there is to write
        o_t = sigmoid(x_t W_o + h_{t-1} U_o + b_o)      output gate: what to show
        c_t = f_t * c_{t-1} + i_t * g_t
        h_t = o_t * tanh(c_t)
        y_t = h_t

    W (D, 4M), U (M, 4M) and b (4M,) hold the blocks of columns in the order i, f, g, o, which is
    Keras's i, f, c, o and PyTorch's. The state is (h, c).

    From c_t to c_{t-1} the gradient passes f_t alone, which can stay near 1: it lasts.

    Args:
        units: M.
        activation: of g and of c. The kernel has "tanh".
        recurrent_activation: of the gates. The kernel has "sigmoid".
        unit_forget_bias: b_f starts at 1, so that the layer begins by keeping.
        Others: see `Recurrent`.

    References: Hochreiter and Schmidhuber (1997), "Long short-term memory"; Gers, Schmidhuber and
    Cummins (2000), "Learning to forget", for f; Jozefowicz, Zaremba and Sutskever (2015), "An
    empirical exploration of recurrent network architectures", section 3.1, for its bias.
    """

    gates = 4
    n_states = 2

    def __init__(self, units, activation="tanh", *, unit_forget_bias=True, **options):
        super().__init__(units, activation, **options)
        self.unit_forget_bias = unit_forget_bias

    def build(self, shape, rng):
        """Create W, U and b, with b_f = 1 if `unit_forget_bias`."""
        y_shape = super().build(shape, rng)
        if self.use_bias and self.unit_forget_bias:
            self.b.value[self.units : 2 * self.units] = 1
        return y_shape

    def loop(self):
        """Return the kernel, or a plain loop for other activations."""
        if self.has_usual_activations():
            return self.ops.lstm
        return plain.LSTMLoop(self.activation, self.recurrent_activation)


class GRU(Gated):
    """The gated recurrent unit: two gates, and no second state.

        z_t = sigmoid(x_t W_z + h_{t-1} U_z + b_z + b'_z)          update gate: what to keep
        r_t = sigmoid(x_t W_r + h_{t-1} U_r + b_r + b'_r)          reset gate: what to look at
        n_t = tanh   (x_t W_n + b_n + r_t * (h_{t-1} U_n + b'_n))  candidate
        h_t = z_t * h_{t-1} + (1 - z_t) * n_t
        y_t = h_t

    W (D, 3M) and U (M, 3M) hold the blocks of columns in the order z, r, n, which is Keras's
    z, r, h; PyTorch has r, z, n. b (2, 3M) holds b and b'.

    Args:
        units: M.
        activation: of n. The kernel has "tanh".
        recurrent_activation: of the gates. The kernel has "sigmoid".
        reset_after: True: r acts after the product with U_n, as above, in Keras by default and in
            PyTorch. False: before it, (r_t * h_{t-1}) U_n as in the paper, with b (3M,) alone; the
            kernel does not have this.
        Others: see `Recurrent`.

    Reference: Cho et al. (2014), "Learning phrase representations using RNN encoder-decoder for
    statistical machine translation", equations 5-8.
    """

    gates = 3

    def __init__(self, units, activation="tanh", *, reset_after=True, **options):
        super().__init__(units, activation, **options)
        self.reset_after = reset_after

    def bias_shape(self):
        """Return (2, 3M): b and b'; or (3M,) without reset_after."""
        return (2, self.gates * self.units) if self.reset_after else super().bias_shape()

    def loop(self):
        """Return the kernel, or a plain loop for other activations."""
        if self.reset_after and self.has_usual_activations():
            return self.ops.gru
        return plain.GRULoop(self.activation, self.recurrent_activation, self.reset_after)
