"""What every optimizer does.

An optimizer is one `update` for one parameter. The base class calls it for each, and keeps for
each what the method must remember (its slots: a velocity, say), under the parameter's path. Around
the update it does what all have in common, in this order:

    g <- g, clipped                               if a clip argument is given
    w <- w - learning_rate * weight_decay * w     weight decay, decoupled (the default)
    g <- g + weight_decay * w                     or as L2 in the gradient
    update(w, g)
    w <- constraint(w)                            if the parameter has one
"""

import numpy as np

from minidl import checks
from minidl.arrays import array_module, moved, on_gpu, to_numpy
from minidl.configurable import Configurable
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
        model: the model that it trains, and the only one, since it remembers its steps.
        iterations: how many steps were taken.
        state: dict from a parameter's path to a dict from slot to array.

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
            raise TypeError(
                f"{type(self).__name__} has no argument {', '.join(map(repr, unknown))}. The step "
                "size is called learning_rate: a number, or a schedule if it shall change"
            )
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
        self.model = None
        self.iterations = 0
        self.state = {}

    @property
    def learning_rate(self):
        """The rate of the next step, a float. It may be set, unless a schedule decides."""
        return self._rate if self._schedule is None else float(self._schedule(self.iterations))

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

    def serve(self, model):
        """Train this model from now on; `fit` asks for it.

        Raises:
            ValueError: it has trained another one. What it remembers of that one's weights would
                move the weights of this one.
        """
        if self.model not in (None, model):
            kind = type(self).__name__
            raise ValueError(
                f"this {kind} has trained another model, {self.model.name!r}, and remembers its "
                f"{self.iterations} steps: a new model needs a new optimizer. Write {kind}(...) "
                "where the model is compiled"
            )
        self.model = model

    def step(self, params, ops):
        """Update every parameter in place from its gradient; the gradients stay as they are.

        Args:
            params: dict from path to Param, as `Layer.trainable_params` returns it.
            ops: the kernels, from `minidl.kernels.load`.

        Raises:
            ValueError: the optimizer remembers a parameter of this path with another shape.
        """
        gradients = self._clip({path: param.grad for path, param in params.items()})
        for path, param in params.items():
            w, g = param.value, gradients[path]
            if self.weight_decay and self.decoupled_weight_decay:
                w *= 1 - self.learning_rate * self.weight_decay
            elif self.weight_decay:
                g = g + self.weight_decay * w
            self.update(w, g, **self._slots_of(path, w), ops=ops)
            if param.constraint is not None:
                w[...] = param.constraint(w)
        self.iterations += 1

    # ---------------------------------------------------------- what a new optimizer writes

    def new_slots(self, w):
        """Return what to remember of a parameter before its first step: zeros, unless redefined."""
        return {slot: np.zeros_like(w) for slot in self.slots}

    def update(self, w, g, *, ops):
        """Change w in place, given its gradient g and a keyword for each slot.

        `self.iterations` counts the steps before this one.
        """
        raise NotImplementedError(type(self).__name__)

    # ------------------------------------------------------------------- what it remembers

    def state_arrays(self):
        """Return copies of all that the next step depends on, as a dict of arrays.

        The keys are "iterations", "learning_rate" (without a schedule) and, for each parameter
        and slot, "<path>/<slot>": "dense/W/velocity".
        """
        arrays = {"iterations": np.array(self.iterations)}
        if self._schedule is None:
            arrays["learning_rate"] = np.array(self._rate)
        for path, slots in self.state.items():
            arrays |= {f"{path}/{s}": to_numpy(array).copy() for s, array in slots.items()}
        return arrays

    def load_state_arrays(self, arrays):
        """Take over what `state_arrays` returned; training goes on as if it had not stopped.

        Raises:
            ValueError: the arrays belong to an optimizer of another kind or with other options;
                names each that is missing or unknown. Nothing is changed then.
        """
        numbers = [key for key in self.state_arrays() if "/" not in key]
        paths = dict.fromkeys(key.rpartition("/")[0] for key in arrays if "/" in key)
        expected = [*numbers, *(f"{path}/{slot}" for path in paths for slot in self.slots)]
        wrong = [f"{key}: missing" for key in expected if key not in arrays]
        wrong += [f"{key}: unknown" for key in arrays if key not in expected]
        if wrong:
            raise ValueError(
                f"this state does not fit {type(self).__name__} with slots "
                f"({', '.join(self.slots)}); nothing was changed. {'; '.join(wrong)}"
            )
        self.iterations = int(arrays["iterations"])
        if self._schedule is None:
            self.learning_rate = float(arrays["learning_rate"])
        self.state = {
            path: {slot: np.array(arrays[f"{path}/{slot}"]) for slot in self.slots}
            for path in paths
        }

    def _slots_of(self, path, w):
        if path not in self.state:
            self.state[path] = self.new_slots(w)
        for slot, array in self.state[path].items():
            if on_gpu(array) != on_gpu(w):  # the model has moved, or the state came from a file
                array = self.state[path][slot] = moved(array, array_module(w))
            if array.shape != w.shape:
                raise ValueError(
                    f"{path!r} has shape {w.shape}, but this optimizer remembers its {slot} with "
                    f"shape {array.shape}: a new model needs a new optimizer"
                )
        return self.state[path]

    # ---------------------------------------------------------------------------- clipping

    def _clip(self, gradients):
        if self.clipvalue is not None:
            limit = self.clipvalue
            return {path: np.clip(g, -limit, limit) for path, g in gradients.items()}
        if self.clipnorm is not None:
            return {path: _shrunk(g, _factor([g], self.clipnorm)) for path, g in gradients.items()}
        if self.global_clipnorm is not None:
            factor = _factor(gradients.values(), self.global_clipnorm)
            return {path: _shrunk(g, factor) for path, g in gradients.items()}
        return gradients


def _factor(gradients, limit):
    """Return what brings the norm of all these numbers down to at most `limit`: at most 1."""
    # In float64: a float32 above 2e19 has no finite square, and the step would become 0 unseen.
    norm = np.sqrt(sum(np.square(g, dtype=np.float64).sum() for g in gradients))
    return limit / np.maximum(norm, limit)


def _shrunk(g, factor):
    return g * factor.astype(g.dtype)  # a float64 factor would widen a float32 gradient
