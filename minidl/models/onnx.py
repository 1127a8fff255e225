"""A trained network as an ONNX file, which runs wherever there is a runtime for it.

    onnx.export(model, "digits.onnx")
    onnxruntime.InferenceSession("digits.onnx").run(None, {"x": images})

ONNX is a graph of operations with fixed names. A layer becomes one or a few of them, as it answers
in inference: dropout is gone, batch normalization has its moving statistics. Images stay
(N, H, W, C) outside; ONNX has the channels second, so convolutions and pooling turn the axes there
and back, which a runtime mends where two such turns meet.

It needs the package `onnx`. Reference: ONNX operator schemas, version 20.
"""

import functools

import numpy as np

from minidl import layers
from minidl.base import structure

OPERATORS = 20
FORM = {True: "tanh", False: "none"}  # of GELU
LAST, FIRST = [0, 2, 3, 1], [0, 3, 1, 2]  # orders of axes: channels last, channels second


def export(model, file):
    """Write a built model to an ONNX file, with float32 weights.

    Args:
        model: a `Sequential` or `Model(inputs, outputs)`. Its inputs are called x, or x_0, x_1,
            ...; its outputs y, or y_0, y_1, ...
        file: path, by custom ending in .onnx.

    Raises `TypeError` for another kind of model, or a layer that has no translation, by name, and
    `ModuleNotFoundError` without the package onnx.
    """
    try:
        import onnx
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError("to export, you need onnx: pip install onnx") from error
    writer = Writer(onnx.helper, onnx.numpy_helper)
    tokens = [c.inputs for c in calls_of(model) if type(c.layer) is layers.Embedding]
    inputs = writer.ends("x", structure.parts(model.net.input_values), whole=tokens)
    ends = writer.ends("y", structure.parts(model.net.output_values))
    made = writer.run(model, [one.name for one in inputs])
    for name, end in zip(made, ends):
        writer.node("Identity", name, to=end.name)
    graph = onnx.helper.make_graph(writer.nodes, "minidl", inputs, ends, writer.weights)
    version = onnx.helper.make_opsetid("", OPERATORS)
    proto = onnx.helper.make_model(graph, opset_imports=[version], producer_name="minidl")
    proto.ir_version = 10  # what runtimes since 2024 read
    onnx.checker.check_model(proto)
    onnx.save(proto, str(file))


def calls_of(model):
    """Return the calls of a model's graph, in order."""
    calls = getattr(getattr(model, "net", None), "nodes", None)
    if not calls:
        raise TypeError(
            f"export takes a built Sequential or Model(inputs, outputs); got {model!r}. A model "
            "with a forward of its own has no graph that could be written"
        )
    return calls


