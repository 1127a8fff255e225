"""Teach an LSTM to write Shakespeare, character by character; made for ten minutes on two cores.

    MINIDL_DATA=... python benchmarks/charmodel.py

Embedding 64, LSTM 256, dropout, Dense 65, trained with truncated backpropagation through time on
the first nine tenths of Tiny Shakespeare; every epoch prints the bits a character on the last
tenth. It ends with a sample, and fails if the last figure is above 2.15 bits.
NOTES.md says how the settings were chosen, and how narrowly they pass.
"""

import argparse
import time

from minidl import Sequential, optimizers
from minidl.callbacks import LambdaCallback
from minidl.datasets import text
from minidl.generation import generate
from minidl.initializers import RandomNormal
from minidl.layers import LSTM, Dense, Dropout, Embedding
from minidl.optimizers.schedules import CosineDecay

B, T = 64, 64  # readers, and steps after which the gradient is cut
MUST_REACH = 2.15  # bits a character


def evaluate(model, ids):
    """Return the bits a character on a text, read from its start by few readers."""
    model.reset_states()
    x, y = text.streams(ids, batch_size=8, length=256)
    results = model.evaluate(x, y, batch_size=8, verbose=0, return_dict=True)
    model.reset_states()
    return results["bits_per_character"]


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    plays = text.load_shakespeare()
    vocabulary = text.CharacterVocabulary(plays)
    train, held_out = text.chronological_split(vocabulary.encode(plays))
    x, y = text.streams(train, B, T)

    V = len(vocabulary)
    layers = [
        # Inputs of size 1: from Keras's 0.05 it takes an epoch before the LSTM begins to learn.
        Embedding(V, 64, embeddings_initializer=RandomNormal(stddev=1.0), input_shape=(None,)),
        LSTM(256, return_sequences=True, stateful=True),
        Dropout(0.2),
        Dense(V, "softmax"),
    ]
    model = Sequential(layers, seed=options.seed)
    rate = CosineDecay(3e-3, decay_steps=options.epochs * len(x) // B)
    model.compile(
        optimizers.Adam(rate, global_clipnorm=1.0),
        "sparse_categorical_crossentropy",
        metrics=["bits_per_character"],
    )

    started = time.perf_counter()
    bits = []

    def report(epoch, logs):
        bits.append(evaluate(model, held_out))
        seconds = time.perf_counter() - started
        print(
            f"epoch {epoch + 1:2}  {seconds:4.0f} s  bits a character: "
            f"{logs['bits_per_character']:.3f} trained on, {bits[-1]:.3f} held out",
            flush=True,
        )

    model.reset_states()
    callbacks = [LambdaCallback(on_epoch_end=report)]
    model.fit(
        x, y, batch_size=B, epochs=options.epochs, shuffle=False, callbacks=callbacks, verbose=0
    )

    prompt = "ROMEO:\n"
    written = generate(model, vocabulary.encode(prompt), 400, temperature=0.7, seed=0)
    print(prompt + vocabulary.decode(written))
    assert bits[-1] <= MUST_REACH, f"{bits[-1]:.3f} bits a character, expected {MUST_REACH}"


if __name__ == "__main__":
    main()
