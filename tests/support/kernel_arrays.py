"""What tests of kernels draw, and how near the tiers must be to each other."""

import numpy as np
from hypothesis import strategies as st

TOLERANCE = {"float32": 5e-6, "float64": 1e-13}
DTYPES = st.sampled_from(list(TOLERANCE))


def draw(rng, shape, dtype, strided=False, readonly=False):
    """Return normal random numbers of `shape`, in rows or, strided, in columns."""
    a = rng.standard_normal(shape[::-1] if strided else shape).astype(dtype)
    a = a.T if strided else a
    a.flags.writeable = not readonly
    return a


def close(found, expected, dtype, scale=1.0):
    """Assert that each array found is the one expected, in type, shape and numbers."""
    for a, b in zip(found, expected, strict=True):
        assert a.dtype == dtype and a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=0, atol=TOLERANCE[dtype] * scale)
