"""Every rule against finite differences, once and again; what a tape must refuse."""

import numpy as np
import pytest

from minidl.gradcheck import numeric
from minidl_course.autograd import RULES, Tensor, gradients

RNG = np.random.default_rng(0)


def positive(*shape):
    return RNG.uniform(0.5, 2, shape)


def normal(*shape):
    return RNG.standard_normal(shape)


MASK = RNG.random((3, 4)) < 0.5
TWICE = np.array([2, 0, 2])
# name: function, its tensors; each rule is used in one of them
OPERATIONS = {
    "add": (lambda a, b: a + b, normal(3, 4), normal(4)),
    "add a number": (lambda a: 2 + a, normal(3)),
    "subtract": (lambda a, b: a - b, normal(3, 1), normal(2, 1, 4)),
    "subtract from a number": (lambda a: 2 - a, normal(3)),
    "multiply": (lambda a, b: a * b, normal(3, 4), normal(3, 1)),
    "multiply by itself": (lambda a: a * a, normal(3)),
    "divide": (lambda a, b: a / b, normal(3, 4), positive(4)),
    "divide a number": (lambda a: 1 / a, positive(3)),
    "negative": (lambda a: -a, normal(3)),
    "power": (lambda a: a**3, normal(3)),
    "power of a fraction": (lambda a: a**0.5, positive(3)),
    "exp": (np.exp, normal(3)),
    "log": (np.log, positive(3)),
    "sqrt": (np.sqrt, positive(3)),
    "tanh": (np.tanh, normal(3)),
    "maximum": (np.maximum, normal(3, 4), normal(4)),
    "maximum with a number": (lambda a: np.maximum(a, 0), normal(5)),
    "matmul": (np.matmul, normal(3, 4), normal(4, 2)),
    "matmul of stacks": (lambda a, b: a @ b, normal(2, 3, 4), normal(4, 2)),
    "matmul by an array": (lambda a: TWICE.reshape(1, 3) @ a, normal(3, 2)),
    "sum": (np.sum, normal(3, 4)),
    "sum over an axis": (lambda a: a.sum(axis=1), normal(3, 4)),
    "sum over two, kept": (lambda a: np.sum(a, (0, -1), keepdims=True), normal(2, 3, 4)),
    "mean": (lambda a: np.mean(a, axis=-1), normal(3, 4)),
    "mean over two": (lambda a: np.mean(a, (0, 2), keepdims=True), normal(2, 3, 4)),
    "max": (lambda a: np.max(a, axis=0), normal(3, 4)),
    "max of all": (np.max, normal(3, 4)),
    "reshape": (lambda a: np.reshape(a, (4, -1)), normal(3, 4)),
    "transpose": (lambda a: a.T, normal(3, 4)),
    "transpose of three": (lambda a: np.transpose(a, (2, 0, 1)), normal(2, 3, 4)),
    "transpose from the end": (lambda a: np.transpose(a, (-1, 0)), normal(2, 2)),
    "transpose of three from the end": (lambda a: np.transpose(a, (0, -1, -2)), normal(2, 2, 2)),
    "broadcast_to": (lambda a: np.broadcast_to(a, (2, 3, 4)), normal(3, 1)),
    "where": (lambda a, b: np.where(MASK, a, b), normal(3, 4), normal(4)),
    "where by numbers": (lambda a: np.where(2 * MASK, a, 0), normal(3, 4)),
    "concatenate": (lambda a, b: np.concatenate([a, b], axis=-1), normal(3, 2), normal(3, 1)),
    "take a part": (lambda a: a[1:, ::2], normal(3, 4)),
    "take one twice": (lambda a: a[TWICE], normal(3, 2)),
    "take by a mask": (lambda a: a[MASK], normal(3, 4)),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_gradient_is_the_one_of_finite_differences(name):
    f, *arrays = OPERATIONS[name]
    xs = [Tensor(a.copy()) for a in arrays]
    y = f(*xs)
    np.testing.assert_array_equal(y.value, f(*arrays))
    dy = np.random.default_rng(1).standard_normal(y.shape)
    for g, a in zip(gradients(y, xs, dy), arrays):
        expected = numeric(lambda: np.sum(f(*arrays) * dy), a)
        np.testing.assert_allclose(g.value, expected, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_gradient_has_a_gradient(name):
    f, *arrays = OPERATIONS[name]
    rng = np.random.default_rng(1)
    u = [rng.standard_normal(a.shape) for a in arrays]

    def slope():  # the sum of u dL/dx, of L = sum of y^2 + y, which bends
        xs = [Tensor(a.copy()) for a in arrays]
        y = f(*xs)
        found = gradients(np.sum(y * y + y), xs, again=True)
        return xs, sum(np.sum(g * v) for g, v in zip(found, u))

    xs, total = slope()
    for g, a in zip(gradients(total, xs), arrays):
        expected = numeric(lambda: slope()[1].value, a)
        np.testing.assert_allclose(g.value, expected, rtol=1e-5, atol=1e-7)


def test_every_rule_is_in_the_table():
    seen = set()

    class Watched(dict):
        def __getitem__(self, function):
            seen.add(function)
            return super().__getitem__(function)

    from minidl_course import autograd

    old, autograd.RULES = autograd.RULES, Watched(RULES)
    try:
        for f, *arrays in OPERATIONS.values():
            xs = [Tensor(a.copy()) for a in arrays]
            y = f(*xs)
            once = gradients(np.sum(y * y), xs, again=True)
            gradients(sum(np.sum(g * g) for g in once), xs)
    finally:
        autograd.RULES = old
    assert seen == set(RULES)


def test_a_tensor_used_twice_gets_both_gradients_and_one_that_is_not_used_zeros():
    a, b = Tensor(np.array([1.0, 2.0])), Tensor(np.ones((2, 2)))
    y = a * a
    da, db = gradients(np.sum(y * y + y), [a, b])
    np.testing.assert_allclose(da.value, 4 * a.value**3 + 2 * a.value)
    np.testing.assert_array_equal(db.value, np.zeros((2, 2)))


def test_equals_share_the_gradient_of_their_maximum():
    a = Tensor(np.array([3.0, 1.0, 3.0]))
    np.testing.assert_array_equal(gradients(np.max(a), [a])[0].value, [0.5, 0, 0.5])
    np.testing.assert_array_equal(gradients(np.sum(np.maximum(a, 3)), [a])[0].value, [0.5, 0, 0.5])


def test_a_sequence_may_be_longer_than_python_recurses():
    h = x = Tensor(np.array([0.5]))
    for _ in range(5000):
        h = h * 1.0
    np.testing.assert_array_equal(gradients(h, [x])[0].value, [1.0])


def test_float32_stays_float32():
    w = Tensor(np.ones((3, 2), "float32"))
    y = np.max(np.tanh(np.ones((4, 3), "float32") @ w) / 2, axis=0)
    (g,) = gradients(np.mean(y), [w], np.float32(1))
    assert y.dtype == g.dtype == np.float32


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        (lambda x: np.sin(x), TypeError, "no rule says how np.sin .* rules for add, .*tanh"),
        (lambda x: np.linalg.norm(x), TypeError, "no rule says how np.norm"),
        (lambda x: np.add.reduce(x), TypeError, "np.add.reduce"),
        (lambda x: np.concatenate([x, x], out=np.zeros(6)), TypeError, "more than an axis"),
        (lambda x: np.concatenate([x, x], 0, np.zeros(6)), TypeError, "more than an axis"),
        (lambda x: 2.0**x, TypeError, "tensor as exponent"),
        (lambda x: x.__iadd__(1.0), TypeError, "a tensor does not change"),
        (lambda x: x.__setitem__(0, 1.0), TypeError, "a tensor does not change"),
        (lambda x: "a" if x else "b", TypeError, "no gradient"),
        (lambda x: np.array(x), TypeError, "x.value"),
        (lambda x: x @ np.ones((3, 2)), ValueError, r"stacks of them; got the shapes \[\(3,\)"),
        (lambda x: Tensor(np.arange(3)), TypeError, "got int64"),
        (lambda x: gradients(x, [x]), ValueError, r"shape \(3,\): pass dy"),
        (lambda x: gradients(x, [x], np.ones(2)), ValueError, r"\(3,\); got \(2,\)"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_has_no_gradient_says_so(wrong, error, words):
    with pytest.raises(error, match=words):
        wrong(Tensor(np.ones(3)))


def test_an_array_that_was_changed_after_its_use_is_found_out():
    a = np.array([1.0, 0.0, 0.0, 1.0])
    x = Tensor(a)
    y = np.sum(x * x)
    a[:] = 1 - a  # Adler-32 is the same: the sums of the bytes and of their places are
    with pytest.raises(ValueError, match=r"shape \(4,\) was changed in place"):
        gradients(y, [x])
