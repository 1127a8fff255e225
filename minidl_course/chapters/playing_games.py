"""Pictures and trials of the chapter on self-play; search and training stand on the page."""

import math

import matplotlib.pyplot as plt
import numpy as np

from minidl import plots, utils
from minidl_course.chapters.common import measured
from minidl_course.games import (
    Minimax,
    NetworkGuess,
    PlayoutGuess,
    Policy,
    Positions,
    TreePlayer,
    TreeSearch,
    connect_four,
    match,
    random_player,
    tic_tac_toe,
)
from minidl_course.games.drawn import draw_board

COLOURS = plots.COLOURS
SEED = 5  # of the random games in the film
SAID = (
    "at each position, the largest sum of PUCT",
    "one new position",
    "a random game from there",
    "count v, with its sign turned at each step",
)
STEPS = "1. selection", "2. expansion", "3. evaluation", "4. backup"
STEP_COLOURS = [COLOURS[name] for name in ("weight", "weight", "output", "memory")]


def _phases(start, visits, c=1.5):
    # The four steps of each visit: (visit, step, way, scores, {moves: (N, W)}, value).
    guess, P, known, frames = PlayoutGuess(seed=SEED), {}, {(): (0, 0.0)}, []

    def add(key):
        board = start.play(*key)
        P[key] = 0 if board.over else 1 / len(board.moves)
        return board.winner * board.to_move if board.over else guess(Positions(board))[1][0]

    add(())
    for k in range(1, visits + 1):
        key, way, scores = (), [()], {}
        while P.get(key):
            moves = start.play(*key).moves
            seen = {a: known.get((*key, a), (0, 0.0)) for a in moves}
            more = c * P[key] * math.sqrt(1 + sum(N for N, _ in seen.values()))
            score = {a: W / max(N, 1) + more / (1 + N) for a, (N, W) in seen.items()}
            scores |= {(*key, a): s for a, s in score.items()}
            key = (*key, max(moves, key=score.get))
            way.append(key)
        frames.append((k, 0, way, scores, dict(known), None))
        known.setdefault(key, (0, 0.0))
        frames.append((k, 1, way, {}, dict(known), None))
        v = add(key)
        frames.append((k, 2, way, {}, dict(known), v))
        for key in reversed(way[1:]):
            v = -v
            known[key] = known[key][0] + 1, known[key][1] + v
        frames.append((k, 3, way, {}, dict(known), None))
    return frames


def _places_of(board, key=(), depth=0, left=None):
    # {moves: (x, y)} of the whole tree below a board, leaves side by side.
    left = [0] if left is None else left
    below = {}
    for a in board.moves:
        below |= _places_of(board.play(a), (*key, a), depth + 1, left)
    sons = [below[(*key, a)][0] for a in board.moves]
    left[0] += not sons
    at = sum(sons) / len(sons) if sons else 0.62 + 1.16 * (left[0] - 1)
    return below | {key: (at, 2.95 - 0.92 * depth)}


def _draw_tree(frame, ax, start, spots):
    visit, step, way, scores, known, v = frame
    d = plots.Diagram(7.1, 3.75, ax=ax)
    for n, name in enumerate(STEPS):
        d.text(1.75 + 1.35 * n, 3.6, name, colour="black" if n == step else "0.75", size=10)
    d.text(0.5, 3.6, f"visit {visit}", size=10)
    over = step == 2 and start.play(*way[-1]).over
    said = "the game is over: no guess" if over else SAID[step]
    d.text(0.13, 3.28, said, size=9, align="left", colour="0.4")
    for key, (x, y) in spots.items():
        if key:
            x0, y0 = spots[key[:-1]]
            on_way = key in way and not (step == 0 and key not in known and key != way[-1])
            arrow = {"color": STEP_COLOURS[step] if on_way else "0.85", "lw": 2.5 if on_way else 1}
            d.ax.plot([x0, x], [y0 - 0.24, y + 0.24], zorder=0, **arrow)
        if key in known:
            draw_board(start.play(*key), d.ax, corner=(x - 0.24, y - 0.24), cell=0.16)
        else:
            d.ax.plot(x, y, "o", color="0.85", ms=5)
        if key in scores:
            d.text(x + 0.28, y + 0.06, f"{scores[key]:+.2f}", size=8, align="left", colour="weight")
        elif known.get(key, (0,))[0]:
            N, W = known[key]
            d.text(x + 0.28, y + 0.08, f"N {N}", size=8, align="left")
            d.text(x + 0.28, y - 0.08, f"Q {W / N:+.1f}", size=8, align="left")
    if v is not None:
        x, y = spots[way[-1]]
        d.text(x + 0.28, y, f"v = {v:+.0f}", size=9, align="left", colour="output")


