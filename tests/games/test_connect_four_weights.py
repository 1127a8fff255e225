"""The weights that `benchmarks/connect_four.py` has left: small, sound, and strong."""

import json
from pathlib import Path

import connect_four as program
import numpy as np
import pytest

from minidl.base import npz
from minidl_course.games import Minimax, NetworkGuess, Positions, TreePlayer, connect_four, match

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def guess():
    net = program.network(connect_four())
    net.load_weights(BENCHMARKS / "connect_four.npz")
    return NetworkGuess(net)


def test_the_file():
    path = BENCHMARKS / "connect_four.npz"
    arrays, _ = npz.load(path)  # never unpickles
    assert path.stat().st_size < 500_000
    assert {array.dtype for array in arrays.values()} == {np.dtype(np.float16)}
    assert all(np.isfinite(array).all() for array in arrays.values())


def test_its_strength(guess):
    player, board = TreePlayer(guess, visits=40), connect_four()
    assert match(player, Minimax(4), board, games=100, seed=1).share >= 0.7
    assert match(player, TreePlayer(visits=40), board, games=100, seed=1).share >= 0.8


def test_the_table_beside_them():
    """What a chapter quotes: stronger at the end than at first, by more than chance allows."""
    table = json.loads((BENCHMARKS / "connect_four.json").read_text(encoding="utf-8"))
    assert [point["minutes"] for point in table] == sorted(point["minutes"] for point in table)
    first, last = table[0]["shares"], table[-1]["shares"]
    assert first.keys() == last.keys() and first["random"][0] > 0.9
    for name in first.keys() - {"random"}:
        assert first[name][2] < last[name][1] <= last[name][0] <= last[name][2], name


def test_it_begins_in_the_middle(guess):
    """The one first move that wins, by Allis's and Allen's solution of 1988."""
    logits, values = guess(Positions(connect_four()))
    assert logits[0].argmax() == 3 and values[0] > 0


def test_learning_is_the_same_again(monkeypatch):
    monkeypatch.setattr(program, "strength", lambda net, games: {})
    monkeypatch.setattr(program, "GAMES", 24)
    runs = [program.learn(None, moves=60, seed=seed) for seed in (0, 0, 1)]
    a, b, c = (net.get_weights() for net, _ in runs)
    for x, y in zip(a, b):
        np.testing.assert_array_equal(x, y)
    assert any((x != y).any() for x, y in zip(a, c))
    games = [[(found, shares) for _, found, shares in curve] for _, curve in runs]
    assert games[0] == games[1] and 24 < games[0][-1][0] < 200


def test_what_is_learned_fits_the_game():
    """Planes, policies and results of self-play: one game, seen by both sides."""
    from minidl_course.games import PlayoutGuess

    play = program.SelfPlay(PlayoutGuess(0), connect_four(), 4, 8, np.random.default_rng(0))
    rounds = [play.play() for _ in range(50)]
    planes, policies, results = map(list, zip(*[each for each in rounds if each[0]][0:1]))
    planes, policies, results = np.array(planes[0]), np.array(policies[0]), np.array(results[0])
    stones = planes.sum(axis=(1, 2, 3))
    last = stones.argmax()
    one_game = slice(last, last + int(stones[last]) + 1)
    assert stones[one_game].tolist() == list(range(int(stones[last]), -1, -1))
    assert abs(results[one_game][:-1] + results[one_game][1:]).max() == 0
    assert results[last] == 1  # who moved last has won
    np.testing.assert_allclose(policies.sum(axis=1), 1, rtol=1e-6)
    memory = program.Memory(connect_four())
    memory.add(planes, policies, results)
    assert memory.seen == 2 * len(planes)
    np.testing.assert_array_equal(memory.x[1], planes[0][:, ::-1])
    np.testing.assert_array_equal(memory.policy[1], policies[0][::-1])
