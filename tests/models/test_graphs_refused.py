"""Graphs that cannot be: not connected, a cycle, wrong numbers and names."""

import numpy as np
import pytest
from gradient_rows_graphs import whole

from minidl import Input, Model, Sequential, layers
from minidl.base.configurable import from_data, to_data
from minidl.layers import Dense, add

X = np.random.default_rng(0).standard_normal((20, 4)).astype("f4")


def _autoencoder():
    x = Input((4,), name="x")
    return Model(x, Dense(4, name="out")(Dense(2, "tanh", name="code")(x)))


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
    _refused(lambda: Model([a, a], y), ValueError, "stands twice among the inputs")
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
