"""Every word looks at every other: attention made of products, a softmax and a skip."""

import numpy as np
from keras.layers import (
    Activation,
    Add,
    Dense,
    Dot,
    Embedding,
    GlobalAveragePooling1D,
    GlobalMaxPooling1D,
    Input,
    LayerNormalization,
)
from keras.models import Model
from keras.optimizers import Adam

rng = np.random.default_rng(1)
words, length = 12, 8
sentences = rng.integers(1, words, size=(3000, length))
labels = np.array([3 in row and 7 in row for row in sentences]).astype("float32")

tokens = Input(shape=(length,))
x = Embedding(words, 16)(tokens)
query, key, value = (Dense(16, use_bias=False, name=name)(x) for name in ("q", "k", "v"))
scores = Dot(axes=2)([query, key])
weights = Activation("softmax", name="weights")(scores)
mixed = Dot(axes=(2, 1))([weights, value])
x = LayerNormalization()(Add()([x, mixed]))
x = Dense(16, activation="relu")(x)
pooled = Add()([GlobalMaxPooling1D()(x), GlobalAveragePooling1D()(x)])
answer = Dense(1, activation="sigmoid")(pooled)
model = Model(tokens, answer)
model.compile(optimizer=Adam(3e-3), loss="binary_crossentropy", metrics=["accuracy"])
model.fit(sentences[:2400], labels[:2400], epochs=8, batch_size=64, verbose=0)
accuracy = model.evaluate(sentences[2400:], labels[2400:], verbose=0)[1]
always_no = float(np.mean(labels[2400:] == 0))

attention = Model(model.input, model.get_layer("weights").output)
looks = attention.predict(sentences[:5], verbose=0)
