"""`utils.plot_model`: Keras's name for a picture of a network in a file."""

import subprocess
import sys

import matplotlib
import numpy as np
import pytest

from minidl import Sequential, layers, summary, utils

matplotlib.use("Agg")
from matplotlib import pyplot


@pytest.fixture
def model():
    return Sequential([layers.Dense(37, input_shape=(4,), name="wide"), layers.Dense(2)])


def test_a_file_of_that_many_pixels_an_inch_is_written_and_nothing_else(model, tmp_path):
    path = tmp_path / "model.png"
    assert utils.plot_model(model, path) is None
    large = pyplot.imread(path)
    assert utils.plot_model(model, to_file=str(path), dpi=100) is None
    small = pyplot.imread(path)
    np.testing.assert_allclose(np.divide(large.shape[:2], small.shape[:2]), 2, rtol=0.01)
    assert 0.1 < (large[..., :3].min(axis=2) < 0.9).mean() < 0.9
    assert list(tmp_path.iterdir()) == [path] and pyplot.get_fignums() == []


def test_the_options_say_what_is_written(model, tmp_path):
    def written(**options):
        with matplotlib.rc_context({"svg.fonttype": "none"}):
            utils.plot_model(model, tmp_path / "model.svg", **options)
        return (tmp_path / "model.svg").read_text()

    plain = written()
    assert ">wide<" in plain and ">Dense<" in plain and "· 37" not in plain
    assert ">Dense · 37<" in written(show_shapes=True)
    bare = written(show_layer_names=False, rankdir="LR", expand_nested=True)
    assert ">wide<" not in bare and ">Dense<" in bare


def test_in_a_notebook_the_picture_is_returned(model, tmp_path, monkeypatch):
    monkeypatch.setattr(summary, "in_notebook", lambda: True)
    image = utils.plot_model(model, tmp_path / "model.png")
    assert type(image).__name__ == "Image" and image.data == (tmp_path / "model.png").read_bytes()
    assert utils.plot_model(model, tmp_path / "model.pdf") is None


def test_a_picture_that_fails_leaves_the_old_file(model, tmp_path, monkeypatch):
    path = tmp_path / "model.png"
    path.write_bytes(b"old")

    def fails(self, part, **_):
        part.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr("matplotlib.figure.Figure.savefig", fails)
    with pytest.raises(OSError, match="disk full"):
        utils.plot_model(model, path)
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]
    assert pyplot.get_fignums() == []


def test_what_cannot_be_written_is_refused_in_words(model, tmp_path):
    for name in ("model", "model.doc"):
        with pytest.raises(ValueError, match=rf"'{name}'; it must end in .*\.png"):
            utils.plot_model(model, tmp_path / name)
    with pytest.raises(FileNotFoundError, match=r"no folder .*none'. Make it first"):
        utils.plot_model(model, tmp_path / "none" / "model.png")
    with pytest.raises(TypeError, match=r"no option rank_dir; there are .*rankdir"):
        utils.plot_model(model, tmp_path / "model.png", rank_dir="LR")
    assert list(tmp_path.iterdir()) == [] and pyplot.get_fignums() == []


def test_utils_loads_no_matplotlib():
    code = "import minidl.utils, sys; print({'matplotlib', 'scipy', 'IPython'} & {*sys.modules})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
