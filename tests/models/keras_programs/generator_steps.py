"""A generator that never ends feeds fit, evaluate and predict: how far is told in steps."""

import numpy as np
from keras import Sequential
from keras.layers import Dense, SimpleRNN
from keras.optimizers import RMSprop

rng = np.random.default_rng(0)
series = np.sin(np.arange(900) / 4) + 0.05 * rng.normal(size=900)
float_data = np.stack([series, np.cos(np.arange(900) / 7)], axis=1)

lookback, batch_size = 10, 32


def generator(data, min_index, max_index, shuffle=False):
    i = min_index + lookback
    while True:
        if shuffle:
            rows = rng.integers(min_index + lookback, max_index, size=batch_size)
        else:
            if i + batch_size >= max_index:
                i = min_index + lookback
            rows = np.arange(i, i + batch_size)
            i += batch_size
        samples = np.stack([data[row - lookback : row] for row in rows])
        yield samples, data[rows, 0]


train_gen = generator(float_data, 0, 600, shuffle=True)
val_gen = generator(float_data, 600, 750)
test_gen = generator(float_data, 750, 900)
val_steps = (150 - lookback) // batch_size

model = Sequential()
model.add(SimpleRNN(16, input_shape=(None, float_data.shape[-1])))
model.add(Dense(1))
model.compile(optimizer=RMSprop(0.005), loss="mae")
history = model.fit(
    train_gen,
    steps_per_epoch=20,
    epochs=6,
    validation_data=val_gen,
    validation_steps=val_steps,
    verbose=0,
)
test_mae = model.evaluate(test_gen, steps=4, verbose=0)
predicted = model.predict(generator(float_data, 750, 900), steps=2, verbose=0)

naive = np.abs(np.diff(series[750:])).mean()
print(f"test MAE {test_mae:.3f}, the last value again {naive:.3f}")
