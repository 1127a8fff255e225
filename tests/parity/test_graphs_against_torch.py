"""A graph with everything in it and its twin in PyTorch: the same numbers, forward and backward.

Also the layers where arrays meet: their gradients are those of torch's autograd.
"""

import numpy as np
import pytest
from comparing import close, tensor
from gradient_rows_graphs import whole

from minidl import config, layers
from minidl.optimizers import Adam

torch = pytest.importorskip("torch", reason="parity needs PyTorch: pip install torch==2.13.0")

N, M = 7, 3


class Twin(torch.nn.Module):
    """`whole()` of gradient_rows_graphs.py, written as a PyTorch user would."""

    def __init__(self):
        super().__init__()
        self.lstm = torch.nn.LSTM(M, M, batch_first=True)
        self.first, self.second = torch.nn.Linear(M, M), torch.nn.Linear(M, M)
        self.label, self.size = torch.nn.Linear(2 * M, 2), torch.nn.Linear(M, 1)
        self.double()

    def forward(self, one, two):
        y_one, state = self.lstm(one)
        h, c = (array[0] for array in state)
        y_two, _ = self.lstm(two, state)
        x = y_one[:, -1] - y_two[:, -1]
        both = self.second(torch.tanh(self.first(x))) + x
        return self.label(torch.cat([both, h], 1)), self.size(both * c)


def _pairs(model, twin, of=lambda parameter: parameter):
    """Our parameters, each with what torch has for it; the blocks of an LSTM are in one order."""
    blocks = model.get_layer("residual").layers
    denses = [*blocks, model.get_layer("label"), model.get_layer("size")]
    linears = [twin.first, twin.second, twin.label, twin.size]
    lstm, theirs = model.get_layer("lstm"), twin.lstm
    pairs = [(lstm.W, of(theirs.weight_ih_l0).T), (lstm.U, of(theirs.weight_hh_l0).T)]
    pairs.append((lstm.b, of(theirs.bias_ih_l0)))  # torch has a second one, which stays 0
    for ours, linear in zip(denses, linears, strict=True):
        pairs += [(ours.W, of(linear.weight).T), (ours.b, of(linear.bias))]
    assert len(pairs) == len(model.params())
    return pairs


@pytest.fixture
def both(backend):
    """Our graph and its twin, with the same weights, in float64."""
    config.set_floatx("float64")
    config.set_backend(backend)
    torch.manual_seed(0)
    model, twin = whole(), Twin()
    with torch.no_grad():
        twin.lstm.bias_hh_l0.zero_()
    twin.lstm.bias_hh_l0.requires_grad_(False)
    for param, value in _pairs(model, twin):
        param.value[...] = value.detach().numpy()
    return model, twin


def _inputs():
    rng = np.random.default_rng(1)
    return rng.standard_normal((N, 4, M)), rng.standard_normal((N, 5, M))


def _alike(model, twin, of=lambda parameter: parameter, get=lambda param: param.value):
    for param, value in _pairs(model, twin, of):
        close(get(param), value, "float64")


def test_outputs_and_every_gradient(both):
    model, twin = both
    x, rng = _inputs(), np.random.default_rng(2)
    x_torch = [tensor(array) for array in x]
    y, cache = model.forward(x, training=True)
    logits, size = twin(*x_torch)
    theirs = torch.softmax(logits, 1), size
    dy = tuple(rng.standard_normal(array.shape) for array in y)
    torch.autograd.backward(theirs, [torch.tensor(d) for d in dy])
    dx = model.backward(dy, cache)
    for ours, other in zip(y, theirs, strict=True):
        close(ours, other, "float64")
    for ours, other in zip(dx, x_torch, strict=True):
        close(ours, other.grad, "float64")
    _alike(model, twin, lambda p: p.grad, lambda p: p.grad)


@pytest.mark.parametrize("missing", [0, 1])
def test_an_output_without_a_gradient_counts_as_zero(missing, both):
    model, twin = both
    x = _inputs()
    x_torch = [tensor(array) for array in x]
    y, cache = model.forward(x)
    dy = [np.ones_like(array) * np.arange(1, len(array) + 1)[:, None] for array in y]
    dy[missing] = None
    logits, size = twin(*x_torch)
    k = 1 - missing
    (torch.softmax(logits, 1), size)[k].backward(torch.tensor(dy[k]))
    for ours, other in zip(model.backward(tuple(dy), cache), x_torch, strict=True):
        close(ours, other.grad, "float64")


