"""What a recurrent layer is made of: its arguments, and W, U and b."""

from minidl.base import checks
from minidl.base.structure import matches, parts, shapes
from minidl.layers.dropout import RandomLayer
from minidl.layers.layer import Layer


class TakesState(Layer):
    """A layer that x may come to with a state: (x, *state), one array (N, M) or several.

    A subclass says in `state_shapes` which: a list of the shapes of one sample. It writes `run`
    and `run_backward`, for which x and the state are two things.
    """

    takes_mask = takes_several = True
    which_half = ""  # said of the arrays of a state in an error

    def __call__(self, x, training=False, initial_state=None, **options):
        """As in `Layer`; `layer(x, initial_state=[h, c])` is `layer((x, h, c))`."""
        if initial_state is not None:
            several = isinstance(initial_state, tuple | list)
            x = (x, *(initial_state if several else [initial_state]))
        return super().__call__(x, training, **options)

    def forward(self, x, training=False, mask=None):
        """x (N, T, D), or (x, *state) -> y, or (y, *state).

        The arrays of a state that come in, each (N, M), are it before the first step; without them
        it is that of the batch before if stateful, else zeros. `return_state` lets those after
        the last step go out.

        Args:
            x: the sequences, alone or with the state.
            training: True lets dropout work.
            mask: (N, T) of bool, False at steps of padding; None: every step counts.

        Raises:
            ValueError: x, mask or state of a wrong shape, or more steps than memory can hold.
        """
        given, (x, *state) = isinstance(x, tuple), parts(x)
        y, state, cache = self.run(x, training, parts(mask)[0], state)
        return ((y, *state) if self.return_state else y), (cache, given)

    def backward(self, dy, cache):
        """Return dx, or (dx, *gradients of the state), as forward was given x.

        dy has the form of what forward returned, and None stands for zeros.
        """
        cache, given = cache
        dy, *dstate = dy if self.return_state else (dy, *[None] * len(self.state_shapes()))
        dx, *dstate = self.run_backward(dy, dstate, cache)
        return (dx, *dstate) if given else dx

    def compute_mask(self, x, mask):
        """Return the mask of x."""
        return parts(mask)[0]

    def fits(self, shape):
        """As in `Layer`; x may come with a state or without."""
        x_shape, *states = shapes(shape)
        return matches(x_shape, self.input_shape) and states in ([], self.state_shapes())

    def check_state(self, given, N):
        """Refuse a state of N samples that has not the shapes of this layer's; none is fine."""
        expected = [(N, *shape) for shape in self.state_shapes()]
        if given and given != expected:
            raise ValueError(
                f"layer {self.name!r} needs an initial state of {len(expected)} arrays of shape "
                f"{expected[0]}{self.which_half}; got shapes {', '.join(map(str, given))}"
            )


class RecurrentParameters(TakesState, RandomLayer):
    """The arguments that SimpleRNN, LSTM and GRU share.

    Args:
        units: M.
        use_bias: False leaves out b.
        kernel_initializer: how W (D, gates M) starts, which the inputs meet.
        recurrent_initializer: how U (M, gates M) starts, which the state meets.
        bias_initializer: how b starts.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: what large ones cost.
        kernel_constraint, recurrent_constraint, bias_constraint: what they fulfil.
        dropout: share of the inputs that is dropped in training, the same ones at every step.
        recurrent_dropout: likewise for what the recurrent weights see of h.
        return_sequences: True returns the output of every step (N, T, M), False that of the last.
        return_state: True returns (y, h), for an LSTM (y, h, c), with the state after the last
            step.
        go_backwards: reads the sequence from its end; y (N, T, M) comes in the order of reading.
        stateful: the state after a batch is the one the next batch starts from, until
            `reset_states()`. Row n of a batch continues row n of the one before. No gradient
            flows back into that earlier batch: this is truncated backpropagation through time.
        seed: of `RandomLayer`.
        options: `name`, `input_shape`, `trainable` (see `Layer`). `input_shape=(None, D)` takes
            sequences of any length.
    """

    roles = {"kernel": "glorot_uniform", "recurrent": "orthogonal", "bias": "zeros"}
    gates = 1  # how many blocks of M columns W, U and b have
    n_states = 1  # how many arrays the state has

    def __init__(
        self,
        units,
        use_bias=True,
        dropout=0.0,
        recurrent_dropout=0.0,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        seed=None,
        **options,
    ):
        super().__init__(seed, **options)
        self.units = checks.positive_integer("units", units)
        self.use_bias = use_bias
        self.dropout = checks.finite_number("dropout", dropout, at_least=0, below=1)
        self.recurrent_dropout = checks.finite_number(
            "recurrent_dropout", recurrent_dropout, at_least=0, below=1
        )
        self.return_sequences, self.return_state = return_sequences, return_state
        self.go_backwards, self.stateful = go_backwards, stateful

    def bias_shape(self):
        """Return the shape of b."""
        return (self.gates * self.units,)

    def build(self, shape, rng):
        """Create W (D, gates M), U (M, gates M) and b."""
        x_shape, *states = shapes(shape)
        T, D = self.check_sample(x_shape)
        self.check_state([(None, *lengths) for lengths in states], None)
        columns = self.gates * self.units
        self.W = self.param("kernel", (D, columns), rng)
        self.U = self.param("recurrent", (self.units, columns), rng)
        if self.use_bias:
            self.b = self.param("bias", self.bias_shape(), rng)
        for activation in self.sublayers().values():
            activation.prepare((self.units,), self.ops, rng)
        # W and U serve any length, with a state or without.
        self.input_shape = (None, D)
        y_shape = (T, self.units) if self.return_sequences else (self.units,)
        return (y_shape, *[(self.units,)] * self.n_states) if self.return_state else y_shape

    def state_shapes(self):
        """Return the list of the shapes of h, or of h and c, of one sample."""
        return [(self.units,)] * self.n_states

    def check_sample(self, shape):
        """Return (T, D); refuse what is not a sequence, or has other features than before."""
        hint = "If a step is one number, use x[..., None]; if it is a token, an Embedding before"
        checks.features(self, shape, ("T", "D"), hint)
        if 0 in shape:
            raise ValueError(
                f"layer {self.name!r} needs at least one step and one feature; got sequences of "
                f"shape {tuple(shape)}. Leave empty sequences out"
            )
        return shape
