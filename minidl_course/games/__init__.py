"""Board games and how to play them: positions, minimax, Monte Carlo tree search, matches.

boards      one position, as an array to look at: `tic_tac_toe()`, `connect_four()`
positions   many at once, for what is compiled
minimax     the exact value, and alpha-beta to a depth
tree        Monte Carlo tree search with PUCT, guided by a network or by random play
players     functions that choose moves, with any of these
matches     who plays better, with an interval
drawn       a picture of a board, and a game to be clicked
"""

from minidl_course.games.boards import Board, connect_four, tic_tac_toe
from minidl_course.games.matches import Result, match, wilson
from minidl_course.games.minimax import alpha_beta, solve
from minidl_course.games.players import Minimax, Policy, TreePlayer, random_player
from minidl_course.games.positions import Positions
from minidl_course.games.tree import NetworkGuess, PlayoutGuess, Searched, TreeSearch

__all__ = [
    "Board",
    "Minimax",
    "NetworkGuess",
    "PlayoutGuess",
    "Policy",
    "Positions",
    "Result",
    "Searched",
    "TreePlayer",
    "TreeSearch",
    "alpha_beta",
    "connect_four",
    "match",
    "random_player",
    "solve",
    "tic_tac_toe",
    "wilson",
]
