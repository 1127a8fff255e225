"""Series in time: what is loaded, what is generated, and that the future stays unknown."""

import sys

import numpy as np
import pytest

from minidl.datasets import timeseries
from minidl.datasets.timeseries import (
    Standardizer,
    adding_problem,
    chronological_split,
    forecasting_windows,
    naive_forecast,
    seasonal_naive_forecast,
    sines,
)


def test_sunspots_are_one_number_a_year():
    years, sunspots = timeseries.load_sunspots()
    np.testing.assert_array_equal(years, np.arange(1700, 2009))
    assert sunspots.shape == (309,) and sunspots.dtype == np.float64
    assert (sunspots[0], sunspots[-1], sunspots.max()) == (5.0, 2.9, 190.2)


def test_co2_is_one_number_a_month_without_a_hole():
    months, co2 = timeseries.load_co2()
    np.testing.assert_array_equal(months, np.arange("1958-03", "2002-01", dtype="datetime64[M]"))
    assert co2.shape == (526,) and np.isfinite(co2).all()
    # The Saturdays of April 1958 were 317.3, 317.6, 317.5 and 316.4, the last of March 316.1.
    np.testing.assert_allclose(co2[:2], [316.1, (317.3 + 317.6 + 317.5 + 316.4) / 4])


def test_missing_weeks_lie_on_a_line_and_no_late_value_is_made_up():
    from statsmodels.datasets import co2

    weekly = co2.load_pandas().data["co2"]
    missing = weekly.isna().to_numpy()
    assert missing.sum() == 59 and weekly.index[missing][-1].year == 1985
    filled = timeseries._filled(weekly.to_numpy())
    np.testing.assert_array_equal(filled[~missing], weekly[~missing])
    second = np.diff(filled, 2)
    inside = missing[1:-1]  # on a line the second difference is 0 at every point that was made up
    assert abs(second[inside]).max() < 1e-9 < abs(second[~inside]).max()


@pytest.mark.parametrize("name", ["sunspots", "co2"])
def test_without_statsmodels_the_error_says_how_to_install_it(name, monkeypatch):
    monkeypatch.setitem(sys.modules, "statsmodels", None)
    with pytest.raises(ImportError, match=rf"load_{name}\(\) .*pip install statsmodels$"):
        getattr(timeseries, f"load_{name}")()


# Forecasting -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("length", "horizon"), [(1, 1), (24, 1), (5, 3)])
def test_no_window_reaches_across_the_split(length, horizon):
    series = np.arange(100.0)  # a value is its own time
    train, test = chronological_split(series, 0.3)
    x, y = forecasting_windows(train, length, horizon)
    x_test, y_test = forecasting_windows(test, length, horizon)
    assert max(x.max(), y.max()) == 69 and min(x_test.min(), y_test.min()) == 70
    for inputs, targets, L in ((x, y, 70), (x_test, y_test, 30)):
        assert inputs.shape == (L - length - horizon + 1, length, 1)
        assert targets.shape == (len(inputs), horizon)
        window = np.concatenate([inputs[:, :, 0], targets], axis=1)
        assert (np.diff(window) == 1).all()  # every window is in order and without a hole
        assert (np.diff(window[:, 0]) == 1).all()


def test_the_scale_knows_the_training_part_only():
    rng = np.random.default_rng(0)
    series = np.concatenate([rng.normal(5, 2, 400), rng.normal(900, 70, 100)])
    train, test = chronological_split(series, 0.2)
    scale = Standardizer(train)
    assert scale(train).mean() == pytest.approx(0, abs=1e-12)
    assert scale(train).std() == pytest.approx(1)
    np.testing.assert_allclose(scale(test), (test - train.mean()) / train.std())
    np.testing.assert_allclose(scale.inverse(scale(series)), series)
    with pytest.raises(ValueError, match="4 equal values"):
        Standardizer([3.0] * 4)


def test_the_free_forecasts_by_hand():
    x = np.array([[1.0, 2, 3, 4], [5, 6, 7, 8]])[:, :, None]  # two windows of four steps
    np.testing.assert_array_equal(naive_forecast(x), [[4], [8]])
    np.testing.assert_array_equal(naive_forecast(x, horizon=2), [[4, 4], [8, 8]])
    np.testing.assert_array_equal(seasonal_naive_forecast(x, season=3), [[2], [6]])
    np.testing.assert_array_equal(
        seasonal_naive_forecast(x, season=2, horizon=3), [[3, 4, 3], [7, 8, 7]]
    )
    np.testing.assert_array_equal(seasonal_naive_forecast(x, season=4), x[:, 0])


