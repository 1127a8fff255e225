"""Trials and proofs of the chapter on many machines; its training stands on the page.

Functions of (comm, ...) run on ranks that MPI starts. `on_ranks` writes their source into a script,
which sees np, os, time, MPI, the page's functions that it is given, and `IMPORTS` where asked for;
it sees no other name of this module.
"""

import os
import signal
import tempfile
import time

import numpy as np

import minidl.distributed as dist
from minidl import gradcheck, utils
from minidl.callbacks import BackupAndRestore, Callback
from minidl.layers import BatchNormalization, Dense
from minidl.losses import SparseCategoricalCrossentropy
from minidl.models import Sequential
from minidl.optimizers import Adam
from minidl_course.chapters import common
from minidl_course.chapters.many_machines import EVERY, SIZES
from minidl_course.ranks import on_ranks

IMPORTS = """
import signal

import minidl.distributed as dist
from minidl import utils
from minidl.callbacks import BackupAndRestore, Callback
from minidl.layers import BatchNormalization, Dense
from minidl.models import Sequential
from minidl.optimizers import SGD, Adam
"""
RULES = {  # the power of k in the rate, epochs of warm-up, how much of the mean image is taken off
    "rate as it was": (0, 0, 0),
    "times the root of k": (0.5, 0, 0),
    "times k": (1, 0, 0),
    "times k, warmed up": (1, 3, 0),
    "times k, centred": (1, 0, 1),
}


def compare(comm, n):
    """The ring's sums and MPI's, on every rank."""
    rng = np.random.default_rng(comm.rank)
    whole = rng.integers(-999, 1000, size=n)  # whole numbers: no rounding
    real = rng.standard_normal(n).astype(np.float32)
    made = {"rank": comm.rank}
    for name, x in (("whole", whole), ("real", real)):
        made[name], made[f"{name} sent"] = ring(comm, x)  # noqa: F821 (the page's)
        made[f"{name} by MPI"] = np.empty_like(x)
        comm.Allreduce(x, made[f"{name} by MPI"])
    return made


def ring_proved(ring, n=1003):
    """Runs ring(comm, x) on four ranks; checks its sums, its bytes, and that all bits agree."""
    found = on_ranks(4, compare, ring, n=n)  # n is not divisible by 4
    for one in found:
        equal = np.array_equal(one["whole"], one["whole by MPI"])
        other = (one["real"] != one["real by MPI"]).sum()
        print(f"rank {one['rank']} sent {one['whole sent']:,} bytes; ", end="")
        print(f"whole numbers equal: {equal}; {other} real ones differ")
        assert equal
        assert one["real"].tobytes() == found[0]["real"].tobytes()  # every rank has the same bits
        np.testing.assert_allclose(one["real"], one["real by MPI"], rtol=1e-4, atol=1e-5)
    bound = 2 * 3 * n * 8  # (5), for all four ranks together, 8 bytes a number
    total = sum(one["whole sent"] for one in found)
    summed = sum(np.random.default_rng(r).integers(-999, 1000, size=n) for r in range(4))
    assert np.array_equal(found[2]["whole"], summed)  # by nobody's all-reduce
    print(f"all ranks together sent {total:,} bytes; the bound (5) is {bound:,}")
    assert total == bound


