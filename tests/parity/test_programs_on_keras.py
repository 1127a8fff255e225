"""The programs of `tests/models/keras_programs` on Keras itself: their facts hold there too."""

import os

import functional_facts
import keras_programs
import pytest
import sequential_facts

os.environ["KERAS_BACKEND"] = "torch"  # read when Keras is imported
keras = pytest.importorskip("keras", reason="parity needs Keras: pip install keras==3.15.1")

FACTS = vars(sequential_facts) | vars(functional_facts)


@pytest.mark.filterwarnings("ignore")  # old spellings, such as input_shape, warn in Keras 3
@pytest.mark.parametrize("name", keras_programs.NAMES)
def test_program(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    keras.utils.clear_session()  # names of layers count from the start
    keras.utils.set_random_seed(int(os.environ.get("SEED", 0)))
    if name == "text_vectorization":
        pytest.importorskip("tensorflow", reason="Keras's TextVectorization needs TensorFlow")
    FACTS[name](keras_programs.run(name))
