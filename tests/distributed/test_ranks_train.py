"""Three ranks against one process: the same losses, weights and metrics."""

import pathlib

import numpy as np
import pytest
import ranks
import ranks_training

from minidl import config

pytestmark = ranks.needs_ranks
RANKS = 3


@pytest.fixture(scope="module")
def said():
    """What three ranks found, a list."""
    return ranks.run("ranks_training.py", RANKS, "float64")[1]


@pytest.fixture
def double():
    config.set_floatx("float64")
    config.set_backend("numpy")


@pytest.mark.parametrize("name", ranks_training.CASES)
def test_ranks_do_what_one_process_does(said, name, double):
    alone = ranks_training.outcome(name)
    for w, mine in zip(alone["weights"], said[0][name]["weights"]):
        np.testing.assert_allclose(mine, w, rtol=1e-9, atol=1e-11)
    assert said[0][name]["history"].keys() == alone["history"].keys()
    for key, values in alone["history"].items():
        np.testing.assert_allclose(said[0][name]["history"][key], values, rtol=1e-9, err_msg=key)


@pytest.mark.parametrize("name", [*ranks_training.CASES, "small buckets", "late"])
def test_every_rank_ends_with_the_same_bits(said, name):
    assert len({mine[name]["digest"] for mine in said}) == 1
    assert all(mine[name]["history"] == said[0][name]["history"] for mine in said)


def test_in_fixed_order_one_process_gets_the_same_bits(said):
    assert {mine["in order"] for mine in said} == {mine["one by one"] for mine in said}
    assert len({mine["in order"] for mine in said}) == 1


def test_running_means_are_equal_in_the_end(said):
    assert len({mine["running statistics"] for mine in said}) == 1


def test_a_loop_of_ones_own_is_the_same(said, double):
    for mine, w in zip(said[1]["by hand"], ranks_training.by_hand()):
        np.testing.assert_allclose(mine, w, rtol=1e-9, atol=1e-11)


def test_what_has_no_mean_over_ranks_is_refused(said):
    for mine in said:
        total, masks = mine["refused"]
        assert 'reduction="sum"' in total and "outputs with masks" in masks


def test_sums_start_before_the_backward_pass_has_ended(said):
    """Of two layers, each in a bucket, the last goes first; nothing comes after the other."""
    assert said[0]["small buckets"]["early"] == [True, False]
    assert said[0]["late"]["early"] == [False]
    weights = [
        np.concatenate([np.ravel(w) for w in said[0][k]["weights"]]) for k in ("late", "plain")
    ]
    np.testing.assert_allclose(*weights, rtol=1e-9)


def test_nothing_is_pickled_on_the_way():
    """mpi4py's methods in small letters send pickles; those with a capital send arrays."""
    import re

    import minidl.distributed

    for path in pathlib.Path(minidl.distributed.__file__).parent.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"comm\.(i?allreduce|i?bcast|i?send|gather|allgather|scatter)\(", text)
