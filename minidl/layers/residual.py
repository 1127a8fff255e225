"""The residual connection: a block learns what to add to its input, not what to replace it with.

    y = F(x) + P(x)            F the block; P the identity, or a projection where shapes change
    dx = F'(x)^T dy + P'(x)^T dy

With the identity, dy reaches x whole, whatever the block does to its share. Through a stack of L
such layers one path leads back without a single factor, where a plain stack multiplies L
derivatives.

Reference: He, Zhang, Ren and Sun (2016), "Deep residual learning for image recognition",
equations 1 and 2; "Identity mappings in deep residual networks", equation 5 (the gradient).
"""

from minidl import naming
from minidl.layer import Layer
from minidl.layers.activations import Linear


class Residual(Layer):
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

    takes_mask = True

    def __init__(self, block, projection=None, **options):
        super().__init__(**options)
        self.projection = Linear() if projection is None else projection
        self.layers = list(block) if isinstance(block, list | tuple) else [block]
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
        y_shape = shape
        for layer in self.layers:
            y_shape = layer.prepare(y_shape, self.ops, rng)
        skip_shape = self.projection.prepare(shape, self.ops, rng)
        if y_shape != skip_shape:
            raise ValueError(
                f"layer {self.name!r} cannot add the block's output of shape {y_shape} to "
                f"{skip_shape}, what its other path makes of samples of shape {shape}. Give it a "
                "projection, such as Conv2D(filters, 1, strides=...)"
            )
        return y_shape

    def forward(self, x, training=False, mask=None):
        """x (N, ...) -> y (N, ...); the cache holds those of the layers inside."""
        skip, skip_cache, _ = self.projection.forward_with_mask(x, training, mask)
        y, caches = x, []
        for layer in self.layers:
            y, cache, mask = layer.forward_with_mask(y, training, mask)
            caches.append(cache)
        return y + skip, (caches, skip_cache)

    def backward(self, dy, cache):
        """Both paths get all of dy; x gets the sum of what they return."""
        caches, skip_cache = cache
        dx = dy
        for layer, layer_cache in zip(reversed(self.layers), reversed(caches)):
            dx = layer.backward(dx, layer_cache)
        return dx + self.projection.backward(dy, skip_cache)

    def penalty(self, cache):
        """Return the sum of what the outputs of the layers inside cost."""
        caches, skip_cache = cache
        of_block = sum(layer.penalty(c) for layer, c in zip(self.layers, caches))
        return of_block + self.projection.penalty(skip_cache)

    def sublayers(self):
        """Dict from name to layer: the block's, and "projection"."""
        return {layer.name: layer for layer in self.layers} | {"projection": self.projection}
