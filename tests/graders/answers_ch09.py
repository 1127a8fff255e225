"""Long answers to the exercise of chapter 09."""

ONE_BY_ONE = """
def classify(images, labels, others):
    def edges(a):
        a = np.pad(a, ((0, 0), (2, 2), (2, 2)))  # (N, 32, 32)
        x, y = (np.roll(a, -1, i) - np.roll(a, 1, i) for i in (2, 1))
        x = 2 * x + np.roll(x, 1, 1) + np.roll(x, -1, 1)
        y = 2 * y + np.roll(y, 1, 2) + np.roll(y, -1, 2)
        return np.stack([x, y], axis=-1)

    a, b = images.reshape(-1, 784), others.reshape(-1, 784)
    near = np.argsort((a * a).sum(axis=1) - 2 * b @ a.T, axis=1)[:, :30]
    known, new, found = edges(images), edges(others), []
    moves = [slice(1, 29), slice(2, 30), slice(3, 31)]
    for one, row in zip(new[:, 2:30, 2:30], near):
        many, least = known[row], np.inf
        for u, v in np.ndindex(3, 3):
            squares = (one - many[:, moves[u], moves[v]]) ** 2
            least = np.minimum(least, squares.sum(axis=-1))
        found.append(labels[row[least.sum(axis=(1, 2)).argmin()]])
    return np.array(found)
"""

PATCHES = """
def edges(a):
    a = np.pad(a, ((0, 0), (1, 1), (1, 1)))
    right, down = a[:, :, 2:] - a[:, :, :-2], a[:, 2:] - a[:, :-2]
    right = right[:, :-2] + 2 * right[:, 1:-1] + right[:, 2:]
    down = down[:, :, :-2] + 2 * down[:, :, 1:-1] + down[:, :, 2:]
    return np.stack([right, down], axis=-1)


def patches(a):  # (N, 28, 28) -> (N, 28, 28, 18)
    wide = np.pad(edges(a), ((0, 0), (1, 1), (1, 1), (0, 0)))
    return np.concatenate([wide[:, i : i + 28, j : j + 28] for i, j in np.ndindex(3, 3)], axis=-1)


@compiled
def movable(a, b, candidates):
    distances = np.zeros(candidates.shape, np.float32)
    for k, j in np.ndindex(candidates.shape):
        other = b[candidates[k, j]]
        for p, q in np.ndindex(a.shape[1:3]):
            least = np.float32(np.inf)
            for u in range(5):
                for v in range(5):
                    total = np.float32(0)
                    for c in range(a.shape[3]):
                        e = a[k, p, q, c] - other[p + u, q + v, c]
                        total += e * e
                    least = min(least, total)
            distances[k, j] += least
    return distances


def classify(images, labels, others):
    known, new = (a.reshape(len(a), -1) for a in (images, others))
    plain = (known**2).sum(axis=1) - 2 * new @ known.T
    candidates = np.argpartition(plain, 40, axis=1)[:, :40]
    around = np.pad(patches(images), ((0, 0), (2, 2), (2, 2), (0, 0)))
    nearest = movable(patches(others), around, candidates).argmin(axis=1)
    return labels[np.take_along_axis(candidates, nearest[:, None], axis=1)[:, 0]]
"""
