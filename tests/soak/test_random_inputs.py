"""Arrays of any type, shape and content, given to what readers call by hand: never a crash.

Each call returns, warns, or raises ValueError or TypeError: an IndexError would be an accident.
"""

import gradient_table
import numpy as np
import pytest
from bad_calls import CASES, GOOD
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from minidl import layers

pytestmark = pytest.mark.soak
MANY = settings(
    max_examples=400,
    deadline=None,
    derandomize=False,
    suppress_health_check=list(HealthCheck),
)
ROWS = [
    case
    for case in gradient_table.LAYERS.values()
    if type(case.make()).__module__.startswith("minidl.layers")
]


def _anything(like):
    """Arrays of any kind, and those that differ from a right one in its numbers or its shape."""
    types = st.sampled_from(["f4", "f8", "i8", "u1", "?", "c8", "U3", "M8[s]"])
    shapes = arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5)
    near = st.integers(-3, 9).map(lambda n: np.full(like.shape, n).astype(like.dtype))
    floats = arrays.arrays("f8", like.shape)
    turned = st.sampled_from([like.T, like[:0], like[..., :1], like[None], like[..., None]])
    lists = st.sampled_from([None, "yes", [], [[1], [1, 2]], {}, object()])
    return st.one_of(arrays.arrays(types, shapes), near, floats, turned, lists)


@pytest.mark.parametrize("name", CASES)
def test_losses_and_metrics(name):
    call, kind = CASES[name]
    t, y = GOOD[kind]

    @MANY
    @given(_anything(t), st.one_of(st.just(y), _anything(y)))
    def attempt(t, y):
        try:
            with np.errstate(all="ignore"):
                call(t, y)
        except (ValueError, TypeError, UserWarning):
            pass

    attempt()


@pytest.mark.parametrize("number", range(len(ROWS)))
@pytest.mark.parametrize("by_hand", [True, False], ids=["forward", "call"])
def test_layers(number, by_hand):
    case = ROWS[number]
    right = case.inputs(np.random.default_rng(0))
    if isinstance(right, tuple):
        pytest.skip("takes several arrays")
    layer = case.make()
    layer.prepare(case.sample_shape())

    @MANY
    @given(_anything(right.astype("f4")))
    def attempt(x):
        try:
            with np.errstate(all="ignore"):
                layer.forward(x) if by_hand else layer(x)
        except (ValueError, TypeError, UserWarning):
            pass

    attempt()


def test_there_are_layers():
    assert len({type(case.make()) for case in ROWS}) > 60 and layers
