"""What an optimizer remembers belongs to the parameter, whatever model that stands in."""

import copy

import numpy as np
import pytest
from scripted import X, Y, small_model

from minidl import models, optimizers
from minidl.callbacks import BackupAndRestore


def _compiled_again(model, optimizer):
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@pytest.mark.parametrize("name", ["sgd", "adam", "adamw", "rmsprop", "adagrad"])
def test_one_optimizer_steps_two_models_as_two_optimizers_would(name):
    shared = optimizers.get(name)
    together = [small_model(shared), small_model(shared)]
    apart = [small_model(name), small_model(name)]
    for _ in range(3):
        for model in (*together, *apart, together[0], apart[0]):  # one of them more often
            model.train_on_batch(X, Y)
    assert shared.iterations == 9
    for a, b in zip(together, apart):
        for u, v in zip(a.get_weights(), b.get_weights()):
            assert np.array_equal(u, v)


def test_a_list_of_parameters_of_several_models_is_stepped():
    one, two = small_model("sgd"), small_model("sgd")
    for model in (one, two):
        model.prepare(X.shape[1:])
    params = [*one.trainable_weights, *two.trainable_weights]
    before = [param.numpy() for param in params]
    for param in params:
        param.grad += 1
    adam = optimizers.Adam(0.1)
    adam.step(params)
    assert len(adam.state) == len(params) == 4
    for param, value in zip(params, before):
        np.testing.assert_allclose(param.value, value - 0.1, atol=1e-6)


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