def tree_grows():
    """A film of five visits of a tree search in tic-tac-toe, four steps each."""
    start = tic_tac_toe().play(0, 2, 5, 6, 7, 8)
    spots, story = _places_of(start), _phases(start, 5)
    evaluated = [(way[-1], v) for _, step, way, _, _, v in story if step == 2]
    assert [way for way, _ in evaluated] == [(1,), (3,), (3, 1), (3, 4), (4,)]
    assert [v for _, v in evaluated] == [1, -1, 1, -1, -1] and start.play(3, 4).winner == -1
    return plots.movie(
        lambda frame, ax: _draw_tree(frame, ax, start, spots),
        story,
        "A tree of positions of tic-tac-toe grows over five visits, four steps each: the way down, "
        "a new position, its value, the way back. The second of X's three moves looks good at "
        "first. At visit 4 O's winning reply to it is found, and visit 5 takes the third move.",
        size=(6.4, 3.38),
        seconds=1.5,
    )


def solved_boards(value):
    """Two boards of tic-tac-toe with the value of each move; returns those of the second."""
    empty = tic_tac_toe()
    corner = empty.play(0)
    titled = (empty, "X moves: nothing is lost"), (corner, "O has one good reply")
    _, axes = plt.subplots(1, 2, figsize=(5.2, 2.5), layout="compressed")
    for ax, (board, title) in zip(axes, titled):
        draw_board(board, ax)
        ax.set_title(title, size=10)
        for move in board.moves:
            row, column = divmod(move, 3)
            worth = -value(board.play(move))
            told = f"{worth:+d}" if worth else "0"
            ax.text(column + 0.5, 2.5 - row, told, ha="center", va="center")
    plots.show(
        "Two boards of tic-tac-toe with the value of each move. Empty board: all nine are 0. After "
        "X in a corner, O's reply in the middle is 0 and the other seven are -1."
    )
    return [-value(corner.play(move)) for move in corner.moves]


def mistakes(value, solved):
    """Print how often plain tree search errs in tic-tac-toe; return the shares, and chance's."""

    def kept(board):
        return [board.legal[a] and -value(board.play(a)) == value(board) for a in range(9)]

    trials = [board for board in solved if not board.over]
    right = np.array([kept(board) for board in trials])
    wrong_moves = np.array([board.legal for board in trials]) & ~right
    chosen = np.random.default_rng(0).permutation(np.flatnonzero(wrong_moves.any(axis=1)))[:1000]
    trials, right = Positions([trials[n] for n in chosen]), right[chosen]
    rng, found = np.random.default_rng(0), {}
    by_chance = 1 - (right.sum(axis=1) / trials.legal.sum(axis=1)).mean()
    for visits in (3, 10, 30, 100, 300, 1000):
        moves = TreePlayer(visits=visits)(trials, rng)
        found[visits] = 1 - right[np.arange(len(right)), moves].mean()
        print(f"{visits:5} visits: {found[visits]:6.1%} mistakes")
    print(f"   at random: {by_chance:6.1%}")
    return found, by_chance


