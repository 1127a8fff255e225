"""Schedules: the learning rate as a function of the step.

Large steps are good at first, when there is far to go, and bad at the end, when they jump over the
minimum. A schedule is a pure function from the step, counted from 0, to the learning rate of that
step. It remembers nothing, so training that is resumed at step t goes on with the right rate:

    optimizer = Adam(CosineDecay(1e-3, decay_steps=10_000))

`ExponentialDecay` goes down smoothly or in equal steps, `CosineDecay` along half a wave, with a
warm-up if asked; `OneCycle` goes up and then down.
"""

import math

from minidl.base.checks import finite_number, positive_integer
from minidl.base.configurable import Configurable


class LearningRateSchedule(Configurable):
    """Base of all schedules: a subclass writes `__call__`."""

    def __call__(self, step):
        """Return the learning rate, a float, of a step: an integer, 0 for the first."""
        raise NotImplementedError(type(self).__name__)


class ExponentialDecay(LearningRateSchedule):
    """initial_learning_rate * decay_rate ** (step / decay_steps).

    Args:
        initial_learning_rate: rate of step 0.
        decay_steps: after how many steps the rate has been multiplied by decay_rate.
        decay_rate: above 0; 0.5 halves.
        staircase: stay on one rate for decay_steps steps, then multiply (PyTorch's StepLR).
    """

    def __init__(self, initial_learning_rate, decay_steps, decay_rate, staircase=False):
        self.start = finite_number("initial_learning_rate", initial_learning_rate, above=0)
        self.decay_steps = positive_integer("decay_steps", decay_steps)
        self.decay_rate = finite_number("decay_rate", decay_rate, above=0)
        self.staircase = staircase

    def __call__(self, step):
        """Return the rate of `step`."""
        times = step // self.decay_steps if self.staircase else step / self.decay_steps
        return self.start * self.decay_rate**times


class CosineDecay(LearningRateSchedule):
    """From a highest rate down to alpha times it, along half a cosine wave:

        rate = top * (alpha + (1 - alpha) * (1 + cos(pi * t / decay_steps)) / 2)

    Without a warm-up, top is initial_learning_rate and t the step. With one, the rate first goes
    in a straight line from initial_learning_rate to top = warmup_target, and t counts from there.

    Args:
        initial_learning_rate: rate of step 0; may be 0 if there is a warm-up.
        decay_steps: length of the way down; the rate stays at its lowest after it.
        alpha: lowest rate as a share of the highest, from 0 to 1.
        warmup_target: highest rate, reached after the warm-up.
        warmup_steps: length of the warm-up, which comes on top of decay_steps.

    References: Loshchilov and Hutter (2017), "SGDR", equation 5 (without its restarts);
    Goyal et al. (2017), "Accurate, large minibatch SGD", section 2.2 (the warm-up).
    """

    def __init__(
        self, initial_learning_rate, decay_steps, alpha=0.0, warmup_target=None, warmup_steps=0
    ):
        if (warmup_target is None) != (warmup_steps == 0):
            raise ValueError(
                "a warm-up needs both warmup_target and warmup_steps; "
                f"got warmup_target={warmup_target} and warmup_steps={warmup_steps}"
            )
        self.start = finite_number("initial_learning_rate", initial_learning_rate, at_least=0)
        self.decay_steps = positive_integer("decay_steps", decay_steps)
        self.alpha = finite_number("alpha", alpha, at_least=0, at_most=1)
        self.warmup_steps = warmup_steps and positive_integer("warmup_steps", warmup_steps)
        top = initial_learning_rate if warmup_target is None else warmup_target
        self.top = finite_number("the highest rate", top, above=0)

    def __call__(self, step):
        """Return the rate of `step`."""
        if step < self.warmup_steps:
            return self.start + (self.top - self.start) * step / self.warmup_steps
        t = (step - self.warmup_steps) / self.decay_steps
        return _half_wave(self.top, self.alpha * self.top, t)


class OneCycle(LearningRateSchedule):
    """One way up and one way down, each along half a cosine wave.

        initial = max_learning_rate / div_factor    at step 0
        max_learning_rate                           at step pct_start * total_steps - 1
        final = initial / final_div_factor          at step total_steps - 1, and after it

    The large rates in the middle act as a regularizer and save steps; the small ones at the end
    settle. The waves and the defaults are those of PyTorch's `OneCycleLR` (the paper's way up and
    down are straight lines); it moves the momentum too, which this schedule does not.

    Args:
        max_learning_rate: highest rate.
        total_steps: batches in an epoch times epochs.
        pct_start: share of the steps that the way up takes, between 0 and 1.
        div_factor: highest rate divided by the first.
        final_div_factor: first rate divided by the last.

    Reference: Smith and Topin (2017), "Super-convergence: very fast training of neural networks
    using large learning rates", section 3.
    """

    def __init__(
        self, max_learning_rate, total_steps, pct_start=0.3, div_factor=25.0, final_div_factor=1e4
    ):
        self.max_learning_rate = finite_number("max_learning_rate", max_learning_rate, above=0)
        self.total_steps = positive_integer("total_steps", total_steps)
        self.pct_start = finite_number("pct_start", pct_start, above=0, below=1)
        self.initial = self.max_learning_rate / finite_number("div_factor", div_factor, above=0)
        self.final = self.initial / finite_number("final_div_factor", final_div_factor, above=0)
        self.peak = self.pct_start * self.total_steps - 1
        if self.peak <= 0:
            raise ValueError(
                "the way up, pct_start * total_steps, must be longer than 1 step; "
                f"got {pct_start} * {total_steps}"
            )

    def __call__(self, step):
        """Return the rate of `step`."""
        if step <= self.peak:
            return _half_wave(self.initial, self.max_learning_rate, step / self.peak)
        down = self.total_steps - 1 - self.peak
        return _half_wave(self.max_learning_rate, self.final, (step - self.peak) / down)


def _half_wave(start, end, t):
    """From `start` at t = 0 to `end` at t = 1 along half a cosine wave; `end` after that."""
    return end + (start - end) * (1 + math.cos(math.pi * min(t, 1.0))) / 2
