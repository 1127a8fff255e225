"""Is a function an activation of one's own, or one that everybody knows with other constants?"""

import numpy as np

from minidl_course.grading.channel import Wrong

GRID = np.linspace(-3, 3, 121)


def invented(f):
    """Check that f, a function of arrays, bends, is not too steep, and is none that is known.

    Raises:
        Wrong: says what it is in place of that.
    """
    y, up, down = f(GRID), f(GRID + 0.01), f(GRID - 0.01)
    slope, bend = (up - down) / 0.02, (up - 2 * y + down) / 0.01**2
    if np.abs(slope).max() < 1e-6:
        raise Wrong("f is flat: its slope is 0 from -3 to 3, and nothing could be learnt.")
    if np.abs(slope).max() > 3.001:
        raise Wrong("the slope of f is steeper than 3 somewhere between -3 and 3.")
    if np.mean(np.abs(bend) > 1e-3 * np.abs(slope).max()) < 0.25:
        raise Wrong("f is made of straight pieces: it bends on less than a quarter of (-3, 3).")
    if name := _familiar(y):
        raise Wrong(f"your f is {name} with other constants. Invent another one.")


def _familiar(values):
    """The name of the known activation that these values on the GRID belong to, or "".

    It may be stretched and turned along both axes, and moved up or down.
    """
    from scipy.optimize import minimize_scalar

    for name, parts in _known().items():
        for sign in (-1, 1):

            def far(c, parts=parts, sign=sign):
                return _distance(values, sign * np.exp(c), parts)

            tried = np.linspace(-2.5, 2.5, 26)
            best = tried[np.argmin([far(c) for c in tried])]
            bounds = best - 0.2, best + 0.2
            found = minimize_scalar(far, bounds=bounds, method="bounded", options={"xatol": 1e-7})
            if found.fun < 1e-4:
                return name
    return ""


def _distance(wanted, stretch, parts):
    """How far it is from a mixture of the parts, stretched, and a constant: from 0 to 1."""
    columns = np.stack([part(stretch * GRID) for part in parts] + [np.ones_like(GRID)], axis=1)
    rest = wanted - columns @ np.linalg.lstsq(columns, wanted)[0]
    return np.sqrt(np.mean(rest**2) / np.mean(wanted**2))


def _known():
    from scipy.special import erf, expit

    return {
        "sigmoid or tanh": [expit],  # each is the other one, stretched
        "softplus": [lambda z: np.logaddexp(0, z)],
        "elu": [lambda z: np.maximum(z, 0), lambda z: np.expm1(np.minimum(z, 0))],  # selu, too
        "gelu": [lambda z: z * (1 + erf(z / np.sqrt(2)))],
        "the approximate gelu": [
            lambda z: z * (1 + np.tanh(0.7978845608 * (z + 0.044715 * z**3))),
        ],
        "silu": [lambda z: z * expit(z)],
    }
