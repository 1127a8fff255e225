"""What Keras has and minidl refuses, with the reason and the way out."""

NO_BACKWARD = """\
a Lambda layer is a function without its derivative, and minidl derives nothing by itself. \
Write a layer with both:

    class Double(Layer):
        def forward(self, x, training=False):
            return 2 * x, None  # y, and what backward needs

        def backward(self, dy, cache):
            return 2 * dy"""


def Lambda(*arguments, **options):
    """Raise a TypeError that shows how to write the layer instead."""
    raise TypeError(NO_BACKWARD)
