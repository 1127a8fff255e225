"""A picture of a board, and a game against a program, to be clicked.

X's stones are red and bear a cross, O's are yellow and bear a ring.
"""

import html
import traceback

from minidl.plots.common import BLACK, BLUE, VERMILLION, YELLOW, load_pyplot, tint
from minidl.plots.showing import as_html, as_png, described, small, widget_bundle

COLOUR = {1: VERMILLION, -1: YELLOW}
PIXELS = 52  # of a cell where a game is played, and of the button above it


def draw_board(board, ax=None, corner=None, cell=1.0, frame="0.6"):
    """Draw a board, of Connect Four with its columns' numbers. Returns the Axes.

    Winning stones get a dark outline.

    Args:
        board: a `minidl_course.games.Board`.
        ax: where; a new figure, half an inch a cell, if None.
        corner: (x, y) of the lower left corner, for a board that is a part of a larger picture:
            then the limits of the Axes stay as they are.
        cell: how wide a cell is, in the units of the Axes.
        frame: colour of the outline.
    """
    from matplotlib import collections, patches

    H, W = board.cells.shape
    if ax is None:
        size = W / 2 + 0.05, H / 2 + (0.3 if board.drops else 0.05)
        ax = load_pyplot().figure(figsize=size).add_axes((0, 0, 1, 1))
    x, y = corner or (0.0, 0.0)
    if corner is None:
        foot = 0.55 if board.drops else 0.05  # room for the columns' numbers
        ax.set(xlim=(-0.05 * cell, (W + 0.05) * cell), ylim=(-foot * cell, (H + 0.05) * cell))
        ax.set_aspect("equal")
        ax.axis("off")
        for column in range(W if board.drops else 0):
            at = (column + 0.5) * cell, -0.3 * cell
            ax.text(*at, str(column), ha="center", va="center", color="0.3")
    fill = tint(BLUE, 0.25)
    square = patches.Rectangle((x, y), W * cell, H * cell, facecolor=fill, edgecolor=frame)
    ax.add_patch(square).set_linewidth(1.5 if cell < 0.5 and corner else 1)
    outline = 2.5 if corner is None else 1.0
    won = {int(n) for line in board.winning for n in line}
    for side in (0, 1, -1):
        cells = [divmod(n, W) for n in range(H * W) if board.cells.flat[n] == side]
        middles = [(x + (c + 0.5) * cell, y + (H - r - 0.5) * cell) for r, c in cells]
        dark = [r * W + c in won for r, c in cells]
        discs = [patches.Circle(middle, 0.42 * cell) for middle in middles]
        look = {"facecolor": COLOUR.get(side, "white"), "linewidth": [outline * d for d in dark]}
        ax.add_collection(collections.PatchCollection(discs, edgecolor=BLACK, **look))
        if side == 1:
            a = 0.17 * cell
            strokes = [
                [(u - a, v - s * a), (u + a, v + s * a)] for u, v in middles for s in (1, -1)
            ]
            ax.add_collection(collections.LineCollection(strokes, colors="white", linewidths=1.2))
        elif side == -1:
            rings = [patches.Circle(middle, 0.19 * cell) for middle in middles]
            look = {"facecolor": "none", "edgecolor": "0.25", "linewidth": 1.2}
            ax.add_collection(collections.PatchCollection(rings, **look))
    return ax


def playing(board, answer, alt, begin=True):
    """A game against `answer`, played by clicking; the last line of a cell.

    It needs a running kernel and `ipywidgets`. Without one of the two the first picture stands
    there, and it is all that a page without a kernel keeps.

    Args:
        board: to begin with, and to begin anew with.
        answer: answer(board) -> (move, words): what it plays, and what is said about that.
        alt: one or two sentences that say what is seen at first.
        begin: whether the reader has the first move; a button changes that.

    Raises:
        TypeError: answer is no function.
        ValueError: the game is over before it begins.
    """
    alt = described(alt)
    if not callable(answer):
        raise TypeError(f"answer must be a function board -> (move, words), not {answer!r}")
    if board.over:
        raise ValueError(f"this game is over, nothing is left to play:\n{board}")
    return Playing(board, answer, alt, begin)


