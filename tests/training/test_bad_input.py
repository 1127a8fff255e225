"""What a user can get wrong with a model, and what the model says then."""

import functools

import numpy as np
import pytest

from minidl import Sequential, metrics
from minidl.layers import Dense, Flatten

X, Y = np.zeros((6, 4), "f4"), np.zeros(6, "i8")


def _model(compiled=True):
    model = Sequential([Dense(3, "relu", input_shape=(4,)), Dense(2, "softmax")], seed=0)
    if compiled:
        model.compile("sgd", "sparse_categorical_crossentropy")
    return model


def _with(array, value):
    array = np.array(array, "f8")
    array[2, 1] = value
    return array


@pytest.mark.parametrize(
    ("x", "y", "error", "message"),
    [
        (np.zeros((6, 5)), Y, ValueError, r"'sequential' was built for.*\(4,\).*take \(5,\)"),
        (np.zeros((6, 2, 2)), Y, ValueError, r"\(4,\) and cannot take \(2, 2\)"),
        (X, Y[:5], ValueError, r"same number of samples; got 6 \(shape \(6, 4\)\) and 5"),
        (X, Y + 2, ValueError, "labels from 0 to 1.*got labels from 2 to 2"),
        (X, np.zeros((6, 2)), ValueError, r"shape \(6,\).*got \(6, 2\)"),
        (_with(X, np.nan), Y, ValueError, r"x holds 1 values.*NaN.*first at index \(2, 1\)"),
        (_with(X, np.inf), Y, ValueError, r"x holds 1 values.*infinite.*index \(2, 1\)"),
        (X, np.full(6, np.nan), ValueError, r"y holds 6 values.*NaN.*index \(0,\)"),
        (X[:0], Y[:0], ValueError, r"x is empty: got shape \(0, 4\)"),
        ([], [], ValueError, r"x is empty: got shape \(0,\)"),
        (3.0, Y, ValueError, r"x is empty: got shape \(\)"),
        ([["a"] * 4] * 6, Y, TypeError, "x must hold numbers; got dtype <U1"),
        ([[1, 2], [3]], Y, TypeError, "x is not a rectangular array"),
        ([None] * 6, Y, TypeError, "x must hold numbers; got dtype object"),
    ],
)
@pytest.mark.parametrize("method", ["fit", "evaluate", "train_on_batch"])
def test_data_that_do_not_fit_are_explained_and_nothing_is_trained(method, x, y, error, message):
    model = _model()
    before = model.get_weights()
    with pytest.raises(error, match=message):
        getattr(model, method)(x, y)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights()))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": 0}, "batch_size must be an integer of at least 1; got 0"),
        ({"batch_size": 2.5}, "batch_size must be an integer of at least 1; got 2.5"),
        ({"epochs": 0}, "epochs must be an integer of at least 1; got 0"),
        ({"validation_split": 1.0}, "validation_split must be a share between 0 and 1; got 1.0"),
        ({"validation_split": 0.99}, None),
        ({"steps_per_epoch": 0}, "steps must be an integer of at least 1; got 0"),
        ({"steps_per_epoch": -1}, "steps must be an integer of at least 1; got -1"),
        ({"validation_data": (X, Y), "validation_steps": "a"}, "steps must be .*; got 'a'"),
        ({"validation_data": (X, Y), "validation_batch_size": 0}, "batch_size must be .*; got 0"),
        ({"validation_data": (X,)}, r"validation_data must be \(x, y\) or .*; got a tuple of 1"),
        ({"validation_data": [X, Y, Y, Y]}, "validation_data must be .*; got a list of 4"),
        ({"validation_data": X[:2]}, "validation_data must be .*; got a ndarray"),
        ({"validation_data": (X, Y[:3])}, "validation x and validation y must have the same"),
        ({"validation_data": (X[:, :3], Y)}, r"\(4,\) and cannot take \(3,\)"),
        ({"validation_data": (X, Y + 5)}, "labels from 0 to 1"),
    ],
)
def test_settings_of_fit_that_cannot_work_are_explained(options, message):
    if message is None:  # a large share is fine as long as one sample is left
        _model().fit(X, Y, verbose=0, **options)
        return
    with pytest.raises(ValueError, match=message):
        _model().fit(X, Y, verbose=0, **options)


