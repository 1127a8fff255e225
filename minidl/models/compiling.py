"""What training makes small, and what is reported beside it: losses and metrics of every output."""

import copy

import numpy as np

from minidl import kernels, losses, metrics, optimizers
from minidl.base import checks, config
from minidl.base.arrays import number
from minidl.base.checks import trusting
from minidl.base.structure import (
    arrange,
    fill,
    from_list,
    like,
    mapped,
    matches,
    parts,
    several,
    shape_of,
    shapes,
)
from minidl.layers.layer import Layer
from minidl.models.data import ArraySource, BatchSource, are_batches
from minidl.models.team import ALONE


class Results(dict):
    """The results of a batch, from name to number."""

    count = None  # how many steps they stand for, where steps of padding do not count
    masked = False  # whether some outputs have such steps


class Objective:
    """The losses of a model's outputs, weighted and added up, and their metrics.

    Args:
        loss, loss_weights, metrics_given: as `compile` takes them: for one output a loss, a number
            and a list of metrics; for several a list of each, or a dict by name. A lone loss, or a
            flat list of metrics, belongs to every output.
        names: of the outputs.

    Raises:
        ValueError: another number of losses, weights or lists of metrics than of outputs, or other
            names.
    """

    def __init__(self, loss, loss_weights, metrics_given, names):
        self.names, self.alone = names, len(names) == 1
        several = isinstance(loss, list | tuple | dict)
        given = arrange("loss", loss, names) if several else [loss] * len(names)
        self.losses = [None if one is None else losses.get(one) for one in given]
        if not isinstance(loss_weights, list | tuple | dict | None):
            loss_weights = [loss_weights]
        given = [1] * len(names) if loss_weights is None else loss_weights
        self.weights = [float(weight) for weight in arrange("loss_weights", given, names)]
        self.measures = [  # for each output, from the name in results to the metric
            {name if self.alone else f"{output}_{name}": m for name, m in of.items()}
            for output, of in zip(names, map(metrics.get_all, self._metrics(metrics_given)))
        ]
        self.metrics = {name: m for of in self.measures for name, m in of.items()}
        self.result_names = ["loss", *([] if self.alone else [f"{name}_loss" for name in names])]
        self.result_names += list(self.metrics)
        self.counting = {k: m for k, m in self.metrics.items() if isinstance(m, metrics.Metric)}
        self.geometric = [k for k, m in self.metrics.items() if getattr(m, "geometric", False)]

    def _metrics(self, given):
        if isinstance(given, dict):
            given = dict.fromkeys(self.names, ()) | given  # a dict may leave outputs out
        elif not (isinstance(given, list | tuple) and any(isinstance(m, list) for m in given)):
            given = [given, *(copy.deepcopy(given) for _ in self.names[1:])]
        return arrange("metrics", given, self.names)

    def absorbs(self, lasts):
        """Whether a loss takes the last activation of its output and itself in one step."""
        pairs = zip(self.losses, parts(lasts))
        return any(loss is not None and loss.absorbs(last) for loss, last in pairs)

    def check(self, y, N, output_shape):
        """Return targets y in the form of the outputs, each looked at by its loss."""
        y = y if self.alone else arrange("y", y, self.names)
        for loss, t, shape in zip(self.losses, parts(y), shapes(output_shape)):
            if loss is not None:
                given = () if loss.takes_mask else t.shape[1:]  # a target with a length of its own
                loss.check(t, (N, *fill(shape, given)))
        return y

    def __call__(self, y_true, z, lasts, sample_weight, ops, mask, training):
        """Return (results of the batch, dz): the loss from z, the last activations behind it.

        Args:
            y_true: targets, in the form of the outputs.
            z: what the model without its last activations returned.
            lasts: those activations, in the same form, or None where there is none.
            sample_weight: None, (N,), or a tuple of these.
            ops: the kernels.
            mask: of z, in the same form.
            training: whether this is a step of training.
        """
        values, measured, gradients, K = [], {}, [], len(self.names)
        given = (lasts, sample_weight, mask)  # each a tuple, or one for all outputs
        rest = (one if isinstance(one, tuple) else [one] * K for one in given)
        with trusting():
            for k, (t, z_k, last, w, m) in enumerate(zip(parts(y_true), parts(z), *rest)):
                value, dz, y = _through(self.losses[k], t, z_k, last, w, ops, m, training)
                weight = self.weights[k]
                values.append(value if weight == 1 else weight * value)
                gradients.append(dz if weight == 1 or dz is None else dz * dz.dtype.type(weight))
                measured |= _measured(self.measures[k], t, y, m)
                if not self.alone:
                    measured[f"{self.names[k]}_loss"] = value
        results = Results({"loss": sum(values[1:], values[0])} | measured)
        results.masked = any(m is not None for m in parts(mask))
        if mask is not None and self.alone:
            results.count = number(mask.sum())
        return results, like(z, gradients)


