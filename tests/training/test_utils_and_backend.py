"""The small helpers that programs for Keras import: `utils` and `backend`."""

import gc
import weakref

import numpy as np
import pytest

from minidl import backend as K  # noqa: N812  as programs for Keras write it
from minidl import config, utils
from minidl.layers import BatchNormalization, Dense
from minidl.models import Sequential


def test_normalize_by_hand():
    x = np.array([[3.0, 4.0], [0.0, 0.0]])
    np.testing.assert_allclose(utils.normalize(x), [[0.6, 0.8], [0, 0]])
    np.testing.assert_allclose(utils.normalize(x, order=1), [[3 / 7, 4 / 7], [0, 0]])
    np.testing.assert_allclose(utils.normalize([[3, 0], [4, 2]], axis=0), [[0.6, 0], [0.8, 1]])


def test_unpack():
    x, y, w = np.ones(2), np.zeros(2), np.full(2, 0.5)
    assert utils.unpack_x_y_sample_weight(x) == (x, None, None)
    assert utils.unpack_x_y_sample_weight((x,)) == (x, None, None)
    assert utils.unpack_x_y_sample_weight([x, y]) == (x, y, None)
    assert utils.unpack_x_y_sample_weight((x, y, w)) == (x, y, w)
    for wrong in ((), (x, y, w, x)):
        with pytest.raises(ValueError, match=f"got {len(wrong)} parts"):
            utils.unpack_x_y_sample_weight(wrong)


class Squares(utils.Sequence):
    """As in Keras's documentation, with the arguments of Keras 3."""

    def __init__(self, n, **options):
        super().__init__(**options)
        self.n, self.epochs = n, 0

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        return np.full((2, 1), i), np.full((2, 1), i * i)


def test_a_data_set_of_your_own():
    data = Squares(3, workers=2, use_multiprocessing=True, max_queue_size=4)
    assert len(data) == 3 and data[2][1][0, 0] == 4
    assert isinstance(data, utils.PyDataset) and data.on_epoch_end() is None
    with pytest.raises(TypeError, match="worker"):
        Squares(3, worker=2)
    with pytest.raises(NotImplementedError, match=r"PyDataset\.__len__: the number of batches"):
        len(utils.PyDataset())
    with pytest.raises(NotImplementedError, match=r"PyDataset\.__getitem__: batch 5"):
        utils.PyDataset()[5]


def test_values_of_weights():
    model = Sequential([Dense(2, input_shape=(3,)), BatchNormalization()], seed=0)
    layer, norm = model.layers
    copy = K.get_value(layer.W)
    copy[:] = 7
    assert not (layer.W.value == 7).any() and K.get_value(0.01) == 0.01
    K.set_value(layer.W, copy.tolist())
    K.set_value(norm.moving_mean, [1, 2])
    assert (layer.W.value == 7).all() and norm.moving_mean.value.tolist() == [1, 2]
    with pytest.raises(ValueError, match=r"needs an array \(3, 2\); got \(3,\)"):
        K.set_value(layer.W, np.zeros(3))
    with pytest.raises(TypeError, match=r"got 0\.001.*model\.optimizer\.learning_rate = "):
        K.set_value(0.001, 0.0001)


def test_settings():
    assert K.epsilon() == 1e-7
    K.set_floatx("float64")
    assert K.floatx() == config.floatx() == "float64"


def test_clear_session_frees_what_is_gone():
    class Node:
        pass

    node = Node()
    node.itself, gone = node, weakref.ref(node)
    gc.disable()
    try:
        del node
        assert gone() is not None
        K.clear_session()
        assert gone() is None
    finally:
        gc.enable()


def test_anything_else_is_numpys():
    with pytest.raises(AttributeError, match=r"no 'mean'.*get_value.*numpy\.mean"):
        K.mean  # noqa: B018
