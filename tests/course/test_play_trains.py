"""The trainings of `minidl_course.play.train`, with a few examples each."""

import importlib
import json

import pytest

from minidl.datasets import mnist
from minidl_course.play import train, train_connect_four, weights

ROOM = {"digit": {"epochs": 1}, "latent": {"epochs": 1}, "dates": {"epochs": 1, "each": 40}}


@pytest.mark.usefixtures("nothing_is_compiled")
@pytest.mark.parametrize("name", train.NAMES)
def test_a_training_writes_its_file_and_compiles_nothing(name, tmp_path, monkeypatch):
    (images, labels), (test_images, test_labels) = mnist.load_sample()
    few = (images[:256], labels[:256]), (test_images[:300], test_labels[:300])
    for load in ("load_data", "load_sample"):
        monkeypatch.setattr(mnist, load, lambda: few)
    monkeypatch.setattr(train_connect_four, "VISITS", 8)
    monkeypatch.setattr(train_connect_four, "GAMES", 4)
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    importlib.import_module(f"minidl_course.play.train_{name}").main(**ROOM.get(name, {}))
    (written,) = tmp_path.iterdir()
    assert written.name == f"{name}.json"
    assert {"measured", "told", "tensors"} <= json.loads(written.read_text()).keys()
