"""What onnxruntime answers is what the model answers."""

import numpy as np
import pytest

from minidl import Input, Model, Sequential, layers
from minidl.models import onnx

pytest.importorskip("onnx", reason="needs onnx: pip install -e .[parity]")
onnxruntime = pytest.importorskip("onnxruntime", reason="needs onnxruntime, likewise")


def answers(model, x, file):
    """Return (what the model says, what the runtime says), as lists."""
    onnx.export(model, file)
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    several = isinstance(x, tuple)
    feed = {f"x_{i}": part for i, part in enumerate(x)} if several else {"x": x}
    y = model.predict(x, verbose=0)
    return list(y) if isinstance(y, tuple | list) else [y], session.run(None, feed)


def spread(model, seed=0):
    """Give every array numbers of its own, so that none may be left out."""
    rng = np.random.default_rng(seed)
    model.set_weights(
        [rng.uniform(0.2, 0.7, a.shape) - 0.3 * (a.ndim > 1) for a in model.get_weights()]
    )
    return model


ACTIVATIONS = ["relu", "sigmoid", "tanh", "softmax", "elu", "selu", "gelu", "silu", "softplus"]
ROWS = {
    "dense": ([layers.Dense(4), layers.Dense(3, use_bias=False)], (5,)),
    **{name: ([layers.Dense(4, name)], (5,)) for name in ACTIVATIONS},
    "slopes": ([layers.LeakyReLU(0.3), layers.ELU(0.7), layers.GELU(approximate=True)], (5,)),
    "convolution": ([layers.Conv2D(4, (3, 2), activation="relu")], (7, 6, 3)),
    "convolution, same, strides": ([layers.Conv2D(4, 3, strides=2, padding="same")], (8, 7, 3)),
    "convolution, groups": ([layers.Conv2D(4, 3, dilation_rate=2, groups=2)], (8, 7, 6)),
    "pooling": ([layers.MaxPooling2D(2), layers.AveragePooling2D((2, 1))], (9, 8, 3)),
    "pooling, same": (
        [layers.MaxPooling2D(3, 2, "same"), layers.AveragePooling2D(2, padding="same")],
        (9, 7, 3),
    ),
    "mean of an image": ([layers.GlobalAveragePooling2D()], (4, 5, 3)),
    "largest, kept": ([layers.GlobalMaxPooling2D(keepdims=True)], (4, 5, 3)),
    "batch norm": ([layers.BatchNormalization(), layers.Dropout(0.5)], (4, 3)),
    "batch norm, bare": ([layers.BatchNormalization(center=False, scale=False)], (4, 3)),
    "layer norm": ([layers.LayerNormalization(), layers.Flatten()], (4, 3)),
    "rms norm": ([layers.RMSNormalization(), layers.Flatten()], (4, 3)),
    "reshape": ([layers.Reshape((3, -1)), layers.Dense(2)], (4, 6)),
    "lstm": ([layers.LSTM(4, return_sequences=True), layers.LSTM(3)], (6, 2)),
    "gru": ([layers.GRU(4, return_sequences=True), layers.GRU(3, use_bias=False)], (6, 2)),
    "any length": ([layers.LSTM(4)], (None, 2)),
}


@pytest.mark.parametrize("name", ROWS)
def test_a_row_of_layers_answers_the_same(name, tmp_path):
    row, shape = ROWS[name]
    model = spread(Sequential([layers.Input(shape), *row]))
    x = np.random.default_rng(1).standard_normal((3, *(n or 5 for n in shape)), "float32")
    (ours,), (theirs,) = answers(model, x, tmp_path / "model.onnx")
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


def test_a_graph_with_tokens_a_shared_layer_and_two_outputs(tmp_path):
    words, numbers = Input((7,), name="words"), Input((3,), name="numbers")
    shared = layers.Dense(4, "tanh")
    read = layers.LSTM(4)(layers.Embedding(11, 5)(words))
    joined = layers.concatenate(
        [shared(read), layers.add([shared(read), layers.Dense(4)(numbers)])]
    )
    inner = Sequential([layers.Dense(5, "relu"), layers.BatchNormalization()])
    out = inner(joined)
    model = spread(Model((words, numbers), (layers.Dense(1)(out), layers.multiply([out, out]))))
    rng = np.random.default_rng(0)
    x = rng.integers(0, 11, (4, 7)), rng.standard_normal((4, 3), "float32")
    ours, theirs = answers(model, x, tmp_path / "model.onnx")
    assert len(ours) == len(theirs) == 2
    for a, b in zip(ours, theirs):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


def test_a_trained_network_reads_digits_elsewhere(tmp_path):
    from minidl.datasets import mnist

    (x, y), _ = mnist.load_sample()
    x = x[:600, ..., None].astype("float32") / 255
    row = [layers.Conv2D(6, 5, activation="relu"), layers.MaxPooling2D(2), layers.Flatten()]
    model = Sequential([layers.Input((28, 28, 1)), *row, layers.Dense(10, "softmax")], seed=0)
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x, y[:600], epochs=2, verbose=0)
    (ours,), (theirs,) = answers(model, x, tmp_path / "digits.onnx")
    np.testing.assert_allclose(ours, theirs, atol=1e-5)
    assert (theirs.argmax(axis=1) == y[:600]).mean() > 0.7


class Own(Model):
    """No graph."""


REFUSED = {
    "a layer": (lambda: [layers.HardSigmoid()], "HardSigmoid, has no translation.*Dense"),
    "a mask": (lambda: [layers.Embedding(3, 2, mask_zero=True)], "makes a mask"),
    "backwards": (lambda: [layers.Reshape((2, 2)), layers.LSTM(3, go_backwards=True)], "go_back"),
    "activation": (
        lambda: [layers.Reshape((2, 2)), layers.GRU(3, activation="relu")],
        "of its own",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_written_is_refused_and_leaves_no_file(name, tmp_path):
    row, words = REFUSED[name]
    with pytest.raises(TypeError, match=words):
        onnx.export(Sequential([layers.Input((4,)), *row()]), tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())


def test_a_model_without_a_graph_is_refused(tmp_path):
    with pytest.raises(TypeError, match="export takes a built Sequential"):
        onnx.export(Own(), tmp_path / "model.onnx")
