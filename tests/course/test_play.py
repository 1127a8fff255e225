"""The demos of `minidl_course.play` as files: what a page checks, and what a notebook shows."""

import json
import re
import shutil

import nbformat
import numpy as np
import pytest
from lab import CHROMIUM, COMPLAINT, opened, run_all_cells, serve

from minidl_course import play
from minidl_course.play import bundle, weights
from notebooks import METADATA, WIDGET, execute, in_form


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """A copy of the demos' folder, to be damaged; check() looks at it."""
    folder = tmp_path / "play"
    shutil.copytree(bundle.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(bundle, "FOLDER", folder)
    monkeypatch.setattr(weights, "FOLDER", folder / "weights")
    return folder


def change(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_demos_are_in_order():
    assert play.check() == tuple(play.DEMOS)


def test_one_number_changed_in_a_weight_file_is_named(copied):
    path = copied / "weights" / "digit.json"
    file = json.loads(path.read_text(encoding="utf-8"))
    q = file["tensors"]["conv2/w"]["q"]
    file["tensors"]["conv2/w"]["q"] = ("B" if q[0] == "A" else "A") + q[1:]
    path.write_text(json.dumps(file), encoding="utf-8")
    with pytest.raises(ValueError, match=r"digit\.json: its tensors are not those of its sha256"):
        play.check()


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("digit.js", "[784, 48]", "[784, 64]", r"hidden/W is \[784, 48\], .* asks for \[784, 64\]"),
        ("latent.js", '"wider/b"', '"narrow/b"', r"narrow/b is missing, latent.js asks for \[64\]"),
        ("dates.js", "export const SHAPES", "const SHAPES", "dates.js must export SHAPES"),
        ("points.js", "export function mount", "function mount", "points.js must export .* mount"),
        ("nn.js", "export function attend", "function attend", r"dates.js imports \['attend'\]"),
        ("pad.js", "import {", "import  {", "pad.js: write each import on one line"),
        ("index.js", "points:", "dots:", "index.js lists"),
        ("weights/dates.json", '"told"', '"untold"', "does not say what was measured"),
        ("weights/dates.json", '"network"', "network", "is no JSON"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named(copied, file, old, new, message):
    change(copied / file, old, new)
    with pytest.raises(ValueError, match=message):
        play.check()


def test_what_is_missing_is_named_with_its_command(copied):
    (copied / "weights" / "latent.json").unlink()
    (copied / "stills" / "points.png").unlink()
    with pytest.raises(ValueError) as error:
        play.check()
    assert "python -m minidl_course.play.train latent" in str(error.value)
    assert "python -m minidl_course.play.stills points" in str(error.value)


def test_eight_bits_keep_the_weights_and_refuse_nan():
    w = np.random.default_rng(0).normal(size=(5, 4, 3)).astype(np.float32)
    w[..., 2] = 0
    back = weights.unpacked(weights.packed(w))
    assert back.shape == w.shape and (back[..., 2] == 0).all()
    assert (np.abs(back - w).max(axis=(0, 1)) <= np.abs(w).max(axis=(0, 1)) / 254 + 1e-6).all()
    b = np.float32([0.1, -3e-9])
    np.testing.assert_array_equal(weights.unpacked(weights.packed(b)), b)
    w[0, 0, 0] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        weights.packed(w)


def test_the_pages_stay_small():
    """The start page may have 300 kB: what the drawing pad loads leaves most of it."""
    needed = ["index.js", "play.css", "weights/digit.json"]
    needed += [f"{module}.js" for module in bundle.needed("digit")]
    assert sum((bundle.FOLDER / name).stat().st_size for name in needed) < 120_000
    for path in bundle.FOLDER.rglob("*"):
        if path.suffix in (".json", ".png"):
            most = {"language_model.json": 4_500_000, ".png": 60_000}  # three million weights
            assert path.stat().st_size < most.get(path.name, most.get(path.suffix, 200_000)), path


def test_modules_are_small_and_load_nothing_from_elsewhere():
    for path in [*bundle.FOLDER.glob("*.js"), bundle.FOLDER / "play.css"]:
        text = path.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 250, path
        assert not re.search(r"https?://|//[a-z]+\.[a-z]+/|@import|url\(", text), path


def test_a_bundle_has_every_module_once_and_no_import():
    for name in play.DEMOS:
        text = bundle.widget(name)
        assert not re.search(r"^(import|export (?!default))", text, re.MULTILINE)
        assert text.count("const $ui =") == 1
    assert list(bundle.needed("digit")).index("ui") < list(bundle.needed("digit")).index("pad")


def test_unknown_names_are_refused_with_the_known_ones():
    for act in (play.show, play.html):
        with pytest.raises(ValueError, match="no demo 'chess'; there are 'digit', "):
            act("chess")


def test_outside_a_notebook_the_picture_is_described(capsys):
    play.show("latent")
    assert "300 test digits" in capsys.readouterr().out
    assert 'data-play="latent"' in play.html("latent", "a.png") and 'src="a.png"' in play.html(
        "latent", "a.png"
    )


def test_a_notebook_keeps_the_picture_that_the_website_brings_to_life(tmp_path):
    source = "from minidl_course import play\n\nplay.show('latent')"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    execute(notebook, tmp_path)
    (shown,) = notebook.cells[0].outputs
    assert WIDGET in shown.data
    (kept,) = in_form(notebook).cells[0].outputs
    assert kept.data.keys() == {"text/html", "text/plain"}
    assert kept.data["text/html"] == play.html("latent")
    assert re.match('<div class="minidl-play" data-play="latent"><img alt="', play.html("latent"))


def test_chapters_keep_the_elements_of_their_demos():
    """A cell that shows a demo has its element, for the website, and the picture as it is now."""
    found = set()
    for path in (bundle.FOLDER.parents[1] / "notebooks").glob("*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            for name in re.findall(r"^play\.show\(.(\w+).\)$", cell.source, re.MULTILINE):
                kept = "".join(
                    output.get("data", {}).get("text/html", "") for output in cell.outputs
                )
                same = kept == play.html(name)
                assert same, f"{path.name}, {cell.id}: run the chapter again"
                assert {"hide-input", "nbval-ignore-output"} <= set(cell.metadata.tags)
                found.add((path.name[:2], name))
    assert found >= {
        ("00", "digit"),
        ("25", "language_model"),
        ("01", "neuron"),
        ("03", "points"),
        ("06", "points"),
        ("29", "latent"),
        ("22", "dates"),
        ("33", "connect_four"),
    }


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_the_demos_are_alive_in_jupyterlab(tmp_path):
    playwright = pytest.importorskip("playwright.sync_api")
    source = "from minidl_course import play\n\nfor name in play.DEMOS:\n    play.show(name)"
    cells = [nbformat.v4.new_code_cell(source)]
    notebook = nbformat.v4.new_notebook(metadata=METADATA, cells=cells)
    (tmp_path / "root").mkdir()
    nbformat.write(notebook, tmp_path / "root" / "play.ipynb")
    with serve(tmp_path) as address, opened(playwright, address("play.ipynb")) as page:
        run_all_cells(page, 60)
        for name in play.DEMOS:
            page.wait_for_selector(f'.minidl-play[data-play="{name}"][data-ready]', timeout=120_000)
        page.get_by_role("button", name="column 4").click()
        page.wait_for_selector('.minidl-play[data-stones="2"]', timeout=120_000)
        assert page.locator(COMPLAINT).count() == 0
        style = "getComputedStyle(document.querySelector('.minidl-play .drops')).display"
        assert page.evaluate(style) == "grid"  # play.css has come along
        assert page.locator(".minidl-play").count() == len(play.DEMOS)
        page.screenshot(path=tmp_path / "lab.png")
