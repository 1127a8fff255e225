"""Copy a word of the source, or choose one of the vocabulary: the last step of a summarizer.

    p (N, T, V)   softmax over the vocabulary      w (N, T, S)   attention over the source
    g (N, T, 1)   how much to trust p              o (N, S, C)   row s: 1 at the word of place s

    y = g [p, 0] + (1 - g) w o                     (N, T, C) with C = V + K

A word of the source that is not in the vocabulary has one of K further numbers, from V on. So the
copying term is attention, whose values are the words themselves. Backward, from dy:

    dp = g dy[:V]     dw = (1 - g) dy o^T     dg = sum_V dy p - sum_C dy (w o)
"""

from minidl.base import checks
from minidl.base.arrays import on_gpu
from minidl.layers.merging import Merge


class PointerGenerator(Merge):
    """Probabilities of V + K words from those of a generator, p, and of a pointer, w.

    Called on [p, w, g, source]; source (N, S) has the number of each word of the source text.
    Rows of p and w sum to 1 and g lies between 0 and 1; then rows of y sum to 1. `source` has no
    gradient; zeros stand for it.

    Args:
        extra: K, so many words of one source that are not in the vocabulary.
        options: `name` (see `Layer`).

    Reference: See, Liu and Manning (2017), "Get to the point: summarization with
    pointer-generator networks", equation 9.
    """

    def __init__(self, extra, **options):
        super().__init__(**options)
        self.extra = checks.positive_integer("extra", extra)

    def build(self, shape, rng):
        """Check the shapes of one sample: (T, V), (T, S), (T, 1), (S,)."""
        self.check_several(shape)
        p, source = shape[0], shape[-1]
        if len(p) != 2 or len(source) != 1 or shape[1:3] != ((p[0], *source), (p[0], 1)):
            raise ValueError(
                f"layer {self.name!r} (PointerGenerator) takes p (T, V), w (T, S), g (T, 1) and "
                f"source (S,); got {', '.join(map(str, shape))}"
            )
        return p[0], p[1] + self.extra

    def forward(self, x, training=False):
        """x, the tuple (p, w, g, source) -> y (N, T, C)."""
        p, w, g, source = x
        V, C = p.shape[2], p.shape[2] + self.extra
        if not on_gpu(source) and not ((source >= 0) & (source < C)).all():
            raise ValueError(f"layer {self.name!r} needs words of the source from 0 to {C - 1}")
        o = (source[..., None] == self.ops.xp.arange(C)).astype(p.dtype)  # (N, S, C)
        copied = w @ o
        y = (1 - g) * copied
        y[..., :V] += g * p
        return y, (p, g, o, copied)

    def backward(self, dy, cache):
        """dp, dw and dg as above."""
        p, g, o, copied = cache
        dy_p = dy[..., : p.shape[2]]
        dg = (dy_p * p).sum(-1, keepdims=True) - (dy * copied).sum(-1, keepdims=True)
        dw = (1 - g) * (dy @ o.swapaxes(1, 2))
        return g * dy_p, dw, dg, self.ops.xp.zeros(o.shape[:2], p.dtype)

    def compute_mask(self, x, mask):
        """Return the mask of p (N, T)."""
        return mask[0] if isinstance(mask, tuple) else None
