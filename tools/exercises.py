"""Make `exercises/`, what a student receives, from `solutions/`, which is edited.

    python tools/exercises.py           write exercises/
    python tools/exercises.py --check   write nothing, complain where exercises/ differs

nbgrader does it (`generate_assignment`, with the settings of nbgrader_config.py and no database):
answers become stubs, hidden tests vanish. What the visible tests take for right goes into a file of
its own (`recordings`). The same source always makes the same bytes.
"""

import argparse
import filecmp
import shutil
import sys
import tempfile
from pathlib import Path

import recorder
from traitlets.config import Config, PyFileConfigLoader

from minidl_course.grading.recordings import FILE

ROOT = Path(__file__).resolve().parent.parent
CONFIG = ROOT / "nbgrader_config.py"


def settings(course):
    """nbgrader's settings from nbgrader_config.py, for a course in the folder `course`."""
    config = Config(PyFileConfigLoader(CONFIG.name, path=str(CONFIG.parent)).load_config())
    config.CourseDirectory.root = str(course)
    config.CourseDirectory.db_url = f"sqlite:///{Path(course) / 'gradebook.db'}"
    return config


def nbgrader(config):
    """nbgrader's API with these settings."""
    from nbgrader.apps import NbGraderAPI

    return NbGraderAPI(config=config)


def chapters():
    """The names of all chapters that have an exercise, in order: ["ch01-one-neuron", ...]."""
    return sorted(path.parent.name for path in (ROOT / "solutions").glob("ch*/*.ipynb"))


def generate(course, names, *, database=False):
    """Run nbgrader's `generate_assignment` in the folder `course` for these chapters.

    Args:
        course: a folder with `solutions/`; `exercises/` appears beside it.
        names: of the chapters.
        database: True also enters the assignment in the course's gradebook, to grade against.

    Raises:
        RuntimeError: nbgrader refuses; the message holds its log.
    """
    for name in names:
        config = settings(course)
        config.GenerateAssignment.no_database = not database
        config.SaveCells.enabled = database
        result = nbgrader(config).generate_assignment(name, force=True)
        if not result["success"]:
            raise RuntimeError(f"{name}: {result.get('error') or result.get('log')}")


def fresh(folder):
    """Generate every exercise in `folder`, an empty one; returns its `exercises/`."""
    shutil.copytree(ROOT / "solutions", folder / "solutions", ignore=_NO_EXERCISE)
    generate(folder, chapters())
    for name in chapters():
        path = Path(name) / f"{name}.ipynb"
        recorder.write(ROOT / "solutions" / path, folder / "exercises" / path)
    return folder / "exercises"


def differences(made, kept):
    """The paths, from both folders, of files that are missing on one side or differ."""
    files = {p.relative_to(top) for top in (made, kept) for p in top.rglob("*") if p.is_file()}
    return sorted(
        str(path)
        for path in files
        if not (
            (made / path).is_file() and (kept / path).is_file() and _same(made / path, kept / path)
        )
    )


def _same(made, kept):
    same = filecmp.cmp(made, kept, shallow=False)
    return same or (made.name == FILE and recorder.same(made, kept))


def main(arguments=None):
    """The command: 0 where exercises/ is what solutions/ makes, or has been written."""
    parser = argparse.ArgumentParser(description="Make exercises/ from solutions/.")
    parser.add_argument("--check", action="store_true", help="write nothing, complain")
    options = parser.parse_args(arguments)
    kept = ROOT / "exercises"
    with tempfile.TemporaryDirectory() as folder:
        made = fresh(Path(folder))
        differ = differences(made, kept)
        if not options.check:
            for name in differ:
                _replace(made / name, kept / name)
    for name in differ:
        print(f"exercises/{name}: {'differs' if options.check else 'written'}")
    print(f"{len(chapters())} exercises, {len(differ)} {'differ' if options.check else 'written'}")
    return 1 if options.check and differ else 0


def _replace(new, old):
    """Put a file in the place of another, whole; without a new one, take the old one away."""
    if not new.is_file():
        old.unlink()
        return
    old.parent.mkdir(parents=True, exist_ok=True)
    part = old.with_suffix(".part")
    shutil.copyfile(new, part)
    part.replace(old)


_NO_EXERCISE = shutil.ignore_patterns(".ipynb_checkpoints", "__pycache__", ".*", "answers")

if __name__ == "__main__":
    sys.exit(main())
