"""A model on disk, with all that training needs to go on as if it had not stopped.

What the next step depends on: weights and states, what the optimizer and stateful layers remember,
and the state of every random generator (order of batches, dropout). `training_state` collects
it. A file of `save_model` adds how to build and compile the model; a backup of
`callbacks.BackupAndRestore` adds the epoch and the callbacks, and leaves building to the program
that resumes.
"""

import numpy as np

from minidl import metrics
from minidl.base import config, npz
from minidl.base.arrays import to_numpy
from minidl.base.configurable import from_data, to_data
from minidl.base.structure import mapped, parts
from minidl.layers.shape import Input
from minidl.layers.weights import assign, check


def training_state(model):
    """Return (arrays, facts): all that the next step depends on, as arrays and as plain data."""
    arrays = {f"weights/{path}": tensor.numpy() for path, tensor in model.tensors().items()}
    if model.compiled:
        state = model.optimizer.state_arrays(model.params())
        arrays |= {f"optimizer/{key}": array for key, array in state.items()}
    for path, layer in _keys(model):
        arrays |= {f"memory{path}/{i}": to_numpy(a) for i, a in enumerate(layer.memory or ())}
    return arrays, {"floatx": config.floatx(), "generators": to_data(generator_states(model))}


def generator_states(model):
    """Dict from path to the state of every random generator in and below the model."""
    return {key: rng.bit_generator.state for key, rng in _generators(model).items()}


def set_training_state(model, arrays, facts, source):
    """Bring a built model into a state that `training_state` returned.

    Args:
        model: built, and compiled if the optimizer's state is wanted.
        arrays: what `training_state` returned; other keys are ignored.
        facts: likewise.
        source: where they come from, for the errors.

    Raises:
        ValueError: they belong to another model, optimizer or float type, or are not what
            `training_state` returns.
    """
    npz.check_facts(facts, source, floatx=str, generators=dict)
    if facts["floatx"] != config.floatx():
        raise ValueError(
            f"{source} holds {facts['floatx']} weights, and this process computes in "
            f"{config.floatx()}: call minidl.base.config.set_floatx({facts['floatx']!r}) first"
        )
    generators = _generators(model)
    if generators.keys() != facts["generators"].keys():
        raise ValueError(
            f"{source} does not fit this model: it has random generators "
            f"{', '.join(facts['generators'])}, the model has {', '.join(generators)}"
        )
    for key, rng in generators.items():  # before anything changes
        what = f"{source}: the generator {key}"
        _take(facts["generators"][key], type(rng.bit_generator)(0), what)
    layers = dict(_keys(model))
    memory = _memory(npz.under("memory", arrays), layers, source)
    weights, tensors = npz.under("weights/", arrays), model.tensors()
    check(tensors, weights, source)  # before the optimizer changes, too
    if model.compiled:
        model.optimizer.load_state_arrays(npz.under("optimizer/", arrays), model.params())
    assign(tensors, weights, source)
    for key, rng in generators.items():
        rng.bit_generator.state = facts["generators"][key]
    model.reset_state()
    for key, state in memory.items():
        layers[key].memory = state


def _take(state, generator, what):
    try:
        generator.state = state
    except (TypeError, ValueError, KeyError, OverflowError) as error:
        raise ValueError(f"{what} is in no state that there is ({error!r:.80})") from None


def _memory(arrays, layers, source):
    """Return {key of a layer: what it carries from batch to batch} from arrays of a file."""
    found = {}
    for place, array in sorted(arrays.items()):
        key = place.rpartition("/")[0]
        found[key] = (*found.get(key, ()), array)
    for key, state in found.items():
        shapes = [array.shape for array in state]
        if key not in layers or {array.dtype.kind for array in state} != {"f"} or () in shapes:
            raise ValueError(f"{source} has memory {shapes} of {key!r}, which is no layer with any")
        if hasattr(layers[key], "check_state"):
            layers[key].check_state(shapes, shapes[0][0])
    return found


def save_model(model, path):
    """Write a built model to `path`; see `Model.save`."""
    paths = {}
    for key, tensor in model.tensor_paths():
        twin = paths.setdefault(id(tensor), key)
        if twin != key:
            raise ValueError(
                f"{key} and {twin} are one array, and the file could not keep it so: share layers "
                "within one Sequential, or use save_weights"
            )
    arrays, facts = training_state(model)
    facts |= {
        "model": to_data(model),
        "input_shape": to_data(model.input_shape),
        "frozen": [key for key, layer in _keys(model) if not layer.trainable],
        "frozen_params": [key for key, param in model.params().items() if not param.trainable],
        "compile": _compile_arguments(model) if model.compiled else None,
    }
    npz.save(path, arrays, "model", facts)


