"""RMSprop: the update of one parameter.

    s <- rho * s + (1 - rho) * g^2                      the moving average of g^2
    d = sqrt(s) + epsilon                               plain
    a <- rho * a + (1 - rho) * g                        centered: the moving average of g too, so
    d = sqrt(max(s - a^2, 0)) + epsilon                 that s - a^2 is the variance of g
    w <- w - learning_rate * g / d                      without momentum
    v <- momentum * v - learning_rate * g / d           with momentum, as in SGD
    w <- w + v

The maximum with 0 matters only for rounding: where g has long been constant, s - a^2 is 0 up to
its last digit.

Contract of `update(w, g, s, a, v, learning_rate, rho, momentum, epsilon)`:
    w, g, s      arrays of one shape and one float dtype; w and s are C-contiguous and change in
                 place
    a            like s, or None for the plain form
    v            like s, or None without momentum
    learning_rate, rho, momentum, epsilon    floats, epsilon above 0
    returns      None

References: Tieleman and Hinton (2012), "Neural networks for machine learning", lecture 6.5;
Graves (2013), "Generating sequences with recurrent neural networks", equations 38-45.
"""

FUNCTIONS = ("update",)
