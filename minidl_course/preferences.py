"""Answers made likelier or less likely: from demonstrations, rewards and preferences (chapter 26).

All three push the log-likelihood of whole answers, and differ in how hard they push each:

    log_p, back = likelihood(model, ids, said)
    back(weight)       adds the gradient of -sum of weight log_p to that of every parameter

A demonstration has the weight 1, an answer that a policy drew its reward above the mean, and of a
pair the better and the worse one what `dpo` says.

References: Ouyang et al. (2022), "Training language models to follow instructions with human
feedback"; Rafailov et al. (2023), "Direct preference optimization: your language model is secretly
a reward model", equation 7; Williams (1992), "Simple statistical gradient-following algorithms".
"""

import numpy as np

from minidl_course.generation import probabilities


def likelihood(model, ids, said):
    """Return (log_p, back): of each answer how likely it is, and how to push it.

    Args:
        model: from tokens (N, T) to logits (N, T, V), built.
        ids: (N, T) tokens.
        said: (N, T), True at the tokens of the answer, which the model is asked to say.

    Returns:
        log_p: (N,), the sum of the logarithms of the probabilities of these tokens.
        back: a function of weight (N,), to be called once.
    """
    z, cache = model.forward(ids[:, :-1])
    p, y, said = probabilities(z), ids[:, 1:], said[:, 1:]
    each = np.log(np.take_along_axis(p, y[..., None], axis=2))[..., 0]

    def back(weight):
        right = y[..., None] == np.arange(p.shape[2])  # (N, T, V)
        dz = (p - right) * (said * np.reshape(weight, (-1, 1)))[..., None]
        model.backward(dz.astype(z.dtype), cache)

    return (each * said).sum(axis=1), back


def dpo(log_p, before, beta):
    """Return (loss, weight) of N pairs; log_p and before are (2 N,), the better answers first.

    Args:
        log_p: of the answers.
        before: the same of the model with which training began.
        beta: how much a distance from that model costs; large keeps it near.

    Returns:
        loss: the mean of -log sigmoid(m) with m = beta (better - worse), each above `before`.
        weight: (2 N,), how hard `likelihood` has to push; minus the gradient.
    """
    better, worse = np.split(log_p - before, 2)
    m = beta * (better - worse)
    push = beta / (1 + np.exp(m)) / len(m)
    return np.logaddexp(0, -m).mean(), np.concatenate([push, -push])
