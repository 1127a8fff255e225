"""Recurrent layers in both libraries: outputs, last states, and the gradient of everything.

torch keeps W and U transposed. Its LSTM has our order of gates i, f, g, o; its GRU has r, z, n
where we have z, r, n. It has a bias for W and one for U; only in a GRU does that make a difference.
"""

import numpy as np
import pytest
from comparing import BACKENDS, DTYPES, SEEDS, close, several, tensor
from hypothesis import given
from hypothesis import strategies as st

from minidl import kernels, layers

torch = pytest.importorskip("torch", reason="parity needs PyTorch: pip install torch==2.13.0")

CELLS = {
    "rnn": (layers.SimpleRNN, torch.nn.RNN, [0]),
    "lstm": (layers.LSTM, torch.nn.LSTM, [0, 1, 2, 3]),
    "gru": (layers.GRU, torch.nn.GRU, [1, 0, 2]),  # our block k is torch's ORDER[k]
}
SIZES = {"N": st.integers(1, 5), "T": st.integers(1, 9), "D": st.integers(1, 7)}
SIZES |= {"M": st.integers(1, 8), "dtype": DTYPES, "backend": BACKENDS, "seed": SEEDS}
BIDIRECTIONAL = ["", "_reverse"]


def _columns(theirs, order):
    """Blocks of torch's rows (k M, ...) as blocks of our columns (..., k M), in our order."""
    blocks = theirs.chunk(len(order))
    return torch.cat([blocks[k] for k in order]).movedim(0, -1)


def _pairs(layer, module, order, suffix, of=lambda parameter: parameter):
    """Our parameters, each with what torch has for it."""
    W, U, b_W, b_U = (
        _columns(of(getattr(module, f"{name}_l0{suffix}")), order)
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )
    b = torch.stack([b_W, b_U]) if isinstance(layer, layers.GRU) else b_W + b_U
    return [(layer.W, W), (layer.U, U), (layer.b, b)]


def _both(name, D, M, dtype, backend, seed, bidirectional=False, **options):
    """Our layer and torch's, with the same weights."""
    kind, theirs, order = CELLS[name]
    torch.manual_seed(seed)
    module = theirs(D, M, batch_first=True, bidirectional=bidirectional)
    module = module.to(getattr(torch, dtype))
    layer = kind(M, return_sequences=True, return_state=True, **options)
    layer = layers.Bidirectional(layer) if bidirectional else layer
    layer.prepare((None, D), kernels.load(backend), np.random.default_rng(0))
    layer.astype(dtype)
    parts = [layer.forward_layer, layer.backward_layer] if bidirectional else [layer]
    for part, suffix in zip(parts, BIDIRECTIONAL):
        for param, value in _pairs(part, module, order, suffix):
            param.value[...] = value.detach().numpy()
    return layer, module, parts


def _gradients_agree(parts, module, order, dtype):
    for part, suffix in zip(parts, BIDIRECTIONAL):
        for param, grad in _pairs(part, module, order, suffix, lambda p: p.grad):
            once = grad / 2 if grad.ndim == 1 else grad  # each of torch's two biases got all of it
            close(param.grad, once, dtype)


def _last(theirs):
    """torch's last states (1, N, M) each, as a list of arrays (N, M) for each direction."""
    theirs = theirs if isinstance(theirs, tuple) else (theirs,)
    return [state[direction] for direction in range(len(theirs[0])) for state in theirs]


def _compare(name, x, mask, lengths, sizes, bidirectional):
    """The same x, initial state and upstream gradients, those of the last states included."""
    D, M, dtype, backend, seed = sizes
    layer, module, parts = _both(name, D, M, dtype, backend, seed, bidirectional)
    rng = np.random.default_rng(seed)
    count = len(parts) * parts[0].n_states
    start = [rng.standard_normal((len(x), M)).astype(dtype) for _ in range(count)]
    (y, *last), cache = layer.forward((x, *start), mask=mask)

    x_torch, start_torch = tensor(x), [tensor(array) for array in start]
    # (h of both directions), (c of both directions)
    stacked = [torch.stack(start_torch[k :: parts[0].n_states]) for k in range(parts[0].n_states)]
    given = x_torch
    if lengths is not None:
        pack = torch.nn.utils.rnn.pack_padded_sequence
        given = pack(x_torch, lengths, batch_first=True, enforce_sorted=False)
    theirs, theirs_last = module(given, tuple(stacked) if len(stacked) == 2 else stacked[0])
    if lengths is not None:
        unpack = torch.nn.utils.rnn.pad_packed_sequence
        theirs, _ = unpack(theirs, batch_first=True, total_length=x.shape[1])
    theirs_last = _last(theirs_last)
    counts = np.ones(x.shape[:2], dtype) if mask is None else mask.astype(dtype)
    close(y * counts[..., None], theirs, dtype)
    for ours, other in zip(last, theirs_last):
        close(ours, other, dtype)

    dy = rng.standard_normal(y.shape).astype(dtype) * counts[..., None]
    dlast = [rng.standard_normal(array.shape).astype(dtype) for array in last]
    total = (theirs * torch.tensor(dy)).sum()
    for other, d in zip(theirs_last, dlast):
        total = total + (other * torch.tensor(d)).sum()
    total.backward()
    dx, *dstart = layer.backward((dy, *dlast), cache)
    close(dx, x_torch.grad, dtype)
    for ours, other in zip(dstart, start_torch):
        close(ours, other.grad, dtype)
    order = CELLS[name][2]
    _gradients_agree(parts, module, order, dtype)


@pytest.mark.parametrize("bidirectional", [False, True], ids=["one way", "both ways"])
@pytest.mark.parametrize("name", CELLS)
@several
@given(**SIZES)
def test_sequences_states_and_gradients(name, bidirectional, N, T, D, M, dtype, backend, seed):
    x = np.random.default_rng(seed).standard_normal((N, T, D)).astype(dtype)
    _compare(name, x, None, None, (D, M, dtype, backend, seed), bidirectional)


@pytest.mark.parametrize("bidirectional", [False, True], ids=["one way", "both ways"])
@pytest.mark.parametrize("name", CELLS)
@several
@given(**SIZES)
def test_masks_are_packed_sequences(name, bidirectional, N, T, D, M, dtype, backend, seed):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((N, T, D)).astype(dtype)
    lengths = rng.integers(1, T + 1, N)
    mask = np.arange(T) < lengths[:, None]
    _compare(name, x, mask, torch.tensor(lengths), (D, M, dtype, backend, seed), bidirectional)


@several
@given(V=st.integers(1, 9), D=st.integers(1, 9), seed=SEEDS, dtype=DTYPES, backend=BACKENDS)
def test_embedding(V, D, seed, dtype, backend):
    rng = np.random.default_rng(seed)
    tokens = rng.integers(0, V, (3, 5))
    layer = layers.Embedding(V, D)
    layer.prepare((5,), kernels.load(backend), rng)
    layer.astype(dtype)
    W = tensor(layer.W.value)
    theirs = torch.nn.functional.embedding(torch.tensor(tokens), W)
    y, cache = layer.forward(tokens.astype(dtype))
    close(y, theirs, dtype)
    dy = rng.standard_normal(y.shape).astype(dtype)
    theirs.backward(torch.tensor(dy))
    layer.backward(dy, cache)
    close(layer.W.grad, W.grad, dtype)
