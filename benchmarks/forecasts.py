"""Controls of chapter 17: what its forecasters and its explosion owe to what.

    python benchmarks/forecasts.py         # half a minute of processor time

    growth    how far the growth of carbon dioxide in a year follows from the years before
    steps     the training that explodes, with and without clipping, with a linear layer and tanh
    levels    the forecaster that reads levels: with tanh, without, and with shuffled windows

The settings are those of the page; NOTES.md has what came out.
"""

import argparse

import numpy as np

from minidl import Sequential, optimizers
from minidl.datasets import timeseries
from minidl.layers import Dense, SimpleRNN
from minidl.optimizers.schedules import CosineDecay

EPOCHS, READ, HORIZON = 100, 24, 12


def growth(name, co2):
    """Print correlations: next year's growth with that of the last one and two years."""
    t = np.arange(READ, len(co2) - HORIZON)
    following = co2[t + HORIZON] - co2[t]
    for months in (12, 24):
        r = np.corrcoef(following, co2[t] - co2[t - months])[0, 1]
        print(f"growth  {name}, next year's and the last {months} months': correlation {r:.2f}")


def steps(activation, limit, seed, rate=0.1):
    """Return the losses of the page's fifty steps of SGD on sine waves."""
    waves, following = timeseries.sines(3200, length=50)
    model = Sequential([SimpleRNN(32, activation), Dense(1)], seed=seed)
    model.compile(optimizers.SGD(rate, global_clipnorm=limit), "mse")
    with np.errstate(all="ignore"):  # some of these runs explode
        batches = np.arange(3200).reshape(50, 64)
        return np.array([model.train_on_batch(waves[b], following[b]) for b in batches])


def levels(seed, activation, series, known, asked):
    """Return the RMSE in ppm of a forecaster of levels; `known` and `asked` are (x, y) in ppm."""
    level = timeseries.Standardizer(series)
    model = Sequential([SimpleRNN(32, activation), Dense(HORIZON)], seed=seed)
    rate = CosineDecay(3e-3, decay_steps=EPOCHS * 12)
    model.compile(optimizers.Adam(rate, global_clipnorm=1.0), "mse")
    model.fit(level(known[0]), level(known[1]), 32, EPOCHS, verbose=0)
    forecast = level.inverse(model.predict(level(asked[0]), verbose=0))
    return np.sqrt(np.mean((forecast - asked[1]) ** 2))


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    seeds = range(parser.parse_args().seeds)
    _, co2 = timeseries.load_co2()
    train, test = timeseries.chronological_split(co2, 0.25)
    for name, part in (("all", co2), ("train", train), ("held out", test)):
        growth(name, part)
    for activation in ("linear", "tanh"):
        for limit in (None, 1.0):
            ends = (steps(activation, limit, seed)[-20:].mean() for seed in seeds)
            told = " ".join(f"{end:.3f}" for end in ends)
            print(f"steps   {activation:6} clipped at {limit}: loss of the last 20 steps {told}")
    told = " ".join(f"{steps('linear', None, seed, 0.01)[-20:].mean():.3f}" for seed in seeds)
    print(f"steps   linear not clipped, a tenth of the rate: {told}")
    known, asked = (timeseries.forecasting_windows(part, READ, HORIZON) for part in (train, test))
    for activation in ("tanh", "linear"):
        told = " ".join(f"{levels(seed, activation, train, known, asked):.2f}" for seed in seeds)
        print(f"levels  {activation:6} split by time: {told} ppm")
    x, y = timeseries.forecasting_windows(co2, READ, HORIZON)
    told = []
    for seed in seeds:
        order = np.random.default_rng(seed).permutation(len(x))
        parts = ((x[rows], y[rows]) for rows in (order[96:], order[:96]))
        told.append(f"{levels(seed, 'tanh', co2, *parts):.2f}")
    print(f"levels  tanh   shuffled windows: {' '.join(told)} ppm")


if __name__ == "__main__":
    main()
