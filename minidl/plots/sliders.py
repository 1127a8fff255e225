"""A picture that follows sliders, as long as a kernel runs."""

import html
import numbers
import time
import traceback

from minidl.plots.common import load_pyplot
from minidl.plots.showing import as_html, as_png, described, small, widget_bundle

AT_ONCE = 0.15  # seconds: a picture that is drawn faster follows the slider while it moves


def sliders(draw, alt, **ranges):
    """Sliders above a picture that is drawn anew with their values; the last line of a cell.

    They need a running kernel and `ipywidgets`. Without one of the two the picture with the
    defaults stands there.

    Args:
        draw: draw(**values) draws on the current figure, or makes one (`plt.subplots`). It is
            called with the name and the value of every slider.
        alt: one or two sentences that say what is seen.
        ranges: of each slider, by the name of its value, (low, high, step, default); whole
            numbers make a slider of whole numbers. Underscores are shown as blanks.

    Raises:
        TypeError: draw is no function, or a range has something else than numbers.
        ValueError: no range, not four numbers, or a default outside its range.
    """
    alt = described(alt)
    if not callable(draw):
        raise TypeError(f"draw must be a function draw(**values), not {draw!r}")
    if not ranges:
        raise ValueError("give at least one slider: name=(low, high, step, default)")
    for name, four in ranges.items():
        _check(name, four)
    return Sliders(draw, alt, ranges)


def _check(name, four):
    if not isinstance(four, tuple | list) or len(four) != 4:
        raise ValueError(f"{name} must be (low, high, step, default), got {four!r}")
    if not all(isinstance(n, numbers.Real) and not isinstance(n, bool) for n in four):
        raise TypeError(f"{name} must be four numbers (low, high, step, default), got {four!r}")
    low, high, step, default = four
    if not low < high or not 0 < step <= high - low or not low <= default <= high:
        raise ValueError(
            f"{name} is {four!r}: (low, high, step, default) needs low < high, a positive step "
            "that fits between them, and a default from low to high"
        )


class Sliders:
    """Sliders and their picture as a notebook displays them.

    Attributes:
        png: the picture with the defaults, as bytes.
        alt: the text that says what is seen.
        box: the widget; None without ipywidgets.
    """

    def __init__(self, draw, alt, ranges):
        self.draw, self.alt = draw, alt
        start = time.perf_counter()
        png = _drawn(draw, {name: four[3] for name, four in ranges.items()})
        at_once = time.perf_counter() - start < AT_ONCE
        self.png = small(png)  # the page keeps it
        try:
            import ipywidgets as widgets
        except ModuleNotFoundError:
            self.box = None
            return
        self.controls = {}
        for name, four in ranges.items():
            whole = all(isinstance(n, numbers.Integral) for n in four)
            low, high, step, default = four
            self.controls[name] = (widgets.IntSlider if whole else widgets.FloatSlider)(
                value=default,
                min=low,
                max=high,
                step=step,
                description=name.replace("_", " "),
                continuous_update=at_once,
                style={"description_width": "initial"},
                **({} if whole else {"readout_format": f".{_digits(step)}f"}),
            )
        self.picture = widgets.HTML(as_html(self.png, self.alt, "max-width: 100%"))
        self.box = widgets.VBox([*self.controls.values(), self.picture])
        for control in self.controls.values():
            control.observe(self._follow, "value")

    def _follow(self, _):
        try:
            png = _drawn(self.draw, {name: c.value for name, c in self.controls.items()})
        except Exception:  # shown where the reader looks: a widget has no other place for it
            self.picture.value = f"<pre>{html.escape(traceback.format_exc())}</pre>"
        else:
            self.picture.value = as_html(png, self.alt, "max-width: 100%")

    def _repr_mimebundle_(self, include=None, exclude=None):
        return widget_bundle(self.box, self.png, self.alt, "The sliders need")

    def __repr__(self):
        return f"<Sliders: {self.alt}>"


def _digits(step):
    """How many digits after the point tell the steps apart."""
    return next((n for n in range(8) if abs(round(step, n) - step) < 1e-9), 8)


def _drawn(draw, values):
    """The picture that draw(**values) draws, as bytes; all figures that it made are closed."""
    pyplot = load_pyplot()
    before = pyplot.get_fignums()
    pyplot.figure(layout="compressed")
    try:
        draw(**values)
        return as_png(pyplot.gcf())
    finally:
        for number in set(pyplot.get_fignums()) - set(before):
            pyplot.close(number)
