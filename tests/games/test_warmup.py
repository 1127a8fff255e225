"""Nobody waits for the compiler in a chapter: the warm-up has called all that is called there."""

import subprocess
import sys

PROGRAM = """
import sys
import numpy as np
from minidl_course import games
from minidl_course.games import warmup

def signatures():
    modules = [m for name, m in sys.modules.items() if name.startswith("minidl_course.games")]
    functions = {f for m in modules for f in vars(m).values() if hasattr(f, "signatures")}
    return {(f.py_func.__module__, f.__name__, s) for f in functions for s in f.signatures}

warmup.main()
before = signatures()

def guess(positions):
    return np.zeros(positions.legal.shape, np.float32), np.zeros((len(positions), 1), np.float32)

for board in games.tic_tac_toe(), games.connect_four(5, 6, 3):
    games.match(games.TreePlayer(visits=3), games.Minimax(3), board, 2)
    games.match(games.TreePlayer(guess, 3, noise=0.2), games.Policy(guess), board, 2)
    positions = games.Positions(board, 4)[[0, 2]].play([1, 2])
    positions.play([0], np.array([1])).restarted(np.array([True, False]))
print(len(before), signatures() - before)
"""


def test_after_the_warm_up_there_is_nothing_to_compile():
    run = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    count, missed = run.stdout.splitlines()[-1].split(" ", 1)
    assert int(count) >= 7 and missed == "set()"
