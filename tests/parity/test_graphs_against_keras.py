"""`Model(inputs, outputs)` in both libraries, from one text: the same answers, results and names.

Weights are drawn in ours and copied into Keras's, all at once, so their order must be the same.
"""

import numpy as np
import pytest
from keras_on_torch import keras

import minidl

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

N = 24
RNG = np.random.default_rng(0)
TABLE = RNG.standard_normal((N, 5)).astype("f4")
SERIES = RNG.standard_normal((N, 6, 3)).astype("f4")
TOKENS = RNG.integers(1, 9, (N, 6)) * (np.arange(6) < RNG.integers(1, 7, (N, 1)))
OTHERS = RNG.integers(1, 9, (N, 4)) * (np.arange(4) < RNG.integers(1, 5, (N, 1)))
LABELS = RNG.integers(0, 3, N)
NUMBERS = RNG.standard_normal((N, 1)).astype("f4")
MARKS = RNG.integers(0, 4, (N, 4))


def several_of_each(lib):
    """Two inputs, two outputs; the path of the second input is the longer one."""
    L = lib.layers
    table, series = lib.Input((5,), name="table"), lib.Input((6, 3), name="series")
    a = L.Dense(4, activation="relu")(table)
    b = L.Dense(4, activation="tanh")(L.GRU(4)(series))
    both = L.Dense(4, activation="relu")(L.concatenate([a, b]))
    label = L.Dense(3, activation="softmax", name="label")(L.add([both, b]))
    size = L.Dense(1, name="size")(both)
    return lib.Model([table, series], [label, size])


def shared_layers(lib):
    """Twins: one tower for two inputs, and what is between their ends."""
    L = lib.layers
    left, right = lib.Input((5,), name="left"), lib.Input((5,), name="right")
    first, second = L.Dense(6, activation="tanh"), L.Dense(4)
    u, v = (second(first(x)) for x in (left, right))
    near = L.Dot(axes=1, normalize=True)([u, v])
    far = L.multiply([L.subtract([u, v]), L.maximum([u, v]), L.average([v, u])])
    y = L.Dense(1, activation="sigmoid", name="same")(L.concatenate([near, far]))
    return lib.Model([left, right], y)


def nested(lib):
    """A model in a model, called twice, and a row beside it."""
    L = lib.layers
    x = lib.Input((5,))
    inner = lib.Model(x, L.add([L.Dense(5, activation="tanh")(x), x]), name="block")
    row = lib.Sequential([lib.Input((5,)), L.Dense(5, activation="relu")], name="row")
    x = lib.Input((5,), name="x")
    return lib.Model(x, L.Dense(3, activation="softmax", name="y")(inner(row(inner(x)))))


def from_encoder_to_decoder(lib):
    """The encoder's states, h and c, are where the decoder begins; both skip padding."""
    L = lib.layers
    source, target = lib.Input((6,), name="source"), lib.Input((4,), name="target")
    embed = L.Embedding(9, 4, mask_zero=True)
    _, *state = L.LSTM(5, return_state=True)(embed(source))
    y = L.LSTM(5, return_sequences=True)(
        L.Embedding(9, 3, mask_zero=True)(target), initial_state=state
    )
    return lib.Model([source, target], L.Dense(4, activation="softmax", name="next")(y))


def masks_that_meet(lib):
    """Two embeddings of one text, and of another, meet; the last LSTM and the loss see a mask."""
    L = lib.layers
    a, b = lib.Input((4,), name="a"), lib.Input((4,), name="b")
    one, two = L.Embedding(9, 3, mask_zero=True), L.Embedding(9, 3, mask_zero=True)
    x = L.add([one(a), two(b)])  # masked where both are
    x = L.concatenate([x, L.Dropout(0.0)(one(b))])
    y = L.LSTM(4, return_sequences=True)(x)
    return lib.Model([a, b], L.Dense(4, activation="softmax", name="mark")(y))


def _two(lib):
    label, size = "sparse_categorical_crossentropy", lib.losses.MeanSquaredError()
    return {
        "loss": {"label": label, "size": size},
        "loss_weights": {"label": 1.0, "size": 0.3},
        "metrics": {"label": ["accuracy"], "size": [lib.metrics.MeanAbsoluteError(name="off")]},
    }


