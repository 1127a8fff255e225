"""What is graded and what comes of it: the notebooks in a folder, and the table of marks."""

import csv

from exercises import chapters

NOT_GRADED = "not graded"  # the note of a row without marks begins with it


def find(submissions):
    """Look through STUDENT/CHAPTER/CHAPTER.ipynb under a folder.

    Returns:
        (notebooks, left_out, without): the paths of notebooks that are exercises by their names,
        those of all others, and a row for each student who has none of the first kind.

    Raises:
        FileNotFoundError: there is no folder, or nobody has a notebook in it.
    """
    if not submissions.is_dir():
        raise FileNotFoundError(f"no folder {submissions}")
    found = sorted(p for p in submissions.rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)
    depth = len(submissions.parts)
    known = [
        path
        for path in found
        if len(path.parts) == depth + 3
        and path.stem == path.parent.name
        and path.stem in chapters()
    ]
    if not known:
        raise FileNotFoundError(
            f"no notebooks in {submissions}: expected STUDENT/CHAPTER/CHAPTER.ipynb, with CHAPTER "
            f"one of {', '.join(chapters())}; there are {len(found)} other notebooks"
        )
    left_out = [path for path in found if path not in known]
    without = []
    students = sorted(path for path in submissions.iterdir() if path.is_dir())
    for student in students:
        if student.name.startswith(".") or any(student in path.parents for path in known):
            continue
        own = [str(path.relative_to(student)) for path in left_out if student in path.parents]
        reason = f"no CHAPTER/CHAPTER.ipynb; there is {', '.join(own) or 'no notebook'}"
        without.append({"student": student.name, "chapter": "", **not_graded(reason)})
    return known, left_out, without


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
        if named["student"].startswith(("=", "+", "-", "@")):  # a spreadsheet would compute it
            named["student"] = "'" + named["student"]
        flat.append(named)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("w", newline="", encoding="utf-8-sig") as file:  # Excel needs the mark
        by_chapter = sorted(columns, key=lambda name: name[:4])
        writer = csv.DictWriter(file, [*first, *by_chapter], restval="")
        writer.writeheader()
        writer.writerows(flat)
    part.replace(path)
