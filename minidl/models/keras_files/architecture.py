"""Architectures as JSON: ours, and Keras's, which is translated into ours first.

Both write a layer as the name of its class and its arguments. Classes and arguments have the same
names here, so the translation is a list of exceptions: arguments of Keras that make no difference,
or none at the value that they have, are dropped; any other that is unknown here is an error.
"""

import dataclasses
import json

from minidl import constraints, initializers, layers, regularizers
from minidl.base import config, npz
from minidl.base.configurable import from_data, to_data

MOST = 10_000_000  # characters of a text: those of some 10,000 layers, as Keras writes them
OWN = ("Layer", "Param", "State", "Residual", "Input", "Activation")
LAYERS = {name for name in layers.__all__ if name not in OWN} | {"Activation"}
PARTS = {
    name
    for module in (initializers, regularizers, constraints)
    for name, thing in vars(module).items()
    if isinstance(thing, type)
}
MODELS = ("Functional", "Model")
# Arguments that say how Keras computes, not what.
NO_DIFFERENCE = {
    *("unroll", "implementation", "time_major", "renorm_momentum", "input_axes", "output_axes"),
    "zero_output_for_mask",
}
# Arguments that may be dropped at this value, at which they do nothing.
NEUTRAL = {
    "activity_regularizer": None,
    "data_format": "channels_last",
    "max_value": None,
    "noise_shape": None,
    "quantization_config": None,
    "renorm": False,
    "renorm_clipping": None,
    "rms_scaling": False,
    "synchronized": False,
    "threshold": 0.0,
}
NEUTRAL_IN = {
    ("ReLU", "negative_slope"): 0.0,
    ("Softmax", "axis"): -1,
    ("DepthwiseConv2D", "groups"): 1,
}
RENAMED = {("LeakyReLU", "alpha"): "negative_slope"}  # from Keras 2 to 3


def to_json(model, **options):
    """Return a model's architecture as JSON: `model_from_json` makes it again, with new weights.

    Args:
        model: of layers whose arguments are plain data.
        options: of `json.dumps`, for instance `indent=2`.
    """
    return json.dumps(to_data(model), **options)


def model_from_json(text):
    """Return a new model, with new weights, from what `to_json` returned, here or in Keras.

    Raises:
        ValueError: it is no JSON, or no model that can be made here: names the layer or argument.
    """
    data = parsed(text)
    if "class_name" not in data and "class" not in data:
        raise ValueError("this JSON describes no model: it has neither 'class' nor 'class_name'")
    with npz.of_file("this description"):
        if "class_name" in data:
            return from_keras(data, str(data.get("keras_version", "")))
        return from_data(data)


