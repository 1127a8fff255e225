"""Run chapters and give them one form, so that the same source always makes the same bytes.

    python tools/notebooks.py FILES             run, bring into form, write
    python tools/notebooks.py --no-run FILES    bring the outputs that are there into form, write
    python tools/notebooks.py --check FILES     run and write nothing, complain

A notebook is committed with its outputs, so whatever differs from run to run or from machine to
machine would show up in every diff. The form leaves out the version of Python and every time stamp,
counts the code cells 1..n, and keeps of the cells' metadata only the tags. Text that a cell printed
in pieces becomes one output, and a progress bar leaves its last line, as it does in a terminal. A
code cell tagged `hide-input` is folded. A widget needs a kernel, so of its output the still picture
stays, and what an output says about itself, such as the alternative text of a picture. Sliders keep
pictures of some of their values as well, for the website: `minidl_course.frames`.

Some things no form can mend: a cell that raised, that wrote to stderr, or that never ran. Then
nothing is written, and the message names the notebook and the cell. A file is replaced whole or
not at all.

Figures need no settings here. A kernel starts in its notebook's folder, where Matplotlib reads
`notebooks/matplotlibrc`: JupyterLab, nbclient and nbval draw with the same one.
"""

import argparse
import contextlib
import copy
import json
import os
import re
import sys
import tempfile
from collections import Counter
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from minidl_course import frames, starting

CELL_SECONDS = 300  # the limit that pytest has for a cell, too
MAX_BYTES = 1_200_000  # what a reader's browser and a diff still show without effort
FOLDED = "hide-input"  # the tag of code that only draws, imports, formats or checks
WIDGET = "application/vnd.jupyter.widget-view+json"
DRAW = "__import__('minidl_course.frames').frames.show(Out[{}])"  # and leave no name behind
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


class CellError(Exception):
    """A cell raised, took longer than `CELL_SECONDS`, or took the kernel down with it."""


def read(path):
    """The notebook at `path`.

    Raises ValueError where the file is no notebook, and where a cell has no id or the id of
    another: links, messages and diffs name cells by their ids.
    """
    text = Path(path).read_text(encoding="utf-8")
    try:
        # nbformat would give new, random ids in place of doubtful ones, so look before it does.
        ids = Counter(cell.get("id") for cell in json.loads(text)["cells"])
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise ValueError(f"not a notebook: {error!r}") from error
    if None in ids:
        raise ValueError(f"{ids[None]} cells have no id; open and save it in JupyterLab")
    if twice := [name for name, count in ids.items() if count > 1]:
        raise ValueError(f"two cells share the id {twice[0]!r}; give each its own")
    return nbformat.reads(text, as_version=4)


def execute(notebook, folder, after_cell=lambda: None, with_frames=False):
    """Run the code cells of `notebook` in `folder`, top to bottom; the outputs land in the cells.

    `after_cell` is called after each code cell. `with_frames` adds to sliders the pictures that the
    website shows. Raises CellError at the first cell that fails, and where no kernel can be
    started.
    """
    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        startup_timeout=starting.SECONDS,
        iopub_timeout=60,  # an output that comes late is waited for, never left out
        kernel_name="python3",
        record_timing=False,
        extra_arguments=["--log-level=ERROR"],  # the kernel's own log, not the cells' stderr
        resources={"metadata": {"path": str(folder)}},
    )
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(
                starting.twice(lambda stderr: _kernel(client, stderr), pass_on=True)
            )
        except RuntimeError as error:
            raise CellError(f"no kernel could be started: {error}") from error
        for index, cell in enumerate(notebook.cells):
            if cell.cell_type != "code":
                continue
            try:
                client.execute_cell(cell, index)
                if with_frames:
                    _add_frames(client, cell, index)
            except CellExecutionError as error:
                reason = f"{error.ename}: {error.evalue}"
                raise CellError(f"cell {cell.id!r} raised {reason}") from error
            except (CellTimeoutError, DeadKernelError) as error:
                raise CellError(f"cell {cell.id!r}: {error}") from error
            after_cell()


def _add_frames(client, cell, index):
    for output in cell.outputs:
        if output.output_type == "execute_result" and WIDGET in output.data:
            draw = nbformat.v4.new_code_cell(DRAW.format(cell.execution_count))
            client.execute_cell(draw, index, store_history=False)
            client.nb.cells[index] = cell
            for drawn in draw.outputs:
                output.data[frames.MIME] = drawn.data[frames.MIME]


