"""A sheet on which a chapter draws its own diagram: boxes, gates, stacks of maps, and arrows.

Places and sizes are in inches, from the lower left, so that letters of 9 points fit what they are
written in. Every part that is drawn is a `Node`; arrows lead from node to node.
"""

import dataclasses
import math

from minidl.plots import arrows
from minidl.plots.common import colour_of, load_pyplot, tint

POINTS = 9  # size of the letters
LINE, EDGE = 1.1, "0.3"  # width, in points, and colour of every outline and arrow
PAD = 0.09  # inches between a box and its words
DEPTH = (0.32, 0.24)  # of a cuboid, (right, up) for each inch of its depth


@dataclasses.dataclass(frozen=True)
class Node:
    """Something on a sheet that arrows can lead to.

    Attributes:
        x, y: its middle, in inches.
        width, height: of what is drawn.
        round: whether its outline is a circle.
    """

    x: float
    y: float
    width: float = 0.0
    height: float = 0.0
    round: bool = False

    def side(self, name):
        """(x, y) of the middle of its side "left", "right", "top" or "bottom"."""
        right, up = arrows.DIRECTIONS[name]
        return self.x + right * self.width / 2, self.y + up * self.height / 2

    left = property(lambda self: self.side("left"))
    right = property(lambda self: self.side("right"))
    top = property(lambda self: self.side("top"))
    bottom = property(lambda self: self.side("bottom"))


