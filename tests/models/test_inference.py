"""`Inference` is `forward`, only quicker."""

import numpy as np
import pytest

from minidl import Input, Model, Sequential, config, layers
from minidl.optimizers import SGD
from minidl_course.games.inference import Inference


def two_heads():
    x = Input((6,))
    h = layers.Dense(5, "relu")(x)
    h = layers.add([h, layers.Dense(5, "gelu", use_bias=False)(h)])
    model = Model(x, [layers.Dense(4)(h), layers.Dense(1, "tanh")(h), h])
    for tensor in model.tensors().values():
        tensor.assign(np.random.default_rng(3).normal(size=tensor.value.shape))
    return model


def drawn(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("N", [1, 7])
def test_a_graph_with_forks_and_several_outputs(N):
    model, x = two_heads(), drawn(N, 6)
    ask, expected = Inference(model), model.forward(x)[0]
    kept = x.copy()
    found = ask(x)
    assert isinstance(found, tuple) and len(found) == 3
    for a, b in zip(found, expected):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-7)
    np.testing.assert_array_equal(x, kept)
    again = [part.copy() for part in found]
    ask(drawn(N, 6) + 1)
    for a, b in zip(found, again):
        np.testing.assert_array_equal(a, b)  # nothing is written into what was returned


def test_a_row_of_other_layers():
    model = Sequential(
        [
            layers.Conv2D(3, 2, activation="relu", input_shape=(4, 5, 2)),
            layers.BatchNormalization(),
            layers.Dropout(0.5),
            layers.Flatten(),
            layers.Dense(3, "softmax"),
        ]
    )
    x = drawn(2, 4, 5, 2)
    np.testing.assert_allclose(Inference(model)(x), model.forward(x)[0], atol=1e-6)


def test_several_inputs():
    a, b = Input((2,)), Input((3,))
    model = Model([a, b], layers.Dense(2)(layers.concatenate([a, b])))
    x = drawn(4, 2), drawn(4, 3)
    np.testing.assert_allclose(Inference(model)(x), model.forward(x)[0], atol=1e-6)


def test_it_follows_training():
    model, x = Sequential([layers.Dense(2, input_shape=(3,))]), drawn(4, 3)
    ask = Inference(model)
    model.compile(SGD(0.1), "mse")
    before = ask(x)
    model.train_on_batch(x, drawn(4, 2))
    assert (ask(x) != before).any()
    np.testing.assert_allclose(ask(x), model.forward(x)[0], atol=1e-6)


def test_nan_goes_through_a_relu():
    model = Sequential([layers.Dense(2, "relu", input_shape=(1,))])
    assert np.isnan(Inference(model)(np.float32([[np.nan]]))).all()


def test_float64():
    kept = config.floatx()
    config.set_floatx("float64")
    try:
        model = two_heads()
    finally:
        config.set_floatx(kept)
    x = drawn(2, 6).astype(np.float64)
    for a, b in zip(Inference(model)(x), model.forward(x)[0]):
        assert a.dtype == np.float64
        np.testing.assert_array_equal(a, b)


ROWS = {
    "dense": ([layers.Dense(5, "relu"), layers.Dense(4, "gelu"), layers.Dense(3, "tanh")], (6,)),
    "sequences": ([layers.Dense(5, "relu"), layers.LSTM(4), layers.Dense(2)], (7, 3)),
    "masks": (
        [
            layers.Embedding(9, 4, mask_zero=True),
            layers.Dense(3, "relu"),
            layers.GRU(4, return_sequences=True),
            layers.GlobalAveragePooling1D(),
            layers.Dense(2, "softmax"),
        ],
        (6,),
    ),
    "inside": ([Sequential([layers.Masking(0.0)]), layers.LSTM(4), layers.Dense(2)], (5, 3)),
}


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_predict_says_of_few_samples_what_forward_says(row):
    made, shape = ROWS[row]
    model, rng = Sequential(made, seed=0), np.random.default_rng(0)
    x = rng.integers(0, 3, (40, *shape)).astype(np.float32)
    x[:, -2:] = 0
    model.prepare(shape)
    y = model.forward_with_mask(x)[0]
    np.testing.assert_allclose(model.predict(x[:3], verbose=0), y[:3], rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(model.predict(x, batch_size=40, verbose=0), y)


def test_predict_asks_a_layer_of_yours_and_one_that_is_watched():
    class Doubling(layers.Dense):
        def forward(self, x, training=False):
            y, cache = super().forward(x, training)
            return 2 * y, cache

    class Mine(Sequential):
        def forward(self, x, training=False):
            y, cache = super().forward(x, training)
            return -y, cache

    x, seen = drawn(2, 3), []
    plain = Sequential([layers.Dense(2, input_shape=(3,))], seed=0)
    y = plain.predict(x, verbose=0)
    doubling = Sequential([Doubling(2, input_shape=(3,))], seed=0)
    np.testing.assert_allclose(doubling.predict(x, verbose=0), 2 * y, rtol=1e-6)
    mine = Mine([layers.Dense(2, input_shape=(3,))], seed=0)
    np.testing.assert_allclose(mine.predict(x, verbose=0), -y, rtol=1e-6)
    layer, forward = plain.layers[0], plain.layers[0].forward
    layer.forward = lambda x, *rest: (seen.append(x.shape), forward(x, *rest))[1]
    plain.predict(x, verbose=0)
    assert seen == [(2, 3)]


def test_models_it_is_not_for():
    class Mine(Model):
        def forward(self, x, training=False):
            return x, None

    with pytest.raises(TypeError, match="built Sequential or Model"):
        Inference(Mine())
    with pytest.raises(TypeError, match="built Sequential or Model"):
        Inference(Sequential([layers.Dense(2)]))
    masks = Sequential([layers.Embedding(5, 2, mask_zero=True, input_shape=(3,)), layers.LSTM(2)])
    with pytest.raises(TypeError, match="makes a mask"):
        Inference(masks)
    with pytest.raises(TypeError, match="makes a mask"):
        Inference(Sequential([layers.Masking(input_shape=(3, 2)), layers.LSTM(2)]))
    assert Inference(Sequential([layers.Embedding(5, 2, input_shape=(3,))]))
