"""The place where Keras keeps `sequence.pad_sequences`."""

from minidl.preprocessing import sequence

__all__ = ["sequence"]
