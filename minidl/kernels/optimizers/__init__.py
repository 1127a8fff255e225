"""The optimizers: the update of one parameter, in place, each by its own rule.

A rule is a function of w, its gradient g, what it remembers of the steps before, and some numbers.

Contract of all:
    w, g         arrays of one shape and one float dtype; w is C-contiguous and changes in place
    the slots    (v, m, s, ...) like w; a slot that an option does not need may be None
    numbers      floats; epsilon above 0, which keeps a quotient finite
    returns      None

`sgd(w, g, v, learning_rate, momentum, nesterov)`, stochastic gradient descent with momentum:
    v <- momentum * v - learning_rate * g          the velocity remembers past gradients
    w <- w + v                                     plain momentum
    w <- w + momentum * v - learning_rate * g      Nesterov: look ahead along the new v
With momentum 0, v is not read and not written. `nesterov` is a bool.

`adagrad(w, g, s, learning_rate, epsilon)`:
    s <- s + g^2                                        the sum of all squared gradients
    w <- w - learning_rate * g / (sqrt(s) + epsilon)

`rmsprop(w, g, s, a, v, learning_rate, rho, momentum, epsilon)`:
    s <- rho * s + (1 - rho) * g^2                      the moving average of g^2
    d = sqrt(s) + epsilon                               plain, a is None
    a <- rho * a + (1 - rho) * g                        centered: the moving average of g too, so
    d = sqrt(max(s - a^2, 0)) + epsilon                 that s - a^2 is the variance of g
    w <- w - learning_rate * g / d                      without momentum, v is None
    v <- momentum * v - learning_rate * g / d           with momentum, as in SGD
    w <- w + v
The maximum with 0 matters only for rounding: where g has long been constant, s - a^2 is 0 up to
its last digit.

`adam(w, g, m, v, v_max, learning_rate, beta_1, beta_2, epsilon, t)`, in its step t = 1, 2, ...:
    m <- beta_1 * m + (1 - beta_1) * g                  the moving average of g
    v <- beta_2 * v + (1 - beta_2) * g^2                and of g^2
    v_max <- max(v_max, v)                              AMSGrad only, which then uses v_max for v
    m_hat = m / (1 - beta_1^t)                          m and v started at 0: without this the
    v_hat = v / (1 - beta_2^t)                          averages would be too small at first
    w <- w - learning_rate * m_hat / (sqrt(v_hat) + epsilon)

References: Polyak (1964), "Some methods of speeding up the convergence of iteration methods", and
Sutskever et al. (2013), "On the importance of initialization and momentum in deep learning",
equations 1-4 (SGD); Duchi, Hazan, Singer (2011), "Adaptive subgradient methods for online learning
and stochastic optimization", section 1.1, the diagonal form (Adagrad); Tieleman and Hinton (2012),
"Neural networks for machine learning", lecture 6.5, and Graves (2013), "Generating sequences with
recurrent neural networks", equations 38-45 (RMSprop); Kingma and Ba (2014), "Adam: a method for
stochastic optimization", algorithm 1, and Reddi, Kale, Kumar (2018), "On the convergence of Adam
and beyond", algorithm 2 (AMSGrad; the hats are PyTorch's addition to it).
"""

FUNCTIONS = ("sgd", "adagrad", "rmsprop", "adam")
