"""What the README shows is what a reader gets."""

import base64
import re
import shlex
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMAND, PROGRAM = re.search(
    r"```\n(pip .*)\n```\n\n```python\n(.*?)```", README, re.DOTALL
).groups()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# A finder that stands before all others: of what is installed here, only some can be imported.
ONLY = """
import sys
class Refuses:
    def find_spec(self, name, *_):
        if name.partition(".")[0] in {hidden!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Refuses())
"""


def installed_by(command):
    """The names of all packages that a `pip install` brings, with what they need in turn."""
    words = shlex.split(command)[2:]
    extras = re.findall(r"\w+", "".join(re.findall(r"\[(.*?)\]", command)))
    wanted = [w for w in words if not w.startswith((".", "-"))]
    wanted += PROJECT["dependencies"]
    wanted += [line for extra in extras for line in PROJECT["optional-dependencies"][extra]]
    found = set()
    while wanted:
        requirement = Requirement(wanted.pop())
        name = canonicalize_name(requirement.name)
        needed = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if needed and name not in found:
            found.add(name)
            wanted += metadata.requires(name) or []
    return found


def modules_of_others(names):
    """Top-level modules that are installed here and belong to none of these packages."""
    return {
        module
        for module, owners in metadata.packages_distributions().items()
        if not {canonicalize_name(owner) for owner in owners} & {"minidl", *names}
    }


@pytest.mark.usefixtures("nothing_is_compiled")
def test_the_ten_lines_run_after_the_command_above_them_and_read_nine_of_ten_digits(tmp_path):
    hidden = modules_of_others(installed_by(COMMAND))
    assert {"pytest", "IPython", "statsmodels"} <= hidden
    program = ONLY.format(hidden=hidden) + PROGRAM
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    share = re.search(r"^(\d+\.\d)% of 1,000 digits", run.stdout, re.MULTILINE)[1]
    assert 90 <= float(share) <= 97


def test_the_ten_lines_are_those_of_chapter_00():
    chapter = (ROOT / "notebooks" / "00-start-here.ipynb").read_text(encoding="utf-8")
    for line in filter(None, PROGRAM.splitlines()):
        assert line.replace('"', '\\"') in chapter, line


@pytest.mark.parametrize("name", ["README", "PRIMER", "RESULTS", "KERAS", "DESIGN"])
def test_every_file_that_a_text_names_is_there(name):
    text = (ROOT / f"{name}.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)|`([\w/.]+/[\w.]*)`", text)
    assert links
    for path in (a or b for a, b in links):
        assert (ROOT / path).exists() or (ROOT / "minidl" / path).exists(), path


def test_its_picture_is_one_that_a_chapter_made():
    picture = base64.b64encode((ROOT / "site" / "digits.png").read_bytes()).decode()
    assert "(site/digits.png)" in README
    assert picture in (ROOT / "notebooks" / "31-diffusion-and-flows.ipynb").read_text("utf-8")


def test_it_is_read_in_five_minutes():
    assert len(README.split()) <= 1_000
