"""Try an experiment as its test will, without the images that the test keeps for itself."""

import numpy as np

from minidl.callbacks import progress_bar


def rehearse(score, images, labels, *, held_out=1000, seeds=3, what="mean"):
    """Print how well an answer does on images that it has not seen, for several seeds.

    For each seed some images are held out, drawn at random, and the labels are exchanged among each
    other (every 3 may be called a 7), as tests do. Judge a change by the mean: it counts if it is
    more than twice the standard error.

    Args:
        score: score(images, labels, others, names) returns a number, such as the share of `others`
            that is read right, where `names` are their right labels.
        images: array (N, ...).
        labels: array (N,), integers from 0.
        held_out: how many are `others`.
        seeds: how many times.
        what: what the mean of all scores is called.

    Returns:
        The list of scores.

    Raises:
        ValueError: fewer images than are held out, or no seed.
    """
    if not 0 < held_out < len(images) == len(labels) or seeds < 1:
        raise ValueError(
            f"{len(images)} images and {len(labels)} labels, of which {held_out} are held out, "
            f"for {seeds} seeds: some images must be left, and one seed is needed"
        )
    found = []
    with progress_bar(seeds, "seeds") as bar:
        for seed in range(seeds):
            rng = np.random.default_rng(seed)
            order, names = rng.permutation(len(images)), rng.permutation(labels.max() + 1)[labels]
            new, known = order[:held_out], order[held_out:]
            found.append(float(score(images[known], names[known], images[new], names[new])))
            bar.update()
    error = np.std(found, ddof=1) / np.sqrt(seeds) if seeds > 1 else np.nan
    print(
        f"{what} {np.mean(found):.3f}, standard error {error:.3f}, of", np.round(found, 3).tolist()
    )
    return found
