"""Every argument of every layer, loss and optimizer, given what it must not be given."""

import gradient_table
import numpy as np
import pytest
from bad_values import BAD, kind_of

from minidl.configurable import arguments


def _first_of_each_class(cases):
    first = {}
    for case in cases.values():
        first.setdefault(type(case.make()), case)
    return first


LAYERS = _first_of_each_class(gradient_table.LAYERS)


def _rows(cls):
    for name, argument in arguments(cls).items():
        for bad in BAD.get(kind_of(name, argument.default), ()):
            yield name, bad


@pytest.mark.parametrize("cls", LAYERS, ids=lambda cls: cls.__name__)
def test_a_layer_refuses(cls):
    case = LAYERS[cls]
    silent = []
    for name, bad in _rows(cls):
        try:
            layer = cls(**{**case.make()._arguments, name: bad})
            layer(np.ones(case.shape, "float32"))
        except (ValueError, TypeError) as error:
            text = str(error)
            if name not in text and repr(bad) not in text:
                silent.append(f"{name}={bad!r}: obscure: {text[:150]}")
        except Exception as error:
            silent.append(f"{name}={bad!r}: {type(error).__name__}: {str(error)[:150]}")
        else:
            silent.append(f"{name}={bad!r}: accepted")
    assert not silent, "\n".join(silent)
