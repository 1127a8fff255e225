"""Pictures that show what a network has learned, and where it goes wrong.

    learning_curves      is it still learning, and does it learn more than its training data?
    image_grid           what does it see, and which images does it get wrong?
    decision_boundary    which answer does it give at each point of the plane, and how surely?
    confusion_matrix     which classes does it take for which?
    worst_mistakes       which images does it get most wrong?
    weight_images        what does each unit of the first layer look for?
    filters              what does each filter of a convolution look for?
    saliency             which pixels does its answer hang on?
    receptive_field      which pixels can one place of a layer see?
    network_graph        which layer reads what? a box for each, and arrows
    layers_in_a_row      how do the shapes change from layer to layer?
    unrolled             what does a recurrent network hand on from step to step?
    gradient_graph       which numbers go forward, and which gradients come back?

A chapter draws its own diagrams on a sheet, shows them with the text that stands for them, and
lets them move:

    Diagram              boxes, gates, stacks of feature maps, and arrows between them
    COLOURS              one meaning, one colour
    show                 the figure with its alternative text
    movie                a player of up to twenty pictures
    sliders              a picture that follows sliders while a kernel runs

Each function draws on the Axes given as `ax`, or on a new figure, and returns the Axes, so that a
chapter can go on drawing on it. The colours are Okabe and Ito's, which stay distinct under the
common forms of colour blindness, and no picture depends on colour alone.

Matplotlib loads when the first picture is drawn, not with this package.
"""

from minidl.plots.architectures import layers_in_a_row, unrolled
from minidl.plots.classes import confusion_matrix, decision_boundary
from minidl.plots.common import COLOURS
from minidl.plots.computation import gradient_graph
from minidl.plots.curves import learning_curves
from minidl.plots.diagrams import Diagram
from minidl.plots.graphs import network_graph
from minidl.plots.images import image_grid, weight_images, worst_mistakes
from minidl.plots.moving import movie
from minidl.plots.networks import filters, receptive_field, saliency
from minidl.plots.showing import show
from minidl.plots.sliders import sliders

__all__ = [
    "COLOURS",
    "Diagram",
    "confusion_matrix",
    "decision_boundary",
    "filters",
    "gradient_graph",
    "image_grid",
    "layers_in_a_row",
    "learning_curves",
    "movie",
    "network_graph",
    "receptive_field",
    "saliency",
    "show",
    "sliders",
    "unrolled",
    "weight_images",
    "worst_mistakes",
]
