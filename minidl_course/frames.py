"""Pictures of sliders at a few of their values: what the website shows, which has no kernel.

`make notebooks` draws them in the kernel of the chapter and stores them beside the still picture,
under a name that JupyterLab and GitHub do not know: these show the still one. A sheet holds them
all, line by line, in the order of a table whose last slider runs fastest.
"""

import base64
import io
import itertools
import math

MIME = "application/vnd.minidl.frames+json"
AUTOMATIC = 11  # at most so many values, of the first slider, where a chapter chooses none
COLOURS = 64  # of a sheet: half the bytes
MAX_WIDTH = 16_383  # pixels, of a WebP; a wide sheet has fewer bytes than a high one
MAX_PIXELS = 22_000_000  # of a sheet: a browser unpacks it whole
MAX_BYTES = 380_000  # of a sheet, which are 510 kB of a notebook


def stop_at(made, **stops):
    """`made` (of `plots.sliders`), which the website shows at these values of these sliders.

    Every combination is drawn. A page begins with the defaults, so these are among the values. A
    slider without values is not on the website.

    Raises ValueError where there is no such slider, and where a default is missing.
    """
    for name, values in stops.items() if made.box else ():
        if name not in made.controls:
            raise ValueError(f"no slider is called {name!r}, only {', '.join(made.controls)}")
        if made.controls[name].value not in values:
            raise ValueError(f"{name} begins at {made.controls[name].value}: add it to {values}")
    made.stops = stops
    return made


def show(made):
    """Display the sheet of `made`, if it has sliders: for `tools/notebooks.py`."""
    from IPython.display import display

    from minidl.plots.sliders import Sliders

    if isinstance(made, Sliders) and made.box:
        display({MIME: sheet(made)}, raw=True)


def sheet(made):
    """All pictures as JSON: their size, the sliders with their values, and a WebP.

    Raises ValueError where the sheet is too large, and where a picture cannot be drawn.
    """
    from PIL import Image

    stops = getattr(made, "stops", None) or _automatic(made)
    drawn = _all(made, stops)
    width, height = (max(sizes) for sizes in zip(*(picture.size for picture in drawn)))
    if len(drawn) * width * height > MAX_PIXELS:
        raise ValueError(f"{len(drawn)} pictures of {width} x {height} are too many: fewer values")
    columns = min(len(drawn), MAX_WIDTH // width)
    rows = math.ceil(len(drawn) / columns)
    whole = Image.new("RGB", (columns * width, rows * height), "white")
    for place, picture in enumerate(drawn):
        row, column = divmod(place, columns)
        whole.paste(picture, (column * width, row * height))
    controls = made.controls
    return {
        "width": width,
        "height": height,
        "sliders": [
            {
                "name": controls[name].description,
                "values": [format(value, controls[name].readout_format) for value in values],
                "begin": list(values).index(controls[name].value),
            }
            for name, values in stops.items()
        ],
        "others": [controls[name].description for name in controls if name not in stops],
        "webp": base64.b64encode(_packed(whole)).decode("ascii"),
    }


def _automatic(made):
    """Values of the first slider, evenly spaced, the default among them."""
    name, control = next(iter(made.controls.items()))
    below, above = (
        round(distance / control.step)
        for distance in (control.value - control.min, control.max - control.value)
    )
    every = next(n for n in itertools.count(1) if below // n + above // n < AUTOMATIC)
    steps = range(-(below // every), above // every + 1)
    return {name: [control.value + every * control.step * n for n in steps]}


def _all(made, stops):
    """The pictures that a reader sees who moves the sliders to each combination of `stops`."""
    before = {name: made.controls[name].value for name in stops}
    drawn = []
    for values in itertools.product(*stops.values()):
        _move(made, zip(stops, values))
        drawn.append(_picture(made))
    _move(made, before.items())
    return drawn


def _move(made, places):
    for name, value in places:
        made.controls[name].value = value


def _picture(made):
    from PIL import Image

    before, _, data = made.picture.value.partition("base64,")
    if not data:
        raise ValueError(f"a picture of {made!r} cannot be drawn: {before}")
    return Image.open(io.BytesIO(base64.b64decode(data.rstrip('">')))).convert("RGB")


def _packed(whole):
    """A sheet as a WebP without loss, of few colours."""
    from PIL import Image, ImageChops

    from minidl.plots.showing import UNSEEN

    # The first keeps what is small and bright; large pale areas need the second.
    for method in (Image.Quantize.MAXCOVERAGE, Image.Quantize.MEDIANCUT):
        few = whole.quantize(COLOURS, method=method, dither=Image.Dither.NONE).convert("RGB")
        change = ImageChops.difference(whole, few).getextrema()
        if max(high for _, high in change) <= UNSEEN:
            break
    file = io.BytesIO()
    few.save(file, "webp", lossless=True, method=6)
    if file.tell() > MAX_BYTES:
        raise ValueError(f"{file.tell():,} bytes, more than {MAX_BYTES:,}: take fewer values")
    return file.getvalue()