def search_knows_more(network, seeds=10):
    """A threat: what an untrained network guesses, and where its search goes.

    Returns what the search of seed 0 found, {visits: how many seeds block}, and the result of its
    40 visits against the network alone.
    """
    threat, visits = connect_four().play(0, 0, 1, 1, 2), (40, 200)
    guesses = []
    for seed in range(seeds):
        utils.set_random_seed(seed)
        guesses.append(NetworkGuess(network(connect_four())))
    searched = {n: [TreeSearch(guess, n)(Positions(threat)) for guess in guesses] for n in visits}
    found = searched[200][0]
    _, (left, right) = plt.subplots(
        1, 2, figsize=(7.2, 2.7), width_ratios=(1, 1.5), layout="constrained"
    )
    draw_board(threat, left)
    left.set_title("O must block column 3", size=10)
    for side, shares, name, colour in (
        (-0.2, found.prior[0], "the guess, P", "0.6"),
        (0.2, found.policy[0], "200 visits", COLOURS["weight"]),
    ):
        right.bar(np.arange(7) + side, shares, 0.38, color=colour, label=name)
    right.set(xlabel="column", ylabel="share", xticks=range(7), ylim=(0, 1))
    right.set_title("An untrained network, and a search that asks it", size=10)
    right.legend(fontsize=9)
    plots.show(
        "Left, a board: X has three stones in the lowest row, columns 0 to 2, and column 3 is "
        "free. Right: the network guesses about 0.1 to 0.2 for every column; nearly nine in ten of "
        "the visits go to 3."
    )
    blocks = {
        n: sum(s.policy[0, 3] > np.delete(s.policy[0], 3).max() for s in searched[n])
        for n in visits
    }
    for n, times in blocks.items():
        print(f"{n:3} visits: {times} of {seeds} networks block")
    first = guesses[0]
    alone = match(TreePlayer(first, visits=40), Policy(first), connect_four(), games=200)
    print(f"40 against the network alone: {alone}")
    return found, blocks, alone


def judged(net, depths=(2, 4)):
    """Results against minimax of these depths, 200 games each."""
    player = TreePlayer(NetworkGuess(net), visits=40)
    return [match(player, Minimax(depth), connect_four(), games=200) for depth in depths]


def in_words(results):
    """Shares of the points, with their intervals."""
    return "   ".join("{:4.0%} ({:.0%} to {:.0%})".format(r.share, *r.interval) for r in results)


def learned_in_words(before, learned, after):
    """Print three seeds before and after; return the shares (before or after, seeds, depths)."""
    print("points against minimax of   depth 2            depth 4")
    for seed, (games, losses) in enumerate(learned):
        print(f"seed {seed}, untrained      {in_words(before[seed])}")
        print(f"        after {games} games {in_words(after[seed])}")
        print(f"        loss of policy {losses[1]:.2f}, of value {losses[2]:.2f}")
    shares = np.array([[[r.share for r in results] for results in run] for run in (before, after)])
    mean = "mean: depth 2 {:.0%} -> {:.0%}, depth 4 {:.0%} -> {:.0%}"
    print(mean.format(*shares.mean(1).T.ravel()))
    return shares