class Playing:
    """A game as a notebook displays it.

    Attributes:
        board: as it stands now.
        words: what is said below it.
        png: the first picture, as bytes.
        box: the widget; None without ipywidgets.
        buttons: one a move.
    """

    def __init__(self, board, answer, alt, begin):
        self.start, self.answer, self.alt = board, answer, alt
        self.box = None
        self.buttons = []
        try:
            import ipywidgets as widgets
        except ModuleNotFoundError:
            widgets = None
        if widgets:
            self._make(widgets)
        self.restart(begin)
        self.png = small(_drawn(self.board))  # the page keeps it

    def _make(self, widgets):
        _, W, _, drops = self.start.rules
        wide = widgets.Layout(width=f"{PIXELS - 4}px", margin="2px", padding="0")
        for move in range(len(self.start.legal)):
            button = widgets.Button(description=str(move), layout=wide)
            button.tooltip = f"{'column' if drops else 'cell'} {move}"
            button.on_click(lambda _, move=move: self.click(move))
            self.buttons.append(button)
        rows = [widgets.HBox(self.buttons[i : i + W]) for i in range(0, len(self.buttons), W)]
        self.picture, self.said = widgets.HTML(), widgets.HTML()
        anew = []
        for text, begin in (("New game: I begin", True), ("New game: it begins", False)):
            anew.append(widgets.Button(description=text, layout=widgets.Layout(width="160px")))
            anew[-1].on_click(lambda _, begin=begin: self._guarded(lambda: self.restart(begin)))
        self.box = widgets.VBox([*rows, self.picture, self.said, widgets.HBox(anew)])

    def restart(self, begin=True):
        """Begin anew, with the reader's move or with the program's."""
        self.board, self.words = self.start, "Your move."
        self.side = self.board.to_move if begin else -self.board.to_move  # the reader's stones
        if not begin:
            self._reply()
        self._show()

    def click(self, move):
        """The reader plays `move`, and the program answers; what is not allowed is only said."""
        self._guarded(lambda: self._click(move))

    def _click(self, move):
        if self.board.over:
            self.words = "This game is over. Begin a new one."
        elif not self.board.legal[move]:
            self.words = f"{'Column' if self.board.drops else 'Cell'} {move} is full."
        else:
            self.board = self.board.play(move)
            if not self.board.over:
                self._reply()
            if self.board.over:
                winner = self.board.winner
                self.words = {0: "A draw.", self.side: "You have won!"}.get(winner, "It has won.")
        self._show()

    def _reply(self):
        move, self.words = self.answer(self.board)
        self.board = self.board.play(move)

    def _guarded(self, act):
        try:
            act()
        except Exception:  # shown where the reader looks: a widget has no other place for it
            if self.box is None:
                raise
            self.said.value = f"<pre>{html.escape(traceback.format_exc())}</pre>"

    def _show(self):
        if self.box is None:
            return
        for button, legal in zip(self.buttons, self.board.legal):
            button.disabled = not legal
        width = PIXELS * self.board.cells.shape[1]
        self.picture.value = as_html(_drawn(self.board), str(self.board), f"width: {width}px")
        self.said.value = html.escape(self.words)

    def _repr_mimebundle_(self, include=None, exclude=None):
        return widget_bundle(self.box, self.png, self.alt, "To play, you need")

    def __repr__(self):
        return f"<Playing: {self.words}>"


def _drawn(position):
    """The picture of a board, as bytes."""
    ax = draw_board(position)
    try:
        return as_png(ax.figure, bbox_inches=None)  # as wide as the buttons
    finally:
        load_pyplot().close(ax.figure)
