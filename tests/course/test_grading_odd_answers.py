"""Answers that look right, or are right only while nobody watches, and what a student is told."""

import re
import sys
import types
from collections import namedtuple
from fractions import Fraction

import numpy as np
import pytest
from test_grading import told

from minidl_course.grading import checks, student


@pytest.fixture
def student_has(monkeypatch):
    """student_has(f): the Answer for a student's function f."""

    def write(function):
        notebook = types.ModuleType("__main__")
        notebook.f = function
        monkeypatch.setitem(sys.modules, "__main__", notebook)
        return student.f

    return write


CLOCK = types.SimpleNamespace(now=0.0)


@pytest.fixture(autouse=True)
def time_goes_on_where_a_function_waits(monkeypatch):
    """And nowhere else: how busy this machine is decides nothing."""
    watch = types.SimpleNamespace(perf_counter=lambda: CLOCK.now)
    monkeypatch.setattr(checks, "time", watch)


def waits(seconds, stalls=()):
    """A function that takes so long and returns twice its argument.

    stalls: seconds that other programs cost its first calls.
    """
    stalls = iter(stalls)

    def double(x):
        CLOCK.now += seconds + next(stalls, 0.0)
        return 2 * x

    return double


def numbers():
    """Return a function that draws other arguments at each call."""
    generator = np.random.default_rng(0)
    return lambda: (generator.normal(size=4),)


def test_a_function_may_take_as_long_as_the_rival_and_no_longer():
    checks.at_least_as_fast(waits(0), waits(2e-3), numbers())
    checks.at_least_as_fast(waits(2e-3), waits(2e-3), numbers(), ratio=3.0)
    said = told(
        checks.at_least_as_fast, waits(2e-3), waits(0), numbers(), ratio=0.5, tries=2, hint="Why?"
    )
    assert re.fullmatch(
        r".* takes 2\.0 ms; at most 0\.0 are allowed\. 0\.0 ms were measured for the "
        r"comparison, with other numbers in each call\. Why\?",
        said,
    )


def test_other_programs_cost_no_points():
    """All calls of the first two rounds are late, and all but one of the last: that one counts."""
    stalls = [1.0] * 15
    checks.at_least_as_fast(waits(2e-3, stalls), waits(2e-3), numbers(), ratio=1.0 + 1e-9)
    with pytest.raises(checks.Wrong):
        late = waits(2e-3, [*stalls, 1.0])
        checks.at_least_as_fast(late, waits(2e-3), numbers(), ratio=1.0 + 1e-9)


def remembers(key):
    """A slow function that keeps its results, under what `key` makes of its argument."""
    memory = {}

    def double(x):
        if key(x) not in memory:
            memory[key(x)] = waits(2e-3)(x)
        return memory[key(x)]

    return double


@pytest.mark.parametrize(
    ("cheat", "message"),
    [
        (remembers(lambda x: x.tobytes()), "other numbers in each call"),
        (remembers(len), "In a call that is timed, f(...) is wrong. It is the res"),
        (lambda x: None, "In a call that is timed, f(...) is None"),
        (lambda x: x, "In a call that is timed, f(...) is wrong. It is 0.5 times"),
        (lambda x: 2 * x[:2], "f(...) must have the shape (4,), yours has (2,)"),
    ],
    ids=["arguments", "sizes", "nothing", "no work", "half the work"],
)
def test_what_is_timed_has_to_be_right_and_cannot_be_remembered(student_has, cheat, message):
    said = told(checks.at_least_as_fast, student_has(cheat), waits(1e-4), numbers(), tries=2)
    assert message in said


def test_what_is_timed_may_round_but_not_to_another_type():
    rough, rival = (lambda x: 2 * (x + np.float32(1e-6))), waits(1e-3)
    checks.at_least_as_fast(rough, rival, numbers(), tolerance=1e-5)
    assert "is wrong" in told(checks.at_least_as_fast, rough, rival, numbers(), tries=1)
    single = lambda x: 2 * x.astype("float32")  # noqa: E731
    message = told(checks.at_least_as_fast, single, rival, numbers(), tolerance=1e-5)
    assert "is float32, not float64" in message


@pytest.mark.parametrize(
    ("got", "message"),
    [
        (-2 - 2e-6, "dw[1] is -2.000002, and should be -2."),
        (-2 - 1e-9, "dw[1] is -2.000000001, and should be -2."),
        (np.float32(-2.0000014), "dw[1] is -2.00000143, and should be -2."),
        (-1.75, "dw[1] is -1.75, and should be -2."),
    ],
)
def test_a_near_miss_is_seen_to_differ(got, message):
    near = np.array([1.0, got])
    assert message in told(checks.equal, "dw", near, np.array([1.0, -2.0]), tolerance=1e-10)


class Real(Fraction):
    pass


class Liar:
    __class__ = types.SimpleNamespace(__name__="\udc80" + 3_000_000 * "x")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (lambda: Fraction(1, 3), "of the type 'Fraction'."),
        (lambda: Real(1, 3), "of the type 'Real'."),
        (Liar, "of the type '\\udc80xxxxxxxx"),  # what cannot be sent is escaped
        (lambda: 1 / 3 + 0j, "of the type 'complex'."),
        (lambda: (1 / 3 for _ in range(2)), "of the type 'generator': is there a `yield`"),
        (lambda: lambda: 1 / 3, "of the type 'function': are the brackets of a call missing?"),
        (lambda: np.array([1 / 3, None]), "of the type 'ndarray': its entries must be numbers"),
        (lambda: "1/3", "'1/3'."),
        (lambda: [1 / 3], "a list: return np.array(...)."),
        (lambda: np.array(1 / 3 + 0j), "array(0.333"),
    ],
)
def test_what_is_no_number_is_called_by_its_type(student_has, answer, kind):
    said = told(checks.equal, "y", student_has(answer)(), 1 / 3)
    assert f"y must be an array or a number, yours is {kind}" in said


def test_a_coroutine_is_called_by_its_type(student_has):
    async def f():
        return 1 / 3

    made = f()
    said = told(checks.equal, "y", student_has(lambda: made)(), 1)
    assert "of the type 'coroutine': is there an `async`" in said
    made.close()


@pytest.mark.parametrize(
    "huge", [10**30, -(10**400), 10**5000, 2**63], ids=["1e30", "-1e400", "1e5000", "2^63"]
)
def test_an_integer_that_no_array_holds_is_wrong_and_no_error(student_has, huge):
    got = student_has(lambda: huge)()
    for check, right in ((checks.equal, 0.5), (checks.outputs, 0.5), (checks.shape, ())):
        said = told(check, "L", got, right)
        assert said == f"L is far too large: an integer of {huge.bit_length():,} bits."


Pair = namedtuple("Pair", "dw db")


def test_a_namedtuple_is_a_tuple_and_inside_a_result_stays_what_it_is(student_has):
    def f(pair=None):
        return Pair(pair.dw, 2) if pair else Pair(3.0, Pair(1.0, -1.0))

    checks.outputs("dw db", student_has(lambda: Pair(1.0, 2.0))(), (1, 2))
    dw, cache = student_has(f)()
    assert dw == 3
    assert student.f(cache) == (1, 2)
