"""Train the language model of chapter 25, and measure what its parts and its size are worth.

    MINIDL_DATA=... python benchmarks/language_model.py train      the model that ships: an hour
    MINIDL_DATA=... python benchmarks/language_model.py equal      4 minutes, as charmodel.py gets
    MINIDL_DATA=... python benchmarks/language_model.py parts      each part left out, three seeds
    MINIDL_DATA=... python benchmarks/language_model.py sizes      six sizes, three seeds
    MINIDL_DATA=... python benchmarks/language_model.py memory     is what it writes in its text?
    python benchmarks/language_model.py circles                    what makes it repeat itself?
    MINIDL_DATA=... python benchmarks/language_model.py halves     why does validation score better?

All read the first nine tenths of Tiny Shakespeare as 1,024 byte pairs, learned from those nine
tenths, in windows of 128 tokens. The clock counts processor time. `train` writes the weights of the
demo, in 8 bits; the others their part of language_model.json, which the chapter reads. NOTES.md
says how the settings were chosen.
"""

import argparse
import itertools
import json
import time
from collections import Counter
from functools import partial
from pathlib import Path

import charmodel
import numpy as np
from train_step import machine

from minidl import optimizers, utils
from minidl.datasets import text
from minidl.layers import PositionEmbedding
from minidl.losses import SparseCategoricalCrossentropy
from minidl_course import bpe
from minidl_course.chapters import language_models_trained
from minidl_course.generation import probabilities
from minidl_course.language_model import SMALL, bits, gpt, loaded, share_of_rate
from minidl_course.play import language_model as demo
from minidl_course.play import weights

FOUND = Path(__file__).parent / "language_model.json"
T, V = 128, 1024
SHIPPED = {"width": 192, "blocks": 4, "heads": 6, "groups": 2, "dropout": 0.2}


class Texts:
    """Shakespeare in byte pairs: what trains, what chooses (validation), what scores (test)."""

    def __init__(self, V=V):
        read, held_out = text.chronological_split(np.array(list(text.load_shakespeare())))
        read, held_out = "".join(read), "".join(held_out)
        self.read, self.merges = read, bpe.learn(read, V)
        self.tokens = bpe.BytePairs(self.merges)
        half = len(held_out) // 2
        self.held_out = held_out[half:]
        parts = read, held_out[:half], self.held_out
        self.train, self.choose, self.test = (self.tokens.encode(part) for part in parts)


def taught(model, texts, rate_at, N=16, seed=0):
    """Train without end; yield after each step the seconds of processor time and the steps so far.

    rate_at: of these two -> the rate of the next step.
    """
    rng = np.random.default_rng(seed)
    optimizer = optimizers.AdamW(rate_at(0.0, 0), 0.1, beta_2=0.99, global_clipnorm=1.0)
    model.compile(optimizer, SparseCategoricalCrossentropy(from_logits=True))
    x, y = text.windows(texts.train, T, stride=1)
    spent, step = 0.0, 0
    while True:
        optimizer.learning_rate = rate_at(spent, step)
        some = rng.integers(0, len(x), N)
        started = time.process_time()
        model.train_on_batch(x[some], y[some])
        spent, step = spent + time.process_time() - started, step + 1
        yield spent, step


def trained(
    model, texts, seconds=np.inf, steps=np.inf, rate=3e-3, N=16, seed=0, report=None, reports=10
):
    """Train for so many seconds of processor time, or steps; return how many tokens were read.

    The rate is that of `share_of_rate`.

    report: called now and then with the seconds spent and how many tokens were read.
    """

    def rate_at(spent, step):
        return rate * share_of_rate(spent / seconds + step / steps)  # one of the two is 0

    told = 0
    for spent, step in taught(model, texts, rate_at, N, seed):
        if report and spent >= seconds * (told + 1) / reports:
            told += 1
            report(spent, step * N * T)
        if spent >= seconds or step >= steps:
            return step * N * T


def say(model, texts):
    """Return what tells a terminal, while a model is trained, its bits, and returns them."""

    def report(spent, read):
        found = bits(model, texts.choose, texts.tokens)
        seen = bits(model, texts.train[: len(texts.choose)], texts.tokens)
        epochs = read / len(texts.train)
        print(f"{spent:6.0f} s  {epochs:6.2f} epochs  {found:.3f} bits; trained on {seen:.3f}",
              flush=True)  # fmt: skip
        return found

    return report


