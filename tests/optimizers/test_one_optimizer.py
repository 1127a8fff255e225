"""An optimizer remembers the weights that it trained, and so it trains one model only."""

import copy

import numpy as np
import pytest
from scripted import X, Y, small_model

from minidl import models, optimizers
from minidl.callbacks import BackupAndRestore


def _compiled_again(model, optimizer):
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@pytest.mark.parametrize("method", ["fit", "train_on_batch"])
@pytest.mark.parametrize("first_is_gone", [False, True])
def test_a_second_model_is_refused_before_its_first_step(method, first_is_gone):
    adam = optimizers.Adam(0.1)
    model = small_model(adam)
    model.fit(X, Y, verbose=0)
    if first_is_gone:
        del model  # a cell of a notebook that ran twice
    second = small_model(adam)
    before, state = second.get_weights(), adam.state_arrays()
    with pytest.raises(
        ValueError,
        match=r"this Adam has trained another model, 'sequential', and remembers its 1 steps: a "
        r"new model needs a new optimizer\. Write Adam\(\.\.\.\) where the model is compiled",
    ):
        getattr(second, method)(X, Y)
    assert all(np.array_equal(a, b) for a, b in zip(before, second.get_weights()))
    assert adam.state_arrays().keys() == state.keys() and adam.iterations == 1
    _compiled_again(second, optimizers.Adam(0.1)).fit(X, Y, verbose=0)


def test_without_a_step_nothing_is_remembered():
    adam = optimizers.Adam(0.1)
    small_model(adam).evaluate(X, Y)
    with pytest.raises(ValueError, match="same number of samples"):
        small_model(adam).fit(X, Y[:3])
    assert small_model(adam).fit(X, Y, verbose=0).epoch == [0]


def test_the_same_model_goes_on_however_often_it_is_compiled():
    def run(again):
        model = small_model(optimizers.Adam(0.1))
        model.fit(X, Y, epochs=2, verbose=0)
        again(model)
        return model.fit(X, Y, epochs=2, verbose=0).history["loss"]

    expected = run(lambda model: None)
    assert run(lambda model: _compiled_again(model, model.optimizer)) == expected
    assert run(lambda model: _compiled_again(model, optimizers.Adam(0.1))) != expected


def test_copies_and_files_go_on_with_their_own(tmp_path):
    model = small_model("adam")
    model.fit(X, Y, verbose=0)
    model.save(tmp_path / "model.npz")
    others = [copy.deepcopy(model), models.load_model(tmp_path / "model.npz")]
    expected = model.train_on_batch(X, Y)
    for other in others:
        assert other.optimizer.iterations == 1 and other.train_on_batch(X, Y) == expected
    clone = _compiled_again(models.clone_model(model), "adam")
    assert clone.fit(X, Y, verbose=0).epoch == [0]


def test_a_run_that_resumes_brings_a_new_optimizer_and_its_state(tmp_path):
    backup = BackupAndRestore(tmp_path)
    backup.on_train_end = lambda logs: None  # the file stays, as after a crash
    first, second = small_model("adam"), small_model("adam")
    first.fit(X, Y, callbacks=backup, verbose=0)
    second.fit(X, Y, epochs=2, callbacks=BackupAndRestore(tmp_path), verbose=0)
    first.fit(X, Y, verbose=0)
    assert second.optimizer.iterations == 2
    for a, b in zip(first.get_weights(), second.get_weights()):
        assert np.array_equal(a, b)