def test_the_seasonal_forecast_is_perfect_for_a_series_that_repeats():
    series = np.tile([3.0, 1, 4, 1, 5], 10)
    x, y = forecasting_windows(series, length=12, horizon=7)
    np.testing.assert_array_equal(seasonal_naive_forecast(x, season=5, horizon=7), y)


# Generated ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [2, 3, 100])
def test_the_answer_of_the_adding_problem_is_the_sum_of_the_marked_numbers(length):
    x, y = adding_problem(n=500, length=length, seed=1)
    assert (x.shape, y.shape, x.dtype, y.dtype) == ((500, length, 2), (500, 1), "f4", "f4")
    numbers, markers = x[:, :, 0], x[:, :, 1]
    assert set(np.unique(markers)) <= {0, 1} and numbers.min() >= 0 and numbers.max() < 1
    half = length // 2
    assert (markers[:, :half].sum(1) == 1).all() and (markers[:, half:].sum(1) == 1).all()
    np.testing.assert_allclose(y[:, 0], (numbers * markers).sum(1), rtol=1e-6)


def test_whoever_always_says_1_is_off_by_a_sixth():
    x, y = adding_problem(n=20_000, length=10)
    assert np.mean((y - 1) ** 2) == pytest.approx(1 / 6, rel=0.03)
    assert x[:, :, 1].mean(axis=0) == pytest.approx(0.2, abs=0.02)  # any place is as likely


def test_a_wave_goes_on_as_it_was():
    x, y = sines(n=200, length=60, noise=0, seed=2)
    assert (x.shape, y.shape, x.dtype, y.dtype) == ((200, 60, 1), (200, 1), "f4", "f4")
    before, here, after = x[:, :-2, 0], x[:, 1:-1, 0], x[:, 2:, 0]  # (N, T - 2)
    # sin(a - w) + sin(a + w) = 2 cos(w) sin(a) at every step of a wave, the one to guess included
    factor = ((before + after) * here).sum(1) / (here**2).sum(1)
    assert (2 * np.cos(0.5) < factor).all() and (factor < 2 * np.cos(0.1)).all()
    np.testing.assert_allclose(x[:, -2, 0] + y[:, 0], factor * x[:, -1, 0], atol=1e-4)


def test_noise_is_on_what_is_read_and_not_on_the_answer():
    (clean, y), (noisy, y_noisy) = sines(noise=0), sines(noise=0.3)
    np.testing.assert_array_equal(y, y_noisy)
    assert (noisy - clean).std() == pytest.approx(0.3, rel=0.02)


@pytest.mark.parametrize("generate", [sines, adding_problem])
def test_a_generator_gives_the_same_sequences_for_the_same_seed_only(generate):
    for a, b in zip(generate(seed=3), generate(seed=3)):
        np.testing.assert_array_equal(a, b)
    assert (generate(seed=3)[1] != generate(seed=4)[1]).mean() > 0.9


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: adding_problem(length=1), "length must be at least 2, .*; got 1"),
        (lambda: adding_problem(n=0), "n must be an integer of at least 1; got 0"),
        (lambda: sines(length=2.5), r"length must be an integer.*; got 2\.5"),
        (lambda: sines(noise=-1), "noise=-1, but a standard deviation"),
        (lambda: forecasting_windows(np.arange(9.0), 9), r"L >= 10; got shape \(9,\)"),
        (lambda: forecasting_windows(np.zeros((9, 2)), 3), r"series \(L,\) with .*\(9, 2\)"),
        (lambda: forecasting_windows(np.arange(9.0), 0), "length must be .*; got 0"),
        (lambda: forecasting_windows(np.arange(9.0), 3, 0), "horizon must be .*; got 0"),
        (lambda: seasonal_naive_forecast(np.zeros((2, 3, 1)), 4), "season=4, but .* 3 steps"),
    ],
)
def test_what_cannot_be_made_is_explained(call, message):
    with pytest.raises(ValueError, match=message):
        call()
