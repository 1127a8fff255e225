"""Attention and the Transformer's layers as PyTorch has them, in both orders of normalization."""

import copy

import numpy as np
import pytest
from comparing import BACKENDS, DTYPES, SEEDS, close, several, tensor
from hypothesis import given
from hypothesis import strategies as st
from torch_weights import pairs

from minidl import kernels, layers
from minidl.layers.weights import Param

torch = pytest.importorskip("torch", reason="parity needs PyTorch: pip install torch==2.13.0")

SIZES = {"N": st.integers(1, 3), "T": st.integers(1, 7), "S": st.integers(1, 7)}
SIZES |= {"H": st.integers(1, 3), "K": st.integers(1, 4), "dtype": DTYPES, "backend": BACKENDS}
SIZES |= {"seed": SEEDS}


def _copied(layer, module, shape, dtype, backend):
    """Both get the same weights, drawn in theirs' initializer's place; returns the pairs."""
    layer.prepare(shape, kernels.load(backend), np.random.default_rng(0))
    layer.astype(dtype)
    rng = np.random.default_rng(1)
    for param in layer.params().values():
        param.value += 0.3 * rng.standard_normal(param.value.shape).astype(dtype)
    leaves = [part for _, part in layer.walk() if part.attributes_of(Param)]
    names = {id(param): path for path, param in layer.params().items()}
    found = pairs([(part, None) for part in _in_their_order(leaves, module)], module, names)
    with torch.no_grad():
        for pair in found:
            pair.theirs.copy_(torch.from_numpy(np.array(pair.change(pair.ours.value))))
    return found


def _in_their_order(leaves, module):
    """Ours are listed as they are computed; a layer of PyTorch lists the normalizations last."""
    if not isinstance(module, torch.nn.TransformerEncoderLayer | torch.nn.TransformerDecoderLayer):
        return leaves
    norms = [one for one in leaves if isinstance(one, layers.LayerNormalization)]
    return [one for one in leaves if one not in norms] + norms


def _agree(layer, ours, theirs, xs, cache, found, rng):
    close(ours, theirs, ours.dtype.name)
    dy = rng.standard_normal(ours.shape).astype(ours.dtype)
    theirs.backward(torch.tensor(dy))
    dx = layer.backward(dy, cache)
    for d, x in zip(dx if isinstance(dx, tuple) else [dx], xs):
        close(d, x.grad, ours.dtype.name)
    largest = max(np.abs(pair.ours.grad).max() for pair in found)
    for pair in found:  # those of W_K cancel: what all keys have in common changes nothing
        scale = max(np.abs(pair.ours.grad).max(), 0.1 * largest, 0.1)
        apart = np.abs(pair.change(pair.ours.grad) - pair.theirs.grad.numpy()).max() / scale
        assert apart < (3e-5 if ours.dtype == "float32" else 1e-10), pair.name


@several
@given(causal=st.booleans(), padding=st.booleans(), bias=st.booleans(), **SIZES)
def test_multi_head_attention(N, T, S, H, K, causal, padding, bias, dtype, backend, seed):
    rng, D = np.random.default_rng(seed), H * K
    module = torch.nn.MultiheadAttention(D, H, bias=bias, batch_first=True)
    module = module.to(getattr(torch, dtype))
    layer = layers.MultiHeadAttention(H, K, use_bias=bias)
    found = _copied(layer, module, ((T, D), (S, D), (S, D)), dtype, backend)
    q, v, k = (rng.standard_normal((N, length, D)).astype(dtype) for length in (T, S, S))
    real = np.ones((N, S), bool)
    if padding:  # the first key stays, so that every query sees one: PyTorch makes NaN of none
        real[:, 1:] = rng.random((N, S - 1)) < 0.6
    masks = {"mask": (None, real, None)} if padding else {}
    options = {"use_causal_mask": causal, "return_attention_scores": True}
    (ours, p), cache = layer.forward((q, v, k), **masks, **options)
    xs = [tensor(x) for x in (q, v, k)]
    future = torch.ones(T, S, dtype=torch.bool).triu(1) if causal else None
    theirs, p_theirs = module(
        xs[0],
        xs[2],
        xs[1],
        key_padding_mask=torch.tensor(~real) if padding else None,
        attn_mask=future,
        average_attn_weights=False,
    )
    close(p, p_theirs, dtype)
    _agree(_OnlyY(layer), ours, theirs, xs, cache, found, rng)


