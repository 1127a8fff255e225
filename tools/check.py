"""What would your exercise get? Run its visible tests and print the marks, question by question.

    python tools/check.py 03                       exercises/ch03-*/ch03-*.ipynb
    python tools/check.py path/to/notebook.ipynb   another file
    python tools/check.py 03 --question gated      one question, and no experiment is trained

The notebook is run from the file, from top to bottom, so save it first. It is not changed.
"""

import argparse
import sys
from pathlib import Path

from minidl_course.grading import marks

EXERCISES = Path(__file__).resolve().parent.parent / "exercises"


def find(wanted, folder=EXERCISES):
    """The path that `wanted` means: a file, or the number of a chapter."""
    if wanted.endswith(".ipynb"):
        return Path(wanted)
    found = sorted(folder.glob(f"ch{wanted.zfill(2)}-*/ch*.ipynb"))
    if not found:
        there = ", ".join(path.name[2:4] for path in sorted(folder.glob("ch*/ch*.ipynb")))
        raise FileNotFoundError(f"no exercise {wanted!r}; there are: {there or 'none'}")
    return found[0]


def main(arguments=None):
    """The command: 0 where the notebook was run, whatever its marks."""
    parser = argparse.ArgumentParser(description="Print the marks of an exercise.")
    parser.add_argument("exercise", help="the number of a chapter, or a notebook")
    parser.add_argument("--question", default="", help="its name: run no other test")
    options = parser.parse_args(arguments)
    try:
        marks(find(options.exercise), options.question)
    except (FileNotFoundError, ValueError) as error:
        parser.error(str(error))


if __name__ == "__main__":
    sys.exit(main())
