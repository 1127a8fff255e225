"""Controls of what chapters 14 and 19 to 24 say, on the chapters' own code: their cells by name.

    python benchmarks/language_controls.py NAME ...     (without a name: the names there are)

Three seeds each unless it says otherwise. What came out is in NOTES.md.
"""

import itertools
import json
import pathlib
import sys

import numpy as np

from minidl import Input, Sequential
from minidl.initializers import RandomNormal
from minidl.layers import Dense, Embedding, LayerNormalization, Residual, SinePositionEncoding
from minidl_course.chapters import transfer_learning, transformers_recall
from minidl_course.chapters import transformers_trained as transformers

NOTEBOOKS = pathlib.Path(__file__).parent.parent / "notebooks"
SEEDS = range(3)


def page(chapter, names, changes=(), until=None):
    """The names that these cells of a chapter define; `changes` are (old, new) of their text."""
    path = next(NOTEBOOKS.glob(f"{chapter}-*.ipynb"))
    cells = {cell["id"]: cell for cell in json.loads(path.read_text("utf-8"))["cells"]}
    text = "\n".join("".join(cells[name]["source"]) for name in names.split())
    for old, new in changes:
        assert old in text, f"chapter {chapter} no longer has {old!r}"
        text = text.replace(old, new)
    if until:
        text, _, rest = text.partition(until)
        assert rest, f"chapter {chapter} no longer has {until!r}"
    found = {"__name__": "page"}
    exec(compile(text, str(path), "exec"), found)
    return found


def row(name, shares, digits=1):
    shown = ", ".join(f"{100 * share:.{digits}f}" for share in shares)
    print(f"{name:38} {shown}   mean {100 * np.mean(shares):.{digits}f}", flush=True)


PARTS = "setup average softmaxed positions-coded rotation-coded "
PARTS += "causal-attention attention-backward gpt"
LISTS = f"{PARTS} recall recall-train"
NORM, ROOT = "LayerNormalization(epsilon=1e-5), look", "self.scale = (D // self.heads) ** -0.5"
QKV = "self.W = Param(glorot((D, 3 * D), rng))"
SMALLER = (QKV, f"{QKV}\n        self.W.value[:, : 2 * D] *= np.float32(D**-0.25)")  # q and k
NO_LAST = ("steps += [LayerNormalization(),", "steps += [")
MASK = ("softmax(masked(s))  # (6)", "softmax(s)")


def phone_book():
    """Chapter 24, two layers of attention: what the lookup loses with each part."""
    branch = f"steps.append(Residual([{NORM}]))"
    cases = {
        "all there": ((), {}),
        "scores not divided by the root of d": (((ROOT, "self.scale = 1.0"),), {}),
        "the same, a smaller start": (((ROOT, "self.scale = 1.0"), SMALLER), {}),
        "no normalization": (((NORM, "look"), NO_LAST), {}),
        "no residual stream": (((branch, f"steps.extend([{NORM}])"),), {}),
        "no mask": ((MASK,), {}),
        "no positions": ((), {"position": None}),
        "no positions, no mask": ((MASK,), {"position": None}),
        "four heads": ((), {"heads": 4}),
        "one layer, four heads": ((), {"heads": 4, "blocks": 1}),
        "with feed-forward layers": ((), {"mlp": True, "hidden": 192}),
    }
    for name, (changes, options) in cases.items():
        at = page(24, LISTS, changes)
        options = {"blocks": 2, "heads": 1, "hidden": 0, "mlp": False} | options
        models = [at["gpt"](36, 48, seed=seed, **options) for seed in SEEDS]
        row(name, [at["train_on_lists"](at["answers_only"](m), s)[-1]
                   for m, s in zip(models, SEEDS)])  # fmt: skip


def lstm_rates():
    """Chapter 24, the same lists read by an LSTM of 128 units at other rates than the page's."""
    for rate in ("1e-2", "1e-3"):
        at = page(24, LISTS, [("rate=4e-3", f"rate={rate}")])
        models = [transformers_recall.lstm_reader(seed) for seed in SEEDS]
        row(f"LSTM, rate {rate}", [at["train_on_lists"](m, s)[-1] for s, m in enumerate(models)])


