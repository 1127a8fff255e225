"""Keras programs run with `keras` replaced by `minidl`, and README tells how many of them do."""

import re
from pathlib import Path

import functional_facts
import keras_programs
import pytest
import sequential_facts

FACTS = vars(sequential_facts) | vars(functional_facts)
FUNCTIONAL = "minidl has no functional API"
# Programs that do not run yet, and how they stop. One that runs must leave this list.
STOPPED = {
    "augmentation": "has no attribute 'RandomZoom'",
    "batch_by_batch": "has no attribute 'reset_metrics'",
    "bidirectional_lstm": r"was built for inputs of shape \(16,\) and cannot take \(24,\)",
    "callbacks_on_files": "kept in .npz files; got 'best.keras'",
    "clothes_classifier": "'History' object has no attribute 'params'",
    "conv1d_text": r"build\(\) missing 1 required positional argument: 'rng'",
    "cut_autoencoder": FUNCTIONAL,
    "digits_convnet": "has no attribute 'Rescaling'",
    "digits_mlp": r"float\(\) argument must be a string or a real number, not 'tuple'",
    "encoder_decoder": FUNCTIONAL,
    "feature_extraction": "has no attribute 'output'",
    "gan": "has no attribute 'predict_on_batch'",
    "generator_steps": "unexpected keyword argument 'steps_per_epoch'",
    "house_prices_kfold": "cannot import name 'backend'",
    "inception": FUNCTIONAL,
    "learning_rates": "has no attribute 'Normalization'",
    "looking_inside": r"build\(\) missing 1 required positional argument: 'rng'",
    "newswires": "has no attribute 'TopKCategoricalAccuracy'",
    "overfitting": "unknown metric 'binary_crossentropy'",
    "own_callback": "has no attribute 'params'",
    "py_dataset": "has no attribute 'PyDataset'",
    "recommender": "cannot import name 'Add'",
    "residual_network": FUNCTIONAL,
    "siamese": "cannot import name 'Concatenate'",
    "text_vectorization": "has no attribute 'TextVectorization'",
    "two_inputs": "Input has no argument 'dtype'",
    "two_outputs": FUNCTIONAL,
    "unbalanced_metrics": "has no attribute 'BinaryAccuracy'",
    "unet": "cannot import name 'Concatenate'",
    "weights_and_json": "cannot import name 'model_from_json'",
}


@pytest.mark.parametrize("name", keras_programs.NAMES)
def test_program(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if name in STOPPED:
        with pytest.raises(Exception, match=STOPPED[name]):
            keras_programs.run(name, keras_programs.in_minidl)
    else:
        FACTS[name](keras_programs.run(name, keras_programs.in_minidl))


def test_every_name_here_is_a_program():
    checks = {name for name, fact in FACTS.items() if callable(fact)}
    assert checks == set(keras_programs.NAMES) >= set(STOPPED)


def test_readme_tells_how_many_run():
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    told = re.search(r"Of (\d+) programs\s[^.]*, (\d+) run\s", readme).groups()
    every = len(keras_programs.NAMES)
    assert told == (str(every), str(every - len(STOPPED)))


@pytest.mark.parametrize(
    ("line", "becomes"),
    [
        ("import keras", "import minidl as keras"),
        ("from tensorflow import keras", "import minidl as keras"),
        ("from keras import layers", "from minidl import layers"),
        ("from tensorflow.keras.layers import Dense", "from minidl.layers import Dense"),
    ],
)
def test_only_import_lines_change(line, becomes):
    rest = "x = keras.Input((3,))  # import keras, from keras import layers"
    assert keras_programs.in_minidl(f"{line}\n{rest}") == f"{becomes}\n{rest}"
