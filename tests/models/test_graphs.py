"""`Model(inputs, outputs)`: layers connected, cut, shared and named, and what is refused."""

import numpy as np
import pytest
from gradient_rows_graphs import whole

from minidl import Input, Model, Sequential, config, layers, models, optimizers
from minidl.base.configurable import from_data, to_data
from minidl.layers import LSTM, Conv2D, Dense, Flatten, add, concatenate
from minidl.layers.calls import Call, Value

RNG = np.random.default_rng(0)
X = RNG.standard_normal((20, 4)).astype("f4")


def _autoencoder():
    x = Input((4,), name="x")
    code = Dense(2, "tanh", name="code")(x)
    return Model(x, Dense(4, name="out")(Dense(3, "relu")(code)))


def test_a_row_and_its_graph_are_the_same_function():
    row = Sequential([Dense(3, "relu"), Dense(2)])
    x = Input((4,))
    y = x
    row.prepare((4,))
    for layer in row.layers:
        y = layer(y)
    graph = Model(x, y)
    assert np.array_equal(graph.predict(X), row.predict(X))
    assert graph.count_params() == row.count_params()
    assert [layer.name for layer in graph.layers] == ["input_layer", "dense", "dense_1"]


def test_a_trained_model_is_cut_at_a_layer_and_shares_it():
    whole = _autoencoder()
    whole.compile(optimizers.Adam(0.01), "mse")
    encoder = Model(whole.input, whole.get_layer("code").output)
    before = encoder.predict(X)
    whole.fit(X, X, epochs=2, verbose=0)
    after = encoder.predict(X)
    assert after.shape == (20, 2) and not np.allclose(before, after)
    code = Input((2,))
    y = code
    for layer in whole.layers[2:]:
        y = layer(y)
    decoder = Model(code, y)
    np.testing.assert_allclose(decoder.predict(after), whole.predict(X), rtol=1e-5)


def test_a_row_is_cut_too_and_begins_a_graph():
    row = Sequential([Dense(5, "relu", input_shape=(4,)), Dense(3), Dense(2)])
    half = Model(row.input, row.layers[1].output)
    np.testing.assert_allclose(half.predict(X) @ row.layers[2].W.value, row.predict(X), rtol=1e-5)
    row.pop()
    longer = Model(row.inputs, Dense(1)(row.output))
    assert longer.predict(X).shape == (20, 1)
    features = Model(row.input, [layer.output for layer in row.layers])
    assert [y.shape for y in features.predict(X)] == [(20, 5), (20, 3)]


def test_a_model_is_a_layer():
    inner = _autoencoder()
    x = Input((4,))
    outer = Model(x, inner(inner(x)))
    np.testing.assert_allclose(outer.predict(X), inner.predict(inner.predict(X)), rtol=1e-5)
    assert list(outer.params()) == [f"model/{path}" for path in inner.params()]


def test_inputs_come_in_order_by_name_or_alone():
    a, b = Input((4,), name="a"), Input((2,), name="b")
    model = Model([a, b], Dense(3)(concatenate([a, b])))
    y = model.predict([X, X[:, :2]])
    assert np.array_equal(y, model.predict((X, X[:, :2])))
    by_name = {"b": X[:, :2], "a": X}
    assert np.array_equal(y, model.predict(by_name))
    np.testing.assert_allclose(model(by_name), y, rtol=1e-5)
    np.testing.assert_allclose(model.predict_on_batch(by_name), y, rtol=1e-5)
    assert model({"b": b, "a": a}).shape == (None, 3)
    with pytest.raises(ValueError, match="x needs one entry for each of 'a', 'b'; got 'a', 'c'"):
        model({"a": X, "c": X})
    assert np.array_equal(_autoencoder().predict([X]).shape, (20, 4))


def test_losses_targets_metrics_and_results_go_by_the_outputs_names():
    model = whole()
    model.compile(
        "adam",
        {"size": "mse", "label": "sparse_categorical_crossentropy"},
        metrics={"label": ["accuracy"]},
        loss_weights={"label": 1.0, "size": 0.5},
    )
    x = {"one": RNG.standard_normal((9, 4, 3)), "two": RNG.standard_normal((9, 5, 3))}
    y = {"size": RNG.standard_normal(9), "label": RNG.integers(0, 2, 9)}
    names = ["loss", "label_loss", "size_loss", "label_accuracy"]
    assert model.metrics_names == names
    found = model.evaluate(x, y, return_dict=True)
    assert list(found) == names
    assert found["loss"] == pytest.approx(found["label_loss"] + 0.5 * found["size_loss"])
    assert model.evaluate(x, y) == list(found.values())
    p, size = model.predict(x)
    assert found["size_loss"] == pytest.approx(((size[:, 0] - y["size"]) ** 2).mean(), rel=1e-5)
    assert found["label_accuracy"] == pytest.approx((p.argmax(1) == y["label"]).mean())
    as_lists = whole()
    as_lists.set_weights(model.get_weights())
    as_lists.compile("adam", ["sparse_categorical_crossentropy", "mse"], loss_weights=[1, 0.5])
    labels_first = [y["label"], y["size"]]
    assert as_lists.evaluate(list(x.values()), labels_first)[0] == pytest.approx(found["loss"])


