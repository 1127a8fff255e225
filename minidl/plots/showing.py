"""A figure on a page, with the text that stands for it where it cannot be seen.

The text travels beside the picture, in the output's metadata: {"image/png": {"alt": ...}}. From
there nbconvert's classic template writes it into the page as alt="...". Its lab template and
JupyterLab 4 have no line for that yet; they keep the text as the output's plain form.
"""

import base64
import html
import io

import numpy as np

from minidl.models.summary import in_notebook
from minidl.plots.common import load_pyplot

DPI = 110  # at least: a page is also read on fine screens
UNSEEN = 12  # of 255: by so much a colour may change without being seen to


def show(alt, figure=None):
    """Show a figure with its alternative text, and close it: `plt.show()` for a page.

    In a notebook the output is the picture that `plt.show()` would make. Elsewhere a window opens,
    and where none can open, the text is printed.

    Args:
        alt: one or two sentences that say what is seen, for a reader who does not see it.
        figure: a matplotlib Figure, or an Axes of it; the current figure if None.

    Raises:
        TypeError, ValueError: no text, or no figure to show.
    """
    pyplot = load_pyplot()
    alt = described(alt)
    if figure is None:
        if not pyplot.get_fignums():
            raise ValueError("there is no figure to show: draw one first, in the same cell")
        figure = pyplot.gcf()
    figure = getattr(figure, "figure", figure)  # an Axes knows its figure
    if not hasattr(figure, "savefig"):
        raise TypeError(f"figure must be a Figure or an Axes, not a {type(figure).__name__}")
    if in_notebook():
        from IPython.display import display

        data, metadata = bundle(small(as_png(figure)), alt)
        display(data, metadata=metadata, raw=True)
    elif _has_windows():
        pyplot.show()
    else:
        print(alt)
    pyplot.close(figure)


def described(alt):
    """`alt` on one line.

    Raises:
        TypeError: no string.
        ValueError: an empty one.
    """
    if not isinstance(alt, str):
        raise TypeError(f"alt must be a text that says what is seen, not a {type(alt).__name__}")
    if not alt.strip():
        raise ValueError("alt is empty: say in one or two sentences what is seen")
    return " ".join(alt.split())


def as_png(figure, **options):
    """The bytes of `figure` as the inline backend of notebooks writes it, not coarser than DPI."""
    file = io.BytesIO()
    look = {
        "dpi": max(figure.dpi, DPI),
        "facecolor": figure.get_facecolor(),
        "bbox_inches": "tight",
    }
    figure.savefig(file, format="png", **(look | options))
    return file.getvalue()


def with_palette(pictures, colours):
    """PIL's `pictures`, of one size, as PNGs with one palette: about a third of the bytes."""
    from PIL import Image

    column = Image.fromarray(np.concatenate([np.asarray(picture) for picture in pictures]))
    exact = column.getcolors(colours)
    if not exact:  # in a film large areas keep their colour, in one picture none changes much
        method = Image.Quantize.MEDIANCUT if len(pictures) > 1 else Image.Quantize.MAXCOVERAGE
        column = column.quantize(colours, method=method, dither=Image.Dither.NONE)
    else:
        column = column.quantize(len(exact), dither=Image.Dither.NONE)
    files, (width, height) = [], pictures[0].size
    for top in range(0, column.height, height):
        files.append(io.BytesIO())
        part = column.crop((0, top, width, top + height))
        part.save(files[-1], "png", compress_level=8)  # 9 saves 1 % more, in twice the time
    return [file.getvalue() for file in files]


def small(png):
    """The picture with a palette, where nobody would see that; else as it is."""
    from PIL import Image, ImageChops

    before = Image.open(io.BytesIO(png)).convert("RGB")
    (small,) = with_palette([before], 256)
    after = Image.open(io.BytesIO(small)).convert("RGB")
    change = max(high for _, high in ImageChops.difference(before, after).getextrema())
    return small if change <= UNSEEN else png


def bundle(png, alt, **others):
    """(data, metadata) of an output of a notebook: the picture, its text, and `others`."""
    picture = base64.b64encode(png).decode("ascii")
    data = {"image/png": picture, "text/plain": alt, **others}
    return data, {"image/png": {"alt": alt}}


def as_html(png, alt, style):
    """Return an <img> that holds the picture."""
    picture = base64.b64encode(png).decode("ascii")
    return f'<img alt="{html.escape(alt)}" style="{style}" src="data:image/png;base64,{picture}">'


def widget_bundle(box, png, alt, needed_for):
    """What a kernel sends for widgets in a box, or for none: the picture, and what is needed."""
    if box is None:
        print(f"{needed_for} ipywidgets: pip install ipywidgets")
        return bundle(png, alt)
    view = {"version_major": 2, "version_minor": 0, "model_id": box.model_id}
    return bundle(png, alt, **{"application/vnd.jupyter.widget-view+json": view})


def _has_windows():
    """Whether matplotlib's backend can open a window."""
    from matplotlib import backends, get_backend

    interactive = backends.backend_registry.list_builtin(backends.BackendFilter.INTERACTIVE)
    return get_backend().lower() in [name.lower() for name in interactive]
