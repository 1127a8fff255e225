"""Run the course from a terminal: every chapter top to bottom, then one table.

    python tools/course.py         all chapters
    python tools/course.py 0 3     chapters 00 and 03

Nothing is written; the committed notebooks stay as they are. A chapter that fails is named in the
table with its cell and its error, the others still run, and the exit status is 1.

The headline result of a chapter is what its cell tagged `headline` prints: one short line.
"""

import argparse
import sys
import time
from pathlib import Path
from typing import NamedTuple

from tqdm import tqdm

from notebooks import CellError, execute, read

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"


class Row(NamedTuple):
    """A line of the table: `result` is the headline, or the error of a chapter that failed."""

    chapter: str
    seconds: float
    result: str
    failed: bool


def headline(notebook):
    """The text that the cell tagged `headline` printed, or "" without such a cell."""
    return "".join(
        output.text
        for cell in notebook.cells
        if "headline" in cell.metadata.get("tags", [])
        for output in cell.outputs
        if output.output_type == "stream"  # a figure in the same cell is not the result
    ).strip()


def run(path):
    """Run the chapter at `path`, with a progress bar over its code cells, and return its Row."""
    start = time.perf_counter()
    try:
        notebook = read(path)
        cells = sum(cell.cell_type == "code" for cell in notebook.cells)
        with tqdm(total=cells, desc=path.stem, unit=" cells") as bar:
            execute(notebook, path.parent, after_cell=bar.update)
        result, failed = headline(notebook), False
    except (CellError, ValueError) as error:
        result, failed = f"FAILED: {error}", True
    return Row(path.stem, time.perf_counter() - start, result, failed)


def table(rows):
    """`rows` as text, with a closing line that counts them."""
    width = max(len(row.chapter) for row in rows)
    lines = [f"{'chapter':{width}}  {'time':>8}  result"]
    for row in rows:
        lines.append(f"{row.chapter:{width}}  {row.seconds:6.1f} s  {' '.join(row.result.split())}")
    failed = sum(row.failed for row in rows)
    lines.append(f"{len(rows)} run, {failed} failed, {sum(row.seconds for row in rows):.1f} s")
    return "\n".join(lines)


def main(arguments=None, folder=NOTEBOOKS):
    """The command: 0 where every chapter ran to its end, 1 where one did not."""
    parser = argparse.ArgumentParser(description="Run all chapters, or those with these numbers.")
    parser.add_argument("numbers", nargs="*", type=int, metavar="NUMBER")
    wanted = set(parser.parse_args(arguments).numbers)
    chapters = sorted(folder.glob("[0-9][0-9]-*.ipynb"))
    chosen = [path for path in chapters if not wanted or int(path.name[:2]) in wanted]
    if not chosen:
        there = ", ".join(path.stem for path in chapters) or "none"
        parser.error(f"no such chapter; there are: {there}")
    rows = [run(path) for path in chosen]
    print(table(rows))
    return 1 if any(row.failed for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
