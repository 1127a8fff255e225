"""nbgrader's two steps that ours replace; `nbgrader_config.py` names them.

`ExecuteApart` stands where nbgrader's `Execute` stood and runs the tests in a process of their own.
`HideTests` makes feedback fit to be handed out: nbgrader puts the hidden tests back into a notebook
to grade it, and would show them to the student afterwards.
"""

from nbgrader.api import Gradebook
from nbgrader.preprocessors import ClearHiddenTests, NbGraderPreprocessor
from traitlets import Integer

from minidl.grading import apart


class ExecuteApart(NbGraderPreprocessor):
    """Runs the student's cells in one kernel and the tests in another."""

    timeout = Integer(apart.CELL_SECONDS, help="seconds for a cell").tag(config=True)

    def preprocess(self, nb, resources):
        """Run the notebook; the outputs are in its cells."""
        ids = resources["nbgrader"]
        with Gradebook(ids["db_url"]) as gradebook:
            source = gradebook.find_notebook(ids["notebook"], ids["assignment"])
            tests = {cell.name for cell in source.grade_cells}
        for cell in nb.cells:
            # What a student calls a test must not run with the tests.
            if apart.is_test(cell) and cell.metadata.nbgrader.get("grade_id") not in tests:
                del cell.metadata["nbgrader"]
        folder = resources.get("metadata", {}).get("path", ".")
        apart.run(nb, folder, cell_seconds=self.timeout)
        return nb, resources


class HideTests(ClearHiddenTests):
    """Takes the hidden tests out of the notebook that becomes a feedback page."""
