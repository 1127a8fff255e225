"""What every optimizer does.

An optimizer is one `update` for one parameter. The base class calls it for each, and keeps for
each what the method must remember: its slots (a velocity, say), and how many steps it has taken.
That belongs to the parameter, whatever it is called: one optimizer may step parts of several
models. Around the update it does what all have in common, in this order:

    g <- g, clipped                               if a clip argument is given
    w <- w - learning_rate * weight_decay * w     weight decay, decoupled (the default)
    g <- g + weight_decay * w                     or as L2 in the gradient
    update(w, g)
    w <- constraint(w)                            if the parameter has one
"""

import operator

import numpy as np

from minidl import kernels
from minidl.base import checks, config, npz
from minidl.base.arrays import array_module, moved, on_gpu, to_numpy
from minidl.base.configurable import Configurable, unknown_argument
from minidl.optimizers.schedules import LearningRateSchedule


class Optimizer(Configurable):
    """Base of all optimizers: a subclass names its `slots` and writes `update`.

    Args:
        learning_rate: how far one step goes: a number above 0, or a schedule of
            `minidl.optimizers.schedules`, which is asked for the rate of each step.
        weight_decay: how strongly weights are pulled towards 0; None or 0 for not at all.
        clipnorm: largest norm of the gradient of one parameter; a longer one is scaled down.
        clipvalue: largest absolute value of one number of a gradient; a larger one is cut off.
        global_clipnorm: largest norm of all gradients together, as one long vector.
        decoupled_weight_decay: True shrinks the weights themselves; False adds
            weight_decay * w to the gradient, as L2 regularization does. In SGD without momentum
            both are the same.

    Attributes:
        iterations: how many steps were taken; schedules follow it.
        state: dict from a Param to a dict from slot to array.
        steps: dict from a Param to how many steps it has taken.

    Raises:
        ValueError: a number out of its range, or more than one way to clip.
        TypeError: an argument that this optimizer does not have.

    References: Loshchilov and Hutter (2019), "Decoupled weight decay regularization"; Pascanu,
    Mikolov, Bengio (2013), "On the difficulty of training recurrent neural networks",
    algorithm 1 (clipping the norm).
    """

    slots = ()

    def __init__(
        self,
        learning_rate,
        weight_decay=None,
        clipnorm=None,
        clipvalue=None,
        global_clipnorm=None,
        decoupled_weight_decay=True,
        **unknown,
    ):
        if unknown:
            hint = "The step size is called learning_rate, a number or a schedule."
            raise TypeError(f"{unknown_argument(self, *unknown)} {hint}")
        self._schedule = None
        self.learning_rate = learning_rate
        self.weight_decay = checks.finite_number("weight_decay", weight_decay or 0, at_least=0)
        self.decoupled_weight_decay = decoupled_weight_decay
        clips = {"clipnorm": clipnorm, "clipvalue": clipvalue, "global_clipnorm": global_clipnorm}
        given = {name: limit for name, limit in clips.items() if limit is not None}
        if len(given) > 1:
            raise ValueError(f"gradients can be clipped in one way only; got {given}")
        clips |= {name: checks.finite_number(name, limit, above=0) for name, limit in given.items()}
        self.clipnorm, self.clipvalue, self.global_clipnorm = clips.values()
        self.iterations, self.state, self.steps = 0, {}, {}

    @property
    def learning_rate(self):
        """The rate of the next step, a float. It may be set, unless a schedule decides."""
        return LearningRate(self.rate, self)

    @learning_rate.setter
    def learning_rate(self, value):
        if isinstance(value, LearningRateSchedule):
            self._schedule = value
        elif self._schedule is not None:
            raise TypeError(
                f"the learning rate follows {type(self._schedule).__name__} and cannot be set to "
                f"{value}: make the optimizer with a number for its learning_rate"
            )
        else:
            self._rate = checks.finite_number("learning_rate", value, above=0)

    @property
    def rate(self):
        """The rate of the next step, as `update` reads it: a plain float."""
        return self._rate if self._schedule is None else self._schedule(self.iterations)

    @property
    def lr(self):
        """Keras's old name, which would be set in vain."""
        raise AttributeError(
            "the step size is called learning_rate: optimizer.learning_rate = 0.01"
        )

    lr = lr.setter(lambda self, value: self.lr)

    def step(self, params, ops=None):
        """Update every parameter in place from its gradient; the gradients stay as they are.

        Args:
            params: Params: a list, such as `model.trainable_weights`, or a dict with them as its
                values.
            ops: the kernels, from `minidl.kernels.load`; the process's backend if not given.

        Raises:
            ValueError: there is no parameter, as in a model whose layers are all frozen.
        """
        params = list(params.values() if isinstance(params, dict) else params)
        if not params:
            raise ValueError(
                "step was given no weights, so nothing can learn: is every layer frozen? "
                "Set trainable = True (and call compile again) on what is meant to learn"
            )
        ops = ops or kernels.load(config.backend())
        for param, g in zip(params, self._clip([param.grad for param in params])):
            w = param.value
            if self.weight_decay and self.decoupled_weight_decay:
                w *= 1 - self.rate * self.weight_decay
            elif self.weight_decay:
                g = g + self.weight_decay * w
            slots = self._slots_of(param)
            self.update(w, g, t=self.steps[param], **slots, ops=ops)
            if param.constraint is not None:
                w[...] = param.constraint(w)
        self.iterations += 1

    @property
    def alone(self):
        """The optimizer that does the same in one process, and that a file keeps: this one."""
        return self

    # ---------------------------------------------------------- what a new optimizer writes

    def new_slots(self, w):
        """Return what to remember of a parameter before its first step: zeros, unless redefined."""
        return {slot: np.zeros_like(w) for slot in self.slots}

    def update(self, w, g, *, t, ops):
        """Change w in place, given its gradient g and a keyword for each slot.

        t counts the steps of this parameter, and is 1 in its first.
        """
        raise NotImplementedError(type(self).__name__)

    # ------------------------------------------------------------------- what it remembers

    def state_arrays(self, params):
        """Return copies of all that the next step of these parameters depends on.

        Args:
            params: dict from path to Param; a parameter that took no step is left out.

        Returns:
            dict of arrays: "iterations", "learning_rate" (without a schedule) and, for each
            parameter, "<path>/steps" and each slot: "dense/W/velocity".
        """
        arrays = {"iterations": np.array(self.iterations)}
        if self._schedule is None:
            arrays["learning_rate"] = np.array(self._rate)
        for path, param in params.items():
            if param in self.steps:
                arrays[f"{path}/steps"] = np.array(self.steps[param])
                slots = self.state[param].items()
                arrays |= {f"{path}/{s}": to_numpy(array).copy() for s, array in slots}
        return arrays

    def load_state_arrays(self, arrays, params):
        """Take over what `state_arrays` returned; training goes on as if it had not stopped.

        Args:
            arrays: the dict.
            params: dict from path to Param, as it was there.

        Raises:
            ValueError: the arrays belong to an optimizer of another kind or with other options, or
                to other parameters; names each that is missing or unknown. Nothing is changed then.
        """
        paths = dict.fromkeys(key.rpartition("/")[0] for key in arrays if "/" in key)
        # Files of older versions have no steps: there all parameters had taken as many.
        steps = np.asarray(arrays.get("iterations", 0))
        arrays = {f"{path}/steps": steps for path in paths} | arrays
        known = [path for path in paths if path in params]
        shapes = dict.fromkeys([*self.state_arrays({}), *(f"{path}/steps" for path in known)], ())
        shapes |= {f"{path}/{slot}": params[path].shape for path in known for slot in self.slots}
        if wrong := npz.misfits(shapes, arrays, unknown="no such parameter or slot"):
            raise ValueError(
                f"this state does not fit {type(self).__name__} with slots "
                f"({', '.join(self.slots)}); nothing was changed. {wrong}"
            )
        self.iterations = int(arrays["iterations"])
        if self._schedule is None:
            self.learning_rate = float(arrays["learning_rate"])
        for param in params.values():  # one that is not in the file had taken no step
            self.steps.pop(param, None)
            self.state.pop(param, None)
        for path in paths:
            self.steps[params[path]] = int(arrays[f"{path}/steps"])
            slots = {slot: np.array(arrays[f"{path}/{slot}"]) for slot in self.slots}
            self.state[params[path]] = slots

    def _slots_of(self, param):
        """Count a step of this parameter; return its slots, in the memory where it is."""
        w = param.value
        self.steps[param] = self.steps.get(param, 0) + 1
        if param not in self.state:
            self.state[param] = self.new_slots(w)
        slots, here = self.state[param], on_gpu(w)
        for slot, array in slots.items():
            if on_gpu(array) != here:  # the model has moved, or the state came from a file
                slots[slot] = moved(array, array_module(w))
        return slots

    # ---------------------------------------------------------------------------- clipping

    def _clip(self, gradients):
        if self.clipvalue is not None:
            return [np.clip(g, -self.clipvalue, self.clipvalue) for g in gradients]
        if self.clipnorm is not None:
            return [_shrunk([g], self.clipnorm)[0] for g in gradients]
        if self.global_clipnorm is not None:
            return _shrunk(gradients, self.global_clipnorm)
        return gradients