LOOP = "    for _ in range(blocks):\n"
DRAWS = "np.random.default_rng(0), [], 0.0"


def text():
    """Chapter 24: bits of each writer, and of a GPT whose vectors are half of the one before."""
    cells, shared = f"{PARTS} text-train", [(DRAWS, DRAWS.replace("0)", "SEED)"))]
    handed = [*shared, (LOOP, f"    steps.append(recall.TokenBefore())\n{LOOP}")]
    own, given = page(24, cells, shared), page(24, cells, handed)
    found = transformers.in_tokens(transformers.shakespeare())
    letters, pieces = found.as_characters, found.as_tokens
    plans = {
        "LSTM": (transformers.lstm_writer, letters, 1e-2, 504),
        "GPT": (own["writer"], letters, 6e-3, 288),
        "LSTM, BPE tokens": (transformers.lstm_writer, pieces, 1e-2, 330),
        "GPT, BPE tokens": (own["writer"], pieces, 6e-3, 264),
        "GPT, handed the one before": (given["writer"], letters, 6e-3, 288),
    }
    for name, (make, (ids, unseen), rate, batches) in plans.items():
        bits, V = [], len(found.characters if ids is letters[0] else found.tokens)
        for seed in SEEDS:
            own["SEED"] = seed  # of the batches; the weights' is one more, as on the page
            model = make(V, seed + 1)
            own["train"](model, ids, rate, batches, lambda model: 0.0)
            bits.append(transformers.bits(model, unseen, found.tokens))
        row(f"{name}, bits", np.array(bits) / 100, 3)


def warm_up():
    """Chapter 24, the norm on the stream without a warm-up: bits on the last 20 batches.

    The page's own parts have no biases in attention, and W_Q, W_K and W_V start 0.7 times as large.
    """
    at = page(24, PARTS)
    ids = transformers.numbers_of(transformers.shakespeare())
    V = int(ids.max()) + 1

    def post_by_hand(seed):
        steps = [Input((None,)), Embedding(V, 32, RandomNormal(stddev=1.0)), SinePositionEncoding()]
        for _ in range(4):
            for branch in ([at["CausalAttention"](2)], [Dense(64, "relu"), Dense(32)]):
                steps += [Residual(branch), LayerNormalization(epsilon=1e-5)]
        return Sequential([*steps, Dense(V, "softmax")], seed=seed)

    for name, make, rate in (
        ("post at half the rate", lambda seed: transformers.deep(V, False, seed), 5e-3),
        ("post of the page's own parts", post_by_hand, 1e-2),
        ("the same, twice the rate", post_by_hand, 2e-2),
    ):
        runs = [transformers.first_batches(make(seed), ids, False, rate, 32, 160) for seed in SEEDS]
        row(f"{name}, bits", [np.mean(run[-20:]) / 100 for run in runs], 2)


def dates():
    """Chapter 22: texts of one, two and three dates without a mistake, by how long it learned."""
    at = page(22, "hook setup data tokens translator train stepping")
    runs = [("states", 1), ("states", 2), ("states", 4), ("code", 4), ("code", 12), ("code", 24)]
    for look_at, epochs in runs:
        found = []
        for seed in SEEDS:
            translator = at["train"](look_at, seed, epochs)
            pairs = zip(at["test_data"], at["test_texts"])
            written = [(at["translate"](translator, X), isos) for (X, _), (_, isos) in pairs]
            found.append([np.mean([a == b for a, b in zip(*both)]) for both in written])
        for count, shares in enumerate(np.transpose(found), start=1):
            row(f"{look_at}, {epochs} epochs, {count} dates", shares)


