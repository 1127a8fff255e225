"""Points in the plane, made by a formula: problems whose answer you can see.

    N points    C classes    x (N, 2) float32    y (N,) int64, 0..C-1
    e ~ N(0, noise^2), drawn anew for each coordinate: `noise` is a standard deviation in the
    units of the plane, and 0 puts every point exactly where the formula says

The classes take turns, y = 0, 1, ..., C-1, 0, 1, ..., and everything else is drawn at random, so
any slice of the points is a fair sample: nothing needs to be shuffled before it is split. All
three functions raise `ValueError` for a negative noise, for fewer than two classes, or for fewer
points than classes, and `TypeError` for a number of points or classes that is not an integer.
"""

import numpy as np


def spirals(n=300, classes=3, noise=0.04, seed=0):
    """C arms that wind around the origin: no straight line helps, a hidden layer does.

    t ~ U(0, 1),  a = 2 pi c / C + 4 t,  x = t (cos a, sin a) + e.

    The picture is that of the CS231n notes ("Putting it together: minimal neural network case
    study"), where the noise is on the angle a. Returns x (N, 2) float32, y (N,) int64.
    """
    rng, y = _start(n, classes, noise, seed)
    t = rng.uniform(0, 1, n)  # (N,)
    a = 2 * np.pi * y / classes + 4 * t
    return _finish(t * np.cos(a), t * np.sin(a), noise, rng), y


def blobs(n=300, classes=3, noise=0.5, seed=0):
    """C round clouds on a circle of radius 2: straight lines separate them, if noise is small.

    a = 2 pi c / C,  x = 2 (cos a, sin a) + e.

    Returns x (N, 2) float32, y (N,) int64.
    """
    rng, y = _start(n, classes, noise, seed)
    a = 2 * np.pi * y / classes  # (N,)
    return _finish(2 * np.cos(a), 2 * np.sin(a), noise, rng), y


def xor(n=300, noise=0.0, seed=0):
    """Four squares around the origin; opposite ones belong together. No straight line does it.

    u, v ~ U(0, 1),  p, q = +-1,  x = (p u, q v) + e,  c = 0 if p = q else 1.

    The problem with which Minsky and Papert, "Perceptrons", 1969, showed the limits of a single
    neuron. Returns x (N, 2) float32, y (N,) int64.
    """
    rng, y = _start(n, 2, noise, seed)
    p = rng.choice([-1, 1], n)  # (N,)
    q = np.where(y == 0, p, -p)
    u, v = rng.uniform(0, 1, (2, n))
    return _finish(p * u, q * v, noise, rng), y


def _start(n, classes, noise, seed):
    """Check what all four functions take; return a random generator and y."""
    for name, value in (("n", n), ("classes", classes)):
        if not isinstance(value, int | np.integer):
            raise TypeError(f"{name} must be an integer, got {value!r}")
    if classes < 2:
        raise ValueError(f"classes={classes}, but there is nothing to tell apart below 2")
    if n < classes:
        raise ValueError(f"n={n} points cannot fill {classes} classes: n must be >= {classes}")
    if not 0 <= noise < np.inf:
        raise ValueError(f"noise={noise}, but a standard deviation is finite and not negative")
    return np.random.default_rng(seed), np.arange(n, dtype=np.int64) % classes


def _finish(across, up, noise, rng):
    """Stack the coordinates, each (N,), and add e."""
    x = np.stack([across, up], axis=1)  # (N, 2)
    return (x + noise * rng.standard_normal(x.shape)).astype(np.float32)
