"""Figures with alternative text, movies, and sliders without a browser: what their outputs hold."""

import base64
import io
import re
from collections import Counter

import matplotlib
import nbformat
import numpy as np
import pytest

from minidl import plots
from minidl.plots import moving, showing

matplotlib.use("Agg")
from bs4 import BeautifulSoup
from IPython.core.pylabtools import print_figure
from matplotlib import pyplot
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from PIL import Image

from notebooks import in_form

ALT = 'A line "rises" from 0 to 1.'


@pytest.fixture(autouse=True)
def close_figures():
    yield
    pyplot.close("all")


@pytest.fixture
def displayed(monkeypatch):
    """The arguments of `display`, as if a kernel ran this."""
    calls = []
    monkeypatch.setattr("minidl.plots.showing.in_notebook", lambda: True)
    monkeypatch.setattr("IPython.display.display", lambda *data, **how: calls.append((*data, how)))
    return calls


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def frames_of(movie):
    """The pictures of a movie: (n, H, W, 3)."""
    found = re.findall(r'^    "([^"]+)",?$', movie.html, re.MULTILINE)
    return np.stack([pixels(base64.b64decode(frame)) for frame in found])


# ------------------------------------------------------------------------------------------- show


def test_show_displays_what_the_inline_backend_would_and_closes_it(displayed):
    pyplot.plot([0, 1])
    expected = print_figure(pyplot.gcf(), dpi=110)
    plots.show(f"  {ALT}\n ")
    [(data, how)] = displayed
    difference = pixels(base64.b64decode(data["image/png"])) - pixels(expected)
    assert np.abs(difference).max() <= showing.UNSEEN
    assert how == {"metadata": {"image/png": {"alt": ALT}}, "raw": True}
    assert data["text/plain"] == ALT
    assert pyplot.get_fignums() == []


def test_show_takes_a_figure_or_an_axes_and_leaves_the_others_open(displayed):
    _, ax = pyplot.subplots()
    second = pyplot.figure()
    plots.show(ALT, ax)
    assert pyplot.get_fignums() == [second.number] and len(displayed) == 1
    plots.show(ALT, second)
    assert pyplot.get_fignums() == [] and len(displayed) == 2


def test_without_a_notebook_or_a_window_the_text_is_printed(capsys):
    pyplot.plot([0, 1])
    plots.show(ALT)
    assert capsys.readouterr().out == ALT + "\n"
    assert pyplot.get_fignums() == []


@pytest.mark.parametrize(
    ("alt", "figure", "error", "message"),
    [
        ("", None, ValueError, "alt is empty"),
        (None, None, TypeError, "says what is seen, not a NoneType"),
        (ALT, None, ValueError, "no figure to show"),
        (ALT, "a figure", TypeError, "must be a Figure or an Axes, not a str"),
    ],
)
def test_show_refuses(alt, figure, error, message):
    with pytest.raises(error, match=message):
        plots.show(alt, figure)
    assert pyplot.get_fignums() == []


@pytest.fixture(scope="module")
def page():
    """A notebook with one output of each kind, run and brought into the form that is committed."""
    cell = nbformat.v4.new_code_cell
    still = cell("from minidl import plots\nfrom matplotlib import pyplot as plt\nplt.plot([0, 1])")
    still.source += f"\nplots.show({ALT!r})"
    movie = cell('plots.movie(lambda k, ax: ax.plot([0, k]), range(3), "A line turns.")')
    sliders = cell('plots.sliders(lambda a: plt.plot([0, a]), "A slope.", a=(0, 3, 1, 2))')
    notebook = nbformat.v4.new_notebook(cells=[still, movie, sliders])
    NotebookClient(notebook, kernel_name="python3", timeout=900).execute()
    return in_form(notebook)


