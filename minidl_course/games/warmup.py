"""Compile the searches for this machine; Numba keeps them on the disk.

`make` calls this after the warm-up of the kernels, so all is compiled then, and noted to be.

python -m minidl_course.games.warmup
"""

import numpy as np

from minidl.kernels.warmup import note_warm
from minidl_course.games import Minimax, Positions, TreePlayer, connect_four


def main():
    """Call every compiled function once."""
    rng = np.random.default_rng(0)
    positions = Positions(connect_four(), 2)
    positions = positions.play(Minimax(2)(positions, rng))
    TreePlayer(visits=2)(positions, rng)


if __name__ == "__main__":
    main()
    note_warm()
