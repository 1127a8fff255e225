"""What chapter 17 draws: a layer unrolled over time, its gradients, and forecasts of the air."""

import itertools

import matplotlib.pyplot as plt
import numpy as np

from minidl import plots
from minidl.datasets import timeseries
from minidl.plots.canvas import show_signed
from minidl.plots.common import BLUE, GREEN, ORANGE, PURPLE, VERMILLION
from minidl_course.chapters.common import band


def hook():
    """Two years of carbon dioxide, and an empty field for the third."""
    months, co2 = timeseries.load_co2()
    _, test = timeseries.chronological_split(co2, 0.25)
    when = (1970 + months.astype(int) / 12)[395:]  # years
    _, ax = plt.subplots(figsize=(7.2, 2.8), layout="compressed")
    ax.plot(when[36:60], test[36:60], "o-", ms=4, color=BLUE)
    ax.axvspan(when[60] - 0.04, when[71] + 0.04, color="0.94")
    ax.text((when[60] + when[71]) / 2, 363, "?", size=28, ha="center", va="center", color="0.5")
    ax.set(xlim=(when[36] - 0.1, when[71] + 0.05), ylim=(355, 369), xlabel="year")
    ax.set(ylabel="CO2 (ppm)", title="24 months, and then?")
    ax.grid(alpha=0.3)
    plots.show(
        "24 monthly means of carbon dioxide: a wave with its summit in late spring, on a slope. "
        "The next twelve months are an empty field with a question mark."
    )
    truth = test[60:72]
    assert (truth.argmax(), truth.argmin()) == (3, 7) and round(truth[3] - test[51], 1) == 1.6
    print(f"The last month shown has {test[59]:.1f} ppm.")


def three_ways():
    """All at once, one by one without memory, one by one with a state."""
    d = plots.Diagram(7.2, 2.25)
    d.text(1.05, 2.1, "all at once")
    wide = d.box(1.05, 1.25, "Dense", 1.8)
    for t in range(4):
        d.arrow(d.box(0.35 + 0.47 * t, 0.35, f"$x_{t}$", fill="data"), (0.35 + 0.47 * t, 1.1))
    d.arrow(wide, d.box(1.05, 1.8, "forecast", fill="output"))
    for left, title, handed in ((2.55, "one by one, no memory", False), (4.95, "+ a state", True)):
        d.text(left + 0.98, 2.1, title)
        cells = []
        for t in range(4):
            x = left + 0.2 + 0.54 * t
            cells.append(d.box(x, 1.25, "", 0.36, fill="highlight" if handed else "layer"))
            d.arrow(d.box(x, 0.35, f"$x_{t}$", fill="data"), cells[-1])
        for a, b in itertools.pairwise(cells):
            if handed:
                d.arrow(a, b, colour="memory")
        d.arrow(cells[-1], d.box(left + 1.62, 1.8, "forecast", fill="output"))
    plots.show(
        "Left: a Dense layer with four inputs at once. Middle: four equal cells read one input "
        "each and hand on nothing. Right: the same cells, with an arrow from each to the next."
    )


TITLES = ["One layer with a loop", "Unrolled: the same box, once for every step"]
TITLES += [f"Forward, step {t}: from the state and the input to the new state" for t in range(4)]
TITLES += ["What comes in from above: 1 after step 1 and after step 3"]
TITLES += [
    "Back, step 3: through tanh, and on to step 2 by U",
    "Back, step 2: nothing from above; only what step 3 sent back",
    "Back, step 1: two paths meet, and they are added",
    "Back, step 0: the end. dU has collected a part from every step",
]


def one_unit(X, U):
    """The states of one tanh unit with W = 1."""
    h, states = 0.0, []
    for x_t in X:
        h = np.tanh(x_t + U * h)
        states.append(h)
    return states


