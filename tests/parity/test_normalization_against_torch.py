"""Normalization in both libraries: values, every gradient, running statistics."""

import math

import numpy as np
import pytest
from comparing import DTYPES, SEEDS, close, layer_against, several, tensor
from hypothesis import given
from hypothesis import strategies as st

from minidl import layers
from minidl.initializers import RandomUniform

torch = pytest.importorskip("torch", reason="parity needs PyTorch: pip install torch==2.13.0")
F = torch.nn.functional

SPREAD = RandomUniform(0.5, 2)
# Normalizing n numbers takes two of the n directions out of dx. Where few are left, dx is a small
# difference of large numbers, and float32 in either library keeps three digits of it. So does a
# sum over the rows that happens to cancel; among several features one does not.
LEADS = st.lists(st.integers(1, 9), min_size=1, max_size=3).filter(lambda n: math.prod(n) > 7)
SHAPES = {"lead": LEADS, "D": st.integers(4, 9), "dtype": DTYPES, "seed": SEEDS}


def _draw(lead, D, dtype, seed):
    rng = np.random.default_rng(10_000 + seed)  # dy is drawn from seed 1: x = dy would cancel
    return (3 + 2 * rng.standard_normal((*lead, D))).astype(dtype)


def _channels_second(function):
    """What torch calls (N, C, ...) is (N, ..., D) here."""
    return lambda x, *args, **options: function(x.movedim(-1, 1), *args, **options).movedim(1, -1)


batch_norm = _channels_second(F.batch_norm)


def _batch_norm(**options):
    return layers.BatchNormalization(
        momentum=0.9,
        beta_initializer=SPREAD,
        gamma_initializer=SPREAD,
        moving_mean_initializer=SPREAD,
        moving_variance_initializer=SPREAD,
        **options,
    )


@several
@given(**SHAPES)
def test_batch_norm_in_training(lead, D, dtype, seed):
    def theirs(x, gamma, beta):
        return batch_norm(x, None, None, gamma, beta, training=True, eps=1e-3)

    layer_against(_batch_norm(), theirs, _draw(lead, D, dtype, seed), "numba", {"gamma", "beta"})


@several
@given(**SHAPES)
def test_a_frozen_batch_norm(lead, D, dtype, seed):
    layer, x = _batch_norm(trainable=False), _draw(lead, D, dtype, seed)
    layer.prepare(x.shape[1:])
    layer.astype(dtype)
    m, v = torch.tensor(layer.moving_mean.value), torch.tensor(layer.moving_variance.value)

    def theirs(x, gamma, beta):
        return batch_norm(x, m, v, gamma, beta, training=False, eps=1e-3)

    layer_against(layer, theirs, x, "numba", {"gamma", "beta"})


@several
@given(steps=st.integers(1, 5), **SHAPES)
def test_running_statistics_and_what_inference_makes_of_them(steps, lead, D, dtype, seed):
    layer = _batch_norm()
    layer.prepare((*lead[1:], D))
    layer.astype(dtype)
    v_0 = layer.moving_variance.value.copy()
    m, v = tensor(layer.moving_mean.value).detach(), tensor(v_0).detach()
    for step in range(steps):
        x = _draw(lead, D, dtype, 1000 * step + seed)
        layer.forward(x, training=True)
        batch_norm(torch.tensor(x), m, v, training=True, momentum=0.1)
    close(layer.moving_mean.value, m, dtype)
    # torch divides the squares by n - 1 for the running variance, Keras and we by n
    n, kept = math.prod(lead), torch.tensor(0.9**steps * v_0)
    close(layer.moving_variance.value, (v - kept) * (n - 1) / n + kept, dtype)
    theirs = batch_norm(
        torch.tensor(x),
        torch.tensor(layer.moving_mean.value),
        torch.tensor(layer.moving_variance.value),
        torch.tensor(layer.gamma.value),
        torch.tensor(layer.beta.value),
        eps=1e-3,
    )
    close(layer.forward(x)[0], theirs, dtype)


@several
@given(**{**SHAPES, "D": st.integers(8, 20)})
def test_layer_norm(lead, D, dtype, seed):
    layer = layers.LayerNormalization(beta_initializer=SPREAD, gamma_initializer=SPREAD)

    def theirs(x, gamma, beta):
        return F.layer_norm(x, (D,), gamma, beta, eps=1e-3)

    layer_against(layer, theirs, _draw(lead, D, dtype, seed), "numba", {"gamma", "beta"})


@several
@given(**{**SHAPES, "D": st.integers(8, 20)})
def test_rms_norm(lead, D, dtype, seed):
    layer = layers.RMSNormalization(scale_initializer=SPREAD)

    def theirs(x, scale):
        return F.rms_norm(x, (D,), scale, eps=1e-6)

    layer_against(layer, theirs, _draw(lead, D, dtype, seed), "numba", {"scale"})
