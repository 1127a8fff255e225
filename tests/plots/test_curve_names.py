"""What a learning curve calls the data that its dashed line was measured on."""

import pytest

from minidl import plots


@pytest.mark.parametrize("name", ["validation", "test"])
def test_a_learning_curve_calls_the_other_data_what_they_are(name):
    pyplot = pytest.importorskip("matplotlib.pyplot")
    given = {} if name == "validation" else {"validation_name": name}
    ax = plots.learning_curves({"loss": [2.0], "val_loss": [3.0]}, **given)
    words = [text.get_text() for text in ax.get_legend().get_texts()]
    pyplot.close(ax.figure)
    assert words == ["training", name]
