"""Draw the pictures of PRIMER.md into site/primer/.

python tools/primer.py
"""

import argparse
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import MaxNLocator

from minidl import plots
from minidl.plots.common import COLOURS
from minidl.plots.showing import as_png, small

ROOT = Path(__file__).resolve().parents[1]
DATA, FIT, SLOPE = COLOURS["data"], COLOURS["output"], COLOURS["gradient"]
MATRIX = np.array([[2.0, 1.0], [1.0, 2.0]])
DIE = np.full(6, 1 / 6)  # the probabilities of 1 to 6


def partial_derivatives():
    """x^2 + 3xy at (2, 1), once along x and once along y, each with its tangent."""
    fig, axes = plt.subplots(1, 2, figsize=(7.4, 2.9), layout="constrained", sharey=True)
    slices = (
        ("$x$ moves, $y$ stays 1", "x", 2, 7, lambda x: x**2 + 3 * x * 1),
        ("$y$ moves, $x$ stays 2", "y", 1, 6, lambda y: 2**2 + 3 * 2 * y),
    )
    for ax, (title, name, at, slope, f) in zip(axes, slices):
        line = np.linspace(at - 1.5, at + 1.5, 60)
        ax.plot(line, f(line), color=DATA, lw=2)
        ax.plot(line, 10 + slope * (line - at), "--", color=SLOPE)
        ax.plot(at, 10, "o", color="black")
        ax.text(at - 1.4, 17, f"slope {slope}", color=SLOPE)
        ax.set(xlabel=f"${name}$")
        ax.set_title(title, size=11)
    axes[0].set_ylabel("$f(x, y)$")
    return fig


def chain_rule():
    """L = uv with u = 3x and v = x^2: the values, and the slope along each arrow."""
    sheet = plots.Diagram(6.4, 2.1)
    x = sheet.box(0.7, 1.05, "$x$ = 2", fill="data")
    u = sheet.box(2.9, 1.75, "$u = 3x$ = 6")
    v = sheet.box(2.9, 0.35, "$v = x^2$ = 4")
    result = sheet.box(5.5, 1.05, "$L = uv$ = 24", fill="output")
    sheet.arrow(x, u, "3")
    sheet.arrow(x, v, "4")
    sheet.arrow(u, result, "4")
    sheet.arrow(v, result, "6")
    return sheet.ax.figure


def dice(count):
    """(totals, probabilities) of the sum of so many dice."""
    p = np.ones(1)
    for _ in range(count):
        p = np.convolve(p, DIE)
    return np.arange(count, 6 * count + 1), p


def sums():
    """How the sum of one, two and ten dice scatters; the band is a standard deviation each way."""
    fig, axes = plt.subplots(1, 3, figsize=(7.4, 2.6), layout="constrained")
    for ax, count in zip(axes, (1, 2, 10)):
        totals, p = dice(count)
        mean = totals @ p
        spread = np.sqrt((totals - mean) ** 2 @ p)
        ax.axvspan(mean - spread, mean + spread, color="0.9")
        ax.bar(totals, p, width=0.8, color=DATA)
        ax.axvline(mean, color="black", lw=1)
        ax.set_title(f"{mean:.1f} ± {spread:.1f}", size=11)
        ax.set(xlabel=f"sum of {count} {'die' if count == 1 else 'dice'}", yticks=[])
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes[0].set_ylabel("probability")
    return fig


def normal(x, mean=0.0, spread=1.0):
    """The normal density at x."""
    return np.exp(-((x - mean) ** 2) / (2 * spread**2)) / (spread * np.sqrt(2 * np.pi))


def normal_density():
    """The bell with the shares within one and two standard deviations; and ten dice."""
    fig, axes = plt.subplots(1, 2, figsize=(7.4, 2.8), layout="constrained")
    grid = np.linspace(-3.5, 3.5, 200)
    axes[0].plot(grid, normal(grid), color=FIT, lw=2)
    for width, shade in ((2, "0.9"), (1, "0.78")):
        inside = grid[np.abs(grid) <= width]
        axes[0].fill_between(inside, normal(inside), color=shade)
    axes[0].text(0, 0.13, "68 %", ha="center")
    line = {"arrowstyle": "-", "color": "0.4"}
    axes[0].annotate("95 %", (1.5, 0.04), (2.3, 0.2), arrowprops=line)
    axes[0].set_xticks(range(-3, 4), ["$m-3s$", "", "$m-s$", "$m$", "$m+s$", "", "$m+3s$"])
    axes[0].set(yticks=[], ylim=(0, 0.43))
    axes[0].set_title("Two thirds within $s$ of the mean", size=11)
    totals, p = dice(10)
    grid = np.linspace(10, 60, 200)
    axes[1].bar(totals, p, width=0.8, color=DATA)
    axes[1].plot(grid, normal(grid, 35, np.sqrt(10 * 35 / 12)), color=FIT, lw=2)
    axes[1].set(xlabel="sum of 10 dice", yticks=[])
    axes[1].set_title("A sum of many is nearly normal", size=11)
    return fig


