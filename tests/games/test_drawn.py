"""Boards that are drawn, and a game that is clicked, without a browser."""

import sys

import matplotlib
import numpy as np
import pytest

from minidl_course.games import connect_four, drawn, tic_tac_toe

matplotlib.use("Agg")
from matplotlib import pyplot

VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(autouse=True)
def close_figures():
    yield
    pyplot.close("all")


def first(board):
    """Play the first move that there is."""
    return board.moves[0], "mine"


def colours(figure, places):
    """What stands at places (x, y) of the Axes, from the left and from below: (R, G, B)."""
    figure.canvas.draw()
    pixels = np.asarray(figure.canvas.buffer_rgba())[..., :3]
    ax = figure.axes[0]
    found = []
    for place in places:
        x, y = ax.transData.transform(place).astype(int)
        found.append(tuple(int(part) for part in pixels[len(pixels) - 1 - y, x]))
    return found


def test_stones_lie_where_they_fell():
    red, yellow, white = (213, 94, 0), (240, 228, 66), (255, 255, 255)
    ax = drawn.draw_board(connect_four().play(0, 3, 0))
    aside = 0.3  # between the mark in the middle and the edge
    places = [(0.5 + aside, 0.5), (0.5 + aside, 1.5), (3.5 + aside, 0.5), (3.5 + aside, 1.5)]
    assert colours(ax.figure, places) == [red, red, yellow, white]
    ax = drawn.draw_board(tic_tac_toe().play(0, 5))
    places = [(0.5 + aside, 2.5), (2.5 + aside, 1.5), (0.5 + aside, 0.5)]
    assert colours(ax.figure, places) == [red, yellow, white]


def test_the_winning_line_has_an_outline():
    def outlined(board):
        stones = drawn.draw_board(board).collections[1]  # X's discs
        return int((np.array(stones.get_linewidths()) > 0).sum())

    assert outlined(connect_four().play(0, 1, 0, 1, 0, 1)) == 0
    assert outlined(connect_four().play(0, 1, 0, 1, 0, 1, 0)) == 4


def test_a_board_in_a_larger_picture_leaves_the_limits_alone():
    _, ax = pyplot.subplots()
    ax.set(xlim=(0, 10), ylim=(0, 5))
    assert drawn.draw_board(tic_tac_toe().play(0), ax, corner=(2, 1), cell=0.5) is ax
    assert ax.get_xlim() == (0, 10) and ax.get_ylim() == (0, 5)
    assert colours(ax.figure, [(2.25 + 0.15, 2.25)]) == [(213, 94, 0)]
    assert len(pyplot.get_fignums()) == 1


def test_a_click_is_answered():
    game = drawn.playing(connect_four(), first, "empty")
    before = game.picture.value
    game.buttons[3].click()
    assert game.board == connect_four().play(3, 0) and game.words == game.said.value == "mine"
    assert game.picture.value != before and "O . . X" in game.picture.value
    assert pyplot.get_fignums() == []


def test_a_full_column_takes_no_stone():
    game = drawn.playing(connect_four(), lambda board: (0, ""), "empty")
    for _ in range(3):
        game.click(0)
    full = game.board
    assert game.buttons[0].disabled and not game.buttons[1].disabled
    game.click(0)
    assert game.board is full and game.said.value == "Column 0 is full."


def test_a_finished_game_takes_no_stone_until_a_new_one_begins():
    game = drawn.playing(connect_four(), lambda board: (6, ""), "empty")
    for _ in range(3):
        game.click(0)
    game.click(1)
    assert game.board.winner == -1 and game.words == "It has won."
    assert all(button.disabled for button in game.buttons)
    over = game.board
    game.click(2)
    assert game.board is over and "over" in game.said.value
    me, it = game.box.children[-1].children
    me.click()
    assert game.board == connect_four() and not game.buttons[0].disabled
    for _ in range(4):
        game.click(1)
    assert game.board.winner == 1 and game.words == "You have won!"
    it.click()
    assert game.board == connect_four().play(6) and game.side == -1


def test_who_begins_decides_who_has_won():
    game = drawn.playing(connect_four(), lambda board: (6, ""), "empty", begin=False)
    assert np.count_nonzero(game.board.cells) == 1
    for _ in range(3):
        game.click(0)
    assert game.board.winner == 1 and game.words == "It has won."


def test_a_draw():
    game = drawn.playing(tic_tac_toe(2, 2, 2).play(0), first, "one stone")
    game.click(1)
    assert game.board.winner == 1 and game.words == "It has won."
    game = drawn.playing(connect_four(2, 2, 2).play(0), first, "one stone")
    assert game.side == -1
    game = drawn.playing(connect_four(1, 2, 2), first, "empty")
    game.click(0)
    assert game.words == "A draw." and game.board.over


def test_an_answer_that_fails_is_shown():
    def answer(board):
        raise RuntimeError("no <idea>")

    game = drawn.playing(connect_four(), answer, "empty")
    game.click(0)
    assert "no &lt;idea&gt;" in game.said.value
    assert pyplot.get_fignums() == []


def test_the_output_is_the_widget_and_the_still_picture():
    game = drawn.playing(connect_four(), first, "an empty board")
    data, metadata = game._repr_mimebundle_()
    assert set(data) == {VIEW, "image/png", "text/plain"}
    assert data[VIEW]["model_id"] == game.box.model_id
    assert data["text/plain"] == metadata["image/png"]["alt"] == "an empty board"


def test_without_ipywidgets_the_still_picture_stands_there(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    game = drawn.playing(connect_four(), first, "an empty board")
    assert game.box is None and set(game._repr_mimebundle_()[0]) == {"image/png", "text/plain"}
    assert "pip install ipywidgets" in capsys.readouterr().out
    game.click(3)
    assert game.board == connect_four().play(3, 0)


def test_mistakes_get_an_answer():
    with pytest.raises(TypeError, match="answer must be a function"):
        drawn.playing(connect_four(), None, "empty")
    with pytest.raises(ValueError, match="alt is empty"):
        drawn.playing(connect_four(), first, " ")
    with pytest.raises(ValueError, match="this game is over"):
        drawn.playing(connect_four().play(0, 1, 0, 1, 0, 1, 0), first, "over")
