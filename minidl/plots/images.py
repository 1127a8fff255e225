"""Many small pictures on one Axes: a data set with a model's answers, or a layer's weights.

N images of H rows and W columns; rows and columns also count the places on the canvas.
"""

import numpy as np

from minidl.base.checks import numeric, positive_integer
from minidl.base.structure import matches
from minidl.plots.canvas import as_pixels, grid, show_signed, tile, tile_inches
from minidl.plots.common import BLACK, VERMILLION, as_classes, names_of, new_axes


def image_grid(images, labels=None, predictions=None, columns=8, ax=None, class_names=None):
    """Show images in rows, each with its label or its prediction below. Returns the Axes.

    Args:
        images: (N, H, W), (N, H, W, 1) or (N, H, W, 3); uint8 from 0 to 255, or floats from 0 to 1.
            Any other range is stretched: the least value of all is black, the greatest white.
        labels: the true classes: integers (N,), or one-hot rows (N, C).
        predictions: the predicted classes (N,), or scores (N, C). With labels too, a right
            prediction is written in black, a wrong one as "prediction (label)" in vermillion.
        columns: images in a row.
        ax: where to draw; a new figure if None.
        class_names: what to write for class 0, 1, ...; the number itself if None.

    Raises:
        ValueError: other shapes, different lengths, NaN, no images, or too few class names.
    """
    pixels = as_pixels(images)
    N, H, W = pixels.shape[:3]
    rows, columns = grid(N, columns)
    captions, wrong, title = _captions(N, labels, predictions, class_names)

    # The canvas leaves room for text, so it must know how many points a pixel will span.
    if ax is None:
        width, height = 72 * tile_inches(columns) * columns, np.inf
    else:
        box = ax.get_window_extent()
        width, height = box.width * 72 / ax.figure.dpi, box.height * 72 / ax.figure.dpi
    lines = [line for caption in captions for line in caption.split("\n")]
    size = np.clip(width / columns / (0.6 * max(map(len, lines), default=1)), 6, 9)
    text_height = 1.4 * size * max((caption.count("\n") + 1 for caption in captions), default=0)
    gap = max(1, W // 10)
    room = max(height / rows - text_height, height / rows / 4)
    points = min(width / columns / (W + gap), room / (H + gap))  # a pixel, in points
    below = gap + int(np.ceil(text_height / points))

    canvas = tile(pixels, columns, gap, below, fill=1.0)
    ax = ax or new_axes(max(width / 72, 4.8), len(canvas) * points / 72 + 0.4)
    ax.imshow(canvas, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    for n, caption in enumerate(captions):
        row, column = divmod(n, columns)
        x, y = column * (W + gap) + (W - 1) / 2, row * (H + below) + H
        colour = VERMILLION if wrong[n] else BLACK
        ax.text(x, y, caption, ha="center", va="top", fontsize=size, color=colour)
    ax.set_title(title)
    ax.axis("off")
    return ax


def worst_mistakes(images, labels, predictions, count=16, columns=8, ax=None, class_names=None):
    """Show the images that a classifier gets most wrong, the worst first. Returns the Axes.

    The worst mistake is the one whose own class got the least probability, and so the highest
    cross-entropy.

    Args:
        images: (N, H, W), (N, H, W, 1) or (N, H, W, 3), see `image_grid`.
        labels: the true classes: integers (N,), or one-hot rows (N, C).
        predictions: probabilities (N, C), as a model with a softmax predicts them.
        count: show no more than that many.
        columns: images in a row.
        ax: where to draw; a new figure if None.
        class_names: what to write for class 0, 1, ...; the number itself if None.

    Raises:
        ValueError: other shapes, different lengths, or no mistakes at all.
    """
    images, count = numeric("images", images), positive_integer("count", count)
    labels = as_classes("labels", labels, len(images))
    p = numeric("predictions", predictions)
    if p.ndim != 2 or len(p) != len(images) or p.shape[1] <= labels.max():
        raise ValueError(
            f"predictions has shape {p.shape}; expected probabilities ({len(images)}, C) with C of "
            f"at least {labels.max() + 1}, one row for each image"
        )
    wrong = np.flatnonzero(p.argmax(axis=1) != labels)
    if not len(wrong):
        raise ValueError(f"there are no mistakes to show: all {len(labels)} images are right")
    worst = wrong[np.argsort(p[wrong, labels[wrong]], kind="stable")][:count]
    ax = image_grid(images[worst], labels[worst], p[worst], columns, ax, class_names)
    ax.set_title(f"The {len(worst)} worst of {len(wrong)} mistakes: prediction (label)")
    return ax


def weight_images(W, shape, columns=8, ax=None):
    """Show the incoming weights of each unit as an image. Returns the Axes.

    White is 0, vermillion positive, blue negative, one scale for all units. A unit answers most to
    an input that is bright where its image is vermillion and dark where it is blue.

    Args:
        W: (D, M), the kernel of a Dense layer that reads images of D = height * width pixels.
        shape: (height, width) of those images.
        columns: images in a row.
        ax: where to draw; a new figure if None.

    Raises:
        ValueError: W is not (height * width, M), or holds NaN.
    """
    W = numeric("W", W)
    if len(shape) != 2 or not matches(W.shape, (shape[0] * shape[1], None)):
        raise ValueError(
            f"W has shape {W.shape} and shape is {tuple(shape)}; expected W (height * width, M): "
            "give the kernel of the first Dense layer and the (height, width) of its images"
        )
    M = W.shape[1]
    _, columns = grid(M, columns)
    canvas = tile(W.T.reshape(M, *shape), columns, 1, 1, fill=np.nan)[:-1]

    width = tile_inches(columns) * columns
    ax = ax or new_axes(max(width + 1, 4.8), width * canvas.shape[0] / canvas.shape[1] + 0.4)
    show_signed(ax, canvas, np.abs(W).max() or 1.0, "weight")
    ax.set_title(f"Weights into {M} unit{'s' * (M > 1)}, {shape[0]} × {shape[1]} pixels each")
    return ax


def _captions(N, labels, predictions, class_names):
    """The text below each image ([] for none), whether it is wrong (N,), and the title."""
    count = f"{N} image{'s' * (N > 1)}"
    wrong = np.zeros(N, bool)
    if labels is None and predictions is None:
        return [], wrong, count
    labels = None if labels is None else as_classes("labels", labels, N)
    predictions = None if predictions is None else as_classes("predictions", predictions, N)
    given = [classes for classes in (labels, predictions) if classes is not None]
    names = names_of(class_names, max(classes.max() for classes in given) + 1)
    captions = [names[c] for c in given[-1]]
    if labels is None:
        return captions, wrong, f"{count}, the prediction below each"
    if predictions is None:
        return captions, wrong, f"{count}, the label below each"
    wrong = predictions != labels
    # Names of classes are long: the label goes on a second line.
    space = " " if class_names is None else "\n"
    for n in np.flatnonzero(wrong):
        captions[n] += f"{space}({names[labels[n]]})"
    title = f"{N - wrong.sum()} of {N} right"
    return captions, wrong, title + "; wrong: prediction (label)" * bool(wrong.any())
