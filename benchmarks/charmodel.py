"""Teach an LSTM or a GPT to write Shakespeare, character by character, by a clock.

    MINIDL_DATA=... python benchmarks/charmodel.py --model lstm --minutes 15

Both are trained on the first nine tenths of Tiny Shakespeare until the minutes are over, wherever
they are then; the rate and the size of the network were chosen for 15 minutes on two quiet cores.
What is judged is an average of the weights over the last steps. Now and then it prints the bits a
character of that on the last tenth, which the clock does not count. It ends with a sample.

    lstm    embedding, one LSTM that remembers from batch to batch, dropout, dense: 1.3 million
    gpt     embedding, four blocks with rotary positions, dense: 0.8 million; sees 128 characters

NOTES.md says how the settings were chosen, and what the runs gave. `--at-most` makes it fail above
a number of bits.
"""

import argparse
import time

import numpy as np

from minidl import Sequential, optimizers
from minidl.datasets import text
from minidl.initializers import RandomNormal
from minidl.layers import (
    LSTM,
    Dense,
    Dropout,
    Embedding,
    LayerNormalization,
    TransformerDecoderBlock,
)
from minidl_course.generation import generate

WARM_UP, KEPT = 200, 0.998  # steps until the full rate; how much of the average stays in a step


def lstm(V, T, dropout=0.45, recurrent_dropout=0.15):
    """Layers that remember from batch to batch; the dropout is that of 15 minutes."""
    return [
        # Inputs of size 1: from Keras's 0.05 it takes an epoch before the LSTM begins to learn.
        Embedding(V, 64, embeddings_initializer=RandomNormal(stddev=1.0), input_shape=(None,)),
        LSTM(512, return_sequences=True, stateful=True, recurrent_dropout=recurrent_dropout),
        Dropout(dropout),
        Dense(V, "softmax"),
    ]


def gpt(V, T):
    """Layers that look back, at most T characters."""
    how = {"activation": "gelu", "normalize_first": True, "dropout": 0.1, "rotary": True}
    blocks = [TransformerDecoderBlock(512, 4, **how) for _ in range(4)]
    first = Embedding(V, 128, input_shape=(None,))
    return [first, *blocks, LayerNormalization(epsilon=1e-5), Dense(V, "softmax")]


# What is trained: layers, readers or windows at a time, their length, and the largest rate.
MODELS = {
    "lstm": {"layers": lstm, "N": 32, "T": 64, "rate": 2e-3},
    "gpt": {"layers": gpt, "N": 32, "T": 128, "rate": 2e-3},
}


def batches(name, ids, N, T, rng):
    """Yield (x, y) without end: the LSTM reads on from batch to batch, the GPT takes any place."""
    if name == "gpt":
        x, y = text.windows(ids, T, stride=1)
        while True:
            some = rng.integers(0, len(x), N)
            yield x[some], y[some], False
    x, y = text.streams(ids, N, T)
    while True:
        for start in range(0, len(x), N):
            yield x[start : start + N], y[start : start + N], start == 0


def evaluate(model, name, ids, T):
    """Return the bits a character on a text.

    The LSTM reads it from its start, by few readers. The GPT reads windows that begin every T / 2
    characters, and only the second half of each counts: those have a past to look at.
    """
    if name == "lstm":
        memories = [(layer, layer.memory) for _, layer in model.walk() if layer.memory is not None]
        model.reset_states()
        x, y = text.streams(ids, batch_size=8, length=256)
        results = model.evaluate(x, y, batch_size=8, verbose=0, return_dict=True)
        model.reset_states()
        for layer, memory in memories:
            layer.memory = memory
        return results["bits_per_character"]
    x, y = text.windows(ids, T, stride=T // 2)
    half, bits = T // 2, []
    for start in range(0, len(x), 64):
        p = model.predict(x[start : start + 64], verbose=0)[:, half:]
        right = np.take_along_axis(p, y[start : start + 64, half:, None], axis=2)
        bits.append(-np.log2(right).ravel())
    return float(np.concatenate(bits).mean())


def rate_at(share, step, largest):
    """Return the rate after a share of the time: it warms up, stays, and falls in the second half.

    The average of the weights does much of what a falling rate is for, and fits the text less.
    """
    falling = min(max(2 * share - 1, 0), 1)
    return largest * min(1, (step + 1) / WARM_UP) * (1 + np.cos(np.pi * falling)) / 2


def trained(name, seconds, clock=time.time, seed=0, reports=10, **changed):
    """Train a model for so many seconds; return it, its vocabulary, and its bits held out.

    changed: settings other than those of MODELS.
    """
    settings = MODELS[name] | changed
    N, T = settings["N"], settings["T"]
    plays = text.load_shakespeare()
    vocabulary = text.CharacterVocabulary(plays)
    train, held_out = text.chronological_split(vocabulary.encode(plays))
    model = Sequential(settings["layers"](len(vocabulary), T), seed=seed)
    optimizer = optimizers.Adam(settings["rate"], global_clipnorm=1.0)
    loss = "sparse_categorical_crossentropy"
    model.compile(optimizer, loss, metrics=["bits_per_character"])
    given = batches(name, train, N, T, np.random.default_rng(seed))

    spent, step, report, seen, average = 0.0, 0, 1, [], None
    while spent < seconds:
        started = clock()
        x, y, begins = next(given)
        if begins:
            model.reset_states()
        optimizer.learning_rate = rate_at(spent / seconds, step, settings["rate"])
        seen.append(model.train_on_batch(x, y, return_dict=True)["bits_per_character"])
        weights, step = [param.value for param in model.params().values()], step + 1
        average = average or [w.copy() for w in weights]
        kept = min(KEPT, step / (step + 10))
        for mean, w in zip(average, weights, strict=True):
            mean += (1 - kept) * (w - mean)
        spent += clock() - started
        if spent >= seconds * report / reports:
            own = [w.copy() for w in weights]
            _write(weights, average)
            bits = evaluate(model, name, held_out, T)
            print(
                f"{spent:5.0f} s  step {step:6}  epoch {step * N * T / len(train):5.2f}  bits a "
                f"character: {np.mean(seen):.3f} trained on, {bits:.3f} held out",
                flush=True,
            )
            report, seen = report + 1, []
            if spent < seconds:
                _write(weights, own)
    return model, vocabulary, bits


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", choices=MODELS, default="lstm")
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--cpu", action="store_true", help="the clock counts processor time")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--reports", type=int, default=10)
    parser.add_argument("--at-most", type=float, help="bits a character, else it fails")
    options = parser.parse_args()
    name, clock = options.model, time.process_time if options.cpu else time.time
    model, vocabulary, bits = trained(
        name, 60 * options.minutes, clock, options.seed, options.reports
    )
    prompt = "ROMEO:\n"
    ids = vocabulary.encode(prompt)
    window = {"window": MODELS[name]["T"]} if name == "gpt" else {}
    written = generate(model, ids, 400, temperature=0.7, seed=0, **window)
    print(prompt + vocabulary.decode(written))
    if options.at_most is not None:
        assert bits <= options.at_most, f"{bits:.3f} bits a character, not {options.at_most}"


def _write(arrays, values):
    for array, value in zip(arrays, values, strict=True):
        array[...] = value


if __name__ == "__main__":
    main()
