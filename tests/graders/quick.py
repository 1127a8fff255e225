"""Put every answer of a catalogue to its tests, in one process: seconds, not minutes.

    python tests/graders/quick.py ch02                  all questions but those called experiment
    python tests/graders/quick.py ch02 dense silu       these

For whoever writes an exercise or its catalogue. Each line is an answer: ok or FAULT, its name, and
what the student is told. Answers and tests share a process here, as in a student's notebook, so
an answer that never ends hangs: those belong to the questions that only nbgrader tries.
"""

import contextlib
import importlib
import io
import sys
import types
from pathlib import Path

import numpy as np
from catalogue import Wrong, source

from minidl_course import grading

sys.path.append(str(Path(__file__).parents[2] / "tools"))  # pytest does this by itself

from proving import cells, notebook


def told(setup, answer, test):
    """What the test cell says about an answer, "" where it is content."""
    here, notebook = sys.modules["__main__"], types.ModuleType("__main__")
    sys.modules["__main__"] = notebook  # where `student` looks
    try:
        with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
            exec(setup, vars(notebook))
            with contextlib.suppress(NotImplementedError):
                exec(answer, vars(notebook))
            exec(test, {"__name__": "test"})
    except Exception as error:
        return f"Not yet: {error}" if isinstance(error, grading.Wrong) else repr(error)
    finally:
        sys.modules["__main__"] = here
    return ""


def judge(chapter, answers):
    """Yield (question, name, told, fault) for every answer of these questions, and the model's.

    fault is "" or says what is wrong with the grader or the catalogue.
    """
    made = cells(notebook("solutions", chapter))
    stubs = cells(notebook("exercises", chapter))
    setup = made["setup"].source
    for question, listed in answers.items():
        model, test = made[question].source, made[f"{question}-test"].source
        said = told(setup, model, test)
        yield question, "(the solution)", said, "loses points" if said else ""
        said = told(setup, stubs[question].source, test)
        yield question, "(the release)", said, "" if "is not" in said else "no clear message"
        for answer in listed:
            said = told(setup, source(answer, model), test)
            fault = ""
            if isinstance(answer, Wrong):
                fault = "" if said else "gets the points"
                if said and answer.message not in said:
                    fault = f"the message is without {answer.message!r}"
            elif said:
                fault = "a right answer loses points"
            yield question, answer.name, said, fault


def main(arguments):
    """The command: 0 where every answer got what it must."""
    chapter, *wanted = arguments
    module = importlib.import_module(f"test_{chapter}")
    chosen = {
        question: listed
        for question, listed in module.ANSWERS.items()
        if (question in wanted if wanted else question != "experiment")
    }
    faults = 0
    for question, name, said, fault in judge(module.CHAPTER, chosen):
        faults += bool(fault)
        print(f"{'FAULT' if fault else 'ok   '} {question}: {name}: {fault or said}")
        if fault and said:
            print(f"      {said}")
    print(f"{faults} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
