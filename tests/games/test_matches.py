"""Players and matches: who wins, how sure, and the same again with the same seed."""

import numpy as np
import pytest
from games_in_python import random_boards

from minidl_course.games import (
    Minimax,
    Policy,
    Positions,
    Result,
    TreePlayer,
    connect_four,
    match,
    random_player,
    solve,
    tic_tac_toe,
    wilson,
)


@pytest.mark.parametrize(
    ("p", "n", "low", "high"),
    [  # Newcombe (1998), "Two-sided confidence intervals for the single proportion", table I
        (81 / 263, 263, 0.2553, 0.3662),
        (15 / 148, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1 / 29, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_as_published(p, n, low, high):
    assert wilson(p, n) == pytest.approx((low, high), abs=6e-5)


def test_wilson_refuses_what_is_no_share():
    for p, n in ((1.2, 10), (-0.1, 10), (0.5, 0), (float("nan"), 4)):
        with pytest.raises(ValueError, match="must be"):
            wilson(p, n)


def test_a_result_counts_draws_half():
    result = Result(wins=6, draws=2, losses=2)
    assert result.games == 10 and result.share == 0.7
    assert result.interval == wilson(0.7, 10)
    assert str(result) == "6 won, 2 drawn, 2 lost: 70% (40% to 89%)"


@pytest.mark.parametrize(
    "player",
    [random_player, Minimax(2), TreePlayer(visits=20)],
    ids=["random", "minimax", "tree"],
)
def test_players_play_legal_moves_and_the_same_ones_again(player):
    positions = Positions(random_boards(connect_four(), 40, seed=7))
    moves = player(positions, np.random.default_rng(0))
    assert positions.legal[np.arange(40), moves].all()
    np.testing.assert_array_equal(moves, player(positions, np.random.default_rng(0)))
    assert (moves != player(positions, np.random.default_rng(1))).any()


def test_minimax_takes_a_win_and_stops_one():
    win = connect_four().play(0, 1, 0, 1, 0, 1)
    stop = connect_four().play(0, 6, 0, 5, 0)
    rng = np.random.default_rng(0)
    assert Minimax(1)(Positions([win] * 20), rng).tolist() == [0] * 20
    assert Minimax(2)(Positions([stop] * 20), rng).tolist() == [0] * 20
    assert len(set(Minimax(1)(Positions([stop] * 50), rng).tolist())) == 7


def test_a_policy_never_plays_into_a_full_column():
    def loves(positions):
        return np.tile(np.arange(7.0), (len(positions), 1)), np.zeros(len(positions))

    full = connect_four().play(*[6] * 6)
    rng = np.random.default_rng(0)
    assert Policy(loves)(Positions([connect_four(), full]), rng).tolist() == [6, 5]


def test_a_match_counts_what_happened():
    """A player that sees everything against one that sees nothing, played again by hand."""
    seen = []

    def watching(positions, rng):
        moves = Minimax(9)(positions, rng)
        seen.extend(positions.board(n).play(int(moves[n])) for n in range(len(positions)))
        return moves

    result = match(watching, random_player, tic_tac_toe(), games=40, opening=1)
    wins = sum(board.winner != 0 for board in seen)
    assert result.wins == wins > 20 and result.losses == 0 and result.games == 40


def test_turning_the_players_around_turns_the_result_around():
    def first(positions, rng):
        return positions.legal.argmax(axis=1)

    def last(positions, rng):
        return positions.legal.shape[1] - 1 - positions.legal[:, ::-1].argmax(axis=1)

    there = match(first, last, connect_four(), games=100, seed=1)
    back = match(last, first, connect_four(), games=100, seed=1)
    assert (there.wins, there.draws, there.losses) == (back.losses, back.draws, back.wins)
    assert there.wins != there.losses


def test_perfect_players_draw_at_tic_tac_toe():
    values = solve(tic_tac_toe())

    def perfect(positions, rng):
        boards = [positions.board(n) for n in range(len(positions))]
        return np.array([min(b.moves, key=lambda a, b=b: values[b.play(a)]) for b in boards])

    assert match(perfect, Minimax(9), tic_tac_toe(), games=20, opening=0) == Result(0, 20, 0)


def test_depth_and_visits_make_stronger():
    board = connect_four()
    assert match(Minimax(4), Minimax(2), board, 200).interval[0] > 0.6
    assert match(TreePlayer(visits=40), random_player, board, 100).share > 0.9
    assert match(TreePlayer(visits=200), TreePlayer(visits=20), board, 60).interval[0] > 0.55


def test_two_matches_are_the_same():
    def play(seed):
        return match(TreePlayer(visits=10), Minimax(2), connect_four(), 40, seed)

    assert play(3) == play(3) and len({str(play(seed)) for seed in range(4)}) > 1


def test_matches_that_cannot_be():
    board = connect_four()
    over = board.play(0, 1, 0, 1, 0, 1, 0)
    for options in ({"games": 5}, {"opening": -1}, {"opening": 1.5}, {"board": over}):
        with pytest.raises(ValueError, match="even number of games"):
            match(random_player, random_player, **{"board": board} | options)
    with pytest.raises(ValueError, match="shorten the opening"):
        match(random_player, random_player, board, 200, opening=9)


def test_players_that_do_not_play_by_the_rules():
    with pytest.raises(ValueError, match="one integer for each of"):
        match(lambda p, rng: 3, random_player, connect_four(), 2)
    with pytest.raises(ValueError, match="move 3 in game"):
        match(lambda p, rng: np.full(len(p), 3), random_player, connect_four(), 2)