class Writer:
    """Collects nodes and weights; each value has a name of its own."""

    def __init__(self, helper, numpy_helper):
        self.helper, self.from_array = helper, numpy_helper.from_array
        self.nodes, self.weights = [], []

    def ends(self, letter, values, whole=()):
        """Return the descriptions of inputs or outputs; those of `whole` hold integers."""
        names = [letter] if len(values) == 1 else [f"{letter}_{i}" for i in range(len(values))]
        described = []
        for name, value in zip(names, values):
            kind = np.dtype(np.int64 if value in whole else np.float32)
            free = (f"{name}_{i}" if n is None else n for i, n in enumerate(value.sample_shape))
            number = self.helper.np_dtype_to_tensor_dtype(kind)
            described.append(self.helper.make_tensor_value_info(name, number, ["N", *free]))
        return described

    def weight(self, array, dtype=np.float32):
        """Keep an array; return its name."""
        self.weights.append(self.from_array(np.ascontiguousarray(array, dtype)))
        self.weights[-1].name = f"w_{len(self.weights)}"
        return self.weights[-1].name

    def node(self, operator, *inputs, to=None, outputs=1, **attributes):
        """Add an operation; return the name of its first output."""
        names = [to or f"v_{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(self.helper.make_node(operator, inputs, names, **attributes))
        return names[0]

    def run(self, model, given):
        """Add what a graph does with the values of these names; return those of its outputs."""
        there = dict(zip(structure.parts(model.net.input_values), given))
        for call in calls_of(model):
            if call.options:
                raise TypeError(f"layer {call.layer.name!r} is called with {call.options}")
            made = self.layer(call.layer, [there[value] for value in structure.parts(call.inputs)])
            there |= zip(structure.parts(call.outputs), made)
        return [there[value] for value in structure.parts(model.net.output_values)]

    def layer(self, layer, given):
        """Add one layer; return the names of its outputs."""
        if getattr(layer, "net", None) is not None:
            return self.run(layer, given)
        if type(layer) not in TRANSLATIONS:
            known = ", ".join(sorted(kind.__name__ for kind in TRANSLATIONS))
            what = f"layer {layer.name!r}, {type(layer).__name__},"
            raise TypeError(f"{what} has no translation into ONNX; these have one: {known}")
        return [TRANSLATIONS[type(layer)](self, layer, *given)]


def _dense(to, layer, x):
    z = to.node("MatMul", x, to.weight(layer.W.value))
    return _activated(
        to, layer, to.node("Add", z, to.weight(layer.b.value)) if layer.use_bias else z
    )


def _activated(to, layer, z):
    return to.layer(layer.activation, [z])[0]


def _embedding(to, layer, x):
    if layer.mask_zero:
        raise TypeError(f"layer {layer.name!r} makes a mask, which ONNX does not carry along")
    return to.node("Gather", to.weight(layer.W.value), x)


def _convolution(to, layer, x):
    w = to.weight(layer.w.value.transpose(3, 2, 0, 1))  # (R, S, C, M) -> (M, C, R, S)
    bias = [to.weight(layer.b.value)] if layer.use_bias else []
    how = _windows(layer) | {"dilations": layer.dilation_rate, "group": layer.groups}
    z = to.node("Conv", to.node("Transpose", x, perm=FIRST), w, *bias, **how)
    return _activated(to, layer, to.node("Transpose", z, perm=LAST))


def _windows(layer):
    how = {"strides": layer.strides}
    return how | {"auto_pad": {"same": "SAME_UPPER", "valid": "VALID"}[layer.padding]}


def _pooling(operator):
    def translate(to, layer, x):
        how = _windows(layer) | {"kernel_shape": layer.pool_size}
        y = to.node(operator, to.node("Transpose", x, perm=FIRST), **how)
        return to.node("Transpose", y, perm=LAST)

    return translate


def _over_places(operator):
    def translate(to, layer, x):
        return to.node(operator, x, to.weight([1, 2], np.int64), keepdims=int(layer.keepdims))

    return translate


def _batch_norm(to, layer, x):
    slope = 1 / np.sqrt(layer.moving_variance.value + layer.epsilon)
    slope = slope * layer.gamma.value if layer.scale else slope
    shift = (layer.beta.value if layer.center else 0) - layer.moving_mean.value * slope
    return to.node("Add", to.node("Mul", x, to.weight(slope)), to.weight(shift))


def _layer_norm(to, layer, x):
    D = layer.built_for[-1]
    gamma = to.weight(layer.gamma.value if layer.scale else np.ones(D))
    beta = to.weight(layer.beta.value if layer.center else np.zeros(D))
    return to.node("LayerNormalization", x, gamma, beta, axis=-1, epsilon=layer.epsilon)


def _rms_norm(to, layer, x):
    square = to.node("ReduceMean", to.node("Mul", x, x), to.weight([-1], np.int64), keepdims=1)
    rms = to.node("Sqrt", to.node("Add", square, to.weight(layer.epsilon)))
    return to.node("Mul", to.node("Div", x, rms), to.weight(layer.scale.value))


def _in_shape(to, layer, x):
    shape = getattr(layer, "target_shape", (-1,))
    return to.node("Reshape", x, to.weight([0, *shape], np.int64))  # 0: N, as it is


def _recurrent(operator, order, **how):
    """LSTM and GRU: their blocks of columns in ONNX's order."""

    def translate(to, layer, x):
        for name in ("go_backwards", "return_state", "stateful"):
            if getattr(layer, name):
                raise TypeError(f"layer {layer.name!r} has {name}=True, which is not translated")
        if not layer.has_usual_activations():
            raise TypeError(f"layer {layer.name!r} has activations of its own: not translated")
        H, n = layer.units, len(order)

        def blocks(array):  # (..., n H) -> (1, n H, ...)
            parts = np.split(array, n, axis=-1)
            return np.concatenate([parts[k] for k in order], axis=-1).T[None]

        b = layer.b.value if layer.use_bias else np.zeros(layer.bias_shape())
        both = np.atleast_2d(b) if b.ndim == 2 else np.stack([b, np.zeros_like(b)])
        bias = np.concatenate([blocks(row)[0] for row in both])[None]  # (1, 2 n H)
        steps = to.node("Transpose", x, perm=[1, 0, 2])  # (T, N, D)
        weights = [to.weight(blocks(a.value)) for a in (layer.W, layer.U)]
        given = steps, *weights, to.weight(bias)
        y = to.node(operator, *given, hidden_size=H, **how)  # (T, 1, N, H)
        if layer.return_sequences:
            y = to.node("Squeeze", y, to.weight([1], np.int64))
            return to.node("Transpose", y, perm=[1, 0, 2])
        last = to.node("Gather", y, to.weight([-1], np.int64), axis=0)  # (1, 1, N, H)
        return to.node("Squeeze", last, to.weight([0, 1], np.int64))

    return translate


def _plain(operator, **attributes):
    return lambda to, layer, *x: to.node(operator, *x, **attributes)


TRANSLATIONS = {
    layers.Dense: _dense,
    layers.Embedding: _embedding,
    layers.Conv2D: _convolution,
    layers.MaxPooling2D: _pooling("MaxPool"),
    layers.AveragePooling2D: _pooling("AveragePool"),
    layers.GlobalAveragePooling2D: _over_places("ReduceMean"),
    layers.GlobalMaxPooling2D: _over_places("ReduceMax"),
    layers.BatchNormalization: _batch_norm,
    layers.LayerNormalization: _layer_norm,
    layers.RMSNormalization: _rms_norm,
    layers.Flatten: _in_shape,
    layers.Reshape: _in_shape,
    layers.LSTM: _recurrent("LSTM", (0, 3, 1, 2)),
    layers.GRU: _recurrent("GRU", (0, 1, 2), linear_before_reset=1),
    layers.Add: _plain("Sum"),
    layers.Multiply: lambda to, layer, *x: functools.reduce(lambda a, b: to.node("Mul", a, b), x),
    layers.Concatenate: lambda to, layer, *x: to.node("Concat", *x, axis=layer.axis),
    layers.LeakyReLU: lambda to, layer, x: to.node("LeakyRelu", x, alpha=layer.negative_slope),
    layers.ELU: lambda to, layer, x: to.node("Elu", x, alpha=layer.alpha),
    layers.GELU: lambda to, layer, x: to.node("Gelu", x, approximate=FORM[layer.approximate]),
    layers.SiLU: lambda to, layer, x: to.node("Mul", x, to.node("Sigmoid", x)),
    layers.ReLU: _plain("Relu"),
    layers.Sigmoid: _plain("Sigmoid"),
    layers.Tanh: _plain("Tanh"),
    layers.Softmax: _plain("Softmax", axis=-1),
    layers.Softplus: _plain("Softplus"),
    layers.SELU: _plain("Selu"),
    **dict.fromkeys(
        (layers.Linear, layers.Identity, layers.InputLayer, layers.Dropout, layers.GaussianNoise),
        _plain("Identity"),
    ),
}
