"""N environments that step at once: one look at the network for all of them.

Gymnasium begins a new episode by itself, one step late: the step after an end does not heed its
action, has no reward, and shows where the new episode begins. Such a step is not `real`, and
nobody should learn from it.
"""

from typing import NamedTuple

import numpy as np

from minidl.base import checks
from minidl_course.environments.spaces import observed, spaces


class Rollout(NamedTuple):
    """T steps in N environments."""

    observations: np.ndarray  # (T + 1, N, D) float32
    actions: np.ndarray  # (T, N) int64
    rewards: np.ndarray  # (T, N) float64
    terminated: np.ndarray  # (T, N) bool: the task was over after this step
    truncated: np.ndarray  # (T, N) bool: time was up
    real: np.ndarray  # (T, N) bool: False where a step only began an episode


class Together:
    """Goes on where it was: `play` plays the next steps of all environments.

        envs = Together(gymnasium.make_vec("CartPole-v1", 16), seed=0)
        rollout = envs.play(act, 32)

    Args:
        envs: of gymnasium's `make_vec`; CartPole has a quick one, with
            vectorization_mode="vector_entry_point".
        seed: of what is random in them.

    Raises `ValueError` as `spaces`, or if they begin new episodes in another way.
    """

    def __init__(self, envs, seed=0):
        self.N, (self.D, self.A) = getattr(envs, "num_envs", None), spaces(envs)
        mode = getattr(envs, "metadata", {}).get("autoreset_mode")
        if self.N is None or getattr(mode, "value", None) != "NextStep":
            raise ValueError(
                "Together takes what gymnasium.make_vec returns, which begins an episode with the "
                f"step after the last one (AutoresetMode.NEXT_STEP); got {envs!r} with {mode}"
            )
        self.envs, self.shows = envs, envs.single_observation_space
        self.restart(seed)

    def restart(self, seed):
        """Begin everywhere anew."""
        o, _ = self.envs.reset(seed=seed)
        self.seen = self._rows(o)  # (N, D)
        self.ended = np.zeros(self.N, bool)

    def play(self, act, steps):
        """Play `steps` steps and return them as a `Rollout`.

        Args:
            act: a function, observations (N, D) -> actions (N,).
            steps: T.

        Raises `ValueError` for an action that there is not, an observation that should not be, a
        reward that is no finite number.
        """
        T = checks.positive_integer("steps", steps)
        rollout = Rollout(
            np.empty((T + 1, self.N, self.D), np.float32),
            np.empty((T, self.N), np.int64),
            np.empty((T, self.N)),
            *np.empty((3, T, self.N), bool),
        )
        rollout.observations[0] = self.seen
        for t in range(T):
            actions = rollout.actions[t] = self._checked(act(self.seen))
            rollout.real[t] = ~self.ended
            o, rewards, terminated, truncated, _ = self.envs.step(actions)
            if not np.isfinite(rewards).all():
                raise ValueError(f"rewards must be finite numbers; got {rewards}")
            self.ended = terminated | truncated
            self.seen = rollout.observations[t + 1] = self._rows(o)
            rollout.rewards[t] = rewards
            rollout.terminated[t], rollout.truncated[t] = terminated, truncated
        return rollout

    def returns(self, act, seed=0, most=100_000):
        """Return the sum of rewards (N,) of one episode each, from a new start with this seed.

        What has not ended after `most` steps counts as far as it came. All begin anew afterwards.
        """
        self.restart(seed)
        total, running = np.zeros(self.N), np.ones(self.N, bool)
        for _ in range(checks.positive_integer("most", most)):
            step = self.play(act, 1)
            total += np.where(running, step.rewards[0], 0.0)
            running &= ~self.ended
            if not running.any():
                break
        self.restart(seed)
        return total

    def _rows(self, shown):
        return observed(self.shows, shown, (self.N,))

    def _checked(self, actions):
        found = np.asarray(actions)
        ok = found.shape == (self.N,) and found.dtype.kind in "iu"
        if not ok or (found < 0).any() or (found >= self.A).any():
            raise ValueError(
                f"{self.N} environments take {self.N} actions, integers from 0 to {self.A - 1}; "
                f"got {found.dtype} of shape {found.shape}: {found}"
            )
        return found
