"""The axes of one sample, by the letters that name them: ("H", "W", "C") is an image."""


def check_axes(layer, shape, axes):
    """Refuse samples of `shape` that have another number of axes than `layer` is for.

    Args:
        layer: who refuses, for the error.
        shape: of one sample, without the batch axis.
        axes: what each axis is called.
    """
    if len(shape) != len(axes):
        raise ValueError(
            f"layer {layer.name!r} ({type(layer).__name__}) needs samples of shape "
            f"({', '.join(axes)}); got {shape}"
        )
