"""Parity with PyTorch and Keras: skipped where they are not installed (the extra `parity`)."""

import os

import pytest

os.environ.setdefault("KERAS_BACKEND", "torch")  # Keras reads it once, when it is imported

torch = pytest.importorskip("torch", reason="parity needs PyTorch: pip install torch==2.13.0")


def pytest_collection_modifyitems(items):
    for item in items:
        if "parity" in item.path.parts:
            item.add_marker(pytest.mark.parity)
