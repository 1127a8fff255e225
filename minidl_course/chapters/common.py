"""What several pages show in the same way."""

import inspect
import json
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import HTML
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from scipy import ndimage

from minidl import kernels, plots
from minidl.datasets import mnist
from minidl.layers import Conv2D, Dense, Flatten, MaxPooling2D, Param
from minidl.optimizers import Adam, schedules

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def measured(name):
    """What a program in benchmarks/ has measured, and stored in `name`.json there."""
    return json.loads((BENCHMARKS / f"{name}.json").read_text(encoding="utf-8"))


def load_digits(*shape):
    """4,000 digits to learn from and 1,000 new ones: images (N, *shape) from 0 to 1, and labels."""
    return [
        (images.reshape(-1, *shape).astype("float32") / 255, labels)
        for images, labels in mnist.load_sample()
    ]


def upright(images):
    """Images (N, H, W): slant by second moments off, the ink's centre put in the middle."""
    H, W = images.shape[1:]
    middle, out = np.array([(H - 1) / 2, (W - 1) / 2]), np.empty_like(images)
    i, j = np.arange(H)[:, None], np.arange(W)
    for n, ink in enumerate(images):
        row, col = center = np.array(ndimage.center_of_mass(ink))
        slant = (ink * (i - row) * (j - col)).sum() / (ink * (i - row) ** 2).sum()
        shear = np.array([[1, 0], [slant, 1]])
        out[n] = ndimage.affine_transform(ink, shear, center - shear @ middle, order=1)
    return out


def source(*objects):
    """The source of functions and classes, in colours."""
    text = "\n\n".join(inspect.getsource(thing) for thing in objects)
    return HTML(highlight(text, PythonLexer(), HtmlFormatter(noclasses=True)))


def fold(title, html):
    """HTML that is one click away."""
    return HTML(f"<details><summary>{title}</summary>{html}</details>")


def folded(title, *objects):
    """The source of functions and classes, one click away."""
    return fold(title, source(*objects).data)


def bare(axes):
    """Axes without ticks: for images."""
    for ax in np.ravel(axes):
        ax.set(xticks=[], yticks=[])


def show_rows(rows, alt, width=6.6, **style):
    """Rows of images (784 numbers each) under each other, each row with its name."""
    columns = max(len(row) for row in rows.values())
    size = (width, width / (columns + 1.6) * len(rows) * 1.1)
    _, axes = plt.subplots(len(rows), columns, figsize=size, layout="compressed", squeeze=False)
    for line, (name, row) in zip(axes, rows.items()):
        for ax, image in zip(line, row):
            ax.imshow(np.reshape(image, (28, 28)), cmap="gray", vmin=0, vmax=1, **style)
        line[0].set_ylabel(name, rotation=0, ha="right", va="center", fontsize=9)
    bare(axes)
    plots.show(alt)


def lenet_layers(classes):
    """New layers of LeNet for images of 28 by 28, with the largest of each window."""
    return [
        Conv2D(6, 5, padding="same", activation="relu"),
        MaxPooling2D(2),
        Conv2D(16, 5, activation="relu"),
        MaxPooling2D(2),
        Flatten(),
        Dense(120, "relu"),
        Dense(84, "relu"),
        Dense(classes, "softmax"),
    ]


def band(ax, runs, colour, style, label=None, x=None, alpha=0.25, edge=None, **line):
    """The mean of several runs (runs, places) as a line, and their range as a band around it.

    The places are x, or epochs from 1 on; alpha and edge are the band's, and `line` the line's.
    """
    runs = np.array(runs)
    x = np.arange(1, runs.shape[1] + 1) if x is None else x
    ax.plot(x, runs.mean(axis=0), style, color=colour, label=label, **line)
    shade = {"color": colour, "alpha": alpha, "lw": edge}
    ax.fill_between(x, runs.min(axis=0), runs.max(axis=0), **shade)


def softmax(z):
    """Probabilities of logits, along the last axis."""
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def walk(optimizer, gradient, start, steps):
    """Where an optimizer of the package goes: (steps + 1, D); gradient(w) is the slope at w."""
    ops = kernels.load("numba")  # the compiled loops in which an optimizer does its arithmetic
    param = Param(np.array(start, float))  # a weight together with its gradient
    path = [param.value.copy()]
    for _ in range(steps):
        param.grad[...] = gradient(param.value)
        optimizer.step({"w": param}, ops)
        path.append(param.value.copy())
    return np.array(path)


def train(model, x, y, epochs, rate=4e-3):
    """Train a classifier with Adam, whose learning rate rises and falls once over the run."""
    rate = schedules.OneCycle(rate, epochs * -(-len(x) // 32))
    model.compile(Adam(rate), "sparse_categorical_crossentropy", ["accuracy"])
    return model.fit(x, y, 32, epochs, verbose=0).history
