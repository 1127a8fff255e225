"""What is connected to what: values that are not there yet, and the calls that will make them.

    x = Input((784,))        a Value: a promise of arrays (N, 784)
    y = Dense(10)(x)         a Call: this layer will make y from x

`Graph` finds the calls between two values and walks them: forward in an order in which
every call comes after those it needs, backward in reverse. Where a value goes to several calls,
their gradients add up.
"""

from minidl.base.structure import (
    each_shape,
    like,
    parts,
    several,
)

LENGTHS = (64, 96)  # tried where a shape has None: strides up to 32 tell them apart


class Value:
    """An array that a graph will compute, known by its shape.

    Args:
        sample_shape: of one sample; None is any length.
        name: of the input, or of the layer that makes it.
        call: the `Call` that makes it; None for an input.
        layer: of an input, its `InputLayer`.
    """

    def __init__(self, sample_shape, name=None, call=None, layer=None):
        self.sample_shape = tuple(sample_shape)
        self.name, self.call, self.layer = name, call, layer

    @property
    def shape(self):
        """As Keras has it: None for the batch axis, then the shape of a sample."""
        return (None, *self.sample_shape)

    @property
    def ndim(self):
        """How many axes the array will have, with that of the batch."""
        return len(self.shape)

    def __array__(self, *_, **__):
        raise TypeError(f"{self!r} holds no numbers yet: call layers on it, then fit or predict")

    def __getitem__(self, key):
        raise TypeError(f"{self!r} has no items yet: take a part of it in a layer of your own")

    def __repr__(self):
        return f"<Value of {self.name!r}, shape {self.shape}>"


class computed:  # noqa: N801  read as a property
    """A property that gives way to an attribute of its name, which a class of yours may set."""

    def __init__(self, function):
        self.function = function
        self.__doc__ = function.__doc__

    def __get__(self, instance, owner=None):
        return self if instance is None else self.function(instance)


def common(a, b):
    """Return a shape, or several, with None where the two differ."""
    if several(a):
        return tuple(map(common, a, b))
    return tuple(m if m == n else None for m, n in zip(a, b))


class Call:
    """One use of a layer: it makes `outputs` from `inputs`, each a Value or a tuple of Values.

    Args:
        layer: built.
        inputs: what it is called on.
        shape: of one sample of what it returns.
        options: dict of what else the layer's forward is given.
    """

    def __init__(self, layer, inputs, shape, options=()):
        self.layer = layer
        self.inputs = inputs
        self.options = dict(options)
        self.outputs = each_shape(lambda one: Value(one, layer.name, self), shape)


def is_symbolic(x):
    """Whether x is a Value, or a tuple or list with one in it."""
    given = x if isinstance(x, tuple | list) else [x]
    return any(isinstance(part, Value) for part in given)


def between(inputs, outputs):
    """Return the calls that lead from `inputs` to `outputs`, those farthest from the outputs first.

    So each comes after those it needs. Both are tuples of Values.

    Raises:
        ValueError: an output needs an input that is not among them, or none at all; an input leads
            nowhere; values depend on each other in a circle.
    """
    if len(set(inputs)) < len(inputs):
        raise ValueError("an input stands twice among the inputs of a Model")
    placed, opened = {}, {}
    waiting = list(reversed(outputs))
    while waiting:
        value = waiting[-1]
        call = value.call
        if value in inputs or call in placed:
            waiting.pop()
            continue
        if call is None:
            known = ", ".join(repr(v.name) for v in inputs)
            raise ValueError(
                f"the outputs need the Input {value.name!r} of shape {value.shape}, which is not "
                f"among the inputs of this model ({known}): add it, or connect the layers that "
                "read it to another value"
            )
        needed = [v for v in parts(call.inputs) if v not in inputs and v.call not in placed]
        if not needed:
            placed[call] = None
        elif call in opened:
            raise ValueError(f"layer {call.layer.name!r} depends on its own output: a cycle")
        opened[call] = None
        waiting += reversed(needed)
    used = {*outputs, *(value for call in placed for value in parts(call.inputs))}
    for value in inputs:
        if value not in used:
            raise ValueError(f"no output depends on the input {value.name!r}: leave it out")
    return _by_depth(list(placed), list(opened), inputs)


def _by_depth(calls, met, inputs):
    """Return `calls`, each after those it needs, in the order that Keras gives them.

    `get_weights`, and Keras's files, have the weights in that order: layers by their greatest
    distance from the outputs, those of one distance as they are `met` on the way back.
    """
    depth, deepest = {}, {}
    places = {layer: k for k, layer in enumerate(dict.fromkeys(call.layer for call in met))}
    for call in reversed(calls):
        depth[call] = max(depth.get(call, 0), deepest.get(call.layer, 0))
        deepest[call.layer] = depth[call]
        for value in parts(call.inputs):
            if value not in inputs:
                depth[value.call] = max(depth.get(value.call, 0), depth[call] + 1)
    return sorted(calls, key=lambda call: (-depth[call], places[call.layer]))


class Board:
    """What belongs to the values of a graph while it is walked: arrays, masks or gradients."""

    def __init__(self, values, x):
        self.noted = {}
        self.put(values, x)

    def put(self, values, x):
        """Note x for `values`, in their form; None is None for each."""
        if x is not None:
            self.noted.update(zip(parts(values), parts(x)))

    def add(self, values, dx):
        """Add dx, in the form of `values`, to what is noted for them; None is zero."""
        for value, d in zip(parts(values), parts(dx)):
            if d is not None:
                there = self.noted.get(value)
                self.noted[value] = d if there is None else there + d

    def get(self, values):
        """Return what is noted for `values`, in their form: None where there is nothing."""
        return like(values, [self.noted.get(value) for value in parts(values)])


def as_values(what, given):
    """Return a Value, or the tuple of Values, that `Model` was given; one in a list is itself."""
    given = list(given.values()) if isinstance(given, dict) else given
    values = parts(tuple(given) if isinstance(given, list) else given)
    wrong = [value for value in values if not isinstance(value, Value)]
    if wrong or not values:
        raise TypeError(
            f"{what} of a Model are what Input(shape) and layer(value) return, one or a list of "
            f"them; got {wrong[0] if wrong else given!r}"
        )
    return values if len(values) > 1 else values[0]
