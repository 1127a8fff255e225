"""The kernels rnn, lstm and gru: the reference against naive loops and finite differences, the
other tiers against the reference."""

import math

import many_threads
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minidl import kernels

REFERENCE, NUMBA = kernels.load("numpy"), kernels.load("numba")
BLOCKS = {"rnn": 1, "lstm": 4, "gru": 3}
CELLS = tuple(BLOCKS)
TOLERANCE = {"float32": 2e-5, "float64": 1e-12}


class Case:
    """Random arguments of one kernel; `run` returns every output and every gradient by name."""

    def __init__(self, cell, N, T, D, H, dtype="float64", masked=True, dropped=True, seed=0):
        rng = np.random.default_rng(seed)
        self.cell, self.activation = cell, "tanh"
        G = BLOCKS[cell] * H
        shapes = {"x": (N, T, D), "W": (D, G), "U": (H, G), "b": (2, G) if cell == "gru" else (G,)}
        shapes |= {"h0": (N, H)} | ({"c0": (N, H)} if cell == "lstm" else {})
        self.inputs = {k: rng.standard_normal(s).astype(dtype) for k, s in shapes.items()}
        self.inputs["W"] /= math.sqrt(D)
        self.inputs["U"] /= 2 * math.sqrt(H)
        self.mask = rng.random((N, T)) < 0.7 if masked else None
        self.drop = ((rng.random((N, H)) < 0.7) / 0.7).astype(dtype) if dropped else None
        self.dy, self.dc = (rng.standard_normal(s).astype(dtype) for s in [(N, T, H), (N, H)])

    def forward(self, ops):
        tail = [self.activation] if self.cell == "rnn" else []
        kernel = getattr(ops, self.cell)
        return kernel.forward(*self.inputs.values(), self.mask, self.drop, *tail)

    def run(self, ops):
        *outputs, cache = self.forward(ops)
        upstream = [self.dy, self.dc] if self.cell == "lstm" else [self.dy]
        gradients = getattr(ops, self.cell).backward(*upstream, cache)
        names = ["y", "c"][: len(outputs)]
        return dict(zip(names, outputs)) | dict(zip(self.inputs, gradients, strict=True))

    def loss(self, ops):
        y, *rest = self.forward(ops)
        return (y * self.dy).sum() + ((rest[0][:, -1] * self.dc).sum() if len(rest) > 1 else 0)


def _assert_same(found, expected, tolerance):
    for name, a in expected.items():
        b = found[name]
        assert a.shape == b.shape and a.dtype == b.dtype, name
        scale = max(1.0, float(np.abs(a).max()))
        np.testing.assert_allclose(b, a, rtol=tolerance, atol=tolerance * scale, err_msg=name)


# ------------------------------------------------------- the reference against naive loops


def _sigmoid(v):
    return 1 / (1 + math.exp(-v))


def _naive(case):
    """y as nested lists: one number at a time, from the equations of the contracts."""
    cell, p = case.cell, case.inputs
    (N, T, D), H = p["x"].shape, p["U"].shape[0]
    y = np.empty((N, T, H))
    for n in range(N):
        h = p["h0"][n].tolist()
        c = p["c0"][n].tolist() if cell == "lstm" else None
        for t in range(T):
            if case.mask[n, t]:
                q = [h[j] * case.drop[n, j] for j in range(H)]
                x_t = p["x"][n, t]
                s = [sum(x_t[d] * w[d] for d in range(D)) for w in p["W"].T]
                u = [sum(q[j] * w[j] for j in range(H)) for w in p["U"].T]
                old, h = h, [0.0] * H
                for j in range(H):
                    if cell == "rnn":
                        h[j] = math.tanh(s[j] + u[j] + p["b"][j])
                    elif cell == "lstm":
                        a = [s[g * H + j] + u[g * H + j] + p["b"][g * H + j] for g in range(4)]
                        c[j] = _sigmoid(a[1]) * c[j] + _sigmoid(a[0]) * math.tanh(a[2])
                        h[j] = _sigmoid(a[3]) * math.tanh(c[j])
                    else:
                        s_z, s_r, s_n = (s[g * H + j] + p["b"][0, g * H + j] for g in range(3))
                        u_z, u_r, u_n = (u[g * H + j] + p["b"][1, g * H + j] for g in range(3))
                        z, r = _sigmoid(s_z + u_z), _sigmoid(s_r + u_r)
                        h[j] = z * old[j] + (1 - z) * math.tanh(s_n + r * u_n)
            y[n, t] = h
    return y


