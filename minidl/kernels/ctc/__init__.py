"""Connectionist temporal classification: the loss of a target whose places in time nobody knows.

A network gives a distribution over C classes at each of T steps; class 0 is the blank, "nothing
new here". A path has one class for each step. It is read by merging repeats and then dropping the
blanks: with a blank written as "-", both "aa-b" and "-abb" read "ab", and "a-a" reads "aa". The
probability of a target is the sum over all paths that read so, far too many to list. But they
share their beginnings and their ends.

Notation, for one sample: z (T, C) logits; y (U,) its target, classes from 1; c (S,), S = 2U + 1,
the target with blanks between and around; e_t(s) = log p_t(c_s). A path goes through c from one of
its first two places to one of its last two. At each step it stays at s, comes from s - 1, or from
s - 2 if that leaves out only a blank between two different classes: `skips(s)`.

    (1) log p_t = z_t - log sum_k exp(z_t,k)
    (2) a_0(s) = e_0(s) for s < 2, else -inf
        a_t(s) = e_t(s) + log sum exp of a_{t-1}(s), a_{t-1}(s - 1), a_{t-1}(s - 2) if skips(s)
    (3) b_{T-1}(s) = 0 for s >= S - 2, else -inf
        b_t(s) = log sum exp of w(s), w(s + 1), w(s + 2) if skips(s + 2), w = e_{t+1} + b_{t+1}
    (4) log P = log sum_s exp(a_t(s) + b_t(s)), at any t; the last, where b is 0, is as good as any
    (5) loss = -log P

a_t(s) is the logarithm of the probability of all beginnings that stand at s after step t, and
b_t(s) that of all ends from there, so that g_t(s) = exp(a_t(s) + b_t(s) - log P) is how probable
it is that the path stands at s at step t, given the target: its occupancy. In (4) each path through
s has the factor p_t(c_s) once, so d log P / d e_t(s) = g_t(s), and through the softmax of (1)

    (6) dz_t,k = p_t,k - sum of g_t(s) over the places s with c_s = k

what the network said, less what the target says when one looks back: the p - t of classification.

A target that needs more steps than there are (one for each class, one more for the blank between
two equal ones) has no path: its loss is infinite, and its gradient 0.

Contract:
    loss(z, labels, steps, lengths) -> (loss (N,), dz (N, T, C))
    z (N, T, C) float; labels (N, U) integers, the first lengths[n] of each row in [1, C);
    steps (N,) integers from 1 to T: dz is 0 after them; lengths (N,) integers from 0 to U.
    Results have the dtype of z; sums are kept in float64, because a logarithm of hundreds has too
    few digits left in float32 for exp(a + b - log P). No argument is changed.

Reference: Graves et al. (2006), "Connectionist temporal classification", section 4, equations
5-16. There b includes the step t itself.
"""

FUNCTIONS = ("loss",)
