"""Callbacks that watch a number, against numbers written down beforehand and Keras's rules."""

import numpy as np
import pytest
from scripted import NAN, Script, X, Y, fit, follow, small_model

from minidl import callbacks, metrics, models, optimizers

# ------------------------------------------------------------------------- early stopping


@pytest.mark.parametrize(
    ("values", "options", "epochs", "best"),
    [
        ([3, 2, 1, 1, 0], {}, 4, 2),  # an equal value is no improvement
        ([3, 2, 3, 1, 2, 3, 0], {"patience": 2}, 6, 3),
        ([3, 2, 3, 1, 2, 2], {"patience": 3}, 6, 3),
        ([3.0, 2.9, 2.8, 2.4], {"min_delta": 0.5, "patience": 2}, 3, 0),
        ([3.0, 2.9, 2.4, 2.3, 2.0, 0], {"min_delta": -0.5, "patience": 2}, 5, 2),
        ([3, 2.9, 2.8], {"min_delta": 0.1}, 2, 0),  # 3 - 2.9 > 0.1 in float64
        ([3, 3.1, 3.2], {"min_delta": 0.1, "mode": "max"}, 2, 0),
        ([3, 3 - 1e-9, 2], {}, 2, 0),  # no more than float32's rounding
        ([1, 2, 3, 2, 9], {"mode": "max"}, 4, 2),
        ([5, 4, 3, 2, 9, 0], {"baseline": 1, "patience": 2}, 5, 3),
        ([5, 5, 5, 0, 9], {"baseline": 1, "patience": 2}, 2, 0),
        ([2, 9, 9, 1, 2, 0], {"start_from_epoch": 3}, 5, 3),
        ([NAN, 2, NAN, 1, 3, 0], {"patience": 2}, 6, 5),
        ([NAN, NAN, NAN], {"patience": 2}, 2, None),
    ],
)
def test_early_stopping_counts(values, options, epochs, best):
    stop = callbacks.EarlyStopping(**options)
    model = follow(values, stop)
    assert len(model.history.epoch) == epochs
    assert stop.best_epoch == best and stop.best == (None if best is None else values[best])
    assert stop.stopped_epoch == (epochs - 1 if epochs < len(values) else None)


@pytest.mark.parametrize("monitor", ["val_accuracy", "acc", "auc", "val_mean_io_u"])
def test_mode_auto_lets_an_accuracy_rise(monitor):
    stop = callbacks.EarlyStopping(monitor)
    assert len(follow([0.1, 0.5, 0.4, 0.9], stop, monitor).history.epoch) == 3


@pytest.mark.parametrize("monitor", ["loss", "val_mae", "bits_per_character"])
def test_mode_auto_lets_a_loss_or_an_error_fall(monitor):
    stop = callbacks.EarlyStopping(monitor)
    assert len(follow([0.5, 0.1, 0.4, 0.9], stop, monitor).history.epoch) == 3


def test_mode_auto_knows_all_metrics_of_the_package():
    of_others = {"Mean", "Metric"}  # their names are given to them
    for name in set(metrics.__all__) - of_others:
        cls = getattr(metrics, name)
        if isinstance(cls, type):
            metric = cls(3) if name == "MeanIoU" else cls()
            callbacks.EarlyStopping(f"val_{metric.name}")


def test_mode_auto_does_not_guess():
    with pytest.raises(ValueError, match="shall 'val_beauty' rise or fall"):
        callbacks.EarlyStopping("val_beauty")
    assert (
        len(
            follow([1, 0, 2], callbacks.EarlyStopping("beauty", mode="max"), "beauty").history.epoch
        )
        == 2
    )
    with pytest.raises(ValueError, match='mode must be "min", "max" or "auto"; got \'up\''):
        callbacks.EarlyStopping(mode="up")