def test_the_softmax_of_each_output_is_trained_through_its_logits():
    x = Input((1,))
    sure = Dense(2, "softmax", kernel_initializer="zeros", name="sure")
    model = Model(x, [sure(x), Dense(1, name="plain")(x)])
    model.get_layer("sure").b.value[1] = 1000
    model.compile("sgd", ["sparse_categorical_crossentropy", "mse"])
    found = model.evaluate(np.ones((3, 1)), [np.zeros(3, int), np.zeros(3)], return_dict=True)
    assert found["sure_loss"] == 1000


def test_a_softmax_that_something_else_reads_too_is_left_whole():
    x = Input((3,))
    p = Dense(2, "softmax", name="p")(x)
    model = Model(x, [p, Dense(1)(p)])
    assert model.split_activation()[1] == (None, None)
    twice = Model(x, [p, p])
    assert twice.split_activation()[1] == (None, None)


def test_a_graph_goes_through_plain_data_and_back():
    model = whole()
    twin = from_data(to_data(model))
    assert to_data(twin) == to_data(model) and list(twin.params()) == list(model.params())
    twin.set_weights(model.get_weights())
    x = [RNG.standard_normal((3, 4, 3)), RNG.standard_normal((3, 5, 3))]
    for a, b in zip(model.predict(x), twin.predict(x)):
        assert np.array_equal(a, b)
    clone = models.clone_model(model)
    assert not np.array_equal(clone.predict(x)[0], twin.predict(x)[0])


def test_summary_tells_what_is_connected_to_what():
    x = Input((4,), name="x")
    a = Dense(3, name="a")(x)
    model = Model(x, add([a, Dense(3, name="b")(a)]), name="fork")
    lines = []
    model.summary(line_length=90, print_fn=lines.append)
    text = "\n".join(lines)
    assert 'Model "fork"' in text and "Total params: 27" in text
    row = next(line for line in lines if line.startswith("add"))
    assert "(None, 3)" in row and row.rstrip().endswith("a, b")
    assert max(map(len, lines)) == 90


def test_layers_of_two_models_may_have_one_name():
    one, two = (Model(x := Input((4,)), Dense(2)(x)) for _ in range(2))
    both = Model([one.input, two.input], add([one.output, two.output]))
    assert list(both.params()) == ["dense/W", "dense/b", "dense_1/W", "dense_1/b"]
    assert [layer.name for layer in (one.layers[1], two.layers[1])] == ["dense", "dense"]
    assert both.get_layer("dense_1") is two.layers[1]


def test_a_shared_layer_serves_other_lengths_and_tells_their_shapes():
    embed = layers.Embedding(9, 3)
    lstm = LSTM(5, return_sequences=True)
    short, long, any_length = (lstm(embed(Input((n,)))) for n in (4, 7, None))
    assert [v.shape for v in (short, long, any_length)] == [
        (None, 4, 5),
        (None, 7, 5),
        (None, None, 5),
    ]
    conv = Conv2D(2, 3, strides=2)
    assert conv(Input((9, 9, 1))).shape == (None, 4, 4, 2)
    assert conv(Input((33, 9, 1))).shape == (None, 16, 4, 2) if conv.input_shape[0] is None else 1


def test_dropout_and_order_of_a_graph_follow_the_seed():
    def trained():
        config.set_random_seed(3)
        x = Input((4,))
        model = Model(x, Dense(1)(layers.Dropout(0.5)(Dense(8)(x))))
        model.compile("sgd", "mse")
        return model.fit(X, X[:, 0], epochs=3, verbose=0).history["loss"]

    assert trained() == trained()


def test_values_and_calls_say_what_they_are():
    value = Value((3, None), "h")
    assert repr(value) == "<Value of 'h', shape (None, 3, None)>" and value.ndim == 3
    layer = Flatten()
    layer.prepare((2, 3))
    call = Call(layer, Value((2, 3)), (6,))
    assert call.outputs.call is call and call.outputs.name == "flatten"


def test_outputs_given_as_a_dict_come_back_as_one():
    x = Input((4,))
    model = Model(x, {"code": Dense(2)(x), "size": Dense(1)(x)})
    model.compile("sgd", {"size": "mse", "code": "mae"})
    assert list(model.evaluate(X, {"code": X[:, :2], "size": X[:, 0]}, return_dict=True)) == [
        "loss",
        "code_loss",
        "size_loss",
    ]
    found = model.predict(X)
    assert {name: y.shape for name, y in found.items()} == {"code": (20, 2), "size": (20, 1)}
    twin = from_data(to_data(model))
    twin.set_weights(model.get_weights())
    assert np.array_equal(twin.predict(X)["size"], found["size"])
