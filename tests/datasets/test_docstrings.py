"""Docstrings: what is prose in one, what may not cross the parts, and what is said without."""

import subprocess
import sys

import numpy as np
import pytest

from minidl.datasets import docstrings

FILE = '''
"""Tools for lines of text.

They do not touch files.
"""
import sys

raise RuntimeError("imported")


def cut(line):
    """Cut a line in two.

    The cut is in the middle, see :func:`~tools.join` and
    ``join`` [1]_, e.g. for long lines. A second `link <address>`_ is **kept**.

    .. note:: no prose

    * an item is none

    Two of them follow:
    - this one
    - and this one

    Nor does it end here.

    Parameters
    ----------
    line : str
        Not this. Nor this.
    """


class Line:
    """No text follows this line."""

    if sys:

        async def read(self):
            """Read a line and
            break the rule.

            So this one is left out.
            """

        def write(self):
            """Write the line again.

            It may block for a while.

            Args:
              x: not this

            Nor what follows them.
            """

    def join(self, other):
        """join(other) -> Line

        This is a signature.
        """
'''


@pytest.fixture(scope="module")
def parts():
    (x, y), (x_test, y_test) = docstrings.load_data()
    return x, y, x_test, y_test


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Write a package that nobody can import: {file: contents} under a name."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(name, files):
        for file, contents in {"__init__.py": "raise RuntimeError('imported')", **files}.items():
            path = tmp_path / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(contents, encoding="utf-8")

    return write


def documented(*pairs):
    """Return the contents of a file of functions with these summaries and texts."""
    return "\n".join(
        f'def f{i}():\n    """{summary}\n\n    {text}\n    """'
        for i, (summary, text) in enumerate(pairs)
    )


def words(text):
    return docstrings._words(text)


def test_the_installed_packages_give_texts_and_summaries(parts):
    x, y, x_test, y_test = parts
    assert x.shape == y.shape and x_test.shape == y_test.shape
    assert len(x) > 3000 and len(x_test) > 1200
    assert {type(s) for part in parts for s in part} == {str}
    assert all(s and "\n" not in s and len(words(s)) < 40 for s in [*y, *y_test])
    texts = [*x, *x_test]
    assert not any("----" in t or ">>>" in t or "`" in t or ":class:" in t for t in texts)
    assert np.mean([len(words(s)) for s in y]) < 12 < 25 < np.mean([len(words(t)) for t in x])
    assert "Stack arrays in sequence horizontally (column wise)." in y_test


def test_nothing_of_a_held_out_docstring_is_in_the_training_part(parts):
    x, y, *test = parts
    _, validation = docstrings.load_data(test=docstrings.VALIDATION)
    assert len(validation[0]) > 300

    def runs(texts):
        n = docstrings.RUN
        for found in map(words, texts):
            yield from (tuple(found[i : i + n]) for i in range(len(found) - n + 1))

    summaries = {tuple(words(s)) for s in y}
    known = set(runs(x)) | {tuple(words(t)) for t in x}
    for x_held, y_held in (test, validation):
        assert not known & ({tuple(words(t)) for t in x_held} | set(runs(x_held)))
        assert not summaries & {tuple(words(s)) for s in y_held}
    assert len({tuple(words(t)) for t in x}) == len(x)


def test_no_package_is_in_two_parts():
    everything = [*docstrings.TRAINING, *docstrings.VALIDATION, *docstrings.TEST]
    assert len(set(everything)) == len(everything) == len(docstrings.versions())


def test_what_is_read_of_a_file(package):
    package("tools", {"lines.py": FILE, "broken.py": "print 'Python 2'"})
    assert docstrings.read("tools") == [
        ("tools.lines", "Tools for lines of text.", "They do not touch files."),
        (
            "tools.lines.cut",
            "Cut a line in two.",
            "The cut is in the middle, see tools.join and join, e.g. for long lines. "
            "A second link is kept.\n\nTwo of them follow:\n\nNor does it end here.",
        ),
        ("tools.lines.Line.write", "Write the line again.", "It may block for a while."),
    ]


def test_files_come_in_the_order_of_their_names_and_tests_not_at_all(package):
    contents = documented(("Do what it says.", "It does that and no more."))
    files = ("b.py", "a.py", "z/__init__.py", "tests/t.py", "_vendor/six.py", "B/tests/t.py")
    package("ordered", dict.fromkeys(files, contents))
    assert [d.name for d in docstrings.read("ordered")] == [
        f"ordered.{name}.f0" for name in ("a", "b", "z")
    ]


def test_what_crosses_the_parts_is_left_out(package):
    long = "One two three four five six seven eight nine ten eleven twelve"
    package(
        "learned",
        {"a.py": documented(("Say a thing.", "It is said aloud."), ("Count to it.", long + "."))},
    )
    package(
        "judged",
        {
            "a.py": documented(
                ("Say a thing!", "This text is quite another."),
                ("Say it again.", "It is said aloud!"),
                ("Count on it.", f"Begin: {long.lower()} thirteen."),
                ("Count less far.", "One two three four five six."),
                ("Count just as far.", "One two three, four five six."),
            )
        },
    )
    (x, y), (x_test, y_test) = docstrings.load_data(["learned"], ["judged"])
    assert list(x) == ["It is said aloud.", long + "."] and list(y) == [
        "Say a thing.",
        "Count to it.",
    ]
    assert list(x_test) == ["One two three four five six."] and list(y_test) == ["Count less far."]


def test_sentences_end_where_they_do():
    text = "It stops, e.g. Here. Does it? (See Fig. 3 of A. Nobody 1.5.) Yes!\n\nAnother one\nends"
    assert docstrings.sentences(text) == [
        *("It stops, e.g. Here.", "Does it?", "(See Fig. 3 of A. Nobody 1.5.) Yes!"),
        "Another one ends",
    ]
    assert docstrings.sentences("") == []


def test_missing_packages_are_all_named_with_their_remedy():
    with pytest.raises(
        ImportError, match=r'nowhere_1, nowhere_2\. .*pip install -e "\.\[course\]"'
    ):
        docstrings.load_data(["numpy", "nowhere_1"], ["nowhere_2"])
    with pytest.raises(ImportError, match=r"found here: nowhere_3\. "):
        docstrings.read("nowhere_3")


def test_parts_that_are_empty_or_overlap_are_refused(package):
    package("first", {"a.py": documented(("Say a thing.", "It is said aloud."))})
    package("again", {"a.py": documented(("Say a thing.", "It is said aloud."))})
    package("silent", {"a.py": "x = 1"})
    with pytest.raises(ValueError, match=r"^first cannot be in both parts"):
        docstrings.load_data(["first", "silent"], ["first"])
    for parts in ((["silent"], ["first"]), (["first"], ["silent"]), (["first"], ["again"])):
        with pytest.raises(ValueError, match=r"^no docstring .* in \['(silent|again)'\]"):
            docstrings.load_data(*parts)


def test_none_of_the_packages_is_imported():
    code = (
        "import sys; from minidl.datasets import docstrings; docstrings.read('matplotlib');"
        "print({'pandas', 'matplotlib', 'sklearn', 'scipy'} & set(sys.modules))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "set()"
