"""An LSTM that learns a text character by character, then writes, more or less boldly."""

import keras
import numpy as np
from keras import layers

text = """the little boat went out to sea, the little boat came home to me.
the wind was low, the moon was high, the stars were falling from the sky.
""".lower().replace("\n", " ")
text = text * 2
print("Corpus length:", len(text))

chars = sorted(set(text))
char_indices = {c: i for i, c in enumerate(chars)}
indices_char = dict(enumerate(chars))

maxlen, step = 12, 1
sentences = [text[i : i + maxlen] for i in range(0, len(text) - maxlen, step)]
next_chars = [text[i + maxlen] for i in range(0, len(text) - maxlen, step)]
x = np.zeros((len(sentences), maxlen, len(chars)), dtype="bool")
y = np.zeros((len(sentences), len(chars)), dtype="bool")
for i, sentence in enumerate(sentences):
    for t, char in enumerate(sentence):
        x[i, t, char_indices[char]] = 1
    y[i, char_indices[next_chars[i]]] = 1

model = keras.Sequential(
    [
        keras.Input(shape=(maxlen, len(chars))),
        layers.LSTM(48),
        layers.Dense(len(chars), activation="softmax"),
    ]
)
optimizer = keras.optimizers.RMSprop(learning_rate=0.01)
model.compile(loss="categorical_crossentropy", optimizer=optimizer)
history = model.fit(x, y, batch_size=32, epochs=15, verbose=0)

rng = np.random.default_rng(0)


def sample(preds, temperature=1.0):
    preds = np.asarray(preds).astype("float64")
    preds = np.exp(np.log(preds + 1e-12) / temperature)
    return int(np.argmax(rng.multinomial(1, preds / np.sum(preds))))


written = {}
for diversity in [0.1, 1.2]:
    generated = text[:maxlen]
    for _ in range(24):
        x_pred = np.zeros((1, maxlen, len(chars)))
        for t, char in enumerate(generated[-maxlen:]):
            x_pred[0, t, char_indices[char]] = 1.0
        generated += indices_char[sample(model.predict(x_pred, verbose=0)[0], diversity)]
    written[diversity] = generated
    print(diversity, generated)