class Diagram:
    """A blank sheet.

    Args:
        width, height: in inches. 7 inches are as wide as a page shows without shrinking.
        ax: where to draw, smaller if it must be, letters and lines too; a new figure if None.

    Attributes:
        ax: the Axes; x and y are inches.
        width, height: of the sheet.
        scale: how large an inch of the sheet is drawn.

    Raises:
        ValueError: a width or height that is not positive.
    """

    def __init__(self, width, height, ax=None):
        if not (width > 0 and height > 0):
            raise ValueError(f"a sheet needs a positive size in inches, got {width} by {height}")
        self.width, self.height, self.scale = width, height, 1.0
        if ax is None:
            figure = load_pyplot().figure(figsize=(width, height))
            ax = figure.add_axes((0, 0, 1, 1))
        else:
            inches = ax.get_window_extent().size / ax.figure.dpi
            self.scale = min(1.0, *(inches / (width, height)))
        self.ax = ax
        ax.set(xlim=(0, width), ylim=(0, height))
        ax.set_aspect("equal")
        ax.axis("off")

    def box(self, x, y, text, width=None, height=None, fill="layer"):
        r"""A rounded box with its middle at (x, y), as large as its text if no size is given.

        Args:
            x: inches from the left.
            y: inches from below.
            text: lines are parted by "\n"; $...$ is mathematics.
            width: in inches.
            height: in inches.
            fill: a meaning in `plots.COLOURS`, drawn light, or a colour such as "white".
        """
        from matplotlib.patches import FancyBboxPatch

        look = self._look(fill) | {"boxstyle": "round,pad=0,rounding_size=0.06"}
        words = self.text(x, y, text)
        wide, high = self.measure(words)
        width = width or max(wide + 2 * PAD, 0.3)
        height = height or max(high + 1.4 * PAD, 0.3)
        self.ax.add_patch(FancyBboxPatch((x - width / 2, y - height / 2), width, height, **look))
        return Node(x, y, width, height)

    def gate(self, x, y, text, fill="layer"):
        r"""A circle with a symbol: "+", "×", r"$\sigma$", or a short word such as "tanh"."""
        from matplotlib.patches import Circle
        from matplotlib.textpath import TextPath

        look = self._look(fill)
        size = 11 if len(text) == 1 else POINTS
        words = self.text(x, y, text, size=size)
        if "\n" not in text:  # "+" sits low on its line
            ink = TextPath((0, 0), text, size=size).get_extents()
            words.set(va="baseline", y=y - (ink.y0 + ink.y1) / 2 / 72)
        radius = max(0.14, self.measure(words)[0] / 2 + 0.05)
        self.ax.add_patch(Circle((x, y), radius, **look))
        return Node(x, y, 2 * radius, 2 * radius, round=True)

    def volume(self, x, y, shape, text="", fill="data", scale=0.04):
        """A stack of feature maps as a cuboid with its middle at (x, y), labelled with its shape.

        H is drawn upright and W into the depth, `scale` inches a pixel; the width grows with the
        logarithm of C, as the number of maps does along a network. None in a shape is any length.

        Args:
            x: inches from the left.
            y: inches from below.
            shape: (H, W, C); (T, D) for a sequence; (D,) for a vector, drawn as a column.
            text: written above.
            fill: a meaning in `plots.COLOURS`, or a colour.
            scale: inches for a pixel.

        Raises:
            ValueError: no shape of one to three axes, or a scale that is not positive.
        """
        from matplotlib.patches import Polygon

        wide, high, deep = cuboid(shape, scale)
        right, up = deep * DEPTH[0], deep * DEPTH[1]
        node = Node(x, y, wide + right, high + up)
        (x0, _), (_, y0) = node.left, node.bottom
        front = [(0, 0), (wide, 0), (wide, high), (0, high)]
        top = [(0, high), (right, high + up), (wide + right, high + up), (wide, high)]
        side = [(wide, 0), (wide + right, up), (wide + right, high + up), (wide, high)]
        for corners, strength in [(front, 0.3), (top, 0.15), (side, 0.5)]:
            look = self._look(fill, strength) | {"joinstyle": "round"}
            self.ax.add_patch(Polygon([(x0 + a, y0 + b) for a, b in corners], **look))
        label = " × ".join(map(str, shape))
        self.text(x, node.bottom[1] - 0.13, label)
        if text:
            words = self.text(x, node.top[1] + 0.13, text)
            words.set_va("bottom")
            words.set_y(node.top[1] + 0.06)
        return node

    def arrow(self, a, b, text="", back="", bend=0, colour=None, sides=None, at=0.5):
        """An arrow from `a` to `b`, straight if nothing else is said.

        Args:
            a: the node where it starts, or a place (x, y).
            b: the node where it ends, or a place (x, y).
            text: above the arrow, or left of one that is upright.
            back: below it, or right, in the colour of gradients: what flows back here.
            bend: inches by which the arrow keeps to the left of the straight line (to the right if
                negative); with two equal sides, how far outside them it runs, and with two
                opposite ones, how far its middle part is moved right or up.
            colour: a meaning in `plots.COLOURS`, or a colour.
            sides: (side of a, side of b), of "left", "right", "top", "bottom", where it leaves and
                arrives; it then runs straight and turns in round corners. None for one or both is
                the side nearest to the other end.
            at: where its words stand on its longest straight part, from 0, the start, to 1.

        Raises:
            ValueError: a side or a colour that does not exist.
        """
        from matplotlib.patches import FancyArrowPatch

        line = colour_of(colour) if colour else EDGE
        a, b = (n if isinstance(n, Node) else Node(*n) for n in (a, b))
        path, (x, y), slope = arrows.route(a, b, bend, sides, at)
        look = {"color": line, "lw": LINE * self.scale, "mutation_scale": 9 * self.scale}
        look |= {"arrowstyle": "-|>,head_width=0.28,head_length=0.55", "zorder": 2}
        arrow = FancyArrowPatch(path=path, shrinkA=0, shrinkB=0, joinstyle="round", **look)
        self.ax.add_patch(arrow)
        up = -math.sin(slope), math.cos(slope)  # the side of the arrow that `text` is on
        for words, sign, shade in [(text, 1, None), (back, -1, "gradient")]:
            if words:
                label = self.text(x, y, words, shade)
                wide, high = self.measure(label)
                away = sign * (0.05 + abs(up[0]) * wide / 2 + abs(up[1]) * high / 2)
                label.set_position((x + away * up[0], y + away * up[1]))
        return arrow

    def text(self, x, y, text, colour=None, size=POINTS, align="center"):
        """Words with their middle at (x, y); `align` is "left", "center" or "right" of x."""
        if align not in ("left", "center", "right"):
            raise ValueError(f'align must be "left", "center" or "right", got {align!r}')
        look = {"color": colour_of(colour) if colour else "black", "size": size * self.scale}
        look |= {"va": "center_baseline" if "\n" not in str(text) else "center"}
        return self.ax.text(x, y, str(text), ha=align, zorder=4, linespacing=1.25, **look)

    def panel(self, x, y, width, height, title=""):
        """A frame behind several things, with its lower left corner at (x, y) and a bold title."""
        from matplotlib.patches import FancyBboxPatch

        look = {"facecolor": "0.975", "edgecolor": "0.8", "lw": 0.8 * self.scale, "zorder": 0.5}
        look |= {"boxstyle": "round,pad=0,rounding_size=0.08"}
        self.ax.add_patch(FancyBboxPatch((x, y), width, height, **look))
        if title:
            words = self.text(x + 0.12, y + height - 0.17, title, align="left")
            words.set_weight("bold")
        return Node(x + width / 2, y + height / 2, width, height)

    def measure(self, words):
        """(width, height) of a text on the sheet, in inches."""
        box = words.get_window_extent()
        inches = self.ax.figure.dpi * self.scale
        return box.width / inches, box.height / inches

    def _look(self, fill, strength=0.3):
        edge = EDGE if fill in ("layer", "white", "highlight", "muted") else colour_of(fill)
        look = {"facecolor": tint(fill, strength), "edgecolor": edge, "zorder": 1.5}
        return look | {"lw": LINE * self.scale}


def cuboid(shape, scale):
    """(width, height, depth) in inches of what `Diagram.volume` draws for a shape."""
    shape = tuple(shape) if isinstance(shape, tuple | list) else (shape,)
    whole = all(n is None or (isinstance(n, int) and n > 0) for n in shape)
    if not 1 <= len(shape) <= 3 or not whole:
        raise ValueError(f"shape must be (H, W, C), (T, D) or (D,), positive, got {shape!r}")
    if not scale > 0:
        raise ValueError(f"scale must be inches for a pixel, positive, got {scale}")
    *lengths, channels = (12 if n is None else n for n in shape)
    if not lengths:
        return 0.12, 0.15 + 0.09 * math.log2(channels), 0.12
    high, deep = (lengths[0], lengths[-1]) if len(lengths) == 2 else (lengths[0], 1)
    return 0.06 + 0.055 * math.log2(channels), max(scale * high, 0.05), max(scale * deep, 0.05)
