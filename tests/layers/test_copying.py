"""Pointer and generator: probabilities by hand, every gradient, and what is refused."""

import numpy as np
import pytest

from minidl import Input, Model, gradcheck, layers
from minidl.optimizers import Adam

V, K = 3, 2
SOURCE = np.array([[0, 4, 1, 4], [2, 2, 3, 0]])  # 3 and 4 are not in the vocabulary


class Reading(layers.PointerGenerator):
    """The same on [p, w, g] alone, of a fixed source, whose numbers have no gradient."""

    def build(self, shape, rng):
        return super().build((*shape, SOURCE.shape[1:]), rng)

    def forward(self, x, training=False):
        return super().forward((*x, SOURCE), training)

    def backward(self, dy, cache):
        return super().backward(dy, cache)[:3]


def drawn(rng, T=5):
    """Return p (N, T, V), w (N, T, S) and g (N, T, 1), as they come out of softmax and sigmoid."""
    N, S = SOURCE.shape
    p, w = rng.dirichlet(np.ones(V), (N, T)), rng.dirichlet(np.ones(S), (N, T))
    return p, w, rng.random((N, T, 1))


def test_what_a_reader_computes():
    layer = layers.PointerGenerator(K)
    layer.prepare(((1, V), (1, 4), (1, 1), (4,)))
    p, w, g = ([[[0.5, 0.25, 0.25]]], [[[0.1, 0.2, 0.3, 0.4]]], [[[0.75]]])
    y, _ = layer.forward((*map(np.array, (p, w, g)), SOURCE[:1]))
    # Words 0, 1, 2 of the vocabulary, word 3 of another source, word 4, which stands there twice.
    np.testing.assert_allclose(y, [[[0.375 + 0.025, 0.1875 + 0.075, 0.1875, 0, 0.25 * 0.6]]])


def test_it_is_a_sum_over_the_places_where_a_word_stands():
    p, w, g = drawn(np.random.default_rng(0))
    layer = Reading(K)
    layer.prepare(tuple(a.shape[1:] for a in (p, w, g)))
    y, _ = layer.forward((p, w, g))
    for n, t in np.ndindex(2, 5):
        expected = np.append(g[n, t] * p[n, t], np.zeros(K))
        for s, word in enumerate(SOURCE[n]):
            expected[word] += (1 - g[n, t, 0]) * w[n, t, s]
        np.testing.assert_allclose(y[n, t], expected)
    np.testing.assert_allclose(y.sum(-1), 1)


def test_every_gradient():
    errors = gradcheck.check_layer(Reading(K), ((2, 5, V), (2, 5, 4), (2, 5, 1)))
    assert len(errors) == 3 and max(errors.values()) < 1e-6


def test_a_model_learns_to_copy_words_that_it_never_saw():
    """Say the word that is marked. None of them is in the vocabulary of the generator."""
    rng = np.random.default_rng(0)
    N, S, V = 256, 6, 2
    source = V + rng.permuted(np.tile(np.arange(S), (N, 1)), axis=1)
    place = rng.integers(0, S, N)
    marks = np.eye(S)[place][..., None]  # (N, S, 1)
    mark, words = Input((S, 1)), Input((S,))
    first = layers.Reshape((1, S))(mark)
    _, w = layers.Attention()(
        [layers.Dense(4)(first), layers.Dense(4)(mark)], return_attention_scores=True
    )
    p, g = layers.Dense(V, "softmax")(first), layers.Dense(1, "sigmoid")(first)
    model = Model([mark, words], layers.PointerGenerator(S)([p, w, g, words]))
    model.compile(Adam(0.05), "sparse_categorical_crossentropy")
    x, y = [marks, source], np.take_along_axis(source, place[:, None], 1)
    model.fit(x, y, 32, epochs=10, verbose=0)
    assert (model.predict(x, verbose=0).argmax(axis=2) == y).mean() > 0.95


@pytest.mark.parametrize(
    "shapes",
    [
        ((5, V), (5, 4), (5, 1)),
        ((5, V), (5, 4), (5, 1), (3,)),
        ((5, V), (5, 4), (5, 2), (4,)),
        ((5, V), (6, 4), (5, 1), (4,)),
        ((5, V), (5, 4), (5, 1), (4, 1)),
        ((V,), (4,), (1,), (4,)),
    ],
)
def test_shapes_that_do_not_belong_together_are_refused(shapes):
    with pytest.raises(ValueError, match=r"takes p \(T, V\), w \(T, S\), g \(T, 1\) and source"):
        layers.PointerGenerator(K).prepare(shapes)


@pytest.mark.parametrize("word", [-1, V + K])
def test_a_word_outside_of_both_is_refused(word):
    layer = layers.PointerGenerator(K)
    layer.prepare(((1, V), (1, 2), (1, 1), (2,)))
    with pytest.raises(ValueError, match="needs words of the source from 0 to 4"):
        layer.forward(
            (np.ones((1, 1, V)), np.ones((1, 1, 2)), np.ones((1, 1, 1)), np.array([[0, word]]))
        )


@pytest.mark.parametrize("extra", [0, 1.5])
def test_a_number_of_words_that_is_none_is_refused(extra):
    with pytest.raises((TypeError, ValueError), match="extra must"):
        layers.PointerGenerator(extra)
