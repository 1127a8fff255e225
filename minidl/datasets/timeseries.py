"""Series: one number after the other, and the question what comes next.

| name | what it returns | where it comes from |
|---|---|---|
| `load_sunspots()` | 309 years, 1700 to 2008 | ships with statsmodels, public domain |
| `load_co2()` | 526 months, March 1958 to December 2001 | ships with statsmodels, public domain |
| `sines` | N noisy waves, each with a frequency of its own | a formula |
| `adding_problem` | N sequences that must be remembered for a long time | a formula |

A forecast is asked for what comes after everything that was seen, so the order of the work matters:
split in time, scale by the training part, and only then cut into windows. Windows cut from one part
cannot reach into the other.

    train, test = chronological_split(series, 0.2)      # (T_train,), (T_test,)
    scale = Standardizer(train)                         # knows nothing of the test part
    x, y = forecasting_windows(scale(train), 24)        # (N, 24, 1), (N, 1)
    x_test, y_test = forecasting_windows(scale(test), 24)

Then compare with the two forecasts that cost nothing: `naive_forecast` and
`seasonal_naive_forecast`. Many networks do not beat them.
"""

import numpy as np

from minidl.base.checks import positive_integer
from minidl.datasets.split import chronological_split

__all__ = [
    "Standardizer",
    "adding_problem",
    "chronological_split",
    "forecasting_windows",
    "load_co2",
    "load_sunspots",
    "naive_forecast",
    "seasonal_naive_forecast",
    "sines",
]


def load_sunspots():
    """Return (years, sunspots): the mean number of sunspots of each year from 1700 to 2008.

    years (309,) int64; sunspots (309,) float64. They come and go in about 11 years, never quite
    the same way. Source: National Geophysical Data Center, by way of the package statsmodels.
    Raises `ImportError` if that is not installed.
    """
    data = _statsmodels("sunspots").load_pandas().data
    return data["YEAR"].to_numpy(np.int64), data["SUNACTIVITY"].to_numpy(np.float64)


def load_co2():
    """Return (months, co2): carbon dioxide in the air over Mauna Loa, March 1958 to December 2001.

    months (526,) datetime64[M]; co2 (526,) float64, parts per million. The plants of the northern
    summer take some out every year; the rest stays.

    The measurements are weekly averages, dated by their Saturday. 59 of 2,284 weeks are missing,
    18 of them in a row in 1964: they are filled by a straight line between the weeks before and
    after. A month is the mean of its Saturdays. The last gap ends in 1985: nothing in the last
    third of the series was made up, and a split there lets nothing through.

    Source: Keeling and Whorf, "Atmospheric CO2 concentrations derived from flask air samples at
    sites in the SIO network", 2004, by way of the package statsmodels. Raises `ImportError` if that
    is not installed.
    """
    weekly = _statsmodels("co2").load_pandas().data["co2"]
    values = _filled(weekly.to_numpy(np.float64))  # (2284,)
    month_of = weekly.index.to_numpy().astype("datetime64[M]")  # (2284,)
    months, which, weeks = np.unique(month_of, return_inverse=True, return_counts=True)
    return months, np.bincount(which, values) / weeks


def sines(n=1000, length=50, noise=0.1, seed=0):
    """N noisy waves, and the value that follows each.

    w ~ U(0.1, 0.5),  p ~ U(0, 2 pi),  x_t = sin(w t + p) + e,  e ~ N(0, noise^2),
    y = sin(w T + p) without the noise: what a perfect forecast would say.

    Returns x (N, T, 1) float32, y (N, 1) float32.
    """
    positive_integer("n", n)
    positive_integer("length", length)
    if not 0 <= noise < np.inf:
        raise ValueError(f"noise={noise}, but a standard deviation is finite and not negative")
    rng = np.random.default_rng(seed)
    w = rng.uniform(0.1, 0.5, (n, 1))
    p = rng.uniform(0, 2 * np.pi, (n, 1))
    wave = np.sin(w * np.arange(length + 1) + p)  # (N, T + 1)
    x = wave[:, :-1] + noise * rng.standard_normal((n, length))
    return x[..., None].astype(np.float32), wave[:, -1:].astype(np.float32)


