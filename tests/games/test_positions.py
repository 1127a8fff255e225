"""Many positions at once agree with boards, one by one."""

import numpy as np
import pytest
from games_in_python import BOARDS, random_boards

from minidl_course.games import Positions, connect_four, tic_tac_toe


@pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
def test_they_agree_with_boards(board):
    boards = random_boards(board, 60, over=True)
    positions = Positions(boards)
    for n, one in enumerate(boards):
        assert positions.board(n) == one
        assert positions.over[n] == one.over and positions.lost[n] == (one.winner != 0)
        assert positions.legal[n].tolist() == one.legal.tolist()
        assert positions.to_move[n] == one.to_move
        assert positions.stones[n] == np.count_nonzero(one.cells)
        own = positions.planes[n] @ np.float32([1, -1])
        np.testing.assert_array_equal(own, one.cells * one.to_move)


@pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
def test_moves_agree_with_boards(board):
    boards = random_boards(board, 60, seed=1)
    rng = np.random.default_rng(2)
    moves = np.array([rng.choice(one.moves) for one in boards])
    positions = Positions(boards)
    after = positions.play(moves)
    expected = [one.play(int(move)) for one, move in zip(boards, moves)]
    assert [after.board(n) for n in range(60)] == expected
    assert [positions.board(n) for n in range(60)] == boards  # unchanged
    some = positions.play(moves[[5, 3]], [5, 3])
    now = [expected[n] if n in (3, 5) else one for n, one in enumerate(boards)]
    assert [some.board(n) for n in range(60)] == now
    fresh = after.restarted(after.over)
    assert [fresh.board(n) for n in range(60)] == [board if e.over else e for e in expected]


def test_some_of_them():
    boards = random_boards(connect_four(), 5)
    positions = Positions(boards)
    assert positions[2].board(0) == boards[2] and len(positions[2]) == 1
    assert positions[np.array([4, 0])].board(1) == boards[0]
    assert len(positions[np.array([True, False, True, False, False])]) == 2
    assert len(Positions(connect_four(), 3)) == 3


@pytest.mark.parametrize(
    ("moves", "words"),
    [
        ([3, 7], r"move 7 in game 1, which allows \[0, 1, 2, 4, 5, 6\]"),
        ([0, 3], "move 3 in game 1, which allows"),
        ([0, -1], "move -1 in game 1"),
        ([0], "2 games need 2 moves"),
        ([0.0, 1.0], "integers; got float64"),
    ],
)
def test_wrong_moves(moves, words):
    positions = Positions([connect_four(), connect_four().play(*[3] * 6)])
    with pytest.raises(ValueError, match=words):
        positions.play(np.array(moves))


def test_no_move_in_a_finished_game():
    positions = Positions(connect_four().play(0, 1, 0, 1, 0, 1, 0))
    assert positions.over[0] and positions.lost[0] and not positions.legal.any()
    with pytest.raises(ValueError, match="which is over"):
        positions.play(np.array([2]))


def test_what_positions_cannot_be_made_of():
    with pytest.raises(ValueError, match="of one game"):
        Positions([connect_four(), tic_tac_toe()])
    with pytest.raises(ValueError, match="at least one"):
        Positions([])
    with pytest.raises(ValueError, match=r"8 x 7 needs|needs \(8 \+ 1\) x 7 bits"):
        Positions(connect_four(8, 7))
    with pytest.raises(ValueError, match="N must be"):
        Positions(connect_four(), 0)
