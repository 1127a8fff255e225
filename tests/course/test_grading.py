"""The checks that exercises call, the way to a student's process, and what crosses it."""

import sys
import types

import numpy as np
import pytest

from minidl_course.grading import Wrong, call, checks, codec, diagnosis, fetch, student


@pytest.fixture
def wrote(monkeypatch):
    """wrote(f=function, x=3): a student's notebook that holds these names."""

    def write(**names):
        notebook = types.ModuleType("__main__")
        vars(notebook).update(names)
        monkeypatch.setitem(sys.modules, "__main__", notebook)

    return write


def told(check, *args, **kwargs):
    """What a check tells the student."""
    with pytest.raises(Wrong) as raised:
        check(*args, **kwargs)
    return str(raised.value)


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        -3,
        10**5000,
        -(2**64),
        0.1,
        float("nan"),
        "text",
        (1, [2.5, {"a": (), 3: None}]),
        np.arange(6.0).reshape(2, 3)[:, ::2],
        np.arange(6.0).reshape(2, 3).T,
        np.zeros((0, 3)),
        np.float32(0.1),
        np.array(["a", "bc"]),
        np.tanh,
    ],
    ids=lambda value: f"{value!r:.40}" if not isinstance(value, int) else hex(value)[:20],
)
def test_data_crosses_in_a_file_and_stays_what_it_is(value, tmp_path):
    arrays = []
    tree = codec.encode(value, arrays, None)
    codec.save(tmp_path / "file.npz", tree, arrays)
    back = codec.decode(*codec.load(tmp_path / "file.npz"), None)
    assert type(back) is type(value)
    np.testing.assert_equal(back, value)
    assert getattr(back, "dtype", None) == getattr(value, "dtype", None)
    if isinstance(value, np.ndarray):
        assert (
            back.flags.writeable and back.flags.f_contiguous == np.array(value).flags.f_contiguous
        )


def test_a_generator_crosses_with_its_state():
    generator = np.random.default_rng(3)
    generator.normal(size=5)
    twin = codec.decode(codec.encode(generator, [], None), [], None)
    assert np.array_equal(twin.normal(size=4), generator.normal(size=4))


def test_a_function_and_an_object_of_the_student_are_reached(wrote):
    class Model:
        weights = np.ones(2)

        def predict(self, x):
            return x * self.weights

    wrote(train=lambda: (Model(), 0.5), model=Model(), use=lambda model, x: model.predict(x))
    model, rate = student.train()
    assert rate == 0.5
    assert np.array_equal(model.predict(np.array([1.0, 2.0])), [1, 2])
    assert np.array_equal(student.use(model, np.array([3.0, 4.0])), [3, 4])
    assert np.array_equal(fetch(student.model.weights), [1, 1])


def test_a_class_that_equals_everything_is_not_a_number(wrote):
    class Yes(float):
        def __eq__(self, other):
            return True

    class Array(np.ndarray):
        def __sub__(self, other):
            return 0

    wrote(f=lambda: Yes(1), g=lambda: np.zeros(3).view(Array))
    assert "must be an array or a number" in told(checks.equal, "y", student.f(), 2.0)
    assert type(student.g()) is np.ndarray


def test_what_a_student_sees_when_a_function_is_missing_empty_or_raises(wrote):
    def empty():
        raise NotImplementedError

    wrote(empty=empty, bad=lambda x: x @ x, ends=lambda: sys.exit(0))
    assert "`missing` is not there" in told(student.missing)
    assert told(student.empty) == "empty is not written yet."
    assert told(student.bad, np.ones((2, 3))).startswith("bad raised ValueError: matmul")
    assert "ends raised SystemExit" in told(student.ends)


def test_a_changed_argument_is_found_out_and_may_be_allowed(wrote):
    def step(w, rate=1.0):
        w -= rate

    wrote(step=step)
    w = np.ones(3)
    assert "step changes its argument 1" in told(student.step, w, rate=0.5)
    result, (after, _) = call(student.step, w, rate=0.5)
    assert result is None and np.array_equal(after, [0.5] * 3)
    assert np.array_equal(w, np.ones(3))


def test_the_tests_cannot_send_code(wrote):
    wrote(f=lambda x: x)
    with pytest.raises(TypeError, match="function cannot be sent"):
        student.f(lambda: 0)


RIGHT = np.array([[1.0, -2.0, 3.5], [4.0, 0.5, 6.0], [-7.0, 8.0, 2.0], [3.0, 1.0, 9.0], [2, 5, 4]])
SIZES = {"N": 5, "D": 3}


