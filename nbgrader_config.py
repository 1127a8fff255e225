"""nbgrader's settings for this course; INSTRUCTORS.md explains how to run it.

Every command that starts in this folder reads this file: `nbgrader generate_assignment`,
`autograde`, `generate_feedback`, and the formgrader in JupyterLab.
"""

import os
import sys
from pathlib import Path

c = get_config()  # noqa: F821  nbgrader provides it

c.CourseDirectory.course_id = "minidl"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"

# To make a database nbgrader calls the command `alembic`, which lies beside this Python.
if (own := str(Path(sys.executable).parent)) not in os.environ["PATH"].split(os.pathsep):
    os.environ["PATH"] = os.pathsep.join((own, os.environ["PATH"]))

# A hand-in has files and folders, and nothing that leads elsewhere.
c.Autograde.pre_convert_hook = "minidl_course.grading.preprocessors.only_files"
# What a student deleted, copied or relabelled is put right, so that the rest can be graded.
c.Autograde.sanitize_preprocessors = [
    "nbgrader.preprocessors.ClearOutput",
    "minidl_course.grading.preprocessors.RestoreCells",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
# Tests run in a process that the student's code never enters. The other steps are nbgrader's own.
c.Autograde.autograde_preprocessors = [
    "minidl_course.grading.preprocessors.ExecuteApart",
    "minidl_course.grading.preprocessors.ShowPlain",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
    "minidl_course.grading.preprocessors.CompareMarks",
]
# Seconds for a cell of the student's: an experiment trains a network.
c.ExecuteApart.timeout = int(os.environ.get("MINIDL_CELL_SECONDS", "90"))

# A stub that is not filled in raises, so an untouched release earns nothing.
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE\nraise NotImplementedError"}
c.ClearSolutions.text_stub = "YOUR ANSWER HERE"

# Feedback shows the student's work, the messages and the marks, and not the hidden tests.
c.GenerateFeedback.exporter_class = "minidl_course.grading.feedback.FeedbackPage"
# Nothing that a student wrote runs in a browser, neither there nor in the formgrader.
c.HTMLExporter.filters = {
    "markdown2html": "minidl_course.grading.feedback.markdown",
    "clean_html": "minidl_course.grading.feedback.clean",
}
c.GenerateFeedback.preprocessors = [
    "minidl_course.grading.preprocessors.HideTests",
    "minidl_course.grading.preprocessors.ShowPlain",
    "nbgrader.preprocessors.GetGrades",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
    "minidl_course.grading.preprocessors.TellByHand",
]
