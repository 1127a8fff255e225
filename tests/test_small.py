"""The package stays small: its lines of code are counted, and README tells how many there are."""

import ast
import io
import re
import tokenize
from pathlib import Path

ROOT = Path(__file__).parents[1]
MINIDL = ROOT / "minidl"
# What a reader walks through: from an array to a trained model. Around it are kernels, data, plots,
# ranks, and the files and published networks of Keras.
CORE = (
    *("base", "layers", "losses", "metrics", "optimizers", "callbacks", "models"),
    *("initializers.py", "regularizers.py", "constraints.py", "gradcheck.py", "utils.py"),
)
LEFT_OUT = {"keras_files", "onnx.py"}
MOST, MOST_IN_ALL = 7_250, 17_500


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


def is_core(path):
    """Whether a reader of the package walks through this file."""
    inside = path.relative_to(MINIDL).parts
    return inside[0] in CORE and not LEFT_OUT.intersection(inside)


def test_lines_of_code_are_counted_as_one_would():
    text = '"""Doc."""\n\nimport a  # why\n\n\ndef f():\n    """Doc\n    on."""\n    # no\n'
    assert lines_of_code(text + '    return g(\n        "a",\n    )\n') == 5


def test_the_package_grows_no_further_and_readme_says_how_many_lines_it_has():
    found = {path: lines_of_code(path.read_text("utf-8")) for path in MINIDL.rglob("*.py")}
    core, whole = sum(n for path, n in found.items() if is_core(path)), sum(found.values())
    assert core <= MOST and whole <= MOST_IN_ALL
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    told = re.search(r"([\d,]+) lines of\s+code.*?of ([\d,]+)\s+in\s+all", readme, re.DOTALL)
    for number, counted, room in zip(told.groups(), (core, whole), (50, 100)):
        told_of = int(number.replace(",", ""))
        assert abs(told_of - counted) <= room, f"README says {told_of}, and there are {counted}"
