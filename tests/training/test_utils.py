"""The small helpers that programs for Keras import."""

import numpy as np
import pytest

from minidl import utils


def test_normalize_by_hand():
    x = np.array([[3.0, 4.0], [0.0, 0.0]])
    np.testing.assert_allclose(utils.normalize(x), [[0.6, 0.8], [0, 0]])
    np.testing.assert_allclose(utils.normalize(x, order=1), [[3 / 7, 4 / 7], [0, 0]])
    np.testing.assert_allclose(utils.normalize([[3, 0], [4, 2]], axis=0), [[0.6, 0], [0.8, 1]])


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
