"""No mistake of `wrappers` gets a point, around whichever function of a question."""

import around
import pytest

from exercises import chapters

AS_LONG_AS = 9999  # answers: one worker does all of it, and should begin first


@pytest.mark.graders
@pytest.mark.parametrize("chapter", chapters())
def test_every_wrapped_function_that_changes_a_value_loses_the_points(chapter, record_property):
    found = list(around.survivors(chapter))
    lives = [
        f"{question}: {f} {mistake}, seen with {changes}"
        for question, f, mistake, changes, said in found
        if not said
    ]
    record_property("wrapped", [len(found) - len(lives), len(found)])
    assert not lives, "\n".join(lives)
    assert len(found) > 15, "a wrapper changes nothing?"
