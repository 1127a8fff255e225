"""Keras's older place of `utils.pad_sequences`."""

from minidl.preprocessing import sequence

__all__ = ["sequence"]
