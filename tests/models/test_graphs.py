"""`Model(inputs, outputs)`: layers connected, cut, shared and named, and what is refused."""

import numpy as np
import pytest
from gradient_rows_graphs import whole

from minidl import Input, Model, Sequential, config, layers, models, optimizers
from minidl.configurable import from_data, to_data
from minidl.graph import Call, Value
from minidl.layers import LSTM, Conv2D, Dense, Flatten, add, concatenate

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
    assert [layer.name for layer in graph.layers] == ["input", "dense", "dense_1"]


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
    assert np.array_equal(y, model.predict({"b": X[:, :2], "a": X}))
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


# --------------------------------------------------------------------------- bad input


def _refused(build, error, match):
    with pytest.raises(error, match=match):
        build()


def test_what_cannot_be_connected_is_refused_by_name():
    a, b = Input((3,), name="a"), Input((4,), name="b")
    y = Dense(2)(a)
    _refused(lambda: Model(b, y), ValueError, r"need the Input 'a' of shape \(None, 3\).*\('b'\)")
    _refused(lambda: Model([a, b], y), ValueError, "no output depends on the input 'b'")
    _refused(lambda: Model(a, Dense(2)), TypeError, "outputs of a Model.*got <Dense")
    _refused(lambda: Model(X, y), TypeError, "inputs of a Model")
    _refused(lambda: Model(a), TypeError, "inputs and outputs, or neither")
    _refused(lambda: Model([a, a], y), TypeError, "each once")
    _refused(lambda: add([a, b]), ValueError, r"'add' \(Add\) needs samples of one shape")
    _refused(lambda: layers.Add()(a), ValueError, "takes two arrays or more")
    _refused(lambda: Dense(2)([a, b]), ValueError, r"takes one array; got 2.*\(3,\), \(4,\)")
    _refused(lambda: np.exp(a), TypeError, "holds no numbers yet")
    _refused(lambda: a[:, 0], TypeError, "no items yet")


def test_a_layer_shared_with_another_shape_is_refused():
    dense = Dense(2, name="shared")
    dense(Input((3,)))
    _refused(lambda: dense(Input((4,))), ValueError, r"'shared' was built for.*\(3,\).*\(4,\)")
    _refused(lambda: dense.output_of_nothing, AttributeError, "output_of_nothing")
    dense(Input((3,)))
    _refused(lambda: dense.output, ValueError, "stands 2 times in graphs")
    _refused(lambda: Dense(2).input, ValueError, "stands 0 times in graphs")


def test_a_cycle_is_noticed():
    layer = Dense(3)
    y = layer(Input((3,)))
    y.call.inputs = y
    _refused(lambda: Model(Input((3,)), y), ValueError, "'dense' depends on its own output")
    model = Sequential([Dense(3)])
    _refused(lambda: model.add(model), ValueError, "cannot stand in itself")
    outer = Sequential([model])
    _refused(lambda: model.add(outer), ValueError, "cannot stand in itself")


def test_wrong_numbers_and_names_of_inputs_targets_and_losses_are_told():
    model = whole()
    one, two = np.ones((6, 4, 3)), np.ones((6, 5, 3))
    labels, sizes = np.zeros(6, int), np.zeros(6)
    both = ["sparse_categorical_crossentropy", "mse"]
    cases = [
        (lambda: model.compile("sgd", ["mse"]), "loss needs 2 entries, for 'label', 'size'.*of 1"),
        (lambda: model.compile("sgd", {"label": "mse", "length": "mse"}), "loss needs one entry"),
        (lambda: model.compile("sgd", both, loss_weights=[1]), "loss_weights needs 2 entries"),
        (lambda: model.compile("sgd", both, metrics={"lable": ["acc"]}), "metrics needs one entry"),
    ]
    for call, match in cases:
        _refused(call, ValueError, match)
    model.compile("sgd", both)
    cases = [
        (lambda: model.fit(one, [labels, sizes]), "x needs 2 entries, for 'one', 'two'.*ndarray"),
        (lambda: model.fit({"one": one}, [labels, sizes]), "x needs one entry for each"),
        (lambda: model.fit([one, two], labels), "y needs 2 entries, for 'label', 'size'"),
        (lambda: model.fit([one, two[:3]], [labels, sizes]), "arrays in x must have the same numb"),
        (lambda: model.fit([one, two], [labels, sizes[:3]]), "x and y must have the same number"),
        (lambda: model.fit([one, one[..., :2]], [labels, sizes]), r"built for.*\(4, 2\)"),
        (lambda: model.fit([one, two], {"label": labels}), "y needs one entry for each"),
        (lambda: model.predict([one, two, two]), "x needs 2 entries.*list of 3"),
    ]
    for call, match in cases:
        _refused(call, ValueError, match)


def test_a_file_that_connects_what_is_not_there_is_refused():
    data = to_data(_autoencoder())
    data["calls"][1][1] = 7
    _refused(lambda: from_data(data), ValueError, "connects value 7, which nothing has made")
    data = to_data(_autoencoder())
    data["calls"][0][0] = "nobody"
    _refused(lambda: from_data(data), ValueError, "calls a layer 'nobody'")


def test_values_and_calls_say_what_they_are():
    value = Value((3, None), "h")
    assert repr(value) == "<Value of 'h', shape (None, 3, None)>" and value.ndim == 3
    layer = Flatten()
    layer.prepare((2, 3))
    call = Call(layer, Value((2, 3)), (6,))
    assert call.outputs.call is call and call.outputs.name == "flatten"
