"""From a name to a thing: "relu" to ReLU, "mse" to MeanSquaredError.

Losses, optimizers, activations, metrics and initializers can all be given as a string, a class
or an object. One function serves them all, so that a typing error reads the same everywhere.
"""

import difflib
import inspect
import itertools
import re


def lookup(kind, given, table, base=object):
    """Return what `given` stands for.

    Args:
        kind: what is looked for, for the error's text: "loss", "optimizer", ...
        given: a name in `table`, or a class (called without arguments), or an object, which is
            returned as it is.
        table: dict from name to class or function.
        base: the class that objects must be of.

    Raises:
        ValueError: the name is unknown; lists the valid ones and suggests the nearest.
        TypeError: `given` is neither a name nor such a class or object.
    """
    if isinstance(given, str):
        if given not in table:
            raise ValueError(f"unknown {kind} {given!r}.{suggestion(given, table)}")
        given = table[given]
    found = given() if isinstance(given, type) else given
    plain = found is None or isinstance(found, int | float | bytes | list | tuple | dict)
    if plain or not isinstance(found, base):
        what = "" if base is object else f" of class {base.__name__}"
        raise TypeError(f"{kind} must be a name or an object{what}; got {given!r}")
    return found


def table_of(names, base, *others):
    """Return the classes of `base` among a module's names, but for `others`, by name and Name."""
    found = {n: c for n, c in names.items() if isinstance(c, type) and issubclass(c, base)}
    found = {name: cls for name, cls in found.items() if cls not in (base, *others)}
    return found | {snake_case(name): cls for name, cls in found.items()}


def refuse_unfit(kind, function, *arguments):
    """See whether a function of yours takes the arguments, named here, that it will be called with.

    Raises:
        TypeError: it does not, or is none.
    """
    try:
        inspect.signature(function).bind(*arguments)
    except ValueError:  # one of C, which says nothing
        return
    except TypeError as error:
        raise TypeError(
            f"{kind} is called with ({', '.join(arguments)}), and {function!r:.80} does not take "
            f"that: {error}"
        ) from None


def one_of(name, given, *valid):
    """Return what was given for the argument `name`: a string that is one of those valid."""
    if given not in valid:
        *most, last = (f'"{text}"' for text in valid)
        raise ValueError(f"{name} must be {', '.join(most)} or {last}; got {given!r}")
    return given


def of_layer(name):
    """Return the name of a layer, text or None: "/" is what stands between names in a path."""
    if name is not None and (not name or "/" in name):
        raise ValueError(f"name must be text without '/'; got {name!r}")
    return name


def tell_apart(layer, taken):
    """Give a layer a name that is not in `taken`: dense, dense_1, dense_2. It keeps it for good.

    Raises:
        ValueError: the name is taken and cannot change: the user chose it, or another model knows
            the layer, its weights and its optimizer's state, by that name.
    """
    if layer.name in taken:
        if layer.name_is_final:
            raise ValueError(
                f"two layers are called {layer.name!r}; names must differ, and a layer that stands "
                f'in a model keeps its own. Give the other one name="..."'
            )
        layer.name = _numbered(layer.name, taken)
    layer.name_is_final = True


def keys_of(layers):
    """Return the dict from a name to each of these layers, which may stand in other models too.

    A new layer is renamed, as in `tell_apart`; where two keep one name because other models know
    them by it, the second is called dense_1 here.

    Raises:
        ValueError: two got one name from the user.
    """
    found = {}
    for layer in layers:
        if layer.name in found and layer.name_is_final and "name" not in layer._arguments:
            found[_numbered(layer.name, found)] = layer
        else:
            tell_apart(layer, found)
            found[layer.name] = layer
    return found


def numbered(names):
    """Return the names, a second and third of one name with a number: a, b, a_1."""
    found = []
    for name in names:
        found.append(_numbered(name, found) if name in found else name)
    return found


def _numbered(name, taken):
    return next(new for i in itertools.count(1) if (new := f"{name}_{i}") not in taken)


def suggestion(given, names):
    """Return " Did you mean ...? Valid names: ..." for the end of an error."""
    near = difflib.get_close_matches(given.lower(), names, n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"{hint} Valid names: {', '.join(sorted(names))}."


def snake_case(name):
    """Return "MaxPooling2D" as "max_pooling2d", as Keras names layers and metrics."""
    return re.sub(r"(?<=.)(?=[A-Z][a-z])|(?<=[a-z]{2})(?=[A-Z])", "_", name).lower()
