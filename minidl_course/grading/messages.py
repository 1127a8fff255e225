"""What a student is told, out of the errors in a notebook that was run."""

import re

MAX_MESSAGE = 1000  # characters of what a test says
# What a cell defines, as it is written: one that Python cannot read defines nothing.
NAMED = re.compile(r"^(?:(?:async )?def |class )(\w+)|^(\w+)\s*=(?!=)", re.MULTILINE)
IN_CELL = re.compile(r"\(\S+, (line \d+)\)")  # with IPython's name of the cell


def not_made(cell):
    """From each name that a cell of a student's defines to the error that it ended with, or ""."""
    names = [one or other for one, other in NAMED.findall(cell.source)]
    errors = [o for o in cell.outputs if o.output_type == "error"]
    if not errors:
        return dict.fromkeys(names, "")
    said = IN_CELL.sub(r"(\1)", errors[-1].evalue[:MAX_MESSAGE])  # its time grows with the square
    return dict.fromkeys(names, f"{errors[-1].ename}: {said:.200}".removesuffix(": "))


def shorten(cell, late, broken):
    """Reduce errors to their message: a traceback would show the lines of a hidden test.

    Args:
        cell: a test that has been run.
        late: what to add, where cells that it may need were not run.
        broken: from a name to the error of the cell that should have defined it.
    """
    for output in cell.outputs:
        if output.output_type == "error":
            told = output.evalue if output.ename == "Wrong" else f"{output.ename}: {output.evalue}"
            missing = re.match(r"`(\w+)\S*` is not there", told)
            if why := missing and broken.get(missing[1]):
                told = f"{missing[0]}: the cell that defines it ended with {why}"
            reason = f" ({late})" if late else ""
            output.evalue = f"{told:.{MAX_MESSAGE}}{reason}"
            output.traceback = [f"Not yet: {output.evalue}"]
