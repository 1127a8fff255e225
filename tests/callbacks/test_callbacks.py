"""Callbacks that log, stop on NaN or run functions, and how fit calls them all."""

import copy
import csv

import pytest
from scripted import NAN, Script, X, Y, fit, small_model

from minidl import callbacks


def test_every_line_of_the_csv_is_there_at_once(tmp_path):
    path, seen = tmp_path / "log.csv", []
    note = callbacks.LambdaCallback(on_epoch_end=lambda *_: seen.append(path.read_text()))
    path.write_text("something old")
    fit(Script(b=[0.1, 2], a=[1 / 3, 4]), callbacks.CSVLogger(path, ";"), note, epochs=2)
    first, second = seen
    assert first.startswith("epoch;a;accuracy;b;loss\n0;0.3333333333333333;") and second > first
    rows = list(csv.DictReader(second.splitlines(), delimiter=";"))
    assert [(row["epoch"], row["b"]) for row in rows] == [("0", "0.1"), ("1", "2")]


def test_append_continues_the_csv_and_a_missing_result_is_na(tmp_path):
    path = tmp_path / "log.csv"
    fit(Script(extra=[7]), callbacks.CSVLogger(path, append=True))
    fit(callbacks.CSVLogger(path, append=True), epochs=2)
    lines = path.read_text().splitlines()
    assert len(lines) == 4 and lines[0] == "epoch,accuracy,extra,loss"
    assert [line.split(",")[2] for line in lines[1:]] == ["7", "NA", "NA"]


def test_a_line_that_came_after_the_backup_is_written_anew(tmp_path):
    path = tmp_path / "log.csv"
    before, after = callbacks.CSVLogger(path), callbacks.CSVLogger(path)
    before.on_train_begin()
    before.on_epoch_end(0, {"loss": 2})
    state = before.get_state()
    before.on_epoch_end(1, {"loss": 1.23456789})
    after.on_train_begin()
    after.set_state(state)
    after.on_epoch_end(1, {"loss": 1})
    assert path.read_text() == "epoch,loss\n0,2\n1,1\n"


@pytest.mark.filterwarnings("ignore:invalid value", "ignore:overflow")
def test_terminate_on_nan_stops_within_the_epoch(capsys):
    model = small_model()

    def poison(batch, logs):
        model.layers[0].W.value[0] = NAN

    batches = []
    count = callbacks.LambdaCallback(on_batch_begin=lambda batch, logs: batches.append(batch))
    fit(
        callbacks.LambdaCallback(on_train_batch_end=poison),
        count,
        callbacks.TerminateOnNaN(),
        model=model,
        epochs=5,
    )
    assert batches == [0, 1] and model.history.epoch == [0]
    said = capsys.readouterr().out
    assert said == "The loss became nan in batch 2: training stops.\n"


def test_a_lambda_callback_and_a_class_in_keras_style_see_the_same_moments():
    calls, names = [], []

    class Mine(callbacks.Callback):
        def on_train_begin(self, logs):
            names.append(("on_train_begin", logs))

        def on_epoch_begin(self, epoch, logs):
            names.append(("on_epoch_begin", epoch, logs))

        def on_batch_begin(self, batch, logs={}):  # noqa: B006  as old posts write it
            names.append(("on_batch_begin", batch, logs))

        def on_batch_end(self, batch, logs={}):  # noqa: B006
            names.append(("on_batch_end", batch, dict(logs)))

        def on_epoch_end(self, epoch, logs):
            names.append(("on_epoch_end", epoch, dict(logs)))

        def on_train_end(self, logs):
            names.append(("on_train_end", logs))

    hooks = [name for name in vars(Mine) if name.startswith("on_")]
    record = {h: lambda *given, h=h: calls.append((h, *map(copy.copy, given))) for h in hooks}
    fit(Mine(), callbacks.LambdaCallback(**record), epochs=2)
    assert calls == names and len(calls) == 2 * (2 + 2 * 3) + 2
    assert set(calls[3][2]) == {"loss", "accuracy"}


