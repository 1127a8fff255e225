"""Samples and classes that count more or less, in every loss and in every door of a model."""

import numpy as np
import pytest

from minidl import Sequential, gradcheck, losses, optimizers
from minidl.layers import Dense
from minidl.utils import to_categorical

RNG = np.random.default_rng(0)
X = RNG.standard_normal((9, 4))
LABELS = np.array([0, 1, 1, 0, 2, 1, 0, 2, 0])
WEIGHTS = RNG.uniform(0, 3, 9)
PER_CLASS = {0: 0.5, 1: 2.0, 2: 3.0}

CASES = {
    "mse": (losses.MeanSquaredError(), RNG.standard_normal((9, 3)), X[:, :3]),
    "mse, column": (losses.MeanSquaredError(), RNG.standard_normal(9), X[:, :1]),
    "mse, columns of sequences": (losses.MeanSquaredError(), X[:, :3], RNG.random((9, 3, 1))),
    "mae, sequences": (losses.MeanAbsoluteError(), RNG.random((9, 2, 3)), RNG.random((9, 2, 3))),
    "binary": (losses.BinaryCrossentropy(True), RNG.integers(0, 2, (9, 4)), X),
    "categorical": (losses.CategoricalCrossentropy(True), to_categorical(LABELS), X[:, :3]),
    "sparse": (losses.SparseCategoricalCrossentropy(True), LABELS, X[:, 1:]),
    "sparse, sequences": (
        losses.SparseCategoricalCrossentropy(True),
        RNG.integers(0, 3, (9, 2)),
        RNG.standard_normal((9, 2, 3)),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_weighted_loss_is_the_mean_of_weight_times_loss(name):
    loss, y_true, y_pred = CASES[name]
    value, dy = loss(y_true, y_pred, WEIGHTS)
    each = [loss(y_true[n : n + 1], y_pred[n : n + 1])[0] for n in range(9)]
    assert value == pytest.approx(np.dot(WEIGHTS, each) / 9, rel=1e-12)
    y = y_pred.copy()
    by_steps = gradcheck.numeric(lambda: loss(y_true, y, WEIGHTS)[0], y)
    assert gradcheck.relative_error(dy, by_steps).max() < 1e-6
    assert np.array_equal(loss(y_true, y_pred, np.ones(9))[1], loss(y_true, y_pred)[1])
    assert loss(y_true, y_pred.astype("f4"), WEIGHTS)[1].dtype == "f4"


def _model(loss="sparse_categorical_crossentropy", **options):
    model = Sequential([Dense(5, "tanh"), Dense(3, "softmax")], seed=0)
    model.compile(optimizers.SGD(0.5), loss, ["accuracy"], **options)
    return model


def _fit(y=LABELS, loss="sparse_categorical_crossentropy", **options):
    model = _model(loss)
    history = model.fit(X, y, batch_size=4, epochs=3, verbose=0, **options).history
    return history["loss"], [w.tolist() for w in model.get_weights()]


def test_weights_of_classes_are_weights_of_samples_in_disguise(backend):
    by_sample = _fit(sample_weight=[PER_CLASS[label] for label in LABELS])
    assert _fit(class_weight=PER_CLASS) == by_sample != _fit()
    assert _fit(LABELS[:, None], class_weight=PER_CLASS) == by_sample
    loss = "categorical_crossentropy"
    rows = to_categorical(LABELS)
    by_class = _fit(rows, loss, class_weight=PER_CLASS)
    assert by_class == _fit(rows, loss, sample_weight=[PER_CLASS[label] for label in LABELS])
    np.testing.assert_allclose(by_class[0], by_sample[0], rtol=1e-5)


def test_a_weight_of_two_is_a_sample_that_comes_twice():
    counts = np.array([1, 2, 0, 1, 1, 3, 1, 0, 1])
    weighted, repeated = _model(), _model()
    rows = np.repeat(np.arange(9), counts)
    a = weighted.train_on_batch(X, LABELS, sample_weight=counts)[0]
    repeated.optimizer.learning_rate *= len(rows) / 9  # its mean is over more samples
    b = repeated.train_on_batch(X[rows], LABELS[rows])[0]
    assert a == pytest.approx(b * len(rows) / 9, rel=1e-5)
    for one, other in zip(weighted.get_weights(), repeated.get_weights()):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_train_on_batch_takes_weights_of_classes_too():
    by_class = _model().train_on_batch(X, LABELS, class_weight=PER_CLASS)
    assert by_class == _model().train_on_batch(X, LABELS, [PER_CLASS[label] for label in LABELS])


def test_evaluate_weighs_the_loss_and_not_the_metrics():
    model = _model()
    each = -np.log(model.predict(X)[np.arange(9), LABELS])
    for batch_size in (9, 4, 1):
        loss, accuracy = model.evaluate(X, LABELS, batch_size, sample_weight=WEIGHTS)
        assert loss == pytest.approx(np.dot(WEIGHTS, each) / 9, rel=1e-5)
        assert accuracy == model.evaluate(X, LABELS)[1]


def test_validation_data_may_bring_weights():
    model = _model()
    data = (X, LABELS, WEIGHTS)
    history = model.fit(X, LABELS, validation_data=data, class_weight=PER_CLASS, verbose=0).history
    expected = model.evaluate(X, LABELS, sample_weight=WEIGHTS)[0]
    assert history["val_loss"] == pytest.approx([expected], rel=1e-6)


def test_classes_count_the_same_in_validation_wherever_its_samples_come_from():
    one, other = _model(), _model()
    a = one.fit(X, LABELS, class_weight=PER_CLASS, validation_split=1 / 3, verbose=0).history
    b = other.fit(
        X[:6], LABELS[:6], class_weight=PER_CLASS, validation_data=(X[6:], LABELS[6:]), verbose=0
    ).history
    assert a == b
    assert a["val_loss"] == pytest.approx([one.evaluate(X[6:], LABELS[6:])[0]], rel=1e-6)


def test_a_split_takes_the_weights_along():
    weights = np.where(np.arange(9) < 6, 1.0, 5.0)
    one, other = _model(), _model()
    a = one.fit(X, LABELS, sample_weight=weights, validation_split=1 / 3, verbose=0).history
    b = other.fit(X[:6], LABELS[:6], validation_data=(X[6:], LABELS[6:]), verbose=0).history
    assert a["loss"] == b["loss"]
    assert a["val_loss"] == pytest.approx([5 * b["val_loss"][0]], rel=1e-6)


def test_a_rare_class_that_counts_more_is_found_more_often():
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(0, 1, (190, 2)), rng.normal(1.5, 1, (10, 2))])
    y = np.repeat([0, 1], [190, 10])
    found = []
    for weights in (None, {0: 1, 1: 19}):
        model = Sequential([Dense(1, "sigmoid")], seed=0)
        model.compile(optimizers.SGD(0.5), "binary_crossentropy")
        model.fit(x, y, epochs=40, class_weight=weights, verbose=0)
        found.append((model.predict(x[190:]) > 0.5).mean())
    assert found[0] < 0.5 < 0.7 < found[1]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"sample_weight": WEIGHTS[:5]}, ValueError, r"shape \(9,\); got shape \(5,\)"),
        ({"sample_weight": np.ones((9, 3))}, ValueError, r"shape \(9,\); got shape \(9, 3\)"),
        ({"sample_weight": WEIGHTS - 2}, ValueError, r"must not be negative; got -1\.\d+ at index"),
        ({"sample_weight": np.full(9, np.nan)}, ValueError, "sample_weight holds 9 values.*NaN"),
        ({"sample_weight": ["a"] * 9}, TypeError, "sample_weight must hold numbers"),
        ({"class_weight": {0: 1, 2: 1}}, ValueError, "no weight for class 1; it has 0, 2"),
        ({"class_weight": {0: 1, 1: -1, 2: 1}}, ValueError, "class_weight must not be negative"),
        ({"class_weight": {**PER_CLASS, 1: np.nan}}, ValueError, "class_weight holds 1 values"),
        ({"class_weight": "balanced"}, TypeError, "must be a dict from class to weight"),
        ({"class_weight": PER_CLASS, "sample_weight": WEIGHTS}, ValueError, "multiply them"),
        (
            {"validation_data": (X, LABELS, WEIGHTS[:5])},
            ValueError,
            r"validation sample_weight needs one number a sample, shape \(9,\)",
        ),
    ],
)
def test_weights_that_cannot_work_are_explained_before_training(options, error, message):
    model = _model()
    model.predict(X)
    before = model.get_weights()
    with pytest.raises(error, match=message):
        model.fit(X, LABELS, verbose=0, **options)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights()))


@pytest.mark.parametrize(
    ("y", "units"), [(RNG.random((9, 3)), 3), (RNG.integers(0, 2, (9, 3)), 3), (X[:, :2], 2)]
)
def test_weights_of_classes_need_classes(y, units):
    model = Sequential([Dense(units)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"needs integer labels or one-hot rows; got y of shape"):
        model.fit(X, y, class_weight=PER_CLASS, verbose=0)


def test_weights_of_classes_need_one_label_a_sample():
    model = Sequential([Dense(2, input_shape=(3, 1))])
    model.compile("sgd", losses.SparseCategoricalCrossentropy(from_logits=True))
    y = np.eye(3, dtype=int)[[0, 1, 2, 0]]  # labels of sequences that look like one-hot rows
    with pytest.raises(ValueError, match="one label a sample"):
        model.fit(np.ones((4, 3, 1)), y, class_weight=PER_CLASS, verbose=0)
