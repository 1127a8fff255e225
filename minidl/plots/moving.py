"""Pictures that move: a player of frames, which needs no kernel and nothing from the network."""

import base64
import collections
import hashlib
import html
import re

from minidl.base.checks import positive_integer
from minidl.plots.common import load_pyplot
from minidl.plots.showing import bundle, described, with_palette

MAX_FRAMES = 20
MAX_BYTES = 400_000  # of HTML: what a page still loads without effort
COLOURS_IN_A_FRAME = (128, 32)  # the second where the first makes too many bytes

# Matplotlib's player draws its buttons with a font from the network. These are in every font;
# the last character of an arrow keeps it from becoming a coloured emoji.
BUTTONS = {
    "fa-minus": "−",
    "fa-plus": "+",
    "fa-fast-backward": "⇤",
    "fa-step-backward": "←",
    "fa-play fa-flip-horizontal": "◀\ufe0e",
    "fa-pause": "❚❚",
    "fa-play": "▶\ufe0e",
    "fa-step-forward": "→",
    "fa-fast-forward": "⇥",
}
HINT = "This is one picture of a movie. Run the cell, or trust the notebook, to play it."
_made = collections.Counter()  # movies with the same frames, by their hash


def movie(draw, frames, alt, *, size=(6, 3), columns=1, rows=1, still=-1, seconds=0.6, loop=True):
    """A player that steps through pictures; what a cell displays when this is its last line.

    It works in JupyterLab, on a website and offline. Where scripts do not run, there is the
    picture number `still`: in a notebook that is not trusted yet (one that was downloaded and not
    run), with a line that says how to play it; and in PDF and on GitHub.
    Limits and labels that are the same in all frames keep the picture from jumping.

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
        loop: whether it starts over at the end; the reader can change that below the picture.

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

    player = _player(draw, frames, size, columns, rows, seconds, "loop" if loop else "once")
    for colours in COLOURS_IN_A_FRAME:
        made = Movie(player, colours, still, alt)
        if len(made.html.encode()) <= MAX_BYTES:
            return made
    raise ValueError(
        f"the movie has {len(made.html.encode()):,} bytes, more than {MAX_BYTES:,}: "
        f"draw fewer than {len(frames)} frames, a smaller size than {tuple(size)}, or less in each"
    )


def _player(draw, frames, size, columns, rows, seconds, mode):
    """Matplotlib's player of all frames, as HTML."""
    pyplot = load_pyplot()
    from matplotlib.animation import FuncAnimation

    figure = pyplot.figure(figsize=size, layout="compressed")
    figure.canvas.draw_idle = lambda: None  # saving a frame draws it; once is enough

    def show_frame(frame):
        figure.clear()
        axes = figure.subplots(rows, columns, squeeze=False)
        draw(frame, *axes.flat)

    try:
        animation = FuncAnimation(figure, show_frame, frames, init_func=lambda: None)
        return animation.to_jshtml(fps=1 / seconds, default_mode=mode)
    finally:
        pyplot.close(figure)


class Movie:
    """A movie as a notebook displays it.

    Attributes:
        html: the player, with all frames.
        png: the frame that stands for all, as bytes.
        alt: the text that says what is seen.
    """

    def __init__(self, player, colours, still, alt):
        frames = re.findall(r'"data:image/png;base64,([^"]+)"', player)
        small = [
            with_palette(base64.b64decode(frame.replace("\\\n", "")), colours) for frame in frames
        ]
        self.png, self.alt = small[still], alt
        texts = [base64.b64encode(png).decode("ascii") for png in small]
        for frame, text in zip(frames, texts):
            player = player.replace(frame, text, 1)
        self.html = _offline(player, texts[still], alt)

    def _repr_mimebundle_(self, include=None, exclude=None):
        return bundle(self.png, self.alt, **{"text/html": self.html})

    def __repr__(self):
        return f"<Movie: {self.alt}>"


def _offline(player, still, alt):
    """The player without foreign files, with a picture where no script runs, and names of its own.

    The names that it gives to its parts follow from its frames, so that the same movie is made of
    the same bytes in every run; a second one with the same frames gets other names.
    """
    player = re.sub(r"<link\b[^>]*>\s*", "", player)
    for icon, text in BUTTONS.items():
        player = player.replace(f'<i class="fa {icon}"></i>', text)
    (old,) = set(re.findall(r'id="_anim_img(\w+)"', player))
    digest = hashlib.sha256(player.replace(old, "").encode()).hexdigest()[:16]
    name = f"{digest}{_made[digest]}"
    _made[digest] += 1
    picture = (
        f'<img id="_anim_img{old}" alt="{html.escape(alt)}" style="max-width: 100%" '
        f'src="data:image/png;base64,{still}">\n  <p id="_anim_hint{old}"><em>{HINT}</em></p>'
    )
    player = player.replace(f'<img id="_anim_img{old}">', picture, 1)
    start = f"anim{old} = new Animation("
    remove = f'document.getElementById("_anim_hint{old}").remove();\n        '
    return player.replace(start, remove + start, 1).replace(old, name)