def train(options):
    """The model that ships: train it, round it to 8 bits, measure what is left, write it."""
    texts = Texts()
    utils.set_random_seed(0)
    model = gpt(V, **SHIPPED)
    best, told = {}, say(model, texts)

    def keep_the_best(spent, read):
        found = told(spent, read)
        if found < best.get("bits", np.inf):
            arrays = [tensor.numpy().copy() for tensor in model.tensors().values()]
            best.update(bits=found, arrays=arrays, epochs=round(read / len(texts.train), 1))

    read = trained(model, texts, 60 * options.minutes, report=keep_the_best, reports=20)
    for tensor, array in zip(model.tensors().values(), best["arrays"], strict=True):
        tensor.assign(array)
    ship(model, texts, {
        "minutes of one core": round(options.minutes),
        "epochs": round(read / len(texts.train), 1),
        "epochs until its best": best["epochs"],
    })  # fmt: skip


def ship(model, texts, training):
    """Round a model to 8 bits, measure what is left, and write it with facts on its training."""
    tempest = texts.held_out[texts.held_out.index("Master:\nBoatswain") :]  # nothing of it was read
    parts = {
        "test": texts.test,
        "of these The Tempest": texts.tokens.encode(tempest),
        "validation": texts.choose,
        "validation and test": np.concatenate([texts.choose, texts.test]),
        "trained on": texts.train,
    }
    before = bits(model, parts["validation and test"], texts.tokens)
    weights.rounded(model)
    found = {name: round(bits(model, ids, texts.tokens), 4) for name, ids in parts.items()}
    measured = {
        "weights": sum(tensor.numpy().size for tensor in model.tensors().values()),
        **training,
        "bits a character": found | {"validation and test, before rounding": round(before, 4)},
        "machine": machine(argparse.Namespace(backend="numba", threads=1)),
    }
    told = (
        f"Chapter 25's language model: {measured['weights']:,} weights in 8 bits, trained on nine "
        f"tenths of Tiny Shakespeare for {training['minutes of one core']} minutes of one core; "
        f"the weights kept are those of epoch {training['epochs until its best']:.0f} of "
        f"{training['epochs']:.0f}. For the last twentieth, the test, it needs "
        f"{found['test']:.2f} bits a character, and {found['of these The Tempest']:.2f} for the "
        f"play in it of which it had read nothing; for the twentieth before, the validation "
        f"text that chose the weights, {found['validation']:.2f}."
    )
    demo.write(model, texts.merges, told, measured, held_out=tempest[-20_000:])
    print(json.dumps(measured, indent=1))


def equal(options):
    """The LSTM of charmodel.py and a smaller sister of the model that ships, each for as long.

    Both have the dropout of a short race, in which the text is read three to seven times.
    """
    dry = partial(charmodel.lstm, dropout=0.0, recurrent_dropout=0.0)
    texts, seconds, seeds = Texts(), 60 * options.minutes, range(options.seeds)
    held_out = np.concatenate([texts.choose, texts.test])
    lstm = [
        charmodel.trained("lstm", seconds, time.process_time, seed, layers=dry)[2] for seed in seeds
    ]
    ours = []
    for seed in seeds:
        utils.set_random_seed(seed)
        model = gpt(V, **SHIPPED | {"width": 128, "heads": 4, "dropout": 0.1})
        trained(model, texts, seconds, seed=seed, report=say(model, texts))
        ours.append(bits(model, held_out, texts.tokens))
    return {"minutes": options.minutes, "lstm": lstm, "gpt": ours}


PARTS = {  # what takes the place of a part
    "all": {},
    "layer norm": {"norm": "layer"},
    "GELU, as many weights": {"activation": "gelu", "hidden": 384},
    "learned positions": {"rotary": False, "positions": PositionEmbedding},
    "no positions": {"rotary": False},
    "every head its own keys": {"groups": 4},
    "logits by a matrix of their own": {"tied": False},
}


def part(name):
    """Return the small model with one part changed back."""
    settings = {"width": 96, "blocks": 3, "heads": 4, "groups": 2} | PARTS[name]
    if "positions" in settings:
        settings["positions"] = settings["positions"](T, SMALL)
    return gpt(V, **settings)


