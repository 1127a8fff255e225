"""LoRA and what pushes answers: gradients by small steps, and what must stay as it was."""

import numpy as np
import pytest

from minidl import gradcheck
from minidl.layers import Dense
from minidl.losses import SparseCategoricalCrossentropy
from minidl_course import atlas, preferences
from minidl_course.language_model import gpt
from minidl_course.lora import LoRA, attach, merge


def lora(use_bias, shape):
    dense = Dense(4, use_bias=use_bias)
    dense.prepare((3,))
    layer = LoRA(dense, 2, 3.0)
    layer.prepare(shape[1:], rng=np.random.default_rng(0))
    layer.B.value = np.random.default_rng(1).standard_normal((2, 4))
    return layer


@pytest.mark.parametrize("use_bias", [True, False])
@pytest.mark.parametrize("shape", [(5, 3), (2, 5, 3)])
def test_gradients_of_lora(use_bias, shape):
    errors = gradcheck.check_layer(lora(use_bias, shape), shape)
    assert {"A", "B", "x"} == set(errors) and max(errors.values()) < 1e-6


def small():
    model = gpt(20, 16, 2, 2)
    model.prepare((5,))
    return model


def test_a_model_says_the_same_until_it_learns_and_after_it_is_merged():
    model, x = small(), np.arange(10).reshape(2, 5)
    before, frozen = model.predict(x, verbose=0), model.get_weights()
    beside = attach(model, 2)
    np.testing.assert_array_equal(model.predict(x, verbose=0), before)
    learned = sum(p.value.size for p in model.trainable_weights)
    assert learned == 4 * 2 * (16 + 16)  # two matrices in each of two blocks
    model.compile("adam", SparseCategoricalCrossentropy(from_logits=True))
    for _ in range(5):
        model.train_on_batch(x, (x * 3) % 20)
    rest = [t.numpy() for k, t in model.tensors().items() if not k.endswith(("/A", "/B"))]
    for old, new in zip(frozen, rest, strict=True):
        np.testing.assert_array_equal(old, new)
    after = model.predict(x, verbose=0)
    assert np.abs(after - before).max() > 1e-6
    merge(beside)
    np.testing.assert_allclose(model.predict(x, verbose=0), after, atol=1e-5)


def test_a_model_without_such_a_layer_is_refused():
    with pytest.raises(ValueError, match=r"no layer .* has a Dense called nothing"):
        attach(small(), 2, names=("nothing",))


def test_the_gradient_of_dpo():
    log_p, before = np.random.default_rng(0).normal(size=(2, 8))
    by_steps = gradcheck.numeric(lambda: preferences.dpo(log_p, before, 0.7)[0], log_p)
    np.testing.assert_allclose(-preferences.dpo(log_p, before, 0.7)[1], by_steps, atol=1e-8)


def test_likelihood_counts_what_is_said_and_its_push_is_its_gradient():
    model = small().astype(np.float64)
    ids = np.array([[3, 4, 5, 6, 0], [7, 8, 9, 0, 0]])
    said = np.array([[0, 0, 1, 1, 1], [0, 1, 1, 1, 0]], bool)
    weight = np.array([1.5, -0.5])
    model.zero_grad()
    preferences.likelihood(model, ids, said)[1](weight)
    scale = next(p for k, p in model.params().items() if k.startswith("last"))
    by_steps = gradcheck.numeric(
        lambda: -float(weight @ preferences.likelihood(model, ids, said)[0]), scale.value
    )
    np.testing.assert_allclose(scale.grad, by_steps, rtol=1e-5, atol=1e-8)


def test_rows_say_answers_and_their_end_alone():
    ids, said = atlas.rows([("what is", "paris ."), ("", "rome")])
    assert ids[0, -1] == 0 and said[0].tolist() == [False, False, True, True, True]
    assert said[1].tolist() == [True, True, False, False, False]
    assert atlas.is_right("capital", "peru", atlas.fact("capital", "peru"))
    assert not atlas.is_right("capital", "peru", atlas.fact("capital", "peru", "paris"))
