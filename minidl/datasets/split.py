"""One way to divide a labelled data set, used by every loader that has to."""

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
