"""Layers with a state that may come in beside x, and go out beside y."""

from minidl.base.structure import matches, parts, shapes
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
