"""Inside a convolutional network: its filters, its answers layer by layer, and what it looks at.

What is drawn is computed in `minidl.inspection`, which returns it as arrays.

N images of H rows and W columns with C channels; filters of R x S taps, M of them.
"""

import numpy as np

from minidl import inspection
from minidl.base.checks import numeric
from minidl.plots.canvas import as_pixels, grid, show_signed, tile, tile_inches
from minidl.plots.common import (
    BLUE,
    VERMILLION,
    as_classes,
    colour_bar,
    colour_map,
    names_of,
    new_axes,
)


def filters(layer, columns=8, ax=None):
    """Show the filters of a convolution that reads pixels. Returns the Axes.

    Filters of one channel: white is 0, vermillion positive, blue negative. Filters of three: grey
    is 0, and a filter that looks red answers to red. One scale for all filters.

    Args:
        layer: a Conv2D layer that is built, or its weights (R, S, C, M) with C of 1 or 3. Of
            deeper layers give one input channel at a time: layer.w.value[:, :, [c]].
        columns: filters in a row.
        ax: where to draw; a new figure if None.

    Raises:
        ValueError: another shape, or NaN.
    """
    w = getattr(layer, "w", layer)
    w = numeric("the weights", getattr(w, "value", w))
    if w.ndim != 4 or w.shape[2] not in (1, 3):
        raise ValueError(
            f"the weights have shape {w.shape}; expected (R, S, C, M) with C = 1 or 3 channels, "
            "the first convolution of a network. Of a deeper one give one channel at a time: "
            "layer.w.value[:, :, [c]]"
        )
    R, S, C, M = w.shape
    limit = np.abs(w).max() or 1.0
    images = w.transpose(3, 0, 1, 2)  # (M, R, S, C)
    rows, columns = grid(M, columns)
    width = tile_inches(columns) * columns
    ax = ax or new_axes(
        max(width + (C == 1), 4.8), width * rows * (R + 1) / columns / (S + 1) + 0.4
    )
    if C == 1:
        show_signed(ax, tile(images[..., 0], columns, 1, 1, fill=np.nan)[:-1], limit, "weight")
    else:
        canvas = tile(0.5 + 0.5 * images / limit, columns, 1, 1, fill=1.0)[:-1]
        ax.imshow(canvas, interpolation="nearest")
        ax.axis("off")
    ax.set_title(f"{M} filter{'s' * (M > 1)} of {R} × {S} pixels")
    return ax


def saliency(model, images, labels, class_names=None, ax=None):
    """Show images and, below each, how much every pixel moves the score of its label.

    The darker a pixel, the more; each image has a scale of its own. Returns the Axes.

    Args:
        model: a model that classifies, see `inspection.saliency`.
        images: (N, H, W, C) or (N, H, W), as the model takes them; one row of them is drawn.
        labels: the classes whose scores are meant: integers (N,), or scores (N, C), of which the
            largest counts.
        class_names: what to write for class 0, 1, ...; the number itself if None.
        ax: where to draw; a new figure if None.

    Raises:
        ValueError: other shapes, labels the model does not know, or too few class names.
    """
    pixels = as_pixels(images)
    N, H, W = pixels.shape[:3]
    labels = as_classes("labels", labels, N)
    names = names_of(class_names, labels.max() + 1)
    maps = inspection.saliency(model, images, labels)  # (N, H, W)
    maps = maps / np.maximum(maps.max(axis=(1, 2), keepdims=True), np.finfo(maps.dtype).tiny)

    gap = max(1, W // 10)
    width = N * (W + gap) - gap
    inches = tile_inches(N)
    ax = ax or new_axes(max(inches * N, 4.8), inches * (2 * (H + gap)) / (W + gap) + 0.8)
    pale = colour_map("white", VERMILLION, "black", bad="white")
    looks = [{"cmap": "gray"}, {"cmap": pale}]
    for part, look, fill, top in zip((pixels, maps), looks, (1.0, np.nan), (0, H + gap)):
        extent = (-0.5, width - 0.5, top + H - 0.5, top - 0.5)
        canvas = tile(part, N, gap, 0, fill)
        shown = ax.imshow(canvas, vmin=0, vmax=1, interpolation="nearest", extent=extent, **look)
    colour_bar(ax, shown, "share of the largest")
    for n, label in enumerate(labels):
        x, y = n * (W + gap) + (W - 1) / 2, 2 * H + gap + H / 20
        ax.text(x, y, names[label], ha="center", va="top", fontsize=9)
    ax.set(xlim=(-0.5, width - 0.5), ylim=(2 * H + gap - 0.5, -0.5))
    ax.set_title("Saliency: which pixels move the score")
    ax.axis("off")
    return ax


def receptive_field(model, position, x=None, layer=None, ax=None):
    """Show what one place of a layer can see, and how much it listens to. Returns the Axes.

    The frame holds every pixel that can reach the place; what lies beyond the image is padding.
    With images x the colour tells how much the place answers to each pixel, in the mean.

    Args:
        model: a Sequential, built for images of one size.
        position: (row, column) of the place, counted in the output of the layer.
        x: images (N, H, W, C), as the model takes them; the frame alone is drawn if None.
        layer: its name or number; the last layer that returns images if None.
        ax: where to draw; a new figure if None.

    Raises:
        ValueError: see `inspection.receptive_field`.
    """
    (top, bottom), (left, right) = inspection.receptive_field(model, position, layer)
    H, W = model.input_shape[:2]
    heard = np.zeros((H, W))
    if x is not None:
        heard = inspection.effective_receptive_field(model, position, x, layer)
        heard = heard / (heard.max() or 1.0)

    ax = ax or new_axes(5.2, 4.4)
    ax.set_facecolor("0.85")
    image = ax.imshow(heard, cmap=colour_map("white", VERMILLION, bad="white"), vmin=0, vmax=1)
    if x is not None:
        colour_bar(ax, image, "influence, share of the largest")
    from matplotlib.patches import Rectangle

    corner = left - 0.5, top - 0.5
    frame = {"fill": False, "edgecolor": BLUE, "linewidth": 2}
    ax.add_patch(Rectangle(corner, right - left, bottom - top, **frame))
    ax.set(xlim=(min(left, 0) - 1, max(right, W)), ylim=(max(bottom, H), min(top, 0) - 1))
    ax.set(xlabel="column", ylabel="row")
    ax.set_title(f"Receptive field: {bottom - top} × {right - left} pixels")
    return ax
