"""What is right is computed once for the same call of the same cell, and anew for any other."""

import numpy as np
import pytest
import recorder

from minidl_course.grading import remembered as remembering
from minidl_course.grading.codec import Special
from minidl_course.grading.remembered import remembered

CELL = """
import numpy as np
from test_remembered import seen
from minidl_course.grading import checks, recorded

right, slope = recorded("right"), recorded("slope")


@right.made_by
def right(x):
    seen.append("right")
    return {"y": 2 * x}


@slope.made_by
def slope(x):
    seen.append("slope")
    return x**2


for x in (np.arange(3.0), np.arange(3.0), np.arange(4.0)):
    found = right(x)
    np.testing.assert_array_equal(found["y"], 2 * x)
    found["y"][:] = 9  # the caller's own
checks.gradients(lambda dy, x: 2 * x * dy, slope, {"x": np.arange(3.0)}, seed=1)
"""
seen = []


def computed(text):
    """How often each function of the cell computed while it ran."""
    seen.clear()
    recorder.run(text)
    return seen.count("right"), seen.count("slope")


def test_a_cell_that_runs_again_computes_nothing_anew():
    first = computed(CELL)
    assert first[0] == 3 and first[1] > 3
    assert computed(CELL) == (0, 0)


def test_a_result_that_is_too_large_leaves_room_for_others(monkeypatch):
    monkeypatch.setattr(remembering, "_room", [100_000])
    large = CELL.replace('return {"y": 2 * x}', 'return {"y": 2 * x, "more": np.zeros(10**6)}')
    assert computed(large)[0] == 3 == computed(large)[0]
    small = CELL.replace("range(2)", "range(1)").replace("seed=1", "seed=5")
    computed(small)
    assert computed(small) == (0, 0)


def test_another_cell_computes_anew():
    computed(CELL)
    other = computed(CELL.replace("for x in", "slope.calls = 0\nfor x in"))
    assert other[0] == 3 and other[1] > 3


def test_another_seed_of_the_gradients_is_computed_anew():
    def text(seed):
        again = 'slope = recorded("slope").made_by(slope.function)\n'
        return again + f'checks.gradients(lambda dy, x: 2 * x * dy, slope, {{"x": X}}, seed={seed})'

    cell = CELL + "from test_remembered import seeds\nX = np.arange(3.0)\nfor s in seeds:\n"
    cell += "    " + text("s").replace("\n", "\n    ")
    for seed, more in ((5, True), (5, False), (6, True)):
        seeds[:] = [seed]
        assert (computed(cell)[1] > 3) == more


seeds = []


def calls(function, *arguments, which=0):
    seen.clear()
    for x in arguments:
        remembered(function, (x,), which, lambda x=x: function(x))
    return len(seen)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (np.zeros(3), -np.zeros(3)),
        (np.zeros(3), np.zeros(3, "float32")),
        (np.zeros((2, 3)), np.zeros((3, 2))),
        (np.zeros((2, 3)), np.zeros((3, 2)).T),
        (np.ones(3), Special(np.ones(3), "gaps")),
        (1, 1.0),
        (0.0, -0.0),
        (1, True),
        ((1.0,), [1.0]),
        (np.float64(1), np.float32(1)),
    ],
)
def test_arguments_that_differ_in_anything_are_others(one, other, request):
    which = request.node.name
    if not isinstance(one, np.ndarray | tuple):
        one, other = (np.arange(2.0), one), (np.arange(2.0), other)
    assert calls(first_of, one, one, which=which) == 1
    assert calls(first_of, other, which=which) == 1


def first_of(x):
    seen.append("call")
    return 1.0


def test_a_function_that_warns_of_nothing_is_remembered_unless_it_depends_on_more():
    factor = 2.0

    @np.errstate(all="ignore")
    def quiet(x):
        seen.append("call")
        return 1 / x

    @np.errstate(all="ignore")
    def closed(x):
        seen.append("call")
        return factor / x

    assert calls(quiet, 0.5, 0.5) == 1
    assert calls(quiet.__wrapped__, 0.5, 0.5) == 1  # another function, as far as anybody knows
    assert calls(closed, 0.5, 0.5) == 2


def test_what_is_no_data_or_depends_on_more_than_its_arguments_is_never_kept():
    factor = 2.0

    def closed(x):
        seen.append("call")
        return factor * x

    def changes(x):
        seen.append("call")
        x += 1
        return x

    def generator(x):
        seen.append("call")
        return np.random.default_rng(0)

    space = {"seen": seen}
    exec("def nameless(x):\n    seen.append('call')\n    return x", space)
    for function in (closed, space["nameless"], generator):
        assert calls(function, 1.0, 1.0) == 2
    assert calls(first_of, generator, generator) == 2  # an argument that is no data
    assert calls(changes, np.zeros(2), np.zeros(2)) == 2
