"""Drawing tokens, and writing with models that remember and models that do not."""

import tracemalloc

import numpy as np
import pytest

from minidl import Sequential
from minidl.layers import Dense
from minidl.layers.layer import Layer
from minidl_course.generation import generate, probabilities, sample

Z = np.log([0.1, 0.2, 0.3, 0.4])

# Drawing -----------------------------------------------------------------------------------------


def test_probabilities_by_hand():
    np.testing.assert_allclose(probabilities(Z), [0.1, 0.2, 0.3, 0.4])
    squares = np.array([1, 4, 9, 16]) / 30  # exp(z / 0.5) = p^2
    np.testing.assert_allclose(probabilities(Z, temperature=0.5), squares)
    roots = np.sqrt([0.1, 0.2, 0.3, 0.4])
    np.testing.assert_allclose(probabilities(Z, temperature=2), roots / roots.sum())
    np.testing.assert_allclose(probabilities(Z, top_k=2), [0, 0, 3 / 7, 4 / 7])
    np.testing.assert_allclose(probabilities(Z, 0.5, top_k=3), [0, 4 / 29, 9 / 29, 16 / 29])
    np.testing.assert_array_equal(probabilities(Z, top_k=1), [0, 0, 0, 1])
    np.testing.assert_allclose(probabilities(Z, top_k=99), [0.1, 0.2, 0.3, 0.4])
    for top_p, expected in [
        (1, [0.1, 0.2, 0.3, 0.4]),
        (0.91, [0.1, 0.2, 0.3, 0.4]),
        (0.89, [0, 2 / 9, 3 / 9, 4 / 9]),
        (0.69, [0, 0, 3 / 7, 4 / 7]),
        (0.3, [0, 0, 0, 1]),
        (1e-9, [0, 0, 0, 1]),
    ]:
        np.testing.assert_allclose(probabilities(Z, top_p=top_p), expected)


def test_the_temperature_comes_first_then_top_k_then_top_p():
    # exp(z / 0.5) = p^2: 16/30 and 9/30 are together 0.83, so that without the temperature 0.8 ...
    np.testing.assert_allclose(probabilities(Z, 0.5, top_p=0.8), [0, 0, 9 / 25, 16 / 25])
    np.testing.assert_allclose(probabilities(Z, top_p=0.8), [0, 2 / 9, 3 / 9, 4 / 9])  # takes three
    # Of the two likeliest, 3/7 and 4/7, the share 0.5 is one token; of all four it is two.
    np.testing.assert_allclose(probabilities(Z, top_k=2, top_p=0.5), [0, 0, 0, 1])
    np.testing.assert_allclose(probabilities(Z, top_p=0.5), [0, 0, 3 / 7, 4 / 7])


def test_rows_keep_as_many_tokens_as_each_needs():
    rows = np.log([[0.97, 0.01, 0.01, 0.01], [0.25, 0.25, 0.25, 0.25], [0.1, 0.5, 0.1, 0.3]])
    left = probabilities(rows, top_p=0.75)
    np.testing.assert_allclose(left, [[1, 0, 0, 0], [0.25] * 4, [0, 0.625, 0, 0.375]])
    tiny = probabilities([0.0, -60.0], top_p=1)  # beside 1 it is lost in a sum of float64
    assert tiny[1] > 0


def test_temperature_0_is_the_largest_and_the_first_of_equals():
    z = np.array([[1.0, 5, 5, 2], [-3, -9, -4, -2.9]], "f4")
    np.testing.assert_array_equal(probabilities(z, 0), [[0, 1, 0, 0], [0, 0, 0, 1]])
    np.testing.assert_array_equal(sample(z, 0), [1, 3])
    cold = probabilities(Z, temperature=1e-6)
    np.testing.assert_allclose(cold, [0, 0, 0, 1], atol=1e-12)


def test_the_likeliest_of_many_tokens_needs_no_table_of_all_pairs():
    z = np.random.default_rng(0).normal(size=(2, 50_000))
    tracemalloc.start()
    p = probabilities(z, 0)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    np.testing.assert_array_equal(p.argmax(axis=1), z.argmax(axis=1))
    assert most < 10 * z.nbytes


def test_tokens_as_likely_as_the_kth_may_be_drawn_too():
    np.testing.assert_allclose(probabilities([0.0, 1, 1, -5], top_k=1), [0, 0.5, 0.5, 0])


def test_huge_logits_do_not_overflow_and_the_argument_is_left_alone():
    z = np.array([1e4, 1e4, -1e4], "f4")
    z.flags.writeable = False
    np.testing.assert_array_equal(probabilities(z, 0.01, top_k=2), [0.5, 0.5, 0])


@pytest.mark.parametrize(
    "how",
    [{}, {"temperature": 0.5}, {"temperature": 2, "top_k": 3}, {"top_k": 2}, {"top_p": 0.8}],
)
def test_tokens_are_drawn_as_often_as_their_probability_says(how):
    n, p = 20_000, probabilities(Z, **how)
    drawn = sample(np.tile(Z, (n, 1)), **how, rng=np.random.default_rng(0))
    assert drawn.shape == (n,) and drawn.dtype == np.int64
    counts = np.bincount(drawn, minlength=4)
    assert (counts[p == 0] == 0).all()
    chi2 = ((counts - n * p)[p > 0] ** 2 / (n * p)[p > 0]).sum()
    assert chi2 < 16.3  # exceeded once in a thousand seeds, with the 3 degrees of freedom of V = 4


