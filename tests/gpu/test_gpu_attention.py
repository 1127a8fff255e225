"""Attention with CuPy: the CPU's results, and nothing that would make a step wait."""

import numpy as np
import pytest
import standin_cupy

from minidl import kernels
from minidl.base.arrays import to_numpy

MASKS = {"none": None, "padding": (2, 1, 40), "each": (1, 35, 40)}


@pytest.mark.parametrize("masked", MASKS)
def test_attention_gives_what_it_gives_on_the_cpu_and_never_waits(masked, cupy):
    rng = np.random.default_rng(0)
    q, k, v, dy = (rng.standard_normal((2, T, 3, 8)) for T in (35, 40, 40, 35))
    mask = None if MASKS[masked] is None else rng.random(MASKS[masked]) < 0.7
    found = []
    for backend, move in (("numpy", np.asarray), ("cupy", cupy.asarray)):
        ops, here = kernels.load(backend).attention, [move(a) for a in (q, k, v, dy)]
        options = 0.3, None if mask is None else move(mask), 5, 0.1, 7
        with standin_cupy.counted() as waits:
            y, log_sum = ops.forward(*here[:3], *options)
            gradients = ops.backward(here[3], *here[:3], y, log_sum, *options)
        assert waits == []
        found.append([to_numpy(a) for a in (y, log_sum, *gradients)])
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)
