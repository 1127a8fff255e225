"""Files that version 0.2.0 wrote: the package has another layout now, and reads them as before.

`old_files/` holds two compiled models after some steps, what they answered for x, and the loss of
the row's next step.
"""

from pathlib import Path

import numpy as np
import pytest

from minidl.models import load_model

OLD = Path(__file__).parent / "old_files"


@pytest.fixture
def answers():
    return np.load(OLD / "answers.npz")


def test_a_row_answers_and_goes_on_as_it_did(answers):
    model = load_model(OLD / "row.npz")
    np.testing.assert_allclose(model.predict(answers["x"], verbose=0), answers["row"], atol=1e-6)
    loss, _ = model.train_on_batch(answers["x"], np.array([0, 1, 1, 0, 1, 0]))
    np.testing.assert_allclose(loss, answers["next_loss"], rtol=1e-5)  # dropout draws as before


def test_a_graph_with_two_outputs_answers_as_it_did(answers):
    model = load_model(OLD / "graph.npz")
    for y, expected in zip(
        model.predict(answers["x"], verbose=0), (answers["score"], answers["state"])
    ):
        np.testing.assert_allclose(y, expected, atol=1e-6)
    assert model.compiled and model.optimizer.iterations == 1