@pytest.mark.filterwarnings("ignore")  # of nbconvert's own parts
def test_the_text_reaches_the_page_that_nbconvert_writes(page):
    html, _ = HTMLExporter(template_name="classic").from_notebook_node(page)
    alts = [image["alt"] for image in BeautifulSoup(html, "html.parser")("img")]
    assert alts == [ALT, "A line turns.", "A slope."]


def test_a_page_without_a_kernel_keeps_a_picture_and_its_text_of_each(page):
    alts = []
    for cell in page.cells:
        (output,) = cell.outputs
        assert output.data["text/plain"] == output.metadata["image/png"]["alt"]
        assert pixels(base64.b64decode(output.data["image/png"])).std() > 5
        alts.append(output.data["text/plain"])
    assert alts == [ALT, "A line turns.", "A slope."]


# ------------------------------------------------------------------------------------------ movie


def number(k, *axes):
    for ax in axes:
        ax.text(0.5, 0.5, str(k), color="w")
        ax.set_facecolor((k / 4, 0, 0))


def test_a_movie_draws_every_frame_on_new_axes():
    seen = []

    def draw(frame, left, right):
        assert not left.has_data() and not right.has_data()
        assert len(left.figure.axes) == 2 and left.get_position().x1 < right.get_position().x0
        image = left.imshow(np.eye(3) * frame)
        left.figure.colorbar(image)
        seen.append(frame)

    movie = plots.movie(draw, iter([1, 2, 4]), ALT, columns=2, size=(4, 2))
    assert seen == [1, 2, 4]
    frames = frames_of(movie)
    assert frames.shape == (3, 350, 700, 3)
    assert pyplot.get_fignums() == []


def test_a_movie_is_700_pixels_wide_and_not_coarser_than_a_figure():
    assert frames_of(plots.movie(number, range(2), ALT, size=(7, 2))).shape[1:3] == (220, 770)
    assert frames_of(plots.movie(number, range(2), ALT, size=(3, 1))).shape[2] == 702


def test_a_movie_draws_a_frame_only_to_save_it(monkeypatch):
    draws, draw = [], pyplot.Figure.draw
    monkeypatch.setattr(pyplot.Figure, "draw", lambda *args: (draws.append(1), draw(*args)))
    plots.movie(number, range(4), ALT)
    assert len(draws) <= 2 * 4  # once for the layout, once for the file


@pytest.mark.parametrize(("loop", "stops"), [(True, "!true"), (False, "!false")])
def test_a_movie_starts_over_or_stops_at_its_end(loop, stops):
    html = plots.movie(number, range(2), ALT, loop=loop).html
    assert f"if (shown === frames.length - 1 && {stops}) stop();" in html


@pytest.mark.parametrize("still", [0, -1, 2])
def test_a_movie_shows_its_frames_and_falls_back_on_one(still):
    movie = plots.movie(number, range(5), ALT, still=still, seconds=0.25)
    frames = frames_of(movie)
    assert (abs(np.diff(frames, axis=0)).max((1, 2, 3)) > 50).all()
    np.testing.assert_array_equal(pixels(movie.png), frames[still])
    data, metadata = movie._repr_mimebundle_()
    assert base64.b64decode(data["image/png"]) == movie.png
    assert data["text/plain"] == ALT and metadata == {"image/png": {"alt": ALT}}
    picture = re.search(r'<img id="\w+" alt="([^"]*)"[^>]*base64,([^"]*)"', movie.html)
    assert picture[1] == "A line &quot;rises&quot; from 0 to 1."  # where no script runs
    assert base64.b64decode(picture[2]) == movie.png
    assert f"shown = {still % 5}, begun" in movie.html and "}, 250);" in movie.html


def test_a_movie_asks_for_nothing_from_the_network_and_its_buttons_have_letters():
    html = re.sub(r"base64,[^\"]+", "", plots.movie(number, range(2), ALT).html)
    assert not re.search(r"https?:|<link|@import|url\(|src=\"(?!data:)|fa-", html)
    buttons = re.findall("<button>(.*?)</button>", html)
    assert [re.sub("[^a-zA-Z]", "", text) for text in buttons] == ["Back", "Play", "Forward"]