def strength(guess):
    """The network of eight minutes against six opponents, and over the minutes.

    Returns {opponent: result}, and the points of the curve.
    """
    opponents = {"random": random_player, "one step": Minimax(1)}
    opponents |= {f"minimax, depth {depth}": Minimax(depth) for depth in (2, 4, 6)}
    opponents["plain search, 40 visits"] = TreePlayer(visits=40)
    points = {
        name: match(TreePlayer(guess, visits=40), opponent, connect_four(), games=200)
        for name, opponent in opponents.items()
    }
    curve = measured("connect_four")
    _, (left, right) = plt.subplots(
        1, 2, figsize=(7.2, 3.0), width_ratios=(1.15, 1), layout="compressed"
    )
    for n, result in enumerate(points.values()):
        left.plot(result.interval, [n, n], color="0.3", lw=3, solid_capstyle="butt")
        left.plot(result.share, n, "o", color=COLOURS["output"], ms=6)
        at = {"xytext": (0, 7), "textcoords": "offset points", "ha": "center", "size": 8}
        left.annotate(f"{result.share:.0%}", (result.share, n), **at)
    left.axvline(0.5, color="0.7", lw=1, ls=":")
    left.set(yticks=range(len(points)), yticklabels=list(points), xlim=(0.4, 1.07))
    left.set(ylim=(5.6, -0.7), xlabel="share of the points, 200 games")
    left.set_title("After eight minutes of self-play")
    minutes = [point["minutes"] for point in curve]
    lines = {"depth 2": "--", "depth 4": "-", "plain search, 40": ":"}
    for (name, style), colour in zip(lines.items(), ("0.55", COLOURS["output"], "0.2")):
        p, low, high = zip(*[point["shares"][name] for point in curve])
        label = name.replace("depth", "minimax, depth")
        right.plot(range(len(minutes)), p, style, color=colour, marker="o", ms=4, label=label)
        if name == "depth 4":
            right.fill_between(range(len(minutes)), low, high, color=colour, alpha=0.2, lw=0)
    right.set(xticks=range(len(minutes)), xticklabels=[f"{m:g}" for m in minutes], ylim=(0.2, 1))
    right.set(xlabel="minutes of self-play", title="Most of it comes early")
    right.legend(loc="lower right", fontsize=8)
    plots.show(
        "Left: six opponents, the network's share of the points with its interval, from nearly "
        "100 % against random play and one step down to two thirds against minimax of depth 6. "
        "Right: three curves over 0 to 8 minutes, steep in the first half minute; after two they "
        "change by less than ten points."
    )
    for name, result in points.items():
        print(f"{name:24} {result}")
    alone, low, high = curve[-1]["shares"]["alone, depth 2"]
    print(f"without search, depth 2: {alone:.0%} ({low:.0%} to {high:.0%})")
    return points, curve


def try_the_board(game, playing):
    """Click through a board as a reader would; nothing where there is nothing to click."""
    if game.box is None:
        return
    game.buttons[3].click()
    assert game.board.cells[5, 3] == 1 and np.count_nonzero(game.board.cells) == 2
    assert game.said.value == game.words and "I expect" in game.words
    stubborn = playing(connect_four(), lambda board: (0, "..."), "a game to test")
    for _ in range(3):  # both fill column 0
        stubborn.click(0)
    full = stubborn.board
    assert stubborn.buttons[0].disabled
    stubborn.click(0)
    assert stubborn.board is full and stubborn.words == "Column 0 is full."
    stubborn.restart()
    for _ in range(4):  # four in column 6
        stubborn.click(6)
    assert stubborn.board.winner == 1 and stubborn.words == "You have won!"
    stubborn.click(5)
    assert stubborn.board.winner == 1 and "over" in stubborn.words
    game.restart()  # yours
    assert game.board == connect_four() and game.words == "Your move."


def without_turning(before, arms):
    """Print means of the seeds, untrained and {arm: (learned, after)}.

    Returns {arm: losses of the value (seeds,)} and {arm: shares (seeds, depths)}.
    """
    print("mean of 3 seeds   loss of value   points: depth 2  depth 4")
    losses, shares = {}, {}
    for name, (learned, results) in {"untrained": ([], before), **arms}.items():
        shares[name] = np.array([[result.share for result in run] for run in results])
        losses[name] = np.array([last[2] for _, last in learned] or [np.nan])
        two, four = shares[name].mean(axis=0)
        print(f"{name:17} {losses[name].mean():10.3f} {two:16.0%} {four:8.0%}")
    return losses, shares


def said(players):
    """Print what each says of 300 positions; return the last one's mean and spread."""
    somewhere, rng = Positions(connect_four(), 300), np.random.default_rng(0)
    for _ in range(6):  # random moves: too few for a game to end
        somewhere = somewhere.play(random_player(somewhere, rng))
    for name, who in players.items():
        v = NetworkGuess(who)(somewhere)[1]
        print(f"v of 300 positions, {name:10}: mean {v.mean():+.2f}, std {v.std():.2f}")
    return v.mean(), v.std()
