"""Attention: the reference against naive loops, every other tier against the reference."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minidl import kernels

REFERENCE = kernels.load("numpy")
TOLERANCE = {"float32": 4e-6, "float64": 1e-14}
KEY = 0x299F31D0A4093822


class Case:
    """One call, forward and backward, with random arrays; `mask` is a shape, or None.

    `share` heads of q look at each head of k and v.
    """

    def __init__(
        self, N=2, T=5, S=6, G=3, D=4, E=3, dtype="float64", mask=None, seed=0, share=1, **options
    ):
        rng, H = np.random.default_rng(seed), G * share
        shapes = {"q": (N, T, H, D), "k": (N, S, G, D), "v": (N, S, G, E)}
        self.inputs = {n: rng.standard_normal(s).astype(dtype) for n, s in shapes.items()}
        self.dy = rng.standard_normal((N, T, H, E)).astype(dtype)
        self.mask = None if mask is None else rng.random(mask) < 0.6
        self.options = {"scale": 0.7, "causal": None, "rate": 0.0, "key": KEY} | options

    def tail(self):
        scale, *rest = self.options.values()
        return scale, self.mask, *rest

    def run(self, ops):
        y, log_sum = ops.attention.forward(*self.inputs.values(), *self.tail())
        arrays = self.dy, *self.inputs.values(), y, log_sum
        gradients = ops.attention.backward(*arrays, *self.tail())
        names = [f"d{name}" for name in self.inputs]
        return {"y": y, "log_sum": log_sum} | dict(zip(names, gradients, strict=True))

    def loss(self, ops):
        return (ops.attention.forward(*self.inputs.values(), *self.tail())[0] * self.dy).sum()


def _assert_same(found, expected, tolerance):
    for name, a in expected.items():
        b = found[name]
        assert a.shape == b.shape and a.dtype == b.dtype and b.flags.c_contiguous, name
        scale = max(1.0, float(np.abs(a[np.isfinite(a)]).max(initial=0)))
        np.testing.assert_allclose(b, a, rtol=tolerance, atol=tolerance * scale, err_msg=name)


# ------------------------------------------------------- the reference against naive loops


def _naive(case):
    """y and log_sum, one number at a time, from the contract."""
    q, k, v = case.inputs.values()
    (N, T, H, D), (_, S, G, E) = q.shape, v.shape
    scale, mask, causal, rate, key = case.tail()
    drop = REFERENCE.dropout.mask(q, (N * H * T * S,), rate, key)
    seen = np.ones((N, T, S), bool) if mask is None else np.broadcast_to(mask, (N, T, S))
    y, log_sum = np.zeros((N, T, H, E)), np.full((N, H, T), -np.inf)
    for n, t, h in np.ndindex(N, T, H):
        g = h // (H // G)
        keys = [j for j in range(S) if seen[n, t, j] and (causal is None or j <= t + causal)]
        s = [scale * math.fsum(q[n, t, h, d] * k[n, j, g, d] for d in range(D)) for j in keys]
        if keys:
            log_sum[n, h, t] = math.log(math.fsum(map(math.exp, s)))
        for j, score in zip(keys, s):
            p = math.exp(score - log_sum[n, h, t])
            y[n, t, h] += p * drop[((n * H + h) * T + t) * S + j] * v[n, j, g]
    return y, log_sum


OPTIONS = [
    {},
    {"causal": 0},
    {"causal": -2},  # the first two see nothing
    {"T": 2, "causal": 4},  # the last two of six steps
    {"mask": (2, 1, 6)},
    {"mask": (1, 5, 6), "causal": 2},
    {"mask": (2, 5, 6), "rate": 0.3},
    {"causal": 1, "rate": 0.5, "scale": -2.0},
    {"share": 2, "causal": 0},
    {"G": 1, "share": 3, "mask": (2, 5, 6), "rate": 0.3},
]


@pytest.mark.parametrize("options", OPTIONS)
def test_every_tier_equals_naive_loops(ops, options):
    case = Case(**options)
    if case.mask is not None:
        case.mask[0, 0] = False
    y, log_sum = _naive(case)
    found = case.run(ops)
    np.testing.assert_allclose(found["y"], y, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(found["log_sum"], log_sum, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("options", OPTIONS)
def test_the_reference_s_gradients_equal_finite_differences(options):
    case = Case(**options, seed=3)
    found = case.run(REFERENCE)
    for name, a in case.inputs.items():
        for i in np.ndindex(a.shape):
            kept, losses = a[i], []
            for step in (1e-5, -1e-5):
                a[i] = kept + step
                losses.append(case.loss(REFERENCE))
            a[i] = kept
            slope = (losses[0] - losses[1]) / 2e-5
            assert slope == pytest.approx(found[f"d{name}"][i], rel=1e-6, abs=1e-8), (name, i)


# ------------------------------------------------- the compiled tiers against the reference


@settings(max_examples=60, deadline=None)
@given(
    N=st.integers(1, 3),
    T=st.sampled_from([1, 2, 7, 31, 33, 70]),
    S=st.sampled_from([1, 3, 8, 32, 65, 130]),
    G=st.integers(1, 3),
    share=st.sampled_from([1, 2, 3]),
    D=st.sampled_from([1, 4, 17, 32, 66]),
    E=st.sampled_from([1, 5, 16, 33, 64, 97]),
    dtype=st.sampled_from(["float32", "float64"]),
    masked=st.sampled_from([None, "1S", "TS", "all", "one"]),
    causal=st.sampled_from([None, 0, -3, 5, "cache", -(10**6), 10**6]),
    rate=st.sampled_from([0.0, 0.25]),
    seed=st.integers(0, 99),
)
def test_the_tiers_agree(compiled, N, T, S, G, share, D, E, dtype, masked, causal, rate, seed):
    shapes = {"1S": (N, 1, S), "TS": (1, T, S), "all": (N, T, S), "one": (1, 1, S)}
    causal = S - T if causal == "cache" else causal
    options = {"causal": causal, "rate": rate, "scale": 1 / math.sqrt(D), "share": share}
    case = Case(N, T, S, G, D, E, dtype, shapes.get(masked), seed, **options)
    # Who sees one key alone has ds = dp - c = 0: what is found is the rounding of sums over E.
    _assert_same(case.run(compiled), case.run(REFERENCE), TOLERANCE[dtype] * (8 + E / 2))


@pytest.mark.parametrize("rate", [0.0, 0.2])
def test_a_key_beyond_32_bits_of_dropout_and_rates_too_small_to_drop(ops, rate):
    case = Case(rate=rate or 1e-12, key=2**64 - 1)
    _assert_same(case.run(ops), case.run(REFERENCE), 1e-14)


def test_scores_that_grow_along_the_keys(compiled):
    """The largest changes in each block: what was added up before counts for ever less."""
    for dtype, order in [(d, o) for d in TOLERANCE for o in (1, -1)]:
        case = Case(N=1, T=3, S=300, G=2, D=8, E=5, dtype=dtype)
        case.inputs["k"] *= np.linspace(0, 20, 300, dtype=dtype)[::order, None, None]
        _assert_same(case.run(compiled), case.run(REFERENCE), 40 * TOLERANCE[dtype])


def test_scores_whose_exponentials_would_overflow_or_vanish(ops):
    for dtype in TOLERANCE:
        case = Case(N=1, T=2, S=3, G=1, D=1, E=3, dtype=dtype, scale=1.0)
        case.inputs["q"][:] = 1
        case.inputs["k"][0, :, 0, 0] = 4000, 3000, 4000
        case.inputs["v"][0, :, 0] = np.eye(3)
        found = case.run(ops)
        np.testing.assert_allclose(found["y"][0, :, 0], [[0.5, 0, 0.5]] * 2, rtol=1e-6)
        np.testing.assert_allclose(found["log_sum"], 4000 + math.log(2), rtol=1e-6)
        _assert_same(found, case.run(REFERENCE), 250 * TOLERANCE[dtype])  # the rounding of l_t


@pytest.mark.parametrize("dtype", TOLERANCE)
def test_a_query_that_may_see_nothing_gives_zeros(ops, dtype):
    case = Case(T=40, S=70, dtype=dtype, mask=(2, 40, 70), rate=0.1)
    case.mask[0, 3], case.mask[1] = False, False
    found = case.run(ops)
    nothing = ~case.mask.any(axis=2)
    assert nothing.sum() == 41
    assert not found["y"][nothing].any() and not found["dq"][nothing].any()
    assert (found["log_sum"].swapaxes(1, 2)[nothing] == -np.inf).all()
    assert not found["dk"][1].any() and not found["dv"][1].any()
    assert all(np.isfinite(a).all() for name, a in found.items() if name != "log_sum")
    case.dy[nothing] = 1e3  # what comes back to it goes nowhere
    _assert_same(case.run(ops), found, 0)


@pytest.mark.parametrize("dtype", TOLERANCE)
def test_what_may_not_be_seen_does_not_matter(ops, dtype):
    case = Case(T=6, S=40, dtype=dtype, mask=(2, 1, 40), causal=10)
    found = case.run(ops)
    hidden = ~case.mask[:, 0] | (np.arange(40) > 15)
    for name in ("k", "v"):
        case.inputs[name][hidden] *= 1000
        assert not found[f"d{name}"][hidden].any() and found[f"d{name}"].any()
    _assert_same(case.run(ops), found, 0)


@pytest.mark.parametrize("dtype", TOLERANCE)
def test_nan_passes_on_to_what_sees_it(ops, dtype):
    case = Case(N=2, T=40, S=40, G=2, dtype=dtype, causal=0)
    case.inputs["k"][1, 34, 0, 2] = np.nan
    found = case.run(ops)
    assert np.isnan(found["y"][1, 34:, 0]).all() and np.isfinite(found["y"][1, :34, 0]).all()
    assert np.isnan(found["log_sum"][1, 0, 34:]).all()
    assert np.isnan(found["dq"][1, 34:, 0]).all() and np.isnan(found["dv"][1, :, 0]).all()
    for name in ("y", "dq", "dk", "dv"):  # other heads, other sequences
        assert np.isfinite(found[name][0]).all() and np.isfinite(found[name][1, :, 1]).all()
    for name in ("q", "v"):
        case = Case(N=2, T=40, S=40, G=2, dtype=dtype)
        case.inputs[name][0, 3, 1, 1] = np.nan
        y = case.run(ops)["y"]
        expected = np.zeros_like(y, bool)
        expected[0, slice(3, 4) if name == "q" else slice(None), 1] = True
        expected[..., 0] &= name == "q"  # of a value only column 1 is no number
        expected[..., 2] &= name == "q"
        assert np.array_equal(np.isnan(y), expected)


def test_strided_and_read_only_arguments_are_taken_and_left_alone(ops):
    plain = Case(N=2, T=7, S=9, G=3, D=4, E=6, mask=(2, 7, 9), rate=0.2)
    strided = Case(N=2, T=7, S=9, G=3, D=4, E=6, mask=(2, 7, 9), rate=0.2)
    together = np.concatenate([a[:, :7] for a in strided.inputs.values()], axis=-1)
    strided.inputs["q"] = together[..., :4]  # as one product for q, k and v leaves it
    strided.inputs["k"] = np.flip(np.flip(strided.inputs["k"], 1).copy(), 1)
    strided.inputs["v"] = np.asfortranarray(strided.inputs["v"])
    strided.dy = np.repeat(strided.dy, 2, axis=1)[:, ::2]
    strided.mask = np.asfortranarray(strided.mask)
    arrays = [*strided.inputs.values(), strided.dy, strided.mask]
    assert not any(a.flags.c_contiguous for a in arrays)
    for a in arrays:
        a.flags.writeable = False
    before = [a.copy() for a in arrays]
    _assert_same(strided.run(ops), plain.run(ops), 1e-14)
    assert all(np.array_equal(a, b) for a, b in zip(arrays, before))


# ------------------------------------------------------------------------------------ rotations


@pytest.mark.parametrize("strided", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_rotations_equal_naive_loops(ops, dtype, strided):
    rng = np.random.default_rng(0)
    N, T, H, D = 2, 3, 5, 6
    x = rng.standard_normal((N, T, H, 2 * D)).astype(dtype)[..., :: 1 + strided][..., :D]
    angles = rng.uniform(-9, 9, (T, D // 2))
    cos, sin = (f(angles).astype(dtype) for f in (np.cos, np.sin))
    before, y = x.copy(), ops.attention.rotate(x, cos, sin)
    expected = np.empty((N, T, H, D))
    for n, t, h, d in np.ndindex(N, T, H, D // 2):
        a, b = x[n, t, h, d], x[n, t, h, d + D // 2]
        expected[n, t, h, d] = a * cos[t, d] - b * sin[t, d]
        expected[n, t, h, d + D // 2] = b * cos[t, d] + a * sin[t, d]
    assert y.dtype == dtype
    np.testing.assert_allclose(y, expected, rtol=0, atol=TOLERANCE[dtype])
    np.testing.assert_array_equal(x, before)
    np.testing.assert_allclose(ops.attention.rotate(y, cos, -sin), x, atol=TOLERANCE[dtype])
