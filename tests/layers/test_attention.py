"""Attention by naive loops: what every query gets, from whom, and who is hidden from it."""

import itertools

import numpy as np
import pytest

from minidl import Input, layers
from minidl.inspection import attention_scores
from minidl.models import Model, Sequential, clone_model, load_model

N, T, S, D, E, H = 2, 3, 4, 6, 5, 2
RNG = np.random.default_rng(0)
Q, V, K = (RNG.standard_normal(shape).astype("f4") for shape in ((N, T, D), (N, S, E), (N, S, D)))
QUERIES = np.array([[1, 1, 0], [1, 1, 1]], bool)
VALUES = np.array([[0, 1, 1, 0], [1, 1, 1, 0]], bool)
KEYS = np.array([[1, 1, 1, 1], [0, 1, 1, 1]], bool)
PAIRS = np.array([[1, 0, 1, 1], [0, 0, 0, 0], [1, 1, 0, 1]], bool)


def looked_up(q, v, k, score, allowed=lambda n, t, s: True):
    """The mean of the values, query by query, and the weights: y (N, T, E), p (N, T, S)."""
    y = np.zeros((*q.shape[:2], v.shape[-1]))
    p = np.zeros((*q.shape[:2], v.shape[1]))
    for n, t in itertools.product(range(len(q)), range(q.shape[1])):
        seen = [s for s in range(v.shape[1]) if allowed(n, t, s)]
        if not seen:
            continue
        e = np.exp([score(q[n, t].astype(float), k[n, s].astype(float)) for s in seen])
        for s, weight in zip(seen, e / e.sum()):
            p[n, t, s] = weight
            y[n, t] += weight * v[n, s]
    return y, p


SCORES = {
    "dot": (layers.Attention(), lambda q, k: q @ k),
    "scaled": (layers.Attention(use_scale=True), lambda q, k: 0.4 * (q @ k)),
    "additive": (layers.AdditiveAttention(), lambda q, k: 0.4 * np.tanh(q + k).sum()),
    "not scaled": (layers.AdditiveAttention(use_scale=False), lambda q, k: np.tanh(q + k).sum()),
}


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("kind", SCORES)
def test_a_query_gets_the_mean_of_the_values_it_may_see(kind, masked, causal):
    layer, score = SCORES[kind]
    layer.prepare(((T, D), (S, E), (S, D)))
    for param in layer.params().values():
        param.value[...] = 0.4

    def allowed(n, t, s):
        real = QUERIES[n, t] and VALUES[n, s] and KEYS[n, s]
        return (real or not masked) and (s <= t or not causal)

    options = {"mask": [QUERIES, VALUES, KEYS]} if masked else {}
    y, w = layer([Q, V, K], use_causal_mask=causal, return_attention_scores=True, **options)
    expected, weights = looked_up(Q, V, K, score, allowed)
    np.testing.assert_allclose(y, expected, atol=2e-6)
    np.testing.assert_allclose(w, weights, atol=2e-6)
    np.testing.assert_array_equal(layer([Q, V, K], use_causal_mask=causal, **options), y)


def heads(**options):
    """A layer with biases other than 0."""
    return layers.MultiHeadAttention(H, 4, bias_initializer="normal", **options)


