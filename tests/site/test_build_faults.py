"""What keeps the website from being built, and how it is told."""

import sys
import types
from pathlib import Path

import build_site
import nbformat
import pytest
from chapter import Chapter
from website import addresses, chapters, checks, docstrings, outputs, play, texts

ROOT = Path(__file__).resolve().parents[2]
CHAPTER = next(ROOT.glob("notebooks/03-*.ipynb"))
ALT = "picture without alternative text"


@pytest.fixture
def broken(tmp_path):
    """A function that writes chapter 03, changed, and returns its path."""

    def write(change):
        notebook = nbformat.read(CHAPTER, as_version=4)
        change(notebook)
        path = tmp_path / "notebooks" / CHAPTER.name
        path.parent.mkdir(exist_ok=True)
        nbformat.write(notebook, path)
        return path

    return write


def cell_with_picture(notebook):
    return next(
        (cell, output)
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if "image/png" in output.get("data", {})
    )


def test_a_chapter_as_committed_has_no_fault():
    assert chapters.faults(Chapter(CHAPTER)) == []


def test_a_notebook_without_outputs_is_named_with_its_cell(broken, monkeypatch, tmp_path, capsys):
    def empty(notebook):
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None

    path = broken(empty)
    first = next(c for c in nbformat.read(path, 4).cells if c.cell_type == "code").id
    found = chapters.faults(Chapter(path))
    assert f"cell '{first}' has not been run, or is empty" in found
    assert "no cell has an output: make notebooks CH=03" in found
    # The command says so, and stops before it has built anything.
    monkeypatch.setattr(build_site, "ROOT", tmp_path)
    assert build_site.main(["--out", str(tmp_path / "site")]) == 1
    assert f"notebooks/{CHAPTER.name}: cell '{first}'" in capsys.readouterr().err


def test_a_figure_without_alternative_text_is_named_with_its_cell(broken):
    def forget(notebook):
        cell_with_picture(notebook)[1].metadata = nbformat.from_dict({})

    path = broken(forget)
    cell, _ = cell_with_picture(nbformat.read(path, 4))
    assert [m for m in chapters.faults(Chapter(path)) if f"cell {cell.id!r}" in m and ALT in m]


def test_a_picture_in_html_needs_a_text_too():
    output = nbformat.v4.new_output("display_data", {"text/html": '<img src="a.png">'})
    cell = nbformat.v4.new_code_cell("show()", outputs=[output])
    assert "give it an alt" in next(outputs.faults(cell))


def test_weights_that_do_not_match_are_told(monkeypatch):
    def check():
        raise ValueError("weights/digit.json: W1 is [3], digit.js asks for [4]")

    package = types.ModuleType("minidl_course.play")
    package.check = check
    monkeypatch.setitem(sys.modules, "minidl_course.play", package)
    monkeypatch.setattr("minidl_course.play", package, raising=False)
    monkeypatch.setattr(play, "THERE", True)
    (message,) = play.faults()
    assert message.startswith("minidl_course/play: ") and "W1 is [3]" in message


@pytest.mark.parametrize(
    ("link", "why"),
    [
        ('<a href="gone.html">x</a>', "gone.html leads to a file that is not there"),
        ('<a href="other.html#gone">x</a>', "other.html#gone leads to a place that is not on"),
        ('<a href="#gone">x</a>', "#gone leads to a place"),
        ('<img src="pictures/gone.png" alt="a">', "pictures/gone.png leads to a file that"),
        ('<a href="../../up.html">x</a>', "leads out of the website"),
        ('<img src="pictures/is.png">', "has no alt"),
    ],
)
def test_a_link_that_leads_nowhere_is_named_with_its_page(tmp_path, link, why):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "is.png").write_bytes(b"")
    (tmp_path / "other.html").write_text('<p id="here">')
    page = tmp_path / "page.html"
    page.write_text('<a href="other.html#here">x</a><a href="https://example.org/x">x</a>')
    assert checks.faults(tmp_path) == []
    page.write_text(link)
    (message,) = checks.faults(tmp_path)
    assert message.startswith("page.html: ") and why in message


def test_a_warning_of_sphinx_fails_the_build(tmp_path, capfd):
    source = tmp_path / "source"
    (source / "api").mkdir(parents=True)
    (source / "index.md").write_text("# A page\n\n[nowhere](gone.md)\n")
    assert build_site.run_sphinx(source, tmp_path / "site", "1") != 0
    assert "gone.md" in capfd.readouterr().err


