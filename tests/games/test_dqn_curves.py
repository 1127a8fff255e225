"""The curves that chapter 32 draws from `benchmarks/dqn.json`, and the program that made them."""

import json
from pathlib import Path

import dqn
import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def runs():
    return json.loads((ROOT / "benchmarks" / "dqn.json").read_text(encoding="utf-8"))


def test_every_variant_has_five_seeds(runs):
    assert list(runs) == list(dqn.VARIANTS)
    for found in runs.values():
        assert len(found) == 5
        for run in found:
            assert len(run["steps"]) == len(run["means"]) == len(run["largest"]) == 40


def test_what_the_page_says_of_them(runs):
    held = {name: sum(map(dqn.solved, found)) for name, found in runs.items()}
    assert held["double"] >= 4
    assert held["no target"] == held["neither"] == held["small no target"] == 0
    assert held["small double"] >= 4 and held["small dqn"] >= 4 and held["small dqn"] > held["dqn"]
    assert min(max(run["largest"]) for run in runs["no target"]) > 1e6
    ends = {name: [run["means"][-1] for run in found] for name, found in runs.items()}
    assert max(ends["no target"] + ends["slow no target"] + ends["small no target"]) < 20
    assert min(ends["slow squared no target"]) > 100


def test_training_is_the_same_again():
    first, again = (
        dqn.trial(dqn.chapter(), 0, 5, {"double": True, "N": 4, "kept": 500}) for _ in range(2)
    )
    assert {**first, "seconds": 0} == {**again, "seconds": 0}
    assert first["steps"] == [1280] and 8 < first["again"] <= 500


def test_a_pole_held_once_is_not_enough():
    assert not dqn.solved({"means": [500, 20], "again": 474})
    assert dqn.solved({"means": [500, 20], "again": 475})
