"""Docstrings of Python packages: a text, and the line that sums it up.

The first line of a docstring says what the thing is or does, and after a blank line the text goes
on (PEP 257). So whoever has the packages of this course has thousands of texts, each with a
summary by its author. Nothing is downloaded, and nothing is imported: the files are read.

Who writes docstrings has habits, and they differ from package to package. So the parts are packages
and not a draw from all of them: what is learned from `TRAINING` is judged on authors never read.

| part | packages |
|---|---|
| training | `TRAINING`: pandas, SciPy, Matplotlib, Jupyter's and smaller ones |
| validation | `VALIDATION`: IPython, joblib, Jinja, prompt_toolkit |
| test | `TEST`: NumPy, scikit-learn, Tornado, traitlets, Requests |

What to know before you trust a number:

- The text and the number of docstrings depend on the installed versions, as `versions()` lists
  them. For one set of versions all is always the same, in the same order.
- Packages borrow from each other. Of two docstrings with the same text one is kept, and one that
  shares its summary, or `RUN` words in a row, with the training part is not in another part.
- Folders of tests, and those with copies of other packages (`SKIPPED`), are left out, and so are
  docstrings without a blank line after the first, and those without prose.

Reference: Goodger and van Rossum, "Docstring conventions", PEP 257, 2001.
"""

import ast
import functools
import importlib.metadata
import importlib.util
import itertools
import re
import warnings
from collections import namedtuple
from pathlib import Path

import numpy as np

TRAINING = (
    *("pandas", "scipy", "matplotlib", "PIL", "anyio", "bs4", "ipykernel", "ipywidgets"),
    *("jupyter_client", "jupyter_server", "mlxtend", "narwhals", "nbconvert", "nbformat", "zmq"),
)
VALIDATION = ("IPython", "joblib", "jinja2", "prompt_toolkit")
TEST = ("numpy", "sklearn", "tornado", "traitlets", "requests")
SKIPPED = {"test", "tests", "testing", "_vendor", "vendor", "externals", "_external", "extern"}
RUN = 12  # so many words in a row that two docstrings share are no accident

Docstring = namedtuple("Docstring", "name summary text")

_HOLDERS = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_UNDERLINE = re.compile(r"^\s*([-=~^*#])\1{2,}\s*$")
# The first line that is no prose any more: fields, Google's headings, examples, directives.
_SECTION = re.compile(
    r"^\s*(:\w[^:`]*:|@param|>>>|(Args|Arguments|Attributes|Example|Examples|Keyword arguments"
    r"|Note|Notes|Options|Parameters|Raises|References|Returns|See also|Usage|Yields)\s*:?$)",
    re.IGNORECASE,
)
_NO_PROSE = re.compile(r"^(\s|\.\. |[-*+•|][\s-]|\d+[.)] |\w+ ?: )")
# :role:`what is shown <where it leads>`, `shown <address>`_, and a note such as [1]_.
_ROLE = re.compile(r"(?::[\w:+-]+:)?`([^`<]*?)(?:\s*<[^`]*>)?`_{0,2}(?!`)")
_NOTE = re.compile(r"\s*\[\w+\]_")
_END = re.compile(r"(?<=[.!?])\s+(?=[\"'(\[]?[A-Z0-9])")
_SHORT_FORM = re.compile(
    r"(\b(e\.g|i\.e|cf|vs|etc|eqs?|figs?|refs?|sec|no|pp?|al|dr|mr|ver)|\b[A-Z])\.$", re.IGNORECASE
)


def load_data(train=TRAINING, test=TEST):
    """Return texts and their summaries as `(x_train, y_train), (x_test, y_test)`.

    All four are arrays (N,) of str. x is the prose between the summary and the first list of
    parameters, example or section, without marks such as `` and :class:; `sentences` cuts it.
    y is the summary. The parts come from the packages in `train` and in `test`; settings are
    chosen with test=VALIDATION. The order is that of the files. All of it takes some seconds.

    Raises `ImportError` that names the packages that are not installed, and `ValueError` if a part
    is empty or a package is in both.
    """
    if both := sorted(set(train) & set(test)):
        raise ValueError(f"{', '.join(both)} cannot be in both parts: test on other authors")
    locations([*train, *test])
    learned = _different(d for package in train for d in read(package))
    known = set().union(*map(_marks, learned))
    held = _different(d for package in test for d in read(package))
    held = [d for d in held if not _marks(d) & known]
    for packages, part in ((train, learned), (test, held)):
        if not part:
            raise ValueError(f"no docstring with a summary and prose of its own in {packages!r}")
    return _arrays(learned), _arrays(held)


