"""A graph of layers as plain data and back: what is needed to connect the same layers again.

Values are numbered: the inputs first, then what each call makes. A call is the name of its layer
and the numbers of what goes in, and options if it has any.
"""

from minidl.configurable import from_data, to_data
from minidl.forms import mapped, parts
from minidl.layers.shape import Input


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
