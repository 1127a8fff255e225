"""Grading: the checks that exercises call, and the process that nobody can tamper with.

A test cell of an exercise reads like this, and runs anywhere:

    import numpy as np
    from minidl_course.grading import checks, student

    x, W = checks.rng(0).normal(size=(5, 3)), checks.rng(1).normal(size=(3, 4))
    checks.gradients(student.product_backward, lambda x, W: x @ W, {"x": x, "W": W})

In a student's notebook `student.product_backward` is the function of that name. When a notebook
is graded (`apart`), test cells run in a process that never sees the student's code, and
`student.product_backward` asks the student's process for its answer (`channel`). So a notebook
can redefine `assert`, `checks` or all of NumPy: it only confuses itself.

    channel, codec, worker    student.NAME, what may cross, and the other end
    line                      the way there, where it is another process
    checks, compare, diagnosis   right or wrong, and what is probably the mistake
    recordings, remembered    what is right, without the way there, and once
    trials                    the same function with many arguments
    rebuilt                   the network that came back, once more
    live                      a test cell and the student's cells in one kernel
    apart, isolation          runs a notebook in the two processes, one of them behind a wall
    bounded                   how much a process may say, and how long
    remains                   what a notebook leaves behind, and how it goes
    messages                  what a student is told of errors
    marks                     the marks of a notebook, for a student: no nbgrader needed
    preprocessors, feedback   the same for nbgrader, and its page
"""

import os

from minidl_course.grading import checks, live, trials
from minidl_course.grading.channel import VARIABLE, Wrong, call, fetch, patient, student
from minidl_course.grading.marks import marks
from minidl_course.grading.rebuilt import rebuilt
from minidl_course.grading.recordings import recorded

if VARIABLE not in os.environ:  # graders' tests have a kernel of their own
    live.watch()

__all__ = [
    "Wrong",
    "call",
    "checks",
    "fetch",
    "marks",
    "patient",
    "rebuilt",
    "recorded",
    "student",
    "trials",
]
