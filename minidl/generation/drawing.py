"""Draw a token from what a model says.

A model that was trained to guess the next token gives a probability to each of V tokens. Always to
take the likeliest makes it repeat itself; to draw from all V makes it stumble over rare ones.
Between the two lie

    temperature t    p_j ~ exp(z_j / t):  1 as learned, below 1 bolder, 0 always the likeliest
    top_k            only the k likeliest tokens may be drawn

References: Ackley, Hinton and Sejnowski, "A learning algorithm for Boltzmann machines", 1985
(temperature); Fan, Lewis and Dauphin, "Hierarchical neural story generation", 2018 (top k).
"""

import numpy as np

from minidl import checks


def probabilities(logits, temperature=1.0, top_k=None):
    """Return with which probability each token is drawn: logits (..., V) -> p (..., V) float64.

    p_j = exp(z_j / t) / sum_i exp(z_i / t) over the k largest logits (and those that equal the
    smallest of them), 0 for the others. With a temperature t = 0 the largest logit gets it all,
    the first one if there are several.

    Raises `ValueError` for a negative temperature, for k below 1, and for logits that are NaN.
    """
    z = np.asarray(logits, np.float64)
    t = checks.finite_number("temperature", temperature, at_least=0)
    if np.isnan(z).any():
        raise ValueError(
            "the model's outputs hold NaN, so no token can be drawn: its training went wrong"
        )
    V = z.shape[-1]
    if t == 0:
        return np.eye(V)[z.argmax(axis=-1)]
    if top_k is not None:
        k = min(checks.positive_integer("top_k", top_k), V)
        z = np.where(z >= np.partition(z, V - k)[..., V - k, None], z, -np.inf)
    p = np.exp((z - z.max(axis=-1, keepdims=True)) / t)  # the largest is 1: nothing overflows
    return p / p.sum(axis=-1, keepdims=True)


def sample(logits, temperature=1.0, top_k=None, rng=None):
    """Draw one token from each row of logits (..., V) -> ids (...), int64.

    The line from 0 to 1 is divided into V pieces as long as their probabilities, and a uniform
    number falls on one of them. `rng` is a NumPy Generator; a fresh one if not given. The other
    arguments and the errors are those of `probabilities`.
    """
    ends = probabilities(logits, temperature, top_k).cumsum(axis=-1)  # (..., V)
    u = (rng or np.random.default_rng()).random((*ends.shape[:-1], 1))
    return np.argmax(u * ends[..., -1:] < ends, axis=-1)  # the first piece that ends beyond u