def load_model(path, compile=True):
    """Return the model that `Model.save` wrote, ready to predict and to go on training.

    Args:
        path: file name that ends in .npz.
        compile: False leaves out loss, optimizer and metrics.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is truncated, altered, holds weights alone or a class that is not known
            here (define your own layers first), or was written with another float type.
    """
    arrays, facts = npz.load(path, "model")
    facts = {"frozen_params": []} | facts  # files of older versions do not have it
    kinds = {"model": dict, "input_shape": list, "frozen": list, "frozen_params": list}
    npz.check_facts(facts, path, **kinds, compile=dict | None)
    with npz.of_file(path):
        model = from_data(facts["model"])
        if not hasattr(model, "fit"):
            raise ValueError(f"it describes no model, but {model!r:.80}")
        model.prepare(facts["input_shape"])
        for key, layer in _keys(model):
            layer._trainable = key not in facts["frozen"]  # of this layer alone
        params = model.params()
        for key in facts["frozen_params"]:
            params[key].trainable = False
        if compile and facts["compile"]:
            model.compile(**from_data(facts["compile"]))
        set_training_state(model, arrays, facts, path)
    return model


def _compile_arguments(model):
    """Return what `compile` was given, as plain data."""
    loss, loss_weights, given = model.compiled_with
    return {
        "optimizer": to_data(model.optimizer.alone),
        "loss": to_data(loss),
        "loss_weights": to_data(loss_weights),
        "metrics": to_data(_named(given)),
    }


def _named(given):
    """Return metrics with the names under which functions are known in place of these."""
    if isinstance(given, list | tuple):
        return [_named(one) for one in given]
    if isinstance(given, dict):
        return {name: _named(one) for name, one in given.items()}
    if not callable(given) or isinstance(given, type | metrics.Metric):
        return given
    name, _ = metrics.get(given)
    try:
        known = metrics.get(name)[1] is given
    except ValueError:
        known = False
    if not known:
        raise TypeError(
            f"the metric {name!r} is a function of yours, which a file cannot hold: compile "
            "without it before saving, or use save_weights"
        )
    return name


def _keys(model):
    """List of (key, layer): the model, key "", and every layer below it: "/block/dense"."""
    return [(f"/{path}" if path else "", layer) for path, layer in model.walk()]


def _generators(model):
    """Dict from path to every random generator in and below the model."""
    return {
        f"{path}.{name}": value
        for path, layer in _keys(model)
        for name, value in vars(layer).items()
        if isinstance(value, np.random.Generator)
    }


def to_config(model):
    """Return {"inputs", "layers", "calls", "outputs"} of a connected model."""
    numbers = {value: k for k, value in enumerate(parts(model.input_values))}
    keys = {layer: key for key, layer in model.named.items()}
    calls = []
    for call in model.nodes:
        inputs = to_data(mapped(numbers.get, call.inputs))
        calls.append([keys[call.layer], inputs, *([call.options] if call.options else [])])
        for value in parts(call.outputs):
            numbers[value] = len(numbers)
    return {
        "inputs": [
            {"shape": to_data(v.sample_shape), "name": v.name} for v in parts(model.input_values)
        ],
        "layers": {key: to_data(layer) for key, layer in model.named.items()},
        "calls": calls,
        "outputs": to_data(mapped(numbers.get, model.output_values)),
        "output_keys": model.output_keys,
    }


def from_config(config):
    """Return (inputs, outputs), new Values between which new layers stand.

    Raises:
        ValueError: a call of a layer, or of a value, that does not exist (yet).
    """
    inputs = [Input(tuple(one["shape"]), name=one["name"]) for one in config["inputs"]]
    layers = {key: from_data(data) for key, data in config["layers"].items()}
    values = list(inputs)

    def at(number):
        if not isinstance(number, int) or not 0 <= number < len(values):
            raise ValueError(f"the file connects value {number!r}, which nothing has made before")
        return values[number]

    def of(numbers):
        return tuple(map(at, numbers)) if isinstance(numbers, list) else at(numbers)

    for key, numbers, *options in config["calls"]:
        if key not in layers:
            raise ValueError(f"the file calls a layer {key!r} that it does not have")
        values += parts(layers[key](of(numbers), **dict(*options)))
    outputs = of(config["outputs"])
    keys = config["output_keys"]
    return inputs, dict(zip(keys, parts(outputs))) if keys else outputs
