"""What the README shows is what a reader gets."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROGRAM = re.search(r"```python\n(.*?)```", README, re.DOTALL)[1]


def test_the_ten_lines_run_as_printed_and_read_nine_of_ten_digits(tmp_path):
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert run.stderr == ""
    share = re.search(r"^(\d+\.\d)% of 1,000 digits", run.stdout, re.MULTILINE)[1]
    assert 90 <= float(share) <= 97


def test_the_ten_lines_are_those_of_chapter_00():
    chapter = (ROOT / "notebooks" / "00-start-here.ipynb").read_text(encoding="utf-8")
    for line in filter(None, PROGRAM.splitlines()):
        assert line.replace('"', '\\"') in chapter, line


def test_every_file_that_the_readme_links_to_is_there():
    links = re.findall(r"\]\(([^)#]+)\)|`([\w/.]+/[\w.]*)`", README)
    for path in (a or b for a, b in links):
        assert (ROOT / path).exists(), path
