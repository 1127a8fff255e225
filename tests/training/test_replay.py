"""The memory of steps."""

import numpy as np
import pytest
from gymnasium.vector import SyncVectorEnv
from test_environments import Counting

from minidl_course.environments import Replay, Together


def step_number(i):
    return np.full(2, i), i, i / 2, np.full(2, i + 1), i % 2 == 0


def test_a_memory_keeps_the_last_steps():
    replay = Replay(4, 2, seed=0)
    for i in range(6):
        assert len(replay) == min(i, 4)
        replay.add(*step_number(i))
    batch = replay.draw(200)
    assert set(batch.actions.tolist()) == {2, 3, 4, 5}
    np.testing.assert_array_equal(batch.observations[:, 0], batch.actions)
    np.testing.assert_array_equal(batch.following[:, 1], batch.actions + 1)
    np.testing.assert_array_equal(batch.rewards, batch.actions / 2)
    np.testing.assert_array_equal(batch.terminated, batch.actions % 2 == 0)
    counts = np.bincount(replay.draw(4000).actions)[2:]
    assert counts.min() > 900 and counts.max() < 1100


def test_what_was_drawn_does_not_change_later():
    replay = Replay(1, 2)
    replay.add(*step_number(0))
    batch = replay.draw(1)
    replay.add(*step_number(5))
    assert batch.actions.tolist() == [0]


def test_two_memories_draw_the_same():
    def draws(seed):
        replay = Replay(50, 2, seed)
        for i in range(50):
            replay.add(*step_number(i))
        return replay.draw(30).actions.tolist()

    assert draws(1) == draws(1) != draws(2)


def test_memories_that_cannot_be():
    with pytest.raises(ValueError, match="play some steps first"):
        Replay(3, 2).draw(1)
    with pytest.raises(ValueError, match="capacity must be"):
        Replay(0, 2)
    with pytest.raises(ValueError, match=r"got \(3,\) where \(2,\)"):
        Replay(3, 2).add(np.zeros(3), 0, 0.0, np.zeros(2), False)
    replay = Replay(3, 2)
    replay.add(*step_number(0))
    with pytest.raises(ValueError, match="n must be"):
        replay.draw(0)


@pytest.mark.parametrize("capacity", [100, 7])
def test_a_rollout_is_its_real_steps_one_by_one(capacity):
    envs = Together(SyncVectorEnv([Counting, lambda: Counting(last=2, truncates=True)]))
    rollouts = [envs.play(lambda o: o[:, 0].astype(int) % 3, T) for T in (5, 4, 1)]
    a, b = Replay(capacity, 2), Replay(capacity, 2)
    for rollout in rollouts:
        a.extend(rollout)
        for t, n in zip(*np.nonzero(rollout.real)):
            b.add(
                rollout.observations[t, n],
                rollout.actions[t, n],
                rollout.rewards[t, n],
                rollout.observations[t + 1, n],
                rollout.terminated[t, n],
            )
    assert a.added == b.added == 15 and len(a) == min(capacity, 15)
    for x, y in zip(a.kept, b.kept):
        np.testing.assert_array_equal(x, y)
    with pytest.raises(ValueError, match=r"keeps observations of \(3,\); got \(2,\)"):
        Replay(5, 3).extend(rollouts[0])