def unrolled():
    """One unit over four steps, forward and back, as a film; print dU, and the slope it is."""
    X, U, from_above = [1, 0, 1, 0], 0.5, [0, 1, 0, 1]
    states = one_unit(X, U)
    dh, parts, later = [0] * 4, [0] * 4, 0.0
    for t in (3, 2, 1, 0):
        dh[t] = from_above[t] + later
        ds = dh[t] * (1 - states[t] ** 2)
        parts[t] = ds * (states[t - 1] if t else 0.0)
        later = ds * U

    def unroll(frame, ax):
        ax.set_position((0, 0, 1, 1))
        d = plots.Diagram(7.2, 3.0, ax)
        d.text(0.15, 2.84, f"{frame + 1} of {len(TITLES)}. {TITLES[frame]}", align="left", size=10)
        if frame == 0:
            box = d.box(3.4, 1.5, "$h$", 0.7, 0.42)
            d.arrow(d.box(3.4, 0.6, "$x_t$", fill="data"), box, "$W$")
            d.arrow((3.58, 1.71), (3.22, 1.71), sides=("top", "top"), bend=0.35, colour="memory")
            d.text(3.75, 2.0, "$U$: what it hands to itself", align="left")
            return
        done, back = frame - 2, frame - 7
        for t in range(4):
            x, seen, returned = 1.2 + 1.6 * t, t <= done, 3 - t <= back
            fill = "highlight" if t == done or 3 - t == back else "memory" if seen else "white"
            text = f"{states[t]:.2f}" if seen else f"$h_{t}$"
            cell = d.box(x, 1.5, text, 0.7, 0.42, fill=fill)
            d.arrow(d.box(x, 0.6, f"$x_{t}$ = {X[t]}", fill="data"), cell, "$W$")
            start = x - 1.25 if t else x - 0.85
            d.arrow((start, 1.56), (x - 0.35, 1.56), "$U$" if t else "0", colour="memory")
            if frame >= 6 and from_above[t]:
                d.arrow((x, 2.5), (x, 1.71), colour="gradient")
                d.text(x + 0.12, 2.2, "1", "gradient")
            if returned:
                d.text(x + 0.4, 1.2, f"dh = {dh[t]:.2f}", "gradient", size=8, align="left")
                if t:
                    d.arrow((x - 0.35, 1.42), (x - 1.25, 1.42), colour="gradient")
        if back >= 0:
            terms = " + ".join(f"{parts[t]:.3f}" for t in range(3, 2 - back, -1))
            total = sum(parts[t] for t in range(3, 2 - back, -1))
            d.text(0.15, 0.12, f"dU = {terms} = {total:.3f}", "gradient", align="left")

    def loss(u):
        return one_unit(X, u)[1] + one_unit(X, u)[3]

    slope = (loss(0.5 + 1e-6) - loss(0.5 - 1e-6)) / 2e-6
    assert np.isclose(sum(parts), slope) and len(TITLES) == 11
    print(f"dU on the way back {sum(parts):.3f}, by trying U near 0.5 {slope:.3f}")
    return plots.movie(
        unroll,
        range(11),
        "A recurrent layer, first as a loop, then unrolled over four steps. The states appear from "
        "left to right, then the gradients from right to left, and dU collects a part at every "
        "step.",
        size=(7.2, 3.0),
        seconds=1.8,
        loop=False,
    )


def gradient_norms(norms, Q, last, humped, sigma):
    """Gradients over 60 steps: three orthogonal U of the direction Q, and the U of two units."""
    k = np.arange(61)
    _, (ax, right) = plt.subplots(1, 2, figsize=(9, 3.4), layout="compressed", sharey=True)
    for rho, colour in ((1.25, VERMILLION), (1.0, BLUE), (0.8, GREEN)):
        linear, squashed = norms(rho * Q, "linear", last), norms(rho * Q, "tanh", last)
        ax.semilogy(k, rho**k, "--", color=colour)
        ax.text(61, squashed[60], rf"$\rho$ = {rho}", color=colour, va="center", size=9)
        ax.semilogy(k[::6], linear[::6], "o", color=colour, ms=4)
        ax.semilogy(k, squashed, color=colour)
        print(f"rho {rho:4}: after 60 steps linear {linear[60]:9.2g}, tanh {squashed[60]:9.2g}")
        assert np.allclose(linear, rho**k) and (squashed <= rho**k).all()
        assert squashed[60] < (1e-4 * rho**60 if rho > 1.1 else 0.1) and squashed[:51].max() < 3
    title = r"Linear layers (circles) follow $\rho^k$ (dashed),"
    ax.set_title(f"{title}\ntanh (solid) stays below", fontsize=10)
    ax.set(ylabel="norm of $ds$, relative", xlim=(-1, 76))
    right.semilogy(k, sigma**k, ":", color="0.4", label=r"the bound $\sigma^k$")
    right.semilogy(k, humped, "o-", color=PURPLE, ms=3, label="measured, linear")
    right.semilogy(k, 0.9**k, "--", color=ORANGE, label=r"$\rho^k$")
    right.set(ylim=(1e-7, 1e7))
    title = r"Two units, $\sigma$ = 2.3 and $\rho$ = 0.9:"
    right.set_title(f"{title}\nup by the one, then down by the other", fontsize=10)
    right.legend(fontsize=8, loc="lower left")
    for axis in (ax, right):
        axis.set_xlabel("steps back in time, $k$")
    plots.show(
        "Left: gradients over 60 steps for three spectral radii; linear layers lie on straight "
        "lines, tanh layers below them. Right: a gradient that first grows to five times and then "
        "shrinks."
    )
    assert np.isclose(humped[1], sigma) and abs(sigma - 2.3) < 0.1
    assert humped.max() > 5 and np.allclose(humped[50:] / humped[49:-1], 0.9, atol=0.002)


