"""Two recurrent layers on one sequence: one reads it from its start, one from its end."""

from minidl.base import naming
from minidl.base.structure import shapes
from minidl.layers.merging import Add, Average, Concatenate, Multiply
from minidl.layers.recurrent.base import Recurrent, TakesState

MERGE_MODES = {"concat": Concatenate, "sum": Add, "mul": Multiply, "ave": Average}


class Bidirectional(TakesState):
    """y_t = merge(a_t, b_t): what was before step t, and what comes after it.

        x (N, T, D)    y (N, T, 2M) for "concat", else (N, T, M); the T only with return_sequences

    Args:
        layer: a SimpleRNN, LSTM or GRU with M units that reads forward: it makes a. A second one
            with the same arguments and weights of its own reads backward and makes b, which is
            turned around: a_t and b_t belong to the same step.
        merge_mode: "concat" (a first), "sum", "mul" or "ave".
        options: `name`, `input_shape` (see `Layer`).

    A `seed` of the layer makes both repeatable, each with random numbers of its own.

    With `return_state`, and in `initial_state`, the arrays of the first layer come before those of
    the second. Masks work as they do in these layers, but that y is 0 at steps of padding: there
    the two states would come from different sides.

    Reference: Schuster and Paliwal (1997), "Bidirectional recurrent neural networks".
    """

    which_half = ", one half for each direction"

    def __init__(self, layer, merge_mode="concat", **options):
        super().__init__(**options)
        if not isinstance(layer, Recurrent) or layer.go_backwards:
            raise TypeError(
                "Bidirectional needs a recurrent layer that reads forward, for instance LSTM(32); "
                f"got {layer!r}"
            )
        self.merge_mode = naming.one_of("merge_mode", merge_mode, *MERGE_MODES)
        self.merge = MERGE_MODES[merge_mode]()
        self.forward_layer = layer
        self.backward_layer = layer.from_config(layer.get_config() | {"go_backwards": True})
        if self.backward_layer.rng is not None:  # the layer's seed decides, but on other numbers
            self.backward_layer.rng = self.backward_layer.rng.spawn(1)[0]
        self.input_shape = self.input_shape or layer.input_shape
        self.return_state = layer.return_state

    def build(self, shape, rng):
        """Build both layers."""
        one, two = self.forward_layer, self.backward_layer
        x_shape, *states = shapes(shape)
        y_shape = one.prepare(x_shape, self.ops, rng.spawn(1)[0])
        two.prepare(x_shape, self.ops, rng.spawn(1)[0])
        self.check_state([(None, *lengths) for lengths in states], None)
        y_shape, *states = shapes(y_shape)
        self.input_shape = one.input_shape  # any length
        y_shape = self.merge.prepare((y_shape, y_shape), self.ops)
        return (y_shape, *states, *states) if states else y_shape

    def state_shapes(self):
        """Return the list of the shapes of the states of both layers, of one sample."""
        return 2 * self.forward_layer.state_shapes()

    def run(self, x, training, mask, states):
        """Return (y, the last states, cache); see `TakesState.forward`."""
        one, two = self.forward_layer, self.backward_layer
        self.check_state([array.shape for array in states], len(x))
        a, state_a, cache_a = one.run(x, training, mask, states[: one.n_states])
        b, state_b, cache_b = two.run(x, training, mask, states[one.n_states :])
        b = b[:, ::-1] if one.return_sequences else b
        (y, merged), real = self.merge.forward((a, b)), None
        if mask is not None and one.return_sequences:
            real = one.ops.xp.asarray(mask, y.dtype)[..., None]  # (N, T, 1)
            y = y * real
        return y, (*state_a, *state_b), (merged, real, cache_a, cache_b)

    def run_backward(self, dy, dstate, cache):
        """Return (dx, *gradients of the initial states): dx is the sum of both layers'."""
        merged, real, cache_a, cache_b = cache
        one, two, k = self.forward_layer, self.backward_layer, self.forward_layer.n_states
        da = db = None
        if dy is not None:
            da, db = self.merge.backward(dy if real is None else dy * real, merged)
            db = db[:, ::-1] if one.return_sequences else db
        dx_a, *dstate_a = one.run_backward(da, dstate[:k], cache_a)
        dx_b, *dstate_b = two.run_backward(db, dstate[k:], cache_b)
        return dx_a + dx_b, *dstate_a, *dstate_b
