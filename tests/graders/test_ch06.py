"""Answers to the exercise of chapter 06."""

from answers_ch06 import BACKWARDS
from catalogue import Right, Wrong
from proving import *  # noqa: F403  the tests

CHAPTER = "ch06-batch-normalization"
OWN = """
class Own:
    def get_config(self):
        return {"layers": [{"class": "Own"}]}

def network"""

ANSWERS = {
    "forward": [
        Wrong("no root", "y is wrong", swap=("np.sqrt(v + epsilon)", "(v + epsilon)")),
        Wrong(
            "epsilon out", "under the root", swap=("sqrt(v + epsilon)", "array(v**0.5 + epsilon)")
        ),
        Wrong("no epsilon", "under the root", swap=("(v + epsilon)", "(v)")),
        Wrong("0 is none", "y is wrong", swap=("(v + epsilon)", "(v + (epsilon or 1e-3))")),
        Wrong("features", "y", swap=("m = x.mean(axis=0)", "m = x.mean(axis=1)[:, None]")),
        Wrong("unbiased", "y is wrong", swap=("** 2).mean(axis=0)", "** 2).sum(0) / (len(x) - 1)")),
        Wrong("no gamma", "y is wrong", swap=("gamma * (x", "(x")),
        Wrong("no beta", "y is wrong", swap=(" + beta  #", "  #")),
        Wrong("the other way", "running_m", swap=("+ (1 - momentum) * m", "+ momentum * m")),
        Wrong(
            "batch alone", "running_v", swap=("= momentum * running_v + (1 - momentum) * v", "= v")
        ),
        Wrong("always the batch", "y is", swap=("if training", "if True")),
        Wrong("never the batch", "y is", swap=("if training", "if False")),
        Wrong(
            "moves always",
            "running_m is",
            swap=("return y, running_m", "return y, running_m + 5 - 5 * training"),
        ),
        Wrong(
            "cancels",
            "take v from c = x - m",
            swap=("((x - m) ** 2).mean(axis=0)", "(x**2).mean(0) - m**2"),
        ),
        Wrong("epsilon runs along", "Epsilon got into", swap=("* v\n", "* (v + epsilon)\n")),
        Wrong(
            "in place",
            "its argument 4",
            swap=("running_m = mom", "running_m *= 1.5; running_m = mom"),
        ),
        Wrong("float64", "although every input", swap=("return y,", "return y.astype(float),")),
        Right(
            "features one by one",
            """
            def batchnorm_forward(
                x, gamma, beta, running_m, running_v, momentum=0.9, epsilon=1e-3, training=True
            ):
                y, new_m, new_v = np.empty_like(x), running_m.copy(), running_v.copy()
                for d in range(x.shape[1]):
                    m, v = running_m[d], running_v[d]
                    if training:
                        m, v = x[:, d].mean(), x[:, d].var()
                        new_m[d] += (1 - momentum) * (m - running_m[d])
                        new_v[d] += (1 - momentum) * (v - running_v[d])
                    y[:, d] = (x[:, d] - m) * (v + epsilon) ** -0.5 * gamma[d] + beta[d]
                return y, new_m, new_v
            """,
        ),
        Right("var", swap=("((x - m) ** 2).mean(axis=0)", "np.var(x, axis=0)")),
    ],
    **BACKWARDS,
    "experiment": [
        Wrong("plain", "with the learning rate 0.5", swap=("False), norm, A", "True), A")),
        Wrong(
            "He alone",
            "with the learning rate 0.5",
            swap=("use_bias=False), norm", 'kernel_initializer="he_normal")'),
        ),
        Wrong("fewer layers", "each of the eight hidden layers", swap=("range(8)", "range(2)")),
        Wrong("another rate", "with SGD(0.5), without", swap=("SGD(rate)", "SGD(0.1)")),
        Wrong("momentum", "without momentum", swap=("SGD(rate)", "SGD(rate, momentum=0.9)")),
        Wrong("no return", "None came back", swap=("    return model\n", "")),
        Wrong(
            "running statistics too slow",
            "with the learning rate",
            swap=("momentum=0.9", "momentum=0.9999"),
        ),
        Right(
            "the default momentum, He",
            swap=(("momentum=0.9", ""), ("use_bias=False", 'kernel_initializer="he_normal"')),
        ),
        Wrong("tanh", "be ReLU; there is tanh", swap=('("relu")', '("tanh")')),
        Wrong("SELU", "there is selu", swap=('("relu")', '("selu")')),
        Wrong("two networks", "the same network", swap=("m=0.9", "m=0.9 if rate < 0.1 else 0.8")),
        Wrong("narrow", "of 50 units", swap=("[Dense(50,", "[Dense(40,")),
        Wrong(
            "layer normalization",
            "with the learning rate 0.5",
            swap=(
                ("BatchNormalization(momentum=0.9)", "LayerNormalization()"),
                ("def network", "from minidl.layers import LayerNormalization\n\ndef network"),
            ),
        ),
        Right(
            "residual steps",
            """
            from minidl.layers import Residual

            def network(rate):
                def step():
                    norm = BatchNormalization(momentum=0.9)
                    return [Dense(50, use_bias=False), norm, Activation("relu")]

                layers = [Input((28, 28)), Flatten(), *step()]
                layers += [Residual(step()) for _ in range(7)]
                model = Sequential([*layers, Dense(10, activation="softmax")], seed=0)
                model.compile(SGD(rate), "sparse_categorical_crossentropy", ["accuracy"])
                return model
            """,
        ),
        Wrong(
            "a layer of its own",
            "a Sequential of layers of minidl has to come back",
            swap=(
                (
                    "def network",
                    OWN,
                ),
                (
                    "    return model",
                    "    own = Own()\n    own.optimizer = model.optimizer\n    return own",
                ),
            ),
        ),
        Right("ReLU first", swap=('use_bias=False), norm, Activation("relu")', '"relu"), norm')),
    ],
}