def _one(loss, *metrics):
    return lambda lib: {"loss": loss, "metrics": list(metrics)}


SPARSE = "sparse_categorical_crossentropy"
CASES = {
    several_of_each: (
        {"table": TABLE, "series": SERIES},
        {"label": LABELS, "size": NUMBERS},
        _two,
    ),
    shared_layers: (
        [TABLE, TABLE[::-1].copy()],
        LABELS[:, None] % 2,
        _one("binary_crossentropy", "accuracy"),
    ),
    nested: (TABLE, LABELS, _one(SPARSE, "accuracy")),
    from_encoder_to_decoder: ({"source": TOKENS, "target": OTHERS}, MARKS, _one(SPARSE)),
    masks_that_meet: ([OTHERS, TOKENS[:, 1:5].copy()], MARKS, _one(SPARSE)),
}


# Keras 3.15 leaves out the mask of a recurrent layer that is given a state (`Layer.__call__` looks
# for an argument called sequences_mask), so its decoder reads padding; the loss does not. Ours
# skips it, so the two differ at steps of padding, and there alone.
COUNTING = {from_encoder_to_decoder: OTHERS > 0}


@pytest.fixture(params=CASES, ids=lambda build: build.__name__)
def case(request):
    """Ours and Keras's with the same weights, compiled alike, and the data."""
    x, y, compiled = CASES[request.param]
    ours, theirs = request.param(minidl), request.param(keras)
    rng = np.random.default_rng(1)
    ours.set_weights([0.5 * rng.standard_normal(w.shape).astype("f4") for w in ours.get_weights()])
    theirs.set_weights(ours.get_weights())
    for lib, model in ((minidl, ours), (keras, theirs)):
        model.compile(optimizer=lib.optimizers.SGD(0.2), **compiled(lib))
    return ours, theirs, x, y, COUNTING.get(request.param, ...)


def _parts(y):
    return y if isinstance(y, list | tuple) else [y]


def _alike(ours, theirs, rtol=1e-4):
    assert ours.keys() == theirs.keys()
    for name in ours:
        np.testing.assert_allclose(ours[name], theirs[name], rtol=rtol, atol=1e-6, err_msg=name)


def test_predictions_results_and_training(case):
    ours, theirs, x, y, counting = case
    for a, b in zip(_parts(ours.predict(x)), _parts(theirs.predict(x, verbose=0)), strict=True):
        np.testing.assert_allclose(a[counting], b[counting], rtol=1e-5, atol=1e-5)
    # one batch where there is padding: in ours, a batch weighs as much as it has other steps
    options = {"batch_size": N if y is MARKS else 10, "verbose": 0}
    _alike(*(m.evaluate(x, y, return_dict=True, **options) for m in (ours, theirs)))
    _alike(*(m.fit(x, y, epochs=3, shuffle=False, **options).history for m in (ours, theirs)))
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-5)


def test_names_and_shapes(case):
    ours, theirs, *_ = case
    rows = [[type(layer).__name__ for layer in model.layers] for model in (ours, theirs)]
    found, expected = ([name for name in row if name != "InputLayer"] for row in rows)
    # a model in a model is called Functional there; its inputs stand among the layers
    assert found == ["Model" if name == "Functional" else name for name in expected]
    assert ours.count_params() == theirs.count_params()
    assert ours.output_names == theirs.output_names
    assert ours.input_names == [value.name for value in theirs.inputs]
    for mine, other in ((ours.inputs, theirs.inputs), (ours.outputs, theirs.outputs)):
        assert [v.shape for v in mine] == [tuple(v.shape) for v in other]


@pytest.mark.filterwarnings("ignore::UserWarning:keras")
@pytest.mark.parametrize("suffix", [".weights.h5", ".h5"])
@pytest.mark.parametrize("build", CASES, ids=lambda build: build.__name__)
def test_weights_come_from_the_files_of_keras(build, suffix, tmp_path):
    pytest.importorskip("h5py", reason="Keras's files are HDF5: pip install h5py")
    theirs, ours, path = build(keras), build(minidl), tmp_path / f"keras{suffix}"
    (theirs.save_weights if suffix == ".weights.h5" else theirs.save)(path)
    ours.load_weights(path)
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        assert np.array_equal(a, b)
