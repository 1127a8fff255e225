"""Batch normalization in training: every feature gets mean 0 and variance 1, then gamma and beta.

Forward, for each feature alone:                  Backward:

    m    = mean of x over the N rows                  dbeta  = sum of dy
    v    = mean of (x - m)^2                          dgamma = sum of dy * xhat
    s    = 1 / sqrt(v + epsilon)                      dx     = gamma s (dy - dbeta / N
    xhat = (x - m) s                                                    - xhat dgamma / N)
    y    = gamma xhat + beta

`minidl/layers/normalization.py` derives dx: with g = gamma dy, its mean_(g) is gamma dbeta / N, and
its mean_(g xhat) is gamma dgamma / N. The backward makes xhat again from x, m and s, which costs
two operations a number; to keep it would cost an array as large as x.

Contracts:
    forward(x, gamma, beta, epsilon)       returns (y, m, v, s)
    backward(dy, x, gamma, m, s)           returns (dx, dgamma, dbeta)

    x, dy, y, dx     (N, D): N rows, which are all axes of the layer's x but the last
    all others       (D,), in the dtype of x; epsilon is a float above 0
    Sums are taken in float64, and the variance from centred numbers: a float32 x that is large
    against its spread loses no more digits than x itself has. NaN spoils its own feature only.

Reference: Ioffe and Szegedy (2015), "Batch normalization: accelerating deep network training by
reducing internal covariate shift", algorithm 1 and section 3.
"""

FUNCTIONS = ("forward", "backward")
