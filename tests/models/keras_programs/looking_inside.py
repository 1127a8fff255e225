"""What a model tells of itself: summary, shapes, weights with names, layers by name."""

import keras
from keras import layers
from sklearn.datasets import load_wine

model = keras.Sequential(name="my_sequential")
model.add(layers.Dense(12, activation="relu", name="my_first_layer"))
built_at_first = model.built
model.build((None, 13))
model.add(layers.BatchNormalization(name="scaled"))
model.add(layers.Dense(3, activation="softmax", name="my_last_layer"))

lines = []
model.summary(line_length=72, print_fn=lambda text, **_: lines.append(text))
summary = "\n".join(lines)
print(summary)

first, last = model.layers[0], model.get_layer("my_last_layer")
shapes = {
    "kernel": tuple(first.kernel.shape),
    "bias": tuple(first.bias.shape),
    "input": model.input_shape,
    "output": model.output_shape,
    "hidden": tuple(first.output.shape),
    "symbolic input": tuple(model.inputs[0].shape),
    "symbolic output": tuple(model.outputs[0].shape),
}
weights = [(w.name, tuple(w.shape)) for w in model.weights]
counts = [layer.count_params() for layer in model.layers]
trainable = len(model.trainable_variables), len(model.non_trainable_variables)
config = last.get_config()
described = config["name"], config["units"], config["activation"]

wine = load_wine()
x = (wine.data - wine.data.mean(axis=0)) / wine.data.std(axis=0)
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
before = first.kernel.numpy() if hasattr(first.kernel, "numpy") else first.get_weights()[0]
before = before.copy()
model.fit(x, wine.target, epochs=40, verbose=0)
moved = float(abs(first.get_weights()[0] - before).max())
accuracy = model.evaluate(x, wine.target, verbose=0)[1]
state = {w.name: w.shape for w in model.get_layer(name="scaled").non_trainable_weights}
