"""Model files that say what no model says: one clear error each, in no time and no memory."""

import numpy as np
import pytest
from forged import refused

from minidl import Input, Sequential, callbacks, models
from minidl.base import npz
from minidl.layers import LSTM, BatchNormalization, Dense, Dropout, Embedding


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """(arrays, facts) of a model with all that a file can hold."""
    row = [LSTM(3, stateful=True), BatchNormalization(), Dropout(0.5), Dense(1, name="head")]
    model = Sequential([Input((2, 2)), *row], seed=0)
    model.compile("adam", "mse", metrics=["mae"])
    x = np.random.default_rng(0).standard_normal((4, 2, 2))
    model.fit(x, x[:, 0, :1], batch_size=2, verbose=0)
    path = tmp_path_factory.mktemp("saved") / "model.npz"
    model.save(path)
    models.load_model(path)
    return npz.load(path, "model")


ABSENT = object()
LARGE = {"class": "Sequential", "name": "m", "layers": [], "input_shape": [3]}
NESTED = {"class": "Sequential", "layers": [], "input_shape": None}
for _ in range(200):
    NESTED = {**LARGE, "layers": [NESTED]}


def _of(*layers, shape=(3,)):
    return {**LARGE, "layers": [*layers], "input_shape": [*shape]}


FACTS = [
    ("floatx", ABSENT, "floatx is missing"),
    ("floatx", 32, "floatx is 32, expected str"),
    ("floatx", "float16", "holds float16 weights"),
    ("generators", ABSENT, "generators is missing"),
    ("generators", [], r"generators is \[\], expected dict"),
    ("generators", {}, "does not fit this model: it has random generators"),
    ("generators", {"what": {}}, "random generators what"),
    ("generators/.rng", None, "generator .rng is in no state"),
    ("generators/.rng", {"bit_generator": "PCG64"}, "generator .rng is in no state"),
    ("generators/.rng", {"bit_generator": "MT19937", "state": {}}, "is in no state"),
    ("model", ABSENT, "model is missing"),
    ("model", [1], r"model is \[1\], expected dict"),
    ("model", {}, "it describes no model"),
    ("model", {"class": "Nothing"}, "no class 'Nothing' is known here"),
    ("model", {"class": ["a"]}, "cannot be made here .TypeError"),
    ("model", {"class": "Adam"}, "it describes no model"),
    ("model", {"class": "Dense", "units": 3}, "it describes no model"),
    ("model", {"class": "Sequential"}, "needs 'layers', a list of them"),
    ("model", {"class": "Sequential", "layers": 5}, "needs .layers., a list of them; got"),
    ("model", _of(), "has no layers"),
    ("model", _of({"class": "Dense"}), "arguments for Dense do not fit"),
    ("model", _of({"class": "Dense", "units": 2, "wings": 2}), "no argument 'wings'"),
    ("model", _of({"class": "Dense", "units": -2}), "units must be"),
    ("model", _of({"class": "Dense", "units": "many"}), "units must be"),
    ("model", _of("dense"), "no layer 'dense' stands in the row"),
    ("model", _of(3), "add needs a layer"),
    ("model", NESTED, "model.npz"),
    ("model", _of(*[{"class": "Flatten"}] * 800), "was built for inputs of shape"),  # of 20 kB
    ("input_shape", ABSENT, "input_shape is missing"),
    ("input_shape", "wide", "input_shape is 'wide', expected list"),
    ("input_shape", [-1], "model.npz"),
    ("input_shape", ["a", "b"], "model.npz"),
    ("input_shape", [[2, 2], [3]], "model.npz"),
    ("frozen", ABSENT, "frozen is missing"),
    ("frozen", 5, "frozen is 5, expected list"),
    ("frozen_params", {"a": 1}, "frozen_params is {'a': 1}, expected list"),
    ("frozen_params", ["nowhere"], "cannot be made here .KeyError: 'nowhere'"),
    ("compile", ABSENT, "compile is missing"),
    ("compile", [1], r"compile is \[1\], expected"),
    ("compile", {"optimizer": "adam"}, "compile needs a loss"),
    ("compile/loss", "unheard of", "unheard of"),
    ("compile/loss", 3, "model.npz"),
    ("compile/optimizer", {"class": "Dense", "units": 3}, "model.npz"),
    ("compile/optimizer", {"class": "Adam", "beta_1": 2}, "beta_1"),
    ("compile/metrics", ["beauty"], "beauty"),
    ("compile/metrics", 5, "model.npz"),
    ("compile/wings", 2, "cannot be made here .TypeError.*wings"),
]