def _through(loss, t, z, last, weights, ops, mask, training):
    """Return (value, dz, y) of y = last(z); a loss that absorbs `last` takes both steps at once."""
    y, cache = (z, None) if last is None else last.forward(z, training)
    if loss is None:
        return 0.0, None, y  # an output that nothing is asked of
    if last is None:
        value, dz = loss(t, z, weights, ops, mask)
    elif loss.absorbs(last):
        value, dz = loss.on_logits()(t, z, weights, ops, mask)
    else:
        value, dy = loss(t, y, weights, ops, mask)
        dz = last.backward(dy, cache)
    return value, dz, y


def _measured(measures, t, y, mask):
    """Tell metrics that keep count; return what the functions say of this batch."""
    if mask is not None and measures:
        t, y = t[mask], y[mask]  # (N, T, ...) -> (K, ...): padding is no answer
    found = {}
    for name, metric in measures.items():
        if isinstance(metric, metrics.Metric):
            metric.update_state(t, y)
        else:
            found[name] = metric(t, y)
    return found


class Compiled(Layer):
    """A layer with a loss and an optimizer: what `compile` chose, and data that fit it."""

    compiled = False
    # What was trainable in `compile`: layers, and parameters once built.
    _flags = _trained = None
    _params = _layers = None  # once built: all parameters, and the layers that lead to trained ones
    output_keys = None  # of outputs that were given as a dict
    writes_own_step = False  # whether a subclass overrides `train_step`, and may need no loss

    def compile(
        self,
        optimizer="sgd",
        loss=None,
        metrics=(),
        loss_weights=None,
        backend=None,
        run_eagerly=None,
        jit_compile=None,
    ):
        """Choose how to train. What is trainable now is trained, until `compile` is called again.

        Args:
            optimizer: a name ("sgd") or an object of `minidl.optimizers`.
            loss: a name ("mse", "sparse_categorical_crossentropy") or an object of
                `minidl.losses`; for several outputs a list of them, or a dict by the outputs'
                names. If the last activation is the softmax or sigmoid that belongs to the loss,
                training goes through both at once, from the logits.
            metrics: names, functions of (y_true, y_pred) or objects of `minidl.metrics`:
                ["accuracy"]; for several outputs a list of lists, or a dict.
            loss_weights: how much the loss of each output counts; 1 each if not given.
            backend: "numpy", "numba" or "cupy"; the process's if not given.
            run_eagerly: Keras's; steps here are always eager.
            jit_compile: likewise without effect: the kernels are always compiled.

        Raises:
            ValueError: an unknown name; lists the valid ones and suggests the nearest.
        """
        if loss is None and not self.writes_own_step:
            raise ValueError('compile needs a loss, for instance loss="mse"')
        several_losses = isinstance(loss, list | tuple | dict)
        self.optimizer = optimizers.get(optimizer)
        self.loss = loss if several_losses or loss is None else losses.get(loss)
        self.objective, self._trained, self._met_data = None, None, False
        self.compiled_with = self.loss, loss_weights, metrics
        if self.built or not several_losses:
            self._set_objective()
        self.ops = kernels.load(backend or config.backend())
        self.compiled, self._flags = True, {}
        self._note_parameters()
        if self.built:
            self.use(self.ops)
        else:
            self._trained = None  # there are more to come

    def find_last_layer(self, x):
        """Find out which activation a loss could absorb; only models know a way."""

    def _set_objective(self):
        """Give each output its loss and metrics; before the model is built there is one."""
        self.objective = Objective(*self.compiled_with, self.output_names)

    @property
    def team(self):
        """The processes that train this model together: one, or those that the optimizer knows."""
        return getattr(self.optimizer, "team", ALONE)

    @property
    def output_names(self):
        """List of the names of the outputs, by which losses and results are known."""
        if self.output_shape is not None and several(self.output_shape):
            return [f"output_{k}" for k in range(len(self.output_shape))]
        return ["output"]

    @property
    def input_names(self):
        """List of the names of the inputs; None if a class of yours decides what it takes."""
        return None

    @property
    def metrics_names(self):
        """List of the names of what `evaluate` returns, in order."""
        self.require_compiled("metrics_names")
        return self.objective.result_names

    @property
    def metrics(self):
        """Dict from the names in results to the metrics."""
        self.require_compiled("metrics")
        return self.objective.metrics

    @property
    def losses(self):
        """List of the penalties on parameters, as numbers: what the loss has besides the data's."""
        params = self.trained_params().values()
        return [p.regularizer.penalty(p.value) for p in params if p.regularizer is not None]

    def reset_metrics(self):
        """Let the metrics that keep count begin anew; `fit` and `evaluate` do so by themselves."""
        for metric in self.objective.counting.values():
            metric.reset_state()

    # ------------------------------------------------------------------- what is trained

    def trained_params(self):
        """Return the dict of params that a step changes: those trainable when it was compiled."""
        return self.trainable_params(self._flags) if self._trained is None else self._trained

    def _note_parameters(self):
        """Keep what each step would look for in every layer, as long as small layers compute."""
        self._flags = {layer: layer.trainable for _, layer in self.walk()} | self._flags
        self._trained, self._params = self.trainable_params(self._flags), self.params()
        self._layers = {layer for _, layer in self.walk(enter=self._flags.get)}

    def zero_grad(self):
        """Set every gradient to 0: `backward` adds to what is there."""
        for param in (self.params() if self._trained is None else self._params).values():
            param.grad.fill(0)

    def trains_what_it_did(self):
        """Whether nothing is frozen now that is to be trained."""
        if self._trained is None:
            return self.trains_as_compiled()
        free = all(layer.trainable for layer in self._layers)
        return free and all(param.trainable for param in self._trained.values())

    def trains_as_compiled(self):
        """Whether the same parameters are trainable now."""
        return self.trained_params().keys() == self.trainable_params().keys()

    def require_trained_as_compiled(self):
        """Refuse to train a model some of whose layers were frozen, or set free, since compile.

        Only `train_on_batch` goes on then, with what was trainable in compile: a GAN compiles its
        discriminator, freezes it, and compiles the two together.
        """
        if not self.trains_as_compiled():
            changed = self.trainable_params().keys() ^ self.trained_params().keys()
            raise RuntimeError(
                f"trainable has changed since {self.name!r} was compiled, for "
                f"{', '.join(sorted(changed))}: call compile again, which decides what is trained"
            )

    # ---------------------------------------------------------------------- input checks

    def require_compiled(self, method):
        """Refuse to go on without a loss and an optimizer."""
        if not self.compiled:
            raise RuntimeError(
                f"{method} needs a compiled model: call compile(optimizer=..., loss=...) first"
            )

    def source(self, x, y, sample_weight, batch_size, steps=None, class_weight=None, name=""):
        """Return where batches come from, arrays or what makes batches, all of it looked at.

        The arguments are those of `fit`; `name` is "" or "validation ", for errors.
        """
        if hasattr(x, "source_for"):  # it knows more about its batches than what they are
            return x.source_for(self, steps, class_weight, name)
        if not are_batches(x):
            data = self.validate(x, y, sample_weight, class_weight, name)
            return ArraySource(data, batch_size, steps)
        if y is not None or sample_weight is not None:
            raise ValueError(f"{name}x makes batches (x, y), so y and sample_weight come with them")
        checked = lambda x, y, w=None: self.validate(x, y, w, class_weight, name)  # noqa: E731
        return BatchSource(x, checked, steps, f"{name}x")

    def validate(self, x, y, sample_weight=None, class_weight=None, name=""):
        """Check data, build the model if they are the first it sees; return (x, y, weights)."""
        x = self.inputs_from(x, f"{name}x")
        N = len(parts(x)[0])
        if y is None and not self.writes_own_step:
            raise ValueError(f"{name}y is missing: targets, one for each of the {N} samples")
        if y is not None:
            y = self._targets_from(y, f"{name}y")
            for t in parts(y):
                checks.same_length(parts(x)[0], t, f"{name}x and {name}y")
            shape = shape_of(x)
            usual = matches(shape, self.input_shape)
            output_shape = self.output_shape if usual else self.try_shape(shape)
            y = self.objective.check(y, N, output_shape)
        if class_weight is not None:
            if sample_weight is not None or isinstance(y, tuple):
                raise ValueError(
                    "class_weight is for one output and without sample_weight: give one of them, "
                    "or multiply them into sample_weight"
                )
            sample_weight = checks.class_weights(class_weight, y, self.output_shape)
        elif sample_weight is not None:
            sample_weight = self._weights_from(sample_weight, N, f"{name}sample_weight")
        return x, y, sample_weight

    def inputs_from(self, x, name="x"):
        """Return inputs as an array or a tuple of arrays, checked; build the model if need be."""
        names = self.input_names
        if isinstance(x, dict) and not names:
            x = tuple(x.values())
        elif isinstance(x, dict) or (names and len(names) > 1):
            x = arrange(name, x, names)
        elif isinstance(x, list):
            x = from_list(x) if len(x) == 1 or self.takes_several else x
        if isinstance(x, tuple) and len(x) == 1:
            x = x[0]
        labels = [f"{name}[{k}]" for k in range(len(x))] if isinstance(x, tuple) else [name]
        arrays = [checks.numeric(label, part) for label, part in zip(labels, parts(x))]
        for array in arrays[1:]:
            checks.same_length(arrays[0], array, f"the arrays in {name}")
        x = tuple(arrays) if isinstance(x, tuple) else arrays[0]
        self.prepare(shape_of(x))
        if self.ops.xp is not np:
            self.check_input(x)
        if self.compiled and not self._met_data:
            self._met_data = True
            if self._trained is None:
                self._note_parameters()
            if self.objective is None or self.objective.names != self.output_names:
                self._set_objective()
            few = mapped(lambda array: self.ops.xp.asarray(array[:4]), x)
            self.find_last_layer(self.cast(few))
        return x

    def _targets_from(self, y, name):
        names = self.output_names
        if len(names) > 1:
            y = arrange(name, y, names)
            return tuple(checks.numeric(f"{name}[{k!r}]", t) for k, t in zip(names, y))
        return checks.numeric(name, arrange(name, y, names)[0] if isinstance(y, dict) else y)

    def _weights_from(self, weights, N, name):
        if len(self.output_names) > 1 and isinstance(weights, list | tuple | dict):
            weights = arrange(name, weights, self.output_names)
        return mapped(lambda w: checks.sample_weights(w, N, name), weights)

    def cast(self, x):
        """Return x in the float type of the process."""
        return mapped(lambda array: array.astype(config.floatx(), copy=False), x)