@several
@given(shared=st.integers(1, 3), causal=st.booleans(), padding=st.booleans(), **SIZES)
def test_heads_in_groups(N, T, S, H, K, shared, causal, padding, dtype, backend, seed):
    """H queries a group; the four products are written here, attention is PyTorch's."""
    rng, D, heads = np.random.default_rng(seed), 5, H * shared
    layer = layers.MultiHeadAttention(heads, K, num_key_value_heads=shared)
    layer.prepare(((T, D), (S, D)), kernels.load(backend), rng)
    layer.astype(dtype)
    for param in layer.params().values():
        param.value += 0.3 * rng.standard_normal(param.shape).astype(dtype)
    x, source = (rng.standard_normal((N, length, D)).astype(dtype) for length in (T, S))
    real = np.ones((N, S), bool)
    if padding:
        real[:, 1:] = rng.random((N, S - 1)) < 0.6
    ours, cache = layer.forward((x, source), mask=(None, real), use_causal_mask=causal)
    weights = {path: tensor(param.value) for path, param in layer.params().items()}
    xs = [tensor(x), tensor(source)]

    def dense(name, x):
        return x @ weights[f"{name}_dense/W"] + weights[f"{name}_dense/b"]

    made = [
        dense(name, x).unflatten(-1, (-1, K)).transpose(1, 2)
        for name, x in (("query", xs[0]), ("key", xs[1]), ("value", xs[1]))
    ]
    seen = torch.tensor(real)[:, None, None]
    seen = seen & torch.ones(T, S, dtype=torch.bool).tril() if causal else seen
    y = torch.nn.functional.scaled_dot_product_attention(
        *made, attn_mask=seen.expand(N, 1, T, S), enable_gqa=True
    )
    theirs = dense("output", y.transpose(1, 2).flatten(2))
    close(ours, theirs, dtype)
    dy = rng.standard_normal(ours.shape).astype(dtype)
    theirs.backward(torch.tensor(dy))
    grads = dict(zip(("x", "source"), layer.backward(dy, cache)))
    grads |= {path: param.grad for path, param in layer.params().items()}
    weights |= {"x": xs[0], "source": xs[1]}
    largest = max(np.abs(grad).max() for grad in grads.values())
    for path, grad in grads.items():  # as in `_agree`: those of W_K cancel
        apart = np.abs(grad - weights[path].grad.numpy()).max() / max(largest, 1)
        assert apart < (3e-5 if dtype == "float32" else 1e-10), path


@several
@given(
    N=SIZES["N"], T=SIZES["T"], D=st.integers(1, 5), M=st.integers(1, 5), dtype=DTYPES, seed=SEEDS
)
def test_swiglu(N, T, D, M, dtype, seed):
    rng = np.random.default_rng(seed)
    layer = layers.SwiGLU(M, bias_initializer="normal")
    layer.prepare((T, D), rng=rng)
    layer.astype(dtype)
    x = rng.standard_normal((N, T, D)).astype(dtype)
    ours, cache = layer.forward(x)
    weights = {path: tensor(param.value) for path, param in layer.params().items()}
    x = tensor(x)
    gate = torch.nn.functional.silu(x @ weights["gate/W"] + weights["gate/b"])
    theirs = gate * (x @ weights["dense/W"] + weights["dense/b"])
    close(ours, theirs, dtype)
    dy = rng.standard_normal(ours.shape).astype(dtype)
    theirs.backward(torch.tensor(dy))
    close(layer.backward(dy, cache), x.grad, dtype)
    for path, param in layer.params().items():
        close(param.grad, weights[path].grad, dtype)


class _OnlyY:
    """A layer that returned its scores, too; the loss does not read them."""

    def __init__(self, layer):
        self.layer = layer

    def backward(self, dy, cache):
        return self.layer.backward((dy, None), cache)


BLOCKS = {"H": st.integers(1, 3), "F": st.integers(1, 9), "first": st.booleans()}
BLOCKS |= {"activation": st.sampled_from(["relu", "gelu"])}
BLOCKS |= {"dtype": st.just("float64")}  # two features that are nearly equal, normalized: ill posed


