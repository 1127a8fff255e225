"""One episode in one environment."""

from dataclasses import dataclass

import numpy as np

from minidl.base import checks
from minidl_course.environments.spaces import checked_action, observed, spaces


@dataclass(frozen=True)
class Episode:
    """What happened: T steps, and what was seen after the last."""

    observations: np.ndarray  # (T + 1, D) float32
    actions: np.ndarray  # (T,) int64
    rewards: np.ndarray  # (T,) float64
    terminated: bool  # else time was up

    def __len__(self):
        return len(self.actions)


def episode(env, act, seed=None, most=100_000):
    """Play one episode and return it.

    Args:
        env: of gymnasium, `spaces(env)` as above.
        act: a function, observation (D,) -> action.
        seed: of what is random in the environment; None goes on where it was.
        most: steps, for an environment that would never end; it is truncated then.

    Raises `ValueError` for an action that the environment does not have, an observation that it
    should not show, a reward that is no finite number.
    """
    spaces(env)
    shows, takes = env.observation_space, env.action_space
    o, _ = env.reset(seed=seed)
    rows, actions, rewards = [observed(shows, o)], [], []
    for _ in range(checks.positive_integer("most", most)):
        actions.append(checked_action(takes, act(rows[-1])))
        o, reward, terminated, truncated, _ = env.step(actions[-1])
        rows.append(observed(shows, o))
        rewards.append(checks.finite_number("a reward", reward))
        if terminated or truncated:
            break
    return Episode(np.array(rows), np.array(actions), np.array(rewards), bool(terminated))


def returns(env, act, episodes=100, seed=0):
    """Return the sum of rewards of each of so many episodes; their seeds are seed, seed + 1, ..."""
    count = checks.positive_integer("episodes", episodes)
    return np.array([episode(env, act, seed + i).rewards.sum() for i in range(count)])