@pytest.mark.parametrize(
    ("got", "message"),
    [
        (5 * RIGHT, "5 times too large: did you forget to average over the batch of 5?"),
        (-5 * RIGHT, "5 times too large, and its sign is wrong"),
        (RIGHT / 5, "5 times too small: did you average over the batch of 5 once too often?"),
        (RIGHT / 3, "3 times too small: do you divide by D = 3?"),
        (1.75 * RIGHT, "1.75 times the right answer everywhere"),
        (-RIGHT, "yours is minus the right answer"),
        (0 * RIGHT, "zero everywhere"),
        (RIGHT[::-1], "flipped along axis 0"),
        (RIGHT[::-1, ::-1], "flipped along every axis"),
        (RIGHT + 2, "off by the same number, 2, everywhere"),
        (np.where(np.arange(5)[:, None] > 2, 0, RIGHT), "right except at 3, 4"),
        (RIGHT.T, "shape (5, 3), yours has (3, 5). It must be (N, D). Yours is transposed."),
        (np.stack([RIGHT] * 2), "The sum over the first axis is missing"),
        (RIGHT.sum(axis=0), "You summed over an axis that has to stay"),
        (np.where(RIGHT > 8, np.nan, RIGHT), "dW[3, 2] is nan"),
        (np.where(RIGHT > 8, -RIGHT, RIGHT), "dW[3, 2] is -9, and should be 9"),
        (RIGHT**2, "dW is wrong. It is its own square. "),
        (None, "dW is None"),
        (RIGHT.astype(object), "must be an array or a number"),
        (RIGHT + 0j, "must be an array or a number"),
    ],
)
def test_a_wrong_array_is_recognised(got, message):
    mistakes = {"It is its own square.": (7, RIGHT**2)}
    assert message in told(checks.equal, "dW", got, RIGHT, sizes=SIZES, mistakes=mistakes)


def test_a_right_array_passes_with_rounding_and_as_float32():
    checks.equal("dW", RIGHT * (1 + 1e-9), RIGHT, sizes=SIZES)
    checks.equal("dW", RIGHT.astype(np.float32), RIGHT)
    assert "wrong" in told(checks.equal, "dW", RIGHT + 1e-4, RIGHT)


def test_of_few_numbers_no_factor_is_guessed():
    assert "times" not in told(checks.equal, "dw", np.array([2.0, 4.0]), np.array([1.0, 2.0]))


def test_a_name_is_not_said_twice_where_it_is_long():
    name, right = "f(z, 0.001) of 1000", np.array([[1.0, 2.0]])
    assert told(checks.equal, name, 3, 4) == f"{name} is wrong. It is 3, and should be 4."
    assert told(checks.equal, name, 3, 4, mistakes={"It is odd.": 3}) == (
        f"{name} is wrong. It is odd. It is 3, and should be 4."
    )
    assert told(checks.equal, name, right * [[1, 5]], right) == (
        f"{name} is wrong. At [0, 1] it is 10, and should be 2."
    )
    assert told(checks.equal, name, np.nan * right, right) == f"At [0, 0] {name} is nan."
    assert told(checks.equal, "p", np.nan * right, right) == "p[0, 0] is nan."


@pytest.mark.parametrize(
    ("rows", "message"),
    [([3], "right except at 3."), ([0, 1, 2, 3, 4, 5], "right only at 6."), ([5, 6], "at 5, 6.")],
)
def test_the_smaller_part_of_the_rows_is_listed(rows, message):
    right = np.random.default_rng(0).normal(size=(7, 3))
    got = right.copy()
    got[rows] += np.random.default_rng(1).normal(size=(len(rows), 3))
    assert message in told(checks.equal, "y", got, right)


def test_results_that_are_mixed_up_missing_or_too_many():
    pair = np.ones((2, 3)), np.zeros((3, 2))
    checks.outputs("dx dW", pair, pair)
    assert "dx is wrong: it is dW" in told(checks.outputs, "dx dW", pair[::-1], pair)
    assert "`return dx, dW` at the end" in told(checks.outputs, "dx dW", None, pair)
    assert "yours returns 3 results" in told(checks.outputs, "dx dW", (1, 2, 3), pair)
    assert "yours returns a single" in told(checks.outputs, "dx dW", np.ones(2), pair)


def test_gradients_are_checked_at_every_index_with_a_random_dy():
    x, W = checks.rng(1).normal(size=(5, 3)), checks.rng(2).normal(size=(3, 4))
    inputs = {"x": x, "W": W}

    def product(x, W):
        return x @ W

    checks.gradients(lambda dy, x, W: (dy @ W.T, x.T @ dy), product, inputs)
    checks.gradients(lambda dy, x, W: x.T @ dy, product, inputs, of="W")
    ones = told(checks.gradients, lambda dy, x, W: (0 * dy + 1) @ W.T, product, inputs, of="x")
    assert ones.startswith("dx is wrong")
    checks.gradients(lambda x, W: 2 * x, lambda x, W: np.sum(x**2), inputs, of="x")
    assert np.array_equal(inputs["x"], checks.rng(1).normal(size=(5, 3)))


def test_another_cohort_gets_other_numbers(monkeypatch):
    one = checks.rng(1).normal()
    assert checks.rng(1).normal() == one
    monkeypatch.setenv(checks.COHORT, "2027")
    assert checks.rng(1).normal() != one


def test_accuracy_shape_and_dtype():
    labels = np.array([0, 1, 2, 3])
    checks.accuracy(np.array([0, 1, 2, 0]), labels, 0.75)
    few = told(checks.accuracy, np.array([0, 1, 0, 0]), labels, 0.75)
    assert few.startswith("50.0 % are right; the goal is 75.0 %, and 53.4 % passes, since 4 exam")
    assert "take the `argmax`" in told(checks.accuracy, np.eye(4), labels, 0.75)
    assert "float64 although" in told(checks.keeps_float32, "y", np.ones(2))
    assert "yours has (2,)" in told(checks.shape, "W", np.ones(2), (3,))


def test_only_exact_matches_are_reported():
    rng = np.random.default_rng(0)
    expected, got = rng.normal(size=(2, 4, 3))
    assert diagnosis.values(got, expected, SIZES, {}) == ""


def test_two_right_results_may_be_equal():
    checks.outputs("a b", (np.ones(2), np.ones(2)), (np.ones(2), np.ones(2)))
