"""Keras 3 on PyTorch, for the tests that compare with it: import `keras` from here."""

import os

import pytest

os.environ["KERAS_BACKEND"] = "torch"  # read when Keras is imported
keras = pytest.importorskip("keras", reason="parity needs Keras: pip install keras==3.15.1")
