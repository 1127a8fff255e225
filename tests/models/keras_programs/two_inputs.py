"""A ticket's words and its numbers in one model: two inputs that meet in the middle."""

import keras
import numpy as np
from keras import layers

num_words, length = 50, 8
rng = np.random.default_rng(0)
words = rng.integers(1, num_words, size=(900, length))
table = rng.normal(size=(900, 3)).astype("float32")
urgent = (words < 4).any(axis=1)  # three words that alarm
priority = (urgent ^ (table[:, 0] + table[:, 1] > 0.8)).astype("float32")

text_input = keras.Input(shape=(length,), dtype="int32", name="words")
table_input = keras.Input(shape=(3,), name="table")
text_features = layers.Embedding(num_words, 16)(text_input)
text_features = layers.Conv1D(16, 1, activation="relu")(text_features)
text_features = layers.GlobalMaxPooling1D()(text_features)
table_features = layers.Dense(16, activation="relu")(table_input)
x = layers.concatenate([text_features, table_features])
x = layers.Dense(32, activation="relu")(x)
answer = layers.Dense(1, activation="sigmoid", name="priority")(x)

model = keras.Model(inputs=[text_input, table_input], outputs=answer, name="tickets")
model.compile(
    optimizer=keras.optimizers.Adam(0.01), loss="binary_crossentropy", metrics=["accuracy"]
)
train = {"words": words[:700], "table": table[:700]}
test = {"words": words[700:], "table": table[700:]}
history = model.fit(
    train, priority[:700], validation_data=(test, priority[700:]), epochs=15, verbose=0
)
as_dict = model.evaluate(test, priority[700:], verbose=0)
as_list = model.evaluate([words[700:], table[700:]], priority[700:], verbose=0)
predictions = model.predict([words[700:], table[700:]])

names = [value.name for value in model.inputs]
shapes = [tuple(value.shape) for value in [*model.inputs, x, *model.outputs]]
parameters = model.count_params()