def eigenvectors():
    """Arrows before and after a matrix: the two eigenvectors keep their directions."""
    fig, axes = plt.subplots(1, 2, figsize=(7.4, 3.3), layout="constrained")
    angles = np.linspace(0, 2 * np.pi, 100)
    circle = np.stack([np.cos(angles), np.sin(angles)])  # (2, 100)
    arrows = np.stack([[1, 1], [1, -1], [np.sqrt(2), 0]], axis=1) / np.sqrt(2)  # (2, 3)
    for ax, by, title in ((axes[0], np.eye(2), "$v$"), (axes[1], MATRIX, "$Av$")):
        ax.plot(*(by @ circle), color="0.7")
        for (x, y), colour in zip((by @ arrows).T, (SLOPE, FIT, "0.5")):
            head = {"arrowstyle": "-|>", "color": colour, "lw": 2, "shrinkA": 0, "shrinkB": 0}
            ax.annotate("", (x, y), (0, 0), arrowprops=head)
        ax.set(xlim=(-3, 3), ylim=(-2.5, 2.5), aspect="equal")
        ax.grid(alpha=0.3)
        ax.set_title(title, size=12)
    axes[1].text(-2.6, 1.7, "3 times as long", color=SLOPE)
    axes[1].text(2.9, -1.2, "as long as before", color=FIT, ha="right")
    axes[1].text(2.9, 0.45, "turned", color="0.4", ha="right")
    return fig


def classes():
    """Two classes and an object of each: where a name is looked for, and what an object keeps."""
    sheet = plots.Diagram(7.4, 2.5)
    base = sheet.box(2.0, 1.85, "class Line\n__init__, __call__", width=2.2, height=0.75)
    other = sheet.box(5.4, 1.85, "class Ramp(Line)\n__call__", width=2.2, height=0.75)
    line = sheet.box(2.0, 0.55, "line\n$w$ = 5, $b$ = −1", width=2.2, height=0.75, fill="data")
    ramp = sheet.box(5.4, 0.55, "ramp\n$w$ = 2, $b$ = −1", width=2.2, height=0.75, fill="data")
    sheet.arrow(line, base, "looks here")
    sheet.arrow(ramp, other, "looks here first")
    sheet.arrow(other, base, "then here")
    return sheet.ax.figure


def decorators():
    """A call of square after @counted: it goes through what came back."""
    sheet = plots.Diagram(7.4, 1.5)
    sheet.panel(2.1, 0.1, 5.1, 1.3, "what the name square stands for now")
    caller = sheet.box(0.8, 0.6, "square(3)", fill="data")
    around = sheet.box(3.5, 0.6, "wrapped: calls += 1")
    inside = sheet.box(6.1, 0.6, "f: $x \\cdot x$")
    sheet.arrow(caller, around, "3", "9")
    sheet.arrow(around, inside, "3", "9")
    return sheet.ax.figure


PICTURES = {
    "partial-derivatives": partial_derivatives,
    "chain-rule": chain_rule,
    "sums": sums,
    "normal-density": normal_density,
    "eigenvectors": eigenvectors,
    "classes": classes,
    "decorators": decorators,
}


def draw(folder):
    """Write all pictures into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, drawn in PICTURES.items():
        figure = drawn()
        (folder / f"{name}.png").write_bytes(small(as_png(figure)))
        plt.close(figure)


def main(arguments=None):
    """The command."""
    parser = argparse.ArgumentParser(description="Draw the pictures of PRIMER.md.")
    parser.add_argument("--out", type=Path, default=ROOT / "site" / "primer", metavar="FOLDER")
    draw(parser.parse_args(arguments).out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
