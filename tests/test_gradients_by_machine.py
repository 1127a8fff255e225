"""Every hand-written gradient against the tape's, which knows no formula of ours."""

import numpy as np
import pytest
from formulas import FORMULAS

from minidl import forms, layers
from minidl.autograd import Tensor, gradients


def compared(layer, case, formula):
    """Return (by hand, by the tape): y, dx and the gradients of the parameters, as dicts."""
    rng = np.random.default_rng(0)
    x = case.inputs(rng)
    layer.prepare(case.sample_shape(), rng=rng)
    layer.astype(np.float64)
    params = layer.params()
    for param in params.values():
        param.value[...] = rng.standard_normal(param.value.shape)
    y, cache = layer.forward(x, case.training)
    dy = rng.standard_normal(y.shape)
    dx = layer.backward(dy, cache)
    by_hand = {path: param.grad for path, param in params.items()}
    by_hand |= {"y": y} | {f"dx {i}": part for i, part in enumerate(forms.parts(dx))}

    tensors = forms.mapped(Tensor, x)
    weights = {path: Tensor(param.value) for path, param in params.items()}
    z = formula(tensors, weights)
    xs = forms.parts(tensors)
    names = [*(f"dx {i}" for i in range(len(xs))), *weights]
    by_tape = {"y": z} | dict(zip(names, gradients(z, [*xs, *weights.values()], dy)))
    return by_hand, {name: tensor.value for name, tensor in by_tape.items()}


@pytest.mark.parametrize("name", FORMULAS)
def test_a_layer_and_the_tape_agree(name):
    case, formula = FORMULAS[name]
    by_hand, by_tape = compared(case.make(), case, formula)
    assert by_hand.keys() == by_tape.keys()
    for what, array in by_hand.items():
        np.testing.assert_allclose(array, by_tape[what], rtol=1e-9, atol=1e-11, err_msg=what)


def test_a_wrong_backward_is_found_out():
    class Wrong(layers.Dense):
        def backward(self, dy, cache):
            self.b.grad += 0.01 * dy.sum(axis=0)
            return super().backward(dy, cache)

    case, formula = FORMULAS["dense"]
    by_hand, by_tape = compared(Wrong(4), case, formula)
    assert not np.allclose(by_hand["b"], by_tape["b"])
    np.testing.assert_allclose(by_hand["W"], by_tape["W"])
