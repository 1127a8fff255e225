"""Embedding: each token, an integer, is looked up in a table of vectors.

    (1) y_n = W[tokens_n]                                a gather: copies of rows of W
    (1) dW_v = sum of dy_n over all n with tokens_n = v  a scatter-add: tokens repeat

It is the product of a one-hot matrix with W, without the zeros.

Contracts:
    forward(W, tokens)          returns y (..., D)
    backward(dy, tokens, V)     returns dW (V, D)

    W (V, D) and dy (..., D): one float dtype; tokens (...): integers in [0, V), which the layer
    has checked, of any shape and strides. No argument is changed. The sum runs in the order of the
    tokens, so it is the same in every run.

    On a GPU the layer checks nothing, since it would have to wait. There another token gives NaN in
    y and counts for no row of dW. The other tiers promise nothing for it.

Reference: Bengio, Ducharme, Vincent and Jauvin (2003), "A neural probabilistic language model",
section 2.
"""

FUNCTIONS = ("forward", "backward")
