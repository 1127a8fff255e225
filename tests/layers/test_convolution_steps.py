"""Transposed convolutions of sequences by hand; separable ones against one full kernel."""

import numpy as np
import pytest

from minidl import layers


def _built(layer, shape):
    layer.prepare(shape, rng=np.random.default_rng(0))
    return layer


def test_every_step_paints_the_kernel_and_paintings_add_up():
    layer = _built(layers.Conv1DTranspose(1, 3, strides=2), (2, 1))
    layer.kernel.assign(np.reshape([1, 10, 100], (3, 1, 1)))
    layer.bias.assign([0.5])
    y = layer(np.array([[[1.0], [2.0]]]))
    assert y[0, :, 0].tolist() == [1.5, 10.5, 102.5, 20.5, 200.5]


@pytest.mark.parametrize(
    ("options", "shape", "expected"),
    [
        ({}, (7, 2), (9, 4)),
        ({"strides": 3}, (7, 2), (21, 4)),
        ({"strides": 2, "padding": "same"}, (7, 2), (14, 4)),
        ({"strides": 2, "output_padding": 1}, (7, 2), (16, 4)),
        ({}, (None, 2), (None, 4)),
    ],
)
def test_lengths_of_transposed_convolutions(options, shape, expected):
    assert layers.Conv1DTranspose(4, 3, **options).prepare(shape) == expected


def test_transposed_convolutions_of_sequences_need_sequences():
    with pytest.raises(ValueError, match=r"samples of shape \(T, C\).*got \(4, 4, 3\)"):
        layers.Conv1DTranspose(2, 3).prepare((4, 4, 3))
    with pytest.raises(ValueError, match=r"output_padding must be an integer of at least 0"):
        layers.Conv1DTranspose(2, 3, output_padding=(1, 1))


def test_a_separable_convolution_is_a_full_one_whose_kernel_is_a_product():
    layer = _built(layers.SeparableConv2D(4, (3, 2), depth_multiplier=2), (6, 5, 3))
    full = _built(layers.Conv2D(4, (3, 2)), (6, 5, 3))
    depthwise, pointwise, bias = layer.get_weights()  # (R, S, C, D), (1, 1, C D, M), (M,)
    mixed = np.einsum("rscd,cdm->rscm", depthwise, pointwise.reshape(3, 2, 4))
    bias = bias + 0.5
    layer.set_weights([depthwise, pointwise, bias])
    full.set_weights([mixed, bias])
    x = np.random.default_rng(1).standard_normal((2, 6, 5, 3))
    np.testing.assert_allclose(layer(x), full(x), atol=1e-5)


def test_a_separable_convolution_hands_its_arguments_on():
    layer = _built(
        layers.SeparableConv2D(
            4,
            2,
            activation="softmax",
            depthwise_regularizer="l1",
            pointwise_regularizer="l2",
            pointwise_constraint="non_neg",
            bias_initializer="ones",
        ),
        (3, 3, 2),
    )
    assert layer.depthwise.kernel.regularizer.l1 and layer.pointwise.kernel.regularizer.l2
    assert layer.pointwise.kernel.constraint and (layer.pointwise.bias.value == 1).all()
    bare, last = layer.split_activation()
    assert isinstance(last, layers.Softmax)
    x = np.ones((1, 3, 3, 2), "f4")
    assert last.forward(bare.forward(x)[0])[0] == pytest.approx(layer(x))
    linear = _built(layers.SeparableConv2D(4, 2), (3, 3, 2))
    assert linear.split_activation() == (linear, None)
    assert layers.Convolution2D is layers.Conv2D
