"""Looking at all layers at once: a second model that returns what they compute."""

import keras
import numpy as np
from keras import layers, models
from sklearn.datasets import load_digits

digits = load_digits()
images = np.expand_dims(digits.images / 16.0, axis=-1)

model = models.Sequential(
    [
        layers.Input((8, 8, 1)),
        layers.Conv2D(8, 3, activation="relu", name="conv_1"),
        layers.MaxPooling2D(2, name="pool_1"),
        layers.Conv2D(16, 2, activation="relu", name="conv_2"),
        layers.Flatten(name="flat"),
        layers.Dense(10, activation="softmax", name="answer"),
    ]
)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(images[:1400], digits.target[:1400], epochs=12, verbose=0)
accuracy = model.evaluate(images[1400:], digits.target[1400:], verbose=0)[1]

layer_outputs = [layer.output for layer in model.layers[:3]]
layer_names = [layer.name for layer in model.layers[:3]]
activation_model = keras.Model(inputs=model.inputs, outputs=layer_outputs)
activations = activation_model.predict(images[1400:1410])
shapes = {name: values.shape for name, values in zip(layer_names, activations)}
smallest = min(float(values.min()) for values in activations)

# a second task, on features that stay as they are
features = keras.Model(model.inputs, model.get_layer("flat").output, name="features")
features.trainable = False
inputs = keras.Input((8, 8, 1))
x = features(inputs, training=False)
x = layers.Dense(24, activation="relu")(x)
outputs = layers.Dense(1, activation="sigmoid")(x)
large = keras.Model(inputs, outputs)
large.compile("adam", "binary_crossentropy", metrics=["accuracy"])
is_large = (digits.target >= 5).astype("float32")
kept = model.get_weights()
large.fit(images[:1400], is_large[:1400], epochs=12, verbose=0)
large_accuracy = large.evaluate(images[1400:], is_large[1400:], verbose=0)[1]
untouched = all(np.array_equal(a, b) for a, b in zip(kept, model.get_weights()))
trained = len(large.trainable_weights), len(large.non_trainable_weights)
