"""What the programs with models in a row must find, whichever library runs them.

Each function has the name of a program and takes its variables. A bound on an accuracy or an error
lies where nothing gets that has not learned; what guessing would give stands beside it.
"""

import numpy as np
import pytest


def augmentation(p):
    assert p.test_acc > 0.8  # by chance 0.5
    assert p.left_alone and p.changed > 5
    assert p.shown.shape == (4, 16, 16, 3)


def autoencoders(p):
    assert p.codes.shape == (397, 8)
    np.testing.assert_allclose(p.rebuilt, p.whole, atol=1e-6)
    assert p.error < 0.5 * p.error_of_mean
    assert p.noise_left < 0.8 * p.noise


def batch_by_batch(p):
    assert p.losses[-1] < 0.3 * p.losses[0]
    assert p.names[0] == "loss" and set(p.logs) == {"loss", "accuracy"}
    assert p.evaluated == pytest.approx(list(p.by_hand), rel=1e-4)
    assert p.evaluated[1] > 0.8 and p.same < 1e-5 and p.logits.shape == (7, 10)
    assert p.steps == 201 and len(p.weighted) == 2 and p.stepped > 0


def bidirectional_lstm(p):
    assert p.acc > 0.9 and p.difference < 1e-5
    first = [(16, 48), (12, 48), (48,)]
    second = [(24, 32), (8, 32), (32,)]
    assert p.shapes == [(60, 16), *first, *first, *second, *second, (16, 1), (1,)]


def callbacks_on_files(p):
    epochs = len(p.history.epoch)
    assert 12 < epochs < 100 and len(p.rows) == epochs
    assert p.files == ["best.keras", "last.weights.h5", "training.csv"]
    assert set(p.rows[0]) == {"epoch", *p.history.history}
    assert p.kept[0] == pytest.approx(p.best_val_loss, rel=0.02)  # no better by 0.001 is no better
    assert p.stored[0] == pytest.approx(p.best_val_loss, rel=1e-4)
    assert p.last_rate < 0.01 and p.accuracy > 0.9  # 0.7 of the tumours are of one kind


def character_generation(p):
    losses = p.history.history["loss"]
    assert losses[-1] < 0.5 * np.log(len(p.chars))  # what guessing would cost
    assert p.model.output_shape[-1] == len(p.chars)
    for written in p.written.values():
        assert written.startswith(p.text[:12]) and len(written) == 36


def clothes_classifier(p):
    assert p.test_acc > 0.9 and p.test_acc == pytest.approx(p.accuracy_by_hand)
    assert p.ran == (12, 29, 11)  # 900 samples: 29 steps
    assert sorted(p.history.history) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    assert p.single.shape == (1, 5) and p.answer == p.class_names[p.test_labels[0]]


def composite_layer(p):
    assert p.score[1] > 0.85  # a line through the spirals gets 0.6
    assert p.inside == ["Dense", "BatchNormalization", "Activation", "Dropout"]
    assert p.counts == [17, 11, 6, 64 * 64 + 4 * 64]
    assert p.features.shape == (150, 32)


def conv1d_text(p):
    assert p.accuracy > 0.85
    assert [shape[1:] for shape in p.shapes.values()] == [
        *((20, 16), (20, 16), (10, 16), (6, 16), (16,), (1,)),
    ]


def digits_convnet(p):
    assert p.score[1] > 0.7 and p.difference < 1e-5
    assert set(p.history.history) == {"acc", "loss", "val_acc", "val_loss"}


def digits_mlp(p):
    assert 1.5 < p.first_loss < 4  # about ln 10
    assert p.score[0] < 0.5 * p.first_loss and p.score[1] > 0.8
    np.testing.assert_allclose(p.probabilities.sum(axis=1), 1, rtol=1e-5)


def fine_tuning(p):
    assert p.base_accuracy > 0.7 and p.accuracy_head > 0.7 and p.accuracy_tuned > 0.75
    assert p.frozen_count == (4, 4) and all(p.frozen)
    assert p.tuned_count == (6, 2) and p.tuned == [True, True, False, False]


def forecasting_windows(p):
    assert all(mae < 0.5 * p.naive_mae for mae in p.maes.values())
    assert p.windows.shape == (683, 12, 2)


def gan(p):
    assert p.critic_stood_still and p.generated.shape == (200, 8, 8, 1)
    assert p.distance_after < 0.5 * p.distance_before


def generator_steps(p):
    assert len(p.history.history["val_loss"]) == 6
    assert p.test_mae < 0.8 * p.naive and p.predicted.shape == (64, 1)


def house_prices_kfold(p):
    assert len(p.all_scores) == 3 and max(p.all_scores) < 0.5 * p.mae_of_the_mean
    assert len(p.average_mae_history) == 15
    assert p.average_mae_history[-1] == pytest.approx(np.mean(p.all_scores), rel=1e-3)
    assert p.test_mae_score < 0.5 * p.mae_of_the_mean


