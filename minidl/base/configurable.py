"""Objects as plain data and back: how a model's architecture gets into a file without a pickle.

Every configurable object remembers the arguments it was made with. Together with the name of
its class they are all it takes to make it again:

    Dense(10, activation="relu")   <->   {"class": "Dense", "units": 10, "activation": "relu"}

A name from a file is looked up among the classes that exist in this process, never imported and
never run as code. A class of your own is found once its definition has run.
"""

import functools
import inspect

import numpy as np

from minidl.base import checks, naming

_CLASSES = {}

# Kept, because a step of training copies a layer and `inspect` is slow.
_signature = functools.cache(inspect.signature)


class _WholeSignature:
    """What `help` and a notebook's Shift+Tab show of a class: every argument, by its name."""

    def __get__(self, thing, cls):
        if thing is not None:
            raise AttributeError("__signature__")  # a layer that is called has that of `__call__`
        return inspect.Signature(arguments(cls).values())


class Configurable:
    """Base of layers, losses, optimizers, initializers, ...: remembers its own arguments.

    Attributes:
        config_prefix: what comes before the name of the class in data; tells families apart that
            use a name twice.
        settled: names of arguments of classes above that this class gives them itself.
    """

    config_prefix = ""
    settled = ()
    __signature__ = _WholeSignature()

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        _CLASSES[_name(cls)] = cls

    def __new__(cls, *args, **kwargs):
        """Bind the arguments to their names before `__init__` runs, and look at the flags.

        Raises:
            TypeError: text or a number where the default is True or False.
        """
        self = super().__new__(cls)
        # Partial: `copy.copy` calls this without arguments, and `__init__` reports missing ones.
        signature = _signature(cls.__init__)
        bound = signature.bind_partial(self, *args, **kwargs).arguments
        bound.pop("self", None)
        for parameter in signature.parameters.values():
            if parameter.kind is parameter.VAR_KEYWORD:
                bound |= bound.pop(parameter.name, {})
        for name in bound.keys() & _flags(cls):
            checks.flag(name, bound[name])
        if not isinstance(bound.get("name"), str | None):
            raise TypeError(f"name must be text; got {bound['name']!r}")
        self._arguments = bound
        return self

    @classmethod
    def more_arguments(cls):
        """Return {name: default} of arguments that stand in no signature."""
        return {}

    def get_config(self):
        """Return the arguments this object was made with, as plain data."""
        config = {}
        for name, value in self._arguments.items():
            try:
                config[name] = to_data(value)
            except TypeError as error:
                raise TypeError(f"{type(self).__name__}({name}=...): {error}") from None
        return config

    @classmethod
    def from_config(cls, config):
        """Return a new object from what `get_config` returned."""
        return cls(**from_data(config))


def arguments(cls):
    """Return {name: inspect.Parameter} of all that a class takes, with what goes on to those above.

    The class's own come first. What a class above needs, or the class gives it itself (`settled`),
    is not among them.
    """
    found = {}
    for base in cls.__mro__:
        parameters = list(_signature(base.__init__).parameters.values())[1:]
        for parameter in parameters:
            above = base is not cls
            needed = parameter.default is parameter.empty  # true of *args and **options, too
            if parameter.kind is parameter.VAR_KEYWORD or (above and needed):
                continue
            kind = parameter.KEYWORD_ONLY if above else parameter.kind
            found.setdefault(parameter.name, parameter.replace(kind=kind))
        if not any(p.kind is p.VAR_KEYWORD for p in parameters):
            break  # nothing goes on from here
    for name, default in cls.more_arguments().items():
        found[name] = inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default)
    return {name: parameter for name, parameter in found.items() if name not in cls.settled}


@functools.cache
def _flags(cls):
    """Return the names of the arguments of a class whose defaults are True or False."""
    return {name for name, found in arguments(cls).items() if isinstance(found.default, bool)}


def unknown_argument(thing, name, *_):
    """Return the text of an error: the class of `thing` takes no such argument, but which it does.

    Args:
        thing: an object in its `__init__`.
        name: of the argument.
    """
    cls = type(thing)
    return f"{cls.__name__} has no argument {name!r}.{naming.suggestion(name, arguments(cls))}"


def to_data(thing):
    """Return numbers, strings, lists and dicts that `from_data` turns back into `thing`.

    Raises:
        TypeError: something that cannot be written as plain data, such as a function.
    """
    if isinstance(thing, Configurable):
        return {"class": _name(type(thing)), **thing.get_config()}
    if isinstance(thing, type) and _name(thing) in _CLASSES:
        return {"class": _name(thing)}
    if isinstance(thing, dict):
        data = {str(key): to_data(value) for key, value in thing.items()}
        return {"class": "dict", "items": data} if "class" in data else data
    if isinstance(thing, list | tuple):
        return [to_data(item) for item in thing]
    if isinstance(thing, np.generic | np.ndarray):
        return thing.tolist()
    if thing is None or isinstance(thing, bool | int | float | str):
        return thing
    raise TypeError(
        f"{thing!r} cannot be saved as plain data: use a name, a number, or an object of minidl"
    )


def from_data(data):
    """Return what `to_data` was given; a tuple comes back as a list.

    Raises:
        ValueError: a class that this process does not know, or arguments that it does not take.
    """
    if isinstance(data, list):
        return [from_data(item) for item in data]
    if not isinstance(data, dict):
        return data
    if "class" not in data:
        return {key: from_data(value) for key, value in data.items()}
    name = data["class"]
    if name == "dict":  # of somebody who calls an output "class"
        return {key: from_data(value) for key, value in data["items"].items()}
    if name not in _CLASSES:
        raise ValueError(
            f"no class {name!r} is known here: import or define it before you load the file"
        )
    try:
        return _CLASSES[name].from_config({k: v for k, v in data.items() if k != "class"})
    except TypeError as error:
        raise ValueError(f"the file's arguments for {name} do not fit: {error}") from None


def _name(cls):
    """A class of yours that is called like one of minidl's does not take its place."""
    name = getattr(cls, "config_prefix", "") + cls.__name__
    ours = cls.__module__.startswith(("minidl.", "minidl_course."))
    return name if ours else f"custom.{name}"