def parts(options):
    """Each part of the blocks changed back, one at a time, three seeds, equal time.

    The time of a step is measured first, all of them by turns, so that other work on the machine
    slows all alike; then each gets as many steps as fit into the seconds that the whole has.
    """
    texts, taken = Texts(), {name: [] for name in PARTS}
    models = {name: part(name) for name in PARTS}
    for _ in range(9):
        for name, model in models.items():
            started = time.process_time()
            trained(model, texts, steps=3)
            taken[name].append((time.process_time() - started) / 3)
    cost = {name: float(np.median(np.array(t) / taken["all"])) for name, t in taken.items()}
    found = {}
    for name in PARTS:
        found[name] = []
        for seed in range(3):
            utils.set_random_seed(seed)
            model = part(name)
            trained(model, texts, steps=round(options.steps / cost[name]), rate=4e-3, seed=seed)
            found[name].append(bits(model, texts.test, texts.tokens))
        print(f"{name:34} {cost[name]:.2f}", *(f"{b:.3f}" for b in found[name]), flush=True)
    return {"steps": options.steps, "cost of a step": cost, "bits": found}


SIZES = [(16, 1), (32, 2), (64, 2), (96, 3), (128, 4), (192, 4)]  # width, blocks


def sizes(options):
    """Six sizes for the same time at a constant rate: bits of averaged weights, as time doubles."""
    texts, rows = Texts(), []
    for seed, (width, blocks) in itertools.product(range(options.seeds), SIZES):
        utils.set_random_seed(seed)
        model = gpt(V, width, blocks, heads=max(width // 32, 1))
        counts = [tensor.numpy().size for tensor in model.tensors().values()]
        curve = averaged(model, texts, options.seconds, rate=min(1e-2, 0.4 / width), seed=seed)
        rows.append({"seed": seed, "width": width, "blocks": blocks, "curve": curve,
                     "weights": sum(counts) - V * width, "embedding": V * width})  # fmt: skip
        print(seed, width, blocks, *(f"{b:.3f}" for *_, b in curve), flush=True)
    return rows


def averaged(model, texts, seconds, rate, N=16, seed=0):
    """Train at a constant rate; return [seconds, tokens read, bits] as the seconds double.

    What is measured is a mean of the weights over the last steps, about a tenth of all. That does
    what a falling rate would, at any time: one training gives the whole curve.
    """
    own = [param.value for param in model.params().values()]
    mean = [w.copy() for w in own]
    curve, due = [], seconds / 2**5
    for spent, step in taught(
        model, texts, lambda _, step: rate * min((step + 1) / 50, 1), N, seed
    ):
        for m, w in zip(mean, own, strict=True):
            m += (w - m) * 10 / (step + 10)
        if spent >= due:
            kept = [w.copy() for w in own]
            for w, m in zip(own, mean, strict=True):
                w[...] = m
            curve.append([round(due, 1), step * N * T, bits(model, texts.test, texts.tokens)])
            for w, k in zip(own, kept, strict=True):
                w[...] = k
            due *= 2
        if len(curve) == 6:
            return curve


def memory(options):
    """How much of what the shipped model writes stands in the text that it read."""
    texts = Texts()
    return language_models_trained.memory(*loaded(), texts.read, texts.held_out)


def circles(options):
    """Does a line get likelier by having been written? And which part of the past makes circles?"""
    model, tokens = loaded()
    text = weights.load(demo.NAME)["extra"]["held_out"]
    lines = [line for line in text.split("\n") if 20 <= len(line) <= 45]

    def log_p(ids):
        return np.log(probabilities(model.predict(np.array(ids, "float32")[None], verbose=0)[0]))

    for seed in range(3):
        cost = []
        for n in np.random.default_rng(seed).choice(len(lines), 40, replace=False):
            line = tokens.encode(f"{lines[n]}\n")
            ids = np.concatenate([tokens.encode("\n"), *[line] * 4])
            right = log_p(ids[:-1])[np.arange(len(ids) - 1), ids[1:]] / -np.log(2)
            cost.append(right.reshape(4, -1).mean(axis=1))
        print("40 new lines, each four times: bits a token", np.mean(cost, axis=0).round(2))
    starts = language_models_trained.beginnings(tokens, text, 8)
    found = []
    for row in np.hstack([starts, language_models_trained.written(model, starts, 200, 0)]):
        pieces = [tuple(row[i - 8 : i]) for i in range(8, len(row))]
        for i in range(8, len(row)):
            if pieces[: i - 8].count(pieces[i - 8]) > 1:  # it stood there twice, or more often
                seen = (row[max(i - k, 0) : i] for k in (100, 8))
                found.append([log_p(ids)[-1].argmax() == row[i] for ids in seen])
    far, near = np.mean(found, axis=0)
    print(f"in circles, {len(found)} places: the same token is the likeliest given the last 100 "
          f"in {far:.0%}, given the last 8 in {near:.0%}")  # fmt: skip


def counted(read, places, whole, order):
    """Return the bits a character of a table of counts, smoothed after Witten and Bell.

    It counts, in `read`, which character follows the last 0 to `order` ones, and mixes the counts
    of a context with what the context one shorter predicts: the more different characters
    followed, the more of that. `places` of the text `whole` are predicted.
    """
    tables = []
    for n in range(order + 1):
        grams = Counter(read[i : i + n + 1] for i in range(len(read) - n))
        followed, different = Counter(), Counter()
        for gram, count in grams.items():
            followed[gram[:-1]] += count
            different[gram[:-1]] += 1
        tables.append((grams, followed, different))
    total, characters = 0.0, len(set(whole))
    for i in places:
        p = 1 / characters
        for n, (grams, followed, different) in enumerate(tables):
            before = whole[i - n : i]
            if before not in followed:
                break
            p = grams[before + whole[i]] + different[before] * p
            p /= followed[before] + different[before]
        total -= np.log2(p)
    return total / len(places)


def halves(options):
    """Why validation scores better than test: does choosing flatter, or is that text easier?

    A table of counts chooses nothing. It reads all, or all but the beginning of the play that
    validation goes on with, or all but as much from the start.
    """
    texts = Texts()
    whole = "".join(text.load_shakespeare())
    R, T = len(texts.read), len(whole) - len(texts.held_out)
    tempest = whole.index("Master:\nBoatswain")
    n = R - texts.read.index("SLY:\nI'll pheeze you")  # The Taming of the Shrew, begun
    parts = range(R, T), range(T, len(whole)), range(T, tempest), range(tempest, len(whole))
    print("bits of validation, test; of the test text, the Shrew's end, The Tempest")
    for name, read in {
        "all": texts.read,
        f"without the Shrew's {n:,} characters": texts.read[:-n],
        "without as many from the start": texts.read[n:],
    }.items():
        for order in (4, 5, 6):
            found = (f"{counted(read, part, whole, order):.3f}" for part in parts)
            print(f"{name:38} context {order}:", *found, flush=True)
    model, tokens = loaded()
    found = (f"{bits(model, tokens.encode(whole[part.start : part.stop]), tokens):.3f}"
             for part in parts)  # fmt: skip
    print(f"{'the model that ships':49}", *found)


def trial(options):
    """A short training with settings from the command line, to choose them."""
    texts = Texts(options.tokens)
    changes = json.loads(options.settings)
    rest = {k: changes.pop(k) for k in ("rate", "N", "seed") if k in changes}
    utils.set_random_seed(rest.get("seed", 0))
    model = gpt(options.tokens, **SHIPPED | changes)
    trained(model, texts, 60 * options.minutes, **rest, report=say(model, texts))


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    doers = {f.__name__: f for f in (train, equal, parts, sizes, memory, circles, halves, trial)}
    parser.add_argument("what", choices=doers)
    parser.add_argument("--minutes", type=float, default=60, help="of train and equal")
    parser.add_argument("--steps", type=int, default=400, help="of each of parts")
    parser.add_argument("--seconds", type=float, default=64, help="of each of sizes")
    parser.add_argument("--seeds", type=int, default=3, help="of equal and sizes")
    parser.add_argument("--tokens", type=int, default=V)
    parser.add_argument("--settings", default="{}", help="of trial")
    options = parser.parse_args()
    found = doers[options.what](options)
    if found is not None:
        known = json.loads(FOUND.read_text()) if FOUND.exists() else {}
        known[options.what] = found
        known["machine"] = machine(argparse.Namespace(backend="numba", threads=1))
        FOUND.write_text(json.dumps(known, indent=1) + "\n")


if __name__ == "__main__":
    main()
