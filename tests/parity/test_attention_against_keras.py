"""Attention as Keras has it: scores, masks that are given and masks that come with their values.

With at least two keys: of one Keras warns.
"""

import numpy as np
import pytest
from comparing import SEEDS, several
from hypothesis import given
from hypothesis import strategies as st
from keras_on_torch import keras

import minidl
from minidl import layers

torch = pytest.importorskip("torch", reason="parity needs PyTorch: pip install torch==2.13.0")
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
SIZES = {
    "N": st.integers(1, 3),
    "T": st.integers(1, 6),
    "S": st.integers(2, 6),
}  # of one key Keras warns
SIZES |= {"D": st.integers(1, 5), "E": st.integers(1, 4), "seed": SEEDS}
CALLS = {"causal": st.booleans(), "keys": st.booleans(), "padding": st.booleans()}


def _padding(N, T, S, rng):
    """Masks of queries and values; the first value is real, so that every query sees one."""
    real = rng.random((N, S)) < 0.6
    real[:, 0] = True
    return rng.random((N, T)) < 0.6, real


def _theirs_like(ours, theirs):
    """Copy the weights; Keras has an axis for the heads."""
    shapes = [tuple(w.shape) for w in theirs.weights]
    theirs.set_weights([w.reshape(s) for w, s in zip(ours.get_weights(), shapes, strict=True)])


def _compare(ours, theirs, results, xs, cache, dy, counted):
    """Outputs and gradients, where `counted` is True: what padding gets is nobody's business."""
    y_ours, y_theirs = results
    np.testing.assert_allclose(y_ours[counted], y_theirs.detach().numpy()[counted], atol=3e-6)
    y_theirs.backward(torch.tensor(dy * counted[..., None]))
    dx = ours.backward((dy * counted[..., None], None), cache)
    for d, x in zip(dx, xs):
        np.testing.assert_allclose(d, x.grad, atol=3e-5)
    for param, variable in zip(ours.params().values(), theirs.trainable_weights, strict=True):
        grad = variable.value.grad.numpy().reshape(param.shape)
        np.testing.assert_allclose(param.grad, grad, atol=1e-4)


@several
@given(
    kind=st.sampled_from(["Attention", "AdditiveAttention"]), scale=st.booleans(), **SIZES, **CALLS
)
def test_single_attention(kind, scale, N, T, S, D, E, seed, causal, keys, padding):
    rng = np.random.default_rng(seed)
    ours, theirs = (getattr(lib, kind)(use_scale=scale) for lib in (layers, keras.layers))
    shapes = [(N, T, D), (N, S, E), (N, S, D)] if keys else [(N, T, D), (N, S, D)]
    ours.prepare(tuple(shape[1:] for shape in shapes), rng=rng)
    theirs.build(shapes)
    theirs.set_weights(ours.get_weights())
    xs = [rng.standard_normal(shape).astype("f4") for shape in shapes]
    x_torch = [torch.tensor(x, requires_grad=True) for x in xs]
    options = {"use_causal_mask": causal, "return_attention_scores": True}
    masks = _padding(N, T, S, rng) if padding else None
    (y, w), cache = ours.forward(tuple(xs), mask=masks, **options)
    of_theirs = {"mask": [torch.tensor(m) for m in masks]} if padding else {}
    y_theirs, w_theirs = theirs(x_torch, **of_theirs, **options)
    real = masks[0] if padding else np.ones((N, T), bool)
    np.testing.assert_allclose(w[real], w_theirs.detach().numpy()[real], atol=3e-6)
    assert not y[~real].any() and not y_theirs.detach().numpy()[~real].any()
    dy = rng.standard_normal(y.shape).astype("f4")
    _compare(ours, theirs, (y, y_theirs), x_torch, cache, dy, np.ones((N, T), bool))


@several
@given(
    H=st.integers(1, 3),
    options=st.sampled_from([{}, {"value_dim": 2}, {"use_bias": False}, {"output_shape": 3}]),
    pairs=st.booleans(),
    **SIZES,
    **CALLS,
)
def test_multi_head_attention(H, options, pairs, N, T, S, D, E, seed, causal, keys, padding):
    rng = np.random.default_rng(seed)
    ours = layers.MultiHeadAttention(H, 4, **options)
    theirs = keras.layers.MultiHeadAttention(H, 4, **options)
    shapes = [(N, T, D), (N, S, E), (N, S, D)] if keys else [(N, T, D), (N, S, E)]
    ours.prepare(tuple(shape[1:] for shape in shapes), rng=rng)
    theirs.build(*shapes)
    _theirs_like(ours, theirs)
    for param, variable in zip(ours.params().values(), theirs.weights):
        param.value += 0.1
        variable.assign(variable.value + 0.1)
    xs = [rng.standard_normal(shape).astype("f4") for shape in shapes]
    x_torch = [torch.tensor(x, requires_grad=True) for x in xs]
    same = {"use_causal_mask": causal, "return_attention_scores": True}
    masks = _padding(N, T, S, rng) if padding else (None, None)
    allowed = rng.random((N, T, S)) < 0.7
    allowed[..., 0] = True
    both = {"attention_mask": allowed} if pairs else {}
    (y, p), cache = ours.forward(tuple(xs), mask=masks, **both, **same)
    names = ("query_mask", "value_mask") if padding else ()
    of_theirs = {name: torch.tensor(mask) for name, mask in zip(names, masks)}
    of_theirs |= {"attention_mask": torch.tensor(allowed)} if pairs else {}
    y_theirs, p_theirs = theirs(*x_torch, **of_theirs, **same)
    real = masks[0] if padding else np.ones((N, T), bool)
    by_query = (a.swapaxes(1, 2)[real] for a in (p, p_theirs.detach().numpy()))
    np.testing.assert_allclose(*by_query, atol=3e-6)
    dy = rng.standard_normal(y.shape).astype("f4")
    _compare(ours, theirs, (y, y_theirs), x_torch, cache, dy, real)


