"""What a release needs: workflows that are workflows, one version, packages that are whole."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import dist_check
import pytest

import minidl

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted(ROOT.glob(".github/workflows/*.yml"))
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def complaint(schema, *files):
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *files]
    run = subprocess.run(command, capture_output=True, text=True)
    return "" if run.returncode == 0 else run.stdout + run.stderr


def test_every_workflow_is_one(tmp_path):
    assert {path.stem for path in WORKFLOWS} == {"newest", "release", "site", "tests"}
    assert not complaint("vendor.github-workflows", *WORKFLOWS)
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(WORKFLOWS[0].read_text().replace("runs-on:", "run-on:"))
    assert "run-on" in complaint("vendor.github-workflows", wrong)


def test_the_citation_has_its_form(tmp_path):
    assert not complaint("vendor.citation-file-format", ROOT / "CITATION.cff")
    wrong = tmp_path / "CITATION.cff"
    wrong.write_text((ROOT / "CITATION.cff").read_text().replace("authors:", "author:"))
    assert "author" in complaint("vendor.citation-file-format", wrong)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_only_calls_targets_that_the_makefile_has(path):
    text = path.read_text(encoding="utf-8")
    commands = re.findall(r"^ *- run: (.+)$", text, re.MULTILINE)
    assert commands or "publish" in text
    for command in commands:
        target = re.fullmatch(r"make ([\w-]+)(?: [A-Z]+=\S+)*", command)
        assert target, f"{command}: write a target of the Makefile that is tested here"
        assert re.search(rf"^{target[1]}:.*## ", MAKEFILE, re.MULTILINE), command


def test_the_tests_run_on_every_python_that_is_promised():
    text = (ROOT / ".github" / "workflows" / "tests.yml").read_text(encoding="utf-8")
    versions = re.findall(r'"(3\.\d+)"', text)
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert pyproject["project"]["requires-python"] == f">={versions[0]}"
    assert versions == ["3.11", "3.12", "3.13", "3.14"]


def test_there_is_one_version():
    assert dist_check.version() == minidl.__version__
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.search(r"^version: (.+)$", citation, re.MULTILINE)[1] == minidl.__version__
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## (\d\S*)", changes, re.MULTILINE)[1] == minidl.__version__


def test_a_tag_of_another_version_is_refused(capsys):
    assert dist_check.main(["v99.0"]) == 1
    assert "the tag is v99.0" in capsys.readouterr().out


def test_nothing_is_published_with_a_placeholder_for_an_address(monkeypatch, tmp_path, capsys):
    (tmp_path / "pyproject.toml").write_text(f'Repository = "https://{dist_check.PLACEHOLDER}/x"')
    monkeypatch.setattr(dist_check, "version", lambda: "1.0")
    monkeypatch.setattr(dist_check, "ROOT", tmp_path)
    assert dist_check.main(["v1.0"]) == 1
    assert "write the address of your repository" in capsys.readouterr().out


def test_a_wheel_is_compared_with_what_is_committed(tmp_path):
    wheel = tmp_path / "minidl-0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("minidl/__init__.py", "")
        archive.writestr("minidl/stray.py", "")
    found = dist_check.faults_of_wheel(wheel, {"minidl/__init__.py", "minidl/layers/layer.py"})
    assert found == [
        f"{wheel.name} lacks minidl/layers/layer.py",
        f"{wheel.name} has minidl/stray.py, which is not committed",
        f"{wheel.name} has no LICENSE",
    ]


def test_the_image_that_instructors_build_is_described_here():
    instructors = (ROOT / "INSTRUCTORS.md").read_text(encoding="utf-8")
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    name = re.search(r"docker build -t (\S+) \.", dockerfile)[1]
    assert name in instructors and "`Dockerfile`" in instructors
    for package in ("make", "g++", "bubblewrap"):  # what .ci/run installs, and the README names
        assert re.search(rf"install .*\b{re.escape(package)}(\s|$)", dockerfile), package
