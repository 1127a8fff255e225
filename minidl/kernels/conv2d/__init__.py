"""Two-dimensional convolution: value and both gradients.

Symbols: x (N, H, W, C) a batch of images, channels last; w (R, S, D, M) the kernel, R rows and S
columns, D input channels and M outputs; y (N, P, Q, M). G groups split the channels: output m of
group g reads only the D = C / G input channels of its group. Stride (sh, sw), dilation (dh, dw),
zeros around the image as padding ((top, bottom), (left, right)).

    y[n, p, q, m] = sum over r, s, d of  x[n, i, j, g D + d] w[r, s, d, m]
    with  i = p sh - top + r dh,   j = q sw - left + s dw,   and 0 outside the image

Strictly this is a correlation: the kernel is not flipped. A learned kernel does not mind.

The gradients follow from one remark: y is linear in x and linear in w, and the term above is
the only place where x[i, j] meets w[r, s] in y[p, q]. So dL/dw collects dy times the x it met, and
dL/dx collects dy times the w it met:

    dw[r, s, d, m]       = sum over n, p, q  of  x[n, i, j, g D + d] dy[n, p, q, m]
    dx[n, i, j, g D + d] = sum over r, s, m in g, and all p, q that give i, j,  of  dy w[r, s, d, m]

Where forward gathers x from i = p sh - top + r dh, the input's gradient scatters to it: this is
the transposed convolution. At stride 1 it is itself a convolution, of dy with the flipped kernel
(r -> R - 1 - r), its D and M exchanged.

Contracts, all pure, all returning C-contiguous arrays in the dtype of their first argument:
    forward(x, w, stride, padding, dilation, groups)                         -> y (N, P, Q, M)
    input_gradient(dy, w, size, stride, padding, dilation, groups)           -> dx (N, H, W, C)
    kernel_gradient(x, dy, kernel_size, stride, padding, dilation, groups)   -> dw (R, S, D, M)
    size = (H, W) and kernel_size = (R, S); they cannot be told from dy when the stride is not 1.
    P = floor((H + top + bottom - (R - 1) dh - 1) / sh) + 1, at least 1, and Q likewise.

Ways (`cpu.py` has the rule that chooses, `config.set_convolution("exact")` rules Winograd out) and
their largest error in float32 against float64, as a share of the largest number of the result,
measured for 8 to 512 channels, normal random numbers; the tests hold the bounds:
    im2col, pointwise, depthwise   1e-6     plain sums (2e-6 where dw sums 10,000 pixels)
    winograd                       3e-6     bound 5e-6; only in float32, only 3x3 at stride 1
In float64 all ways are plain sums, with errors near 1e-15.

References: Goodfellow, Bengio, Courville (2016), "Deep Learning", section 9.5; Dumoulin and Visin
(2016), "A guide to convolution arithmetic for deep learning".
"""


def output_size(size, kernel_size, stride, padding, dilation):
    """Return [P, Q] for images of size (H, W)."""
    axes = zip(size, kernel_size, stride, padding, dilation)
    return [(H + sum(pads) - (R - 1) * d - 1) // s + 1 for H, R, s, pads, d in axes]


FUNCTIONS = ("forward", "input_gradient", "kernel_gradient")
