"""The residual connection: a block learns what to add to its input, not what to replace it with.

    y = F(x) + P(x)            F the block; P the identity, or a projection where shapes change
    dx = F'(x)^T dy + P'(x)^T dy

With the identity, dy reaches x whole, whatever the block does to its share. Through a stack of L
such layers one path leads back without a single factor, where a plain stack multiplies L
derivatives.

Reference: He, Zhang, Ren and Sun (2016), "Deep residual learning for image recognition",
equations 1 and 2; "Identity mappings in deep residual networks", equation 5 (the gradient).
"""

from minidl.base import naming
from minidl.layers.activations import Linear
from minidl.layers.containers import Chain, backward_through, forward_through
from minidl.layers.layer import Layer


class Residual(Chain):
    """y = block(x) + x, or block(x) + projection(x).

        x (N, ...)    y in the shape that the block returns

    An activation after the sum, as in the first paper, is a layer of its own behind this one.

    Args:
        block: a layer, or a list of layers in a row.
        projection: a layer that brings x into the shape of the block's output: often
            `Conv2D(M, 1, strides=...)`. None if x has that shape already.
        options: of `Layer`.

    Raises:
        TypeError: something inside is not a layer.
        ValueError: a layer stands twice; or, when built, the two shapes differ.
    """

    settled = ("layers",)

    def __init__(self, block, projection=None, **options):
        super().__init__(block if isinstance(block, list | tuple) else [block], **options)
        self.projection = Linear() if projection is None else projection
        taken = {"projection"}
        for layer in [*self.layers, self.projection]:
            if not isinstance(layer, Layer):
                raise TypeError(f"Residual is made of layers; got {layer!r}")
        if len(set(self.layers)) < len(self.layers):
            raise ValueError(
                "a layer stands twice in a Residual: give it Sequential([...]) instead"
            )
        for layer in self.layers:
            naming.tell_apart(layer, taken)
            taken.add(layer.name)

    def build(self, shape, rng):
        """Prepare the block's layers in a row, and the projection beside them."""
        y_shape = super().build(shape, rng)
        skip_shape = self.projection.prepare(shape, self.ops, rng)
        if y_shape != skip_shape:
            raise ValueError(
                f"layer {self.name!r} cannot add the block's output of shape {y_shape} to "
                f"{skip_shape}, what its other path makes of samples of shape {shape}. Give it a "
                "projection, such as Conv2D(filters, 1, strides=...)"
            )
        return y_shape

    def run(self, x, training, mask):
        """x (N, ...) -> y (N, ...); the cache holds those of the layers inside."""
        skip, skip_cache, _ = forward_through(self.projection, x, training, mask)
        y, caches, mask = super().run(x, training, mask)
        return y + skip, (caches, skip_cache), mask

    def backward(self, dy, cache):
        """Both paths get all of dy; x gets the sum of what they return."""
        caches, skip_cache = cache
        return super().backward(dy, caches) + backward_through(self.projection, dy, skip_cache)

    def sublayers(self):
        """Dict from name to layer: the block's, and "projection"."""
        return super().sublayers() | {"projection": self.projection}
