"""The code of a variational autoencoder: a Gaussian for each sample, drawn from and paid for.

mean and log_var (N, ..., K) describe a Gaussian with the variance s^2 = exp(log_var) in each of K
directions, none of which knows of the others.
"""

import numpy as np

from minidl.base import checks
from minidl.base.arrays import array_module, number
from minidl.base.structure import several
from minidl.layers.dropout import RandomLayer
from minidl.layers.layer import Penalty


class Sampling(RandomLayer):
    """z ~ N(mean, exp(log_var)), drawn in such a way that gradients pass: reparametrization.

        z = mean + s * noise        s = exp(log_var / 2)        noise ~ N(0, 1), drawn in training

    In inference z = mean. It takes two arrays, [mean, log_var], each (N, ..., K). What a batch
    costs, kl_weight times the mean of `kl_to_standard_normal` over the N samples, is added to the
    loss of the model, in training and in evaluation.

    Args:
        kl_weight: how much the divergence counts, at least 0. A loss that takes the mean over D
            pixels, as most here do, is the bound divided by D, and needs 1 / D here.
        seed: see `RandomLayer`.

    References: Kingma and Welling (2014), "Auto-encoding variational Bayes", section 2.4 and
    appendix B; Higgins et al. (2017), "beta-VAE", equation 4 (the weight).
    """

    takes_several = True

    def __init__(self, kl_weight=0.0, seed=None, **options):
        super().__init__(seed, **options)
        self.kl_weight = checks.finite_number("kl_weight", kl_weight, at_least=0)

    def build(self, shape, rng):
        """Check that there are two arrays of one shape, which is that of z, too."""
        if not several(shape) or len(shape) != 2 or shape[0] != shape[1]:
            raise ValueError(
                f"layer {self.name!r} (Sampling) takes two arrays of one shape, call it on "
                f"[mean, log_var]; got samples of {shape}"
            )
        return shape[0]

    def forward(self, x, training=False):
        """(mean, log_var), each (N, ..., K) -> z (N, ..., K)."""
        mean, log_var = x
        kl, *slopes = kl_to_standard_normal(mean, log_var)
        penalty = Penalty(self.kl_weight * number(kl.sum()) / len(mean))
        if not training:
            return mean, (penalty, slopes, None)
        drawn = self.rng.standard_normal(mean.shape, np.float32)
        spread = np.exp(log_var / 2) * array_module(mean).asarray(drawn, mean.dtype)  # s * noise
        return mean + spread, (penalty, slopes, spread)

    def backward(self, dz, cache):
        """dmean = dz,  dlog_var = dz * s * noise / 2,  and to each the slope of its penalty."""
        _, (dmean, dlog_var), spread = cache
        share = self.kl_weight / len(dz)
        through = 0 if spread is None else dz * spread / 2
        return dz + share * dmean, through + share * dlog_var


def kl_to_standard_normal(mean, log_var):
    """Return (kl, dmean, dlog_var): how far N(mean, exp(log_var)) is from N(0, 1), in nats.

        kl = 1/2 sum_k (mean_k^2 + exp(log_var_k) - 1 - log_var_k)

    Args:
        mean: (N, ..., K).
        log_var: (N, ..., K), the logarithm of the variance.

    Returns:
        kl: (N, ...), 0 where mean and log_var are 0, else positive.
        dmean, dlog_var: its derivatives (N, ..., K): mean, and (exp(log_var) - 1) / 2.

    Reference: Kingma and Welling (2014), "Auto-encoding variational Bayes", appendix B.
    """
    excess = np.expm1(log_var)  # exp(log_var) - 1, exact near 0 as well
    kl = (mean**2 + excess - log_var).sum(axis=-1) / 2
    return kl, mean, excess / 2