@several
@given(shared=st.integers(1, 3), group=st.integers(1, 3), causal=st.booleans(), **SIZES)
def test_heads_in_groups(shared, group, causal, N, T, S, D, E, seed):
    rng, H = np.random.default_rng(seed), shared * group
    ours = layers.MultiHeadAttention(H, 4, num_key_value_heads=shared)
    theirs = keras.layers.GroupQueryAttention(4, H, shared)
    shapes = [(N, T, D), (N, S, E)]
    ours.prepare(tuple(shape[1:] for shape in shapes), rng=rng)
    theirs.build(*shapes)
    for param in ours.params().values():
        param.value += 0.3 * rng.standard_normal(param.shape).astype("f4")
    _theirs_like(ours, theirs)
    xs = [rng.standard_normal(shape).astype("f4") for shape in shapes]
    x_torch = [torch.tensor(x, requires_grad=True) for x in xs]
    same = {"use_causal_mask": causal, "return_attention_scores": True}
    masks = _padding(N, T, S, rng)
    (y, p), cache = ours.forward(tuple(xs), mask=masks, **same)
    y_theirs, p_theirs = theirs(*x_torch, value_mask=torch.tensor(masks[1]), **same)
    np.testing.assert_allclose(p, p_theirs.detach().numpy(), atol=3e-6)
    dy = rng.standard_normal(y.shape).astype("f4")
    _compare(ours, theirs, (y, y_theirs), x_torch, cache, dy, np.ones((N, T), bool))


def _tied(lib):
    tokens, embed = lib.Input((4,)), lib.layers.ReversibleEmbedding(7, 3)
    return lib.Model(tokens, embed(lib.layers.Dense(3)(embed(tokens)), reverse=True))


def test_a_table_for_tokens_and_logits_trains_as_in_keras():
    rng = np.random.default_rng(0)
    ours, theirs = _tied(minidl), _tied(keras)
    theirs.set_weights(ours.get_weights())
    x, y = rng.integers(0, 7, (9, 4)), rng.standard_normal((9, 4, 7))
    for model in (ours, theirs):
        model.compile("adam", "mse")
    histories = [m.fit(x, y, epochs=5, verbose=0, shuffle=False) for m in (ours, theirs)]
    np.testing.assert_allclose(*(h.history["loss"] for h in histories), rtol=1e-4)
    np.testing.assert_allclose(ours.predict(x, verbose=0), theirs.predict(x, verbose=0), atol=1e-5)


def _translator(lib):
    """Two texts with padding; every kind of attention, with masks that nobody mentions.

    MultiHeadAttention of Keras takes the masks off the arrays that it is called on, for all who
    read them after it: so each layer has arrays of its own.
    """
    L = lib.layers
    source, target = lib.Input((6,), name="source"), lib.Input((5,), name="target")
    embed = L.Embedding(9, 4, mask_zero=True)
    a = L.Attention(use_scale=True)([embed(target), embed(source)])
    b = L.AdditiveAttention()([embed(target), embed(source)])
    c = L.MultiHeadAttention(2, 3)(embed(target), embed(source))
    x = embed(target)
    d = L.MultiHeadAttention(2, 3)(query=x, value=x, use_causal_mask=True)
    means = [L.GlobalAveragePooling1D()(y) for y in (a, b, c, d)]
    return lib.Model([source, target], L.Dense(3, activation="softmax")(L.concatenate(means)))


def test_masks_travel_through_a_model_as_in_keras():
    rng = np.random.default_rng(0)
    ours, theirs = _translator(minidl), _translator(keras)
    assert [w.size for w in ours.get_weights()] == [w.size for w in theirs.get_weights()]
    _theirs_like(ours, theirs)
    source = rng.integers(1, 9, (7, 6)) * (np.arange(6) < rng.integers(1, 7, (7, 1)))
    target = rng.integers(1, 9, (7, 5)) * (np.arange(5) < rng.integers(1, 6, (7, 1)))
    x, labels = [source, target], rng.integers(0, 3, 7)
    np.testing.assert_allclose(ours.predict(x, verbose=0), theirs.predict(x, verbose=0), atol=1e-6)
    for model in (ours, theirs):
        model.compile("adam", "sparse_categorical_crossentropy")
    histories = [m.fit(x, labels, epochs=3, verbose=0, shuffle=False) for m in (ours, theirs)]
    np.testing.assert_allclose(*(h.history["loss"] for h in histories), rtol=1e-4)


@pytest.mark.parametrize("name", ["new.weights.h5", "old.h5"])
def test_weights_of_a_file_that_keras_wrote(tmp_path, name):
    pytest.importorskip("h5py")
    rng, (ours, theirs) = np.random.default_rng(0), (_translator(lib) for lib in (minidl, keras))
    theirs.set_weights([rng.standard_normal(tuple(w.shape)) for w in theirs.weights])
    save = theirs.save_weights if name.endswith(".weights.h5") else theirs.save
    save(tmp_path / name)
    ours.load_weights(tmp_path / name)
    x = [rng.integers(1, 9, (7, 6)), rng.integers(1, 9, (7, 5))]
    np.testing.assert_allclose(ours.predict(x, verbose=0), theirs.predict(x, verbose=0), atol=1e-5)
