"""Parity with PyTorch: skipped where it is not installed (pip install torch==2.13.0)."""

import pytest

torch = pytest.importorskip("torch", reason="parity needs PyTorch: pip install torch==2.13.0")


def pytest_collection_modifyitems(items):
    for item in items:
        if "parity" in item.path.parts:
            item.add_marker(pytest.mark.parity)