def learning_rates(p):
    assert p.scheduled == pytest.approx([0.05] * 5 + [0.05 * 0.9**k for k in range(1, 6)])
    assert p.by_attribute == pytest.approx(0.02) and p.by_assign == pytest.approx(0.001)
    assert p.rates == pytest.approx([0.01, 0.01, 0.0096, 0.0003])
    assert p.steps_taken == 500
    assert p.mae_robust < 0.15 and p.mae_robust < 0.5 * p.mae_squared
    assert p.losses[-1] < p.losses[0]


def looking_inside(p):
    assert not p.built_at_first
    for text in ("my_sequential", "my_first_layer", "Total params: 255", "168"):
        assert text in p.summary
    assert p.shapes == {
        "kernel": (13, 12),
        "bias": (12,),
        "input": (None, 13),
        "output": (None, 3),
        "hidden": (None, 12),
        "symbolic input": (None, 13),
        "symbolic output": (None, 3),
    }
    assert p.weights[:3] == [("kernel", (13, 12)), ("bias", (12,)), ("gamma", (12,))]
    assert len(p.weights) == 8 and p.counts == [168, 48, 39] and p.trainable == (6, 2)
    assert p.described == ("my_last_layer", 3, "softmax")
    assert p.moved > 0.01 and p.accuracy > 0.9
    assert {name: tuple(shape) for name, shape in p.state.items()} == {
        "moving_mean": (12,),
        "moving_variance": (12,),
    }


def newswires(p):
    assert p.accuracy > 0.8 and p.top_3 >= p.accuracy > p.narrow_accuracy + 0.1
    assert p.by_chance < 0.25 and p.predictions.shape == (400, 8)
    names = {"loss", "accuracy", "top_3_accuracy"}
    assert set(p.history.history) == names | {f"val_{name}" for name in names}


def overfitting(p):
    rise = {name: losses[-1] - min(losses) for name, losses in p.val_losses.items()}
    assert rise["original"] > 0.2  # it learned its noise
    for name in ("smaller", "l2", "dropout", "both"):
        assert p.val_losses[name][-1] < p.val_losses["original"][-1] - 0.1
    assert p.models["original"].count_params() == 21 * 64 + 65 * 64 + 65
    assert p.largest["l2"] < p.largest["original"] and p.penalty > 0.01


def own_callback(p):
    epochs = len(p.history.epoch)
    assert p.diary.lines[0] == "60 epochs of 10 steps" and p.diary.lines[-1] == "over"
    assert p.diary.lines[1] == "0: accuracy, loss, val_accuracy, val_loss"
    assert 1 < epochs < 60 and p.seen == list(range(epochs))
    assert len(p.diary.batch_losses) == 10 * epochs
    assert p.diary.rates == pytest.approx([0.02 / 2 ** (epoch // 10) for epoch in range(epochs)])
    assert p.accuracy > 0.85


def py_dataset(p):
    assert len(p.train) == 26 and len(p.val) == 5
    assert p.train.epochs_ended >= 8 and p.order_changed
    assert p.predictions.shape == (497, 10)
    assert p.accuracy > 0.8 and p.accuracy == pytest.approx(p.by_hand, rel=1e-4)


def reviews_multi_hot(p):
    assert list(p.history_dict) and len(p.history_dict["val_binary_accuracy"]) == 12
    assert 1 <= p.best_epoch <= 12 and p.results[1] > 0.85
    assert p.probabilities.shape == (500, 1)


def text_vectorization(p):
    assert p.vocabulary[:2] == ["", "[UNK]"] and len(p.vocabulary) == 21
    assert p.x_train.shape == (450, 10) and p.x_train.max() < 21
    assert p.accuracy > 0.9
    assert p.verdicts[0] > 0.5 > p.verdicts[1]


def unbalanced_metrics(p):
    assert p.plain["accuracy"] > 0.9 > p.weighted["accuracy"]
    assert p.plain["recall"] < 0.5 < p.weighted["recall"] and p.weighted["auc"] > 0.75
    frauds = p.weighted["tp"] + p.weighted["fn"]
    assert frauds == p.val_targets.sum()
    assert p.weighted["recall"] == pytest.approx(p.weighted["tp"] / frauds, rel=1e-4)
    assert p.recall_at_03 == pytest.approx(p.by_hand, rel=1e-5) and p.after_reset == 0


def weights_and_json(p):
    assert p.scores[1] > 0.8 and p.loaded_scores == pytest.approx(p.scores, rel=1e-4)
    assert len(p.differences) == 4 and max(p.differences) < 1e-5 < p.untrained
    assert p.class_name == "Sequential" and p.names == ["wide", "holes", "kind"]