def truncated():
    """Six steps in two chunks: the state crosses the border, the gradient does not."""
    d = plots.Diagram(7.2, 2.0)
    chunk, cells = 3, []
    for t in range(2 * chunk):
        x = 0.9 + 1.08 * t
        cells.append(d.box(x, 1.1, f"$h_{t}$", 0.5, 0.5, fill="memory"))
        d.arrow(d.box(x, 0.3, f"$x_{t}$", fill="data"), cells[-1])
    for t, (a, b) in enumerate(itertools.pairwise(cells)):
        d.arrow((a.x + 0.25, 1.2), (b.x - 0.25, 1.2), colour="memory")
        if t != chunk - 1:
            d.arrow((b.x - 0.25, 1.0), (a.x + 0.25, 1.0), colour="gradient")
    border = (cells[chunk - 1].x + cells[chunk].x) / 2
    d.arrow((cells[chunk].x - 0.25, 1.0), (border, 1.0), colour="gradient")
    d.ax.plot([border, border], [0.1, 1.75], "--", color="0.5", lw=1)
    for middle, name in ((1, "first chunk"), (4, "second chunk")):
        d.text(cells[middle].x, 1.75, name)
    plots.show(
        "Six unrolled steps in two chunks of three. The arrows of the state lead from the first "
        "step to the last; none of the gradient's crosses the border between the chunks.",
        d.ax,
    )


def series(years, train, test):
    """The whole series, and which part is held out."""
    _, ax = plt.subplots(figsize=(7.2, 2.4), layout="compressed")
    ax.plot(years[:395], train, color=BLUE, lw=1)
    ax.plot(years[395:], test, color=VERMILLION, lw=1)
    ax.text(1964, 331, "to learn from", color=BLUE)
    ax.text(1987, 366, "held out", color=VERMILLION)
    ax.set(xlabel="year", ylabel="CO2 (ppm)")
    ax.set_title("Carbon dioxide over Mauna Loa: a wave on a slope")
    plots.show(
        "Carbon dioxide from 1958 on: a yearly wave on a rising slope; the last quarter is held "
        "out."
    )
    above = (test[24:] > train.max()).mean()
    print(f"{above:.0%} of the months to be forecast lie above everything in the training part")
    assert above > 0.9


def scores(errors, score):
    """Print the errors of five networks and of the baselines; return half the interval."""
    half = 2.776 * errors.std(ddof=1) / 5**0.5  # 95 % of the mean, Student's t, 4 degrees
    print("five networks:", " ".join(f"{error:.3f}" for error in errors), "ppm")
    print(f"mean {errors.mean():.2f} ± {half:.2f} ppm; the baselines:")
    print(", ".join(f"{name} {error:.2f}" for name, error in score.items()))
    assert errors.min() > 0.58 and errors.max() < 0.74 and half < 0.06
    assert errors.max() < 0.9 * score["seasonal-naive with drift"] < 0.45 * score["seasonal-naive"]
    assert score["naive"] > 3 and abs(errors.mean() / score["linear"] - 1) < 0.15
    return half


def forecasts_drawn(when, test, runs, forecasts, rmse):
    """Five forecasts of a year, and the errors of networks and baselines by months ahead."""
    shared = {"width_ratios": [3, 2]}
    _, (ax, right) = plt.subplots(1, 2, figsize=(9.4, 3.2), layout="compressed", **shared)
    ax.plot(when[24:84], test[24:84], color="0.6", lw=3, label="measured")
    for i in range(0, 60, 12):  # a new forecast every year
        future, last_year = when[i + 24 : i + 36], forecasts["seasonal-naive"][i]
        ax.plot(future, runs[0][i], color=BLUE, label=[None, "network"][i == 0])
        ax.plot(future, last_year, "--", color=ORANGE, label=[None, "seasonal-naive"][i == 0])
    ax.set(xlabel="year", ylabel="CO2 (ppm)", title="Five forecasts of a year")
    ax.legend(fontsize=8, loc="upper left")
    ahead, by_month = np.arange(1, 13), np.array([rmse(forecast, axis=0) for forecast in runs])
    band(right, by_month, BLUE, "-", "network, 5 seeds", alpha=0.3)
    styles = (("--", ORANGE), ("s-", PURPLE), ("o:", GREEN))
    for (name, forecast), (style, colour) in zip(list(forecasts.items())[1:], styles):
        right.plot(ahead, rmse(forecast, axis=0), style, color=colour, ms=4, label=name)
    right.set(xlabel="months ahead", ylabel="RMSE (ppm)", title="Error, month by month")
    right.set_ylim(0, 2.9)
    right.legend(fontsize=8, loc="upper left", ncols=1)
    plots.show(
        "Left: five forecasts of a year, drawn over what was measured; the seasonal-naive ones lie "
        "too low. Right: errors grow with the months ahead, hardly for the seasonal-naive forecast."
    )
    first, *_, twelfth = by_month.mean(axis=0)
    print(f"network: {first:.2f} ppm one month ahead, {twelfth:.2f} ppm twelve months ahead")
    assert first < 0.45 and 2.2 < twelfth / first < 3
    grown = [last / start for start, *_, last in (rmse(f, axis=0) for f in forecasts.values())]
    assert 2.5 < grown[3] < grown[2] < 3.3  # linear, drift


