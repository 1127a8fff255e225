"""A small U-Net: every pixel is disc or background; skips carry the sharp edges across."""

import keras
import numpy as np
from keras.layers import (
    Activation,
    BatchNormalization,
    Concatenate,
    Conv2D,
    Conv2DTranspose,
    Input,
    MaxPooling2D,
    UpSampling2D,
)

rng = np.random.default_rng(0)
row, column = np.mgrid[:16, :16]


def scene():
    r, c, radius = rng.uniform(3, 13), rng.uniform(3, 13), rng.uniform(2, 5)
    disc = (np.hypot(row - r, column - c) < radius).astype("float32")
    return disc * 0.6 + rng.uniform(0, 0.9, size=(16, 16)), disc


images, masks = (np.stack(part)[..., None] for part in zip(*(scene() for _ in range(260))))
x_train, x_test, y_train, y_test = images[:200], images[200:], masks[:200], masks[200:]


def conv_block(x, filters):
    x = Conv2D(filters, 3, padding="same", kernel_initializer="he_normal")(x)
    x = BatchNormalization(momentum=0.8)(x)
    return Activation("relu")(x)


inputs = Input((16, 16, 1))
c1 = conv_block(inputs, 8)
p1 = MaxPooling2D((2, 2))(c1)
c2 = conv_block(p1, 16)
p2 = MaxPooling2D((2, 2))(c2)
bottom = conv_block(p2, 32)
u2 = Conv2DTranspose(16, (2, 2), strides=(2, 2), padding="same")(bottom)
c3 = conv_block(Concatenate()([u2, c2]), 16)
u1 = UpSampling2D((2, 2), interpolation="bilinear")(c3)
c4 = conv_block(Concatenate(axis=3)([u1, c1]), 8)
outputs = Conv2D(1, (1, 1), activation="sigmoid")(c4)

model = keras.Model(inputs=[inputs], outputs=[outputs])
model.compile(
    optimizer=keras.optimizers.Adam(0.01), loss="binary_crossentropy", metrics=["accuracy"]
)
model.summary()
model.fit(x_train, y_train, batch_size=20, epochs=8, verbose=0)
loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
predicted = model.predict(x_test, verbose=0) > 0.5
overlap = (predicted & (y_test > 0)).sum() / (predicted | (y_test > 0)).sum()
shapes = [tuple(value.shape) for value in (p2, bottom, u2, c4)]
