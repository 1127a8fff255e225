"""A block of stock layers under one name, used again and again."""

import keras
import numpy as np
from keras import layers


class DenseBlock(keras.Sequential):
    """Dense without bias, batch normalization, activation, dropout."""

    def __init__(self, units, rate=0.0, **kwargs):
        super().__init__(**kwargs)
        self.add(layers.Dense(units, use_bias=False, kernel_initializer="he_uniform"))
        self.add(layers.BatchNormalization(momentum=0.9))
        self.add(layers.Activation("relu"))
        if rate:
            self.add(layers.Dropout(rate, seed=3))


rng = np.random.default_rng(0)
angle = rng.uniform(0, 3 * np.pi, size=600)
arm = rng.integers(0, 2, size=600)
radius = angle / (3 * np.pi)
x = np.stack([radius * np.cos(angle + np.pi * arm), radius * np.sin(angle + np.pi * arm)], axis=1)
x_train, x_test, y_train, y_test = x[:450], x[450:], arm[:450], arm[450:]

model = keras.Sequential(
    [
        keras.Input((2,)),
        DenseBlock(64, name="first"),
        DenseBlock(64, rate=0.1, name="second"),
        DenseBlock(32, name="third"),
        layers.Dense(1, activation="sigmoid"),
    ],
    name="spirals",
)
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
model.optimizer.learning_rate = 0.01
model.fit(x_train, y_train, epochs=40, batch_size=32, verbose=0)
score = model.evaluate(x_test, y_test, verbose=0)

second = model.get_layer("second")
inside = [type(layer).__name__ for layer in second.layers]
counts = [
    len(model.weights),
    len(model.trainable_weights),
    len(model.non_trainable_weights),
    second.count_params(),
]
features = keras.Sequential(model.layers[:-1]).predict(x_test, verbose=0)
