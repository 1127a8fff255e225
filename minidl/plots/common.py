"""What the pictures share: the palette, a new Axes, and the checks of what they are given.

Nothing here imports matplotlib before it is needed.
"""

from minidl.base.checks import numeric

# Okabe and Ito (2008), "Color Universal Design", https://jfly.uni-koeln.de/color/
BLUE, ORANGE, GREEN, PURPLE = "#0072B2", "#E69F00", "#009E73", "#CC79A7"
SKY, VERMILLION, YELLOW, BLACK = "#56B4E9", "#D55E00", "#F0E442", "#000000"
CLASS_COLOURS = (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILLION, YELLOW, BLACK)

# One meaning, one colour, in every chapter.
COLOURS = {
    "data": BLUE,  # inputs, images, feature maps
    "weight": ORANGE,  # what is learned
    "gradient": VERMILLION,  # everything that flows back
    "memory": GREEN,  # the states h and c
    "output": PURPLE,  # predictions
    "truth": BLACK,
    "layer": "#E9EDF2",  # fills the box of a layer
    "muted": "#999999",  # what is not the point now
    "highlight": YELLOW,
}


def load_pyplot():
    """matplotlib.pyplot; ImportError, with the command that helps, if it is not installed."""
    try:
        from matplotlib import pyplot
    except ModuleNotFoundError as error:
        raise ImportError(
            "minidl.plots draws with matplotlib, which is missing: pip install matplotlib"
        ) from error
    return pyplot


def new_axes(width, height):
    """The Axes of a new figure, `width` by `height` inches."""
    pyplot = load_pyplot()
    # "compressed" and not "constrained": images fix the aspect of their Axes, and the latter then
    # cuts off labels.
    _, ax = pyplot.subplots(figsize=(width, height), layout="compressed")
    return ax


def colour_of(name):
    """The colour of a meaning in `COLOURS`, or a colour as matplotlib writes it ("white", "0.5").

    Raises:
        ValueError: neither, with the list of meanings.
    """
    from matplotlib.colors import is_color_like

    if isinstance(name, str) and name in COLOURS:
        return COLOURS[name]
    if not is_color_like(name):
        raise ValueError(
            f"{name!r} is no colour: give a meaning ({', '.join(COLOURS)}) or a colour's name, "
            "such as 'white'"
        )
    return name


def tint(name, strength=0.3):
    """A light fill (R, G, B) in the colour of `name`, on which black letters are easy to read."""
    from matplotlib.colors import to_rgb

    colour = to_rgb(colour_of(name))
    if name in ("layer", "white") or min(colour) > 0.7:
        return colour
    return tuple(1 - strength * (1 - part) for part in colour)


def colour_map(*colours, bad):
    """A colour map that runs evenly through `colours`; masked and NaN cells get `bad`."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("minidl", colours).with_extremes(bad=bad)


def colour_bar(ax, image, label, format=None):
    """A colour bar right of `ax`."""
    ax.figure.colorbar(image, ax=ax, label=label, format=format, fraction=0.05, pad=0.03)


def as_classes(name, values, N=None):
    """Class indices (N,), int, from any of the forms in which a classifier states them.

    Args:
        name: what the user calls them, for the error's text.
        values: integers (N,) or (N, 1), the classes themselves; or scores or one-hot rows (N, C),
            the class is the largest of the row; or floats (N, 1), the probability of class 1.
        N: how many there must be; any number if None.

    Raises:
        ValueError: another shape or dtype, another number than N, or a class below 0.
    """
    values = numeric(name, values)
    shape = values.shape
    if values.ndim == 2 and shape[1] > 1:
        values = values.argmax(axis=1)  # (N, C) -> (N,)
    elif values.ndim == 2 and shape[1] == 1:
        values = values[:, 0]  # (N, 1) -> (N,)
        values = (values > 0.5).astype(int) if values.dtype.kind == "f" else values
    if values.ndim != 1 or values.dtype.kind not in "iub":
        raise ValueError(
            f"{name} has shape {shape} and dtype {values.dtype}; expected integer classes (N,) "
            "or one row of scores for each example (N, C)"
        )
    if N is not None and len(values) != N:
        raise ValueError(f"{name} has shape {shape}, but there are {N} examples: give one for each")
    if values.min() < 0:
        raise ValueError(f"{name} holds class {values.min()}; classes count from 0")
    return values.astype(int)


def names_of(class_names, C):
    """The names of at least C classes, as strings; their numbers if `class_names` is None."""
    names = [str(name) for name in (range(C) if class_names is None else class_names)]
    if len(names) < C:
        raise ValueError(
            f"class_names has {len(names)} names, but class {C - 1} occurs: give at least {C}"
        )
    return names
