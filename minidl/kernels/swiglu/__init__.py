"""SwiGLU's product: y = silu(z) u, two products of one input, the first of which gates the second.

    s = 1 / (1 + exp(-z))      du = dy z s
    y = z s u                  dz = dy u (s + z s (1 - s))

Contracts:
    forward(z, u)          returns y
    backward(dy, z, u)     returns (dz, du)

All arrays have one shape and one float dtype, and may be strided. NaN stays NaN.

z and u are the largest arrays of a block. NumPy's form goes through them twenty times, and keeps
two more for the way back. To make s again costs less than to read it: an exponential is a dozen
instructions, so the kernel reads z and u alone.

Reference: Shazeer (2020), "GLU variants improve Transformer", equation 5.
"""

FUNCTIONS = ("forward", "backward")