@pytest.mark.parametrize("values", [[3, 1, 2, 4], [3, 1, 2]])  # stopped early, and run to the end
def test_the_best_weights_come_back(values, capsys):
    kept = []
    keep = callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: kept.append(keep.model.get_weights())
    )
    stop = callbacks.EarlyStopping(patience=2, restore_best_weights=True, verbose=1)
    model = fit(Script(val_loss=values), keep, stop, epochs=len(values))
    for a, b in zip(model.get_weights(), kept[1]):
        assert np.array_equal(a, b)
    assert not np.array_equal(kept[1][0], kept[-1][0])
    said = "Stopped early after epoch 4. Best val_loss so far: 1 in epoch 2.\n"
    assert capsys.readouterr().out == (said if len(values) == 4 else "")


def test_a_second_fit_starts_counting_anew():
    stop = callbacks.EarlyStopping(patience=1)
    model = follow([1, 2, 0], stop)
    assert len(follow([7, 6, 5], stop, model=model).history.epoch) == 3
    stop = callbacks.EarlyStopping(patience=3, baseline=0)
    for _ in range(2):
        assert len(follow([5, 5, 5, 5], stop).history.epoch) == 3


@pytest.mark.parametrize("make", [callbacks.EarlyStopping, callbacks.ReduceLROnPlateau])
def test_a_name_that_is_not_reported_is_an_error_after_the_first_epoch(make):
    with pytest.raises(ValueError, match=r"reports loss, accuracy\. Give fit validation_data"):
        fit(make())
    with pytest.raises(ValueError, match="watches 'val_loss'"):
        fit(callbacks.EarlyStopping(start_from_epoch=9))
    with pytest.raises(ValueError, match=rf"{make.__name__} watches 'val_acc'.*val_accuracy$"):
        fit(make("val_acc"), validation_data=(X, Y))


# ----------------------------------------------------------------------------- checkpoints


def test_a_checkpoint_of_every_epoch_carries_number_and_result(tmp_path):
    save = callbacks.ModelCheckpoint(tmp_path / "new" / "{epoch:02d}-{val_loss:.2f}.npz")
    model = follow([0.5, 0.25, 1], save)
    files = sorted((tmp_path / "new").iterdir())
    assert [file.name for file in files] == ["01-0.50.npz", "02-0.25.npz", "03-1.00.npz"]
    last = models.load_model(files[-1])
    assert np.array_equal(last.predict(X), model.predict(X))


def test_save_best_only_keeps_the_best(tmp_path, capsys):
    path = tmp_path / "best.npz"
    save = callbacks.ModelCheckpoint(
        path, "val_accuracy", verbose=1, save_best_only=True, save_weights_only=True
    )
    seen = []
    note = callbacks.LambdaCallback(on_epoch_end=lambda *_: seen.append(path.read_bytes()))
    model = fit(Script(val_accuracy=[0.2, NAN, 0.8, 0.8]), save, note, epochs=4)
    assert [seen[i] == seen[i + 1] for i in range(3)] == [True, False, True]
    assert capsys.readouterr().out.splitlines() == [
        f"Saved {path}. Best val_accuracy so far: 0.2 in epoch 1.",
        f"Saved {path}. Best val_accuracy so far: 0.8 in epoch 3.",
    ]
    model.load_weights(path)
    fit(Script(val_accuracy=[0.7]), save, model=model)  # the next fit has to beat the last
    assert path.read_bytes() == seen[-1]


def test_a_checkpoint_may_have_a_value_to_beat(tmp_path):
    path = tmp_path / "best.npz"
    follow(
        [2, 1.5], callbacks.ModelCheckpoint(path, save_best_only=True, initial_value_threshold=1)
    )
    assert not path.exists()
    follow(
        [2, 0.5], callbacks.ModelCheckpoint(path, save_best_only=True, initial_value_threshold=1)
    )
    assert path.exists()


def test_a_checkpoint_needs_names_that_exist(tmp_path):
    with pytest.raises(ValueError, match=r"asks for 'val_los'.*reports epoch, loss, accuracy"):
        fit(callbacks.ModelCheckpoint(tmp_path / "{val_los}.npz"))
    with pytest.raises(ValueError, match="ModelCheckpoint watches 'val_loss'"):
        fit(callbacks.ModelCheckpoint(tmp_path / "a.npz", save_best_only=True))
    fit(callbacks.ModelCheckpoint(tmp_path / "a.npz", monitor="whatever"))  # not looked at


