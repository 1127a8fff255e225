"""Gradients that are on GPUs, with a strict stand-in for CuPy: never run on a real one."""

import numpy as np
import pytest
import ranks
import ranks_training

import minidl.distributed as dist
from minidl import config
from minidl.kernels.cuda import on_cpu
from minidl.optimizers import SGD

pytestmark = ranks.needs_ranks


@pytest.mark.skipif(on_cpu.compiler() is None, reason="no C++ compiler for kernels of the stand-in")
def test_two_ranks_on_pretended_gpus_train_as_one_process_does():
    _, said = ranks.run("ranks_gpu.py", 2)
    config.set_backend("numpy")
    model, (x, y) = ranks_training.plain(dist.DistributedOptimizer(SGD(0.1))), ranks_training.data()
    history = model.fit(dist.Shards(x, y, 12), epochs=2, verbose=0).history
    assert said[0]["weights"] == said[1]["weights"]
    for mine, w in zip(said[0]["weights"], model.get_weights()):
        np.testing.assert_allclose(mine, w, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(said[0]["loss"], history["loss"], rtol=1e-5)
    assert said[0]["buckets"] == 2