def adding_problem(n=1000, length=100, seed=0):
    """Add two numbers that were marked, one of them long ago.

    Each step holds a number v ~ U(0, 1) and a marker. Two markers are 1, one in each half of the
    sequence, the others 0; y is the sum of the two numbers they mark. Always to say 1, the mean,
    gives a mean squared error of 1/6 = 0.167: whoever forgets the first number is near there.

    Returns x (N, T, 2) float32, (number, marker); y (N, 1) float32. Raises `ValueError` for fewer
    than two steps.

    Reference: Hochreiter and Schmidhuber, "Long short-term memory", Neural Computation 9(8), 1997,
    section 5.4; in the form of Le, Jaitly and Hinton, "A simple way to initialize recurrent
    networks of rectified linear units", 2015, section 4.1.
    """
    positive_integer("n", n)
    if positive_integer("length", length) < 2:
        raise ValueError("length must be at least 2, a step for each half of the sequence; got 1")
    rng = np.random.default_rng(seed)
    x = np.zeros((n, length, 2), np.float32)
    x[:, :, 0] = rng.random((n, length), np.float32)
    rows = np.arange(n)
    first, second = rng.integers(0, length // 2, n), rng.integers(length // 2, length, n)
    x[rows, first, 1] = x[rows, second, 1] = 1
    return x, (x[rows, first, 0] + x[rows, second, 0])[:, None]


def forecasting_windows(series, length, horizon=1):
    """Cut a series (L,) into pasts x (N, T, 1) and futures y (N, H); T = length, H = horizon.

    Window i reads values i to i + T - 1 and asks for the H that follow: N = L - T - H + 1. Both are
    read-only views of the series. Raises `ValueError` if the series is too short for one window.
    """
    positive_integer("length", length)
    positive_integer("horizon", horizon)
    series = np.asarray(series)
    if series.ndim != 1 or len(series) < length + horizon:
        raise ValueError(
            f"windows of {length} values and {horizon} to forecast need a series (L,) with "
            f"L >= {length + horizon}; got shape {series.shape}"
        )
    both = np.lib.stride_tricks.sliding_window_view(series, length + horizon)  # (N, T + H)
    return both[:, :length, None], both[:, length:]


def naive_forecast(x, horizon=1):
    """Tomorrow is like today: x (N, T, 1) -> (N, H), the last value H times."""
    return np.repeat(x[:, -1], horizon, axis=1)


def seasonal_naive_forecast(x, season, horizon=1):
    """July is like last July: x (N, T, 1) -> (N, H), the values one season before.

    `season` is in steps, 12 for months. Raises `ValueError` if the windows are shorter than that.

    Reference: Hyndman and Athanasopoulos, "Forecasting: principles and practice", 3rd edition,
    section 5.2.
    """
    positive_integer("season", season)
    T = x.shape[1]
    if season > T:
        raise ValueError(f"season={season}, but the windows have {T} steps: make them longer")
    return x[:, T - season + np.arange(horizon) % season, 0]


class Standardizer:
    """Shift and scale by the mean and the standard deviation of the training part, and back.

    Args:
        train: the training part (L,); the test part must not take part in this.
    """

    def __init__(self, train):
        self.mean, self.std = float(np.mean(train)), float(np.std(train))
        if not self.std > 0:
            raise ValueError(f"a series of {np.size(train)} equal values cannot be standardised")

    def __call__(self, values):
        """Return (values - mean) / std."""
        return (np.asarray(values) - self.mean) / self.std

    def inverse(self, values):
        """Return values * std + mean: a forecast in the units of the series."""
        return np.asarray(values) * self.std + self.mean


def _statsmodels(name):
    """Return the module of statsmodels that holds a series."""
    try:
        from statsmodels import datasets
    except ImportError as error:
        raise ImportError(
            f"timeseries.load_{name}() reads a series that ships with the package statsmodels, "
            "which cannot be imported here: pip install statsmodels"
        ) from error
    return getattr(datasets, name)


def _filled(values):
    """Replace NaN (T,) by straight lines between the measured neighbours."""
    measured = np.isfinite(values)
    steps = np.arange(len(values))
    return np.interp(steps, steps[measured], values[measured])
