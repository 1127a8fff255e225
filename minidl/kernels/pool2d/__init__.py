"""Pooling: each window of an image is summed up in one number, for every channel alone.

Window (p, q) covers the rows p sh - top, ..., p sh - top + R - 1 and the columns likewise. Places
outside the image belong to no window: they never win, and no mean counts them.

    max     y[n, p, q, c] = the largest x in the window           dx = dy where x won, else 0
    mean    y[n, p, q, c] = the mean of the x in the window       dx = dy / count, for all of them

Windows that overlap add up their gradients. If several x are the largest, the first of them in
row-major order wins alone; NaN counts as larger than any number.

Notation: x (N, H, W, C), windows of R rows and S columns, strides sh and sw, y (N, P, Q, C) with
P = floor((H + top + bottom - R) / sh) + 1, and Q likewise.

Contracts:
    max_forward(x, pool_size, stride, padding)        returns (y, index)
    max_backward(dy, index, size, pool_size, stride, padding)    returns dx
    mean_forward(x, pool_size, stride, padding)       returns y
    mean_backward(dy, size, pool_size, stride, padding)          returns dx

    x, dy       float, of any strides; what is returned has their dtype and is C-contiguous
    index       (N, P, Q, C): which place of its window won, r S + s; uint8 if R S is at most 256,
                else int32
    size        (H, W)
    pool_size   (R, S), and stride (sh, sw)
    padding     ((top, bottom), (left, right)), each below R or S: every window sees the image

Reference: LeCun, Bottou, Bengio and Haffner (1998), "Gradient-based learning applied to document
recognition", section II.B (mean); Riesenhuber and Poggio (1999), "Hierarchical models of object
recognition in cortex" (max).
"""


def output_shape(x, pool_size, stride, padding):
    """Return (N, P, Q, C) for images x (N, H, W, C)."""
    N, H, W, C = x.shape
    axes = zip((H, W), pool_size, stride, padding)
    return (N, *((L + before + after - R) // s + 1 for L, R, s, (before, after) in axes), C)


FUNCTIONS = ("max_forward", "max_backward", "mean_forward", "mean_backward")
