"""A network that others designed, with a head of one's own: features, frozen, fine-tuned."""

import keras
import numpy as np
from keras.applications import vgg16
from keras.applications.vgg16 import VGG16, preprocess_input
from keras.layers import Dense, Dropout, Flatten, GlobalAveragePooling2D
from keras.models import Model, Sequential

# dark and bright pictures
rng = np.random.default_rng(0)
images = rng.integers(0, 90, size=(24, 32, 32, 3))
labels = np.arange(24) % 2
images[labels == 1] += 150
x = preprocess_input(images.astype("float32"))

# in place of weights="imagenet", which would be downloaded
conv_base = VGG16(weights=None, include_top=False, input_shape=(32, 32, 3))
names = [layer.name for layer in conv_base.layers[1:]]
features = conv_base.predict(x, verbose=0)

# a base inside a row
conv_base.trainable = False
model = Sequential()
model.add(conv_base)
model.add(Flatten())
model.add(Dense(16, activation="relu"))
model.add(Dropout(0.5))
model.add(Dense(1, activation="sigmoid"))
in_the_row = len(model.layers), len(model.trainable_weights), len(model.weights)
model.compile(keras.optimizers.Adam(1e-3), "binary_crossentropy", metrics=["accuracy"])
before = [w.copy() for w in conv_base.get_weights()]
model.fit(x, labels, epochs=2, batch_size=8, verbose=0)
moved_while_frozen = any((a != b).any() for a, b in zip(before, conv_base.get_weights()))

# the last block learns, too
conv_base.trainable = True
for layer in conv_base.layers:
    layer.trainable = layer.name.startswith("block5")
model.compile(keras.optimizers.Adam(1e-4), "binary_crossentropy", metrics=["accuracy"])
model.fit(x, labels, epochs=1, batch_size=8, verbose=0)
moved = [bool((a != b).any()) for a, b in zip(before, conv_base.get_weights())]

# a graph that goes on where the base ends
base_model = vgg16.VGG16(weights=None, include_top=False, pooling=None, input_shape=(48, 32, 3))
for layer in base_model.layers:
    layer.trainable = False
h = base_model.output
h = GlobalAveragePooling2D()(h)
predictions = Dense(5, activation="softmax")(h)
whole = Model(inputs=base_model.input, outputs=predictions)
trained = len(whole.trainable_weights)
answers = whole.predict(np.zeros((2, 48, 32, 3)), verbose=0)

# what an inner layer sees
cut = Model(inputs=base_model.inputs, outputs=base_model.get_layer("block4_pool").output)
inner = cut.predict(np.zeros((1, 48, 32, 3)), verbose=0)