@contextlib.contextmanager
def _kernel(client, stderr):
    # An empty profile: a start-up file or a high-resolution setting of yours stays out of the page.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        starting.by_name(client.create_kernel_manager(), profile)
        with client.setup_kernel(env={**os.environ, "IPYTHONDIR": profile}, stderr=stderr):
            yield


def in_form(notebook):
    """A copy of `notebook` in the form that is committed."""
    formed = nbformat.v4.new_notebook(metadata=METADATA, cells=copy.deepcopy(notebook.cells))
    count = 0
    for cell in formed.cells:
        tags = cell.metadata.get("tags")
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})
        if cell.cell_type == "code" and FOLDED in (tags or ()):
            cell.metadata["jupyter"] = {"source_hidden": True}
        if cell.cell_type != "code" or cell.execution_count is None:
            continue
        count += 1
        cell.execution_count = count
        cell.outputs = _merged(_without_widgets(cell.outputs))
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = count
    return formed


def _without_widgets(outputs):
    """`outputs` without what a page cannot show; the words for a widget alone go with it."""
    kept = []
    for output in outputs:
        data = output.get("data", {})
        if data.pop(WIDGET, None) is None or data.keys() - {"text/plain"}:
            kept.append(output)
    return kept


def _merged(outputs):
    """`outputs` with neighbouring pieces of a stream joined and its overwritten text gone."""
    merged = []
    for output in outputs:
        last = merged[-1] if merged else None
        if last and last.output_type == output.output_type == "stream" and last.name == output.name:
            last.text += output.text
        else:
            merged.append(output)
    for output in merged:
        if output.output_type == "stream":
            output.text = collapse(output.text)
    return merged


def collapse(text):
    r"""`text` as it looks once printed: `\b` takes back a character, `\r` what its line held.

    The rule for `\r` is nbval's. A terminal would leave the end of a longer line standing behind a
    shorter one; whoever overwrites a line pads it, and then all agree.
    """
    while (shorter := re.sub("[^\n\b]\b", "", text)) != text:
        text = shorter
    # A last `\r` has overwritten nothing yet. (As one regular expression this is quadratic.)
    return "\n".join(line[line.rfind("\r", 0, -1) + 1 :] for line in text.split("\n"))


def faults(notebook):
    """What keeps `notebook` out of the course: a list of messages, one a fault."""
    found = []
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        if cell.execution_count is None:
            found.append(f"cell {cell.id!r} has not been run, or is empty")
        for output in cell.outputs:
            if output.output_type == "error":
                found.append(f"cell {cell.id!r} raised {output.ename}: {output.evalue}")
            elif output.get("name") == "stderr":
                found.append(f"cell {cell.id!r} wrote to stderr: {output.text.strip()}")
    if (size := len(_text(notebook).encode())) > MAX_BYTES:
        found.append(f"{size:,} bytes is over {MAX_BYTES:,}: draw fewer or smaller figures")
    return found


def check(path):
    """The faults of the file at `path`, and whether its bytes are those of the form."""
    notebook = read(path)
    found = faults(notebook)
    if _text(in_form(notebook)) != Path(path).read_text(encoding="utf-8"):
        found.append(f"not in form: python tools/notebooks.py --no-run {path}")
    return found


def rewrite(path, run=True):
    """Run the notebook at `path` unless told not to, and replace the file by its form.

    Returns the faults found; with any, the file stays as it was. Raises CellError.
    """
    path = Path(path)
    notebook = read(path)
    if run:
        execute(notebook, path.parent, with_frames=True)
    formed = in_form(notebook)
    found = faults(formed)
    if not found:
        part = path.with_suffix(".part")
        part.write_text(_text(formed), encoding="utf-8", newline="\n")
        part.replace(path)
    return found


def _text(notebook):
    return nbformat.writes(notebook).rstrip("\n") + "\n"


def main(arguments=None):
    """The command: 0 where every file is in form, 1 where one is not or a cell failed."""
    parser = argparse.ArgumentParser(description="Run notebooks and give them one form.")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--check", action="store_true", help="run nothing, write nothing")
    how.add_argument("--no-run", action="store_true", help="keep the outputs that are there")
    parser.add_argument("files", nargs="+", metavar="FILE")
    options = parser.parse_args(arguments)
    status = 0
    for file in options.files:
        try:
            found = check(file) if options.check else rewrite(file, run=not options.no_run)
        except CellError as error:
            print(error.__cause__, file=sys.stderr)  # with the traceback
            found = [str(error)]
        except (OSError, ValueError) as error:
            found = [str(error)]
        for message in found:
            print(f"{file}: {message}", file=sys.stderr)
        if found:
            status = 1
        else:
            print(f"{file}: in form")
    return status


if __name__ == "__main__":
    sys.exit(main())