def test_steps_of_adam_with_two_weighted_losses(both):
    model, twin = both
    one, two = _inputs()
    rng = np.random.default_rng(3)
    label, size = rng.integers(0, 2, N), rng.standard_normal((N, 1))
    model.compile(
        Adam(0.01, epsilon=1e-8),
        {"label": "sparse_categorical_crossentropy", "size": "mse"},
        loss_weights={"label": 0.7, "size": 2.5},
    )
    adam = torch.optim.Adam([p for p in twin.parameters() if p.requires_grad], 0.01, eps=1e-8)
    for _ in range(5):
        found = model.train_on_batch({"two": two, "one": one}, {"size": size, "label": label})
        adam.zero_grad()
        logits, y = twin(torch.tensor(one), torch.tensor(two))
        losses = [
            torch.nn.functional.cross_entropy(logits, torch.tensor(label)),
            torch.nn.functional.mse_loss(y, torch.tensor(size)),
        ]
        loss = 0.7 * losses[0] + 2.5 * losses[1]
        loss.backward()
        assert found == pytest.approx([part.item() for part in (loss, *losses)], rel=1e-9)
        adam.step()
    for param, value in _pairs(model, twin):
        np.testing.assert_allclose(param.value, value.detach().numpy(), rtol=1e-6, atol=1e-9)


def _cosine(formula):
    """Two arrays divided by their norms along d, then multiplied and summed."""

    def dot(*x):
        terms = formula.partition("->")[0].split(",")
        x = [torch.nn.functional.normalize(one, dim=t.index("d")) for one, t in zip(x, terms)]
        y = torch.einsum(formula, *x)
        return y if y.ndim > 1 else y[:, None]

    return dot


def _largest(*x):
    return torch.stack(torch.broadcast_tensors(*x)).amax(0)  # shares among equal ones, as ours


def _joined(axis):
    return lambda *x: torch.cat(x, axis)


MEETING = {
    "maximum": (layers.Maximum(), _largest, [(5, 4), (5, 4), (5, 4)]),
    "maximum, repeated": (layers.Maximum(), _largest, [(3, 4), (1, 4), (3, 1)]),
    "cosine": (layers.Dot(1, normalize=True), _cosine("nd,nd->n"), [(4,), (4,)]),
    "cosines": (layers.Dot(2, normalize=True), _cosine("ntd,nsd->nts"), [(3, 4), (5, 4)]),
    "cosines over time": (layers.Dot(1, normalize=True), _cosine("ndt,nds->nts"), [(3, 4), (3, 5)]),
    "cosines with one": (layers.Dot((2, 1), normalize=True), _cosine("ntd,nd->nt"), [(3, 4), (4,)]),
    "concatenate": (layers.Concatenate(), _joined(-1), [(3, 4), (3, 1), (3, 2)]),
    "concatenate steps": (layers.Concatenate(1), _joined(1), [(3, 4), (1, 4), (2, 4)]),
    "multiply": (layers.Multiply(), lambda a, b, c: a * b * c, [(3, 4), (3, 1), (1, 4)]),
    "subtract": (layers.Subtract(), lambda a, b: a - b, [(1, 4), (3, 1)]),
    "average": (layers.Average(), lambda a, b, c: (a + b + c) / 3, [(3, 4), (1, 1), (3, 4)]),
}


@pytest.mark.parametrize("equal", [False, True], ids=["all different", "many equal"])
@pytest.mark.parametrize("name", MEETING)
def test_where_arrays_meet(name, equal):
    config.set_floatx("float64")
    layer, function, shapes = MEETING[name]
    rng = np.random.default_rng(0)
    x = tuple(rng.standard_normal((N, *shape)) for shape in shapes)
    if equal:  # values of which many are equal, and some 0
        x = tuple(np.round(array) + (name.startswith("cosine")) * 0.5 for array in x)
    layer.prepare(tuple(shapes))
    x_torch = [tensor(array) for array in x]
    y, cache = layer.forward(x)
    theirs = function(*x_torch)
    close(y, theirs, "float64")
    dy = rng.standard_normal(y.shape)
    theirs.backward(torch.tensor(dy))
    for ours, other in zip(layer.backward(dy, cache), x_torch, strict=True):
        close(ours, other.grad, "float64")
