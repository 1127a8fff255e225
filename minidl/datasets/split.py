"""The two ways to divide a data set: by class and shuffled, or in time and never shuffled."""

import numpy as np


def stratified_split(x, y, test_fraction, seed):
    """Divide into a training and a test part in which every class has its share.

    Of the N_c examples of class c, `round(test_fraction * N_c)` go to the test part, chosen at
    random; then each part is shuffled. The same seed gives the same parts.

    x (N, ...), y (N,) -> (x_train, y_train), (x_test, y_test), all copies. Raises `ValueError` if
    the fraction is not between 0 and 1, or leaves a part without a class.
    """
    if not 0 < test_fraction < 1:
        raise ValueError(f"test_fraction={test_fraction} must be between 0 and 1, such as 0.2")
    rng = np.random.default_rng(seed)
    train, test = [], []
    for c in np.unique(y):
        members = rng.permutation(np.flatnonzero(y == c))  # (N_c,)
        n_test = round(test_fraction * len(members))
        if not 0 < n_test < len(members):
            raise ValueError(
                f"test_fraction={test_fraction} puts {n_test} of the {len(members)} examples of "
                f"class {c} into the test part; each part needs at least one"
            )
        test.append(members[:n_test])
        train.append(members[n_test:])
    train = rng.permutation(np.concatenate(train))  # (N_train,)
    test = rng.permutation(np.concatenate(test))  # (N_test,)
    return (x[train], y[train]), (x[test], y[test])


def chronological_split(sequence, test_fraction=0.1):
    """Cut a text, its ids or a series (T, ...) in two: what comes first, and the end held out.

    Nothing is shuffled. Neighbours in a sequence resemble each other, so a test part drawn at
    random from between the training parts would be half known already, and a forecast is asked
    for what comes after everything that was seen.

    Returns the two parts of the sequence as slices; `int(test_fraction * T)` elements, but at
    least one, are in the second. Raises `ValueError` if the fraction is not between 0 and 1, or
    leaves nothing for the first part.
    """
    if not 0 < test_fraction < 1:
        raise ValueError(f"test_fraction={test_fraction} must be between 0 and 1, such as 0.1")
    cut = len(sequence) - max(1, int(test_fraction * len(sequence)))
    if cut < 1:
        raise ValueError(
            f"a sequence of length {len(sequence)} cannot be cut in two; it needs at least 2"
        )
    return sequence[:cut], sequence[cut:]
