"""The package stays small: what a chapter shows of it is counted, and README tells how much."""

import ast
import io
import re
import tokenize
from pathlib import Path

ROOT = Path(__file__).parents[1]
MINIDL = ROOT / "minidl"
# What a chapter shows: layers and the graphs of them, losses, optimizers, reference kernels, the
# training loop. Around it, and not read there: lists of names (`__init__`), layers that prepare
# data and learn nothing, and what `compile`, saving and Keras's forms of a model need.
SHOWN = [
    *("layers/**/*.py", "losses/*.py", "optimizers/*.py", "kernels/*/reference.py"),
    *("models/objective.py", "models/training.py"),
]
LEFT_OUT = {"__init__.py", "refused.py"}
LIMIT = 4000


def lines_of_code(text):
    """How many lines hold code: not blank ones, comments or docstrings."""
    held = set()
    skipped = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in skipped | {tokenize.ENDMARKER}:
            held.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(text)):
        documented = isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        if documented and ast.get_docstring(node):
            first = node.body[0]
            held -= set(range(first.lineno, first.end_lineno + 1))
    return len(held)


def shown():
    """The files that count."""
    found = {path for pattern in SHOWN for path in MINIDL.glob(pattern)}
    found -= set(MINIDL.glob("layers/preprocessing/*"))
    return sorted(path for path in found if path.name not in LEFT_OUT)


def test_lines_of_code_are_counted_as_one_would():
    text = '"""Doc."""\n\nimport a  # why\n\n\ndef f():\n    """Doc\n    on."""\n    # no\n'
    assert lines_of_code(text + '    return g(\n        "a",\n    )\n') == 5


def test_what_a_chapter_shows_has_at_most_4000_lines_and_readme_says_how_many():
    count, whole = (
        sum(lines_of_code(path.read_text(encoding="utf-8")) for path in paths)
        for paths in (shown(), MINIDL.rglob("*.py"))
    )
    assert count <= LIMIT
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    told = re.search(r"([\d,]+) lines of\s+code.*?of ([\d,]+)\s+in\s+all", readme, re.DOTALL)
    for number, counted, room in zip(told.groups(), (count, whole), (50, 500)):
        told_of = int(number.replace(",", ""))
        assert abs(told_of - counted) <= room, f"README says {told_of}, and there are {counted}"
