"""nbgrader's two steps that ours replace; `nbgrader_config.py` names them.

`ExecuteApart` stands where nbgrader's `Execute` stood and runs the tests in a process of their own.
`HideTests` makes feedback fit to be handed out: nbgrader puts the hidden tests back into a notebook
to grade it, and would show them to the student afterwards.
"""

from nbgrader.preprocessors import ClearHiddenTests, NbGraderPreprocessor
from traitlets import Integer

from minidl.grading import apart


class ExecuteApart(NbGraderPreprocessor):
    """Runs the student's cells in one kernel and the tests in another."""

    timeout = Integer(apart.CELL_SECONDS, help="seconds for a cell").tag(config=True)

    def preprocess(self, nb, resources):
        """Run the notebook; the outputs are in its cells."""
        folder = resources.get("metadata", {}).get("path", ".")
        apart.run(nb, folder, cell_seconds=self.timeout)
        return nb, resources


class HideTests(ClearHiddenTests):
    """Takes the hidden tests out of the notebook that becomes a feedback page."""
