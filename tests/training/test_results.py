"""The results that the README publishes, trained again and held in their bands."""

import os

import pytest

from minidl import Sequential, optimizers
from minidl.datasets import mnist
from minidl.layers import Dense, Flatten
from minidl.optimizers.schedules import CosineDecay

AS_LONG_AS = 1  # trainings for one worker, which should not begin last


def _mlp(seed, *hidden):
    layers = [Flatten(input_shape=(28, 28)), *(Dense(n, "relu") for n in hidden)]
    return Sequential([*layers, Dense(10, "softmax")], seed=seed)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_one_hidden_layer_reads_nine_of_ten_digits_of_the_sample(seed):
    (x, y), (x_test, y_test) = mnist.load_sample()
    model = _mlp(seed, 128)
    loss = "sparse_categorical_crossentropy"
    model.compile(optimizers.SGD(0.1), loss, metrics=["accuracy"])
    model.fit(x / 255, y, epochs=10, verbose=0)
    _, accuracy = model.evaluate(x_test / 255, y_test)
    assert 0.90 <= accuracy <= 0.96


@pytest.mark.skipif("MINIDL_DATA" not in os.environ, reason="full MNIST: set MINIDL_DATA")
def test_an_mlp_reaches_98_percent_on_full_mnist_in_ten_epochs():
    (x, y), (x_test, y_test) = mnist.load_data()
    model = _mlp(0, 256)
    rate = CosineDecay(0.2, decay_steps=10 * 469)  # 469 batches of 128 in an epoch
    loss = "sparse_categorical_crossentropy"
    model.compile(optimizers.SGD(rate, momentum=0.9), loss, metrics=["accuracy"])
    model.fit(x / 255, y, batch_size=128, epochs=10, verbose=0)
    _, accuracy = model.evaluate(x_test / 255, y_test)
    print(f"full MNIST, 784-256-10, 10 epochs: {100 * accuracy:.2f} %")
    assert 0.980 <= accuracy <= 0.987
