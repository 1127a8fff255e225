"""Many environments at once do what each would do alone."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from test_environments import Counting

from minidl_course.environments import Together, episode


def test_steps_that_only_begin_an_episode_are_not_real():
    envs = Together(SyncVectorEnv([Counting, lambda: Counting(last=2, truncates=True)]))
    rollout = envs.play(lambda o: np.array([1, 2]), 5)
    assert rollout.observations[:, 0, 0].tolist() == [0, 1, 2, 3, 0, 1]
    assert rollout.observations[:, 1, 0].tolist() == [0, 1, 2, 0, 1, 2]
    assert rollout.real.T.tolist() == [[True] * 3 + [False, True], [True] * 2 + [False, True, True]]
    assert rollout.terminated.T.tolist() == [[False, False, True, False, False], [False] * 5]
    assert rollout.truncated[:, 1].tolist() == [False, True, False, False, True]
    assert rollout.rewards[:, 0].tolist() == [1, 1, 1, 0, 1]
    assert rollout.actions.tolist() == [[1, 2]] * 5
    more = envs.play(lambda o: np.array([1, 2]), 1)  # it goes on where it was
    assert more.observations[:, :, 0].tolist() == [[1, 2], [2, 0]]
    assert more.real.tolist() == [[True, False]]


def act(o):
    """Push towards where the pole falls: good for 30 to 50 steps."""
    return (o[..., 2] > 0).astype(int)


def test_as_one_after_the_other():
    def make():
        return gym.make("CartPole-v1")

    found = Together(SyncVectorEnv([make] * 4), seed=5).returns(act, seed=5)
    with make() as env:
        alone = [episode(env, lambda o: int(act(o)), 5 + n).rewards.sum() for n in range(4)]
    assert found.tolist() == alone and len(set(alone)) == 4


def test_the_quick_cartpole():
    envs = gym.make_vec("CartPole-v1", 30, vectorization_mode="vector_entry_point")
    together = Together(envs, seed=1)

    found = together.returns(act, seed=2)
    assert found.shape == (30,) and 30 < found.mean() < 60
    np.testing.assert_array_equal(found, together.returns(act, seed=2))
    assert (found != together.returns(act, seed=3)).any()
    rollout = together.play(act, 600)
    assert (
        30 * 600
        > rollout.real.sum()
        == 30 * 600 - rollout.terminated[:-1].sum() - (rollout.truncated[:-1].sum())
    )
    a, b = (Together(envs, seed=7).play(act, 50) for _ in range(2))
    for x, y in zip(a, b):
        np.testing.assert_array_equal(x, y)


def test_states_become_rows():
    envs = Together(gym.make_vec("FrozenLake-v1", 3))
    rollout = envs.play(lambda o: np.zeros(3, int), 2)
    assert (
        rollout.observations.shape == (3, 3, 16) and (rollout.observations.sum(axis=2) == 1).all()
    )


@pytest.mark.parametrize(
    "actions", [[0, 3], [0, -1], [0], [0.0, 1.0], 0, [[0, 1]], [True, False]], ids=str
)
def test_actions_that_there_are_not(actions):
    envs = Together(SyncVectorEnv([Counting] * 2))
    with pytest.raises(ValueError, match="take 2 actions, integers from 0 to 2"):
        envs.play(lambda o: actions, 1)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"shown": np.array([0.0, np.nan])}, "finite numbers"),
        ({"reward": np.inf}, "rewards must be finite"),
    ],
)
def test_what_environments_should_not_give(fault, words):
    with pytest.raises(ValueError, match=words):
        Together(SyncVectorEnv([lambda: Counting(**fault)])).play(lambda o: [0], 1)


def test_environments_of_another_kind():
    with pytest.raises(ValueError, match="NEXT_STEP"):
        Together(Counting())
    same = SyncVectorEnv([Counting], autoreset_mode=AutoresetMode.SAME_STEP)
    with pytest.raises(ValueError, match=r"NEXT_STEP.*SAME_STEP"):
        Together(same)
    with pytest.raises(ValueError, match="one of A actions"):
        Together(gym.make_vec("Pendulum-v1", 2))
    with pytest.raises(TypeError, match="an environment of gymnasium has"):
        Together([Counting()])
