"""Texts and bytes among ranks, of any length; they travel as arrays of bytes."""

import numpy as np

from minidl.distributed.world import allgather, broadcast, rank, world


def allgather_texts(text):
    """Return the list of the texts of all ranks, of any length."""
    w, data = world(), np.frombuffer(text.encode(), np.uint8)
    if w.size == 1:
        return [text]
    lengths = allgather(np.array(len(data)))
    gathered = np.empty(lengths.sum(), np.uint8)
    w.wait(w.comm.Iallgatherv(data, (gathered, lengths)))
    return [part.tobytes().decode() for part in np.split(gathered, lengths.cumsum()[:-1])]


def broadcast_bytes(data, root=0):
    """Return the root's bytes; what the others give is ignored."""
    length = int(broadcast(np.array(len(data)), root))
    array = np.frombuffer(data, np.uint8) if rank() == root else np.empty(length, np.uint8)
    return broadcast(array, root).tobytes()
