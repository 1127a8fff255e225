"""Boards: rules by hand, and every way to play wrongly."""

import numpy as np
import pytest

from minidl_course.games import Board, connect_four, tic_tac_toe
from minidl_course.games.boards import lines


def test_a_stone_drops_to_the_lowest_empty_cell():
    board = connect_four().play(3, 3, 2)
    assert str(board).splitlines()[-3:] == [". . . O . . .", ". . X X . . .", "0 1 2 3 4 5 6"]
    assert board.to_move == -1 and board.moves == list(range(7)) and not board.over


def test_play_leaves_the_old_board_as_it_was():
    empty = tic_tac_toe()
    empty.play(4)
    assert not empty.cells.any()
    with pytest.raises(ValueError, match="read-only"):
        empty.cells[0, 0] = 1


@pytest.mark.parametrize(
    ("moves", "cells"),
    [
        ((0, 1, 0, 1, 0, 1, 0), {(row, 0) for row in range(2, 6)}),
        ((3, 3, 4, 4, 5, 5, 6), {(5, column) for column in range(3, 7)}),
        ((0, 1, 1, 2, 2, 3, 2, 3, 3, 6, 3), {(5, 0), (4, 1), (3, 2), (2, 3)}),
        ((6, 5, 5, 4, 4, 3, 4, 3, 3, 0, 3), {(5, 6), (4, 5), (3, 4), (2, 3)}),
    ],
    ids=["upright", "level", "rising", "falling"],
)
def test_four_in_each_direction(moves, cells):
    board = connect_four()
    for move in moves:
        assert board.winner == 0 and not board.over
        board = board.play(move)
    assert board.winner == 1 and board.over and board.moves == []
    assert {divmod(cell, 7) for cell in board.winning[0].tolist()} == cells


@pytest.mark.parametrize(("H", "W", "K"), [(6, 7, 4), (3, 3, 3), (3, 5, 3), (4, 2, 3)])
def test_no_line_goes_around_the_edge(H, W, K):
    found = lines(H, W, K)
    across, up = max(W - K + 1, 0), max(H - K + 1, 0)
    assert len(found) == H * across + W * up + 2 * across * up
    steps = np.diff(np.stack(np.divmod(found, W), axis=-1), axis=1)  # (L, K - 1, 2)
    assert (steps == steps[:, :1]).all() and abs(steps).max() == 1


def test_o_wins_too_and_a_full_board_is_a_draw():
    assert tic_tac_toe().play(0, 4, 1, 2, 8, 6).winner == -1
    draw = tic_tac_toe().play(0, 4, 8, 1, 7, 6, 2, 5, 3)
    assert draw.over and draw.winner == 0 and draw.moves == []


def test_other_sizes():
    board = connect_four(3, 5, 3).play(0, 1, 0, 1, 0)
    assert board.winner == 1 and board.cells.shape == (3, 5)
    assert tic_tac_toe(4, 4, 4).play(0, 1, 5, 2, 10, 3, 15).winner == 1


@pytest.mark.parametrize(
    ("board", "move", "error", "words"),
    [
        (connect_four().play(*[3] * 6), 3, ValueError, "column 3 is full; legal are 0, 1, 2, 4"),
        (connect_four(), 7, ValueError, "column 7 is off the board: columns are 0 to 6"),
        (connect_four(), -1, ValueError, "column -1 is off the board"),
        (connect_four(), 2.0, TypeError, "a move is a column, an integer; got 2.0"),
        (connect_four(), True, TypeError, "got True"),
        (connect_four().play(0, 1, 0, 1, 0, 1, 0), 2, ValueError, "over: X has won; no move"),
        (tic_tac_toe().play(4), 4, ValueError, "cell 4 is full; legal are 0, 1, 2, 3, 5"),
        (tic_tac_toe(), 9, ValueError, "cell 9 is off the board: cells are 0 to 8"),
        (tic_tac_toe().play(0, 4, 8, 1, 7, 6, 2, 5, 3), 0, ValueError, "it is a draw"),
    ],
)
def test_a_wrong_move_says_what_is_right(board, move, error, words):
    with pytest.raises(error, match=words):
        board.play(move)


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (np.zeros(7), "cells must be"),
        (np.zeros((0, 7)), "cells must be"),
        (np.full((6, 7), 2), "cells must be"),
        (np.full((6, 7), np.nan), "cells must be"),
        (np.ones((6, 7)), "as many stones as O, or one more: 42"),
    ],
)
def test_cells_that_are_no_position(cells, words):
    with pytest.raises(ValueError, match=words):
        Board(cells, 4, drops=True)


def test_a_stone_in_the_air():
    cells = np.zeros((6, 7))
    cells[0, 3] = 1
    with pytest.raises(ValueError, match="hangs in the air"):
        Board(cells, 4, drops=True)
    assert Board(cells, 4, drops=False).to_move == -1


def test_no_line_of_that_length():
    with pytest.raises(ValueError, match="no line of 8"):
        connect_four(6, 7, 8)
    with pytest.raises(ValueError, match="rows must be an integer"):
        connect_four(0)


def test_boards_are_keys():
    a, b = tic_tac_toe().play(0, 1, 2), tic_tac_toe().play(2, 1, 0)
    assert a == b and len({a, b}) == 1 and a != a.play(8)
    assert a != "X O X" and tic_tac_toe(3, 3, 2) != tic_tac_toe()
    assert repr(a) == "<Board 3 x 3, 3 in a row, 3 stones, O to move>"
