"""The way of an arrow between two nodes of a diagram, and the place of its words."""

import itertools
import math

DIRECTIONS = {"left": (-1, 0), "right": (1, 0), "top": (0, 1), "bottom": (0, -1)}
CORNER = 0.08  # inches: radius of a turn
OUTSIDE = 0.3  # inches: how far an arrow that leaves and arrives on equal sides runs from them


def route(a, b, bend=0, sides=None, at=0.5):
    """How to draw an arrow.

    Args:
        a: the `Node` where it starts.
        b: the `Node` where it ends.
        bend: as `Diagram.arrow` has it.
        sides: as `Diagram.arrow` has them.
        at: as `Diagram.arrow` has it.

    Returns:
        (path, (x, y), slope): a matplotlib Path, a place on its longest part, and the angle of
        that part, from -pi/2 (not included) to pi/2.
    """
    if sides is None:
        return _straight(_towards(a, b), _towards(b, a), bend, at)
    sides = tuple(sides)
    if len(sides) != 2 or not {*sides} <= {*DIRECTIONS, None}:
        raise ValueError(f"sides must be two of {', '.join(DIRECTIONS)} or None, got {sides!r}")
    out, into = sides[0] or _nearest(a, b), sides[1] or _nearest(b, a)
    return _turning(_corners(a.side(out), out, b.side(into), into, bend), at)


def _nearest(a, b):
    """The side of `a` that looks at `b`, by the wider of the two gaps between them."""
    right, up = b.x - a.x, b.y - a.y
    apart = abs(right) - (a.width + b.width) / 2, abs(up) - (a.height + b.height) / 2
    if apart[0] >= apart[1]:
        return "right" if right > 0 else "left"
    return "top" if up > 0 else "bottom"


def _towards(a, b):
    """Where an arrow to or from `b` meets `a`."""
    if not a.round:
        return a.side(_nearest(a, b)) if a.width or a.height else (a.x, a.y)
    # A box is left and reached in the middle of a side, so a circle must look there.
    x, y = (b.x, b.y) if b.round else b.side(_nearest(b, a)) if b.width else (b.x, b.y)
    angle = math.atan2(y - a.y, x - a.x)
    return a.x + a.width / 2 * math.cos(angle), a.y + a.width / 2 * math.sin(angle)


def _straight(start, end, bend, at):
    from matplotlib.path import Path

    (x0, y0), (x1, y1) = start, end
    length = math.hypot(x1 - x0, y1 - y0) or 1.0
    aside = -(y1 - y0) / length, (x1 - x0) / length  # to the left of the arrow
    away = 4 * at * (1 - at) * bend
    x, y = (p + at * (q - p) + away * side for p, q, side in zip(start, end, aside))
    path = Path([start, end])
    if bend:
        control = tuple((p + q) / 2 + 2 * bend * side for p, q, side in zip(start, end, aside))
        path = Path([start, control, end], [Path.MOVETO, Path.CURVE3, Path.CURVE3])
    return path, (x, y), _slope(start, end)


def _corners(start, out, end, into, bend):
    """The points of a way that is upright or level everywhere."""
    (x0, y0), (x1, y1) = start, end
    level = [DIRECTIONS[side][1] == 0 for side in (out, into)]
    if out == into:
        right, up = DIRECTIONS[out]
        far = bend or OUTSIDE
        if level[0]:
            x = right * (max(right * x0, right * x1) + far)
            return [start, (x, y0), (x, y1), end]
        y = up * (max(up * y0, up * y1) + far)
        return [start, (x0, y), (x1, y), end]
    if level[0] != level[1]:
        return [start, (x1, y0) if level[0] else (x0, y1), end]
    if level[0]:
        x = (x0 + x1) / 2 + bend
        return [start, (x, y0), (x, y1), end]
    y = (y0 + y1) / 2 + bend
    return [start, (x0, y), (x1, y), end]


def _turning(points, at):
    """Straight from point to point, round at each turn."""
    from matplotlib.path import Path

    points = [p for p, q in zip(points, [None, *points]) if q is None or math.dist(p, q) > 1e-6]
    places, codes = [points[0]], [Path.MOVETO]
    for before, here, after in zip(points, points[1:], points[2:]):
        radius = min(CORNER, math.dist(before, here) / 2, math.dist(here, after) / 2)
        places += [_along(here, before, radius), here, _along(here, after, radius)]
        codes += [Path.LINETO, Path.CURVE3, Path.CURVE3]
    places, codes = [*places, points[-1]], [*codes, Path.LINETO]
    p, q = max(itertools.pairwise(points), key=lambda part: math.dist(*part))
    return Path(places, codes), tuple(m + at * (n - m) for m, n in zip(p, q)), _slope(p, q)


def _along(start, end, far):
    """The point `far` inches from `start` on the way to `end`."""
    part = far / math.dist(start, end)
    return tuple(p + part * (q - p) for p, q in zip(start, end))


def _slope(start, end):
    """The angle of a line without its direction, so that "above" is above, and left if upright."""
    angle = math.atan2(end[1] - start[1], end[0] - start[0])
    if angle > math.pi / 2 + 1e-9:
        return angle - math.pi
    return angle + math.pi if angle <= -math.pi / 2 + 1e-9 else angle