def by_heads(layer, q, v, k, allowed=lambda n, t, s: True):
    """Each head by itself, with its columns of the weights, then W_O: y and p (N, H, T, S)."""
    in_group = layer.num_heads // layer.num_key_value_heads

    def columns(dense, x, h, size):
        part = slice(h * size, (h + 1) * size)
        return x @ dense.W.value[:, part] + dense.b.value[part]

    ys, ps = [], []
    for h in range(layer.num_heads):
        a = columns(layer.query_dense, q, h, layer.key_dim)
        b = columns(layer.key_dense, k, h // in_group, layer.key_dim)
        c = columns(layer.value_dense, v, h // in_group, layer.value_dim)
        y, p = looked_up(a, c, b, lambda q, k: q @ k / np.sqrt(len(q)), allowed)
        ys.append(y)
        ps.append(p)
    last = layer.output_dense
    return np.concatenate(ys, axis=-1) @ last.W.value + last.b.value, np.stack(ps, axis=1)


@pytest.mark.parametrize("options", [{}, {"value_dim": 3}, {"output_shape": 7}])
@pytest.mark.parametrize("masked", [False, True])
def test_heads_work_side_by_side(options, masked, backend):
    layer = heads(**options)
    given = {"value_mask": VALUES, "key_mask": KEYS, "query_mask": QUERIES} if masked else {}
    given |= {"attention_mask": PAIRS} if masked else {}
    y, p = layer(Q, V, K, return_attention_scores=True, **given)
    allowed = (lambda n, t, s: VALUES[n, s] and KEYS[n, s] and PAIRS[t, s]) if masked else ()
    expected, weights = by_heads(layer, Q, V, K, *([allowed] if masked else []))
    np.testing.assert_allclose(y, expected, atol=2e-6)
    np.testing.assert_allclose(p, weights, atol=2e-6)
    assert y.shape == (N, T, options.get("output_shape", D))


@pytest.mark.parametrize(("heads", "shared"), [(6, 2), (6, 3), (4, 1), (3, 3)])
def test_heads_in_groups_share_keys_and_values(heads, shared, backend):
    options = {"num_key_value_heads": shared, "bias_initializer": "normal", "value_dim": 3}
    layer = layers.MultiHeadAttention(heads, 4, **options)
    y, p = layer(Q, V, K, value_mask=VALUES, return_attention_scores=True)
    expected, weights = by_heads(layer, Q, V, K, lambda n, t, s: VALUES[n, s])
    np.testing.assert_allclose(y, expected, atol=2e-6)
    np.testing.assert_allclose(p, weights, atol=2e-6)
    assert layer.key_dense.W.shape == (D, shared * 4) and layer.value_dense.W.shape[1] == shared * 3


def test_a_block_of_today_by_hand(tmp_path):
    """RMSNorm, grouped and rotated heads, x + F; RMSNorm, SwiGLU, x + F: no b anywhere."""
    parts = {"activation": "swiglu", "norm": "rms", "rotary": True, "num_key_value_heads": 1}
    block = layers.TransformerDecoderBlock(5, 3, normalize_first=True, use_bias=False, **parts)
    y = block(np.concatenate([K, Q], axis=1))
    first, second = block.self_attention, block.feedforward

    def normed(x, norm):
        norm.scale.value[...] = np.linspace(0.5, 2, D)
        return x / np.sqrt((x * x).mean(axis=-1, keepdims=True) + 1e-5) * norm.scale.value

    x = np.concatenate([K, Q], axis=1)
    a = x + first.layer(normed(x, first.norm), use_causal_mask=True)
    wide, narrow = second.layer.layers
    z = normed(a, second.norm)
    gate = z @ wide.gate.W.value
    hidden = gate / (1 + np.exp(-gate)) * (z @ wide.dense.W.value)
    assert not np.allclose(block(x), y)  # the scales are others now
    np.testing.assert_allclose(block(x), a + hidden @ narrow.W.value, atol=2e-6)
    assert not [path for path in block.params() if path.rpartition("/")[2] in ("b", "beta")]
    model = Sequential([block])
    model.save(tmp_path / "block.npz")
    loaded = load_model(tmp_path / "block.npz")
    np.testing.assert_array_equal(loaded(x), block(x))
    assert loaded.get_config() == model.get_config()


def test_keys_are_the_values_and_alone_the_queries_are_both():
    layer, one = heads(), np.concatenate([Q, Q[:, :1]], axis=1)
    np.testing.assert_array_equal(layer(Q, K), layer([Q, K]))
    np.testing.assert_allclose(layer(Q, K), by_heads(layer, Q, K, K)[0], atol=2e-6)
    alone = heads()
    y = alone(one, use_causal_mask=True)
    expected, _ = by_heads(alone, one, one, one, lambda n, t, s: s <= t)
    np.testing.assert_allclose(y, expected, atol=2e-6)
    single = layers.Attention()
    np.testing.assert_allclose(single(Q), looked_up(Q, Q, Q, np.dot)[0], atol=2e-6)


def test_masks_of_pairs_may_differ_from_sample_to_sample():
    layer = heads()
    both = np.stack([PAIRS, ~PAIRS])
    y = layer(Q, K, attention_mask=both.astype("f4"), use_causal_mask=True)
    expected, _ = by_heads(layer, Q, K, K, lambda n, t, s: both[n, t, s] and s <= t)
    np.testing.assert_allclose(y, expected, atol=2e-6)


def test_in_training_weights_are_dropped_and_the_others_grow():
    layer = layers.Attention(dropout=0.5, seed=1)
    _, w = layer([Q, V, K], return_attention_scores=True)
    y, noisy = layer([Q, V, K], training=True, return_attention_scores=True)
    kept = noisy > 0
    assert 0 < kept.mean() < 1
    np.testing.assert_allclose(noisy[kept], 2 * w[kept], rtol=1e-6)
    np.testing.assert_allclose(y, noisy @ V, atol=1e-6)
    several = heads(dropout=0.5, seed=1)
    drawn = [several(Q, K, training=True) for _ in range(300)]
    assert not np.allclose(drawn[0], drawn[1])
    np.testing.assert_allclose(np.mean(drawn, axis=0), several(Q, K), atol=0.15)


def test_a_block_drops_weights_of_its_attention_too():
    block = layers.TransformerEncoderBlock(5, 2, dropout=0.3)
    block(np.zeros((1, 3, 4), "f4"))
    assert block.self_attention.layer.dropout == 0.3


# In models ---------------------------------------------------------------------------------------


def _translator(attention):
    """Tokens of which 0 is padding: queries (N, T) and values (N, S)."""
    source, target = Input((None,), name="source"), Input((None,), name="target")
    embed = layers.Embedding(9, 4, embeddings_initializer="normal", mask_zero=True)
    q, v = embed(target), embed(source)
    return Model([source, target], layers.GlobalAveragePooling1D()(attention(q, v)))


@pytest.mark.parametrize(
    "attention",
    [
        lambda q, v: layers.Attention()([q, v]),
        lambda q, v: layers.AdditiveAttention()([q, v]),
        lambda q, v: layers.MultiHeadAttention(2, 3)(q, v),
        lambda q, v: layers.TransformerDecoderBlock(5, 2)([q, v]),
        lambda q, v: layers.TransformerDecoderBlock(5, 2, normalize_first=True)(
            q, layers.TransformerEncoderBlock(5, 2)(v)
        ),
    ],
)
def test_padding_changes_nothing(attention):
    model = _translator(attention)
    source, target = np.array([[3, 4, 5, 6]]), np.array([[7, 8, 2]])
    short = model.predict([source[:, :2], target[:, :2]], verbose=0)
    padded = source * [1, 1, 0, 0], target * [1, 1, 0]
    np.testing.assert_allclose(model.predict(list(padded), verbose=0), short, atol=1e-6)
    assert not np.allclose(model.predict([source, target], verbose=0), short)


def test_masks_of_a_block_may_come_in_a_list():
    block = layers.TransformerDecoderBlock(5, 2)
    y = block([Q, K], mask=[QUERIES, VALUES])
    np.testing.assert_array_equal(block(Q, K, mask=(QUERIES, VALUES)), y)
    changed = K + 5 * ~VALUES[..., None]
    np.testing.assert_allclose(block(Q, changed, mask=[QUERIES, VALUES]), y, atol=1e-6)
    assert not np.allclose(block(Q, changed), block(Q, K))


def test_a_later_step_changes_no_earlier_one():
    model = Sequential([layers.TransformerDecoderBlock(5, 2) for _ in range(2)])
    changed = Q.copy()
    changed[:, 1] += 1
    y, other = model.predict(Q, verbose=0), model.predict(changed, verbose=0)
    np.testing.assert_array_equal(y[:, 0], other[:, 0])
    assert (np.abs(y - other)[:, 1:].max(axis=(0, 2)) > 1e-3).all()


def test_options_of_a_call_are_saved_and_loaded(tmp_path):
    q, v = Input((T, D)), Input((None, D))
    attend = layers.MultiHeadAttention(H, 4, name="attend", kernel_regularizer="l2")
    y, p = attend(q, v, return_attention_scores=True)
    z = attend(y, v, use_causal_mask=True)
    z = layers.Attention(use_scale=True)([z, z], use_causal_mask=True)
    block = layers.TransformerDecoderBlock(8, 2, 0.1, "gelu", True, kernel_initializer="he_normal")
    model = Model([q, v], [block(z, v), p])
    assert model.output_shape[1] == (H, T, None)
    model.save(tmp_path / "model.npz")
    loaded = load_model(tmp_path / "model.npz")
    for ours, theirs in zip(model.predict([Q, K]), loaded.predict([Q, K])):
        np.testing.assert_array_equal(ours, theirs)
    assert loaded.get_config() == model.get_config() == clone_model(model).get_config()


def test_a_model_learns_with_each(backend):
    """Which of the steps is the largest? Its position is the answer."""
    x = np.random.default_rng(0).standard_normal((256, 5, 4)).astype("f4")
    label = x[:, :, 0].argmax(axis=1)
    block = layers.TransformerEncoderBlock(16, 2, rotary=True, normalize_first=True)
    row = [layers.Dense(8), layers.PositionEmbedding(5), block, layers.Flatten()]
    model = Sequential([*row, layers.Dense(5, "softmax")], seed=0)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.optimizer.learning_rate = 0.01
    history = model.fit(x, label, epochs=12, verbose=0)
    assert history.history["accuracy"][-1] > 0.9


def test_every_weight_of_a_block_is_found_and_learns():
    D, F = 6, 10
    attention, network, norm = 4 * (D * D + D), D * F + F + F * D + D, 2 * D
    encoder, decoder = layers.TransformerEncoderBlock(F, 2), layers.TransformerDecoderBlock(F, 2)
    encoder.prepare((None, D))
    decoder.prepare(((None, D), (None, D)))
    assert encoder.count_params() == attention + network + 2 * norm
    assert decoder.count_params() == 2 * attention + network + 3 * norm
    for layer, x in (encoder, Q), (decoder, (Q, K)):
        y, cache = layer.forward(x)
        layer.backward(RNG.standard_normal(y.shape).astype("f4"), cache)
        # What b_K adds is the same for all keys of a query: the softmax does not see it.
        params = {k: p for k, p in layer.params().items() if not k.endswith("key_dense/b")}
        assert not [path for path, param in params.items() if not param.grad.any()]


def test_heads_inside_of_blocks_can_be_looked_at():
    source, target = Input((None, D)), Input((T, D))
    x = layers.TransformerEncoderBlock(5, 2)(source)
    y = layers.TransformerDecoderBlock(5, 3)(target, x)
    a, p = layers.MultiHeadAttention(1, 2)(y, x, return_attention_scores=True)
    model = Model([source, target], [a, p])
    scores = attention_scores(model, [K, Q])
    assert [one.shape for one in scores] == [(N, 2, S, S), (N, 3, T, T), (N, 3, T, S), (N, 1, T, S)]
    for one in scores:
        np.testing.assert_allclose(one.sum(axis=-1), 1, atol=1e-6)
    assert not np.triu(scores[1], 1).any() and np.triu(scores[0], 1).any()
    np.testing.assert_allclose(model.predict([K, Q], verbose=0)[1], scores[3], atol=1e-6)
