"""One process: nothing of MPI is needed, and what is missing is said in one sentence."""

import os
import subprocess
import sys

import numpy as np
import pytest
import ranks_training

import minidl.distributed as dist
from minidl import config, layers, models
from minidl.distributed.buckets import Schedule, fill
from minidl.distributed.team import state_of
from minidl.layers.layer import Param
from minidl.metrics import AUC, MeanIoU
from minidl.metrics import Mean as MeanMetric
from minidl.optimizers import SGD, Adam

WITHOUT_MPI = "import sys; sys.modules['mpi4py'] = None; import minidl.distributed as dist; "


def python(program, **variables):
    """What a program in a process of its own says on stderr; "" if all goes well."""
    command = [sys.executable, "-c", WITHOUT_MPI + program]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=900, env=os.environ | variables
    )
    return done.stderr.strip() if done.returncode else ""


def test_a_process_of_its_own_needs_no_mpi():
    program = "assert (dist.rank(), dist.size(), dist.local_rank()) == (0, 1, 0); dist.barrier()"
    assert python(program) == ""


def test_under_mpiexec_without_mpi4py_one_sentence_names_the_packages():
    said = python("dist.rank()", PMI_SIZE="2", PMI_RANK="0")
    assert said.splitlines()[-1].startswith("ImportError: ranks talk through MPI")
    assert "pip install mpi4py mpich" in said


def test_more_ranks_than_there_are():
    assert "pip install mpi4py mpich" in python("dist.require(4)")
    pytest.importorskip("mpi4py")
    with pytest.raises(RuntimeError, match="needs 4 ranks and has 1: start it by mpiexec -n 4"):
        dist.require(4)


def test_every_call_returns_what_it_was_given():
    x = np.arange(6, dtype=np.int32).reshape(2, 3)
    assert dist.allreduce(3) == 3.0 and isinstance(dist.allreduce(3), float)
    np.testing.assert_array_equal(dist.allreduce(x, average=False), x)
    assert dist.allreduce(x, average=False).dtype == x.dtype
    assert dist.allgather(x).shape == (1, 2, 3) and dist.allgather(2.0).shape == (1,)
    np.testing.assert_array_equal(dist.broadcast(x), x)


@pytest.mark.parametrize("name", ["plain", "class weights", "shared", "masked"])
def test_in_one_process_it_is_the_optimizer_inside(name, backend):
    model, history = ranks_training.train(name)
    make, optimizer, options, kind = ranks_training.CASES[name]
    x, y = ranks_training.data(kind)
    alone = make(optimizer())
    for epoch in range(3):
        order = np.random.default_rng([0, epoch]).permutation(len(x))
        w = None if options else np.linspace(0.5, 1.5, len(x))[order]
        alone.fit(x[order], y[order], 12, sample_weight=w, shuffle=False, verbose=0, **options)
    for mine, theirs in zip(model.get_weights(), alone.get_weights()):
        np.testing.assert_array_equal(mine, theirs)
    assert len(history["loss"]) == 3


def test_without_a_seed_the_batches_are_those_of_fit():
    (x, y), found = ranks_training.data(), []
    for shards in (True, False):
        model = ranks_training.plain(SGD(0.1))
        data = (dist.Shards(x, y, 12, seed=None),) if shards else (x, y, 12)
        model.fit(*data, epochs=2, verbose=0)
        found.append(ranks_training.digest(model))
    assert found[0] == found[1]


def test_shards_have_every_sample_once():
    x = np.arange(50)
    for world in range(1, 8):
        seen = []
        for rank in range(world):
            shards = dist.Shards(x, None, 12, seed=3)
            shards.world = type("World", (), {"rank": rank, "size": world})
            assert len(shards) == 5
            seen.append([shards.rows(i) for i in range(5)])
        for batch in zip(*seen):
            sizes = [len(rows) for rows in batch]
            assert max(sizes) - min(sizes) <= 1
        rows = np.concatenate([rows for parts in seen for rows in parts])
        assert sorted(rows) == list(range(50))


def test_each_epoch_has_an_order_of_its_own():
    shards = dist.Shards(np.arange(50), None, 50)
    first = shards.rows(0)
    shards.on_epoch_end()
    assert list(first) != list(shards.rows(0))
    with pytest.raises(IndexError, match="there are 1 batches"):
        shards[1]


def test_a_file_keeps_the_optimizer_inside(tmp_path):
    model = ranks_training.plain(dist.DistributedOptimizer(Adam(0.02)))
    model.fit(*ranks_training.data(), verbose=0)
    model.save(tmp_path / "model.npz")
    again = models.load_model(tmp_path / "model.npz")
    assert type(again.optimizer) is Adam and again.optimizer.iterations == 2
    assert float(again.optimizer.learning_rate) == 0.02


def test_the_learning_rate_passes_through():
    optimizer = dist.DistributedOptimizer("adam")
    optimizer.learning_rate = 0.5
    assert float(optimizer.inner.learning_rate) == 0.5
    with pytest.raises(ValueError, match="order"):
        dist.DistributedOptimizer("adam", order="quick")


def test_buckets_begin_at_the_end_and_penalties_come_last():
    params = [Param(np.zeros(n, np.float32)) for n in (10, 20, 30, 40)]
    params[3].regularizer = "l2"
    named = dict(zip(("a/W", "b/W", "b/b", "c/W"), params))
    for limit, sizes in ((1, [[30, 20], [10], [40]]), (240, [[30, 20, 10], [40]])):
        buckets = fill(named, limit)
        assert [[p.value.size for p in b.params] for b in buckets] == sizes
    buckets = fill(named, 1)
    schedule = Schedule()
    for name, held in [("c", params[2:]), ("b", params[1:3]), ("a", params[:1]), ("c", params[2:])]:
        schedule.note(
            type("Layer", (), {"name": name, "params": lambda self, h=held: dict(enumerate(h))})()
        )
    schedule.close(buckets)
    assert schedule.ready[0] == 4 and schedule.ready[2] == float("inf")


@pytest.mark.parametrize(
    ("metric", "names"),
    [(AUC(), {"yes", "no"}), (MeanMetric(), {"total", "count"}), (MeanIoU(3), {"confusion"})],
)
def test_what_a_metric_counts_is_found(metric, names):
    assert set(state_of(metric)) == names


def test_layers_of_ranks_are_layers_of_one():
    config.set_floatx("float64")
    x = np.random.default_rng(0).standard_normal((9, 4))
    found = []
    for cls in (layers.BatchNormalization, dist.SyncBatchNormalization):
        layer = cls()
        layer.prepare((4,))
        y, cache = layer.forward(x, training=True)
        found.append((y, layer.backward(x * y, cache), layer.gamma.grad))
    for one, other in zip(*found):
        np.testing.assert_array_equal(one, other)
