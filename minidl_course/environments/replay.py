"""The memory of an agent that learns from steps in any order."""

from typing import NamedTuple

import numpy as np

from minidl.base import checks


class Steps(NamedTuple):
    """A batch of n steps: seen, done, had, seen next; and whether the task was over then."""

    observations: np.ndarray  # (n, D) float32
    actions: np.ndarray  # (n,) int64
    rewards: np.ndarray  # (n,) float32
    following: np.ndarray  # (n, D) float32
    terminated: np.ndarray  # (n,) bool: not where time was up


class Replay:
    """The last `capacity` steps, and batches drawn from them.

    Args:
        capacity: how many are kept; the oldest give way.
        D: numbers in an observation.
        seed: of the drawing.
    """

    def __init__(self, capacity, D, seed=0):
        n = self.capacity = checks.positive_integer("capacity", capacity)
        D = checks.positive_integer("D", D)
        self.kept = Steps(
            np.zeros((n, D), np.float32),
            np.zeros(n, np.int64),
            np.zeros(n, np.float32),
            np.zeros((n, D), np.float32),
            np.zeros(n, bool),
        )
        self.added, self.rng = 0, np.random.default_rng(seed)

    def __len__(self):
        return min(self.added, self.capacity)

    def add(self, observation, action, reward, following, terminated):
        """Keep one step."""
        i = self.added % self.capacity
        for kept, part in zip(self.kept, (observation, action, reward, following, terminated)):
            if np.shape(part) != kept.shape[1:]:
                raise ValueError(
                    f"a step is two observations of {self.kept[0].shape[1:]} and single numbers; "
                    f"got {np.shape(part)} where {kept.shape[1:]} belongs"
                )
            kept[i] = part
        self.added += 1

    def extend(self, rollout):
        """Keep the real steps of a `Rollout`, in the order in which they were taken."""
        real = rollout.real
        parts = Steps(
            rollout.observations[:-1][real],
            rollout.actions[real],
            rollout.rewards[real],
            rollout.observations[1:][real],
            rollout.terminated[real],
        )
        if parts.observations.shape[1:] != self.kept.observations.shape[1:]:
            raise ValueError(
                f"this memory keeps observations of {self.kept.observations.shape[1:]}; got "
                f"{parts.observations.shape[1:]}"
            )
        first = max(len(parts.actions) - self.capacity, 0)  # what comes before would be lost
        i = (self.added + np.arange(first, len(parts.actions))) % self.capacity
        for kept, part in zip(self.kept, parts):
            kept[i] = part[first:]
        self.added += len(parts.actions)

    def draw(self, n):
        """Return n kept steps as `Steps`; one may be drawn twice.

        Raises `ValueError` for an empty memory.
        """
        if not len(self):
            raise ValueError("nothing was added to this memory yet: play some steps first")
        i = self.rng.integers(len(self), size=checks.positive_integer("n", n))
        return Steps(*(kept[i] for kept in self.kept))