def stopwatch(comm, sizes, times=40):
    """The median seconds of an all-reduce, for each size in bytes."""
    medians = []
    for size in sizes:
        x = np.ones(size // 4, np.float32)
        y, seconds = np.empty_like(x), []
        for _ in range(times):
            comm.Barrier()
            start = time.perf_counter()
            comm.Allreduce(x, y)
            seconds.append(time.perf_counter() - start)
        medians.append(np.median(seconds))
    return {"seconds": medians}


def start(seed):
    """Weights (25450,), float32, by He's rule."""
    rng = np.random.default_rng(seed)
    W1, W2 = rng.normal(0, (2 / 784) ** 0.5, (784, 32)), rng.normal(0, (2 / 32) ** 0.5, (32, 10))
    return np.concatenate([W1.ravel(), np.zeros(32), W2.ravel(), np.zeros(10)]).astype(np.float32)


def judge(unpacked, x, y):
    """A function of weights w: the share of x that the network reads as y."""

    def accuracy(w, mean=0):  # `mean` is taken off x
        W1, b1, W2, b2 = unpacked(w)
        z = np.maximum((x - mean) @ W1 + b1, 0) @ W2 + b2
        return float((z.argmax(axis=1) == y).mean())

    return accuracy


def check_gradient(gradient, unpacked, x, y):
    """Checks gradient(w, x, y) by the package, by small steps, and in seven unequal pieces."""
    x, y = x[:50], y[:50]
    model = Sequential([Dense(32, "relu"), Dense(10, "softmax")])
    model.build((None, 784))
    model.set_weights(list(unpacked(start(0))))
    model.compile("sgd", SparseCategoricalCrossentropy())
    model.zero_grad()
    model.loss_and_gradient(x, y)
    theirs = np.concatenate([param.grad.ravel() for param in model.trainable_weights])
    np.testing.assert_allclose(gradient(start(0), x, y) / 50, theirs, rtol=1e-3, atol=1e-6)
    w, x = start(0).astype(float), x.astype(float)
    direction = np.random.default_rng(1).standard_normal(w.size)

    def mean_loss(w):
        W1, b1, W2, b2 = unpacked(w)
        z = np.maximum(x @ W1 + b1, 0) @ W2 + b2
        return (np.log(np.exp(z).sum(axis=1)) - z[np.arange(50), y]).mean()

    by_steps = (mean_loss(w + 1e-6 * direction) - mean_loss(w - 1e-6 * direction)) / 2e-6
    by_hand = direction @ gradient(w, x, y) / 50
    assert abs(by_steps - by_hand) < 1e-5 * max(1, abs(by_hand))
    pieces = [gradient(w, x[a], y[a]) for a in np.array_split(np.arange(50), 7)]
    np.testing.assert_allclose(sum(pieces), gradient(w, x, y), rtol=1e-9, atol=1e-12)
    print("the gradient is that of the package, of small steps, and of 7 unequal pieces")


def same_weights(ended, accuracy):
    """Prints and checks how far apart ranks ended, {ranks: weights of each}; bit for bit."""
    for size, weights in ended.items():
        apart = max(abs(w - weights[0]).max() for w in weights)
        from_one, right = abs(weights[0] - ended[1][0]).max(), accuracy(weights[0])
        print(f"{size} rank(s): between ranks {apart}, ", end="")
        print(f"to one rank {from_one:.0e}, test accuracy {right:.1%}")
        for w in weights:
            assert w.tobytes() == weights[0].tobytes()
            np.testing.assert_allclose(w, ended[1][0], rtol=0, atol=2e-4)
        assert right > 0.8


def package_agrees(alone, together):
    """Prints and checks weights and losses of ranks against one process; who gets what, folded."""
    for r, one in enumerate(together):
        off = abs(one["w"] - alone["w"]).max()
        print(f"rank {r}: loss {one['loss'][-1]:.6f}, weights to one process {off:.0e}")
        assert one["w"].tobytes() == together[0]["w"].tobytes()
        np.testing.assert_allclose(one["w"], alone["w"], rtol=0, atol=2e-4)
        np.testing.assert_allclose(one["loss"], alone["loss"], rtol=1e-3)
        assert list(one["loss"]) == list(together[0]["loss"])
    return common.folded("The package's own source: who gets which samples", dist.Shards)


def spoiled(comm, mistake, w, x, y, lr=0.2, N=120, epochs=2):
    """`train` of the page with a mistake."""
    rng = np.random.default_rng(0)
    if mistake == "other starts":
        w = start(comm.rank)
    first = w
    for _ in range(epochs):
        for batch in batches(len(x), N, rng):  # noqa: F821 (the page's)
            r = 0 if mistake == "same data" else comm.rank
            mine = np.array_split(batch, comm.size)[r]
            g = gradient(w, x[mine], y[mine])  # noqa: F821 (the page's)
            if mistake != "nothing sent":
                comm.Allreduce(g.copy(), g)
            w = w - lr / len(batch) * g
    return {"first": first, "w": w}


def spoil(helpers, x, y, accuracy):
    """Runs `spoiled` three times and once without a mistake; prints how far ranks are apart."""
    spoilt = {}
    for mistake in ("none", "other starts", "same data", "nothing sent"):
        given = {"mistake": mistake, "w": start(0), "x": x, "y": y}
        found = spoilt[mistake] = on_ranks(4, spoiled, start, *helpers, **given)
        before, after = (
            max(abs(one[k] - found[0][k]).max() for one in found) for k in ("first", "w")
        )
        right = [f"{100 * accuracy(one['w']):.1f}" for one in found]
        print(f"{mistake:12} apart: {before:.3f}, at the end {after:.3f}; ", end="")
        print(f"right: {', '.join(right)} %")
    assert min(accuracy(one["w"]) for one in spoilt["none"]) > 0.8
    one, other, *_ = spoilt["other starts"]
    gap, gap_first = other["w"] - one["w"], other["first"] - one["first"]
    np.testing.assert_allclose(gap, gap_first, atol=1e-4)  # no step ever brings them closer
    same = [found["w"].tobytes() for found in spoilt["same data"]]
    assert len(set(same)) == 1
    return common.folded("Training with a mistake", spoiled)


def _off(wrong, right):
    return np.linalg.norm(wrong - right) / np.linalg.norm(right)


def normalized(comm, h):
    """What two kinds of batch normalization make of this rank's part of h."""
    mine = np.array_split(h, comm.size)[comm.rank]
    made = {}
    for layer in (BatchNormalization(), dist.SyncBatchNormalization()):
        model = Sequential([layer])
        model.build((None, h.shape[1]))
        made[type(layer).__name__] = model.forward(mine, training=True)[0]
    return made


def own_statistics(x, y, gradient, rng):
    """Prints how far off normalizing by one's own part is; checks a larger last batch, too."""
    h = x[:128] @ rng.standard_normal((784, 32), np.float32) / 9
    for size in (64, 16, 4):
        whole = (h - h.mean(axis=0)) / h.std(axis=0)
        own = [(part - part.mean(axis=0)) / part.std(axis=0) for part in np.split(h, 128 // size)]
        off = _off(np.concatenate(own), whole)
        print(f"normalized by {size:2} samples a rank: off by {off:.0%}")
    w, off = start(0), []
    for batch in (np.arange(41), np.arange(5)):  # 11, 10, 10 and 10 samples; 2, 1, 1 and 1
        means = [gradient(w, x[a], y[a]) / len(a) for a in np.array_split(batch, 4)]
        off.append(_off(sum(means) / 4, gradient(w, x[batch], y[batch]) / len(batch)))
    assert off[0] < 0.06 < off[1]
    one = Sequential([BatchNormalization()])
    one.build((None, 32))
    whole = one.forward(h[:16], training=True)[0]
    found = on_ranks(2, normalized, imports=IMPORTS, h=h[:16])
    apart = {}
    for name in found[0]:
        apart[name] = _off(np.concatenate([made[name] for made in found]), whole)
        print(f"two ranks with 8 samples each, {name}: off by {apart[name]:.0e}")
    assert apart["SyncBatchNormalization"] < 1e-5 < 0.05 < apart["BatchNormalization"]


def large_batches(run, seeds, mean):
    """{rule of the rate: test accuracies (sizes, seeds)} of run(N, rate, seed, warm=, mean=)."""
    return {
        name: [
            [run(N, 0.05 * (N / 32) ** power, s, warm=warm, mean=off * mean) for s in seeds]
            for N in SIZES
        ]
        for name, (power, warm, off) in RULES.items()
    }


def check_memory(largest, signs):
    """Checks (9) for the largest 1 %, and what both compressors keep."""
    rng, e, whole, said = np.random.default_rng(0), 0.0, 0.0, 0.0
    for _ in range(50):
        g = rng.standard_normal(1000)
        c, _ = largest(g + e)
        e, whole, said = g + e - c, whole + g, said + c
    np.testing.assert_allclose(said, whole - e, atol=1e-9)  # (9)
    assert np.count_nonzero(c) == 10
    assert set(np.abs(signs(g)[0]).round(12)) == {abs(g).mean().round(12)}


def five_ways(compressed, full, signs, largest, seeds):
    """{way: [(accuracy, bytes) of each seed]} of compressed(way, memory, seed)."""
    ways = (full, 0), (signs, 0), (signs, 1), (largest, 0), (largest, 1)
    return {
        f"{way.__name__}{', memory' * memory}": [compressed(way, memory, seed) for seed in seeds]
        for way, memory in ways
    }


def two_divisions(local_steps, y, seeds):
    """{shards: accuracies (lengths, seeds)} of local_steps(H, shards, seed): mixed, and sorted."""
    mixed = np.array_split(np.random.default_rng(0).permutation(len(y)), 8)
    by_digit = np.array_split(np.argsort(y, kind="stable"), 8)
    return {
        name: np.array([[local_steps(H, shards, seed) for seed in seeds] for H in EVERY])
        for name, shards in (("mixed", mixed), ("sorted", by_digit))
    }


def pieces_proved(in_pieces):
    """Checks in_pieces(comm, x, A, B, dz) on four ranks by finite differences, with a random dz."""
    rng = np.random.default_rng(0)
    x, A, B, dz = (rng.standard_normal(shape) for shape in ((5, 7), (7, 10), (10, 3), (5, 3)))
    found = on_ranks(4, in_pieces, x=x, A=A, B=B, dz=dz)  # 10 units: 3, 3, 2, 2

    def score():  # its derivatives are dx, dA and dB
        return float((dz * (np.maximum(x @ A, 0) @ B)).sum())

    dA = np.concatenate([one["dA"] for one in found], axis=1)
    dB = np.concatenate([one["dB"] for one in found], axis=0)
    for one in found:
        np.testing.assert_allclose(one["z"], np.maximum(x @ A, 0) @ B, rtol=1e-12)
    worst = max(
        gradcheck.relative_error(made, gradcheck.numeric(score, array)).max()
        for made, array in ((found[3]["dx"], x), (dA, A), (dB, B))
    )
    print(f"z is that of one process; largest relative error of a gradient: {worst:.0e}")
    assert worst < 1e-6


def unlucky(comm, folder, dies, x, y):
    """A training with a backup after each epoch, whose rank 1 may die in the third."""

    class Accident(Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if dies and epoch == 2 and comm.rank == 1:
                os.kill(os.getpid(), signal.SIGKILL)

    utils.set_random_seed(0)
    model = Sequential([Dense(32, "relu"), Dense(10, "softmax")])
    model.compile(dist.DistributedOptimizer(Adam(1e-3)), "sparse_categorical_crossentropy")
    shards, backup = dist.Shards(x, y, batch_size=120), BackupAndRestore(folder)
    history = model.fit(shards, epochs=4, verbose=0, callbacks=[backup, Accident()])
    w = np.concatenate([param.value.ravel() for param in model.trainable_weights])
    return {"w": w, "loss": history.history["loss"]}


def machine_dies(x, y):
    """Trains without an accident, with one, and once more; checks that it ends with equal bits."""
    with tempfile.TemporaryDirectory() as unbroken, tempfile.TemporaryDirectory() as broken:
        data = {"imports": IMPORTS, "x": x, "y": y}
        expected = on_ranks(2, unlucky, folder=unbroken, dies=False, **data)
        try:
            on_ranks(2, unlucky, folder=broken, dies=True, supervised=True, **data)
        except RuntimeError as error:
            first, *said = str(error).splitlines()  # mpiexec adds a banner of its own
            told = "\n".join(line for line in said if line.startswith("rank "))
            print(first, told.replace(", so all end; ", ", so all end;\n"), sep="\n")
        again = on_ranks(2, unlucky, folder=broken, dies=False, **data)
    same = again[0]["w"].tobytes() == expected[0]["w"].tobytes()
    print("losses", *again[0]["loss"].round(4), "the same bits:", same)
    for one, wanted in zip(again, expected):
        assert one["w"].tobytes() == wanted["w"].tobytes()
        assert list(one["loss"]) == list(wanted["loss"])
    return common.folded("The training", unlucky)
