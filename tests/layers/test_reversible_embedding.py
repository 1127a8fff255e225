"""One table for tokens on the way in and for logits on the way out."""

import numpy as np
import pytest

from minidl import Input, layers
from minidl.models import Model, Sequential, load_model

V, D = 5, 4
TOKENS = np.array([[1, 2, 4, 0], [3, 3, 0, 0]])


def _writer(**options):
    tokens = Input((None,))
    embed = layers.ReversibleEmbedding(V, D, embeddings_initializer="normal", **options)
    h = layers.Dense(D, "tanh")(embed(tokens))
    return embed, Model(tokens, embed(h, reverse=True))


def test_logits_are_products_with_the_rows_of_the_table():
    embed = layers.ReversibleEmbedding(V, D, embeddings_initializer="normal")
    h, W = embed(TOKENS), embed.W.value
    z = embed(h + 0.5, reverse=True)
    for n, t, v in np.ndindex(2, 4, V):
        expected = sum((W[TOKENS[n, t], d] + 0.5) * W[v, d] for d in range(D))
        assert z[n, t, v] == pytest.approx(expected, rel=1e-4, abs=1e-6)


def test_a_single_axis_of_tokens_may_have_another_length_each_time():
    embed = layers.ReversibleEmbedding(V, D)
    for length in (3, 7):
        assert embed(embed(np.arange(length) % V), reverse=True).shape == (length, V)


def test_one_table_gets_the_gradients_of_both_calls():
    embed, model = _writer()
    y, cache = model.forward(TOKENS.astype("f4"))
    dy = np.random.default_rng(0).standard_normal(y.shape).astype("f4")
    model.backward(dy, cache)
    dense = model.layers[2]
    h = np.tanh(embed.W.value[TOKENS] @ dense.W.value + dense.b.value)
    out = np.einsum("ntv,ntd->vd", dy, h)
    dh = (dy @ embed.W.value) * (1 - h * h) @ dense.W.value.T
    into = np.zeros((V, D))
    np.add.at(into, TOKENS, dh)
    np.testing.assert_allclose(embed.W.grad, into + out, atol=1e-4)
    assert np.abs(into).max() > 0.1 and np.abs(out).max() > 0.1


def test_it_is_counted_and_saved_once_and_tied_again_when_loaded(tmp_path):
    _, model = _writer()
    assert model.count_params() == V * D + D * D + D and len(model.get_weights()) == 3
    model.compile("sgd", "mse")
    model.save(tmp_path / "model.npz")
    loaded = load_model(tmp_path / "model.npz")
    np.testing.assert_array_equal(loaded.predict(TOKENS), model.predict(TOKENS))
    targets = np.zeros((2, 4, V))
    for one in (model, loaded):
        one.train_on_batch(TOKENS, targets)
    np.testing.assert_array_equal(loaded.predict(TOKENS), model.predict(TOKENS))
    assert len(loaded.get_weights()) == 3


def test_padding_is_not_counted_behind_the_logits():
    embed, model = _writer(mask_zero=True)
    _, _, mask = model.forward_with_mask(TOKENS.astype("f4"))
    np.testing.assert_array_equal(mask, TOKENS != 0)
    _, _, mask = embed.forward_with_mask(np.ones((2, 4, D), "f4"), mask=TOKENS != 3, reverse=True)
    np.testing.assert_array_equal(mask, TOKENS != 3)


def test_a_model_learns_with_it(backend):
    """Which token comes next in 1 2 3 4 1 2 3 4 ...?"""
    _, model = _writer()
    model.compile("adam", "mse")
    x = np.arange(40).reshape(5, 8) % 4 + 1
    y = np.eye(V)[x % 4 + 1]
    model.optimizer.learning_rate = 0.03
    model.fit(x, y, epochs=300, verbose=0)
    np.testing.assert_array_equal(model.predict(x, verbose=0).argmax(axis=-1), x % 4 + 1)


@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        (lambda embed: embed(TOKENS[:, :3], reverse=True), r"logits of h \(N, .., 4\); got .*2, 3"),
        (lambda embed: embed(np.ones((2, 4, 3)), reverse=True), "built for inputs of shape"),
        (lambda embed: embed(TOKENS + 0.5), "whole numbers from 0 to 4"),
        (lambda embed: embed(TOKENS + 1), "got 5"),
    ],
)
def test_what_does_not_fit_is_explained(attempt, message):
    embed = layers.ReversibleEmbedding(V, D)
    embed(TOKENS[:, :3])
    with pytest.raises(ValueError, match=message):
        attempt(embed)


def test_in_a_row_it_is_an_embedding():
    model = Sequential([layers.ReversibleEmbedding(V, D), layers.Flatten()])
    assert model(TOKENS).shape == (2, 4 * D)
