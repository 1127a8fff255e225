"""What `fit` and its kin take: arrays in every form, generators, and objects that make batches."""

import numpy as np
import pytest

from minidl import Input, Model, Sequential, losses
from minidl.layers import Dense, add

RNG = np.random.default_rng(0)
X = RNG.standard_normal((24, 3)).astype("f4")
Y = X @ np.array([[1.0], [-1.0], [2.0]])


def _model():
    model = Sequential([Dense(1, input_shape=(3,))], seed=0)
    model.compile("sgd", "mse", metrics=["mae"])
    return model


def _batches(times=1, size=8):
    for _ in range(times):
        for start in range(0, len(X), size):
            yield X[start : start + size], Y[start : start + size]


class Rows:
    """An object with len() and [i], as Keras's PyDataset is one."""

    def __init__(self, size=8):
        self.size, self.ended = size, 0

    def __len__(self):
        return len(X) // self.size

    def __getitem__(self, i):
        part = slice(i * self.size, (i + 1) * self.size)
        return X[part], Y[part]

    def on_epoch_end(self):
        self.ended += 1


def _trained(*data, **options):
    model = _model()
    history = model.fit(*data, epochs=2, verbose=0, **options).history
    return model.get_weights(), history


def test_batches_of_others_train_as_the_same_batches_of_arrays_do():
    weights, history = _trained(X, Y, batch_size=8, shuffle=False)
    assert set(history) == {"loss", "mae"}
    rows = Rows()
    sources = [
        ((_batches(times=2),), {"steps_per_epoch": 3}),
        ((rows,), {"shuffle": False}),
        ((_Again(),), {}),
    ]
    for data, options in sources:
        found, told = _trained(*data, **options)
        assert told == history, data
        for a, b in zip(found, weights):
            assert np.array_equal(a, b)
    assert rows.ended == 2


class _Again:
    """Iterable anew each epoch."""

    def __iter__(self):
        return _batches()


def test_the_order_of_an_object_s_batches_is_drawn_anew():
    seen = []

    class Watched(Rows):
        def __getitem__(self, i):
            seen.append(i)
            return super().__getitem__(i)

    _model().fit(Watched(2), epochs=3, verbose=0)
    epochs = [tuple(seen[k : k + 12]) for k in (0, 12, 24)]
    assert len(set(epochs)) == 3 and all(sorted(epoch) == list(range(12)) for epoch in epochs)


def test_a_mistake_in_on_epoch_end_is_not_hidden():
    class Broken(Rows):
        def on_epoch_end(self):
            self.size.nothing()

    with pytest.raises(AttributeError, match="nothing"):
        _model().fit(Broken(), verbose=0)


def test_validation_evaluate_and_predict_take_them_too():
    model = _model()
    history = model.fit(
        X, Y, verbose=0, validation_data=_batches(times=9), validation_steps=3
    ).history
    assert history["val_loss"] == pytest.approx([model.evaluate(X, Y)[0]])
    assert model.evaluate(_batches()) == pytest.approx(model.evaluate(X, Y, batch_size=8))
    assert np.array_equal(model.predict(Rows(), verbose=0), model.predict(X, batch_size=8))
    pieces = model.predict(X[k : k + 6] for k in range(0, 24, 6))
    np.testing.assert_allclose(pieces, model.predict(X), rtol=1e-5)
    assert len(model.predict(X, batch_size=5, steps=2)) == 10


def test_weights_of_classes_and_samples_come_with_batches():
    x, labels = X, (X[:, 0] > 0).astype(int)
    weights = {0: 1.0, 1: 3.0}

    def loss(*data, **options):
        model = Sequential([Dense(2, "softmax", input_shape=(3,))], seed=1)
        model.compile("sgd", losses.SparseCategoricalCrossentropy())
        return model.fit(*data, verbose=0, shuffle=False, **options).history["loss"]

    expected = loss(x, labels, batch_size=24, class_weight=weights)
    assert loss(iter([(x, labels)]), class_weight=weights) == expected
    each = np.where(labels == 1, 3.0, 1.0)
    assert loss(iter([(x, labels, each)])) == expected != loss(iter([(x, labels)]))


def test_several_inputs_come_as_a_tuple_inside_a_batch():
    a, b = Input((3,), name="a"), Input((3,), name="b")
    model = Model([a, b], add([Dense(1)(a), Dense(1)(b)]))
    model.compile("sgd", "mse")
    model.fit((((X, X), Y) for _ in range(2)), verbose=0)
    model.fit((({"a": X, "b": X}, Y) for _ in range(2)), verbose=0)


def test_lists_of_numbers_are_arrays_as_before():
    model = Sequential([Dense(1, input_shape=(2,))])
    model.compile("sgd", "mse")
    model.fit([[1, 2], [3, 4]], [1, 2], verbose=0)
    assert model.predict([[1, 2]]).shape == (1, 1)


@pytest.mark.parametrize(
    ("data", "options", "match"),
    [
        (lambda: (_batches(),), {"epochs": 2, "steps_per_epoch": 2}, "after 1 of 2 batches of ep"),
        (lambda: (_batches(),), {"steps_per_epoch": 5}, "after 3 of 5 batches of epoch 1"),
        (lambda: (_batches(),), {"epochs": 2}, "after no batch of epoch 2"),
        (lambda: (iter([]),), {}, "after no batch of epoch 1.*while True"),
        (lambda: (iter([X]),), {}, r"must yield \(x, y\).*got a ndarray"),
        (lambda: (iter([(X, Y, Y, Y)]),), {}, "got a tuple of 4"),
        (lambda: (iter([(X, Y[:3])]),), {}, "same number of samples"),
        (lambda: (iter([(X[:, :2], Y)]),), {}, r"built for.*\(3,\).*\(2,\)"),
        (lambda: (Rows(), Y), {}, "y and sample_weight come with them"),
        (lambda: (Rows(),), {"steps_per_epoch": 4}, "has 3 batches; got 4"),
        (lambda: (Rows(),), {"steps_per_epoch": 0}, "at least 1; got 0"),
        (lambda: (Rows(),), {"validation_split": 0.5}, "give validation_data"),
        (lambda: (X, Y), {"steps_per_epoch": 4}, "24 samples make 1 batches of 32; got 4"),
        (lambda: (X,), {}, "y is missing: targets, one for each of the 24"),
    ],
)
def test_batches_that_end_early_or_have_another_form_are_refused(data, options, match):
    model = _model()
    with pytest.raises(ValueError, match=match):
        model.fit(*data(), **{"verbose": 0} | options)
    assert np.isfinite(model.evaluate(X, Y)[0])  # nothing is lost
