"""Ranks that differ, fail, are killed or keep the others waiting: all end or go on, and say why."""

import shutil

import numpy as np
import pytest
import ranks

from minidl.distributed.team import SKIPPED, STEPS, SlowRank

pytestmark = ranks.needs_ranks


@pytest.fixture(scope="module")
def disagreement(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ranks")
    return ranks.run("ranks_faults.py", 3, "disagree", folder, check=False)


@pytest.mark.parametrize(
    ("trial", "sentence"),
    [
        ("weights", "weights: rank 1 has checksum"),
        ("weights", "dist.broadcast_parameters(model)"),
        ("units", "shape of dense/W: rank 1 has (6, 9), the others (6, 8)"),
        ("types", "type of the weights: rank 1 has float64, the others float32"),
        ("data", "samples in x: rank 1 has float32, the others float64"),
        ("batch", "batch size: rank 1 has 10, the others 12"),
        ("rate", "rank 1 has 0.02, the others 0.01"),
        ("kind", "class of the optimizer: rank 1 has SGD, the others Adam"),
    ],
)
def test_who_differs_is_named_on_every_rank(disagreement, trial, sentence):
    _, said = disagreement
    for mine in said:
        assert sentence in mine[trial]


def test_weights_that_were_broadcast_agree(disagreement):
    _, said = disagreement
    assert len({str(mine["brought"]) for mine in said}) == 1


def test_ranks_that_differ_end_cleanly_and_say_it_once(disagreement):
    done, _ = disagreement
    assert done.code
    assert done.err.count("DisagreementError: the ranks do not agree") == 1
    assert "Traceback" not in done.err


def test_an_exception_on_one_rank_ends_all(tmp_path):
    """Where the others went on waiting, `ranks.run` would raise at its limit."""
    done, _ = ranks.run("ranks_faults.py", 3, "raise", tmp_path, check=False)
    assert done.code
    assert "rank 1 of 3 failed, so all end." in done.err
    assert "ZeroDivisionError: on purpose" in done.err and "Traceback" in done.err


def test_a_slow_rank_is_named_once_and_one_may_stop_all(tmp_path):
    done, said = ranks.run("ranks_faults.py", 2, "slow", tmp_path)
    assert done.err.count("rank 1 is slow, and all wait for it") == 1
    assert [mine["epochs"] for mine in said] == [2, 2]


def test_equal_ranks_are_not_called_slow():
    slow = SlowRank(4)
    for step in range(10 * STEPS):
        assert slow.after_step(np.array([1.0, 1.1, 0.9, 1.5 if step % 2 else 1.0])) is None


def test_a_slow_rank_is_named_after_enough_steps():
    slow, first = SlowRank(4), []
    for step in range(10 * STEPS):
        if said := slow.after_step(np.array([1.0, 1.1, 5.0, 0.9])):
            first.append((step, said))
    ((step, said),) = first
    assert step == SKIPPED + 2 * STEPS - 1 and "rank 2 is slow" in said and "5000.0 ms" in said


def test_the_first_rank_writes_and_reports_alone(tmp_path):
    done, said = ranks.run("ranks_faults.py", 2, "files", tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rank-0.csv", "rank-0.npz"]
    assert "Saved rank-0.npz" in done.out[0] and "Epoch 1/9" in done.out[0]
    assert len(done.out[1].strip().splitlines()) == 1
    assert said[0]["dropout"] != said[1]["dropout"] and said[0]["order"] == said[1]["order"]
    assert all(mine["same"] and mine["optimizer"] == "Adam" for mine in said)


@pytest.fixture(scope="module")
def jobs(tmp_path_factory):
    """A job of which one rank is killed in its third epoch, as by kill -9, and what went on."""
    folder = tmp_path_factory.mktemp("ranks")
    whole, backup = folder / "whole", folder / "backup"
    kill = (backup, 1, 2, 1)
    killed, _ = ranks.run("ranks_faults.py", 3, "train", *kill, check=False, supervised=True)
    shutil.copytree(backup, folder / "copy")
    _, resumed = ranks.run("ranks_faults.py", 3, "train", backup)
    _, uncut = ranks.run("ranks_faults.py", 3, "train", whole)
    _, fewer = ranks.run("ranks_faults.py", 2, "train", folder / "copy")
    return killed, resumed, uncut, fewer


def test_a_killed_rank_ends_the_job_and_is_named(jobs):
    killed, *_ = jobs
    assert killed.code
    assert killed.err.count("rank 1 was killed by SIGKILL (process") == 1, killed.err


def test_the_job_goes_on_from_its_backup_bit_for_bit(jobs):
    *_, resumed, uncut, _ = jobs
    assert resumed == uncut


def test_fewer_ranks_go_on_to_rounding(jobs):
    """Without dropout, whose draws follow from the ranks, they end where three would have."""
    *_, uncut, fewer = jobs
    assert len(fewer[0]["history"]["loss"]) == 4 and fewer[0]["digest"] == fewer[1]["digest"]
    for w, mine in zip(uncut[0]["plain"]["weights"], fewer[0]["plain"]["weights"]):
        np.testing.assert_allclose(mine, w, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(fewer[0]["plain"]["loss"], uncut[0]["plain"]["loss"], rtol=1e-9)
