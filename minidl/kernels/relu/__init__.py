"""ReLU: y = x where x > 0, else slope x; and dx = dy where x > 0, else slope dy.

Contracts:
    forward(x, slope=0.0)         returns y
    backward(dy, x, slope=0.0)    returns dx; y does for x if the slope is not negative

All arrays have one shape and one float dtype, and may be strided; dy is finite. NaN in x stays NaN
in y, and gives dx = slope dy. With slope 0, y = 0 where x is minus infinity.

A kernel for one line of NumPy pays because this line runs over the largest arrays of a network:
NumPy's `maximum` takes about three times as long as it takes to copy them (`benchmarks/NOTES.md`).

Reference: Nair and Hinton (2010), "Rectified linear units improve restricted Boltzmann machines".
"""

FUNCTIONS = ("forward", "backward")
