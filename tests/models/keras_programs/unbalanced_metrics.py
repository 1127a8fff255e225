"""One in fifteen is a fraud: accuracy says little; precision, recall and class weights help."""

import keras
import numpy as np
from keras import layers

rng = np.random.default_rng(0)
targets = (rng.random(3000) < 1 / 15).astype("uint8")
features = rng.normal(size=(3000, 10)) + 0.9 * targets[:, None] * (np.arange(10) < 4)
train_features, val_features = features[:2000], features[2000:]
train_targets, val_targets = targets[:2000, None], targets[2000:, None]
counts = np.bincount(train_targets[:, 0])
class_weight = {0: 1.0 / counts[0], 1: 1.0 / counts[1]}
class_weight = {k: weight * len(train_targets) / 2 for k, weight in class_weight.items()}

METRICS = [
    keras.metrics.BinaryAccuracy(name="accuracy"),
    keras.metrics.FalseNegatives(name="fn"),
    keras.metrics.FalsePositives(name="fp"),
    keras.metrics.TruePositives(name="tp"),
    keras.metrics.Precision(name="precision"),
    keras.metrics.Recall(name="recall"),
    keras.metrics.AUC(name="auc"),
]


def run(weights):
    model = keras.Sequential(
        [
            keras.Input(shape=train_features.shape[1:]),
            layers.Dense(32, activation="relu"),
            layers.Dropout(0.3),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=METRICS)
    model.fit(
        train_features,
        train_targets,
        batch_size=64,
        epochs=8,
        verbose=0,
        validation_data=(val_features, val_targets),
        class_weight=weights,
    )
    results = model.evaluate(val_features, val_targets, verbose=0, return_dict=True)
    return results, model.predict(val_features, verbose=0)


plain, _ = run(None)
weighted, predictions = run(class_weight)
print({name: round(value, 3) for name, value in weighted.items()})

recall = keras.metrics.Recall(thresholds=0.3)
recall.update_state(val_targets[:500], predictions[:500])
recall.update_state(val_targets[500:], predictions[500:])
recall_at_03 = float(recall.result())
by_hand = float((predictions[val_targets == 1] > 0.3).mean())
recall.reset_state()
after_reset = float(recall.result())