def test_the_moments_of_a_validation_come_before_the_end_of_its_epoch():
    calls = []
    hooks = [f"on_test_{moment}" for moment in ("begin", "batch_begin", "batch_end", "end")]
    record = {h: lambda *given, h=h: calls.append((h, *map(copy.copy, given))) for h in hooks}
    at_the_end = {"on_epoch_end": lambda epoch, logs: calls.append(("on_epoch_end", dict(logs)))}
    watch = callbacks.LambdaCallback(**record, **at_the_end)
    model = fit(watch, validation_data=(X[:6], Y[:6]))
    batch = ["on_test_batch_begin", "on_test_batch_end"]
    names = ["on_test_begin", *batch, *batch, "on_test_end", "on_epoch_end"]
    assert [name for name, *_ in calls] == names
    assert [given[0] for name, *given in calls if "batch" in name] == [0, 0, 1, 1]
    results = model.evaluate(X[:6], Y[:6], return_dict=True)
    assert calls[2][2]["loss"] == pytest.approx(model.evaluate(X[:4], Y[:4])[0], rel=1e-6)
    assert calls[5][1] == dict(calls[4][2]) == pytest.approx(results, rel=1e-6)
    assert calls[6][1]["val_loss"] == calls[5][1]["loss"]
    calls.clear()
    fit(watch)
    assert [name for name, *_ in calls] == ["on_epoch_end"]


def test_callbacks_are_told_model_and_params_by_the_methods_that_keras_has():
    told = []

    class Mine(callbacks.Callback):
        def set_model(self, model):
            super().set_model(model)
            told.append(model)

        def set_params(self, params):
            super().set_params(params)
            told.append(params)

    mine, first, last = Mine(), callbacks.History(), callbacks.History()
    params = {"epochs": 3, "steps": 4, "verbose": 0}
    together = callbacks.prepare_callbacks("model", mine, [first], [last], params)
    assert told == ["model", params] and together == [first, mine, last]
    assert all((c.model, c.params, c.companions) == ("model", params, together) for c in together)
    callbacks.prepare_callbacks("model", mine, [], [])
    assert mine.params == {}
    for moment in ("begin", "batch_begin", "batch_end", "end"):
        getattr(mine, f"on_predict_{moment}")(*[0] * ("batch" in moment), {})


@pytest.mark.parametrize(
    ("attempt", "error", "message"),
    [
        (lambda: callbacks.LearningRateScheduler(0.1), TypeError, "function of .epoch.*got 0.1"),
        (
            lambda: callbacks.ModelCheckpoint("a.npz", save_freq=100),
            ValueError,
            "at the end of epochs.*got 100",
        ),
        (lambda: callbacks.ModelCheckpoint("best.keras"), ValueError, "write 'best.npz'"),
        (lambda: callbacks.ModelCheckpoint("a.weights.h5"), ValueError, "write 'a.npz'"),
        (
            lambda: callbacks.ModelCheckpoint("w.{epoch:02d}-{val_loss:.2f}.hdf5"),
            ValueError,
            r"write 'w.{epoch:02d}-{val_loss:.2f}.npz'",
        ),
        (
            lambda: callbacks.ModelCheckpoint("w-{val_loss:.2f}"),
            ValueError,
            r"write 'w-{val_loss:.2f}.npz'",
        ),
    ],
)
def test_what_keras_has_and_minidl_has_not_is_explained(attempt, error, message):
    with pytest.raises(error, match=message):
        attempt()


def test_terminate_on_nan_does_not_need_a_loss():
    callbacks.TerminateOnNaN().on_train_batch_end(0, {"reward": 1.0})


def test_callbacks_may_be_one_or_none_but_not_a_class():
    history = small_model().fit(X, Y, epochs=3, callbacks=Script(loss=[1, 2, 3]), verbose=0)
    assert history.history["loss"] == [1, 2, 3]
    assert small_model().fit(X, Y, callbacks=None, verbose=0).epoch == [0]
    with pytest.raises(TypeError, match=r"got <class.*; write EarlyStopping\(\.\.\.\)"):
        small_model().fit(X, Y, callbacks=[callbacks.EarlyStopping])
    with pytest.raises(TypeError, match=r"objects of minidl\.callbacks; got 'EarlyStopping'"):
        small_model().fit(X, Y, callbacks=["EarlyStopping"])


def test_functions_may_follow_a_prediction_and_a_name_that_no_callback_has_is_refused():
    seen = []
    note = callbacks.LambdaCallback(on_predict_end=lambda logs: seen.append("ended"))
    small_model().predict(X, callbacks=[note])
    assert seen == ["ended"]
    with pytest.raises(TypeError, match="argument 'on_epoch_ended'"):
        callbacks.LambdaCallback(on_epoch_ended=print)
