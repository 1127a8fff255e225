"""Layers that prepare data, as parts of a model: they are saved with it and learn nothing.

Augmentation changes images and spectrograms in training only; scaling brings numbers near 0; text
becomes tokens.
"""

from minidl.layers.preprocessing.augmentation import (
    RandomFlip,
    RandomRotation,
    RandomTranslation,
    RandomZoom,
)
from minidl.layers.preprocessing.scaling import Normalization, Rescaling
from minidl.layers.preprocessing.spectrograms import SpecAugment
from minidl.layers.preprocessing.text import TextVectorization

__all__ = [
    "Normalization",
    "RandomFlip",
    "RandomRotation",
    "RandomTranslation",
    "RandomZoom",
    "Rescaling",
    "SpecAugment",
    "TextVectorization",
]
