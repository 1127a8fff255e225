"""What the chapter on regularization trains: its table of ways, and all gradients at once."""

import matplotlib.pyplot as plt
import numpy as np

from minidl import gradcheck, losses, plots, regularizers
from minidl.callbacks import progress_bar
from minidl.layers import Dense, Dropout
from minidl.models import Sequential
from minidl.plots.common import BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILLION
from minidl.regularizers import L1L2, L2
from minidl_course.chapters.common import upright


def error_of_everything(inputs, classes, forget_the_two=False):
    """The largest relative error of the gradients of a model that has everything at once.

    It has L1 and L2 on a kernel, L2 on outputs and on biases, and dropout. With `forget_the_two`
    the gradient of its L2 lacks the factor 2.
    """
    terms = {"kernel_regularizer": L1L2(0.01, 0.02), "activity_regularizer": L2(0.03)}
    first, drop = Dense(4, activation="tanh", **terms), Dropout(0.4)
    model = Sequential([first, drop, Dense(3, bias_regularizer=L2(0.1))], seed=0)
    model.prepare(inputs.shape[1:])
    model.astype(np.float64)
    model.set_weights([v + 0.1 for v in model.get_weights()])
    if forget_the_two:
        first.W.regularizer.gradient = lambda w: 0.01 * np.sign(w) + 0.02 * w
    params, state = model.params(), drop.rng.bit_generator.state

    def total_loss():
        drop.rng.bit_generator.state = state  # the same mask every time
        z, cache = model.forward(inputs, training=True)  # (8, 3)
        L, dz = losses.sparse_categorical_crossentropy(classes, z, from_logits=True)
        L += model.penalty(cache) + regularizers.total_penalty(params)
        return L, dz, cache

    model.zero_grad()
    _, dz, cache = total_loss()
    model.backward(dz, cache)
    regularizers.add_gradients(params)  # in the order in which fit collects them
    assert len(params) == 4
    numeric = (gradcheck.numeric(lambda: total_loss()[0], p.value) for p in params.values())
    pairs = zip(params.values(), numeric)
    return max(gradcheck.relative_error(p.grad, steps).max() for p, steps in pairs)


def _accuracy_and_loss(model, inputs, classes):
    y = model.predict(inputs, 1000, verbose=0)  # (N, 10)
    L, _ = losses.sparse_categorical_crossentropy(classes, y)
    return 100 * np.mean(y.argmax(axis=1) == classes), L


def all_ways(train, ways, training, test):
    """The models {(way, seed): model} that train(way, seed) makes, with five seeds each.

    The table (way, seed, training or test, accuracy or loss) is the other thing returned.
    """
    models, results = {}, []
    with progress_bar(5 * len(ways), "training") as bar:
        for way, seed in ((way, seed) for way in ways for seed in range(5)):
            models[way, seed], N = train(way, seed)
            learned = _accuracy_and_loss(models[way, seed], *(part[:N] for part in training))
            results.append([learned, _accuracy_and_loss(models[way, seed], *test)])
            bar.update()
    return models, np.reshape(results, (len(ways), 5, 2, 2))


def means(table, ways):
    """Training (ways, 2) and test results, and {way: mean} of test accuracy, test loss and gap."""
    training, tested = table.mean(axis=1).swapaxes(0, 1)
    accuracy, loss = (dict(zip(ways, column)) for column in tested.T)
    return training, accuracy, loss, dict(zip(ways, training[:, 0] - tested[:, 0]))


def print_ways(table, ways):
    """The means of each way, with the least and the largest accuracy of its five runs."""
    _, accuracy, loss, gap = means(table, ways)
    for way, runs in zip(ways, table[:, :, 1, 0]):
        name, spread = way.replace("\n", " "), f"({runs.min():.1f} to {runs.max():.1f})"
        print(f"{name:23}test {accuracy[way]:.1f} % {spread}", end="   ")
        print(f"gap {gap[way]:4.1f}   loss {loss[way]:.2f}")


def draw_ways(table, ways):
    """Each run as a bar from its training result to its test result."""
    looks = {"plain": "k", "plain, 800 digits": "0.5", "Adam": "0.5"}
    colours = iter([BLUE, ORANGE, GREEN, PURPLE, VERMILLION, SKY, BLUE, ORANGE, GREEN, PURPLE])
    colours = np.repeat([looks.get(way) or next(colours) for way in ways], 5)
    rows = len(ways)
    height = np.repeat(np.arange(rows), 5) + np.tile(np.linspace(-0.26, 0.26, 5), rows)
    fig, axes = plt.subplots(1, 2, figsize=(8.8, 6), layout="constrained", sharey=True)
    for ax, values in zip(axes, np.moveaxis(table, 3, 0)):  # (ways, 5, 2)
        ends = values.reshape(-1, 2).T  # training, test
        ax.hlines(height, *ends, color=colours, lw=1)
        ax.scatter(ends[0], height, 14, color=colours, label="training")
        ax.scatter(ends[1], height, 14, color="white", edgecolors=colours, label="test", zorder=3)
        ax.axvline(values[0, :, 1].mean(), color="0.6", ls=":")
    axes[0].set(xlabel="accuracy (%)", title="Shifted copies leave the smallest gap")
    axes[0].set_yticks(range(rows), ways)
    axes[0].invert_yaxis()
    axes[1].set(xlabel="cross-entropy", title="All ten ways lower the loss")
    marks = axes[1].get_legend_handles_labels()
    fig.legend(*marks, loc="outside lower center", ncols=2, frameon=False)
    plots.show(
        "Thirteen rows of five bars each, from test to training result, for accuracy and for "
        "loss. The bars of the two with augmentation are shortest; augmentation alone has the "
        "highest mean test accuracy, then augmentation with dropout."
    )


