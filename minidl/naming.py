"""From a name to a thing: "relu" to ReLU, "mse" to MeanSquaredError.

Losses, optimizers, activations, metrics and initializers can all be given as a string, a class
or an object. One function serves them all, so that a typing error reads the same everywhere.
"""

import difflib
import itertools


def lookup(kind, given, table):
    """Return what `given` stands for.

    Args:
        kind: what is looked for, for the error's text: "loss", "optimizer", ...
        given: a name in `table`, or a class (called without arguments), or an object, which is
            returned as it is.
        table: dict from name to class or function.

    Raises:
        ValueError: the name is unknown; lists the valid ones and suggests the nearest.
        TypeError: `given` is neither a name nor callable nor an object with a `forward`.
    """
    if isinstance(given, str):
        if given not in table:
            raise ValueError(f"unknown {kind} {given!r}.{_suggest(given, table)}")
        given = table[given]
    if isinstance(given, type):
        return given()
    if isinstance(given, int | float | list | tuple | dict) or given is None:
        raise TypeError(f"{kind} must be a name or an object; got {given!r}")
    return given


def tell_apart(layer, taken):
    """Give a layer a name that is not in `taken`: dense, dense_1, dense_2.

    Raises:
        ValueError: the name is taken, and the user chose it.
    """
    if layer.name in taken:
        if layer.named_by_user:
            raise ValueError(f"two layers are called {layer.name!r}; names must differ")
        numbered = (f"{layer.name}_{i}" for i in itertools.count(1))
        layer.name = next(name for name in numbered if name not in taken)


def _suggest(given, names):
    near = difflib.get_close_matches(given.lower(), names, n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"{hint} Valid names: {', '.join(sorted(names))}."
