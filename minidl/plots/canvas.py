"""Pictures of pictures: pixels as matplotlib takes them, and many images on one canvas.

The pictures are copied into one large array, the canvas, which matplotlib then shows at once. That
is far faster than an Axes for each, and the result fits in any figure.

N images of H rows and W columns; rows and columns also count the places on the canvas.
"""

import numpy as np

from minidl.base.checks import numeric, positive_integer
from minidl.base.structure import matches
from minidl.plots.common import BLUE, VERMILLION, colour_bar, colour_map


def as_pixels(images):
    """Floats from 0 to 1, (N, H, W) or (N, H, W, 3)."""
    images = numeric("images", images)
    if images.ndim == 4 and images.shape[3] == 1:
        images = images[..., 0]  # (N, H, W, 1) -> (N, H, W)
    if images.ndim != 3 and not matches(images.shape, (None, None, None, 3)):
        raise ValueError(
            f"images has shape {images.shape}; expected (N, H, W), (N, H, W, 1) or (N, H, W, 3): "
            "reshape flat images, and write one image as image[None]"
        )
    if images.dtype == np.uint8:
        return images / 255
    images = images.astype(float)
    low, high = images.min(), images.max()
    if low >= 0 and high <= 1:
        return images
    return (images - low) / ((high - low) or 1.0)


def grid(N, columns):
    """(rows, columns) for N images with at most `columns` in a row."""
    columns = min(positive_integer("columns", columns), N)
    return -(-N // columns), columns


def tile_inches(columns):
    """The width of one image in a new figure, chosen so that the figure fits a notebook's page."""
    return min(1.5, 7.2 / columns)


def tile(images, columns, gap, below, fill):
    """Copy images (N, H, W, ...) to one canvas.

    `gap` columns of `fill` part the images, and `below` rows of it follow each row of images.
    """
    N, H, W, *channels = images.shape
    rows, _ = grid(N, columns)
    canvas = np.full((rows * (H + below), columns * (W + gap) - gap, *channels), fill)
    for n, image in enumerate(images):
        row, column = divmod(n, columns)
        top, left = row * (H + below), column * (W + gap)
        canvas[top : top + H, left : left + W] = image
    return canvas


def show_signed(ax, canvas, limit, label):
    """Show -limit to limit: white is 0, vermillion positive, blue negative; NaN is grey."""
    image = ax.imshow(
        canvas,
        cmap=colour_map(BLUE, "white", VERMILLION, bad="0.6"),
        vmin=-limit,
        vmax=limit,
        interpolation="nearest",
    )
    colour_bar(ax, image, label)
    ax.axis("off")
