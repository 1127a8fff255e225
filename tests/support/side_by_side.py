"""Trains small networks in the way that its argument says; `test_side_by_side.py` runs it.

    python side_by_side.py WAY

Prints a checksum of the weights of each network, and of nothing else: "threads" trains two at the
same time, "fork" and "spawn" one here and then one in another process, "alone" one after the
other. "numbers" prints the losses instead.
"""

import hashlib
import multiprocessing
import sys
import threading

import numpy as np

from minidl import Sequential, layers

RNG = np.random.default_rng(0)
# Large enough that a kernel is worth a second thread, small enough for a second of training.
X, Y = RNG.standard_normal((64, 24, 24, 8)).astype("f4"), RNG.integers(0, 3, 64)


def trained(seed):
    """Return a network that has taken four steps, and its losses."""
    row = [
        layers.Conv2D(8, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Dropout(0.2),
        layers.Reshape((12, 96)),
        layers.LSTM(16),
        layers.Dense(3, "softmax"),
    ]
    model = Sequential(row, seed=seed)
    model.compile("adam", "sparse_categorical_crossentropy")
    return model, model.fit(X, Y, epochs=2, batch_size=32, verbose=0).history["loss"]


def checksum(seed):
    model, _ = trained(seed)
    return hashlib.sha256(b"".join(w.tobytes() for w in model.get_weights())).hexdigest()


def _note(found, seed):
    found[seed] = checksum(seed)


def _send(pipe, seed):
    pipe.send(checksum(seed))


def in_a_process(kind, seed):
    """Return what another process found, which was forked or spawned."""
    context = multiprocessing.get_context(kind)
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(there, seed))
    process.start()
    there.close()
    found = here.recv()  # EOFError if it died
    process.join()
    return found


def main(way):
    if way == "numbers":
        print(*trained(1)[1])
        return
    found = {}
    if way == "threads":
        both = [threading.Thread(target=_note, args=(found, seed)) for seed in (1, 2)]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
    else:
        found[1] = checksum(1)
        found[2] = checksum(2) if way == "alone" else in_a_process(way, 2)
    print(found[1], found[2])


if __name__ == "__main__":
    main(sys.argv[1])
