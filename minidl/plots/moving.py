"""Pictures that move: a player of frames, which needs no kernel and nothing from the network."""

import base64
import collections
import hashlib
import html
import math

import numpy as np

from minidl.base.checks import positive_integer
from minidl.plots.common import load_pyplot
from minidl.plots.showing import DPI, bundle, described, with_palette

MAX_FRAMES = 20
MAX_BYTES = 400_000  # of HTML: what a page still loads without effort
COLOURS = (128, 32)  # of all frames together; the second where the first makes too many bytes
WIDTH = 700  # pixels, at least

_made = collections.Counter()  # movies with the same frames, by their hash

# The arrows' last character keeps them from becoming coloured emoji. What is seen first is the
# frame that stands for all; from there, Play begins at the beginning.
PLAYER = """\
<div class="animation" style="display: inline-block; max-width: 100%; text-align: center">
  <img id="_anim_img{name}" alt="{alt}" style="max-width: 100%" src="{picture}">
  <p id="_anim_hint{name}"><em>This is one picture of a movie. \
Run the cell, or trust the notebook, to play it.</em></p>
  <div class="anim-controls" id="_anim_controls{name}" hidden>
    <input type="range" aria-label="Picture of the movie" style="width: 24em; max-width: 100%" \
min="0" max="{last}" value="{still}"><br>
    <button>←\ufe0e Back</button> <button>▶\ufe0e Play</button> <button>Forward →\ufe0e</button>
  </div>
</div>
<script>
setTimeout(function () {{
  var frames = [
{frames}
  ];
  var image = document.getElementById("_anim_img{name}");
  var controls = document.getElementById("_anim_controls{name}");
  var slider = controls.querySelector("input"), buttons = controls.querySelectorAll("button");
  var shown = {still}, begun = false, timer = null;
  function show(frame) {{
    shown = (frame + frames.length) % frames.length;
    image.src = "data:image/png;base64," + frames[shown];
    slider.value = shown;
  }}
  function stop() {{
    clearInterval(timer);
    timer = null;
    begun = true;
    buttons[1].textContent = "▶\ufe0e Play";
  }}
  function play() {{
    show(!begun || shown === frames.length - 1 ? 0 : shown);
    begun = true;
    buttons[1].textContent = "❚❚ Pause";
    timer = setInterval(function () {{
      if (shown === frames.length - 1 && !{loop}) stop();
      else show(shown + 1);
    }}, {milliseconds});
  }}
  slider.oninput = function () {{ stop(); show(Number(slider.value)); }};
  buttons[0].onclick = function () {{ stop(); show(shown - 1); }};
  buttons[1].onclick = function () {{ timer ? stop() : play(); }};
  buttons[2].onclick = function () {{ stop(); show(shown + 1); }};
  document.getElementById("_anim_hint{name}").remove();
  controls.hidden = false;
}}, 0);
</script>
"""


def movie(draw, frames, alt, *, size=(6, 3), columns=1, rows=1, still=-1, seconds=0.6, loop=True):
    """A player that steps through pictures; what a cell displays when this is its last line.

    It works in JupyterLab, on a website and offline, and is at least 700 pixels wide. The picture
    number `still` is seen first. It is all there is where scripts do not run: in a notebook that
    is not trusted yet (one that was downloaded and not run), with a line that says how to play it;
    and in PDF and on GitHub. Limits and labels that are the same in all frames keep the picture
    from jumping.

    Args:
        draw: draw(frame, *axes) draws one element of `frames`. The Axes are new each time, in
            rows from the upper left.
        frames: 2 to 20 things, one a picture: numbers, arrays, tuples.
        alt: one or two sentences that say what is seen, the movement included.
        size: (width, height) in inches.
        columns: how many Axes stand side by side.
        rows: how many rows of Axes there are.
        still: the number of the frame that stands for all; negative counts from the end.
        seconds: how long a frame is shown.
        loop: whether it starts over at the end.

    Raises:
        TypeError: draw is no function.
        ValueError: another number of frames, no text, no such frame, or more than 400 kB.
    """
    frames, alt = list(frames), described(alt)
    rows, columns = positive_integer("rows", rows), positive_integer("columns", columns)
    if not callable(draw):
        raise TypeError(f"draw must be a function draw(frame, *axes), not {draw!r}")
    if not 2 <= len(frames) <= MAX_FRAMES:
        raise ValueError(
            f"a movie has 2 to {MAX_FRAMES} frames, got {len(frames)}: "
            "take every second step, or the steps where something changes"
        )
    if not -len(frames) <= still < len(frames):
        raise ValueError(f"still is {still}, but there are {len(frames)} frames")
    if not seconds > 0:
        raise ValueError(f"seconds must be positive, got {seconds}")

    pictures = _drawn(draw, frames, size, columns, rows)
    for colours in COLOURS:
        fewer = with_palette(pictures, colours)
        made = Movie(fewer, still % len(frames), alt, seconds, loop)
        if len(made.html.encode()) <= MAX_BYTES:
            return made
    raise ValueError(
        f"the movie has {len(made.html.encode()):,} bytes, more than {MAX_BYTES:,}: "
        f"draw fewer than {len(frames)} frames, a smaller size than {tuple(size)}, or less in each"
    )


def _drawn(draw, frames, size, columns, rows):
    """Each frame as an image of PIL, all of the same size."""
    pyplot = load_pyplot()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    figure = pyplot.figure(figsize=size, layout="compressed")
    manager, usual = figure.canvas.manager, figure.dpi
    canvas = FigureCanvasAgg(figure)
    canvas.manager = manager  # so that pyplot knows the figure as before

    def drawn(frame):
        for ax in figure.axes:
            figure.delaxes(ax)  # `clear` alone would set up each anew before it goes
        figure.clear()
        draw(frame, *figure.subplots(rows, columns, squeeze=False).flat)
        figure.dpi = max(DPI, math.ceil(WIDTH / size[0]))
        canvas.draw()  # `savefig` draws twice where there is a layout, and packs what is unpacked
        figure.dpi = usual
        return Image.fromarray(np.array(canvas.buffer_rgba())).convert("RGB")

    try:
        return [drawn(frame) for frame in frames]
    finally:
        pyplot.close(figure)


class Movie:
    """A movie as a notebook displays it.

    Attributes:
        html: the player, with all frames.
        png: the frame that stands for all, as bytes.
        alt: the text that says what is seen.
    """

    def __init__(self, frames, still, alt, seconds, loop):
        self.png, self.alt = frames[still], alt
        texts = [base64.b64encode(frame).decode("ascii") for frame in frames]
        # The same movie is made of the same bytes in every run; a second one with the same frames
        # gets other names.
        digest = hashlib.sha256("".join(texts).encode()).hexdigest()[:16]
        self.html = PLAYER.format(
            name=f"{digest}{_made[digest]}",
            alt=html.escape(alt),
            picture=f"data:image/png;base64,{texts[still]}",
            frames=",\n".join(f'    "{text}"' for text in texts),
            last=len(frames) - 1,
            still=still,
            milliseconds=round(1000 * seconds),
            loop=str(bool(loop)).lower(),
        )
        _made[digest] += 1

    def _repr_mimebundle_(self, include=None, exclude=None):
        return bundle(self.png, self.alt, **{"text/html": self.html})

    def __repr__(self):
        return f"<Movie: {self.alt}>"
