"""Every hand-written gradient against the tape's, which knows no formula of ours."""

import numpy as np
import pytest

from minidl import layers
from minidl_course.formulas import FORMULAS, compared


@pytest.mark.parametrize("name", FORMULAS)
def test_a_layer_and_the_tape_agree(name):
    by_hand, by_tape = compared(FORMULAS[name])
    assert by_hand.keys() == by_tape.keys()
    for what, array in by_hand.items():
        np.testing.assert_allclose(array, by_tape[what], rtol=1e-9, atol=1e-11, err_msg=what)


def test_a_wrong_backward_is_found_out():
    class Wrong(layers.Dense):
        def backward(self, dy, cache):
            self.b.grad += 0.01 * dy.sum(axis=0)
            return super().backward(dy, cache)

    by_hand, by_tape = compared(FORMULAS["dense"], Wrong(4))
    assert not np.allclose(by_hand["b"], by_tape["b"])
    np.testing.assert_allclose(by_hand["W"], by_tape["W"])
