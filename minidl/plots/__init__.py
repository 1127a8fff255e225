"""Five pictures that show what a network has learned, and where it goes wrong.

    learning_curves      is it still learning, and does it learn more than its training data?
    image_grid           what does it see, and which images does it get wrong?
    decision_boundary    which answer does it give at each point of the plane, and how surely?
    confusion_matrix     which classes does it take for which?
    weight_images        what does each unit of the first layer look for?

Each function draws on the Axes given as `ax`, or on a new figure, and returns the Axes, so that a
chapter can go on drawing on it. The colours are Okabe and Ito's, which stay distinct under the
common forms of colour blindness, and no picture depends on colour alone.

Matplotlib loads when the first picture is drawn, not with this package.
"""

from minidl.plots.classes import confusion_matrix, decision_boundary
from minidl.plots.curves import learning_curves
from minidl.plots.images import image_grid, weight_images

__all__ = [
    "confusion_matrix",
    "decision_boundary",
    "image_grid",
    "learning_curves",
    "weight_images",
]