@pytest.mark.parametrize(("place", "value", "said"), FACTS)
def test_facts_that_no_model_has_are_refused(place, value, said, saved, tmp_path):
    arrays, facts = saved
    name, _, inside = place.partition("/")
    if inside:
        value = {**facts[name], inside: value}
    facts = {key: fact for key, fact in {**facts, name: value}.items() if fact is not ABSENT}
    npz.save(tmp_path / "model.npz", arrays, "model", facts)
    refused(models.load_model, tmp_path / "model.npz", said)


ARRAYS = [
    ("weights/head/W", ABSENT, "head/W: missing"),
    ("weights/head/W", np.zeros((3, 2), "f4"), r"head/W: expected shape \(3, 1\), got \(3, 2\)"),
    ("weights/head/W", np.full((3, 1), "a"), "head/W: expected numbers"),
    ("weights/head/hair", np.zeros(3, "f4"), "head/hair: the model has no such array"),
    ("memory/nobody/0", np.zeros((2, 3), "f4"), "memory .* of '/nobody', which is no layer"),
    ("memory/lstm/0", np.zeros((2, 30), "f4"), "needs an initial state of 2 arrays"),
    ("memory/lstm/0", np.full((2, 3), "a"), "memory .* of '/lstm'"),
    ("memory/lstm/0", np.zeros((), "f4"), "memory .* of '/lstm'"),
    ("memory/lstm/7", np.zeros((2, 3), "f4"), "needs an initial state of 2 arrays"),
    ("optimizer/iterations", ABSENT, "iterations: missing"),
    ("optimizer/iterations", np.array(np.nan), "model.npz"),
    ("optimizer/learning_rate", np.array(-1.0), "learning_rate"),
    ("optimizer/head/W/wings", np.zeros((3, 1), "f4"), "wings: no such parameter or slot"),
]


@pytest.mark.parametrize(("key", "array", "said"), ARRAYS)
def test_arrays_that_no_model_has_are_refused(key, array, said, saved, tmp_path):
    arrays, facts = saved
    arrays = {name: a for name, a in {**arrays, key: array}.items() if a is not ABSENT}
    npz.save(tmp_path / "model.npz", arrays, "model", facts)
    refused(models.load_model, tmp_path / "model.npz", said)


BACKUPS = [
    ("epoch", "three", "epoch is 'three', expected int"),
    ("stop_training", ABSENT, "stop_training is missing"),
    ("callbacks", [], r"callbacks is \[\], expected dict"),
    ("callbacks", {"EarlyStopping-0": 3}, "cannot be made here .TypeError"),
    ("callbacks", {"EarlyStopping-0": {}}, "cannot be made here .KeyError"),
    ("generators", {}, "does not fit this model"),
]


@pytest.mark.parametrize(("name", "value", "said"), BACKUPS)
def test_a_backup_that_nobody_wrote_is_refused(name, value, said, tmp_path):
    x = np.ones((4, 3), "f4")
    model = Sequential([Dense(1, input_shape=(3,))], seed=0)
    model.compile("sgd", "mse")
    keep = callbacks.BackupAndRestore(tmp_path)
    watching = [callbacks.EarlyStopping("loss"), keep]
    for callback in watching:
        callback.companions = watching
        callback.set_model(model)
    model.stop_training = False
    watching[0].on_train_begin()
    keep.on_epoch_end(0, {})
    arrays, facts = npz.load(keep.path, "backup")
    facts = {key: fact for key, fact in {**facts, name: value}.items() if fact is not ABSENT}
    npz.save(keep.path, arrays, "backup", facts)
    before = model.get_weights()
    refused(lambda _: model.fit(x, x[:, :1], callbacks=watching, verbose=0), keep.path, said)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights()))


def test_an_embedding_that_is_large_and_whole_is_read(tmp_path):
    model = Sequential([Embedding(5000, 8, input_length=4), LSTM(4)], seed=0)
    model.prepare((4,))
    model.save(tmp_path / "model.npz")
    found = models.load_model(tmp_path / "model.npz").get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), found))
