"""Adam: the update of one parameter, in its step number t = 1, 2, ...

    m <- beta_1 * m + (1 - beta_1) * g                  the moving average of g
    v <- beta_2 * v + (1 - beta_2) * g^2                and of g^2
    v_max <- max(v_max, v)                              AMSGrad only, which then uses v_max for v
    m_hat = m / (1 - beta_1^t)                          m and v started at 0: without this the
    v_hat = v / (1 - beta_2^t)                          averages would be too small at first
    w <- w - learning_rate * m_hat / (sqrt(v_hat) + epsilon)

Contract of `update(w, g, m, v, v_max, learning_rate, beta_1, beta_2, epsilon, t)`:
    w, g, m, v   arrays of one shape and one float dtype; w, m and v are C-contiguous and change
                 in place
    v_max        like v, or None without AMSGrad
    learning_rate, beta_1, beta_2, epsilon    floats, epsilon above 0
    t            integer, 1 in the first step
    returns      None

References: Kingma and Ba (2014), "Adam: a method for stochastic optimization", algorithm 1;
Reddi, Kale, Kumar (2018), "On the convergence of Adam and beyond", algorithm 2 (AMSGrad; the hats
are PyTorch's addition to it).
"""

FUNCTIONS = ("update",)