def _shrunk(gradients, limit):
    """Return arrays whose norm, that of all their numbers together, is at most `limit`."""
    # In float64: a float32 above 2e19 has no finite square, and the step would become 0 unseen.
    norm = np.sqrt(sum(np.square(g, dtype=np.float64).sum() for g in gradients))
    factor = limit / np.maximum(norm, limit)
    return [g * factor.astype(g.dtype) for g in gradients]  # float64 would widen a float32 g


class LearningRate(float):
    """A float that knows its optimizer: `optimizer.learning_rate.assign(0.01)` sets the rate.

    Whatever is computed with it is computed with a plain float, because NumPy would take a float32
    array to float64 for a class of ours, and CuPy would refuse it.
    """

    def __new__(cls, value, optimizer=None):
        """Make one, as every number is made."""
        self = super().__new__(cls, value)
        self.optimizer = optimizer
        return self

    def assign(self, value):
        """Set the rate of the optimizer; this number stays what it was."""
        self.optimizer.learning_rate = value

    def numpy(self):
        """Return the rate, a float."""
        return float(self)

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        """Let NumPy see a plain float."""
        plain = [float(a) if isinstance(a, LearningRate) else a for a in inputs]
        return getattr(ufunc, method)(*plain, **options)


for _name in ("add", "sub", "mul", "truediv", "pow"):
    _compute = getattr(operator, _name)
    setattr(LearningRate, f"__{_name}__", lambda self, other, f=_compute: f(float(self), other))
