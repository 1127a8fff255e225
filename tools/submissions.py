"""What is graded and what comes of it: the notebooks in a folder, and the table of marks."""

import contextlib
import csv
import json
import os
import re
import stat

from exercises import chapters

NOT_GRADED = "not graded"  # the note of a row without marks begins with it
MAX_BYTES = 50_000_000  # of a notebook; one with many figures has a few millions
# A spreadsheet computes a cell that begins with one of these. With an apostrophe before it, as
# OWASP recommends, it is text. Where a semicolon divides cells, another one may begin inside.
FORMULA = tuple("=+-@＝＋－＠")
INSIDE = re.compile(r"([;\t\r\n]\s*)(?=[=+\-@＝＋－＠])")
# What would move a terminal's cursor, or turn the order of what is read.
MOVING = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class Unreadable(Exception):  # noqa: N818  it is the note of a row
    """What was handed in is no notebook, and this is why."""


def find(submissions):
    """Look through STUDENT/CHAPTER/CHAPTER.ipynb under a folder.

    Returns:
        (notebooks, left_out, without): the paths of notebooks that are exercises by their names,
        readable or not, those of all others, and a row for each student who has none of the first
        kind.

    Raises:
        FileNotFoundError: there is no folder, or nobody has a notebook in it.
    """
    if not submissions.is_dir():
        raise FileNotFoundError(f"no folder {submissions}")
    students = sorted(p for p in submissions.iterdir() if p.is_dir() and p.name[0] != ".")
    expected = [student / name / f"{name}.ipynb" for student in students for name in chapters()]
    known = [path for path in expected if os.path.lexists(path)]
    left_out = [path for path in sorted(_notebooks(submissions)) if path not in known]
    if not known:
        raise FileNotFoundError(
            f"no notebooks in {submissions}: expected STUDENT/CHAPTER/CHAPTER.ipynb, with CHAPTER "
            f"one of {', '.join(chapters())}; there are {len(left_out)} other notebooks"
        )
    without = []
    for student in students:
        if any(student in path.parents for path in known):
            continue
        own = [str(path.relative_to(student)) for path in left_out if student in path.parents]
        reason = f"no CHAPTER/CHAPTER.ipynb; there is {', '.join(own) or 'no notebook'}"
        if not os.access(student, os.R_OK | os.X_OK):
            reason = "the folder cannot be opened: no permission"
        without.append({"student": student.name, "chapter": "", **not_graded(reason)})
    return known, left_out, without


def _notebooks(folder):
    """Yield all notebooks below a folder but those of checkpoints; follow no link.

    A tree may be deeper than Python's own walks go, and longer than a path may be.
    """
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        with contextlib.suppress(OSError), os.scandir(here) as entries:
            for entry in entries:
                if entry.name.endswith(".ipynb"):
                    yield here / entry.name
                if entry.is_dir(follow_symlinks=False) and entry.name != ".ipynb_checkpoints":
                    waiting.append(here / entry.name)


def read(path):
    """Return the bytes of a notebook that was handed in as STUDENT/CHAPTER/CHAPTER.ipynb.

    What nbgrader would fall over without a clear word is told here.

    Raises:
        Unreadable: says what is there in place of a notebook.
    """
    try:
        home = path.parents[2].resolve() / path.parts[-3]  # a link to another student's is none
        if not path.resolve(strict=True).is_relative_to(home):
            raise Unreadable("it is a link to something outside the student's folder")
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):
            what = "a folder" if stat.S_ISDIR(facts.st_mode) else "no file"
            raise Unreadable(f"what is called {path.name} is {what}")
        if facts.st_size > MAX_BYTES:
            raise Unreadable(f"{facts.st_size:,} bytes, over the limit of {MAX_BYTES:,}")
        text = path.read_bytes()
    except FileNotFoundError:
        raise Unreadable("it is a link that leads nowhere") from None
    except (OSError, RuntimeError) as error:  # of a circle of links it is a RuntimeError
        told = error.strerror if isinstance(error, OSError) else "a circle of links"
        raise Unreadable(f"it cannot be read: {told}") from None
    try:
        # Some editors begin a file with a byte order mark, which nbformat takes for no JSON.
        _look_through(json.loads(text.decode("utf-8-sig")))
    except UnicodeDecodeError:
        raise Unreadable("it is no text in UTF-8") from None
    except RecursionError:
        raise Unreadable("it is nested too deeply") from None
    except ValueError as error:
        said = "it is empty" if not text.strip() else f"it is no JSON: {error}"
        raise Unreadable(said) from None
    return text.decode("utf-8-sig").encode()


def _look_through(book):
    """Raise Unreadable where a file of JSON is no notebook."""
    if not isinstance(book, dict) or "nbformat" not in book:
        raise Unreadable("it is JSON, but no notebook")
    version = book["nbformat"]
    if version not in (3, 4) or isinstance(version, float):
        raise Unreadable(f"it says nbformat {version!r:.40}, and 4 is needed")
    if version == 4 and not isinstance(book.get("cells"), list):
        raise Unreadable("it has no list of cells")
    try:
        json.dumps(book, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise Unreadable("it has characters that no text has (lone surrogates)") from None


def not_graded(reason):
    """The row of a student without marks."""
    return {"total": 0, "note": f"{NOT_GRADED}: {reason:.200}"}


def write_table(rows, path):
    """Write the rows as CSV: a column for each question of each chapter, named CHAPTER QUESTION."""
    first = ["student", "chapter", "total", "of", "note"]
    flat, columns = [], {}
    for row in rows:
        named = {k if k in first else f"{row['chapter'][:4]} {k}": v for k, v in row.items()}
        columns.update(dict.fromkeys(name for name in named if name not in first))
        flat.append({k: plain(v) if isinstance(v, str) else v for k, v in named.items()})
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("w", newline="", encoding="utf-8-sig") as file:  # Excel needs the mark
        by_chapter = sorted(columns, key=lambda name: name[:4])
        writer = csv.DictWriter(file, [*first, *by_chapter], restval="")
        writer.writeheader()
        writer.writerows(flat)
    part.replace(path)


def plain(text):
    """The text as a cell that no spreadsheet computes, of characters that only show something."""
    text = MOVING.sub(lambda found: ascii(found[0])[1:-1], text)
    text = INSIDE.sub(r"\1'", text.encode("utf-8", "backslashreplace").decode())
    computed = text.lstrip().startswith(FORMULA) or text.startswith(("\t", "\r", "\n"))
    return "'" + text if computed else text


def printable(text):
    """The text as a terminal only shows it: what would move the cursor or more stands as a code."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
