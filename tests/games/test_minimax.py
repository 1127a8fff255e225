"""Exact values and alpha-beta, against plain minimax."""

import numpy as np
import pytest
from games_in_python import BOARDS, minimax, random_boards

from minidl_course.games import Board, Positions, alpha_beta, connect_four, solve, tic_tac_toe
from minidl_course.games.minimax import ILLEGAL


@pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_alpha_beta_is_minimax(board, depth):
    boards = random_boards(board, 12, seed=depth)
    scores = alpha_beta(Positions(boards), depth)
    for one, row in zip(boards, scores):
        for move, score in enumerate(row):
            if one.legal[move]:
                assert score == -minimax(one.play(move), depth - 1)
            else:
                assert score == ILLEGAL


def test_alpha_beta_of_more_depth_where_little_is_left():
    """Late in the game cuts matter most: wins, losses and draws stand beside each other."""
    late = [b for b in random_boards(connect_four(), 300) if np.count_nonzero(b.cells) > 24][:12]
    assert len(late) == 12
    scores = alpha_beta(Positions(late), 4)
    assert len(np.unique(scores)) > 4
    for one, row in zip(late, scores):
        assert [row[a] for a in one.moves] == [-minimax(one.play(a), 3) for a in one.moves]


@pytest.fixture(scope="module")
def values():
    return solve(tic_tac_toe())


def test_tic_tac_toe_is_solved(values):
    assert len(values) == 5478 and values[tic_tac_toe()] == 0
    assert sum(not board.over for board in values) == 4520
    assert {v for board, v in values.items() if board.over and board.winner} == {-1}
    # the second player who does not answer the corner in the middle is lost
    replies = {a: -values[tic_tac_toe().play(0, a)] for a in range(1, 9)}
    assert {a for a, v in replies.items() if v == 0} == {4}


def test_alpha_beta_to_the_end_is_exact(values):
    boards = [board for board in values if not board.over][::7]
    signs = np.sign(alpha_beta(Positions(boards), 9))
    for board, row in zip(boards, signs):
        assert row[board.legal].max() == values[board]


def test_a_sooner_win_is_better_and_a_later_loss():
    board = connect_four().play(0, 6, 0, 6, 0)  # X wins at 0 unless O plays there
    scores = alpha_beta(Positions(board), 2)[0]
    assert scores.tolist() == [0, *[-1] * 6]
    assert alpha_beta(Positions(board.play(6)), 3)[0, 0] == 3


def test_a_finished_game_has_no_moves():
    over = connect_four().play(0, 1, 0, 1, 0, 1, 0)
    assert (alpha_beta(Positions(over), 3) == ILLEGAL).all()
    assert solve(over) == {over: -1}


def test_small_connect_four_is_a_draw_like_the_books_say():
    """Tromp's table: 4 x 4 is a draw. 4 in a row, alpha-beta to the end from 6 stones on."""
    board = Board(np.zeros((4, 4), int), 4, drops=True).play(0, 1, 2, 3, 1, 2)
    scores = alpha_beta(Positions(board), 10)[0]
    assert scores.max() == 0


def test_depth_must_be_positive():
    with pytest.raises(ValueError, match="depth must be"):
        alpha_beta(Positions(connect_four()), 0)
