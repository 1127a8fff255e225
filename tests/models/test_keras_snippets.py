"""Programs as blog posts about Keras write them, run with `keras` replaced by `minidl`.

The programs stand in `keras_snippets/`, in their own words. Only their import lines change, and
`mnist.load_data` gives a small part of what it would give.
"""

import pathlib
import re

import numpy as np
import pytest
from keras_programs import in_minidl

import minidl
from minidl import datasets

FOLDER = pathlib.Path(__file__).parent / "keras_snippets"


@pytest.fixture(scope="module")
def small_mnist():
    """1,000 digits to train on and 200 to test, in the form of `load_data`."""
    (x, y), (x_test, y_test) = datasets.mnist.load_sample()
    return (x[:1000], y[:1000]), (x_test[:200], y_test[:200])


@pytest.fixture
def run(tmp_path, monkeypatch, capsys, small_mnist):
    """Run a snippet in an empty folder; return its variables and what it printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(datasets.mnist, "load_data", lambda: small_mnist)
    minidl.utils.set_random_seed(0)

    def run(name):
        text = in_minidl((FOLDER / f"{name}.py").read_text(encoding="utf-8"))
        variables = {"__name__": "snippet"}
        exec(compile(text, name, "exec"), variables)
        return variables, capsys.readouterr().out

    return run


def test_every_snippet_has_a_test():
    tested = {name.removeprefix("test_snippet_") for name in globals()}
    assert {path.stem for path in FOLDER.glob("*.py")} <= tested


def test_snippet_mnist_mlp(run):
    found, said = run("mnist_mlp")
    assert "1000 train samples\n200 test samples\n" in said
    assert "Total params: 109,386" in said  # 784*128 + 128 + 128*64 + 64 + 64*10 + 10
    assert len(re.findall(r"^Epoch \d/5 .*val_accuracy \d\.\d{4}", said, re.M)) == 5
    assert found["score"][1] > 0.8 and f"Test accuracy: {found['score'][1]}" in said


def test_snippet_mnist_cnn(run):
    found, said = run("mnist_cnn")
    assert "x_train shape: (1000, 28, 28, 1)\n" in said
    assert "Total params: 34,826" in said  # 9*32 + 32 + 9*32*64 + 64 + 5*5*64*10 + 10
    assert len(re.findall(r"^Epoch \d/5 .*val_accuracy \d\.\d{4}", said, re.M)) == 5
    assert found["score"][1] > 0.8 and f"Test accuracy: {found['score'][1]}" in said
    assert found["kernel"].shape == (3, 3, 1, 32) and found["bias"].shape == (32,)


def test_snippet_conv_autoencoder(run):
    found, said = run("conv_autoencoder")
    assert said == "shape: (200, 28, 28, 1)\n"
    noisy, clean = found["x_test_noisy"], found["x_test"]
    error = np.mean((found["decoded_imgs"] - clean) ** 2)
    assert error < 0.5 * np.mean((noisy - clean) ** 2)


def test_snippet_quickstart(run):
    found, said = run("quickstart")
    assert found["untrained"].shape == (1, 10) and found["test_acc"] > 0.8
    assert found["predictions"].shape == (200, 10)
    np.testing.assert_allclose(found["predictions"].sum(axis=1), 1, rtol=1e-5)
    assert f"\nTest accuracy: {found['test_acc']}\n" in said
    assert found["weights"].shape == (784, 64) and found["biases"].shape == (64,)


def test_snippet_binary(run):
    found, said = run("binary")
    assert said == "dict_keys(['loss', 'acc', 'val_loss', 'val_acc'])\n"
    assert len(found["acc"]) == 30 and found["val_acc"][-1] > 0.85
    assert np.mean(found["predicted"][:, 0] == found["y_train"]) > 0.85


def test_snippet_regression(run):
    found, said = run("regression")
    assert said.count("processing fold #") == 3 and f"MAE: {np.mean(found['all_scores'])}" in said
    assert np.mean(found["all_scores"]) < 1.5  # the mean as answer has 3.4


def test_snippet_early_stopping(run):
    found, said = run("early_stopping")
    epochs = len(found["history"].epoch)
    assert f"Stopped early after epoch {epochs}. Best val_loss" in said and 20 < epochs < 400
    best = max(found["history"].history["val_accuracy"])
    assert found["test_acc"] == pytest.approx(best) and f"Test: {best:.3f}" in said
    assert len(pathlib.Path("training.log").read_text().splitlines()) == epochs + 1


def test_snippet_regularized(run):
    found, _ = run("regularized")
    assert found["before"] > found["data_loss"] + 0.1  # the loss shows the penalties
    assert found["after"] < found["before"]
    norms = np.linalg.norm(found["model"].layers[2].get_weights()[0], axis=0)
    assert (norms <= 3 + 1e-6).all()


def test_snippet_transfer(run):
    found, said = run("transfer")
    assert said == "trainable weights: 2 of 6\n"
    for kept, after in zip(found["kept"], found["frozen_after"]):
        assert np.array_equal(kept, after)
    changed = [not np.array_equal(a, b) for a, b in zip(found["kept"], found["tuned_after"])]
    assert changed == [False, False, True, True]
    assert found["accuracy_tuned"] >= found["accuracy_of_head"] > 0.7


def test_snippet_multiclass(run):
    found, said = run("multiclass")
    assert re.fullmatch(r"accuracy: \d\d\.\d\d%\n", said) and found["scores"][1] > 0.85
    assert list(found["prediction"][:3]) == ["setosa", "versicolor", "virginica"]


def test_snippet_schedules(run):
    found, said = run("schedules")
    assert said.splitlines() == ["last rate: 0.025", f"{0.1 * np.exp(-0.2):.5f}"]
    assert found["history"].history["learning_rate"] == [0.1] * 9 + [0.05] * 10 + [0.025]
    rate = found["model"].optimizer.learning_rate
    assert rate == pytest.approx(0.1 * 0.9 ** (5 * 2 / 10))  # 64 samples: 2 steps an epoch


def test_snippet_own_callbacks(run):
    found, said = run("own_callbacks")
    epochs = len(found["history"].epoch)
    assert 1 < epochs < 100 and said.count("(6, 10)") == epochs
    assert said.splitlines()[-3:] == [
        *("Reached 90% accuracy so cancelling training!", "done", str(20 * epochs)),
    ]
    assert len(found["batch_history"].losses) == 20 * epochs


def test_snippet_imdb_lstm(run):
    found, said = run("imdb_lstm")
    # 50*16, then two LSTMs of 4*16*(16 + 16 + 1), then 32 + 1
    assert "Total params: 5,057" in said and f"Test accuracy: {found['acc']}" in said
    assert found["acc"] > 0.9


def test_snippet_forecaster(run):
    found, _ = run("forecaster")
    assert found["error"] < found["naive"] / 2
    losses = found["history"].history["loss"]
    assert losses[-1] < losses[0] / 2
    assert found["first"].shape == (1, 1) and found["first"] != found["again"]
