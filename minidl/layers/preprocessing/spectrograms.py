"""Augmentation of spectrograms (N, T, B), T steps of B bands: parts of the picture are hidden."""

from minidl.base import checks
from minidl.base.arrays import array_module
from minidl.layers.dropout import RandomLayer


class SpecAugment(RandomLayer):
    """In training, hide a few bands throughout, and all bands for a few stretches of time.

    Who is not to understand a word by one cue alone must sometimes do without it. How wide each
    mask is, is drawn from 0 to the width given, both included, then where it lies; masks may
    overlap. Every sample has its own. With a mask of padding, time is hidden in real steps only.

        y = x where nothing is hidden, else fill_value        dx = dy there, else 0

    Put `Masking` before this layer: it would take hidden steps for padding.

    Args:
        frequency_masks: how many masks of bands.
        frequency_width: F, the bands that one hides at most; B if there are fewer.
        time_masks: how many masks of steps.
        time_width: T_max, the steps that one hides at most.
        time_share: p, the share of a sample's steps that one hides at most.
        fill_value: what hidden places hold: the mean of the bands. 0 suits features whose mean was
            subtracted.
        seed: see `RandomLayer`.

    Reference: Park et al. (2019), "SpecAugment: a simple data augmentation method for automatic
    speech recognition", section 2, without the warping of time.
    """

    takes_mask = True

    def __init__(
        self,
        frequency_masks=2,
        frequency_width=8,
        time_masks=2,
        time_width=10,
        time_share=0.2,
        fill_value=0.0,
        seed=None,
        **options,
    ):
        super().__init__(seed, **options)
        numbers = (frequency_masks, frequency_width, time_masks, time_width)
        if any(not checks.is_integer(number) or number < 0 for number in numbers):
            raise ValueError(f"numbers and widths of masks are integers from 0; got {numbers}")
        self.frequency_masks, self.frequency_width = frequency_masks, frequency_width
        self.time_masks, self.time_width = time_masks, time_width
        self.time_share = checks.finite_number("time_share", time_share, at_least=0, at_most=1)
        self.fill_value = checks.finite_number("fill_value", fill_value)

    def build(self, shape, rng):
        """Check the number of axes."""
        checks.axes(self, shape, ("T", "B"))
        return shape

    def forward(self, x, training=False, mask=None):
        """x (N, T, B) -> y (N, T, B)."""
        if not training:
            return x, None
        xp, (N, T, B) = array_module(x), x.shape
        real = xp.ones((N, T), bool) if mask is None else xp.asarray(mask)
        first, steps = real.argmax(axis=1), real.sum(axis=1)  # (N,)
        bands = xp.full(N, B)
        width = xp.minimum(self.frequency_width, bands)
        hidden = self._drawn(self.frequency_masks, B, 0 * bands, bands, width)[:, None]
        width = xp.minimum(self.time_width, self.time_share * steps)
        hidden = hidden | self._drawn(self.time_masks, T, first, steps, width)[..., None]
        return xp.where(hidden, x.dtype.type(self.fill_value), x), hidden

    def backward(self, dy, hidden):
        """Return dx: nothing comes back from where x was hidden."""
        return dy if hidden is None else dy * ~hidden

    def _drawn(self, masks, length, first, count, most):
        """Return (N, length) of bool: `masks` stretches of up to `most` of `count` from `first` on.

        first, count and most are (N,).
        """
        xp = array_module(count)
        drawn = xp.asarray(self.rng.random((2, masks, len(count), 1)))
        first, count, most = first[:, None], count[:, None], most[:, None]  # (N, 1)
        width = xp.floor(drawn[0] * (xp.floor(most) + 1))  # (masks, N, 1)
        start = first + xp.floor(drawn[1] * (count - width + 1))
        place = xp.arange(length)
        return ((place >= start) & (place < start + width)).any(axis=0)
