"""Networks of the course in the browser: to play with, on the website and in JupyterLab.

    show("digit")       in a notebook: the demo, or its picture where no kernel runs
    html("digit")       the same for a page: index.js brings it to life
    check()             whether modules, weights and pictures belong together

The demos are plain JavaScript modules without a framework. `nn.js` has the layers, each demo a
module of its own name, `weights/` the trained networks in 8 bits a number (`train.py` makes them),
`stills/` the pictures (`stills.py`). A page that serves this folder needs:

    <link rel="stylesheet" href="play/play.css">
    <script type="module">import { mountAll } from "./play/index.js"; mountAll();</script>
"""

import base64
import html as escaping

from minidl_course.play import bundle, weights
from minidl_course.play.checking import check
from minidl_course.play.demos import DEMOS, demo

__all__ = ["DEMOS", "check", "html", "show"]
STILL = "A still picture. To play, run this cell, or open the page on the course's website."
VIEW = "application/vnd.jupyter.widget-view+json"


def html(name, picture=None):
    """Return the element of a demo, with its still picture inside, as HTML.

    Args:
        name: of `DEMOS`.
        picture: address of the still picture; None puts the picture itself into the HTML.
    """
    alt = escaping.escape(demo(name).alt)
    if picture is None:
        png = (bundle.FOLDER / "stills" / f"{name}.png").read_bytes()
        picture = "data:image/png;base64," + base64.b64encode(png).decode("ascii")
    still = f'<img alt="{alt}" src="{picture}" style="max-width: 100%">'
    return f'<div class="minidl-play" data-play="{name}">{still}<p>{STILL}</p></div>'


def show(name):
    """Show a demo in a notebook.

    With a kernel and `anywidget` it is alive; what the notebook keeps is the still picture, which
    the website brings to life. Outside a notebook the picture's description is printed.

    Raises `ValueError` for a name that is not of `DEMOS`.
    """
    from IPython import get_ipython
    from IPython.display import display

    alt = demo(name).alt
    if get_ipython() is None:
        print(alt)
        return
    data = {"text/html": html(name), "text/plain": alt}
    try:
        data[VIEW] = {"version_major": 2, "version_minor": 0, "model_id": _widget(name).model_id}
    except ModuleNotFoundError:
        print("To play here, you need anywidget: pip install anywidget")
    display(data, raw=True)


def _widget(name):
    import anywidget

    file = weights.load(name) if demo(name).learned else None
    style = (bundle.FOLDER / "play.css").read_text(encoding="utf-8")
    parts = {"_esm": bundle.widget(name, file), "_css": style}
    return type("Play", (anywidget.AnyWidget,), parts)()  # it reads both from its class
