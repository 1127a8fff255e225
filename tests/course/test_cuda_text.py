"""The CUDA kernels for a reader: their text, and the launches of a training step."""

from collections import Counter

import numpy as np
import pytest

from minidl import Sequential, kernels
from minidl.kernels.cuda import Program, on_cpu
from minidl.layers import Dense
from minidl_course.cuda_text import cuda_on_numpy, cuda_text, launches_of_step, side_by_side

runs = pytest.mark.skipif(on_cpu.compiler() is None, reason="no C++ compiler")
CUDA = cuda_on_numpy()
N, D, M = 4, 3, 5


def _network(activation=None, optimizer="sgd"):
    model = Sequential([Dense(M, activation)], seed=0)
    model.compile(optimizer, "sparse_categorical_crossentropy")
    model.prepare((D,), CUDA)
    return model


@pytest.fixture
def batch():
    rng = np.random.default_rng(0)
    return rng.standard_normal((N, D)).astype("float32"), rng.integers(0, M, N)


@runs
def test_every_launch_of_a_step_by_hand(batch):
    """Softmax regression: the numbers of bytes are those of float32 arrays x, W, b, z."""
    x, W, b, z = 4 * N * D, 4 * D * M, 4 * M, 4 * N * M
    step = launches_of_step(_network("softmax"), *batch)
    assert [launch for launch in step if launch.kind == "fill"] == [("fill", 0, W), ("fill", 0, b)]
    products = [launch for launch in step if launch.kind == "matmul"]
    assert products[0] == ("matmul", 2 * N * D * M, x + W + z)  # z = x W
    assert [p.flop for p in products] == 2 * [2 * N * D * M]  # and dW; nobody needs dx
    adds = {launch.bytes for launch in step if launch.kind == "add"}
    assert {2 * z + b, 3 * W, 3 * b, z + b} <= adds  # z += b, W.grad += dW, b.grad += db, db
    ours = [launch.bytes for launch in step if launch.kind == "kernel"]
    assert ours[0] == 2 * z + 8 * N + 4 * N  # the loss: z, labels, losses, dz
    assert sorted(ours[1:]) == [2 * b, 2 * W]  # SGD: a parameter and its gradient


@runs
def test_a_layer_more_is_its_launches_more(batch):
    def kinds(*units):
        model = Sequential([*(Dense(u, "relu") for u in units), Dense(M)], seed=0)
        model.compile("adam", "mse")
        model.prepare((D,), CUDA)
        targets = np.ones((N, M), "float32")
        return Counter(launch.kind for launch in launches_of_step(model, batch[0], targets))

    more = kinds(8, 8) - kinds(8)  # one product forth and two back, ReLU twice, Adam twice, ...
    assert more == {"fill": 2, "matmul": 3, "add": 4, "kernel": 4}


@runs
def test_the_model_learns_as_it_does_unwatched(batch):
    watched, free = _network("softmax", "adam"), _network("softmax", "adam")
    launches_of_step(watched, *batch)
    for _ in range(2):
        free.train_on_batch(*batch)
    for a, b in zip(watched.get_weights(), free.get_weights()):
        assert np.array_equal(a, b)


@runs
def test_nothing_takes_notes_afterwards(batch):
    before = Program.launch, CUDA.relu.array_module, CUDA.softmax_xent.array_module
    launches_of_step(_network("softmax"), *batch)
    assert before == (Program.launch, CUDA.relu.array_module, CUDA.softmax_xent.array_module)


@runs
def test_an_error_within_a_step_leaves_nothing_behind(batch):
    before, model = (Program.launch, CUDA.relu.array_module), _network("softmax")
    with pytest.raises(ValueError):
        launches_of_step(model, batch[0][:, :2], batch[1])
    assert before == (Program.launch, CUDA.relu.array_module)


def test_the_text_of_each_kernel_is_that_kernel_whole():
    for program in (CUDA.pool2d._CUDA, CUDA.optimizers._CUDA, CUDA.softmax_xent._CUDA):
        for kernel in program.kernels:
            text = cuda_text(program, kernel)
            assert list(Program(text).kernels) == [kernel]
            assert text.count("{") == text.count("}") and text.endswith("\n}\n")


def test_a_page_shows_both_sources_as_text():
    page = side_by_side(
        kernels.load("numba").pool2d._max_forward, CUDA.pool2d._CUDA, "max_forward"
    ).data
    assert page.index("Numba") < page.index("CUDA") < page.index("def _max_forward(")
    assert page.index("def _max_forward(") < page.index("void max_forward(")
    assert "for (int r = rows.first; r &lt; rows.last; r++)" in page  # `<` is no tag
