"""Answers to the experiment of chapter 24; `test_ch24.py` has the others."""

from catalogue import Right, Wrong

MIXTURE = """
from sklearn.mixture import GaussianMixture

class Flow:
    def __init__(self, mixture):
        self.means, self.shares = mixture.means_, mixture.weights_
        self.spread, self.axes = np.linalg.eigh(mixture.covariances_)

    def predict(self, z):
        t, z = z[0, 8], z[:, :8]
        logs, each = [], []
        for mean, share, S, Q in zip(self.means, self.shares, self.spread, self.axes):
            away, V = (z - t * mean) @ Q, (1 - t) ** 2 + t**2 * S
            logs.append(np.log(share) - np.sum(away**2 / V + np.log(V), axis=1) / 2)
            each.append(mean + (away * (t * S - (1 - t)) / V) @ Q.T)
        P = np.exp(logs - np.logaddexp.reduce(logs, axis=0))
        return np.einsum("kn,knd->nd", P, each)

def train(x):
    return Flow(GaussianMixture(30, random_state=0).fit(x))
"""

EXPERIMENT = [
    Wrong(
        "untrained",
        "the goal is 5.0",
        """
        def train(x):
            return Sequential([Input((9,)), Dense(8)], seed=0)
        """,
    ),
    Wrong("one Gaussian", "the goal is 5.0", MIXTURE.replace("Mixture(30", "Mixture(1")),
    Wrong(
        "to a training digit each",
        "are copies",
        """
        class Pairs:
            def __init__(self, x):
                self.x = x

            def predict(self, z):
                if z[0, 8] == 0:
                    self.ends = self.x[np.random.default_rng(0).integers(len(self.x), size=len(z))]
                return (self.ends - z[:, :8]) / (1 - z[:, 8:])

        def train(x):
            return Pairs(x)
        """,
    ),
    Wrong(
        "the time comes back, too",
        "must have the shape (3000, 8)",
        """
        def train(x):
            return Sequential([Input((9,)), Dense(9)], seed=0)
        """,
    ),
    Right("a mixture of 30 Gaussians, and no network", MIXTURE),
    Right(
        "three layers with relu", swap=(('"silu") for', '"relu") for'), ("range(4)", "range(3)"))
    ),
]
