"""Looking into a network: what its layers answer, and what of an input an answer hangs on.

    activations                  what does every layer answer to these images?
    receptive_field              which pixels can one place of a layer see at all?
    effective_receptive_field    how much does it listen to each of them?
    saliency                     which pixels would change the score of a class most?
    accuracy_moved               does it still answer rightly when all images are moved?
    attention_scores             which steps of a sequence does each head look at?
    first_not_finite             in which layer did NaN or infinity begin?

The first two follow the layers forward and back again. The next two are gradients with respect
to the image instead of the weights: the same `backward`, read at its other end. `minidl.plots` has
a picture for each of the four. All but the last read N images x (N, H, W, C) or (N, H, W).
"""

from minidl.inspection.activations import activations, attention_scores, saliency
from minidl.inspection.finite import first_not_finite
from minidl.inspection.receptive import accuracy_moved, effective_receptive_field, receptive_field

__all__ = [
    "accuracy_moved",
    "activations",
    "attention_scores",
    "effective_receptive_field",
    "first_not_finite",
    "receptive_field",
    "saliency",
]
