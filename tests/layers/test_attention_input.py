"""What attention refuses, and what it says then."""

import numpy as np
import pytest

from minidl import Input, layers

N, T, S, D, E = 2, 3, 4, 6, 5
Q, V, K = (np.ones(shape, "f4") for shape in ((N, T, D), (N, S, E), (N, S, D)))
QUERIES, VALUES, PAIRS = np.ones((N, T), bool), np.ones((N, S), bool), np.ones((T, S), bool)


def heads():
    return layers.MultiHeadAttention(2, 4)


MESSAGES = {
    r"query, value\] or \[query, value, key\].*got \(None, 3\), ": lambda: heads()(Q[..., 0], V),
    r"as many values as keys.*, 4, 5\), \(None, 3, 6\)": lambda: heads()(Q, V, Q),
    r"shapes .*\(1, 4, 5\)": lambda: heads()(Q, V[:1]),
    r"got (.*3, 6\)){4}": lambda: heads()([Q, Q, Q, Q]),
    "compares queries and keys, .* got 6 and 5. Bring them": lambda: layers.Attention()([Q, V]),
    "score_mode is 'dot', or use Additive": lambda: layers.Attention(score_mode="concat"),
    "num_heads must be an integer of at least 1; got 0": lambda: layers.MultiHeadAttention(0, 2),
    r"key_dim must be an integer .* 2\.5": lambda: layers.MultiHeadAttention(2, 2.5),
    "num_key_value_heads=3 must divide num_heads=4": lambda: layers.MultiHeadAttention(
        4, 2, num_key_value_heads=3
    ),
    'norm must be "layer" or "rms"; got None': lambda: layers.TransformerEncoderBlock(
        5, 2, norm=None
    ),
    "dropout must be a finite number": lambda: layers.Attention(dropout=1),
    r"among 4 heads, which must divide it; got \(3, 6\)": lambda: layers.TransformerEncoderBlock(
        5, 4
    )(Q),
    r"shape \(T, D\) and shares D .* got \(6,\)": lambda: layers.TransformerDecoderBlock(5, 2)(
        Q[:, 0]
    ),
    r"attention_mask of True .* \(2, 3, 4\) or \(3, 4\); got bool of shape \(1, 4, 3\)": lambda: (
        heads()(Q, K, attention_mask=PAIRS.T)
    ),
    r"attention_mask .* got float64 of": lambda: heads()(Q, K, attention_mask=PAIRS * 0.5),
    r"mask of True and False with one entry a step, shape \(2, 4\)": lambda: heads()(
        Q, K, value_mask=QUERIES
    ),
    r"entry a step, shape \(2, 3\)": lambda: layers.Attention()([Q, K], mask=[VALUES, VALUES]),
    "has 2 positions and got 3 steps": lambda: layers.PositionEmbedding(2)(Q),
    "Tokens need an Embedding first": lambda: layers.SinePositionEncoding()(Q[:, :, 0]),
    "pairs of features; got 5": lambda: layers.RotaryEmbedding()(V),
    "has no argument 'heads'": lambda: layers.MultiHeadAttention(2, 3, heads=2),
}


@pytest.mark.parametrize("message", MESSAGES)
def test_what_does_not_fit_is_explained(message):
    with pytest.raises((ValueError, TypeError), match=message):
        MESSAGES[message]()


def test_a_graph_takes_no_array_as_an_option():
    q = Input((T, D))
    with pytest.raises(TypeError, match="no array as 'attention_mask' in a graph: a mask comes"):
        layers.MultiHeadAttention(2, 3)(q, q, attention_mask=PAIRS[:, :3])
    with pytest.raises(TypeError, match="unexpected keyword argument 'use_casual_mask'"):
        layers.MultiHeadAttention(2, 3)(q, q, use_casual_mask=True)


def test_longer_sequences_than_before_are_refused_by_learned_positions_alone():
    layer = layers.PositionEmbedding(4)
    assert layer(Q).shape == (N, T, D)
    with pytest.raises(ValueError, match="has 4 positions and got 6 steps"):
        layer(np.concatenate([Q, Q], axis=1))
    assert layers.SinePositionEncoding()(np.zeros((1, 500, 3))).shape == (1, 500, 3)


def test_the_gradient_of_positions_goes_to_those_that_were_read():
    layer = layers.PositionEmbedding(5)
    layer.prepare((3, 2))
    layer.first_step = 2
    _, cache = layer.forward(np.zeros((1, 3, 2)))
    layer.backward(np.ones((1, 3, 2)), cache)
    np.testing.assert_array_equal(layer.P.grad[:, 0], [0, 0, 1, 1, 1])
