"""From the data to the kernels: batches, copied to a GPU while it works on the batch before.

    GPU     | step 1        | step 2        | step 3
    copies  | batch 2 |     | batch 3 |     | batch 4 |

Copies have a stream of their own. There are two places for a batch, taken by turns: while a step
reads from one, the next batch is written into the other. Two events keep the order: a step waits
until its batch has arrived, and a copy waits until the step that read from its place has ended.
The program waits for neither of them, unless it is two batches ahead.
"""

import functools
import itertools

import numpy as np

from minidl.arrays import on_gpu
from minidl.forms import mapped


def feed(batches, xp):
    """Yield the batches in the memory where `xp` works.

    On a GPU a batch is good until the next one is asked for: then one more is copied to its place.

    Args:
        batches: an iterable of tuples (x, y, weights): NumPy arrays, tuples of them, or None.
        xp: numpy or cupy.
    """
    if xp is np:
        yield from batches
        return
    places, stream = (_Place(xp), _Place(xp)), xp.cuda.Stream(non_blocking=True)
    waiting = None
    try:
        for number, batch in enumerate(batches):
            arriving = places[number % 2]
            arriving.fill(batch, stream)
            if waiting:
                yield waiting.use()
                waiting.used()
            waiting = arriving
        if waiting:
            yield waiting.use()
    finally:  # also where the caller stops in the middle
        stream.synchronize()  # the memory of both places is freed: no copy may be under way there


class _Place:
    """Room for one batch on the GPU, and in memory that a GPU can read without the program."""

    def __init__(self, xp):
        self.xp = xp
        self.buffers = {}
        self.filled, self.free = xp.cuda.Event(), xp.cuda.Event()

    def fill(self, arrays, stream):
        """Start to copy a batch here."""
        stream.wait_event(self.free)
        number = itertools.count()
        self.arrays = mapped(lambda array: self._copied(next(number), array, stream), arrays)
        self.filled.record(stream)

    def use(self):
        """Return the arrays, to be read by what is started from here on."""
        self.xp.cuda.get_current_stream().wait_event(self.filled)
        return self.arrays

    def used(self):
        """Say that all that reads these arrays has been started."""
        self.free.record()

    def _copied(self, i, array, stream):
        if i not in self.buffers or self.buffers[i][0].size < array.size:
            dtype = _on_a_gpu(array.dtype)
            pinned = self.xp.cuda.alloc_pinned_memory(array.size * dtype.itemsize)
            self.buffers[i] = (
                np.frombuffer(pinned, dtype, array.size),
                self.xp.empty(array.size, dtype),
            )
            # CuPy hands out memory that kernels started before may still be reading.
            self.free.record()
            stream.wait_event(self.free)
        self.filled.synchronize()  # the copy before from here has ended: two batches ago
        source, target = (buffer[: array.size] for buffer in self.buffers[i])
        source[:] = array.reshape(-1)
        target.set(source, stream)
        return target.reshape(array.shape)


def _on_a_gpu(dtype):
    """Return the type that an array gets there: bytes in the processor's order, 64 bits at most."""
    return np.dtype("float64") if dtype.char == "g" else dtype.newbyteorder("=")


def explaining_memory_errors(method):
    """Decorate a method of a model: an error of the GPU's memory says how much there was."""

    @functools.wraps(method)
    def run(self, *args, **kwargs):
        try:
            return method(self, *args, **kwargs)
        except MemoryError as error:
            if not on_gpu(error):  # main memory has ended, and NumPy says so
                raise
            free, total = self.ops.xp.cuda.runtime.memGetInfo()
            raise MemoryError(
                f"{method.__name__}: the GPU's memory is too small for this batch: {error}. Of "
                f"{total / 2**30:.1f} GiB there are {free / 2**30:.1f} free. Use a smaller "
                "batch_size: half the batch needs about half the memory"
            ) from error

    return run