def forecast_slider(forecast, x, y, when):
    """Change one month that was read: what becomes of the forecast?"""

    def draw_forecast(year, changed_month, added_ppm):
        i = round(12 * (year - when[24]))
        window = x[i : i + 1].copy()  # (1, 24, 1)
        honest = forecast(window)[0]
        window[0, changed_month - 1] += added_ppm
        fooled = forecast(window)[0]
        t, ahead = np.arange(1, 25), np.arange(25, 37)
        _, ax = plt.subplots(figsize=(7.4, 3.1), layout="compressed")
        ax.plot(t, x[i, :, 0], "o-", ms=4, color=BLUE, label="read")
        changed = window[0, changed_month - 1, 0]
        ax.plot(changed_month, changed, "X", ms=11, color=VERMILLION, label="changed")
        ax.plot(ahead, y[i], color="0.6", lw=3, label="measured later")
        ax.plot(ahead, honest, "--", color=PURPLE, label="forecast")
        ax.plot(ahead, fooled, color=VERMILLION, label="forecast, after the change")
        ax.set(xlabel="month", ylabel="CO2 (ppm)", xticks=(1, 6, 12, 18, 24, 30, 36))
        ax.set_title(f"Month {changed_month} changed by {added_ppm:+d} ppm; forecast for {year}")
        ax.legend(fontsize=8, loc="upper left", bbox_to_anchor=(1, 1))
        ax.grid(alpha=0.3)

    for month in (24, 22, 18, 6):
        window = x.copy()
        window[:, month - 1] += 5
        moved = (forecast(window) - forecast(x)).mean(axis=0)
        most = int(np.abs(moved).argmax())
        print(f"5 ppm more in month {month:2} move the forecast by {moved.mean():5.2f} ppm", end="")
        print(f", most in month {25 + most} ({moved[most]:.2f})")
    return plots.sliders(
        draw_forecast,
        "24 months that were read, the last of them raised by 5 ppm, and two forecasts of the next "
        "twelve: with the change, the whole forecast is too high.",
        year=(1994, 2000, 1, 1997),
        changed_month=(1, 24, 1, 24),
        added_ppm=(-8, 8, 1, 5),
    )


def listens(forecast, x):
    """(12, 24): by how much each coming month rises if a month that is read rises by 1 ppm."""
    honest, effect = forecast(x), []
    for month in range(24):
        raised = x.copy()
        raised[:, month] += 1
        effect.append((forecast(raised) - honest).mean(axis=0))
    return np.array(effect).T


def listening(networks, linear, x):
    """What networks (their mean) and the linear baseline listen to, as two maps."""
    maps = {
        "network": np.mean([listens(network, x) for network in networks], axis=0),
        "linear": listens(linear, x),
    }
    titles = ["Network (mean of five): the last month and the last year"]
    titles += ["Linear baseline: the year before that, too"]
    _, axes = plt.subplots(2, 1, figsize=(7, 6.2), layout="compressed", sharex=True)
    for ax, effect, title in zip(axes, maps.values(), titles):
        show_signed(ax, effect, 1.0, "ppm for 1 ppm")
        ax.axis("on")
        ax.set(yticks=(0, 5, 11), yticklabels=("1", "6", "12"), ylabel="months ahead")
        ax.set(xticks=(0, 5, 11, 17, 23), xticklabels=("1", "6", "12", "18", "24"), title=title)
    axes[1].set_xlabel("month that is read")
    plots.show(
        "Two maps of how the forecasts depend on the months that were read. Both have a strong "
        "column at the last month and a diagonal band near the months one year before; that of the "
        "linear baseline has a second diagonal, of the months two years before, where the "
        "network's is nearly white."
    )
    print("mean effect of    last month   a year before   two years before")
    seen = {}
    for name, effect in maps.items():
        one, two = (np.mean([effect[j, back + j] for j in range(11)]) for back in (12, 0))
        seen[name] = effect[:, 23].mean(), one, two
        print(f"{name:16}", *(f"{part:12.2f}   " for part in seen[name]))
    for last_one, one, two in seen.values():
        assert last_one > 0.4 and 0.06 < one < 0.6 and two < 0.8 * one
    assert seen["network"][2] < 0.5 * seen["linear"][2]


