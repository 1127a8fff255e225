"""Every layer and loss on a GPU, pretended by `standin_cupy`, gives what it gives on a CPU."""

import numpy as np
import pytest
import standin_cupy
from gradient_table import LAYERS, LOSSES

from minidl import config, kernels
from minidl.base import structure
from minidl.base.arrays import to_numpy


@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_gives_what_it_gives_on_the_cpu(name, cupy):
    case = LAYERS[name]
    config.set_floatx("float64")
    found = []
    for backend in ("numpy", "cupy"):
        config.set_backend(backend)
        config.set_random_seed(2)  # a graph draws its weights where it is made
        rng = np.random.default_rng(1)
        layer, x = case.make(), case.inputs(rng)
        layer.prepare(structure.shape_of(x), rng=np.random.default_rng(2))
        move = cupy.asarray if backend == "cupy" else np.asarray
        y, cache = layer.forward(structure.mapped(move, x), case.training)
        layer.zero_grad()
        dy = structure.mapped(lambda a: move(rng.standard_normal(a.shape)), y)  # noqa: B023
        dx = layer.backward(dy, cache)
        arrays = [y, dx, *(p.grad for p in layer.params().values())]
        found.append([to_numpy(a) for a in _flat(arrays)])
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_gives_what_it_gives_on_the_cpu(name, cupy):
    case = LOSSES[name]
    y_true, y_pred = case.draw(np.random.default_rng(1))
    loss, dy = case.make()(y_true, y_pred, ops=kernels.load("numpy"))
    with standin_cupy.counted() as waits:
        on_gpu, d_gpu = case.make()(
            cupy.asarray(y_true), cupy.asarray(y_pred), ops=kernels.load("cupy")
        )
    assert waits == [] and float(on_gpu) == pytest.approx(loss, rel=1e-12)
    np.testing.assert_allclose(to_numpy(d_gpu), dy, rtol=1e-9, atol=1e-12)


def _flat(arrays):
    for a in arrays:
        yield from _flat(a) if isinstance(a, tuple) else [a]
