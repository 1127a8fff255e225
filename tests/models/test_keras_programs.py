"""Keras programs run with `keras` replaced by `minidl`, and KERAS.md tells how many of them do."""

import re
from pathlib import Path

import keras_programs
import pytest

# Programs that do not run yet, and how they stop. One that runs must leave this list.
STOPPED = {
    "callbacks_on_files": "kept in .npz files; got 'best.keras'",
    "cut_autoencoder": r"\[\(12,\), \(12,\), \(64,\)\] == \[\(None, 12\)",
    "digits_convnet": "kept in .npz files; got 'model_at_epoch_{epoch}.keras'",
    "digits_mlp": r"float\(\) argument must be a string or a real number, not 'tuple'",
    "inception": "has no attribute 'Nadam'",
    "looking_inside": r"'output': \(3,\)\} != \{'output': \(None, 3\)\}",
    "residual_network": "kept in .npz files; got 'toy_resnet.keras'",
    "weights_and_json": "kept in .npz files; got 'flowers.weights.h5'",
}


@pytest.mark.parametrize("name", keras_programs.NAMES)
def test_program(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if name in STOPPED:
        with pytest.raises(Exception, match=STOPPED[name]):
            keras_programs.run_and_check(name, keras_programs.in_minidl)
    else:
        keras_programs.run_and_check(name, keras_programs.in_minidl)


def test_every_name_here_is_a_program():
    facts = {name for name, fact in keras_programs.FACTS.items() if callable(fact)}
    assert facts == set(keras_programs.NAMES) >= set(STOPPED)


def test_keras_md_tells_how_many_run():
    text = (Path(__file__).parents[2] / "KERAS.md").read_text(encoding="utf-8")
    told = re.search(r"Of (\d+) programs\s[^.]*, (\d+) run\s", text).groups()
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
