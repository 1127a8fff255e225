"""Tree search, compiled and in many games at once, against plain Python, one game at a time."""

import numpy as np
import pytest
from games_in_python import BOARDS, play_out, random_boards, tree_search

from minidl_course.games import (
    NetworkGuess,
    PlayoutGuess,
    Positions,
    TreeSearch,
    connect_four,
    tic_tac_toe,
)


class Hashed:
    """A guess that knows nothing and is never twice the same: fixed sums over the planes."""

    def __init__(self, board, seed=0):
        rng = np.random.default_rng(seed)
        cells = board.cells.size * 2
        self.W, self.w = rng.normal(size=(cells, len(board.legal))), rng.normal(size=cells)
        self.sizes = []

    def __call__(self, positions):
        self.sizes.append(len(positions))
        assert not positions.over.any(), "nobody asks about a finished game"
        x = positions.planes.reshape(len(positions), -1).astype(np.float64)
        # one row at a time: a product of many rows may round otherwise
        return np.array([r @ self.W for r in x]), np.tanh([r @ self.w for r in x])


@pytest.mark.parametrize("noise", [0.0, 0.4])
@pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
def test_the_reference_finds_the_same(board, noise):
    boards, visits, c = random_boards(board, 8, seed=3), 60, 1.3
    search = TreeSearch(Hashed(board), visits, c, noise, alpha=0.7)
    found = search(Positions(boards), np.random.default_rng(4))
    drawn = np.random.default_rng(4).gamma(0.7, size=(len(boards), len(board.legal)))
    for n, one in enumerate(boards):
        root, value = tree_search(Hashed(board), one, visits, c, noise, drawn[n])
        for move in range(len(board.legal)):
            count = root.visits.get(move, 0)
            assert found.visits[n, move] == count
            assert abs(found.prior[n, move] - root.prior.get(move, 0)) < 1e-12
            assert abs(found.q[n, move] - root.total.get(move, 0) / max(count, 1)) < 1e-12
        assert abs(found.values[n] - value) < 1e-12
    assert (found.visits.sum(axis=1) == visits).all()
    np.testing.assert_allclose(found.policy.sum(axis=1), 1)


def test_games_do_not_see_each_other():
    board = connect_four()
    boards = random_boards(board, 6, seed=5)
    together = TreeSearch(Hashed(board), 50)(Positions(boards))
    for n, one in enumerate(boards):
        alone = TreeSearch(Hashed(board), 50)(Positions(one))
        np.testing.assert_array_equal(alone.visits[0], together.visits[n])


def test_the_guess_is_asked_for_all_games_at_once():
    guess = Hashed(connect_four())
    TreeSearch(guess, 10)(Positions(connect_four(), 7))
    assert guess.sizes == [7] * 11


def test_finished_games_beside_others():
    over = connect_four().play(0, 1, 0, 1, 0, 1, 0)
    found = TreeSearch(Hashed(connect_four()), 30)(Positions([over, connect_four(), over]))
    assert found.visits.sum(axis=1).tolist() == [0, 30, 0]
    assert found.values[[0, 2]].tolist() == [-1, -1]
    assert not found.policy[0].any()
    nothing = TreeSearch(None, 30)(Positions(over))
    assert not nothing.visits.any() and nothing.values.tolist() == [-1]


@pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
def test_random_games_are_those_of_the_reference(board):
    boards = random_boards(board, 20, seed=6)
    logits, values = PlayoutGuess(seed=9, games=5)(Positions(boards))
    seeds = np.random.default_rng(9).integers(2**62, size=20)
    expected = [play_out(one, int(x), 5) for one, x in zip(boards, seeds)]
    np.testing.assert_allclose(values, expected, atol=1e-12)
    assert not logits.any() and len(set(expected)) > 2


def test_random_games_are_fair():
    """Of two players without a plan the first wins more, by a known margin: 0.585 - 0.288."""
    values = PlayoutGuess(0, games=20_000)(Positions(tic_tac_toe()))[1]
    assert abs(values[0] - (0.585 - 0.288)) < 0.02


def test_plain_search_plays_tic_tac_toe_well():
    """With many visits it finds the only move that does not lose."""
    board = tic_tac_toe().play(0)
    found = TreeSearch(PlayoutGuess(0), 3000)(Positions(board))
    assert found.visits[0].argmax() == 4


def test_a_network_is_asked_by_its_planes():
    from minidl import Input, Model
    from minidl.layers import Dense, Flatten

    board = connect_four()
    planes = Input((6, 7, 2))
    flat = Flatten()(planes)
    model = Model(planes, [Dense(7)(flat), Dense(1, "tanh")(flat)])
    positions = Positions(random_boards(board, 3))
    logits, values = NetworkGuess(model)(positions)
    assert logits.shape == (3, 7) and values.shape == (3,)
    rows = Input((84,))
    twin = Model(rows, [Dense(7)(rows), Dense(1, "tanh")(rows)])
    twin.set_weights(model.get_weights())
    for a, b in zip(NetworkGuess(twin)(positions), (logits, values)):
        np.testing.assert_allclose(a, b, atol=1e-6)


@pytest.mark.parametrize(
    ("guess", "words"),
    [
        (lambda p: (np.zeros((len(p), 6)), np.zeros(len(p))), r"logits \(2, 7\) and 2 values"),
        (lambda p: (np.zeros((len(p), 7)), np.zeros(7)), "2 values"),
        (lambda p: (np.full((len(p), 7), np.nan), np.zeros(len(p))), "NaN or inf"),
        (lambda p: (np.zeros((len(p), 7)), np.full(len(p), np.inf)), "NaN or inf"),
    ],
)
def test_a_guess_of_another_form(guess, words):
    with pytest.raises(ValueError, match=words):
        TreeSearch(guess, 2)(Positions(connect_four(), 2))


def test_bad_options():
    for options in ({"visits": 0}, {"c": -1}, {"noise": 2}, {"alpha": 0}):
        with pytest.raises(ValueError, match=f"{next(iter(options))} must be"):
            TreeSearch(PlayoutGuess(), **options)
    with pytest.raises(ValueError, match="noise needs a generator"):
        TreeSearch(PlayoutGuess(), noise=0.2)(Positions(connect_four()))
