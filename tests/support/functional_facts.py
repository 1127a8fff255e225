"""What the programs with `Model(inputs, outputs)` must find, whichever library runs them.

Each function has the name of a program and takes its variables.
"""

import numpy as np
import pytest


def cut_autoencoder(p):
    assert p.error < 0.7 * p.error_of_mean and p.difference < 1e-5
    assert p.shapes == [(None, 12), (None, 12), (None, 64)] and p.shared
    assert p.encoded_imgs.shape == (397, 12)


def encoder_decoder(p):
    assert p.right >= 15  # three letters by chance: 1 of 216
    assert p.history.history["accuracy"][-1] > 0.8
    assert p.decoder_model.count_params() < p.model.count_params()


def feature_extraction(p):
    assert p.shapes == {"conv_1": (10, 6, 6, 8), "pool_1": (10, 3, 3, 8), "conv_2": (10, 2, 2, 16)}
    assert p.smallest >= 0 and p.accuracy > 0.7
    assert p.large_accuracy > 0.75 and p.untouched and p.trained == (4, 4)


def inception(p):
    assert p.accuracy > 0.7 and p.accuracy == pytest.approx((p.read == p.y_test).mean(), rel=1e-4)
    assert p.shapes == {"mixed0": (None, 8, 8, 16), "mixed1": (None, 4, 4, 32)} and p.joined == 4


def pretrained_base(p):
    assert p.names[:3] == ["block1_conv1", "block1_conv2", "block1_pool"] and len(p.names) == 18
    assert p.features.shape == (24, 1, 1, 512) and p.features.min() >= 0
    assert p.in_the_row == (5, 4, 30) and not p.moved_while_frozen
    assert p.moved == 20 * [False] + 6 * [True]  # kernel and bias of 13 convolutions
    assert p.trained == 2 and p.answers.shape == (2, 5)
    assert p.inner.shape == (1, 3, 2, 512)


def recommender(p):
    assert p.losses[-1] < 0.1 * p.losses[0] and p.error < 0.1 * p.error_of_mean
    assert p.vectors.shape == (40, 6) and p.names == ["user_tower", "movie_tower"]
    assert p.predictions.shape == (480, 1)


def residual_network(p):
    assert p.accuracy > 0.8 and p.difference < 1e-5
    assert p.sums == ["add", "add_1", "doubled"] and p.counts == (22, 5242, 10)


def siamese(p):
    assert p.accuracy > 0.7  # half of the pairs are of one digit
    assert p.parameters == 65 * 64 + 65 * 32 + 34
    assert p.codes.shape == (600, 32)
    np.testing.assert_allclose(p.with_itself, 1, atol=1e-4)


def two_inputs(p):
    assert p.as_dict[1] > 0.85 and p.as_dict == pytest.approx(p.as_list)
    assert p.names == ["words", "table"]
    assert p.shapes == [(None, 8), (None, 3), (None, 32), (None, 1)]
    assert p.predictions.shape == (200, 1) and p.parameters == 2225


def two_outputs(p):
    names = ["digit_accuracy", "digit_loss", "ink_loss", "ink_mae", "loss"]
    assert p.keys == names + [f"val_{name}" for name in names]
    assert p.shapes == {"digit": (397, 10), "ink": (397, 1)}
    assert p.results["digit_accuracy"] == pytest.approx(p.accuracy_by_hand, rel=1e-4)
    assert p.results["ink_mae"] == pytest.approx(p.mae_by_hand, rel=1e-4)
    assert p.accuracy_by_hand > 0.7 and p.mae_by_hand < 0.4  # guessing: 0.1 and 0.8
    whole = p.results["digit_loss"] + 0.5 * p.results["ink_loss"]
    assert [p.results["loss"], p.total] == pytest.approx([whole, whole], rel=1e-3)


def unet(p):
    assert p.overlap > 0.7 and p.predicted.shape == (60, 16, 16, 1)
    assert p.shapes == [(None, 4, 4, 16), (None, 4, 4, 32), (None, 8, 8, 16), (None, 16, 16, 8)]


def wide_and_deep(p):
    assert p.error < 0.75 * p.of_the_mean
    assert p.found["main_loss"] == pytest.approx(p.error, rel=1e-4) == pytest.approx(p.best)
    expected = 0.9 * p.found["main_loss"] + 0.1 * p.found["helper_loss"]
    assert p.found["loss"] == pytest.approx(expected, rel=1e-3)
    assert sorted(p.found) == ["helper_loss", "helper_mae", "loss", "main_loss", "main_mae"]


def ensemble(p):
    assert min(p.alone) > 0.8 and p.together >= np.mean(p.alone) and p.difference < 1e-5
    assert p.moved == 0 and p.trained == (2, 14) and p.judged_accuracy > 0.8


def attention_by_hand(p):
    assert p.accuracy > p.always_no + 0.1 and p.accuracy > 0.9
    assert p.looks.shape == (5, 8, 8)
    np.testing.assert_allclose(p.looks.sum(axis=-1), 1, rtol=1e-5)