def from_keras(data, version="", weights_follow=False):
    """Return a new model from Keras's description of a Sequential.

    Args:
        data: with "class_name" and "config", as Keras writes it.
        version: Keras's, if it is known.
        weights_follow: the model gets weights from a file, so that an initializer of Keras's that
            is unknown here does no harm.

    Raises:
        ValueError: a layer or an argument that this package does not have.
    """
    try:
        return from_data(_Translation(version, weights_follow).model(data))
    except (KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise ValueError(f"this is not how Keras describes a model ({error!r:.200})") from None


def parsed(text):
    """Return the dict that a JSON text holds, which has the size of a model's description.

    Raises:
        ValueError: it is no JSON, no dict, or larger.
    """
    if isinstance(text, str | bytes | bytearray) and len(text) > MOST:
        raise ValueError(
            f"a text of {len(text):,} characters; the description of a model may have {MOST:,}. "
            "Take another one, or make the model layer by layer"
        )
    try:
        data = json.loads(text)
    except RecursionError:
        raise ValueError("expected JSON, a model's description; this is nested too deep") from None
    except (ValueError, TypeError) as error:
        raise ValueError(f"expected JSON, a model's description; got none ({error})") from None
    if not isinstance(data, dict):
        raise ValueError(f"expected JSON that describes a model; got {type(data).__name__}")
    return data


@dataclasses.dataclass
class _Translation:
    """From the data of Keras's `get_config` to those of `minidl.base.configurable`."""

    version: str
    weights_follow: bool

    def model(self, data):
        if data["class_name"] in MODELS:
            raise ValueError(
                f"it is a {data['class_name']} model, a graph of layers; only Sequential models "
                "are read. Build the model here, then call its load_weights"
            )
        if data["class_name"] != "Sequential":
            raise ValueError(f"it is a model of class {data['class_name']!r:.80}, not a Sequential")
        config = data["config"]
        first, *_ = [*config["layers"], {"class_name": None}]
        row, shape = config["layers"], config.get("build_input_shape")
        if first["class_name"] == "InputLayer":
            row, given = row[1:], first["config"]
            shape = given.get("batch_shape") or given.get("batch_input_shape")
        made = {"class": "Sequential", "name": config["name"], "layers": list(map(self.layer, row))}
        if not config.get("trainable", True):
            made["trainable"] = False
        return made | ({"input_shape": shape[1:]} if shape else {})

    def layer(self, data):
        name, given = data["class_name"], dict(data["config"])
        if name in ("Sequential", *MODELS):
            return self.model(data)
        if name == "Lambda":
            raise ValueError("it has a Lambda layer, which is code, and code in a file is not run")
        if name not in LAYERS or ">" in (data.get("registered_name") or ""):
            raise ValueError(f"it has a layer of class {name!r:.80}, which does not exist here")
        if name == "Bidirectional":
            self.check_twins(given)
        arguments = {}
        for key, value in given.items():
            key = RENAMED.get((name, key), key)
            if not self.may_be_dropped(name, key, value):
                arguments[key] = self.value(name, key, value)
        return {"class": name} | {k: v for k, v in arguments.items() if v is not _DROPPED}

    def may_be_dropped(self, name, key, value):
        if key == "dtype":
            self.check_dtype(value)
            return True
        neutral = NEUTRAL_IN.get((name, key), NEUTRAL.get(key, _DROPPED))
        return key in NO_DIFFERENCE or (neutral is not _DROPPED and value == neutral)

    def value(self, name, key, value):
        if key in ("layer", "activation") and isinstance(value, dict):
            made = self.layer(value)
            if name == "Bidirectional":
                del made["name"]
            return made
        if value == "hard_sigmoid" and self.version.partition(".")[0] in ("1", "2"):
            raise ValueError(
                "its hard_sigmoid is that of Keras 2, x / 5 + 1/2; here it is x / 6 + 1/2"
            )
        if key == "axis" and isinstance(value, list) and len(value) == 1:
            return value[0]
        if isinstance(value, dict) and key.endswith("_initializer") and self.weights_follow:
            try:
                from_data(self.part(value))
            except ValueError:
                return _DROPPED
        return self.part(value) if isinstance(value, dict) else value

    def part(self, data):
        """An initializer, a regularizer or a constraint."""
        if "class_name" not in data:
            raise ValueError(f"it has an argument that is no plain data: {data!r:.80}")
        if data["class_name"] not in PARTS:
            raise ValueError(f"it has a part {data['class_name']!r:.80}, which does not exist here")
        kept = {k: v for k, v in data["config"].items() if k not in NO_DIFFERENCE and k != "dtype"}
        return {"class": data["class_name"], **kept}

    def check_dtype(self, value):
        name = value["config"]["name"] if isinstance(value, dict) else value
        if name not in (None, "float32", config.floatx()):
            raise ValueError(f"it computes in {name!s:.80}, and this process in {config.floatx()}")

    def check_twins(self, given):
        """A Bidirectional makes its second layer from the first one's arguments."""
        second = given.pop("backward_layer", None)
        if second is None:
            return
        one, two = self.layer(given["layer"]), self.layer(second)
        if one | {"name": "", "go_backwards": True} != two | {"name": ""}:
            raise ValueError(
                "it has a Bidirectional with a backward_layer of its own; here both layers have "
                "the same arguments"
            )


_DROPPED = object()
