"""The programs of `tests/models/keras_programs` on Keras itself: their facts hold there too."""

import keras_programs
import pytest
from keras_on_torch import keras


@pytest.mark.filterwarnings("ignore")  # old spellings, such as input_shape, warn in Keras 3
@pytest.mark.parametrize("name", keras_programs.NAMES)
def test_program(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    keras.utils.clear_session()  # names of layers count from the start
    keras.utils.set_random_seed(0)
    if name == "text_vectorization":
        pytest.importorskip("tensorflow", reason="Keras's TextVectorization needs TensorFlow")
    keras_programs.run_and_check(name)
