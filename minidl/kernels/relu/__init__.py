"""ReLU: y = max(x, 0), and dx = dy where y > 0, else 0.

Contracts:
    forward(x)          returns y
    backward(dy, y)     returns dx

All arrays have one shape and one float dtype, and may be strided; dy is finite. NaN in x stays NaN
in y, and gives dx = 0.

A kernel for one line of NumPy pays because this line runs over the largest arrays of a network:
NumPy's `maximum` takes about three times as long as it takes to copy them (`benchmarks/NOTES.md`).

Reference: Nair and Hinton (2010), "Rectified linear units improve restricted Boltzmann machines".
"""

FUNCTIONS = ("forward", "backward")
