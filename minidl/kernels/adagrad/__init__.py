"""Adagrad: the update of one parameter.

    s <- s + g^2                                        the sum of all squared gradients
    w <- w - learning_rate * g / (sqrt(s) + epsilon)

Contract of `update(w, g, s, learning_rate, epsilon)`:
    w, g, s      arrays of one shape and one float dtype; w and s are C-contiguous and change in
                 place
    learning_rate, epsilon    floats, epsilon above 0
    returns      None

Reference: Duchi, Hazan, Singer (2011), "Adaptive subgradient methods for online learning and
stochastic optimization", section 1.1, the diagonal form.
"""

FUNCTIONS = ("update",)
