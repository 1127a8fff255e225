"""Layer normalization: every row gets mean 0 and variance 1, then gamma and beta.

Forward, for each of the N rows alone:            Backward, with g = gamma dy:

    m    = mean of x over the D features              dbeta  = sum of dy        over the rows
    v    = mean of (x - m)^2                          dgamma = sum of dy * xhat
    s    = 1 / sqrt(v + epsilon)                      dx     = s (g - mean_(g)
    xhat = (x - m) s                                                - xhat mean_(g * xhat))
    y    = gamma xhat + beta                          mean_ over the features

`minidl/layers/normalization.py` derives dx. The backward makes xhat again from x, m and s, two
operations a number; to keep it would cost an array as large as x. With center=False nothing is
subtracted, m = 0, and dx has no mean_(g): root mean square normalization.

Contracts:
    forward(x, gamma, beta, epsilon, center=True)     returns (y, m, s)
    backward(dy, x, gamma, m, s, center=True)         returns (dx, dgamma, dbeta)

    x, dy, y, dx     (N, D), may be strided
    m, s             (N, 1)
    all others       (D,), in the dtype of x; epsilon is a float above 0
    Sums are taken in float64, and the variance from centred numbers. NaN spoils its own row, and
    dgamma and dbeta.

References: Ba, Kiros and Hinton (2016), "Layer normalization", equations 3-4; Zhang and Sennrich
(2019), "Root mean square layer normalization", equation 4.
"""

FUNCTIONS = ("forward", "backward")
