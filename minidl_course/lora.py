"""LoRA: fine-tune a network through two thin matrices beside each of its large ones (chapter 26).

    beside = attach(model, 8, names=("query_dense", "value_dense"))
    model.compile(...)      what is trained now are the A and B of these layers, and nothing else
    merge(beside)           each W grows by s A B; the layers add nothing any more

Reference: Hu et al. (2022), "LoRA: low-rank adaptation of large language models", equation 3.
"""

import numpy as np

from minidl.base import checks
from minidl.layers import Layer, Param, State


class LoRA(Layer):
    """y = x W + b + s (x A) B: a Dense whose W and b stay as they are, and what is learned beside.

        x (.., D)    W (D, M)    b (M,)    A (D, r)    B (r, M)    y (.., M)    s = alpha / r

    W and b are a `State`: saved, not trained, and without an array for a gradient. A starts with
    draws from N(0, 1 / D) and B with zeros, so that at first y is what the Dense says. In the paper
    vectors are columns, so the product is written B A x there.

    Args:
        dense: a built Dense without an activation; its W is shared, not copied.
        r: the rank: how many columns A has.
        alpha: how much the new part counts; 2 r if not given.
    """

    def __init__(self, dense, r, alpha=None, **options):
        super().__init__(**options)
        self.r = checks.positive_integer("r", r)
        self.s = checks.finite_number("alpha", 2 * r if alpha is None else alpha) / r
        self.W = State(dense.W.value)
        if dense.use_bias:
            self.b = State(dense.b.value)

    def build(self, shape, rng):
        """Create A (D, r) and B (r, M)."""
        D, M = self.W.shape
        self.A = Param(rng.normal(0, D**-0.5, (D, self.r)))
        self.B = Param(np.zeros((self.r, M)))
        return (*shape[:-1], M)

    def forward(self, x, training=False):
        """x (.., D) -> y (.., M)."""
        h = x @ self.A.value  # (.., r)
        y = x @ self.W.value + self.s * (h @ self.B.value)
        return y + self.b.value if "b" in vars(self) else y, (x, h)

    def backward(self, dy, cache):
        """dA = x^T dh,  dB = s h^T dy,  dx = dy W^T + dh A^T,  with dh = s dy B^T."""
        x, h = cache
        dh = self.s * (dy @ self.B.value.T)  # (.., r)
        self.A.grad += rows(x).T @ rows(dh)
        self.B.grad += self.s * (rows(h).T @ rows(dy))
        return dy @ self.W.value.T + dh @ self.A.value.T


def rows(x):
    """Every leading axis is a batch axis: (.., D) -> (N, D)."""
    return x.reshape(-1, x.shape[-1])


def attach(model, r, alpha=None, names=("query_dense", "value_dense")):
    """Freeze a built model, put a LoRA in the place of each Dense of these names; list of them.

    Raises:
        ValueError: no layer of the model has such a Dense.
    """
    for param in model.params().values():
        param.trainable = False
    found = [
        (layer, name) for _, layer in model.walk() for name in names if name in layer.sublayers()
    ]
    if not found:
        raise ValueError(f"no layer of {model.name!r} has a Dense called {' or '.join(names)}")
    for layer, name in found:
        dense = getattr(layer, name)
        lora = LoRA(dense, r, alpha)
        lora.prepare(dense.input_shape, dense.ops, layer.rng.spawn(1)[0])
        setattr(layer, name, lora)
    return [getattr(layer, name) for layer, name in found]


def merge(beside):
    """Add s A B to each W, and let each B start from zeros again: the outputs stay."""
    for lora in beside:
        lora.W.value += lora.s * (lora.A.value @ lora.B.value)
        lora.B.value[...] = 0
