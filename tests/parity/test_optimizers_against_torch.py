"""A hundred random steps of every optimizer and option in both libraries."""

import numpy as np
import pytest
from comparing import BACKENDS, DTYPES, SEEDS, close, several, tensor
from hypothesis import given
from hypothesis import strategies as st

from minidl import kernels, layers, optimizers
from minidl.optimizers import schedules

torch = pytest.importorskip("torch", reason="parity needs PyTorch: pip install torch==2.13.0")

RATES = st.sampled_from([1e-3, 0.05])
MOMENTA = st.sampled_from([0.0, 0.5, 0.9])
BETAS = st.tuples(st.sampled_from([0.5, 0.9]), st.sampled_from([0.9, 0.999]))
EPSILONS = st.sampled_from([1e-7, 1e-2])
CLIPS = st.sampled_from([None, "clipvalue", "clipnorm", "global_clipnorm"])


def _clip(params, how, limit):
    if how == "clipvalue":
        torch.nn.utils.clip_grad_value_(params, limit)
    for group in [params] if how == "global_clipnorm" else [[p] for p in params]:
        if how in ("clipnorm", "global_clipnorm"):  # torch's own adds 1e-6 to the norm
            norm = torch.sqrt(sum((p.grad**2).sum() for p in group))
            for p in group:
                p.grad *= torch.clamp(limit / norm, max=1)


def _hundred_steps(ours, make_theirs, dtype, backend, seed, clip=None):
    """Two parameters of different size, each step with new random gradients."""
    rng = np.random.default_rng(seed)
    params = {
        path: layers.Param(rng.standard_normal(shape).astype(dtype))
        for path, shape in [("W", (3, 4)), ("b", (5,))]
    }
    copies = {path: tensor(p.value) for path, p in params.items()}
    theirs = make_theirs(copies.values())
    for _ in range(100):
        for path, p in params.items():
            p.grad = rng.standard_normal(p.value.shape).astype(dtype)
            copies[path].grad = torch.tensor(p.grad)
        if clip:
            _clip(list(copies.values()), clip, 1.5)
        ours.step(params, kernels.load(backend))
        theirs.step()
    for path, p in params.items():
        close(p.value, copies[path], dtype)


def _l2(weight_decay, clip):
    """The options of ours for torch's weight_decay, which is L2, and for the clipping."""
    l2 = {"weight_decay": weight_decay, "decoupled_weight_decay": False}
    return l2 | ({clip: 1.5} if clip else {})


DECAYS = st.sampled_from([0.0, 0.01, 0.3])


@several
@given(RATES, MOMENTA, st.booleans(), DECAYS, CLIPS, DTYPES, BACKENDS, SEEDS)
def test_sgd(rate, momentum, nesterov, decay, clip, dtype, backend, seed):
    nesterov = nesterov and momentum > 0
    _hundred_steps(
        optimizers.SGD(rate, momentum, nesterov, **_l2(decay, clip)),
        lambda p: torch.optim.SGD(p, rate, momentum, nesterov=nesterov, weight_decay=decay),
        dtype,
        backend,
        seed,
        clip,
    )


@several
@given(RATES, st.sampled_from([0.0, 0.1]), EPSILONS, DECAYS, CLIPS, DTYPES, BACKENDS, SEEDS)
def test_adagrad(rate, start, epsilon, decay, clip, dtype, backend, seed):
    _hundred_steps(
        optimizers.Adagrad(rate, start, epsilon, **_l2(decay, clip)),
        lambda p: torch.optim.Adagrad(
            p, rate, eps=epsilon, initial_accumulator_value=start, weight_decay=decay
        ),
        dtype,
        backend,
        seed,
        clip,
    )


@several
@given(
    RATES,
    st.sampled_from([0.5, 0.9]),
    MOMENTA,
    EPSILONS,
    st.booleans(),
    DECAYS,
    CLIPS,
    DTYPES,
    BACKENDS,
    SEEDS,
)
def test_rmsprop(rate, rho, momentum, epsilon, centered, decay, clip, dtype, backend, seed):
    _hundred_steps(
        optimizers.RMSprop(rate, rho, momentum, epsilon, centered, **_l2(decay, clip)),
        lambda p: torch.optim.RMSprop(p, rate, rho, epsilon, decay, momentum, centered),
        dtype,
        backend,
        seed,
        clip,
    )


@several
@given(RATES, BETAS, EPSILONS, st.booleans(), DECAYS, CLIPS, DTYPES, BACKENDS, SEEDS)
def test_adam(rate, betas, epsilon, amsgrad, decay, clip, dtype, backend, seed):
    _hundred_steps(
        optimizers.Adam(rate, *betas, epsilon, amsgrad, **_l2(decay, clip)),
        lambda p: torch.optim.Adam(p, rate, betas, epsilon, decay, amsgrad),
        dtype,
        backend,
        seed,
        clip,
    )


@several
@given(RATES, BETAS, EPSILONS, st.booleans(), DECAYS, DTYPES, BACKENDS, SEEDS)
def test_adamw(rate, betas, epsilon, amsgrad, decay, dtype, backend, seed):
    adam = {"beta_1": betas[0], "beta_2": betas[1], "epsilon": epsilon, "amsgrad": amsgrad}
    _hundred_steps(
        optimizers.AdamW(rate, decay, **adam),
        lambda p: torch.optim.AdamW(p, rate, betas, epsilon, decay, amsgrad),
        dtype,
        backend,
        seed,
    )


def _rates(make_theirs, start, steps):
    optimizer = torch.optim.SGD([tensor(np.zeros(1))], start)
    theirs, rates = make_theirs(optimizer), []
    for _ in range(steps):
        rates.append(theirs.get_last_lr()[0])
        optimizer.step()
        if len(rates) < steps:
            theirs.step()
    return rates


@several
@given(
    total=st.integers(8, 60),
    share=st.sampled_from([0.2, 0.3, 0.55]),
    div=st.sampled_from([10.0, 25.0]),
    final_div=st.sampled_from([10.0, 1e4]),
)
def test_one_cycle(total, share, div, final_div):
    ours = schedules.OneCycle(0.1, total, share, div, final_div)
    theirs = _rates(
        lambda o: torch.optim.lr_scheduler.OneCycleLR(
            o, 0.1, total, pct_start=share, div_factor=div, final_div_factor=final_div
        ),
        0.1,
        total,
    )
    np.testing.assert_allclose([ours(step) for step in range(total)], theirs, rtol=1e-10)


def test_other_schedules():
    torch_s = torch.optim.lr_scheduler
    staircase = schedules.ExponentialDecay(0.1, 7, 0.5, staircase=True)
    cosine = schedules.CosineDecay(0.1, 40, alpha=0.2)
    for ours, make_theirs in [
        (schedules.ExponentialDecay(0.1, 1, 0.9), lambda o: torch_s.ExponentialLR(o, 0.9)),
        (staircase, lambda o: torch_s.StepLR(o, 7, 0.5)),
        (cosine, lambda o: torch_s.CosineAnnealingLR(o, 40, 0.02)),
    ]:
        rates = [ours(step) for step in range(40)]
        np.testing.assert_allclose(rates, _rates(make_theirs, 0.1, 40), rtol=1e-10)