def test_links_of_committed_files_are_led_to_the_website():
    def led(text, folder="notebooks"):
        return addresses.redirected(text, folder)

    repository = addresses.repository()
    assert led("[a](03-backpropagation.ipynb)") == "[a](03-backpropagation.ipynb)"
    assert led("[a](../RESULTS.md#speed)") == "[a](../RESULTS.md#speed)"
    assert led("[a](../README.md#the-chapters)") == "[a](../index.md)"
    assert led("[a](../INSTRUCTORS.md)") == "[a](../INSTRUCTORS.md)"
    assert led("[a](../benchmarks/speech.py)").startswith(f"[a]({repository}/blob/main/benchmarks")
    assert led("[a](https://example.org)") == "[a](https://example.org)"
    assert led("`[a](../benchmarks/speech.py)`") == "`[a](../benchmarks/speech.py)`"
    assert led("[a](nowhere.md)") == "[a](nowhere.md)"  # Sphinx complains


def test_a_picture_of_the_readme_comes_along(tmp_path):
    still = "minidl_course/play/stills/digit.png"
    pictures = outputs.Pictures(tmp_path)
    text = texts.pictured(f'above\n\n![a "digit"]({still})\n\n[a link]({still})', pictures)
    (name,) = pictures.sizes
    assert (tmp_path / name).read_bytes() == (addresses.ROOT / still).read_bytes()
    assert f'<img class="figure" src="pictures/{name}" width="' in text
    assert 'alt="a &quot;digit&quot;"' in text and f"[a link]({still})" in text


def test_a_workflow_says_in_which_repository_it_runs(monkeypatch):
    monkeypatch.setenv("MINIDL_REPOSITORY", "https://github.com/ada/engine/")
    assert addresses.edit("a.md") == "https://github.com/ada/engine/edit/main/a.md"
    assert addresses.binder("n.ipynb").startswith("https://mybinder.org/v2/gh/ada/engine/main?")


@pytest.mark.parametrize(("owner", "links"), [("ada", True), ("OWNER", False)])
def test_links_into_the_repository_appear_where_there_is_one(monkeypatch, tmp_path, owner, links):
    monkeypatch.setenv("MINIDL_REPOSITORY", f"https://github.com/{owner}/minidl")
    path = addresses.ROOT / "exercises" / "ch01-one-neuron" / "ch01-one-neuron.ipynb"
    page = chapters.page(path, None, outputs.Pictures(tmp_path))
    assert (">Edit<" in page) == links and ">Download<" in page


def test_a_folded_cell_that_shows_nothing_leaves_no_trace_and_one_that_shows_something_stays(
    monkeypatch, tmp_path
):
    monkeypatch.setattr(addresses, "ROOT", tmp_path)
    monkeypatch.setenv("MINIDL_REPOSITORY", "https://github.com/ada/minidl")
    path = tmp_path / "notebooks" / "00-a.ipynb"
    path.parent.mkdir()
    folded = {"tags": ["hide-input"]}
    stream = nbformat.v4.new_output("stream", text="seen")
    cells = [
        nbformat.v4.new_markdown_cell("# 00 · A"),
        nbformat.v4.new_code_cell("import_this = 1", metadata=folded),
        nbformat.v4.new_code_cell("drawn = 1", metadata=folded, outputs=[stream]),
        nbformat.v4.new_code_cell("in_sight = 1"),
        nbformat.v4.new_code_cell("as_in_keras = 1", metadata={"tags": ["twin", "hide-input"]}),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    page = chapters.page(path, None, outputs.Pictures(tmp_path))
    assert "import_this" not in page and "drawn" in page and "in_sight" in page
    twin = nbformat.reads(page, as_version=4).cells[-1]
    assert twin.cell_type == "markdown" and "<summary>minidl</summary>" in twin.source
    assert "as_in_keras = 1" in twin.source


def test_docstrings_come_out_as_they_were_written():
    lines = docstrings.converted(
        [
            "y = x * W, in `each` of |x| rows_.",
            "",
            "    x (..., D)    * kept *",
            "",
            "Args:",
            "    units: how many,",
            "        at least 1.",
            "    a, b: two.",
        ]
    )
    text = "\n".join(lines)
    assert r"y = x \* W, in \ ``each``\  of \|x\| rows\_." in text
    assert "::\n\n   x (..., D)    * kept *" in text
    assert "``units``\n   how many, at least 1." in text
    assert "``a``, ``b``\n   two." in text


def test_the_blank_line_that_a_progress_bar_leaves_is_not_shown():
    bar, words = (nbformat.v4.new_output("stream", text=text) for text in ("   \r", "done\n"))
    assert outputs.shown([bar, words], pictures=None, root="") == [words]
