"""SpecAugment: what it hides, and what never."""

import numpy as np
import pytest

from minidl import Sequential, models
from minidl.layers import Dense, Masking, SpecAugment

X = np.random.default_rng(0).uniform(1, 2, (400, 30, 12)).astype("f4")


def _hidden(layer, x=X, seed=0, **options):
    layer.prepare(x.shape[1:], rng=np.random.default_rng(seed))
    y, _ = layer.forward(x, True, **options)
    assert y.dtype == x.dtype and y.shape == x.shape
    hidden = y == layer.fill_value
    np.testing.assert_array_equal(y[~hidden], x[~hidden])
    return hidden


def _stretches(rows):
    """Where the stretch of each row (N, L) of bool begins, how long it is; all else is False."""
    first, count = rows.argmax(axis=1), rows.sum(axis=1)
    place = np.arange(rows.shape[1])
    assert (rows == ((place >= first[:, None]) & (place < (first + count)[:, None]))).all()
    return first[count > 0], count


def test_bands_are_hidden_at_all_steps_and_each_width_and_place_comes():
    hidden = _hidden(SpecAugment(1, 5, 0))
    assert (hidden == hidden[:, :1]).all()
    first, width = _stretches(hidden[:, 0])
    assert set(width) == set(range(6)) and set(first) == set(range(12))
    assert set((first + width[width > 0] - 1).tolist()) == set(range(12))  # to the last band
    np.testing.assert_allclose(np.bincount(width) / 400, 1 / 6, atol=0.06)


def test_steps_are_hidden_in_all_bands_up_to_their_share():
    hidden = _hidden(SpecAugment(0, 0, 1, 8, 1.0))
    assert (hidden == hidden[..., :1]).all()
    assert set(_stretches(hidden[..., 0])[1]) == set(range(9))
    share = _hidden(SpecAugment(0, 0, 1, 8, 0.1))
    assert set(_stretches(share[..., 0])[1]) == {0, 1, 2, 3}  # of 30


def test_a_mask_takes_two_draws_a_sample():
    """Its width and its place: bands first, then steps. So a seed hides the same for ever."""
    bands, first_band, steps, first_step = np.random.default_rng(3).random((4, 400))
    hidden = _hidden(SpecAugment(1, 5, 1, 8, 1.0, seed=3))
    rows = (1, bands, first_band, 5, 12), (2, steps, first_step, 8, 30)
    for axis, width, first, most, length in rows:
        starts, count = _stretches(hidden.all(axis=axis))
        np.testing.assert_array_equal(count, np.floor(width * (most + 1)))
        expected = np.floor(first * (length - count + 1))
        np.testing.assert_array_equal(starts, expected[count > 0])


def test_several_masks_may_overlap():
    counts = _hidden(SpecAugment(3, 2, 0))[:, 0].sum(axis=1)
    assert counts.max() == 6 and counts.min() == 0
    assert not _hidden(SpecAugment(0, 5, 0, 5)).any()


def test_time_is_hidden_in_real_steps_only_on_either_side():
    steps = np.random.default_rng(1).integers(0, 31, 400)
    mask = np.arange(30) < steps[:, None]
    for real in (mask, mask[:, ::-1]):
        hidden = _hidden(SpecAugment(0, 0, 1, 30, 1.0), mask=real)[..., 0]
        assert not hidden[~real].any()
        count = hidden.sum(axis=1)
        assert (count == steps).any(where=steps > 5)  # all of a sample's steps, once
        assert count[steps > 20].mean() == pytest.approx(steps[steps > 20].mean() / 2, rel=0.15)


def test_nothing_is_hidden_in_inference_and_a_seed_repeats_what_is():
    assert SpecAugment().forward(X)[0] is X
    first, second, other = (_hidden(SpecAugment(seed=s), seed=k) for k, s in enumerate((3, 3, 4)))
    assert (first == second).all() and (first != other).any()


def test_what_is_hidden_holds_the_fill_value_and_bands_may_be_few():
    layer = SpecAugment(1, 99, 0, fill_value=-2.5)
    hidden = _hidden(layer)
    assert hidden.all(axis=(1, 2)).any() and not hidden.all()


def test_a_model_with_it_trains_with_padding_and_is_saved_as_data():
    row = [Masking(0.0, input_shape=(None, 12)), SpecAugment(1, 4, 1, 3, 0.5, 1.5), Dense(2)]
    model = Sequential(row, seed=0)
    model.compile("sgd", "mse")
    x = X[:8].copy()
    x[:4, 20:] = 0
    before = model.predict(x)
    model.fit(x, np.zeros((8, 30, 2)), epochs=1, verbose=0)
    assert np.isfinite(model.predict(x)).all() and (model.predict(x) != before).any()
    again = models.from_data(models.to_data(row[1]))
    assert again.get_config() == row[1].get_config()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SpecAugment(-1), "integers from 0"),
        (lambda: SpecAugment(time_width=2.5), "integers from 0"),
        (lambda: SpecAugment(time_share=1.5), "time_share must be a finite number"),
        (lambda: SpecAugment(fill_value=np.nan), "fill_value must be a finite number"),
        (lambda: SpecAugment().prepare((4,)), r"needs samples of shape \(T, B\)"),
    ],
)
def test_bad_numbers_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
