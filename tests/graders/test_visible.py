"""What a student can know before handing in: the visible tests see the wrong answers, too."""

import catalogue
import pytest
import quick

from exercises import ROOT, chapters

AS_LONG_AS = 999  # answers: one worker does all of it, and should not begin last
SHARE = 0.95  # of all wrong answers; the others special-case the numbers, or cheat
TRAIN_NOTHING = {  # and have no experiment
    "ch23-from-scores-to-sentences",
    "ch28-speech",
    "ch33-playing-games",
    "ch38-frameworks",
}


@pytest.mark.graders
@pytest.mark.parametrize("chapter", chapters())
def test_the_visible_tests_catch_wrong_answers_and_let_right_ones_pass(
    chapter, record_property, monkeypatch
):
    monkeypatch.chdir(ROOT / "exercises" / chapter)
    answers = catalogue.answers(chapter)
    answers = {question: listed for question, listed in answers.items() if question != "experiment"}
    results = [row for row in quick.judge(chapter, answers, visible=True) if row[1][0] != "("]
    faults = [f"{question}: {name}: {fault}" for question, name, _, fault in results if fault]
    assert not faults, "\n".join(faults)
    listed = [answer for several in answers.values() for answer in several]
    seen = [bool(row[2]) for row, a in zip(results, listed) if a.wrong]
    record_property("seen", [sum(seen), len(seen)])
    assert sum(seen) >= SHARE * len(seen)


@pytest.mark.graders
@pytest.mark.parametrize("chapter", [name for name in chapters() if name not in TRAIN_NOTHING])
def test_an_experiment_has_no_hidden_tests(chapter):
    made = quick.cells(quick.notebook("solutions", chapter))
    assert "HIDDEN" not in made["experiment-test"].source
