"""The first program of many tutorials: digits, dense layers, logits, probabilities."""

import keras
from sklearn.datasets import load_digits

digits = load_digits()
images, labels = digits.images / 16.0, digits.target
x_train, x_test = images[:1400], images[1400:]
y_train, y_test = labels[:1400], labels[1400:]

model = keras.models.Sequential(
    [
        keras.layers.Flatten(input_shape=(8, 8)),
        keras.layers.Dense(128, activation="relu"),
        keras.layers.Dropout(0.2),
        keras.layers.Dense(10),
    ]
)

loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
untrained = model.predict(x_train[:500])
first_loss = float(loss_fn(y_train[:500], untrained))
print(f"before training: {first_loss:.2f}")

model.compile(optimizer="adam", loss=loss_fn, metrics=["accuracy"])
model.fit(x_train, y_train, epochs=10)
score = model.evaluate(x_test, y_test, verbose=2)

probability_model = keras.Sequential([model, keras.layers.Softmax()])
probabilities = probability_model.predict(x_test[:5])
answers = probabilities.argmax(axis=-1)
print("read:", answers, "written:", y_test[:5])
