"""A test cell in the student's own notebook: both bind names in one kernel, and neither loses any.

A test may bind `weights` or `x`, and so may the student. While a test calls a student's function,
the names are the student's; when the cell has ended, they are so again, and what the test has bound
is gone. IPython tells when a cell begins and ends.
"""

import contextlib
import sys

TEST = "# Visible tests"  # how each test cell begins
_before = None  # while a test cell runs: the student's names and what they stand for


def watch():
    """Look after the test cells of this notebook, the one that runs now included."""
    ip = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if ip is None:
        return
    ip.events.register("pre_run_cell", lambda info: _begin(info.raw_cell))
    ip.events.register("post_run_cell", lambda result: _end())
    _begin(ip.user_ns.get("In", [""])[-1])


@contextlib.contextmanager
def students_names():
    """While this lasts the notebook's names are the student's; what is bound then is, too."""
    global _before
    if _before is None:
        yield
        return
    tests = {name: value for name, value in _names().items() if _is_new(name, value)}
    _put(_before)
    try:
        yield
    finally:
        _before = _names()
        vars(sys.modules["__main__"]).update(tests)


def _begin(source):
    global _before
    if source.startswith(TEST):
        _before = _names()


def _end():
    global _before
    if _before is not None:
        _put(_before)
        _before = None


def _names():
    own = ("In", "Out")  # IPython's; its others begin with "_"
    return {k: v for k, v in vars(sys.modules["__main__"]).items() if k[0] != "_" and k not in own}


def _is_new(name, value):
    return name not in _before or _before[name] is not value


def _put(names):
    space = vars(sys.modules["__main__"])
    for name in _names().keys() - names.keys():
        del space[name]
    space.update(names)