def passes():
    """Chapter 19: bits of the page's LSTM on the held-out text, after more passes of the other."""
    at = page(19, "shannons-game setup corpus train-writer", [("page.hook()", "")])
    streams, learn = at["text"].streams, at["learn_to_write"]
    x, y = streams(at["train"], 16, 64)
    held = streams(at["held_out"], 8, 256)
    for count in (2, 10, 20):
        models = [learn(x, y, count * len(x) // 16, seed=seed + 1)[0] for seed in SEEDS]
        bits = at["page"].held_out_bits(models, *held)
        row(f"LSTM, {count} passes, bits", np.array(bits) / 100, 3)


def order():
    """Chapter 23: a GRU whose attention finds the summary, with and without the words' order."""
    ids = "vocabulary.encode(sentence)[:L]"
    mixed = f"np.random.default_rng(n).permutation({ids})"
    bag = '"bag": GlobalAveragePooling1D, '
    for name, changes in (("GRU", ()), ("GRU, words of a sentence shuffled", ((ids, mixed),))):
        cells = "hook setup summaries-data summaries-network summaries-run summaries-shown"
        at = page(23, cells, [*changes, (bag, "")], "share, by_rouge =")
        row(name, [right for right, _ in at["found"]["GRU, attention"]])


def random_features():
    """Chapter 14, six seeds: a ridge head on pixels and on layers that nobody trained."""
    network = page(14, "setup networks")["network"]
    _, late = transfer_learning.tasks()
    places = np.random.default_rng(0).permutation(784)  # as the page shuffles its digits
    found = {}
    for seed in range(6):
        net = network(5, seed)
        W = np.random.default_rng(seed).standard_normal((784, 1024)) * (2 / 784) ** 0.5

        def by(depth, x, shuffle=False, net=net):
            x = x.reshape(-1, 784)[:, places].reshape(x.shape) if shuffle else x
            return transfer_learning.features(net, depth, x)

        ways = {
            "pixels": lambda x: by(0, x),
            "conv 1": lambda x: by(1, x),
            "conv 1 of shuffled pixels": lambda x: by(1, x, True),
            "conv 3": lambda x: by(3, x),
            "conv 3 of shuffled pixels": lambda x: by(3, x, True),
            "dense, 1,024 units": lambda x, W=W: np.maximum(x.reshape(-1, 784) @ W, 0),
        }
        for name, way in ways.items():
            of_test = way(late.x_test)
            for labels in (20, 5):
                some = transfer_learning.some(late, labels, seed)
                F, y = way(late.x[some]), late.y[some]
                guessed = transfer_learning.linear_probe(F, y, of_test)
                found.setdefault((labels, name), []).append(np.mean(guessed == late.y_test))
    for labels, name in sorted(found):
        row(f"{labels} labels, {name}", found[labels, name])


def starts(seeds=range(7)):
    """Chapter 14, seven seeds: a start from nothing and one from letters, at three rates; heads."""
    at = page(14, "hook setup networks letters tuning", [("range(3)", repr(seeds))])
    late, tuned, sources = at["late"], at["tuned"], at["sources"]
    nets = {"nothing": [None] * len(seeds)}
    nets |= {kind: [sources[kind, s] for s in seeds] for kind in ("letters", "random")}
    for labels in (5, 20):
        for name, rate in itertools.product(("nothing", "letters"), (1e-3, 3e-3, 1e-2)):
            found = [tuned(net, labels, s, rate) for net, s in zip(nets[name], seeds)]
            shares = [transfer_learning.accuracy(net, late) for net in found]
            row(f"{labels} labels, from {name}, rate {rate:g}", shares)
        for name, (depth, layer) in itertools.product(
            ("letters", "random"), ((3, "conv 3"), (5, "dense"))
        ):
            pairs = zip(nets[name], seeds)
            right = [transfer_learning.probed(net, late, depth, labels, s) for net, s in pairs]
            row(f"{labels} labels, ridge on {layer}, {name}", right)
    transfer_learning.heads(sources, late, at["transferred"], seeds)


NAMED = (
    phone_book,
    lstm_rates,
    text,
    warm_up,
    dates,
    passes,
    order,
    random_features,
    starts,
)
CONTROLS = {each.__name__: each for each in NAMED}

if __name__ == "__main__":
    if not sys.argv[1:]:
        print("names:", ", ".join(CONTROLS))
    for name in sys.argv[1:]:
        CONTROLS[name]()
