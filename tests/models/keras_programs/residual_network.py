"""Residual blocks: what a block computes is added to what came in."""

import keras
from keras import layers
from keras.utils import to_categorical
from sklearn.datasets import load_digits

digits = load_digits()
images, labels = digits.images[..., None] / 16.0, to_categorical(digits.target)
x_train, x_test, y_train, y_test = images[:1200], images[1200:], labels[:1200], labels[1200:]


def residual_block(x, filters, stride=1):
    shortcut = x
    x = layers.Conv2D(filters, 3, strides=stride, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization(momentum=0.8)(x)
    x = layers.ReLU()(x)
    x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization(momentum=0.8)(x)
    if stride != 1 or shortcut.shape[-1] != filters:
        shortcut = layers.Conv2D(filters, 1, strides=stride, use_bias=False)(shortcut)
        shortcut = layers.BatchNormalization(momentum=0.8)(shortcut)
    x = layers.add([x, shortcut])
    return layers.Activation("relu")(x)


inputs = keras.Input(shape=(8, 8, 1), name="img")
x = layers.Conv2D(8, 3, padding="same", activation="relu")(inputs)
x = residual_block(x, 8)
x = residual_block(x, 16, stride=2)
x = layers.Add(name="doubled")([x, x])
x = layers.GlobalAveragePooling2D()(x)
x = layers.Dropout(0.2)(x)
outputs = layers.Dense(10, activation="softmax")(x)

model = keras.Model(inputs, outputs, name="toy_resnet")
model.compile(
    optimizer=keras.optimizers.SGD(0.05, momentum=0.9),
    loss=keras.losses.CategoricalCrossentropy(label_smoothing=0.05),
    metrics=["acc"],
)
model.summary()
history = model.fit(x_train, y_train, batch_size=32, epochs=5, validation_split=0.1, verbose=0)
loss, accuracy = model.evaluate(x_test, y_test, verbose=0)

model.save("toy_resnet.keras")
reloaded = keras.models.load_model("toy_resnet.keras")
difference = float(abs(reloaded.predict(x_test) - model.predict(x_test)).max())
sums = [layer.name for layer in model.layers if isinstance(layer, layers.Add)]
counts = len(model.layers), model.count_params(), len(model.non_trainable_weights)
