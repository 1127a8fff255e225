"""What chapters show "in other words", in Keras and in PyTorch, computes what they compute.

The cell tagged `twin` is a chapter's network in minidl, the one tagged `in-other-words` holds the
other two. Nobody runs them on the page, so they are run here, with the same weights.
"""

from pathlib import Path

import pytest
import twins
from made_up_twins import PAGES, page

from notebooks import read

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = sorted((ROOT / "notebooks").glob("*.ipynb"))
AGREES = {"Keras": twins.keras_agrees, "PyTorch": twins.torch_agrees}
PACKAGES = {"Keras": "keras", "PyTorch": "torch"}
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
each_framework = pytest.mark.parametrize("framework", twins.FRAMEWORKS)


def agrees(notebook, framework):
    package = PACKAGES[framework]
    pytest.importorskip(package, reason=f"parity needs {framework}: pip install -e .[parity]")
    AGREES[framework](twins.twin_of(notebook), twins.blocks_of(notebook)[framework])


@each_framework
@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_in_other_words(path, framework):
    agrees(read(path), framework)


@each_framework
@pytest.mark.parametrize("name", PAGES)
def test_twins_agree(name, framework):
    agrees(page(*PAGES[name]), framework)


WRONG = [  # name, framework, what is written wrong, how, what is said of it
    ("dense", "Keras", '"relu"', '"elu"', "outputs differ"),
    ("dense", "Keras", "Dropout(0.3)", "Dropout(0.5)", "rates of dropout"),
    ("dense", "Keras", "Dense(6,", "Dense(7,", "shapes of our weights"),
    (
        "dense",
        "Keras",
        "Crossentropy()",
        "Crossentropy(from_logits=True)",
        "loss",
    ),
    ("dense", "PyTorch", "nn.ReLU()", "nn.ELU()", "outputs differ"),
    ("dense", "PyTorch", "nn.Dropout(0.3)", "nn.Dropout(0.5)", "rates of dropout"),
    ("dense", "PyTorch", "nn.Linear(6, 3)", "nn.Linear(6, 4)", "shapes in"),
    ("dense", "PyTorch", "nn.Linear(6, 3)", "nn.Linear(6, 3, bias=False)", "has no bias"),
    ("dense", "PyTorch", ", nn.Linear(6, 3)", "", "theirs has nothing for"),
    ("dense", "PyTorch", "CrossEntropyLoss()", 'CrossEntropyLoss(reduction="sum")', "loss"),
    ("dense", "PyTorch", "loss_fn =", "loss =", "does not define"),
    ("conv", "PyTorch", ", eps=1e-3", "", "outputs differ"),
    ("conv", "PyTorch", "to_input", "to_something", "needs to_input"),
    ("conv", "PyTorch", "(0, 3, 1, 2)", "(0, 3, 2, 1)", "outputs differ"),
    ("conv", "PyTorch", "MaxPool2d", "AvgPool2d", "outputs differ"),
    ("conv", "PyTorch", "self.block(x)", "self.block(x.detach())", "gradients of conv2d/"),
    ("conv", "Keras", "layers.Add()([h, ", "layers.Add()([2 * h, ", "outputs differ"),
    ("steps", "Keras", "Dense(9)", "Dense(9, trainable=False)", "other weights are trained"),
    ("steps", "Keras", "GRU(3,", "GRU(3, reset_after=False,", "shapes of our weights"),
    ("steps", "Keras", "LSTM(5,", 'LSTM(5, recurrent_activation="hard_sigmoid",', "outputs differ"),
    ("steps", "PyTorch", "return self.dense(h)", "return self.dense(h.flip(1))", "outputs differ"),
    ("steps", "PyTorch", "self.dense(h)", "self.dense(h) + self.dense.bias", "outputs differ"),
    ("conv", "PyTorch", "+ self.projection(x)", "+ self.projection(x).detach()", "not depend on"),
    ("steps", "PyTorch", "nn.GRU(10", "nn.RNN(10", "stands where theirs is RNN"),
]


@pytest.mark.parametrize(("name", "framework", "right", "wrong", "said"), WRONG)
def test_twins_that_differ_are_told_apart(name, framework, right, wrong, said):
    twin, keras, torch = PAGES[name]
    assert right in {"Keras": keras, "PyTorch": torch}[framework]
    if framework == "Keras":
        keras = keras.replace(right, wrong)
    else:
        torch = torch.replace(right, wrong)
    with pytest.raises(AssertionError, match=said):
        agrees(page(twin, keras, torch), framework)


def test_a_page_without_twins_is_told_so():
    notebook = page(*PAGES["dense"])
    del notebook.cells[0]
    with pytest.raises(AssertionError, match="0 cells are tagged 'twin'"):
        agrees(notebook, "PyTorch")
    with pytest.raises(AssertionError, match="folds of"):
        notebook = page(*PAGES["dense"])
        notebook.cells[1].source = notebook.cells[1].source.replace("Keras</", "TensorFlow</")
        twins.blocks_of(notebook)
