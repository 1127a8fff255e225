"""A long text, cut into samples for a model that guesses the next token.

    ids      (L,)     the text
    x        (N, T)   what the model reads
    y        (N, T)   what it should guess at every step: x, one later

Backpropagation through time would have to remember all L steps. Cut after T steps, it remembers
T: it is *truncated*. There are two ways to cut.

`windows` forgets: each sample begins without a past, so samples can be shuffled.

`streams` remembers: the text is dealt out to B readers, each of whom reads on in the next batch
where the last one ended. A model with `stateful=True` keeps its state between the batches, so only
the gradient is cut and not the memory:

    batch 0          batch 1          batch 2
    row 0  To be, or  not to b  e, that i       one reader
    row 1  Whether ' tis noble r in the         another one

Reference: Williams and Peng, "An efficient gradient-based algorithm for on-line training of
recurrent network trajectories", Neural Computation 2(4), 1990.
"""

import numpy as np


def windows(ids, length, stride=None):
    """Cut ids (L,) into samples (x, y), both (N, T) with T = length.

    Sample i starts at i * stride; y[i, t] = x[i, t + 1]. The default stride is T: no token is
    guessed twice. A smaller one makes more samples that overlap. What is left at the end and does
    not fill a sample is dropped: N = (L - 1 - T) // stride + 1.

    Both are read-only views of `ids`: even overlapping samples need no memory. Raises `ValueError`
    if the text is too short for one sample, T + 1 tokens.
    """
    ids = _checked(ids, length, length + 1)
    stride = length if stride is None else stride
    if stride < 1:
        raise ValueError(f"stride={stride} must be at least 1")
    both = np.lib.stride_tricks.sliding_window_view(ids, length + 1)[::stride]  # (N, T + 1)
    return both[:, :-1], both[:, 1:]


def streams(ids, batch_size, length):
    """Deal ids (L,) out to B = batch_size readers; return (x, y), both (K B, T), T = length.

    Rows k B to (k + 1) B are batch k, and row n of batch k + 1 continues row n of batch k. Reader
    n has the text from n K T on; K = (L - 1) // (B T), and what does not fill a batch is dropped.

    For truncated backpropagation through time, in this order and with an empty memory at the
    start of the text (the model's recurrent layers have `stateful=True`):

        x, y = streams(ids, batch_size=64, length=64)
        forget = LambdaCallback(on_epoch_begin=lambda epoch, logs: model.reset_states())
        model.fit(x, y, batch_size=64, shuffle=False, epochs=10, callbacks=[forget])

    Raises `ValueError` if the text is too short for one batch, B T + 1 tokens.
    """
    B, T = batch_size, length
    if B < 1:
        raise ValueError(f"batch_size={B} must be at least 1")
    ids = _checked(ids, T, B * T + 1)
    K = (len(ids) - 1) // (B * T)

    def deal(part):
        rows = part[: B * K * T].reshape(B, K, T)  # reader, batch, step
        return np.ascontiguousarray(rows.transpose(1, 0, 2)).reshape(K * B, T)

    return deal(ids), deal(ids[1:])


def _checked(ids, length, needed):
    """Return ids as an array (L,) of at least `needed` tokens."""
    if isinstance(ids, str):
        raise TypeError("this needs the numbers of a text, (L,): vocabulary.encode(text)")
    ids = np.asarray(ids)
    if ids.ndim != 1:
        raise ValueError(f"this needs the numbers of one text, shape (L,); got {ids.shape}")
    if length < 1:
        raise ValueError(f"length={length} must be at least 1")
    if len(ids) < needed:
        raise ValueError(
            f"a text of {len(ids)} tokens is too short: one batch or window of length {length} "
            f"takes {needed}, the last target included"
        )
    return ids
