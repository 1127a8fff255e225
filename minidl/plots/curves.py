"""The learning curve: one metric, epoch by epoch, on the training data and on the validation data.

Where the two lines fall together the network is learning. Where they part, it has begun to learn
its training examples by heart.
"""

from collections.abc import Mapping

from minidl.plots.common import BLUE, new_axes


def learning_curves(history, metrics=None, ax=None, validation_name="validation"):
    """Draw one metric over the epochs, training solid and validation dashed. Returns the Axes.

    Args:
        history: what `fit` returned, or a dict {name: list of floats, one an epoch}; "val_" + name
            is the validation twin of a name.
        metrics: the name of one metric, such as "accuracy"; the loss if None. Two metrics have
            two scales, so each gets an Axes of its own.
        ax: where to draw; a new figure if None.
        validation_name: what the legend calls the dashed line: "test" where `validation_data` was
            the test data.

    Raises:
        ValueError: the metric was not recorded, there are no epochs, or the twins differ in length.
        TypeError: `history` is neither a History nor a dict.
    """
    curves = getattr(history, "history", history)
    if not isinstance(curves, Mapping):
        raise TypeError(
            f"history is a {type(history).__name__}; expected what fit returned, or a dict "
            "{name: one float an epoch}"
        )
    metric = metrics or "loss"
    names = [name for name in curves if not name.startswith("val_")]
    if metric not in names:
        raise ValueError(
            f"history has no metric {metric!r}; choose one of {', '.join(names) or '(it is empty)'}"
            " (a val_ twin is drawn with its metric)"
        )
    training, validation = curves[metric], curves.get("val_" + metric)
    epochs = range(1, len(training) + 1)
    if not epochs:
        raise ValueError(f"history holds no epochs of {metric!r}: train for one or more first")
    if validation is not None and len(validation) != len(training):
        raise ValueError(
            f"history has {len(training)} epochs of {metric!r} but {len(validation)} of "
            f"'val_{metric}': expected one value of each for every epoch"
        )

    ax = ax or new_axes(5.6, 3.6)
    style = {"color": BLUE, "marker": "o" if len(epochs) <= 20 else None, "markersize": 4}
    ax.plot(epochs, training, label="training", **style)
    if validation is not None:
        ax.plot(epochs, validation, label=validation_name, linestyle="--", mfc="white", **style)
    ax.set_xlim(0.5, len(epochs) + 0.5)
    ax.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
    ax.set(xlabel="epoch", ylabel=metric, title=f"Learning curve: {metric}")
    ax.grid(alpha=0.3)
    ax.legend()
    return ax
