"""Put every answer of a catalogue to its tests, in one process: seconds, not minutes.

    python tests/graders/quick.py ch03                  all questions but those called experiment
    python tests/graders/quick.py ch03 gated unit       these
    python tests/graders/quick.py --visible ch03        by the tests that students see, alone

For whoever writes an exercise or its catalogue. Each line is an answer: ok or FAULT, its name, and
what the student is told. Answers and tests share a process here, as in a student's notebook, so
an answer that never ends hangs: those belong to the questions that only nbgrader tries.
"""

import os
import sys
from pathlib import Path

import catalogue

from minidl_course import grading

sys.path.append(str(Path(__file__).parents[2] / "tools"))  # pytest does this by itself

import check
import recorder
from books import cells, notebook

from exercises import ROOT


def told(setup, answer, test):
    """What the test cell says about an answer, "" where it is content."""
    try:
        with recorder.answered(setup, answer):
            recorder.run(test)
    except Exception as error:
        return f"Not yet: {error}" if isinstance(error, grading.Wrong) else repr(error)
    return ""


def judge(chapter, answers, *, visible=False):
    """Yield (question, name, told, fault) for every answer of these questions, and the model's.

    fault is "" or says what is wrong with the grader or the catalogue. With `visible` the tests
    are those of the release, and an answer that says why it is seen `late` may pass.
    """
    made = cells(notebook("solutions", chapter))
    stubs = cells(notebook("exercises", chapter))
    setup, tests = made["setup"].source, stubs if visible else made
    for question, listed in answers.items():
        model, test = made[question].source, tests[f"{question}-test"].source
        said = told(setup, model, test)
        yield question, "(the solution)", said, "loses points" if said else ""
        said = told(setup, stubs[question].source, test)
        yield question, "(the release)", said, "" if "is not" in said else "no clear message"
        for answer in listed:
            said = told(setup, answer.source(model), test)
            fault = ""
            if answer.wrong:
                passes = "" if visible and answer.late else "gets the points"
                fault = "" if said else passes
                if said and answer.told not in said:
                    fault = f"the message is without {answer.told!r}"
            elif said:
                fault = "a right answer loses points"
            yield question, answer.name, said, fault


def main(arguments):
    """The command: 0 where every answer got what it must."""
    visible = "--visible" in arguments
    chapter, *wanted = (text for text in arguments if text != "--visible")
    chapter = check.find(chapter.removeprefix("ch")).parent.name
    chosen = {
        question: listed
        for question, listed in catalogue.answers(chapter).items()
        if (question in wanted if wanted else question != "experiment")
    }
    faults = 0
    os.chdir(ROOT / "exercises" / chapter)  # where the recorded answers are
    for question, name, said, fault in judge(chapter, chosen, visible=visible):
        faults += bool(fault)
        print(f"{'FAULT' if fault else 'ok   '} {question}: {name}: {fault or said}")
        if fault and said:
            print(f"      {said}")
    print(f"{faults} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
