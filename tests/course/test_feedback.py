"""The page of feedback is the one that nbconvert makes, without what a student's code could run."""

import html
import re

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
    new_raw_cell,
)

from exercises import nbgrader, settings
from minidl_course.grading import feedback
from minidl_course.grading.feedback import FeedbackPage

DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
LANGUAGE = {"language_info": {"name": "python"}}


def test_the_page_is_that_of_nbconvert_and_a_policy():
    shown = new_output("display_data", {"image/png": DOT, "text/plain": "a < b"})
    text = "# <b>A</b> $a<b$ &\n\n<details><summary>S</summary>\n\n`x < y`\n\n</details>\n"
    table = "\n| a | b |\n|--:|---|\n| 1 | $x^2$ |\n\n```python\nx = 1\n```\n\n[l](https://a.b/c)"
    cells = [
        new_markdown_cell(text + table),
        new_code_cell("print('<img> & <p>')", outputs=[shown, shown]),
    ]
    book = new_notebook(cells=cells, metadata=LANGUAGE)
    pages = []
    for kind in (FeedbackPage, HTMLExporter):
        page, _ = kind(template_name="classic").from_notebook_node(book)
        soup = BeautifulSoup(page.replace("right;", "right"), "html.parser")
        for policy in soup.select("meta[http-equiv]"):
            policy.extract()
        pages.append(re.sub(r"\s+", " ", str(soup)))
    assert pages[0] == pages[1] and pages[0].count("No description has been") == 2


SCRIPT = "<script>alert(1)</script>"
WRITTEN = f"""# T {SCRIPT}
{SCRIPT}
<img src=x onerror=alert(1)> <svg onload=alert(1)></svg> <iframe src="javascript:alert(1)"></iframe>
[l](javascript:alert(1)) <a href="jav&#x09;ascript:alert(1)">x</a> <a href="data:text/html,x">y</a>
<a href="https://a.b/" onclick="alert(1)" style="position:fixed">z</a> ![r](https://a.b/x.png)
<base href="https://a.b/"><form action="https://a.b/"><input></form><object data="x"></object>

```mermaid
<img src=x onerror=alert(1)>
```

![p](attachment:p.png) ![q](attachment:q.svg)
"""
ATTACHED = {"p.png": {"image/png": DOT}, "q.svg": {"image/svg+xml": "PHN2Zz4="}}
OUTPUTS = [
    new_output("display_data", {"text/html": SCRIPT, "text/plain": "html"}),
    new_output("display_data", {"text/markdown": SCRIPT}),
    new_output("display_data", {"application/javascript": "alert(1)"}),
    new_output("display_data", {"image/svg+xml": "<svg onload='alert(1)'></svg>"}),
    new_output("display_data", {"application/vnd.jupyter.widget-view+json": {"model_id": SCRIPT}}),
    new_output(
        "display_data", {"image/png": DOT}, metadata={"image/png": {"width": "1 onload=alert(1)"}}
    ),
    new_output("stream", text=SCRIPT),
    new_output("error", ename=SCRIPT, evalue=SCRIPT, traceback=[SCRIPT]),
]


def exporters(folder):
    """Both pages that a teacher opens, as nbgrader is told to make them: (name, exporter)."""
    config = settings(folder)
    nbgrader(config)
    yield "feedback", FeedbackPage(template_name="classic", config=config)
    # The formgrader takes nbconvert's own exporter.
    yield "formgrader", HTMLExporter(template_name="classic", config=config)


@pytest.mark.parametrize("which", [0, 1], ids=["feedback", "formgrader"])
def test_nothing_of_a_students_runs_where_a_teacher_looks(which, tmp_path):
    answer = new_markdown_cell(WRITTEN, attachments=ATTACHED)
    code = new_code_cell(SCRIPT, outputs=OUTPUTS, execution_count=1)
    code.execution_count = f"<b>{SCRIPT}"
    feedback.plain(code)
    assert code.execution_count is None
    book = new_notebook(cells=[answer, code], metadata=LANGUAGE)
    _, exporter = [*exporters(tmp_path)][which]
    page, _ = exporter.from_notebook_node(nbformat.from_dict(book))
    body = BeautifulSoup(page, "html.parser").body
    assert not body.select("script, iframe, svg, object, form, input, base, style, link, meta")
    for tag in body.find_all(True):
        assert not [name for name in tag.attrs if name.startswith("on")], tag
    assert all(a["href"].startswith(("#", "https://a.b/")) for a in body.select("a[href]"))
    pictures = [img["src"] for img in body.select("img[src]")]
    assert pictures == [f"data:image/png;base64,{DOT}"] * 2
    assert "position" not in str(body) and body.text.count(SCRIPT) >= 5
    if which == 0:
        assert feedback.POLICY in page.partition("<script")[0]


OVERLAY = """<span class="navbar navbar-fixed-top">A</span>
<div class="affix" id="top" style="position:fixed">B</div> <a class="affix" href="#c">C</a>

```python
x = 1
```
"""


@pytest.mark.parametrize("which", [0, 1], ids=["feedback", "formgrader"])
@pytest.mark.parametrize("make", [new_markdown_cell, new_raw_cell], ids=["text", "raw"])
def test_nothing_of_a_students_lies_over_the_marks(make, which, tmp_path):
    """The pages have Bootstrap's styles, and some of its classes stay in place over all else."""
    book = new_notebook(cells=[make(OVERLAY + "<b>B</b>" + SCRIPT)], metadata=LANGUAGE)
    _, exporter = [*exporters(tmp_path)][which]
    page, _ = exporter.from_notebook_node(book)
    soup = BeautifulSoup(page, "html.parser")
    (shown,) = [tag for tag in soup.body.select("b") if tag.text == "B"]
    kinds = {kind for tag in shown.parent.find_all(True) for kind in tag.get("class", [])}
    assert not kinds & {"navbar", "navbar-fixed-top", "affix"}
    assert not soup.body.select("div#top") and "position" not in str(soup.body)
    assert not soup.body.select("script") and SCRIPT in soup.body.text


def test_attributes_that_belong_to_other_tags_are_dropped():
    assert "href" not in feedback.markdown({}, '<i href="https://example.com">x</i>')


@pytest.mark.parametrize("text", ["<b><p>" * 10_000, "![<b>](attachment:missing.png)"])
def test_a_text_that_is_too_long_or_misses_a_picture_is_shown_as_it_is(text):
    assert feedback.markdown({}, text) == f"<pre>{html.escape(text)}</pre>"
