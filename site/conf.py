"""Sphinx's settings for the website; `tools/build_site.py` writes the sources and calls it."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

from website import extension  # noqa: E402

project = "minidl"
author = "the minidl authors"
copyright = author
extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
    "website.extension",
]
html_theme = "sphinx_book_theme"
html_title = "minidl"
html_static_path = ["_static"]
html_favicon = "_static/favicon.svg"
templates_path = ["_templates"]
html_css_files = ["site.css"]
html_js_files = [(name, {"defer": "defer"}) for name in ("formulas.js", "site.js", "sliders.js")]
html_copy_source = html_show_sourcelink = False
html_show_copyright = False
html_theme_options = {
    "back_to_top_button": False,
    "use_download_button": False,
    "use_fullscreen_button": False,
    "use_issues_button": False,
    "show_navbar_depth": 1,
    "max_navbar_depth": 2,
    "show_toc_level": 2,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
html_context = {"default_mode": "auto"}

nb_execution_mode = "off"  # the outputs are committed
nb_merge_streams = True
nb_code_prompt_show = "Show the code"
nb_code_prompt_hide = "Hide the code"
nb_ipywidgets_js = {}  # no widget lives without a kernel, and its script would come from outside
nb_render_markdown_format = "myst"
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 4
myst_dmath_double_inline = True

mathjax_path = "vendor/mathjax/startup.js"
mathjax_options = {"defer": "defer"}
mathjax3_config = extension.MATHJAX

autodoc_member_order = "bysource"
add_module_names = False
smartquotes = False  # "relu" is code, and is copied
