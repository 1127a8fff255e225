"""Stochastic gradient descent with momentum: the update of one parameter.

    v <- momentum * v - learning_rate * g          the velocity remembers past gradients
    w <- w + v                                     plain momentum
    w <- w + momentum * v - learning_rate * g      Nesterov: look ahead along the new v

Contract of `update(w, g, v, learning_rate, momentum, nesterov)`:
    w, g, v      arrays of one shape and one float dtype; w and v are C-contiguous and change in
                 place; with momentum 0, v is not read and not written, and may be None
    learning_rate, momentum    floats
    nesterov     bool
    returns      None

References: Polyak (1964), "Some methods of speeding up the convergence of iteration methods";
Sutskever et al. (2013), "On the importance of initialization and momentum in deep learning",
equations 1-4.
"""

FUNCTIONS = ("update",)