# --------------------------------------------------------------------------- learning rate


@pytest.mark.parametrize(
    "schedule", [lambda epoch: 0.5**epoch, lambda epoch, lr: lr if epoch == 0 else lr / 2]
)
def test_a_schedule_sets_the_rate_of_every_epoch(schedule, capsys):
    model = fit(
        callbacks.LearningRateScheduler(schedule, verbose=1),
        epochs=3,
        model=small_model(optimizers.SGD(1.0)),
    )
    assert model.history.history["learning_rate"] == [1, 0.5, 0.25]
    assert capsys.readouterr().out.splitlines()[-1] == "Epoch 3: learning rate 0.25"


def test_a_schedule_that_fails_shows_its_own_error():
    def broken(epoch, lr):
        raise TypeError("mine")

    with pytest.raises(TypeError, match="mine"):
        fit(callbacks.LearningRateScheduler(broken))


@pytest.mark.parametrize(
    ("values", "options", "rates"),
    [
        ([3, 2, 2, 2, 2], {"patience": 1}, [1, 1, 1, 0.1, 0.01]),
        ([3, 2, 2, 2, 1, 1, 1], {"patience": 2, "factor": 0.5}, [1, 1, 1, 1, 0.5, 0.5, 0.5]),
        ([3, 3, 3, 3, 3, 3], {"patience": 2, "factor": 0.5}, [1, 1, 1, 0.5, 0.5, 0.25]),
        (
            [3, 3, 3, 3, 3, 3],
            {"patience": 1, "factor": 0.5, "cooldown": 2},
            [1, 1, 0.5, 0.5, 0.25, 0.25],
        ),
        ([3, 3, 3, 3], {"patience": 1, "factor": 0.5, "min_lr": 0.3}, [1, 1, 0.5, 0.3]),
        ([3, 2.95, 2.85, 2.8], {"patience": 1, "factor": 0.5, "min_delta": 0.1}, [1, 1, 0.5, 0.5]),
    ],
)
def test_a_plateau_reduces_the_rate(values, options, rates):
    model = follow(
        values, callbacks.ReduceLROnPlateau(**options), model=small_model(optimizers.SGD(1.0))
    )
    assert model.history.history["learning_rate"] == pytest.approx(rates)


def test_a_rate_that_cannot_be_set_is_refused():
    with pytest.raises(ValueError, match=r"factor must lie between 0 and 1.*got 1"):
        callbacks.ReduceLROnPlateau(factor=1.0)
    planned = optimizers.SGD(optimizers.schedules.CosineDecay(0.1, 9))
    with pytest.raises(TypeError, match="follows CosineDecay and cannot be set"):
        fit(callbacks.LearningRateScheduler(lambda epoch: 0.1), model=small_model(planned))


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (callbacks.EarlyStopping, "patience"),
        (callbacks.EarlyStopping, "start_from_epoch"),
        (callbacks.ReduceLROnPlateau, "patience"),
        (callbacks.ReduceLROnPlateau, "cooldown"),
        (callbacks.ReduceLROnPlateau, "min_lr"),
    ],
)
@pytest.mark.parametrize("bad", ["3", -1, None])
def test_numbers_are_looked_at_before_training(make, name, bad):
    with pytest.raises(ValueError, match=f"{name} must be"):
        make(**{name: bad})


def test_a_plateau_needs_a_rate_that_may_be_set():
    model = small_model(optimizers.SGD(optimizers.schedules.CosineDecay(0.1, 10)))
    with pytest.raises(TypeError, match="follows CosineDecay and cannot be set"):
        model.fit(X, Y, callbacks=[callbacks.ReduceLROnPlateau("loss")], verbose=0)
    assert model.optimizer.iterations == 0