def test_rows_of_any_shape_are_drawn_independently():
    z = np.zeros((50, 40, 5))
    drawn = sample(z, rng=np.random.default_rng(1))
    assert drawn.shape == (50, 40) and sample(Z, 0).shape == ()
    pairs = np.bincount(5 * drawn[:, :-1].ravel() + drawn[:, 1:].ravel(), minlength=25)
    assert pairs.min() > 40 and pairs.max() < 120  # 78 expected of each


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"temperature": -0.1}, r"temperature must be a finite number of at least 0; got -0\.1"),
        ({"temperature": np.nan}, "temperature must be"),
        ({"temperature": 0, "top_k": -5}, "top_k must be an integer of at least 1; got -5"),
        ({"temperature": 0, "top_p": 7}, "top_p must be .*; got 7"),
        ({"top_k": 0}, "top_k must be an integer of at least 1; got 0"),
        ({"top_k": 1.5}, "top_k must be"),
        ({"top_p": 0}, "top_p must be a finite number above 0 and of at most 1; got 0"),
        ({"top_p": 1.5}, "top_p must be"),
        ({"logits": [0, np.nan]}, "hold NaN, so no token can be drawn"),
    ],
)
def test_what_cannot_be_drawn_is_explained(arguments, message):
    with pytest.raises(ValueError, match=message):
        probabilities(**({"logits": Z} | arguments))


# Writing with a model that is shown a window -----------------------------------------------------


class Adder(Layer):
    """Says that the next token is the sum of all it is shown, modulo V: p(sum) = 0.9."""

    def __init__(self, V, as_logits=False, **options):
        super().__init__(**options)
        self.V, self.as_logits, self.shown = V, as_logits, []

    def forward(self, x, training=False):
        self.shown.append(x[0].tolist())
        right = np.eye(self.V)[x.astype(int).cumsum(axis=1) % self.V]  # (N, T, V)
        p = np.where(right == 1, 0.9, 0.1 / (self.V - 1))
        return (np.log(p) + 3 if self.as_logits else p), None


def _adder(shape=(None,), said=False, **options):
    layer = Adder(7, **options | ({"input_shape": shape} if said else {}))
    model = Sequential([layer])
    model.prepare(shape)
    return model, layer


def test_the_window_moves_on_by_one_token():
    model, layer = _adder()
    written = generate(model, [1, 2, 5], 4, temperature=0, window=3)
    assert written.tolist() == [1, 1, 0, 2] and written.dtype == np.int64
    assert layer.shown == [[1, 2, 5], [2, 5, 1], [5, 1, 1], [1, 1, 0]]


def test_a_model_for_one_length_is_shown_that_many():
    model, layer = _adder(shape=(2,))
    generate(model, np.array([1, 2, 5]), 2, temperature=0)
    assert layer.shown == [[2, 5], [5, 0]]


def test_a_prompt_shorter_than_the_window_grows_into_it():
    model, layer = _adder()
    generate(model, [4], 3, temperature=0, window=3)
    assert layer.shown == [[4], [4, 4], [4, 4, 1]]


def test_a_text_ends_behind_its_last_token_and_not_in_the_prompt():
    model, _ = _adder()
    whole = generate(model, [1, 2, 5], 4, temperature=0, window=3).tolist()
    assert whole == [1, 1, 0, 2]
    for stop, written in ((0, [1, 1, 0]), (1, [1]), (2, whole), (5, whole), (None, whole)):
        assert generate(model, [1, 2, 5], 4, 0, window=3, stop=stop).tolist() == written


@pytest.mark.parametrize("as_logits", [False, True])
def test_logits_and_probabilities_write_the_same_with_the_same_seed(as_logits):
    model, _ = _adder(as_logits=as_logits)
    expected = generate(_adder()[0], [3], 60, seed=5, window=4)
    assert generate(model, [3], 60, seed=5, window=4).tolist() == expected.tolist()
    assert generate(model, [3], 60, seed=6, window=4).tolist() != expected.tolist()


def test_nine_of_ten_tokens_follow_the_model_and_all_with_top_1_or_with_that_share():
    model, layer = _adder()
    written = generate(model, [3], 2000, seed=0, window=2)
    right = [sum(shown) % 7 == token for shown, token in zip(layer.shown, written)]
    assert 0.87 < np.mean(right) < 0.93
    layer.shown.clear()
    written = generate(model, [3], 50, seed=0, window=2, top_k=1)
    assert [sum(shown) % 7 for shown in layer.shown] == written.tolist()
    layer.shown.clear()
    written = generate(model, [3], 50, seed=0, window=2, top_p=0.8)
    assert [sum(shown) % 7 for shown in layer.shown] == written.tolist()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: generate(_adder()[0], [], 5), r"at least one token, shape \(T,\); got \(0,\)"),
        (lambda: generate(_adder()[0], [[1, 2]], 5), r"got \(1, 2\)"),
        (lambda: generate(_adder()[0], [1], 0, window=2), "length must be an integer"),
        (lambda: generate(_adder()[0], [1], 5), "say how many tokens .* window="),
        (lambda: generate(_adder()[0], [1], 5, window=0), "window must be an integer"),
        (
            lambda: generate(_adder((3,), said=True)[0], [1, 2], 5),
            r"inputs of shape \(3,\) .* take \(2,\)",
        ),
        (lambda: generate(Sequential([Dense(3)]), [1], 5), "has not seen any data"),
        (lambda: generate(Sequential([Dense(3, input_dim=1)]), [1], 5), r"outputs .* \(1, 3\)"),
    ],
)
def test_a_request_that_makes_no_sense_is_explained(make, message):
    with pytest.raises(ValueError, match=message):
        make()