def read(package):
    """Return the docstrings of an installed package that have a summary and prose, a list.

    Each is a `Docstring(name, summary, text)`: the dotted name of what it describes, the first
    line, and the prose. Modules come in the order of their names. Raises `ImportError` if the
    package is not installed. A package is read once: later calls return the same.
    """
    return list(_read(package))


@functools.cache
def _read(package):
    found = []
    for folder in locations([package])[package]:
        for path in sorted(folder.rglob("*.py"), key=lambda path: path.parts):
            inside = path.relative_to(folder).with_suffix("").parts
            if SKIPPED.isdisjoint(inside):
                module = [package, *inside]
                found += _in_file(path, ".".join(module).removesuffix(".__init__"))
    return found


def locations(packages):
    """Return {package: [folders]}, without importing any of them.

    Raises `ImportError` that names all that are missing.
    """
    found = {}
    for package in packages:
        spec = importlib.util.find_spec(package)
        places = [] if spec is None else spec.submodule_search_locations or []
        found[package] = [Path(place) for place in places]
    if missing := [package for package, places in found.items() if not places]:
        raise ImportError(
            f"docstrings reads packages that cannot be found here: {', '.join(missing)}. "
            'They come with the course: pip install -e ".[course]", in its folder'
        )
    return found


def versions():
    """Return {package: version} of all that are read: what a result depends on."""
    names = importlib.metadata.packages_distributions()
    return {
        package: importlib.metadata.version(names[package][0])
        for package in TRAINING + VALIDATION + TEST
        if package in names
    }


def sentences(text):
    """Return the list of sentences of a text. Short forms such as "e.g." end none."""
    found = []
    for paragraph in text.split("\n\n"):
        begun = ""
        for part in _END.split(" ".join(paragraph.split())):
            begun = f"{begun} {part}".strip()
            if begun and not _SHORT_FORM.search(begun):
                found.append(begun)
                begun = ""
        found += [begun] if begun else []
    return found


def _in_file(path, module):
    """Yield the docstrings of a file. One that this Python cannot parse is no module of its."""
    source = path.read_bytes()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "\d" in a string, in the packages' own code
            tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return
    inside = [(module, tree)]
    for name, node in inside:  # grows while it is read
        if isinstance(node, _HOLDERS) and (contents := ast.get_docstring(node)):
            summary, text = _parts(contents)
            if summary and text:
                yield Docstring(name, summary, text)
        for child in node.body:
            if isinstance(child, _HOLDERS):
                inside.append((f"{name}.{child.name}", child))
            elif isinstance(child, ast.If | ast.Try):
                inside.append((name, child))


def _parts(contents):
    """Return summary and prose of a docstring, both "" if it is not in the form of PEP 257."""
    first, *rest = contents.split("\n")
    if not rest or rest[0].strip() or len(first.split()) < 3:
        return "", ""
    paragraphs = []
    for paragraph in re.split(r"\n\s*\n", "\n".join(rest).strip("\n")):
        lines = paragraph.split("\n")
        if any(_UNDERLINE.match(line) or _SECTION.match(line) for line in lines):
            break
        lines = itertools.takewhile(lambda line: not _NO_PROSE.match(line), lines)
        paragraphs.append(_plain("\n".join(lines)))
    prose = [p for p in paragraphs if p[:1].isupper() and len(p.split()) >= 4]
    return (_plain(first), "\n\n".join(prose)) if _is_prose(first) else ("", "")


def _is_prose(line):
    """Whether a first line is a sentence, and no signature, heading or list."""
    return line[:1].isupper() and not re.search(r"->|[=(]\w*[,=]|:$", line)


def _plain(text):
    """Return a paragraph on one line, without the marks of reStructuredText and Markdown."""
    text = _NOTE.sub("", _ROLE.sub(r"\1", text.replace("``", "`").replace("`~", "`")))
    text = text.replace("`", "").replace("**", "").replace("::", ":")
    return " ".join(text.split())


def _words(text):
    return re.findall(r"\w+", text.lower())


def _different(docstrings):
    """Return those whose text is not that of one before."""
    seen = {}
    for docstring in docstrings:
        seen.setdefault(" ".join(_words(docstring.text)), docstring)
    return list(seen.values())


def _marks(docstring):
    """Return what no docstring of another part may have: the summary, and runs of words."""
    words = _words(docstring.text)
    runs = {" ".join(words[i : i + RUN]) for i in range(max(1, len(words) - RUN + 1))}
    return runs | {"summary: " + " ".join(_words(docstring.summary))}


def _arrays(docstrings):
    """Return texts and summaries as arrays (N,) of str."""
    return tuple(
        np.array([getattr(d, field) for d in docstrings], dtype=object)
        for field in ("text", "summary")
    )
