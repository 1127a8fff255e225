"""From strings to a verdict: TextVectorization, Embedding, the mean of the words."""

import keras
import numpy as np
from keras import layers

rng = np.random.default_rng(0)
good, bad = ["splendid", "funny", "warm", "clever"], ["dull", "clumsy", "cold", "endless"]
others = ["the", "a", "film", "story", "actors", "music", "of", "was", "scene", "evening", "in"]


def sentence(label):
    words = [*rng.choice(others, size=7), rng.choice(good if label else bad)]
    return " ".join(rng.permutation(words)).capitalize() + "!"


labels = rng.integers(0, 2, size=600)
texts = np.array([sentence(label) for label in labels])
train_texts, train_labels = texts[:450], labels[:450]
test_texts, test_labels = texts[450:], labels[450:]

max_features, sequence_length = 50, 10
vectorize_layer = layers.TextVectorization(
    max_tokens=max_features,
    output_mode="int",
    output_sequence_length=sequence_length,
    standardize="lower_and_strip_punctuation",
)
vectorize_layer.adapt(train_texts)
vocabulary = vectorize_layer.get_vocabulary()
print(len(vocabulary), "words, the most frequent:", vocabulary[2:6])
x_train = np.array(vectorize_layer(train_texts))
x_test = np.array(vectorize_layer(test_texts))

model = keras.Sequential(
    [
        layers.Embedding(max_features, 16),
        layers.Dropout(0.2),
        layers.GlobalAveragePooling1D(),
        layers.Dropout(0.2),
        layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(
    loss=keras.losses.BinaryCrossentropy(),
    optimizer=keras.optimizers.Adam(0.01),
    metrics=[keras.metrics.BinaryAccuracy(threshold=0.5)],
)
model.fit(x_train, train_labels, validation_data=(x_test, test_labels), epochs=10, verbose=0)
loss, accuracy = model.evaluate(x_test, test_labels)

examples = np.array(["A splendid evening of clever actors", "The scene was dull, the music cold"])
verdicts = model.predict(np.array(vectorize_layer(examples)))
