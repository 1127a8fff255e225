"""The network that came back from a student's function, built once more out of minidl's layers."""

import numpy as np

from minidl.models import Model, Sequential
from minidl_course.grading.channel import Wrong


def rebuilt(answer, x):
    """Return the same network, made of its `get_config()` and `get_weights()`.

    So it is a network of minidl that is judged, and nothing else that may have a `predict`; and
    it knows nothing of what its twin has been shown.

    Args:
        answer: a `Sequential`, or a `Model` of layers that are connected, which a student's
            function has returned.
        x: what its `predict` takes: two or three samples are enough.

    Raises:
        Wrong: no such model can be made of it.
    """
    config, weights = answer.get_config(), answer.get_weights()
    if not _is_data(config):  # a function in it would compute where the student's code is
        raise Wrong("get_config() of the network that came back holds more than plain data.")
    kind = Model if isinstance(config, dict) and "calls" in config else Sequential
    try:
        model = kind.from_config(config)
        model(x)
        model.set_weights(weights)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        told = f"a {kind.__name__} of layers of minidl has to come back, trained: {error}"
        raise Wrong(told) from None
    return model


def _is_data(value):
    if isinstance(value, dict):
        return all(map(_is_data, [*value, *value.values()]))
    if isinstance(value, list | tuple):
        return all(map(_is_data, value))
    return value is None or isinstance(value, bool | int | float | str | np.generic | np.ndarray)
