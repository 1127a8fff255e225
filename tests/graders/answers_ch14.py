"""Answers to the losses and to the experiment of chapter 14; `test_ch14.py` has the others."""

from catalogue import Right, Wrong

_L = "L = np.logaddexp(0, -a).mean() + np.logaddexp(0, b).mean()"
_DA, _DB = "-np.exp(-np.logaddexp(0, a)) / len(a)", "np.exp(-np.logaddexp(0, -b)) / len(b)"
_BACK = f"return L, {_DA}, {_DB}"
_BOTH = "return -below.mean(), -np.exp(-above) / len(b), above.mean(), -np.exp(-below) / len(b)"

LOSSES = [
    Wrong("summed", "should be their mean", swap=(_L, _L.replace("mean()", "sum()"))),
    Wrong(
        "one mean of all",
        "N and M have their own means",
        swap=(_L, "L = np.concatenate([np.logaddexp(0, -a), np.logaddexp(0, b)]).mean()"),
    ),
    Wrong("half", "It is half", swap=(_L, f"L = ({_L[4:]}) / 2")),
    Wrong("made to grow", "makes L small", swap=("return L, -np", "return -L, -np")),
    Wrong(
        "real and made",
        "are exchanged",
        swap=(_L, "L = np.logaddexp(0, a).mean() + np.logaddexp(0, -b).mean()"),
    ),
    Wrong("real only", "made ones are missing", swap=(" + np.logaddexp(0, b).mean()", "")),
    Wrong("overflow", "inf", swap=("np.logaddexp(0, -a).mean()", "np.log(1 + np.exp(-a)).mean()")),
    Wrong(
        "the sign of da",
        "which way should the logit go",
        swap=(_BACK, f"return L, {_DA[1:]}, {_DB}"),
    ),
    Wrong(
        "the sign of db", "which way should the logit go", swap=(_BACK, f"return L, {_DA}, -{_DB}")
    ),
    Wrong("da not averaged", "da is wrong", swap=("(0, a)) / len(a), np", "(0, a)), np")),
    Wrong(
        "N for both",
        "db is wrong",
        swap=("(0, -b)) / len(b)\n    ### END", "(0, -b)) / len(a)\n    ### END"),
    ),
    Wrong(
        "one minus",
        "something taken away from 1",
        swap=(
            _DA,
            "(1 / (1 + np.exp(-np.abs(a))) * np.where(a > 0, 1, np.exp(-np.abs(a))) - 1) / len(a)",
        ),
    ),
    Wrong(
        "S for T",
        "it is S",
        swap=("above.mean(), -np.exp(-below)", "-below.mean(), -np.exp(-below)"),
    ),
    Wrong("S positive", "S is not positive", swap=("return -below.mean()", "return below.mean()")),
    Wrong("T in its place", "it is T", swap=("return -below.mean()", "return above.mean()")),
    Wrong(
        "slopes exchanged",
        "is wrong",
        swap=(
            ("mean(), -np.exp(-above)", "mean(), -np.exp(-below)"),
            ("above.mean(), -np.exp(-below)", "above.mean(), -np.exp(-above)"),
        ),
    ),
    Wrong(
        "the sign of dT",
        "which way should the logit go",
        swap=("mean(), -np.exp(-below)", "mean(), np.exp(-below)"),
    ),
    Wrong(
        "dS by D",
        "by the logit",
        swap=("-np.exp(-above) / len(b), above", "-np.exp(below) / len(b), above"),
    ),
    Wrong(
        "T one minus",
        "taken away from 1",
        swap=("-np.exp(-below) / len(b)", "(np.exp(-above) - 1) / len(b)"),
    ),
    Wrong(
        "a clip",
        "logits near",
        swap=("    L = np", "    a, b = np.clip(a, -40, 40), np.clip(b, -40, 40)\n    L = np"),
    ),
    Wrong("two results", "3 results", swap=(_BACK, f"return L, {_DA}")),
    Right(
        "by SciPy",
        """
        from scipy.special import expit, log_expit
        def critic(a, b):
            L = -np.mean(log_expit(a)) - np.mean(log_expit(-b))
            return L, -expit(-a) / a.size, expit(b) / b.size
        def maker(b):
            S, T, M = np.mean(log_expit(-b)), -np.mean(log_expit(b)), b.size
            return S, -expit(b) / M, T, -expit(-b) / M
        """,
    ),
    Right(
        "by cases",
        """
        def sigmoid(x):
            e = np.exp(-np.abs(x))
            return np.where(x > 0, 1 / (1 + e), e / (1 + e))
        def soft(x):
            return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))
        def critic(a, b):
            return np.mean(soft(-a)) + np.mean(soft(b)), -sigmoid(-a) / len(a), sigmoid(b) / len(b)
        def maker(b):
            M = len(b)
            return -np.mean(soft(b)), -sigmoid(b) / M, np.mean(soft(-b)), -sigmoid(-b) / M
        """,
    ),
]

_GOAL = "the goal is 7"

EXPERIMENT = [
    Wrong(
        "Adam as it comes",
        _GOAL,
        swap=(
            ("Adam(2e-3, 0.0)", "Adam(2e-3)"),
            ("steps, N, rng = 1500", "steps, N, rng = 600"),
        ),
    ),
    Wrong("too short", _GOAL, swap=("steps, N, rng = 1500", "steps, N, rng = 100")),
    Wrong(
        "never trained",
        _GOAL,
        """
        def train(x, seed):
            layers = [Input((8,)), Dense(128, "relu"), Dense(128, "relu"), Dense(2)]
            return Sequential(layers, seed=seed).get_weights()
        """,
    ),
    Wrong(
        "the middle of one heap",
        _GOAL,
        """
        def train(x, seed):
            sizes = [(8, 1), (1,), (1, 1), (1,), (1, 2)]
            return [np.zeros(size) for size in sizes] + [x[0].astype(float)]
        """,
    ),
    Wrong(
        "a wide network",
        "must have the shape (8, 128)",
        """
        def train(x, seed):
            layers = [Input((8,)), Dense(256, "relu"), Dense(256, "relu"), Dense(2)]
            return Sequential(layers, seed=seed).get_weights()
        """,
    ),
    Wrong(
        "points in place of a generator",
        "6 results",
        """
        def train(x, seed):
            return x
        """,
    ),
    Right(
        "half of the momentum, and a smaller batch",
        swap=(("Adam(2e-3, 0.0)", "Adam(2e-3, 0.5)"), ("rng = 1500, 128", "rng = 1500, 96")),
    ),
    Right(
        "a regression, without a game",
        """
        def train(x, seed):
            rng = np.random.default_rng(seed)
            z = rng.standard_normal((20000, 8), np.float32)
            y = x[rng.integers(len(x), size=len(z))]
            z, y = (a[np.argsort(np.arctan2(a[:, 1], a[:, 0]))] for a in (z, y))
            layers = [Input((8,)), Dense(128, "relu"), Dense(128, "relu"), Dense(2)]
            model = Sequential(layers, seed=seed)
            model.compile(Adam(3e-3), "mse")
            model.fit(z, y, batch_size=128, epochs=12, verbose=0)
            return model.get_weights()
        """,
    ),
]