def test_two_movies_share_no_names_and_the_same_movie_has_the_same_bytes(page, monkeypatch):
    monkeypatch.setattr(moving, "_made", Counter())  # another test's movies have names too
    one, two, other = (plots.movie(number, range(n), ALT) for n in (2, 2, 3))
    names = [set(re.findall(r'id="(\w+)"', movie.html)) for movie in (one, two, other)]
    assert all(len(ids) == 3 for ids in names)
    assert not (names[0] & names[1] or names[0] & names[2] or names[1] & names[2])
    again = plots.movie(lambda k, ax: ax.plot([0, k]), range(3), "A line turns.")
    assert again.html == page.cells[1].outputs[0].data["text/html"]  # of another process


def test_small_pictures_keep_white_white_and_colours_apart():
    def draw(k, ax):
        ax.imshow(np.random.default_rng(k).random((40, 40)), cmap="viridis")

    movie = plots.movie(draw, range(2), ALT)
    for frame in frames_of(movie):
        assert (frame[:4] == 255).all()
        assert len(np.unique(frame.reshape(-1, 3), axis=0)) > 60


def test_what_does_not_change_keeps_its_colour_in_a_movie():
    rng = np.random.default_rng(0)

    def draw(k, ax):
        ax.set_axis_off()
        ax.figure.set_facecolor("#f4f6f9")
        ax.add_patch(pyplot.Rectangle((0, 0), 0.3, 1, color="#b2d0c4"))
        some = rng.random((60, 60, 3)) * (0.2 + 0.8 * np.eye(3)[k])  # red, green, blue
        ax.imshow(some, extent=(0.5, 1, 0, 1))
        ax.set(xlim=(0, 1), ylim=(0, 1), aspect="auto")

    frames = frames_of(plots.movie(draw, range(3), ALT))
    height, width = frames[0].shape[:2]
    for place in (2, 2), (height // 2, width // 6):
        assert len({tuple(frame[place]) for frame in frames}) == 1
    together = np.concatenate([frame.reshape(-1, 3) for frame in frames])
    assert 100 < len(np.unique(together, axis=0)) <= 128


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"frames": []}, ValueError, "2 to 20 frames, got 0"),
        ({"frames": range(21)}, ValueError, "got 21: take every second"),
        ({"draw": 3}, TypeError, r"draw\(frame, \*axes\), not 3"),
        ({"alt": " "}, ValueError, "alt is empty"),
        ({"still": 5}, ValueError, "still is 5, but there are 5 frames"),
        ({"rows": 0}, ValueError, "rows must be an integer of at least 1"),
        ({"seconds": 0}, ValueError, "seconds must be positive"),
    ],
)
def test_movie_refuses(change, error, message):
    given = {"draw": number, "frames": range(5), "alt": ALT} | change
    with pytest.raises(error, match=message):
        plots.movie(**given)


def test_too_many_bytes_are_refused_with_what_to_do():
    def draw(k, ax):
        ax.imshow(np.random.default_rng(k).random((300, 600, 3)))

    with pytest.raises(ValueError, match=r"bytes, more than 400,000: draw fewer than 6 frames"):
        plots.movie(draw, range(6), ALT, size=(7, 3))
    assert pyplot.get_fignums() == []


def test_a_drawing_is_written_with_a_palette_and_a_photograph_as_it_is():
    drawing, ax = pyplot.subplots()
    ax.plot([0, 1, 0])
    photograph = pyplot.figure(figsize=(3, 3))
    photograph.figimage(np.random.default_rng(0).random((300, 300, 3)))
    for figure, fewer in [(drawing, True), (photograph, False)]:
        png = showing.as_png(figure)
        small = showing.small(png)
        assert (len(small) < 0.5 * len(png)) == fewer and (small == png) != fewer
        assert np.abs(pixels(small) - pixels(png)).max() <= showing.UNSEEN
