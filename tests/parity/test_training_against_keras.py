"""Whole trainings in both libraries, from the same weights on the same batches.

Epsilon is small, because Keras adds it under the root (Adagrad, RMSprop) or before the correction
(Adam); batches are taken in order, because the two draw other orders from one seed.
"""

import numpy as np
import pytest
from keras_on_torch import keras

import minidl

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

RNG = np.random.default_rng(0)
X = RNG.standard_normal((48, 5)).astype("f4")
LABELS = (X[:, 0] > 0).astype("i4") + (X[:, 1] > 0.5)
NUMBERS = np.sin(X[:, :2]).astype("f4")
TARGETS = {
    "sparse_categorical_crossentropy": (LABELS, 3, "softmax"),
    "categorical_crossentropy": (np.eye(3, dtype="f4")[LABELS], 3, "sigmoid"),
    "binary_crossentropy": ((X[:, :1] > 0).astype("f4"), 1, "sigmoid"),
    "mse": (NUMBERS, 2, "linear"),
    "mae": (NUMBERS, 2, "tanh"),
    "huber": (3 * NUMBERS, 2, "linear"),
}
SMALL = {"epsilon": 1e-12}
OPTIMIZERS = [
    ("SGD", {"learning_rate": 0.1}),
    ("SGD", {"learning_rate": 0.05, "momentum": 0.9}),
    ("SGD", {"learning_rate": 0.05, "momentum": 0.8, "nesterov": True}),
    ("SGD", {"learning_rate": 0.1, "clipnorm": 0.1}),
    ("SGD", {"learning_rate": 0.1, "clipvalue": 0.01}),
    ("SGD", {"learning_rate": 0.1, "global_clipnorm": 0.1}),
    ("SGD", {"learning_rate": 0.1, "weight_decay": 0.1}),
    ("Adagrad", {"learning_rate": 0.1, **SMALL}),
    ("RMSprop", {"learning_rate": 0.01, **SMALL}),
    ("RMSprop", {"learning_rate": 0.01, "momentum": 0.5, "centered": True, **SMALL}),
    ("Adam", {"learning_rate": 0.01, **SMALL}),
    ("Adam", {"learning_rate": 0.01, "amsgrad": True, **SMALL}),
    ("AdamW", {"learning_rate": 0.01, "weight_decay": 0.1, **SMALL}),
]
SCHEDULES = [
    ("ExponentialDecay", (0.1, 5, 0.5)),
    ("ExponentialDecay", (0.1, 5, 0.5, True)),
    ("CosineDecay", (0.1, 9, 0.1)),
    ("CosineDecay", (0.01, 9, 0.0, None, 0.1, 4)),
]


def _made(library, build):
    """A model of either library, with the weights that a generator draws."""
    model = build(library)
    rng = np.random.default_rng(1)
    model.set_weights(
        [0.5 * rng.standard_normal(w.shape).astype("f4") for w in model.get_weights()]
    )
    return model


def _net(units, last, hidden="tanh"):
    def build(library):
        model = library.Sequential()
        model.add(library.Input(shape=(5,)))
        model.add(library.layers.Dense(6, activation=hidden))
        model.add(library.layers.Dense(units, activation=last))
        return model

    return build


def _trained(build, y, compiled, epochs=3, **options):
    """Train in both; return both histories and the largest difference between their weights."""
    histories, weights = [], []
    for library in (minidl, keras):
        model = _made(library, build)
        model.compile(**compiled(library))
        given = {key: value(library) for key, value in options.items()}
        history = model.fit(
            X, y, batch_size=10, epochs=epochs, shuffle=False, verbose=0, **given
        ).history
        histories.append({name: np.asarray(values, float) for name, values in history.items()})
        weights.append(model.get_weights())
    return *histories, max(np.abs(a - b).max() for a, b in zip(*weights))


def _alike(ours, theirs, apart, rtol=1e-4):
    assert ours.keys() == theirs.keys()
    for name, values in ours.items():
        np.testing.assert_allclose(values, theirs[name], rtol=rtol, atol=1e-6, err_msg=name)
    assert apart < 5e-4


@pytest.mark.parametrize("loss", TARGETS)
@pytest.mark.parametrize("hidden", ["relu", "tanh", "hard_sigmoid", "gelu"])
def test_losses_and_activations(loss, hidden):
    y, units, last = TARGETS[loss]
    compiled = lambda library: {"optimizer": library.optimizers.SGD(0.1), "loss": loss}  # noqa: E731
    _alike(*_trained(_net(units, last, hidden), y, compiled))


@pytest.mark.parametrize(("name", "options"), OPTIMIZERS, ids=str)
def test_optimizers(name, options):
    def compiled(library):
        return {"optimizer": getattr(library.optimizers, name)(**options), "loss": "mse"}

    _alike(*_trained(_net(2, "linear"), NUMBERS, compiled), rtol=1e-3)


@pytest.mark.parametrize(("name", "arguments"), SCHEDULES, ids=str)
def test_schedules(name, arguments):
    def compiled(library):
        schedules = library.optimizers.schedules
        if name == "CosineDecay" and len(arguments) > 3:
            start, steps, alpha, _, top, warmup = arguments
            rate = schedules.CosineDecay(
                start, steps, alpha, warmup_target=top, warmup_steps=warmup
            )
        else:
            rate = getattr(schedules, name)(*arguments)
        return {"optimizer": library.optimizers.SGD(rate), "loss": "mse"}

    _alike(*_trained(_net(2, "linear"), NUMBERS, compiled))


@pytest.mark.parametrize(
    "given",
    [
        ["accuracy"],
        ["AUC", "Precision", "Recall"],
        ["BinaryAccuracy", "MeanSquaredError"],
    ],
    ids=str,
)
def test_metrics_over_an_epoch(given):
    def compiled(library):
        made = [n if n == "accuracy" else getattr(library.metrics, n)(name=n) for n in given]
        return {"optimizer": library.optimizers.SGD(0.1), "loss": "mse", "metrics": made}

    held = {"validation_data": lambda library: (X[::3], (X[::3, :1] > 0).astype("f4"))}
    y = (X[:, :1] > 0).astype("f4")
    _alike(*_trained(_net(1, "sigmoid"), y, compiled, **held))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("EarlyStopping", {"patience": 1, "min_delta": 0.02, "restore_best_weights": True}),
        ("EarlyStopping", {"baseline": 0.1, "patience": 2, "start_from_epoch": 2}),
        ("ReduceLROnPlateau", {"patience": 0, "min_delta": 0.02, "cooldown": 1, "factor": 0.5}),
        ("ReduceLROnPlateau", {"patience": 1, "min_delta": 0.1, "min_lr": 0.3, "factor": 0.5}),
        ("LearningRateScheduler", {"schedule": lambda epoch: 0.5 / (1 + epoch)}),
        ("LearningRateScheduler", {"schedule": lambda epoch, rate: float(rate) * 0.7}),
    ],
    ids=lambda value: value if isinstance(value, str) else ",".join(value),
)
def test_callbacks(name, options):
    def callbacks(library):
        watched = {} if name == "LearningRateScheduler" else {"monitor": "loss"}
        return [getattr(library.callbacks, name)(**watched, **options)]

    compiled = lambda library: {"optimizer": library.optimizers.SGD(0.5), "loss": "mse"}  # noqa: E731
    _alike(*_trained(_net(2, "linear"), NUMBERS, compiled, epochs=9, callbacks=callbacks))
