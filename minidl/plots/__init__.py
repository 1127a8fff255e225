"""Pictures that show what a network has learned, and where it goes wrong.

    learning_curves      is it still learning, and does it learn more than its training data?
    image_grid           what does it see, and which images does it get wrong?
    decision_boundary    which answer does it give at each point of the plane, and how surely?
    confusion_matrix     which classes does it take for which?
    worst_mistakes       which images does it get most wrong?
    weight_images        what does each unit of the first layer look for?
    filters              what does each filter of a convolution look for?
    feature_maps         what do the layers make of an image?
    saliency             which pixels does its answer hang on?
    receptive_field      which pixels can one place of a layer see?
    network_graph        which layer reads what? a box for each, and arrows

Each function draws on the Axes given as `ax`, or on a new figure, and returns the Axes, so that a
chapter can go on drawing on it. The colours are Okabe and Ito's, which stay distinct under the
common forms of colour blindness, and no picture depends on colour alone.

Matplotlib loads when the first picture is drawn, not with this package.
"""

from minidl.plots.classes import confusion_matrix, decision_boundary
from minidl.plots.curves import learning_curves
from minidl.plots.graphs import network_graph
from minidl.plots.images import image_grid, weight_images, worst_mistakes
from minidl.plots.networks import feature_maps, filters, receptive_field, saliency

__all__ = [
    "confusion_matrix",
    "decision_boundary",
    "feature_maps",
    "filters",
    "image_grid",
    "learning_curves",
    "network_graph",
    "receptive_field",
    "saliency",
    "weight_images",
    "worst_mistakes",
]