@several
@given(padding=st.booleans(), **SIZES | BLOCKS)
def test_encoder_block(N, T, S, H, K, F, first, activation, padding, dtype, backend, seed):
    rng, D = np.random.default_rng(seed), 2 * H * K
    module = torch.nn.TransformerEncoderLayer(
        D, H, F, 0.0, activation, batch_first=True, norm_first=first
    ).to(getattr(torch, dtype))
    layer = layers.TransformerEncoderBlock(F, H, activation=activation, normalize_first=first)
    found = _copied(layer, module, (T, D), dtype, backend)
    x, real = rng.standard_normal((N, T, D)).astype(dtype), np.ones((N, T), bool)
    if padding:
        real[:, 1:] = rng.random((N, T - 1)) < 0.6
    ours, cache = layer.forward(x, mask=real)
    x = tensor(x)
    theirs = module(x, src_key_padding_mask=torch.tensor(~real))
    _agree(layer, ours, theirs, [x], cache, found, rng)


@several
@given(padding=st.booleans(), **SIZES | BLOCKS)
def test_decoder_block_with_a_source(
    N, T, S, H, K, F, first, activation, padding, dtype, backend, seed
):
    rng, D = np.random.default_rng(seed), 2 * H * K
    module = torch.nn.TransformerDecoderLayer(
        D, H, F, 0.0, activation, batch_first=True, norm_first=first
    ).to(getattr(torch, dtype))
    layer = layers.TransformerDecoderBlock(F, H, activation=activation, normalize_first=first)
    found = _copied(layer, module, ((T, D), (S, D)), dtype, backend)
    x, source = (rng.standard_normal((N, length, D)).astype(dtype) for length in (T, S))
    real = np.ones((N, S), bool)
    if padding:
        real[:, 1:] = rng.random((N, S - 1)) < 0.6
    ours, cache = layer.forward((x, source), mask=(None, real))
    xs = [tensor(x), tensor(source)]
    theirs = module(
        *xs,
        tgt_mask=torch.ones(T, T, dtype=torch.bool).triu(1),
        memory_key_padding_mask=torch.tensor(~real),
    )
    _agree(layer, ours, theirs, xs, cache, found, rng)


@pytest.mark.parametrize("first", [False, True])
def test_a_decoder_block_alone_is_an_encoder_with_a_causal_mask(first):
    rng, (N, T, D, H) = np.random.default_rng(0), (2, 5, 6, 3)
    module = torch.nn.TransformerEncoderLayer(D, H, 7, 0.0, batch_first=True, norm_first=first)
    layer = layers.TransformerDecoderBlock(7, H, normalize_first=first)
    found = _copied(layer, module, (T, D), "float32", "numba")
    x = rng.standard_normal((N, T, D)).astype("f4")
    ours, cache = layer.forward(x)
    x = tensor(x)
    theirs = module(x, src_mask=torch.ones(T, T, dtype=torch.bool).triu(1), is_causal=True)
    _agree(layer, ours, theirs, [x], cache, found, rng)


def test_rotations_against_complex_numbers():
    """A pair (a, b) rotated by an angle is (a + ib) exp(i angle): torch multiplies."""
    x = np.random.default_rng(0).standard_normal((2, 7, 3, 8))
    layer = layers.RotaryEmbedding(100)
    layer.prepare((7, 3, 8))
    angles = np.arange(7)[:, None] * 100.0 ** (-np.arange(4) / 4)
    turn = torch.polar(torch.ones(7, 1, 4, dtype=torch.float64), torch.tensor(angles)[:, None])
    points = torch.complex(*torch.tensor(x).split(4, dim=-1)) * turn
    y, _ = layer.forward(copy.copy(x))
    np.testing.assert_allclose(y, torch.cat([points.real, points.imag], dim=-1), atol=1e-12)
    both = np.random.default_rng(1).standard_normal((2, 1, 1, 8)).repeat(7, axis=1)
    (q, k), _ = layer.forward(both)  # the same q and the same k at every step (7, 1, 8)
    products = q[:, 0] @ k[:, 0].T  # a number for each distance
    for distance in range(-6, 7):
        assert np.ptp(np.diagonal(products, distance)) < 1e-12
