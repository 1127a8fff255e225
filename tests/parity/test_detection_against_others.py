"""Losses and metrics of detection, against Keras's and against formulas left to autograd."""

import numpy as np
import pytest
from comparing import SEEDS, close, several, tensor, torch
from hypothesis import given
from hypothesis import strategies as st
from keras_on_torch import keras

from minidl import losses, metrics
from minidl_course import detection


def _against(loss, theirs, y_true, y_pred):
    """Compare values and gradients, in float64."""
    y_torch = tensor(y_pred)
    expected = theirs(torch.tensor(y_true), y_torch)
    expected.backward()
    value, dy = loss(y_true, y_pred)
    assert value == pytest.approx(expected.item(), rel=1e-10)
    close(dy, y_torch.grad, "float64")


@several
@given(N=st.integers(1, 4), C=st.integers(1, 3), alpha=st.sampled_from([1.0, 2.0, 2.5]), seed=SEEDS)
def test_the_loss_of_heat(N, C, alpha, seed):
    rng = np.random.default_rng(seed)
    t = np.where(rng.random((N, 3, 4, C)) < 0.2, 1, rng.random((N, 3, 4, C)))

    def theirs(t, z):
        p, yes = torch.sigmoid(z), t == 1
        right = (1 - p) ** alpha * torch.log(p)
        wrong = (1 - t) ** 4 * p**alpha * torch.log(1 - p)
        things = yes.sum(dim=(1, 2, 3)).clamp(min=1)
        return -(torch.where(yes, right, wrong).sum(dim=(1, 2, 3)) / things).mean()

    loss = losses.PenaltyReducedFocal(alpha, from_logits=True)
    _against(loss, theirs, t, 2 * rng.standard_normal(t.shape))


@several
@given(shape=st.lists(st.integers(1, 4), min_size=1, max_size=3), far=st.floats(0, 3), seed=SEEDS)
def test_generalized_iou(shape, far, seed):
    rng = np.random.default_rng(seed)
    corner = rng.standard_normal((*shape, 2))
    t = np.concatenate([corner, corner + rng.uniform(0.1, 2, (*shape, 2))], axis=-1)

    def theirs(t, y):
        t0, t1, y0 = t[..., :2], t[..., 2:], torch.minimum(y[..., :2], y[..., 2:])
        y1 = torch.maximum(y[..., :2], y[..., 2:])
        both = (torch.minimum(t1, y1) - torch.maximum(t0, y0)).clamp(min=0).prod(dim=-1)
        union = (t1 - t0).prod(dim=-1) + (y1 - y0).prod(dim=-1) - both
        around = (torch.maximum(t1, y1) - torch.minimum(t0, y0)).prod(dim=-1)
        return (1 - both / union + (around - union) / around).mean()

    _against(losses.GeneralizedIoU(), theirs, t, far + rng.standard_normal(t.shape))


@several
@given(N=st.integers(1, 4), seed=SEEDS)
def test_mae_at_centres(N, seed):
    rng = np.random.default_rng(seed)
    t = rng.standard_normal((N, 3, 4, 6))
    t[..., -1] = rng.random((N, 3, 4)) < 0.3

    def theirs(t, y):
        counts = t[..., -1].sum(dim=(1, 2)).clamp(min=1)
        far = (y - t[..., :-1]).abs().mean(dim=-1) * t[..., -1]
        return (far.sum(dim=(1, 2)) / counts).mean()

    _against(detection.AtCenters("mae"), theirs, t, rng.standard_normal((N, 3, 4, 5)))


@several
@given(shape=st.lists(st.integers(1, 4), min_size=2, max_size=4), seed=SEEDS)
def test_dice_of_a_whole_batch(shape, seed):
    rng = np.random.default_rng(seed)
    t, y = rng.integers(0, 2, shape).astype("f4"), rng.random(shape).astype("f4")
    y_torch = tensor(y)
    theirs = keras.losses.Dice()(torch.tensor(t), y_torch)
    theirs.backward()
    value, dy = losses.Dice()(t, y)
    assert value == pytest.approx(theirs.item(), rel=1e-5, abs=1e-6)
    close(dy, y_torch.grad, "float32")


@several
@given(
    C=st.integers(1, 5),
    sizes=st.lists(st.integers(1, 4), min_size=1, max_size=3),
    form=st.sampled_from(
        [{}, {"sparse_y_pred": False}, {"ignore_class": 1}, {"sparse_y_true": False}]
    ),
    weighted=st.booleans(),
    seed=SEEDS,
)
def test_mean_iou(C, sizes, form, weighted, seed):
    rng = np.random.default_rng(seed)
    ours = metrics.MeanIoU(C, **form)
    theirs = keras.metrics.MeanIoU(C, dtype="float32", **form)  # else it rounds weights
    assert theirs.name.startswith(ours.name)  # Keras numbers them
    for N in sizes:
        was, said = rng.integers(0, C, (2, N, 3, 2))
        was = was if form.get("sparse_y_true", True) else np.eye(C, dtype="f4")[was]
        said = said if form.get("sparse_y_pred", True) else rng.random((N, 3, 2, C), "f4")
        weights = rng.random(N).astype("f4") if weighted else None
        ours.update_state(was, said, sample_weight=weights)
        each = None if weights is None else np.tile(weights[:, None, None], (1, 3, 2))
        theirs.update_state(was, said, sample_weight=each)
    assert ours.result() == pytest.approx(float(theirs.result()), rel=1e-5, abs=1e-6)