@pytest.mark.parametrize("cell", CELLS)
def test_the_reference_equals_naive_loops(cell):
    case = Case(cell, N=3, T=5, D=4, H=3)
    case.mask[1] = False  # a sequence of padding alone
    np.testing.assert_allclose(case.run(REFERENCE)["y"], _naive(case), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("activation", ["relu", "linear"])
def test_other_activations_of_the_simple_network(ops, activation):
    case = Case("rnn", N=5, T=1, D=4, H=3, masked=False, dropped=False)
    case.activation = activation
    x, W, U, b, h0 = case.inputs.values()
    s = x[:, 0] @ W + h0 @ U + b
    assert (s < 0).any() and (s > 0).any()
    expected = np.maximum(s, 0) if activation == "relu" else s
    np.testing.assert_allclose(case.run(ops)["y"][:, 0], expected, rtol=1e-12)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("activation", ["tanh", "relu", "linear"])
def test_the_reference_s_gradients_equal_finite_differences(cell, activation):
    case = Case(cell, N=3, T=4, D=2, H=3, seed=4)
    case.mask[1] = False
    case.activation = activation
    gradients = case.run(REFERENCE)
    for name, a in case.inputs.items():
        for i in np.ndindex(a.shape):
            kept = a[i]
            losses = []
            for step in (1e-5, -1e-5):
                a[i] = kept + step
                losses.append(case.loss(REFERENCE))
            a[i] = kept
            slope = (losses[0] - losses[1]) / 2e-5
            assert slope == pytest.approx(gradients[name][i], rel=1e-6, abs=1e-8), (name, i)


# ------------------------------------------------- the compiled tiers against the reference


@settings(max_examples=60, deadline=None)
@given(
    cell=st.sampled_from(CELLS),
    N=st.sampled_from([1, 2, 7, 9, 35, 66]),
    T=st.integers(1, 6),
    D=st.sampled_from([1, 2, 5, 8]),
    H=st.sampled_from([1, 3, 4, 17, 131]),
    dtype=st.sampled_from(["float32", "float64"]),
    masked=st.booleans(),
    dropped=st.booleans(),
    activation=st.sampled_from(["tanh", "relu", "linear"]),
    seed=st.integers(0, 99),
)
def test_the_tiers_agree(compiled, cell, N, T, D, H, dtype, masked, dropped, activation, seed):
    case = Case(cell, N, T, D, H, dtype, masked, dropped, seed)
    case.activation = activation
    _assert_same(case.run(compiled), case.run(REFERENCE), TOLERANCE[dtype])


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_tiers_agree_over_500_steps(compiled, cell, dtype):
    case = Case(cell, N=3, T=500, D=5, H=12, dtype=dtype)
    _assert_same(case.run(compiled), case.run(REFERENCE), 10 * TOLERANCE[dtype])


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("dropped", [True, False])
def test_the_tiers_agree_with_many_units(compiled, cell, dropped):
    case = Case(cell, N=3, T=3, D=4, H=300, dropped=dropped)  # more than a GPU's block has threads
    _assert_same(case.run(compiled), case.run(REFERENCE), TOLERANCE["float64"])


@pytest.mark.parametrize("cell", CELLS)
def test_the_cache_begins_as_the_contract_says(compiled, cell):
    case = Case(cell, N=5, T=3, D=4, H=6)
    case.mask[:] = True  # elsewhere gates have no meaning
    found, expected = case.forward(compiled)[-1], case.forward(REFERENCE)[-1]
    for a, b in zip(expected, found[: len(expected)], strict=True):
        if isinstance(a, np.ndarray):
            np.testing.assert_allclose(b, a, rtol=1e-12, atol=1e-14, strict=True)
        else:
            assert a == b


@pytest.mark.parametrize("cell", CELLS)
def test_strided_and_read_only_arguments_are_taken_and_left_alone(ops, cell):
    plain = Case(cell, N=5, T=3, D=4, H=6)
    strided = Case(cell, N=5, T=3, D=4, H=6)
    wide = {k: np.repeat(np.flip(a, -1), 2, axis=-1) for k, a in strided.inputs.items()}
    strided.inputs = {k: np.flip(a[..., ::2], -1) for k, a in wide.items()}
    strided.dy = np.asfortranarray(strided.dy)
    strided.mask, strided.drop = np.asfortranarray(strided.mask), np.asfortranarray(strided.drop)
    arrays = [*strided.inputs.values(), strided.dy, strided.dc, strided.mask, strided.drop]
    for a in arrays:
        a.flags.writeable = False
    before = [a.copy() for a in arrays]
    _assert_same(strided.run(ops), plain.run(ops), 1e-14)
    assert all(np.array_equal(a, b) for a, b in zip(arrays, before))


@pytest.mark.parametrize("cell", CELLS)
def test_padding_keeps_the_state(ops, cell):
    case = Case(cell, N=3, T=5, D=4, H=6)
    case.mask = np.array([[1, 1, 0, 0, 0], [0, 0, 0, 0, 0], [0, 1, 0, 1, 1]], bool)
    found = case.run(ops)
    y, h0 = found["y"], case.inputs["h0"]
    assert (y[0, 2:] == y[0, 1]).all() and (y[1] == h0[1]).all()
    assert (y[2, 0] == h0[2]).all() and (y[2, 2] == y[2, 1]).all()
    assert not found["x"][~case.mask].any()
    np.testing.assert_allclose(found["h0"][1], case.dy[1].sum(axis=0), rtol=1e-13)
    case.inputs["x"][~case.mask] = 1e3  # what padding holds does not matter
    assert np.array_equal(case.run(ops)["y"], y)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_nan_stays_in_its_sequence_and_in_its_future(ops, cell, dtype, activation):
    case = Case(cell, N=9, T=4, D=3, H=5, dtype=dtype, masked=False, dropped=False)
    case.activation = activation
    case.inputs["x"][2, 1, 0] = np.nan
    found = case.run(ops)
    assert np.isnan(found["y"][2, 1:]).all()
    assert (
        np.isfinite(np.delete(found["y"], 2, axis=0)).all() and np.isfinite(found["y"][2, 0]).all()
    )
    assert np.isnan(found["W"][0]).all()  # the sum over sequences has it


@pytest.mark.parametrize("cell", CELLS)
def test_every_number_of_threads_gives_the_same_bits(cell, monkeypatch):
    case = Case(cell, N=37, T=4, D=3, H=40, dtype="float32")
    runs = []
    for count in (1, 2, 5):
        pool = many_threads.use(monkeypatch, count)
        runs += [case.run(NUMBA), case.run(NUMBA)]
        assert bool(pool.given) == (count > 1)
    for other in runs[1:]:
        assert all(np.array_equal(runs[0][k], other[k]) for k in runs[0])
