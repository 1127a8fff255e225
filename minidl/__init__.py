"""minidl: deep learning from the inside.

Every gradient is written by hand, checked against finite differences, and made fast with
kernels you can read too. Names are Keras's: a `Sequential` model is built from `layers`,
compiled with a loss and an optimizer, and fitted.

Importing minidl loads nothing heavy: Numba, Matplotlib and the data packages come in when they
are first needed.
"""

import importlib

from minidl.base import config, folders
from minidl.base.config import set_backend

folders.for_kernels(__path__[0])

__version__ = "0.3.0"

_SUBMODULES = (
    "applications",
    "callbacks",
    "constraints",
    "datasets",
    "distributed",
    "gradcheck",
    "initializers",
    "inspection",
    "kernels",
    "layers",
    "losses",
    "metrics",
    "models",
    "optimizers",
    "plots",
    "preprocessing",
    "regularizers",
    "utils",
)
_NAMES = {"Sequential": "models", "Model": "models", "Input": "layers", "backends": "kernels"}

__all__ = ["__version__", "config", "set_backend", *_SUBMODULES, *_NAMES]


def __getattr__(name):
    """Import a submodule, or fetch a name from one, when it is first used (PEP 562)."""
    if name in _SUBMODULES:
        return importlib.import_module(f"minidl.{name}")
    if name in _NAMES:
        return getattr(importlib.import_module(f"minidl.{_NAMES[name]}"), name)
    raise AttributeError(f"module 'minidl' has no attribute {name!r}")


def __dir__():
    return sorted(__all__)