def cliff_drawn(us, loss_and_slope, walks):
    """The loss against the recurrent weight, and two walks from its cliff."""
    losses, slopes = loss_and_slope(us)
    _, ax = plt.subplots(figsize=(7.2, 3.1), layout="compressed")
    ax.semilogy(us, losses, color=BLUE)
    for (name, path), style, colour in zip(walks.items(), ("s--", "o-"), (VERMILLION, GREEN)):
        ax.plot(path, loss_and_slope(path)[0], style, color=colour, ms=4, label=name)
    ax.set(xlabel="recurrent weight $u$", ylabel="loss after 20 steps", ylim=(1e-5, 5))
    ax.set_title("One step from the cliff: thrown far, or walked down")
    ax.legend()
    plots.show(
        "The loss against the recurrent weight: a slow rise, a cliff, a deep valley, a plateau. "
        "The clipped walk goes down into the valley, the other one lands on the plateau and stays."
    )
    ends = {name: loss_and_slope(path[-1])[0] for name, path in walks.items()}
    assert ends["clipped at 1"] < 0.005 and 0.035 < ends["not clipped"] < 0.045
    assert np.abs(slopes).max() > 100 and np.median(np.abs(slopes)) < 0.1


def explosion(trials):
    """Loss and spectral radius over 50 steps; trials is {limit: three runs (3, 50)}."""
    _, axes = plt.subplots(1, 2, figsize=(9, 3.1), layout="compressed")
    steps = np.arange(1, 51)  # counted from 1, as in the printed lines
    for limit, three in trials.items():
        line = {"color": GREEN if limit else VERMILLION, "ms": 4, "lw": 1}
        line["zorder"] = 2 if limit else 3
        name = "clipped at 1" if limit else "not clipped (×: off the scale)"
        style = "o-" if limit else "s-"
        for seed, (losses, rhos, norm) in enumerate(three):
            learned = losses[-20:].mean() < 0.1 and rhos.max() < 1.2 and norm.max() > 5
            assert learned if limit else not np.isfinite(losses[3:]).any() and np.nanmax(rhos) > 2
            for ax, values in zip(axes, (losses.copy(), rhos.copy())):
                off = np.flatnonzero(~(values < 1e3))[:1]  # the first step off the scale, if any
                values[off] = 1e3
                ax.semilogy(steps, values, style, label=None if seed else name, **line)
                ax.plot(steps[off], values[off], "x", color=VERMILLION, ms=10, zorder=4)
    axes[0].set(ylabel="mean squared error", title="The loss: three seeds each", ylim=(0.005, 2e3))
    axes[1].set(ylabel=r"spectral radius $\rho$ of $U$", title="After each of the first steps")
    axes[1].set(xlim=(0.7, 7.3), ylim=(0.5, 2e3), xlabel="step of training")
    axes[0].set(xticks=(1, 10, 20, 30, 40, 50), xlabel="step of training")
    axes[0].legend(fontsize=8)
    plots.show(
        "Left: unclipped losses leave the scale by their third step, clipped ones fall. Right: the "
        "spectral radius of the unclipped runs jumps above 2, that of the clipped ones stays near "
        "1."
    )


def levels_drawn(when, truth, relative, level):
    """One month ahead: what was measured, and the forecasts from relative values and levels."""
    _, ax = plt.subplots(figsize=(7, 2.6), layout="compressed")
    ax.plot(when[24:-11], truth, color="0.6", lw=3, label="measured")
    ax.plot(when[24:-11], relative, color=BLUE, lw=1, label="network, relative")
    ax.plot(when[24:-11], level, color=VERMILLION, label="network, levels")
    ax.set(xlabel="year", ylabel="CO2 (ppm)", title="One month ahead: the levels sag")
    ax.legend(fontsize=8)
    plots.show(
        "One month ahead, the network that reads relative values follows what was measured; the "
        "one that reads levels falls below it, further every year."
    )
