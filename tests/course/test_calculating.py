"""Chapter 25's calculator: what it is taught, and that the network that ships can do it."""

import itertools
import json

import numpy as np
import pytest

from minidl_course import calculating
from minidl_course.chapters.common import measured
from minidl_course.generation import generate
from minidl_course.play import weights


def value(side):
    """What the left side of a step is worth."""
    return sum(np.prod([int(digit) for digit in part.split("*")]) for part in side.split("+"))


def steps_of(a, sign, b):
    """The steps as (left side, two digits), and the result, of what is written."""
    *steps, result = calculating.written(a, sign, b)[:-1].split(" ")
    return [step.split("=") for step in steps], int(result)


def test_all_products_of_two_digits_are_written_step_by_step():
    for a, b in itertools.product(range(10, 100), repeat=2):
        steps, result = steps_of(a, "*", b)
        assert result == a * b
        assert all(len(found) == 2 and value(side) == int(found) for side, found in steps)
        sides, (first, tens, _, more, *columns) = zip(*steps)
        a1, a0, b1, b0 = f"{a}{b}"
        assert sides[:4] == (f"{a0}*{b0}", f"{a1}*{b0}+{first[0]}", f"{a0}*{b1}",
                             f"{a1}*{b1}+{steps[2][1][0]}")  # fmt: skip
        assert sides[4] == f"{tens[1]}+{steps[2][1][1]}"
        assert sides[5] == f"{tens[0]}+{more[1]}+{columns[0][0]}"
        assert sides[6] == f"{more[0]}+{columns[1][0]}"
        assert int("".join(found[1] for found in (*columns[::-1], first))) == result


@pytest.mark.parametrize(("a", "b"), [(347, 586), (999, 999), (100, 100), (4347, 2586), (7, 95)])
def test_sums_carry_from_step_to_step(a, b):
    steps, result = steps_of(a, "+", b)
    assert result == a + b
    carries = [0] + [int(found[0]) for _, found in steps]
    for n, (side, found) in enumerate(steps):
        digits = [a // 10**n % 10, b // 10**n % 10, *([carries[n]] if n else [])]
        assert side == "+".join(map(str, digits))
        assert int(found) == sum(digits)
    assert int(str(carries[-1]) + "".join(found[1] for _, found in steps[::-1])) == result


def test_a_longer_product_adds_its_rows_one_place_apart():
    steps, result = steps_of(347, "*", 86)
    assert result == 347 * 86
    assert all(value(side) == int(found) for side, found in steps)
    digits = [steps[0][1][1], *(found[1] for _, found in steps[6:])]
    assert int("".join(digits[::-1])) == result


def test_other_ways_to_write():
    assert calculating.asked(47, "*", 86) == "  47*86="
    assert calculating.written(47, "*", 86, "once") == "4042."
    assert calculating.written(347, "+", 586, "once") == "0933."
    assert calculating.written(347, "+", 586) == "7+6=13 4+8+1=13 3+5+1=09 0933."


def test_nothing_held_out_is_trained_on_in_either_order():
    for sign in "+*":
        held = calculating.held_out(sign)
        assert (held == held.T).all()
        assert 0.09 < held.mean() < 0.12
        low = calculating.WHAT[sign][0]
        lines = itertools.islice(calculating.batches(sign, "once", 0), 300)
        for row in np.concatenate([batch[:, : calculating.ROOM] for batch in lines]):
            text = "".join(calculating.SIGNS[n] for n in row)
            a, b = map(int, text.strip(" =").split(sign))
            assert not held[a - low, b - low]
        assert held[*(calculating.problems(sign, 50) - low).T].all()


def test_batches_take_turns_and_train_counts_them():
    model = calculating.network(width=16, blocks=1, heads=1)
    before = model.get_weights()
    lines = calculating.batches("+*", "once", 0)
    first, second = next(lines), next(lines)
    assert first.shape[0] == second.shape[0] == 16
    assert calculating.SIGNS.index("+") in first and calculating.SIGNS.index("*") in second
    assert calculating.train(model, lines, np.linspace(0, 1, 3)) == 3
    assert all((a != b).any() for a, b in zip(before, model.get_weights()))


def test_the_problem_itself_is_no_lesson(monkeypatch):
    model = calculating.network(width=16, blocks=1, heads=1)
    text = calculating.tokens([calculating.asked(47, "*", 86) + "4042."])
    seen = []

    def taught(self, x, y):
        seen.append((self.predict(x, verbose=0).shape, y))

    monkeypatch.setattr(calculating.Sequential, "train_on_batch", taught)
    calculating.train(model, [text], [0.5])
    ((shape, y),) = seen
    assert shape == (1, 5, len(calculating.SIGNS))
    assert "".join(calculating.SIGNS[n] for n in y[0]) == "4042."


def test_the_clock_ends():
    shares = list(calculating.seconds(0.05))
    assert shares[0] < 0.2 and shares == sorted(shares) and shares[-1] < 1


def test_what_ships_calculates_what_it_never_saw():
    model = calculating.calculator()
    for sign in "+*":
        wrote, right = calculating.results(model, sign, calculating.problems(sign, 100), "steps")
        assert right.mean() > 0.96
        assert wrote[0].count("=") == (3 if sign == "+" else 7)


def test_many_at_once_is_one_by_one():
    model = calculating.calculator()
    pairs = calculating.problems("*", 5, seed=1)
    wrote, _ = calculating.results(model, "*", pairs, "steps")
    for (a, b), text in zip(pairs.tolist(), wrote):
        (ids,) = calculating.tokens([calculating.asked(a, "*", b)])
        alone = generate(model, ids, len(text) + 1, temperature=0)
        assert "".join(calculating.SIGNS[n] for n in alone) == text + "."


def test_a_wrong_result_is_seen():
    class Parrot:
        """Says 4042 to all."""

    pairs = np.array([[47, 86], [47, 87]])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(calculating, "answered", lambda model, texts, length: ["4042"] * len(texts))
        _, right = calculating.results(Parrot(), "*", pairs, "once")
    assert right.tolist() == [True, False]


def test_what_is_told_of_the_weights_is_what_was_measured():
    file, found = weights.load(calculating.NAME), measured("calculator")
    assert file["measured"] == found["shipped"]
    assert file["made_by"] == "python benchmarks/calculator.py"
    assert (weights.FOLDER / "calculator.json").stat().st_size < 1_000_000
    assert len(json.dumps(found)) < 20_000
