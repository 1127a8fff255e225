"""A graph with everything in it learns, and is kept, in files and by callbacks, bit for bit."""

import numpy as np
import pytest
from whole_graph import compiled, data, network, part

from minidl import callbacks, config, models

N = 240
HELD = slice(160, N)
X, Y = data(N)
X_HELD, Y_HELD = part((X, Y), HELD)
FEW = slice(0, 60)


def _fit(model, rows=FEW, epochs=2, **options):
    x, y = part((X, Y), rows)
    return model.fit(x, y, epochs=epochs, batch_size=20, verbose=0, **options)


def _same(a, b):
    assert all(np.array_equal(p, q) for p, q in zip(a.predict(X), b.predict(X), strict=True))


@pytest.fixture(scope="module")
def trained():
    """A model that has learnt both answers; nobody changes it."""
    config.set_random_seed(0)
    model = compiled(network())
    _fit(model, slice(0, 160), epochs=12)
    return model


def test_it_learns_both_answers(trained):
    found = trained.evaluate(X_HELD, Y_HELD, return_dict=True, verbose=0)
    assert found["label_accuracy"] > 0.9  # guessing: 0.5, from one input 0.75
    assert found["size_mse"] < 0.1  # guessing: 0.67, from one input 0.33
    whole = found["label_loss"] + 2 * found["size_loss"]
    assert found["loss"] == pytest.approx(whole, rel=1e-5)


@pytest.mark.parametrize("name", ["one", "two"])
def test_neither_input_alone_is_enough(name, trained):
    mixed = X_HELD | {name: np.random.default_rng(1).permutation(X_HELD[name])}
    found = trained.evaluate(mixed, Y_HELD, return_dict=True, verbose=0)
    assert found["label_accuracy"] < 0.85 and found["size_mse"] > 0.2


@pytest.mark.parametrize(("kept", "lost"), [("label", "size"), ("size", "label")])
def test_an_output_whose_loss_counts_nothing_learns_nothing(kept, lost):
    model = compiled(network(dropout=0.0), loss_weights={kept: 1, lost: 0})
    before = model.get_layer(lost).get_weights()
    history = _fit(model, epochs=8).history
    assert history[f"{kept}_loss"][-1] < 0.6 * history[f"{kept}_loss"][0]
    assert history["loss"] == pytest.approx(history[f"{kept}_loss"], rel=1e-5)
    for a, b in zip(before, model.get_layer(lost).get_weights(), strict=True):
        assert np.array_equal(a, b)


def test_a_saved_model_goes_on_with_the_same_bits(tmp_path):
    model = compiled(network(dropout=0.5))
    _fit(model)
    model.save(tmp_path / "model.npz")
    loaded = models.load_model(tmp_path / "model.npz")
    _same(loaded, model)
    assert loaded.metrics_names == model.metrics_names
    assert loaded.metrics_names == [
        *("loss", "label_loss", "size_loss"),
        *("label_accuracy", "size_error", "size_mse"),
    ]
    # dropout and the order of batches go on, and so do the optimizer's moments
    assert _fit(loaded).history == _fit(model).history
    for a, b in zip(loaded.get_weights(), model.get_weights(), strict=True):
        assert np.array_equal(a, b)
    assert loaded.evaluate(X, Y, verbose=0) == model.evaluate(X, Y, verbose=0)


def test_losses_in_a_list_are_saved_too(tmp_path):
    losses = ["sparse_categorical_crossentropy", "mae"]
    model = compiled(network(), loss=losses, loss_weights=[1, 0.5], metrics=[["accuracy"], []])
    model.save(tmp_path / "model.npz")
    loaded = models.load_model(tmp_path / "model.npz")
    assert loaded.evaluate(X, Y, verbose=0) == model.evaluate(X, Y, verbose=0)


def test_weights_go_from_one_model_into_another(trained, tmp_path):
    trained.save_weights(tmp_path / "weights.npz")
    other = network()
    other.load_weights(tmp_path / "weights.npz")
    _same(other, trained)
    narrow = network(units=3)
    with pytest.raises(ValueError, match="shared/W"):
        narrow.load_weights(tmp_path / "weights.npz")


def test_a_clone_has_new_weights_and_a_fate_of_its_own(trained):
    clone = models.clone_model(trained)
    shared = [layer.name for layer in clone.layers].count("shared")
    assert shared == 1 and not clone.compiled
    assert list(clone.tensors()) == list(trained.tensors())
    assert not np.array_equal(clone.get_weights()[0], trained.get_weights()[0])
    clone.set_weights(trained.get_weights())
    _same(clone, trained)
    before = trained.get_weights()
    _fit(compiled(clone), epochs=1)
    for a, b in zip(before, trained.get_weights(), strict=True):
        assert np.array_equal(a, b)


def test_the_best_model_is_kept_in_a_file_and_put_back(tmp_path):
    path, seen = tmp_path / "best.npz", []
    model = compiled(network())

    def spoil(epoch, logs):
        seen.append(model.get_weights())
        if epoch == 2:  # from here on it only gets worse
            model.optimizer.learning_rate = 3.0

    history = _fit(
        model,
        epochs=8,
        validation_data=(X_HELD, Y_HELD),
        callbacks=[
            callbacks.ModelCheckpoint(path, "val_size_loss", save_best_only=True),
            callbacks.EarlyStopping("val_size_loss", patience=2, restore_best_weights=True),
            callbacks.LambdaCallback(on_epoch_end=spoil),
        ],
    ).history
    best = int(np.argmin(history["val_size_loss"]))
    assert best < len(seen) - 1 == best + 2
    for a, b, c in zip(model.get_weights(), seen[best], seen[-1], strict=True):
        assert np.array_equal(a, b) and not np.array_equal(a, c)
    _same(models.load_model(path), model)
