"""What demos there are."""

from typing import NamedTuple


class Demo(NamedTuple):
    """One demo: its title, what its still picture shows, whether it has a weight file.

    `press` names a button that is pressed before the picture is taken; `module` is the demo's
    module, if it has not the demo's own name.
    """

    title: str
    alt: str
    learned: bool = True
    press: str = ""
    module: str = ""


DEMOS = {
    "digit": Demo(
        "Draw a digit",
        "A pad with a drawn 3. Beside it bars, the longest at 3, the digit in 28 by 28 pixels, and "
        "below the feature maps of two convolutions.",
    ),
    "connect_four": Demo(
        "Connect Four",
        "An empty board of Connect Four with a button above each of its seven columns; beside it "
        "buttons for a new game and the bars of what the network thinks of each column.",
    ),
    "neuron": Demo(
        "One neuron on points",
        "Two blobs of points, and the two half planes that one neuron gives to them, with a "
        "straight border between; beside them the settings and the falling loss.",
        learned=False,
        press="Learn",
        module="points",
    ),
    "points": Demo(
        "A neuron and a small network on points",
        "Two moons of points, and the regions that a network with four hidden units gives to "
        "each; beside them the settings, the falling loss and what each unit answers to.",
        learned=False,
        press="Learn",
    ),
    "momentum": Demo(
        "A ball with momentum in a valley",
        "The path of the ball with momentum 0.8 and rate 0.03, under two sliders, and its distance "
        "to the star, which falls along a wavy line to about a thousandth in 60 steps.",
        learned=False,
    ),
    "latent": Demo(
        "A walk through a code of two numbers",
        "A map with 300 test digits at the two numbers that an encoder gave them. A ring marks "
        "one place, and beside the map is the digit that the decoder draws there.",
    ),
    "dates": Demo(
        "Attention over a date",
        "The German date Dienstag, 3. März 1998, below it 1998-03-03, and a table that shows "
        "which letters the network looked at for each letter that it wrote.",
    ),
    "language_model": Demo(
        "A language model",
        "A text that begins with ROMEO and that a language model continued. Beside it sliders for "
        "temperature, top-k and top-p, and the bars of the five likeliest tokens; below it the "
        "last tokens, shaded by how much one head of attention looks at each.",
        press="Write",
    ),
}


def demo(name):
    """Return a demo. Raises `ValueError` with the names that there are."""
    if name not in DEMOS:
        raise ValueError(f"there is no demo {name!r}; there are {', '.join(map(repr, DEMOS))}")
    return DEMOS[name]
