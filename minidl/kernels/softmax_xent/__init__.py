"""Softmax followed by cross-entropy, fused: value and gradient from the logits.

For one sample with logits z (C,) and target distribution t (C,), which sums to 1:

    p_j  = exp(z_j) / sum_k exp(z_k)                      softmax
    loss = - sum_j t_j log p_j  =  log sum_k exp(z_k) - sum_j t_j z_j
    dz_j = p_j - t_j                                      the gradient of the loss

Fused, the logarithm meets its exponential and neither can overflow: with m = max(z),
log sum exp(z) = m + log sum exp(z - m), and every exponent is at most 0. Apart, p underflows
to 0 for a logit far below the largest, and log 0 is minus infinity.

Contracts:
    sparse(z, labels)   z (N, C) float, labels (N,) integers in [0, C)
    dense(z, t)         z (N, C) float, t (N, C) of the same dtype
    both return (loss (N,), dz (N, C)) in the dtype of z, and change neither argument.
    For targets that do not sum to 1 (class weights), dz = p * sum(t) - t.

Reference: Bishop (2006), "Pattern Recognition and Machine Learning", equations 4.104-4.109.
"""

FUNCTIONS = ("sparse", "dense")