def test_a_split_that_leaves_nothing_is_explained():
    with pytest.raises(ValueError, match="leaves nothing of 1 samples to train on"):
        _model().fit(X[:1], Y[:1], validation_split=0.5)


@pytest.mark.parametrize("method", ["fit", "evaluate", "train_on_batch"])
def test_training_needs_compile(method):
    with pytest.raises(RuntimeError, match=f"{method} needs a compiled model: call compile"):
        getattr(_model(compiled=False), method)(X, Y)


def test_predict_needs_no_compile_but_good_data():
    model = _model(compiled=False)
    assert model.predict(X).shape == (6, 2)
    with pytest.raises(ValueError, match="x holds 1 values that are NaN"):
        model.predict(_with(X, np.nan))
    with pytest.raises(ValueError, match="batch_size must be"):
        model.predict(X, batch_size=0)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"loss": "crossentropy"}, ValueError, "unknown loss 'crossentropy'.*Did you mean"),
        ({"optimizer": "adamm"}, ValueError, "unknown optimizer 'adamm'.*Valid names:.*sgd"),
        ({"metrics": ["accurracy"]}, ValueError, "unknown metric.*Did you mean 'accuracy'"),
        ({"backend": "torch"}, ValueError, 'backend must be "numpy", "numba" or "cupy"'),
        ({"loss": None}, ValueError, "compile needs a loss"),
        ({"loss": 3}, TypeError, "loss must be a name or an object; got 3"),
        ({"metrics": {"dense": ["mae"]}}, ValueError, "metrics needs one entry .*got 'dense'$"),
        ({"loss_weights": np.nan}, ValueError, "loss_weights must be a finite number; got nan"),
    ],
)
def test_names_that_compile_does_not_know_are_explained(options, error, message):
    with pytest.raises(error, match=message):
        _model(compiled=False).compile(**({"optimizer": "sgd", "loss": "mse"} | options))


def test_metrics_may_be_a_single_name():
    model = _model(compiled=False)
    model.compile("sgd", "sparse_categorical_crossentropy", metrics="accuracy")
    assert model.evaluate(X, Y, return_dict=True).keys() == {"loss", "accuracy"}


def test_a_metric_needs_no_name_of_its_own():
    class Half:
        def __call__(self, y_true, y_pred):
            return 0.5

    strict = functools.partial(metrics.binary_accuracy, threshold=0.9)
    model = _model(compiled=False)
    for given in ([strict, Half(), "mae", metrics.mae], strict, None):
        model.compile("sgd", "mse", metrics=given)
        names = ["binary_accuracy", "Half", "mae", "mean_absolute_error"]
        count = 4 if isinstance(given, list) else 1 if given else 0
        assert list(model.metrics) == names[:count]
    model.compile("sgd", "mse", metrics=[strict, Half()])
    assert model.evaluate(X, np.ones((6, 2)), return_dict=True)["Half"] == 0.5


def test_two_metrics_of_one_name_are_refused():
    def loss(y_true, y_pred):
        return 42.0

    more = functools.partial(metrics.binary_accuracy, threshold=0.9)
    for given, name in ([loss], "loss"), (["binary_accuracy", more], "binary_accuracy"):
        with pytest.raises(ValueError, match=f"names, and '{name}' is taken: write a function"):
            _model(compiled=False).compile("sgd", "mse", metrics=given)


@pytest.mark.parametrize("method", ["summary", "save_weights", "load_weights"])
def test_a_model_without_a_shape_says_how_to_give_one(method, tmp_path):
    model = Sequential([Flatten(), Dense(2)])
    arguments = () if method == "summary" else (tmp_path / "w.npz",)
    with pytest.raises(RuntimeError, match=f"{method} needs to know the input's shape: give"):
        getattr(model, method)(*arguments)


def test_integers_booleans_and_lists_are_numbers_too():
    model = _model()
    for x in (X.astype("u1"), X.astype(bool), X.tolist(), X.astype("f2"), X[:, ::-1]):
        assert model.predict(x).dtype == "float32"


def test_a_floatx_that_does_not_exist_is_refused():
    from minidl import config

    with pytest.raises(ValueError, match='"float32" or "float64"; got'):
        config.set_floatx("float16")
