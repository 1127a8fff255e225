"""Episodes in environments of gymnasium, and what is refused."""

import gymnasium as gym
import numpy as np
import pytest

from minidl_course.environments import episode, returns, spaces
from minidl_course.environments.spaces import checked_action


class Counting(gym.Env):
    """Shows how many steps were taken; over after `last`; the reward is the action."""

    def __init__(self, last=3, shown=None, truncates=False, reward=None):
        self.observation_space = gym.spaces.Box(-9, 9, (2,), np.float32)
        self.action_space = gym.spaces.Discrete(3)
        self.last, self.shown, self.truncates, self.reward = last, shown, truncates, reward

    def seen(self):
        return np.array([self.t, 1.0]) if self.shown is None else self.shown

    def reset(self, seed=None, options=None):
        super().reset(seed=seed)
        self.t = 0
        return self.seen(), {}

    def step(self, action):
        self.t += 1
        end = self.t == self.last
        reward = action if self.reward is None else self.reward
        return self.seen(), reward, end and not self.truncates, end and self.truncates, {}


def test_an_episode_keeps_everything():
    played = episode(Counting(), lambda o: int(o[0]))
    assert played.observations.tolist() == [[0, 1], [1, 1], [2, 1], [3, 1]]
    assert played.actions.tolist() == [0, 1, 2] and played.rewards.tolist() == [0, 1, 2]
    assert played.terminated and len(played) == 3
    assert played.observations.dtype == np.float32


def test_time_up_is_not_the_end_of_the_task():
    assert not episode(Counting(truncates=True), lambda o: 0).terminated
    endless = episode(Counting(last=-1), lambda o: 0, most=5)
    assert len(endless) == 5 and not endless.terminated


def test_cartpole_is_the_same_again_with_the_same_seed():
    with gym.make("CartPole-v1") as env:
        assert spaces(env) == (4, 2)

        def act(o):
            return int(o[2] + o[3] > 0)

        a, b, c = (episode(env, act, seed) for seed in (3, 3, 4))
        np.testing.assert_array_equal(a.observations, b.observations)
        assert (a.observations[0] != c.observations[0]).any()
        found = returns(env, act, 5, seed=3)
        assert found.shape == (5,) and found[0] == len(a) and found[1] == len(c)
        assert returns(env, lambda o: 0, 20).mean() < 12 < 100 < found.mean()


def test_states_become_rows():
    with gym.make("FrozenLake-v1", is_slippery=False) as env:
        assert spaces(env) == (16, 4)
        way = iter([2, 2, 1, 1, 1, 2])  # right, right, down, down, down, right
        played = episode(env, lambda o: next(way), seed=0)
        assert played.observations.argmax(axis=1).tolist() == [0, 1, 2, 6, 10, 14, 15]
        assert (played.observations.sum(axis=1) == 1).all()
        assert played.terminated and played.rewards.sum() == 1


@pytest.mark.parametrize(
    ("name", "space", "words"),
    [
        ("action_space", gym.spaces.Box(-1, 1, (2,)), r"chooses one of A actions.*Box"),
        ("action_space", gym.spaces.Discrete(3, start=1), "chooses one of A actions"),
        ("action_space", gym.spaces.MultiDiscrete([2, 2]), "chooses one of A actions"),
        ("observation_space", gym.spaces.Box(0, 255, (8, 8, 3), np.uint8), "a row of numbers"),
        ("observation_space", gym.spaces.Box(0, 1, ()), "a row of numbers"),
        ("observation_space", gym.spaces.Tuple([gym.spaces.Discrete(2)] * 2), "FlattenObs"),
        ("observation_space", gym.spaces.Dict({"a": gym.spaces.Discrete(2)}), "a row of numbers"),
        ("observation_space", gym.spaces.Text(3), "a row of numbers"),
    ],
)
def test_environments_of_another_kind(name, space, words):
    env = Counting()
    setattr(env, name, space)
    with pytest.raises(ValueError, match=words):
        spaces(env)
    with pytest.raises(ValueError, match=words):
        episode(env, lambda o: 0)


def test_something_else_than_an_environment():
    with pytest.raises(TypeError, match="has observation_space"):
        spaces("CartPole-v1")


@pytest.mark.parametrize("action", [3, -1, 1.0, None, True, [1]], ids=str)
def test_actions_that_there_are_not(action):
    with pytest.raises(ValueError, match="an action is an integer from 0 to 2; got"):
        episode(Counting(), lambda o: action)


@pytest.mark.parametrize(
    "shown", [np.zeros(3), np.zeros((1, 2)), [0, np.nan], [np.inf, 0]], ids=str
)
def test_observations_that_should_not_be(shown):
    with pytest.raises(ValueError, match=r"an observation is \(2,\) finite numbers"):
        episode(Counting(shown=shown), lambda o: 0)


@pytest.mark.parametrize("state", [16, -1, 0.5, "start"])
def test_states_that_there_are_not(state):
    env = Counting(shown=state)
    env.observation_space = gym.spaces.Discrete(16)
    with pytest.raises(ValueError, match="a state is an integer from 0 to 15"):
        episode(env, lambda o: 0)


def test_a_reward_is_a_number():
    with pytest.raises(ValueError, match="a reward must be a finite number"):
        episode(Counting(reward=np.nan), lambda o: 0)


def test_an_action_may_be_numpys():
    assert checked_action(Counting().action_space, np.int64(2)) == 2
