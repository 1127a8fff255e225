"""Two recurrent layers on one sequence: one reads it from its start, one from its end."""

import numpy as np

from minidl.forms import matches, parts, shapes
from minidl.layer import Layer
from minidl.layers.recurrent.base import Recurrent, with_state

MERGE_MODES = ("concat", "sum", "mul", "ave")


class Bidirectional(Layer):
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

    takes_mask = takes_several = True

    def __init__(self, layer, merge_mode="concat", **options):
        super().__init__(**options)
        if not isinstance(layer, Recurrent) or layer.go_backwards:
            raise TypeError(
                "Bidirectional needs a recurrent layer that reads forward, for instance LSTM(32); "
                f"got {layer!r}"
            )
        if merge_mode not in MERGE_MODES:
            raise ValueError(
                f"merge_mode must be one of {', '.join(MERGE_MODES)}; got {merge_mode!r}"
            )
        self.merge_mode = merge_mode
        self.forward_layer = layer
        self.backward_layer = layer.from_config(layer.get_config() | {"go_backwards": True})
        if self.backward_layer.rng is not None:  # the layer's seed decides, but on other numbers
            self.backward_layer.rng = self.backward_layer.rng.spawn(1)[0]
        self.input_shape = self.input_shape or layer.input_shape

    def build(self, shape, rng):
        """Build both layers."""
        one, two = self.forward_layer, self.backward_layer
        x_shape, *states = shapes(shape)
        y_shape = one.prepare(x_shape, self.ops, rng.spawn(1)[0])
        two.prepare(x_shape, self.ops, rng.spawn(1)[0])
        self.check_state([(None, *lengths) for lengths in states], None)
        (*lead, M), *states = shapes(y_shape)
        self.input_shape = one.input_shape  # any length
        y_shape = (*lead, 2 * M if self.merge_mode == "concat" else M)
        return (y_shape, *states, *states) if states else y_shape

    def fits(self, shape):
        """As in the layers; both have a state, or neither."""
        x_shape, *states = shapes(shape)
        return matches(x_shape, self.input_shape) and states in ([], self.state_shapes())

    def state_shapes(self):
        """Return the list of the shapes of the states of both layers, of one sample."""
        return 2 * self.forward_layer.state_shapes()

    def check_state(self, given, N):
        """Refuse a state of N samples that is not one for both layers; none is fine."""
        if given and given != [(N, *shape) for shape in self.state_shapes()]:
            raise ValueError(
                f"layer {self.name!r} needs an initial state of {len(self.state_shapes())} arrays "
                f"of shape {(N, self.forward_layer.units)}, one half for each direction; got "
                f"shapes {', '.join(map(str, given))}"
            )

    def __call__(self, x, training=False, initial_state=None, **options):
        """As in `Recurrent`."""
        return super().__call__(with_state(x, initial_state), training, **options)

    def forward(self, x, training=False, mask=None):
        """x (N, T, D), or (x, *states) -> y, or (y, *states); see `Recurrent`."""
        one, two = self.forward_layer, self.backward_layer
        given, (x, *states), mask = isinstance(x, tuple), parts(x), parts(mask)[0]
        self.check_state([array.shape for array in states], len(x))
        a, state_a, cache_a = one.run(x, training, mask, states[: one.n_states])
        b, state_b, cache_b = two.run(x, training, mask, states[one.n_states :])
        b = b[:, ::-1] if one.return_sequences else b
        y, real = self._merge(a, b), None
        if mask is not None and one.return_sequences:
            real = one.ops.xp.asarray(mask, y.dtype)[..., None]  # (N, T, 1)
            y = y * real
        cache = (a, b, real, cache_a, cache_b, given)
        return ((y, *state_a, *state_b) if one.return_state else y), cache

    def backward(self, dy, cache):
        """dx, the sum of both layers', or (dx, *gradients of the initial states) if given."""
        a, b, real, cache_a, cache_b, given = cache
        one, two = self.forward_layer, self.backward_layer
        k = one.n_states
        dy, *dstate = dy if one.return_state else (dy, *[None] * 2 * k)
        if real is not None and dy is not None:
            dy = dy * real
        da, db = (None, None) if dy is None else self._unmerge(dy, a, b)
        if db is not None and one.return_sequences:
            db = db[:, ::-1]
        dx_a, *dstate_a = one.run_backward(da, dstate[:k], cache_a)
        dx_b, *dstate_b = two.run_backward(db, dstate[k:], cache_b)
        return (dx_a + dx_b, *dstate_a, *dstate_b) if given else dx_a + dx_b

    def compute_mask(self, x, mask):
        """Return the mask of x."""
        return parts(mask)[0]

    def _merge(self, a, b):
        """Return y from a and b (..., M)."""
        if self.merge_mode == "concat":
            return np.concatenate([a, b], axis=-1)  # (..., 2M)
        if self.merge_mode == "mul":
            return a * b
        return a + b if self.merge_mode == "sum" else (a + b) / 2

    def _unmerge(self, dy, a, b):
        """Return (da, db) from dy."""
        if self.merge_mode == "concat":
            return np.split(dy, 2, axis=-1)
        if self.merge_mode == "mul":
            return dy * b, dy * a
        return (dy, dy) if self.merge_mode == "sum" else (dy / 2, dy / 2)
