"""What an environment shows, what it lets one do, and whether a value is such a thing."""

import numpy as np

from minidl.base import checks


def spaces(env):
    """Return (D, A): numbers in an observation, and how many actions there are.

    Of several environments in one, those of each.

    Observations are rows of D numbers, or one of D states, which `observed` makes a row of.

    Raises:
        TypeError: it is no environment of Gymnasium's.
        ValueError: actions are not one of 0 to A - 1, or observations neither of the two.
    """
    for name in ("observation_space", "action_space", "reset", "step"):
        if not hasattr(env, name):
            raise TypeError(f"an environment of gymnasium has {name}; {env!r} has not")
    actions = getattr(env, "single_action_space", env.action_space)
    seen = getattr(env, "single_observation_space", env.observation_space)
    A, D = _count(actions), _count(seen)
    if A is None:
        raise ValueError(
            f"this agent chooses one of A actions, Discrete(A); the environment wants {actions}. "
            "For actions that are numbers, a network would have to return a distribution of them"
        )
    if D is None and len(getattr(seen, "shape", None) or ()) == 1 and seen.dtype.kind in "fiu":
        D = seen.shape[0]
    if D is None:
        raise ValueError(
            "observations must be a row of numbers, Box of shape (D,), or one of D states, "
            f"Discrete(D); this environment shows {seen}. gymnasium.wrappers.FlattenObservation "
            "makes a row of others"
        )
    return int(D), int(A)


def observed(space, shown, several=()):
    """Return what an environment shows as float32: a row of numbers (D,), or a 1 at the state.

    Args:
        space: of one observation.
        shown: the observation, or, with several=(N,), an array of N of them.
        several: () or (N,).

    Raises `ValueError` for something that is not of this space, or not finite.
    """
    D, shown = _count(space), np.asarray(shown)
    shape = (*several, *space.shape)
    if D is not None:
        ok = shown.shape == shape and shown.dtype.kind in "iu"
        if not ok or (shown < 0).any() or (shown >= D).any():
            raise ValueError(f"a state is an integer from 0 to {D - 1}; got {shown!r}")
        return np.eye(D, dtype=np.float32)[shown]
    if shown.shape != shape or shown.dtype.kind not in "fiu" or not np.isfinite(shown).all():
        raise ValueError(f"an observation is {shape} finite numbers; got {shown!r}")
    return shown.astype(np.float32)


def checked_action(space, action):
    """Return an action as an int; raise `ValueError` if the environment has no such action."""
    A = _count(space)
    if not (checks.is_integer(action) and 0 <= action < A):
        raise ValueError(f"an action is an integer from 0 to {A - 1}; got {action!r}")
    return int(action)


def _count(space):
    """Return n of Discrete(n), None for other spaces."""
    plain = getattr(space, "shape", None) == () and hasattr(space, "n") and space.start == 0
    return int(space.n) if plain else None
