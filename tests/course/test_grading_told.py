"""What a student is told: of narrow passes, of numbers kept back, of results in a wrong order."""

import numpy as np
import pytest

from minidl_course.grading import Wrong, checks


def told(check, *args, **kwargs):
    """What a check tells the student."""
    with pytest.raises(Wrong) as raised:
        check(*args, **kwargs)
    return str(raised.value)


def test_whoever_passes_is_told_how_narrowly_and_the_printed_tenths_decide(capsys):
    labels = np.zeros(1000, int)
    checks.accuracy(np.arange(1000) >= 912, labels, 0.92, where="After 18 rows")
    assert capsys.readouterr().out == (
        "After 18 rows: 91.2 % of 1,000 examples are right "
        "(goal 92.0 %; 91.2 % passes, to leave room for chance)\n"
    )
    few = told(checks.accuracy, np.arange(1000) >= 911, labels, 0.92, where="After 18 rows")
    assert few.startswith("After 18 rows: 91.1 % are right; the goal is 92.0 %, and 91.2 % passes")


def test_an_error_may_be_as_large_as_its_goal_and_chance(capsys):
    checks.at_most("the error", 18.54, 18, chance=0.5, digits=1)
    checks.at_most("the error", 0.25, 0.25)
    assert capsys.readouterr().out == (
        "the error is 18.5 (goal 18.0; 18.5 passes, to leave room for chance)\n"
        "the error is 0.250 (goal 0.250)\n"
    )
    assert told(checks.at_most, "the error", 18.56, 18, chance=0.5, digits=1) == (
        "the error is 18.6, and the goal is 18.0; 18.5 passes, to leave room for chance."
    )
    assert "is nan" in told(checks.at_most, "the error", np.nan, 18)


def test_of_a_number_that_is_kept_back_only_the_student_s_own_is_told():
    wrong = told(checks.equal, "f(2)", np.array([1, 5]), np.array([1, 6]), tell=False)
    assert wrong == "f(2) is wrong. At [1] yours is 5."
    assert told(checks.equal, "dy", 5, 6, tell=False) == "dy is wrong. Yours is 5."
    hints = {"It is odd.": 5}
    assert told(checks.equal, "dy", 5, 6, mistakes=hints, tell=False) == (
        "dy is wrong. It is odd. Yours is 5."
    )


def test_a_known_mistake_is_no_wrong_order_unless_all_results_are_right_ones():
    both = (np.arange(6), np.ones(6), np.eye(6)[0])
    known = {"b": {"It was forgotten.": both[0]}}  # who returns a for b, and no b for a
    assert "b is wrong. It was forgotten." in told(
        checks.outputs, "a b c", (both[0], both[0], 0 * both[0]), both, mistakes=known
    )
    assert "b is wrong: it is a" in told(
        checks.outputs, "a b c", (both[0], both[0], both[0]), both, mistakes=known
    )


def test_a_known_mistake_explains_a_wrong_shape():
    hints = {"The last one is cut off.": np.arange(3)}
    cut = told(checks.equal, "ids", np.arange(3), np.arange(4), mistakes=hints)
    assert cut == "ids must have the shape (4,), yours has (3,). The last one is cut off."
    other = told(checks.equal, "ids", np.arange(2), np.arange(4), mistakes=hints)
    assert other == "ids must have the shape (4,), yours has (2,)."


def test_an_empty_list_is_no_array_of_integers():
    assert "say `dtype=int`" in told(checks.whole, "ids", np.array([]))
    assert told(checks.whole, "ids", np.ones(2)) == "ids is float64, and must be integers."


def test_minus_zero_is_told_as_zero():
    assert told(checks.equal, "dz", 0.5, -0.0).endswith("dz is 0.5, and should be 0.")
    assert told(checks.equal, "dz", -0.0, 0.5).endswith("dz is 0, and should be 0.5.")


def test_a_message_says_in_which_case_something_is_wrong():
    def gates():
        with checks.case("For gates near 3000"):
            checks.equal("L", np.nan, 1.0)

    assert told(gates) == "For gates near 3000: L is nan."
