"""Sequential as a container: shapes, names, nesting, summary."""

import numpy as np
import pytest

import minidl
from minidl import Input, Sequential, layers
from minidl.layers import Dense

X = np.random.default_rng(0).standard_normal((40, 3)).astype("f4")


def test_the_input_shape_can_be_given_in_four_ways():
    forms = [
        Sequential([Dense(4, input_shape=(3,)), Dense(2)], seed=0),
        Sequential([Dense(4, input_dim=3), Dense(2)], seed=0),
        Sequential([Input((3,)), Dense(4), Dense(2)], seed=0),
        Sequential([Dense(4), Dense(2)], seed=0),
    ]
    forms[3].compile("sgd", "mse")
    forms[3].predict(X)
    for model in forms:
        assert model.output_shape == (2,) and model.count_params() == 3 * 4 + 4 + 4 * 2 + 2
        assert [layer.output_shape for layer in model.layers] == [(4,), (2,)]
        for a, b in zip(model.get_weights(), forms[0].get_weights()):
            assert np.array_equal(a, b)  # the same seed, however the shape was found


def test_add_builds_as_it_goes():
    model = Sequential()
    model.add(Input((2, 3)))
    model.add(layers.Flatten())
    model.add(Dense(4))
    assert model.output_shape == (4,) and model.layers[1].W.value.shape == (6, 4)
    assert model.pop() is not None and model.output_shape == (6,)


def test_layers_get_names_of_their_own():
    model = Sequential([Dense(1), Dense(1), Dense(1, name="head"), Dense(1)])
    assert [layer.name for layer in model.layers] == ["dense", "dense_1", "head", "dense_2"]
    assert model.get_layer("head") is model.get_layer(index=2)
    with pytest.raises(ValueError, match="no layer 'tail'; this model has dense, dense_1, head"):
        model.get_layer("tail")
    with pytest.raises(ValueError, match="two layers are called 'a'"):
        Sequential([Dense(1, name="a"), Dense(1, name="a")])


def test_a_model_is_a_layer():
    inner = Sequential([Dense(4, "relu"), Dense(2)])
    outer = Sequential([Dense(3), inner, Dense(1)], seed=0)
    twin = Sequential(
        [Dense(3), Sequential([Dense(4, "relu"), Dense(2)]), Dense(1)],
        seed=0,
    )
    outer.prepare((5,))
    twin.prepare((5,))
    assert list(outer.params()) == [
        *("dense/W", "dense/b"),
        *("sequential/dense/W", "sequential/dense/b"),
        *("sequential/dense_1/W", "sequential/dense_1/b"),
        *("dense_1/W", "dense_1/b"),
    ]
    for a, b in zip(outer.get_weights(), twin.get_weights()):
        assert np.array_equal(a, b)  # the outer seed reaches the inner model


def test_a_layer_that_stands_twice_has_one_set_of_weights():
    shared = Dense(3, "tanh")
    model = Sequential([shared, shared], seed=0)
    model.prepare((3,))
    assert list(model.params()) == ["dense/W", "dense/b"] and model.count_params() == 12


def test_what_is_not_a_layer_is_refused():
    with pytest.raises(TypeError, match="add needs a layer; got 'relu'"):
        Sequential([Dense(2), "relu"])
    with pytest.raises(ValueError, match="Input comes first"):
        Sequential([Dense(2), Input((3,))])
    with pytest.raises(ValueError, match="has no layers"):
        Sequential().prepare((3,))


def test_summary_as_text_and_as_html(capsys):
    model = Sequential([Dense(4, "relu", input_shape=(3,)), Dense(2)], name="small")
    model.layers[0].trainable = False
    model.summary()
    text = capsys.readouterr().out
    assert 'Model "small"' in text and "Total params: 26" in text
    assert ["dense", "(Dense)", "(None,", "4)", "16"] in [row.split() for row in text.splitlines()]
    assert "Trainable params: 10" in text and "Non-trainable params: 16" in text
    html = minidl.models.summary.Summary(model)._repr_html_()
    assert "<td>(None, 4)</td>" in html and "Total params: 26" in html


def test_a_row_whose_shape_nobody_declared_takes_any_length_that_its_layers_take():
    def row(*first):
        tail = [layers.Embedding(9, 3), layers.LSTM(4, return_sequences=True), Dense(2, "softmax")]
        model = Sequential([*first, *tail])
        model.compile("sgd", "sparse_categorical_crossentropy")
        return model

    model, tokens = row(), np.ones((2, 5), int)
    model.fit(tokens, tokens % 2, verbose=0)
    longer = np.ones((3, 8), int)
    assert model.predict(longer).shape == (3, 8, 2)
    assert np.isfinite(model.evaluate(longer, longer % 2, verbose=0))
    with pytest.raises(ValueError, match=r"targets|labels of shape \(3, 8\)"):
        model.evaluate(longer, np.ones((3, 5), int))
    said = row(Input((5,)))
    with pytest.raises(ValueError, match=r"built for inputs of shape \(5,\).*\(8,\)"):
        said.predict(longer)
    flat = Sequential([layers.Flatten(), Dense(2)])
    flat.predict(np.ones((2, 3, 4)))
    assert flat.predict(np.ones((2, 6, 2))).shape == (2, 2)  # as many numbers
    with pytest.raises(ValueError, match=r"built for inputs of shape \(3, 4\).*\(3, 5\)"):
        flat.predict(np.ones((2, 3, 5)))


def test_build_takes_the_shape_of_a_batch_as_in_keras():
    model = Sequential([Dense(4), Dense(2)])
    assert model.build((None, 3)) == (2,) and model.built and model.count_params() == 26
    names = [weight.name for weight in model.trainable_variables]
    assert names == ["kernel", "bias"] * 2 and model.variables == model.weights


def test_losses_are_the_penalties_on_parameters():
    model = Sequential([Dense(2, kernel_regularizer="l2", input_shape=(3,)), Dense(1)])
    model.compile("sgd", "mse")
    assert model.losses == [pytest.approx(0.01 * (model.layers[0].W.value ** 2).sum())]


def test_a_shape_that_was_refused_is_forgotten():
    row = [Dense(6), layers.Reshape((2, 3)), layers.LSTM(3), Dense(1)]
    model = Sequential(row)
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="cannot reshape"):
        model.fit(np.ones((4, 5, 4)), np.ones(4), verbose=0)
    assert not any(layer.built for layer in row)
    model.fit(np.ones((4, 4)), np.ones(4), verbose=0)
