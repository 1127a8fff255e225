"""What all recurrent layers share: a state that comes and goes, and all around the loop over time.

N sequences, T steps, D features in, M units. A state is a tuple of arrays (N, M): (h,), or (h, c)
for an LSTM, whose first is also the output of the step.
"""

import os

import numpy as np

from minidl.base import checks
from minidl.base.structure import mapped, matches, parts, shapes
from minidl.layers.dropout import RandomLayer, draw_mask
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


class Recurrent(TakesState, RandomLayer):
    """Base of the recurrent layers: x (N, T, D) -> y (N, M), or (N, T, M).

    A subclass says how many blocks of M columns its weights have (`gates`) and how many arrays its
    state (`n_states`), and returns what has the loop over time in `loop`: a kernel, or a plain one.

    A step whose mask is False leaves the state, and so the output, as it was.

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

    def run(self, x, training, mask, initial_state):
        """Return (y, the last state, cache); arguments are those of `forward`."""
        self.check_sample(x.shape[1:])
        N, T, D = x.shape
        # The kernels keep every block twice, before and after its activation, and every state.
        size = N * T * self.units * (2 * self.gates + self.n_states) * self.W.value.itemsize
        _fits_in_memory(f"layer {self.name!r}, {N} sequences of {T} steps", size)
        x = x.astype(self.W.value.dtype, copy=False)
        state = self._first_state(N, initial_state)
        mask = mapped(self.ops.xp.asarray, checks.mask(mask, (N, T), f"layer {self.name!r}"))
        if self.go_backwards:
            x, mask = x[:, ::-1], None if mask is None else mask[:, ::-1]
        noise = self._noise(self.dropout, (N, 1, D), training)  # one for all steps
        drop = self._noise(self.recurrent_dropout, (N, self.units), training)
        x = x if noise is None else x * noise
        b = self.b.value if self.use_bias else self.ops.xp.zeros(self.bias_shape(), x.dtype)
        arguments = (x, self.W.value, self.U.value, b, *state, mask, drop)
        *states, unrolled = self.loop().forward(*arguments)  # each (N, T, M); y is the first
        y, state = states[0], tuple(array[:, -1] for array in states)
        if self.stateful:
            self.memory = tuple(array.copy() for array in state)  # a view would hold all of y
        return (y if self.return_sequences else y[:, -1]), state, (unrolled, y, noise)

    def run_backward(self, dy, dstate, cache):
        """Add dW, dU and db; return dx and the gradients of the initial state, in one tuple."""
        unrolled, y, noise = cache
        dy_all = self._at_every_step(dy, dstate[0], y)
        rest = [np.zeros_like(y[:, -1]) if d is None else d for d in dstate[1:]]
        dx, dW, dU, db, *dstate = self.unroll_backward(dy_all, rest, unrolled)
        self.W.grad += dW
        self.U.grad += dU
        if self.use_bias:
            self.b.grad += db
        dx = dx if noise is None else dx * noise
        return (dx[:, ::-1] if self.go_backwards else dx, *dstate)

    def unroll_backward(self, dy, dstate, cache):
        """Run the loop backward: dx, dW, dU, db and the gradients of the initial state.

        dstate: the gradients of the last state without that of h, which dy already holds.
        """
        return self.loop().backward(dy, *dstate, cache)

    def compute_mask(self, x, mask):
        """As in `Layer`: y comes in the order of reading, and so does its mask."""
        mask = super().compute_mask(x, mask)
        return mask[:, ::-1] if mask is not None and self.go_backwards else mask

    def _first_state(self, N, given):
        """Return the state before the first step: the one given, the one kept, or zeros."""
        shape, dtype = (N, self.units), self.W.value.dtype
        if given:
            self.check_state([array.shape for array in given], N)
        elif not self.stateful or self.memory is None:
            return tuple(self.ops.xp.zeros(shape, dtype) for _ in range(self.n_states))
        elif len(self.memory[0]) != N:
            raise ValueError(
                f"layer {self.name!r} is stateful and remembers {len(self.memory[0])} sequences; "
                f"got a batch of {N}. Use a batch_size that divides the number of samples, or "
                "call reset_states() before batches of another size"
            )
        return tuple(self.ops.xp.asarray(array, dtype) for array in given or self.memory)

    def _at_every_step(self, dy, dh, y):
        """Return dL/dy (N, T, M): dy where forward returned y, and dh added at the last step."""
        if self.return_sequences and dy is not None and dh is None:
            return dy
        every = np.zeros_like(y)
        if dy is not None:
            every[:, slice(None) if self.return_sequences else -1] = dy
        if dh is not None:
            every[:, -1] += dh
        return every

    def _noise(self, rate, shape, training):
        """Return what dropout multiplies by, or None; see `Dropout`."""
        if not training or rate == 0:
            return None
        return draw_mask(self, self.W.value, shape, rate)


def _fits_in_memory(what, size):
    """Refuse to start `what`, which needs `size` bytes, if this machine has not as many."""
    try:
        there = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return  # not known on this system
    if size > there:
        raise ValueError(
            f"{what}: needs about {size / 2**30:,.1f} GiB of memory, and this machine has "
            f"{there / 2**30:,.1f}. Cut the sequences into shorter pieces (stateful=True carries "
            "the state from one to the next) or use smaller batches"
        )
