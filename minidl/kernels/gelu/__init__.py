"""GELU: y = x Phi(x), and its slope dy/dx, which the way back only multiplies by.

    exact           Phi(x) = P(a standard normal number is below x) = erfc(-x / sqrt 2) / 2
                    dy/dx  = Phi + x phi(x)        phi(x) = exp(-x^2 / 2) / sqrt(2 pi)
    approximate     Phi(x) = (1 + tanh(u)) / 2     u = sqrt(2 / pi) (x + 0.044715 x^3)
                    dy/dx  = Phi + x 2 Phi (1 - Phi) du/dx

Contract of `forward(x, approximate=False)`:
    x          (...) float, may be strided
    returns    (y, slope), both in the shape and the dtype of x

y and its slope need the same exponential, so both are made where it is: the layer keeps the slope,
as large as x, and not x. A kernel pays because NumPy's form goes through the largest arrays of a
transformer a dozen times, and calls a function for each number (`benchmarks/NOTES.md`).

Reference: Hendrycks and Gimpel (2016), "Gaussian error linear units (GELUs)", section 2.
"""

FUNCTIONS = ("forward",)