def set_upright(network, training, test):
    """Prints what network(seed, shift=) reads of upright digits; the mean without shifts."""
    (x, t), (x_test, t_test) = ((upright(images), digits) for images, digits in (training, test))
    means = []
    for name, shift in (("no copies", 0.0), ("shifted copies", 0.1)):
        right = []
        for seed in range(5):
            model = network(seed, shift=shift)
            model.fit(x, t, 50, epochs=40, verbose=0)
            right.append(_accuracy_and_loss(model, x_test, t_test)[0])
        means.append(np.mean(right))
        print(f"digits set upright, {name}: {means[-1]:.1f} %", end=" ")
        print(f"({min(right):.1f} to {max(right):.1f})")
    return means[0]


def print_sureness(models, training, test):
    """How far the right class is ahead of the others on training digits, and how sure the tests."""
    for way in ("plain", "label smoothing"):
        ahead, sure, right = [], [], []
        for seed in range(5):
            (x, t), (x_test, t_test) = training, test
            logs = np.log(np.maximum(models[way, seed].predict(x, 1000, verbose=0), 1e-30))
            of_right = logs[np.arange(len(t)), t]
            ahead.append(np.mean(of_right - (logs.sum(axis=1) - of_right) / 9))
            y = models[way, seed].predict(x_test, 1000, verbose=0)
            sure.append(y.max(axis=1).mean())
            right.append(np.mean(y.argmax(axis=1) == t_test))
        print(f"{way:16}right class ahead by {np.mean(ahead):.2f};", end=" ")
        print(f"test: {np.mean(sure):.0%} sure, {np.mean(right):.0%} right")
        gap = np.mean(sure) - np.mean(right)
        assert (
            (gap > 0.03) if way == "plain" else (gap < -0.05 and abs(np.mean(ahead) - 4.51) < 0.3)
        )


def check_ways(table, ways):
    """What the page says about the table holds: means over the seeds, for each way."""
    training, accuracy, loss, gap = means(table, ways)
    both = "augmentation\n+ dropout"
    assert all(loss[way] < loss["plain"] - 0.04 for way in ("L2", "L1", "early stopping"))
    assert all(loss[way] < 0.4 < 0.45 < loss["plain"] for way in ("dropout", "augmentation", both))
    assert all(abs(accuracy[way] - accuracy["plain"]) < 1.2 for way in ("L2", "L1"))
    assert all(abs(gap[way] - gap["plain"]) < 1.2 for way in ("L2", "L1"))
    assert gap["dropout"] < gap["plain"] - 1 and accuracy["dropout"] > accuracy["plain"] + 1
    assert accuracy["augmentation"] > accuracy["dropout"] > max(accuracy["L2"], accuracy["L1"])
    assert max(gap["augmentation"], gap[both]) < gap["plain"] / 2
    assert min(accuracy["augmentation"], accuracy[both]) > accuracy["plain"] + 1.5
    assert training[6:8, 0].max() < 98 and training[0, 0] > 99.9
    assert accuracy[both] < accuracy["augmentation"] + 1
    assert accuracy["early stopping"] < accuracy["plain"] - 0.5
    assert abs(accuracy["early stopping"] - accuracy["plain, 800 digits"]) < 1.2
    assert loss["early stopping"] < loss["plain, 800 digits"] - 0.05
    controls = "plain", "plain, 800 digits", "Adam"
    assert all(loss[way] < loss["plain"] for way in ways if way not in controls)
    runs = dict(zip(ways, table[:, :, 1, 0]))  # five test accuracies each
    assert runs["label smoothing"].min() > runs["plain"].max() + 1
    assert accuracy["mixup"] > accuracy["plain"] + 0.7
    assert max(accuracy["label smoothing"], accuracy["mixup"]) < accuracy["augmentation"] - 0.7
    assert all(loss[way] < loss["plain"] - 0.08 for way in ("label smoothing", "mixup"))
    assert all(loss[way] < loss["Adam"] - 0.03 for way in ("Adam, L2", "AdamW"))
    assert abs(accuracy["AdamW"] - accuracy["Adam"]) < 0.6
    assert accuracy["Adam, L2"] < accuracy["AdamW"] - 0.2
