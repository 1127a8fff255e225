"""Two pictures of a classifier: its answer at every point of a plane, and its mistakes by class.

N examples, C classes.
"""

import numpy as np

from minidl.base.checks import numeric, positive_integer
from minidl.base.structure import matches
from minidl.plots.common import (
    BLACK,
    CLASS_COLOURS,
    VERMILLION,
    as_classes,
    colour_bar,
    colour_map,
    names_of,
    new_axes,
)

MARKERS = "o^sDvP*X"  # one for each of CLASS_COLOURS


def decision_boundary(model, x, y, ax=None, resolution=200):
    """Colour the plane by the model's answers and draw the examples on it. Returns the Axes.

    The background has the colour of the likeliest class, paler the less sure the model is.

    Args:
        model: anything with predict(x (N, 2)) -> probabilities (N, C), or (N, 1) for class 1.
        x: inputs (N, 2).
        y: integer classes (N,), or one-hot rows (N, C); C at most 8, one for each colour.
        ax: where to draw; a new figure if None.
        resolution: the model is asked at resolution x resolution points.

    Raises:
        ValueError: x is not (N, 2), y does not fit x or the model, or predict gives no
            probabilities.
    """
    x = numeric("x", x)
    if not matches(x.shape, (None, 2)):
        raise ValueError(
            f"x has shape {x.shape}; expected (N, 2): only a plane can be drawn, so "
            "choose two features and a model of those two"
        )
    y = as_classes("y", y, len(x))
    resolution = positive_integer("resolution", resolution)

    low, high = x.min(axis=0), x.max(axis=0)
    margin = np.where(high > low, 0.1 * (high - low), 1.0)
    low, high = low - margin, high + margin
    middles = (np.arange(resolution) + 0.5) / resolution  # of the pixels, from 0 to 1
    x1, x2 = (low + np.outer(middles, high - low)).T  # (resolution,) each
    plane = np.stack(np.meshgrid(x1, x2), axis=-1).reshape(-1, 2)  # (resolution^2, 2)
    dtype = x.dtype if x.dtype.kind == "f" else np.float32
    p = _probabilities(model, plane.astype(dtype))  # (resolution^2, C)
    C = p.shape[1]
    if y.max() >= C or len(CLASS_COLOURS) < C:
        raise ValueError(
            f"y holds classes up to {y.max()} and the model tells {C} apart; expected classes "
            f"below {C}, and at most {len(CLASS_COLOURS)} of them, one for each colour"
        )

    ax = ax or new_axes(5.4, 4.6)
    from matplotlib.colors import to_rgb

    sure = (p.max(axis=1) - 1 / C) / (1 - 1 / C)  # 0 if all classes are alike, 1 if certain
    depth = (0.1 + 0.5 * sure)[:, None]
    colours = np.array([to_rgb(colour) for colour in CLASS_COLOURS])
    background = 1 - depth * (1 - colours[p.argmax(axis=1)])  # a mixture with white
    ax.imshow(
        background.reshape(resolution, resolution, 3),
        extent=(low[0], high[0], low[1], high[1]),
        origin="lower",
        aspect="auto",
    )
    for c in np.unique(y):
        style = {"color": CLASS_COLOURS[c], "marker": MARKERS[c], "edgecolor": "white"}
        ax.scatter(*x[y == c].T, s=26, linewidth=0.6, label=f"class {c}", **style)
    ax.set(xlabel="$x_1$", ylabel="$x_2$", title="Decision regions: the paler, the less sure")
    ax.legend(framealpha=0.9)
    return ax


def confusion_matrix(y_true, y_pred, class_names=None, ax=None):
    """Count which class was taken for which. Returns the Axes.

    The count in row i, column j: examples of class i that were taken for j. The colour is their
    share of class i, on a scale that ends at the worst mistake. The diagonal, which holds the right
    answers, stays grey so that the mistakes stand out.

    Args:
        y_true: integer classes (N,), or one-hot rows (N, C).
        y_pred: integer classes (N,), or scores (N, C), of which the largest of a row counts.
        class_names: what to write for each of the C classes; if None, the numbers up to the
            largest class that occurs.
        ax: where to draw; a new figure if None.

    Raises:
        ValueError: other shapes, different lengths, no examples, or too few class names.
    """
    true = as_classes("y_true", y_true)
    predicted = as_classes("y_pred", y_pred, len(true))
    names = names_of(class_names, max(true.max(), predicted.max()) + 1)
    C = len(names)
    counts = np.zeros((C, C), int)
    np.add.at(counts, (true, predicted), 1)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    mistakes = np.ma.masked_array(share, mask=np.eye(C, dtype=bool))

    from matplotlib.ticker import PercentFormatter

    longest = max(map(len, names))
    side = np.clip(0.48 * C, 3, 12)
    ax = ax or new_axes(side + 2 + 0.1 * longest, side + 1.2 + 0.06 * longest)
    worst = np.ma.filled(mistakes, 0).max() or 1.0
    colours = colour_map("white", VERMILLION, bad="0.88")
    image = ax.imshow(mistakes, cmap=colours, vmin=0, vmax=worst)
    colour_bar(ax, image, "share of the true class", format=PercentFormatter(xmax=1))
    for (i, j), count in np.ndenumerate(counts):
        colour = BLACK if count else "0.6"
        ax.text(j, i, str(count), ha="center", va="center", fontsize=9, color=colour)
    slant = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}
    ax.set_xticks(range(C), names, **(slant if longest > 3 else {}))
    ax.set_yticks(range(C), names)
    right = counts.trace()
    title = f"{right:,} of {len(true):,} right ({right / len(true):.1%})"
    ax.set(xlabel="predicted class", ylabel="true class", title=title)
    return ax


def _probabilities(model, x):
    """model.predict(x) as probabilities (N, C), C at least 2, in float64."""
    p = numeric("model.predict(x)", model.predict(x)).astype(float)
    if not matches(p.shape, (len(x), None)):
        raise ValueError(
            f"model.predict gave shape {p.shape} for inputs of shape {x.shape}; expected "
            f"probabilities ({len(x)}, C), or ({len(x)}, 1) from a sigmoid"
        )
    if p.shape[1] == 1:
        p = np.hstack([1 - p, p])  # (N, 1) -> (N, 2)
    if p.min() < 0 or p.max() > 1 or not np.allclose(p.sum(axis=1), 1, atol=1e-3):
        raise ValueError(
            f"model.predict gave values from {p.min():.3g} to {p.max():.3g} that are not "
            "probabilities: end the model with a softmax or a sigmoid"
        )
    return p
