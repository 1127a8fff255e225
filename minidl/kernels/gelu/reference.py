"""GELU in NumPy. The contract and the symbols are in this folder's __init__."""

import importlib
import math

import numpy as np

ROOT = math.sqrt(2 / math.pi)


def forward(x, approximate=False):
    """x (...) -> y (...) and dy/dx (...)."""
    if approximate:
        Phi = (1 + np.tanh(ROOT * (x + 0.044715 * x * x * x))) / 2
        phi = 2 * Phi * (1 - Phi) * ROOT * (1 + 3 * 0.044715 * x * x)
    else:
        Phi = importlib.import_module("scipy.special").ndtr(x)  # heavy, so only now
        phi = np.exp(-x * x / 2) * (ROOT / 2)
    return x * Phi, Phi + x * phi
