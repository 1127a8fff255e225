"""pad_sequences, against the examples of Keras's own documentation and beyond."""

import numpy as np
import pytest

from minidl.utils import pad_sequences

ROWS = [[1], [2, 3], [4, 5, 6]]


def test_the_examples_of_keras_give_the_same_arrays():
    padded = pad_sequences(ROWS)
    assert padded.dtype == np.int32
    assert padded.tolist() == [[0, 0, 1], [0, 2, 3], [4, 5, 6]]
    assert pad_sequences(ROWS, value=-1).tolist() == [[-1, -1, 1], [-1, 2, 3], [4, 5, 6]]
    assert pad_sequences(ROWS, padding="post").tolist() == [[1, 0, 0], [2, 3, 0], [4, 5, 6]]
    assert pad_sequences(ROWS, maxlen=2).tolist() == [[0, 1], [2, 3], [5, 6]]
    assert pad_sequences(ROWS, maxlen=0).shape == (3, 0)
    assert pad_sequences(ROWS, 2, truncating="post").tolist() == [[0, 1], [2, 3], [4, 5]]


def test_steps_can_be_vectors_and_sequences_empty():
    rows = [np.ones((2, 3)), np.zeros((0, 3)), [], np.full((1, 3), 0.5)]
    padded = pad_sequences(rows, dtype="float32", padding="post", value=-1)
    assert padded.shape == (4, 2, 3) and padded.dtype == np.float32
    assert (padded[0] == 1).all() and (padded[1:3] == -1).all()
    assert padded[3].tolist() == [[0.5] * 3, [-1] * 3]
    assert pad_sequences([[], []]).shape == (2, 0)
    assert pad_sequences([[], []], maxlen=2).tolist() == [[0, 0], [0, 0]]


def test_a_tuple_a_generator_and_arrays_are_as_good_as_lists():
    for rows in (tuple(ROWS), (row for row in ROWS), [np.array(row) for row in ROWS]):
        assert pad_sequences(rows).tolist() == pad_sequences(ROWS).tolist()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pad_sequences([]), "at least one sequence"),
        (lambda: pad_sequences([1, 2]), "sequence 0 is 1; pad_sequences needs a list of seq"),
        (lambda: pad_sequences(ROWS, padding="left"), '"pre" or "post"; got \'left\''),
        (lambda: pad_sequences(ROWS, truncating="end"), "truncating must be"),
        (lambda: pad_sequences([[1], [0.5]]), 'sequence 1 .* int32 cannot: give dtype="float32"'),
        (lambda: pad_sequences([np.ones((1, 2)), np.ones((1, 3))]), r"1 has steps of shape \(3,"),
    ],
)
def test_what_cannot_be_padded_is_explained(call, message):
    with pytest.raises(ValueError, match=message):
        call()
