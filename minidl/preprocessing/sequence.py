"""Keras's older place of `utils.pad_sequences`."""

from minidl.utils import pad_sequences

__all__ = ["pad_sequences"]
