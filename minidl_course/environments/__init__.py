"""Between an agent and environments of Gymnasium's: checks, episodes, and a memory of steps.

    o (D,) an observation    a an action    r its reward    T steps    N environments at once

An environment ends an episode for one of two reasons, which learning must tell apart:
`terminated`, the task is over and nothing more can be had; `truncated`, time is up, and what would
have come is still worth something.

    spaces     (D, A), after a look whether this agent's kind of environment it is
    episodes   one episode: what was seen, done and had
    together   N environments that step at once
    replay     the last steps, to draw batches from

Reference: Towers et al. (2024), "Gymnasium: a standard interface for reinforcement learning
environments".
"""

from minidl_course.environments.episodes import Episode, episode, returns
from minidl_course.environments.replay import Replay, Steps
from minidl_course.environments.spaces import spaces
from minidl_course.environments.together import Rollout, Together

__all__ = ["Episode", "Replay", "Rollout", "Steps", "Together", "episode", "returns", "spaces"]
